/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* logistic.h - logistic regression of two classes with a penalty on the
 * weights, in float64. */
#ifndef LOGISTIC_H
#define LOGISTIC_H

#include <stdbool.h>
#include <transect/linalg.h>

/* What is minimized over w (width) and b:
 *   |w|^2 / 2 + c sum_i log(1 + exp(f_i)) - t_i f_i,  f_i = x_i w + b,
 * t_i 1 for class 1 and 0 for class 0: scikit-learn's LogisticRegression. */
struct logistic {
    int32_t n, width;
    const double *const *x;       /* (n) rows (width) */
    const unsigned char *classes; /* (n) 0 or 1, some of each */
    const double *gram; /* (n, n) of x_i x_j, or NULL: by the columns */
    double c;
};

/* What fits work in, of n rows or fewer: with products of rows `n_coef` is n,
 * else width. */
struct logistic_room {
    double *f, *moved, *s;          /* (n) */
    double *coef, *step, *weighted; /* (n_coef) */
    double *right, *matrix;         /* (2, n_coef), (n_coef, n_coef) */
};

struct logistic_room logistic_room_new(transect_ctx *ctx,
                                       const struct transect_host *host,
                                       int32_t n, int32_t n_coef);
/* Fills w (width) and b. Fails after host->fail(). */
int logistic_fit(transect_ctx *ctx, const struct transect_host *host,
                 const struct transect_linalg_host *linalg,
                 const struct logistic *problem, struct logistic_room *room,
                 double *w, double *b);

/* x y */
double logistic_dot(const double *x, const double *y, int32_t n);

#endif
