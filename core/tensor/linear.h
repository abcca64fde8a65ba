/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* linear.h - linear maps. The matrix is float32 in memory, or stays as its
 * file has it and is converted by panels for each product. */
#ifndef CORE_TENSOR_LINEAR_H
#define CORE_TENSOR_LINEAR_H

#include "tensor/tensor-table.h"
#include "tensor/thread-team.h"
#include <stdbool.h>
#include <stdint.h>

/* Where a matrix is in its file. Outputs are rows of the tensor (columns, if
 * in_first), in runs of `run` neighbours whose first ones are `period` apart:
 * a tensor that fuses q, k and v by groups of heads has several runs. */
struct stored {
    const struct tensor *tensor; /* NULL: not stored, only at linear.w */
    bool in_first;
    int64_t first; /* row of output 0 */
    int64_t run, period;
    int64_t input; /* column (row, if in_first) of input 0 */
};

struct bfloat16_weights;

/* y = x W + b. W is n_in x n_out; element (i, j) at w[i * in_stride +
 * j * out_stride], one of which is 1. b may be NULL. If w is NULL, stored
 * says where W is; the strides are then those of its float32 copy. */
struct linear {
    const float *w, *b;
    int n_in, n_out;
    int64_t in_stride, out_stride;
    struct stored stored;
    struct bfloat16_weights *split; /* of all of a stored matrix, packed: x is
                                       split for it; NULL: float32 */
};

/* x and y of linear_apply. */
struct product {
    const float *x; /* (rows, n_in) */
    float *y;       /* (rows, n_out) */
    int64_t x_stride, y_stride, rows;
};

/* y = x W + b, shared among the team. A row's bits depend on that row of x and
 * the matrix alone: not on the number of rows or threads, nor on whether the
 * matrix is stored. panel: linear_panel() floats of the caller's, NULL if that
 * is 0. */
void linear_apply(const struct linear *linear, const struct product *product,
                  float *panel, struct thread_team *team);
/* The way back: y = x W^T for x (rows, n_out) and y (rows, n_in), without the
 * bias, likewise. The panel is of the same size. */
void linear_apply_transposed(const struct linear *linear,
                             const struct product *product, float *panel);
/* Floats of a panel: n_in times the outputs that are converted at a time, or
 * what a split x takes; 0 if the matrix is not stored. */
size_t linear_panel(const struct linear *linear);
/* Outputs first..first+n-1 of a stored matrix: out is (n, n_in), or (n_in, n)
 * if in_first. */
void linear_read(const struct linear *linear, int first, int n, float *out);
/* Sets *both to one map with the outputs of a and then those of b, if b's
 * matrix and bias follow a's in memory; else false. One product is faster than
 * two. */
bool linear_join(const struct linear *a, const struct linear *b,
                 struct linear *both);
/* The map from inputs first..first+n-1 alone, without bias. */
struct linear linear_inputs(const struct linear *linear, int first, int n);
/* The map to outputs first..first+n-1 alone, which of a stored matrix lie in
 * one run, or begin with one. */
struct linear linear_outputs(const struct linear *linear, int first, int n);

#endif
