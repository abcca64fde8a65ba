/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/kit/statistics.h - means, spreads, and tests of means, in float64.
 */
#ifndef TRANSECT_KIT_STATISTICS_H
#define TRANSECT_KIT_STATISTICS_H

#include <math.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Running mean and sum of squared deviations from it, by Welford's method,
 * which a large mean does not spoil. All zero: of no values. */
struct transect_moments {
    double n, mean, squares;
};

static inline void transect_moments_add(struct transect_moments *moments,
                                        double x)
{
    double off = x - moments->mean;

    moments->n++;
    moments->mean += off / moments->n;
    moments->squares += off * (x - moments->mean);
}

/* What the distance of the means adds to the sum of products of deviations
 * when values (x, y) are put together with others; before they are. */
static inline double
transect_comoments_between(const struct transect_moments *x,
                           const struct transect_moments *y,
                           const struct transect_moments *other_x,
                           const struct transect_moments *other_y)
{
    double n = x->n + other_x->n;

    if (!(n > 0))
        return 0;
    return (other_x->mean - x->mean) * (other_y->mean - y->mean) *
           (x->n * other_x->n / n);
}

/* Adds what another one has seen, by the pairwise formula of Chan, Golub and
 * LeVeque (The American Statistician 37, 242). */
static inline void transect_moments_merge(struct transect_moments *moments,
                                          const struct transect_moments *other)
{
    double n = moments->n + other->n;

    if (!(n > 0))
        return;
    moments->squares += other->squares +
                        transect_comoments_between(moments, moments, other,
                                                   other);
    moments->mean += (other->mean - moments->mean) * (other->n / n);
    moments->n = n;
}

/* The mean and the population standard deviation; NaN of no values. */
static inline double transect_moments_mean(
    const struct transect_moments *moments)
{
    return moments->n > 0 ? moments->mean : NAN;
}

static inline double transect_moments_std(
    const struct transect_moments *moments)
{
    return moments->n > 0 ? sqrt(moments->squares / moments->n) : NAN;
}

/* The standard error of the mean, s / sqrt(n) with n - 1 in s; NaN of fewer
 * than two values. */
static inline double transect_moments_error(
    const struct transect_moments *moments)
{
    return moments->n > 1
               ? sqrt(moments->squares / (moments->n - 1) / moments->n)
               : NAN;
}

/* Coefficient i of the continued fraction, i = 1, 2, ... */
static inline double transect_beta_coefficient(int i, double a, double b,
                                               double x)
{
    double m = i / 2;

    if (i % 2)
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
}

/* 1 / (1 + d1 / (1 + d2 / (1 + ...))), by the method of Lentz as Thompson and
 * Barnett modified it (J. Comput. Phys. 64, 490). It takes about sqrt(a + b)
 * steps where x < (a + 1) / (a + b + 2). */
static inline double transect_beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 0, value = 1;

    for (int i = 1; i < 100000; i++) {
        double step = transect_beta_coefficient(i, a, b, x);

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

/* The regularized incomplete beta function I_x(a, b) for a, b > 0, with
 * y = 1 - x given as well, since one of the two may be tiny: the continued
 * fraction DLMF 8.17.22, and I_x(a, b) = 1 - I_y(b, a) where that converges
 * faster. Logarithms of gamma functions limit it for large a or b: its
 * relative error is about 1e-9 where they are 1e5. */
static inline double transect_beta(double a, double b, double x, double y)
{
    /* Decided once: by rounding x and y may both lie above their bounds. */
    bool swap = x > (a + 1) / (a + b + 2);
    double power, result, kept_a = a, kept_x = x;

    if (!(x > 0) || !(y > 0)) /* an end, or NaN */
        return x > 0 ? 1 : x;
    if (swap) {
        a = b;
        b = kept_a;
        x = y;
        y = kept_x;
    }
    /* The logarithm of the one near 1 is taken of the other. */
    power = a * (x < y ? log(x) : log1p(-y)) +
            b * (y < x ? log(y) : log1p(-x));
    power += lgamma(a + b) - lgamma(a) - lgamma(b);
    result = exp(power) / a * transect_beta_fraction(a, b, x);
    return swap ? 1 - result : result;
}

/* The probability that Student's t with df degrees of freedom has a magnitude
 * of |t| or more: I_x(df/2, 1/2) with x = df / (df + t^2), DLMF 8.17.
 * Infinite t gives 0, NaN gives NaN. */
static inline double transect_student_p(double t, double df)
{
    double x = df / (df + t * t);

    if (isinf(t))
        return 0;
    return transect_beta(df / 2, 0.5, x, t * t / (df + t * t));
}

/* Do two groups differ in their mean? */
struct transect_welch {
    double difference; /* of the means, a - b */
    double t, df;      /* Welch's t and the degrees of freedom, after
                          Welch and Satterthwaite */
    double p;          /* two-sided */
    double d;          /* Cohen's, by the pooled standard deviation */
};

/* Variances are those of samples (divided by n - 1), so that a group of
 * fewer than two values gives NaN in all but the difference. So do two groups
 * without variance and with the same mean; with different means t and d are
 * infinite, with the sign of the difference, p is 0 and df NaN. */
static inline struct transect_welch
transect_welch_of(const struct transect_moments *a,
                  const struct transect_moments *b)
{
    double var_a = a->squares / (a->n - 1), var_b = b->squares / (b->n - 1);
    double of_a = var_a / a->n, of_b = var_b / b->n, sum = of_a + of_b;
    struct transect_welch welch;

    welch.difference = transect_moments_mean(a) - transect_moments_mean(b);
    welch.t = welch.df = welch.p = welch.d = NAN;
    if (a->n < 2 || b->n < 2)
        return welch;
    welch.t = welch.difference / sqrt(sum);
    welch.df = sum * sum / (of_a * of_a / (a->n - 1) +
                            of_b * of_b / (b->n - 1));
    welch.p = transect_student_p(welch.t, welch.df);
    welch.d = welch.difference /
              sqrt((a->squares + b->squares) / (a->n + b->n - 2));
    return welch;
}

#ifdef __cplusplus
}
#endif

#endif
