/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* logistic.c - Newton's method for logistic.h.
 *
 * The weights are a sum of rows, w = sum_i a_i x_i, since the penalty has no
 * use for what is at right angles to all of them; where the intercept is best,
 * sum_i a_i is 0. With fewer rows than columns a (n) is what is solved for,
 * from the products of rows, else w (width) itself. Either is called the
 * coefficients here, and the least of n and width their number. */
#include "logistic.h"

#include <math.h>
#include <string.h>

#define MOST_STEPS 200
/* A step of Newton's that changes scores by so little, relative to the
 * largest, leaves an error of its square. */
#define ENOUGH 1e-9
/* What rounding may leave where no step makes the sum smaller any more. */
#define ROUNDING 1e-6

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
                                       int32_t n, int32_t least)
{
    size_t rows = (size_t)n, k = (size_t)least;
    struct logistic_room room;

    room.f = host->alloc(ctx, rows, sizeof *room.f);
    room.target = host->alloc(ctx, rows, sizeof *room.target);
    room.s = host->alloc(ctx, rows, sizeof *room.s);
    room.right = host->alloc(ctx, 2 * k, sizeof *room.right);
    room.coef = host->alloc(ctx, k, sizeof *room.coef);
    room.step = host->alloc(ctx, k, sizeof *room.step);
    room.weighted = host->alloc(ctx, k, sizeof *room.weighted);
    room.matrix = host->alloc(ctx, k * k, sizeof *room.matrix);
    return room;
}

/* In the room are coefficients (coef) with their scores without the intercept
 * (f), and those that a step leads to (step, target). */
struct fit {
    const struct logistic *of;
    struct logistic_room *room;
    int32_t n_coef;
    double b, next_b; /* intercepts, before a step and behind it */
};

/* log(1 + exp(f)) - t f */
static double loss(double f, int t)
{
    return (f > 0 ? f : 0) + log1p(exp(-fabs(f))) - (t ? f : 0);
}

/* The sum that is minimized, `part` of the way from the coefficients to those
 * of the step. */
static double objective(const struct fit *fit, double part)
{
    const struct logistic *of = fit->of;
    const struct logistic_room *room = fit->room;
    double b = fit->b + part * (fit->next_b - fit->b), sum = 0, penalty = 0;

    for (int32_t i = 0; i < of->n; i++) {
        double f = room->f[i] + part * (room->target[i] - room->f[i]);

        sum += loss(f + b, of->classes[i]);
        if (of->gram)
            penalty += f * (room->coef[i] +
                            part * (room->step[i] - room->coef[i]));
    }
    for (int32_t j = 0; !of->gram && j < fit->n_coef; j++) {
        double w = room->coef[j] + part * (room->step[j] - room->coef[j]);

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

/* Of the products of rows K, with S = diag(s): the step's coefficients are
 * a = S (I + S K S)^-1 (S (f + b) + pull / s - b' s), b' such that they sum to
 * 0. (Rasmussen and Williams, Gaussian Processes for Machine Learning, 3.4.1,
 * have this without an intercept.) */
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
        first[i] = s[i] * (room->f[i] + fit->b) +
                   pull(fit, (int32_t)i) / s[i];
        second[i] = s[i];
    }
    if (linalg->solve(ctx, of->n, room->matrix, 2, room->right))
        return TRANSECT_FAILED;
    for (size_t i = 0; i < n; i++) {
        sum += s[i] * first[i];
        each += s[i] * second[i];
    }
    fit->next_b = sum / each;
    for (size_t i = 0; i < n; i++)
        room->step[i] = s[i] * (first[i] - fit->next_b * second[i]);
    for (size_t i = 0; i < n; i++)
        room->target[i] = logistic_dot(of->gram + i * n, room->step, of->n);
    return TRANSECT_OK;
}

