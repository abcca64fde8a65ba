/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* logistic.c - Newton's method for logistic.h.
 *
 * The weights are a sum of rows, w = sum_i a_i x_i, since the penalty has no
 * use for what is at right angles to all of them; where the intercept is best,
 * sum_i a_i is 0. With few rows a (n) is what is solved for, from the
 * products of rows, else w (width) itself. Either is called the coefficients
 * here. */
#include "logistic.h"

#include <math.h>
#include <string.h>

#define MOST_STEPS 200
/* A step of Newton's that moves scores by so little, relative to the largest,
 * leaves an error of its square. */
#define ENOUGH 1e-10
/* What rounding may leave where steps become no smaller any more. */
#define ROUNDING 1e-6
/* No score moves so far that the sum would be another than its derivatives
 * say: the whole step is taken. */
#define NEAR 0.1

/* Eight sums side by side, which the compiler makes vectors of. */
double logistic_dot(const double *x, const double *y, int32_t n)
{
    double sums[8] = {0}, sum = 0;
    int32_t i = 0;

    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++)
            sums[k] += x[i + k] * y[i + k];
    for (; i < n; i++)
        sum += x[i] * y[i];
    for (int k = 0; k < 8; k++)
        sum += sums[k];
    return sum;
}

struct logistic_room logistic_room_new(transect_ctx *ctx,
                                       const struct transect_host *host,
                                       int32_t n, int32_t n_coef)
{
    size_t rows = (size_t)n, k = (size_t)n_coef;
    struct logistic_room room;

    room.f = host->alloc(ctx, rows, sizeof *room.f);
    room.moved = host->alloc(ctx, rows, sizeof *room.moved);
    room.s = host->alloc(ctx, rows, sizeof *room.s);
    room.right = host->alloc(ctx, 2 * k, sizeof *room.right);
    room.coef = host->alloc(ctx, k, sizeof *room.coef);
    room.step = host->alloc(ctx, k, sizeof *room.step);
    room.weighted = host->alloc(ctx, k, sizeof *room.weighted);
    room.matrix = host->alloc(ctx, k * k, sizeof *room.matrix);
    return room;
}

/* In the room are coefficients (coef) with their scores without the intercept
 * (f), and a step from there (step) with what it adds to these (moved). */
struct fit {
    const struct logistic *of;
    struct logistic_room *room;
    int32_t n_coef;
    double b, step_b; /* intercept, and its part of the step */
};

/* log(1 + exp(f)) - t f */
static double loss(double f, int t)
{
    return (f > 0 ? f : 0) + log1p(exp(-fabs(f))) - (t ? f : 0);
}

/* The sum that is minimized, behind `part` of the step. */
static double objective(const struct fit *fit, double part)
{
    const struct logistic *of = fit->of;
    const struct logistic_room *room = fit->room;
    double b = fit->b + part * fit->step_b, sum = 0, penalty = 0;

    for (int32_t i = 0; i < of->n; i++) {
        double f = room->f[i] + part * room->moved[i];

        sum += loss(f + b, of->classes[i]);
        if (of->gram)
            penalty += f * (room->coef[i] + part * room->step[i]);
    }
    for (int32_t j = 0; !of->gram && j < fit->n_coef; j++) {
        double w = room->coef[j] + part * room->step[j];

        penalty += w * w;
    }
    return penalty / 2 + of->c * sum;
}

/* s: the square root of the curvature of each term of the sum. */
static void measure(struct fit *fit)
{
    struct logistic_room *room = fit->room;

    for (int32_t i = 0; i < fit->of->n; i++) {
        double f = room->f[i] + fit->b, e = exp(-fabs(f));

        /* p (1 - p), and not zero where that underflows. */
        room->s[i] = sqrt(fit->of->c * (e / ((1 + e) * (1 + e)) + 1e-300));
    }
}

/* The derivative of a term of the sum, negated. */
static double pull(const struct fit *fit, int32_t i)
{
    double f = fit->room->f[i] + fit->b, e = exp(-fabs(f));
    bool right = (f > 0) == (fit->of->classes[i] == 1);
    double off = right ? e / (1 + e) : 1 / (1 + e);

    return fit->of->c * (fit->of->classes[i] ? off : -off);
}

