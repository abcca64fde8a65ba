/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* row-kernels.h - kernels over the rows of a matrix, shared among a team. Rows
 * do not depend on each other, so results do not depend on the team. */
#ifndef CORE_EXECUTOR_ROW_KERNELS_H
#define CORE_EXECUTOR_ROW_KERNELS_H

#include "executor/kernels.h"
#include "tensor/thread-team.h"

/* y = norm of x, both (rows, groups * cols) with row strides of their own; y
 * may be x. Each group of columns has a norm for itself. */
struct rows_norm {
    enum norm_kind kind;
    const struct norm *norm; /* (groups * cols) */
    double epsilon;
    const float *x;
    float *y;
    int64_t groups, cols, x_stride, y_stride;
};

void rows_norm(struct thread_team *team, int64_t rows,
               const struct rows_norm *job);

/* All of these are (rows, cols), row after row. */
void rows_add(struct thread_team *team, int64_t rows, int64_t cols, float *x,
              const float *y); /* x += y */
void rows_activate(struct thread_team *team, int64_t rows, int64_t cols,
                   enum activation activation, float *x);
/* x *= activation of gate, which is changed as well. */
void rows_gate(struct thread_team *team, int64_t rows, int64_t cols,
               enum activation activation, float *gate, float *x);
/* Index of the first element that is not finite, or -1. */
int64_t rows_find_nonfinite(struct thread_team *team, int64_t rows,
                            int64_t cols, const float *x);

#endif