/* matrix = I + X^T S^2 X, its lower triangle; right: X^T r, X^T s^2. */
static void add_columns(const struct fit *fit, double *sum_r, double *sum_s)
{
    const struct logistic *of = fit->of;
    const struct logistic_room *room = fit->room;
    size_t k = (size_t)fit->n_coef;

    for (size_t j = 0; j < 2 * k; j++)
        room->right[j] = 0;
    for (size_t j = 0; j < k * k; j++)
        room->matrix[j] = j % (k + 1) == 0;
    for (int32_t i = 0; i < of->n; i++) {
        const double *x = of->x[i];
        double d = room->s[i] * room->s[i];
        double r = d * (room->f[i] + fit->b) + pull(fit, i);

        *sum_r += r;
        *sum_s += d;
        for (size_t j = 0; j < k; j++) {
            double *row = room->matrix + j * k, by = d * x[j];

            room->right[j] += r * x[j];
            room->right[k + j] += by;
            for (size_t l = 0; l <= j; l++)
                row[l] += by * x[l];
        }
    }
}

/* Of the columns: w = (I + X^T S^2 X)^-1 (X^T r - b' X^T s^2) with
 * r = s^2 (f + b) + pull, b' such that the derivative by it is 0. */
static int solve_by_columns(transect_ctx *ctx,
                            const struct transect_linalg_host *linalg,
                            struct fit *fit)
{
    const struct logistic *of = fit->of;
    struct logistic_room *room = fit->room;
    int32_t k = fit->n_coef;
    double sum_r = 0, sum_s = 0;

    add_columns(fit, &sum_r, &sum_s);
    for (int32_t j = 0; j < k; j++)
        room->weighted[j] = room->right[k + j]; /* is overwritten */
    if (linalg->solve(ctx, k, room->matrix, 2, room->right))
        return TRANSECT_FAILED;
    fit->next_b = (sum_r - logistic_dot(room->weighted, room->right, k)) /
                  (sum_s - logistic_dot(room->weighted, room->right + k, k));
    for (int32_t j = 0; j < k; j++)
        room->step[j] = room->right[j] - fit->next_b * room->right[k + j];
    for (int32_t i = 0; i < of->n; i++)
        room->target[i] = logistic_dot(of->x[i], room->step, k);
    return TRANSECT_OK;
}

/* How much the step changes scores, relative to the largest of them. */
static double change(const struct fit *fit)
{
    const struct logistic_room *room = fit->room;
    double most = 0, largest = 1;

    for (int32_t i = 0; i < fit->of->n; i++) {
        double next = room->target[i] + fit->next_b;

        most = fmax(most, fabs(next - room->f[i] - fit->b));
        largest = fmax(largest, fabs(next));
    }
    return most / largest;
}

static void take(struct fit *fit, double part)
{
    struct logistic_room *room = fit->room;

    for (int32_t i = 0; i < fit->of->n; i++)
        room->f[i] += part * (room->target[i] - room->f[i]);
    for (int32_t j = 0; j < fit->n_coef; j++)
        room->coef[j] += part * (room->step[j] - room->coef[j]);
    fit->b += part * (fit->next_b - fit->b);
}

/* Half of the step, a quarter and so on, until it makes the sum smaller; 0:
 * none does. */
static double part_of(const struct fit *fit)
{
    double now = objective(fit, 0), part = 1;

    while (part > 1e-12 && !(objective(fit, part) < now))
        part /= 2;
    return part > 1e-12 ? part : 0;
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

int logistic_fit(transect_ctx *ctx, const struct transect_host *host,
                 const struct transect_linalg_host *linalg,
                 const struct logistic *problem, struct logistic_room *room,
                 double *w, double *b)
{
    struct fit fit = {.of = problem, .room = room};
    int steps;

    fit.n_coef = problem->gram ? problem->n : problem->width;
    memset(room->f, 0, (size_t)problem->n * sizeof *room->f);
    memset(room->coef, 0, (size_t)fit.n_coef * sizeof *room->coef);
    for (steps = 0; steps < MOST_STEPS; steps++) {
        double changed, part;

        measure(&fit);
        if (problem->gram ? solve_by_rows(ctx, linalg, &fit)
                          : solve_by_columns(ctx, linalg, &fit))
            return TRANSECT_FAILED;
        changed = change(&fit);
        part = changed < ENOUGH ? 1 : part_of(&fit);
        take(&fit, part);
        if (changed < ENOUGH || (part <= 0 && changed < ROUNDING))
            break;
        if (!(part > 0))
            steps = MOST_STEPS;
    }
    give(&fit, w, b);
    return steps < MOST_STEPS
               ? TRANSECT_OK
               : host->fail(ctx, "the logistic probe did not converge; a "
                                 "smaller c makes it easier");
}