/* Of the products of rows K, with S = diag(s): a step of a is
 * S (I + S K S)^-1 ((pull - a) / s - b' s), with a step b' of the intercept
 * such that a adds up to 0. (Rasmussen and Williams, Gaussian Processes for
 * Machine Learning, 3.4.1, have the matrix.) */
static int solve_by_rows(transect_ctx *ctx,
                         const struct transect_linalg_host *linalg,
                         struct fit *fit)
{
    const struct logistic *of = fit->of;
    struct logistic_room *room = fit->room;
    const double *s = room->s;
    double *first = room->right, *second = first + of->n;
    double sum = 0, each = 0;
    size_t n = (size_t)of->n;

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++)
            room->matrix[i * n + j] = s[i] * of->gram[i * n + j] * s[j];
        room->matrix[i * n + i] += 1;
        first[i] = (pull(fit, (int32_t)i) - room->coef[i]) / s[i];
        second[i] = s[i];
    }
    if (linalg->solve(ctx, of->n, room->matrix, 2, room->right))
        return TRANSECT_FAILED;
    for (size_t i = 0; i < n; i++) {
        sum += room->coef[i] + s[i] * first[i];
        each += s[i] * second[i];
    }
    fit->step_b = sum / each;
    for (size_t i = 0; i < n; i++)
        room->step[i] = s[i] * (first[i] - fit->step_b * second[i]);
    for (size_t i = 0; i < n; i++)
        room->moved[i] = logistic_dot(of->gram + i * n, room->step, of->n);
    return TRANSECT_OK;
}

/* Adds s^2 x^T x of four rows, or of what is left, to the lower triangle: its
 * rows pass through the caches once for all of them. */
static void add_products(const struct fit *fit, int32_t first)
{
    const struct logistic *of = fit->of;
    const struct logistic_room *room = fit->room;
    size_t k = (size_t)fit->n_coef;
    const double *x[4];
    double d[4];

    for (int32_t r = 0; r < 4; r++) {
        int32_t i = first + r < of->n ? first + r : first;

        x[r] = of->x[i];
        d[r] = first + r < of->n ? room->s[i] * room->s[i] : 0;
    }
    for (size_t j = 0; j < k; j++) {
        const double *x0 = x[0], *x1 = x[1], *x2 = x[2], *x3 = x[3];
        double b0 = d[0] * x0[j], b1 = d[1] * x1[j], b2 = d[2] * x2[j];
        double b3 = d[3] * x3[j], *row = room->matrix + j * k;

        for (size_t l = 0; l <= j; l++)
            row[l] += b0 * x0[l] + b1 * x1[l] + b2 * x2[l] + b3 * x3[l];
    }
}

/* matrix = I + X^T S^2 X, its lower triangle; right: X^T pull - w, X^T s^2. */
static void add_columns(const struct fit *fit, double *sum_pull,
                        double *sum_s)
{
    const struct logistic *of = fit->of;
    const struct logistic_room *room = fit->room;
    size_t k = (size_t)fit->n_coef;

    for (size_t j = 0; j < k; j++) {
        room->right[j] = -room->coef[j];
        room->right[k + j] = 0;
    }
    for (size_t j = 0; j < k * k; j++)
        room->matrix[j] = j % (k + 1) == 0;
    for (int32_t i = 0; i < of->n; i++) {
        const double *x = of->x[i];
        double d = room->s[i] * room->s[i], force = pull(fit, i);

        *sum_pull += force;
        *sum_s += d;
        for (size_t j = 0; j < k; j++) {
            room->right[j] += force * x[j];
            room->right[k + j] += d * x[j];
        }
        if (i % 4 == 0)
            add_products(fit, i);
    }
}

/* Of the columns: a step of w is (I + X^T S^2 X)^-1 (X^T pull - w -
 * b' X^T s^2), with b' such that the derivative by the intercept is 0. */
