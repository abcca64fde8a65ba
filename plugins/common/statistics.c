/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* statistics.c - means, spreads, and tests of means, in float64. */
#include "statistics.h"

#include <math.h>

void moments_add(struct moments *moments, double x)
{
    double off = x - moments->mean;

    moments->n++;
    moments->mean += off / moments->n;
    moments->squares += off * (x - moments->mean);
}

double comoments_between(const struct moments *x, const struct moments *y,
                         const struct moments *other_x,
                         const struct moments *other_y)
{
    double n = x->n + other_x->n;

    if (!(n > 0))
        return 0;
    return (other_x->mean - x->mean) * (other_y->mean - y->mean) *
           (x->n * other_x->n / n);
}

void moments_merge(struct moments *moments, const struct moments *other)
{
    double n = moments->n + other->n;

    if (!(n > 0))
        return;
    moments->squares += other->squares +
                        comoments_between(moments, moments, other, other);
    moments->mean += (other->mean - moments->mean) * (other->n / n);
    moments->n = n;
}

double moments_mean(const struct moments *moments)
{
    return moments->n > 0 ? moments->mean : NAN;
}

double moments_std(const struct moments *moments)
{
    return moments->n > 0 ? sqrt(moments->squares / moments->n) : NAN;
}

/* Coefficient i of the continued fraction, i = 1, 2, ... */
static double coefficient(int i, double a, double b, double x)
{
    double m = i / 2;

    if (i % 2)
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
}

/* 1 / (1 + d1 / (1 + d2 / (1 + ...))), by the method of Lentz as Thompson and
 * Barnett modified it (J. Comput. Phys. 64, 490). It takes about sqrt(a + b)
 * steps where x < (a + 1) / (a + b + 2). */
static double fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 0, value = 1;

    for (int i = 1; i < 100000; i++) {
        double step = coefficient(i, a, b, x);

        d = 1 + step * d;
        c = 1 + step / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        value *= c * d;
        if (fabs(c * d - 1) < 1e-15)
            break;
    }
    return 1 / value;
}

double beta_regularized(double a, double b, double x, double y)
{
    double power;

    if (!(x > 0) || !(y > 0)) /* an end, or NaN */
        return x > 0 ? 1 : x;
    if (x > (a + 1) / (a + b + 2))
        return 1 - beta_regularized(b, a, y, x);
    /* The logarithm of the one near 1 is taken of the other. */
    power = a * (x < y ? log(x) : log1p(-y)) +
            b * (y < x ? log(y) : log1p(-x));
    power += lgamma(a + b) - lgamma(a) - lgamma(b);
    return exp(power) / a * fraction(a, b, x);
}

double student_p(double t, double df)
{
    double x = df / (df + t * t);

    if (isinf(t))
        return 0;
    return beta_regularized(df / 2, 0.5, x, t * t / (df + t * t));
}

struct welch welch_of(const struct moments *a, const struct moments *b)
{
    double var_a = a->squares / (a->n - 1), var_b = b->squares / (b->n - 1);
    double of_a = var_a / a->n, of_b = var_b / b->n, sum = of_a + of_b;
    struct welch welch = {moments_mean(a) - moments_mean(b), NAN, NAN, NAN,
                          NAN};

    if (a->n < 2 || b->n < 2 || !(sum > 0))
        return welch;
    welch.t = welch.difference / sqrt(sum);
    welch.df = sum * sum / (of_a * of_a / (a->n - 1) +
                            of_b * of_b / (b->n - 1));
    welch.p = student_p(welch.t, welch.df);
    welch.d = welch.difference /
              sqrt((a->squares + b->squares) / (a->n + b->n - 2));
    return welch;
}
