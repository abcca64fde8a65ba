/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* linear.h - linear maps whose matrix is there as float32, or stays as its
 * file has it and is converted by panels, whenever it is needed. */
#ifndef CORE_TENSOR_LINEAR_H
#define CORE_TENSOR_LINEAR_H

#include "tensor/tensor-table.h"
#include "tensor/thread-team.h"
#include <stdbool.h>
#include <stdint.h>

/* Where a matrix is in its file. Outputs are rows of the tensor (columns, if
 * in_first). They lie there in runs of so many side by side, whose first ones
 * are a period apart: what is fused by groups of heads has several. */
struct stored {
    const struct tensor *tensor; /* NULL: nowhere but at linear.w */
    bool in_first;
    int64_t first; /* of output 0 */
    int64_t run, period;
    int64_t input; /* column (row, if in_first) of input 0 */
};

/* y = x W + b. W is n_in x n_out; element (i, j) at w[i * in_stride +
 * j * out_stride], one of which is 1. b may be NULL. If w is NULL, stored
 * says where W is; the strides are then those of its float32 copy. */
struct linear {
    const float *w, *b;
    int n_in, n_out;
    int64_t in_stride, out_stride;
    struct stored stored;
};

/* Two matrices of so many rows. */
struct product {
    const float *x; /* (rows, n_in) */
    float *y;       /* (rows, n_out) */
    int64_t x_stride, y_stride, rows;
};

/* y = x W + b, shared among the team, bit for bit the same for any. panel:
 * room for linear_panel() floats; it may be NULL where that is 0. */
void linear_apply(const struct linear *linear, const struct product *product,
                  float *panel, struct thread_team *team);
/* Floats of a panel: those of so many outputs as are converted at a time; 0
 * if the matrix is there. */
size_t linear_panel(const struct linear *linear);
/* Outputs first..first+n-1 of a stored matrix: out is (n, n_in), or (n_in, n)
 * if in_first. */
void linear_read(const struct linear *linear, int first, int n, float *out);
/* One map for the outputs of a and then those of b, which is one product
 * instead of two, where b's matrix and bias lie behind a's; else false. */
bool linear_join(const struct linear *a, const struct linear *b,
                 struct linear *both);
/* The map from inputs first..first+n-1 alone, without bias. */
struct linear linear_inputs(const struct linear *linear, int first, int n);

#endif