static int solve_by_columns(transect_ctx *ctx,
                            const struct transect_linalg_host *linalg,
                            struct fit *fit)
{
    const struct logistic *of = fit->of;
    struct logistic_room *room = fit->room;
    int32_t k = fit->n_coef;
    double sum_pull = 0, sum_s = 0;

    add_columns(fit, &sum_pull, &sum_s);
    for (int32_t j = 0; j < k; j++)
        room->weighted[j] = room->right[k + j]; /* is overwritten */
    if (linalg->solve(ctx, k, room->matrix, 2, room->right))
        return TRANSECT_FAILED;
    fit->step_b = (sum_pull - logistic_dot(room->weighted, room->right, k)) /
                  (sum_s - logistic_dot(room->weighted, room->right + k, k));
    for (int32_t j = 0; j < k; j++)
        room->step[j] = room->right[j] - fit->step_b * room->right[k + j];
    for (int32_t i = 0; i < of->n; i++)
        room->moved[i] = logistic_dot(of->x[i], room->step, k);
    return TRANSECT_OK;
}

/* How far the step moves scores at most, and the largest of these behind it,
 * at least 1. */
static double distance(const struct fit *fit, double *largest)
{
    const struct logistic_room *room = fit->room;
    double most = 0;

    *largest = 1;
    for (int32_t i = 0; i < fit->of->n; i++) {
        double by = room->moved[i] + fit->step_b;

        most = fmax(most, fabs(by));
        *largest = fmax(*largest, fabs(room->f[i] + fit->b + by));
    }
    return most;
}

static void take(struct fit *fit, double part)
{
    struct logistic_room *room = fit->room;

    for (int32_t i = 0; i < fit->of->n; i++)
        room->f[i] += part * room->moved[i];
    for (int32_t j = 0; j < fit->n_coef; j++)
        room->coef[j] += part * room->step[j];
    fit->b += part * fit->step_b;
}

/* The step, or half of it, a quarter and so on, until the sum is smaller. */
static double part_of(const struct fit *fit)
{
    double now = objective(fit, 0), part = 1;

    while (part > 1e-12 && !(objective(fit, part) < now))
        part /= 2;
    return part;
}

static void give(const struct fit *fit, double *w, double *b)
{
    const struct logistic *of = fit->of;
    const double *coef = fit->room->coef;

    *b = fit->b;
    for (int32_t j = 0; j < of->width; j++)
        w[j] = of->gram ? 0 : coef[j];
    for (int32_t i = 0; of->gram && i < of->n; i++)
        for (int32_t j = 0; j < of->width; j++)
            w[j] += coef[i] * of->x[i][j];
}

/* Steps until they are too small to matter; false: they do not become so. */
static int descend(transect_ctx *ctx,
                   const struct transect_linalg_host *linalg, struct fit *fit,
                   bool *found)
{
    double last = INFINITY;

    *found = false;
    for (int i = 0; i < MOST_STEPS && !*found; i++) {
        double largest, moved;

        measure(fit);
        if (fit->of->gram ? solve_by_rows(ctx, linalg, fit)
                          : solve_by_columns(ctx, linalg, fit))
            return TRANSECT_FAILED;
        moved = distance(fit, &largest);
        take(fit, moved < NEAR ? 1 : part_of(fit));
        *found = moved < ENOUGH * largest ||
                 (moved < ROUNDING * largest && moved >= last);
        last = moved;
    }
    return TRANSECT_OK;
}

int logistic_fit(transect_ctx *ctx, const struct transect_host *host,
                 const struct transect_linalg_host *linalg,
                 const struct logistic *problem, struct logistic_room *room,
                 double *w, double *b)
{
    struct fit fit = {.of = problem, .room = room};
    bool found;

    fit.n_coef = problem->gram ? problem->n : problem->width;
    memset(room->f, 0, (size_t)problem->n * sizeof *room->f);
    memset(room->coef, 0, (size_t)fit.n_coef * sizeof *room->coef);
    if (descend(ctx, linalg, &fit, &found))
        return TRANSECT_FAILED;
    give(&fit, w, b);
    return found ? TRANSECT_OK
                 : host->fail(ctx, "the logistic probe did not converge; a "
                                   "smaller c makes it easier");
}
