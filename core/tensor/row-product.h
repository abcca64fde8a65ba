/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* row-product.h - matrix products whose rows depend on nothing but themselves.
 * BLAS adds in another order for other numbers of rows, at other places and at
 * the edges of its tiles; here the order is the same for every element, so
 * that rows can be put together, taken apart and shared among threads without
 * a change of any bit. */
#ifndef CORE_TENSOR_ROW_PRODUCT_H
#define CORE_TENSOR_ROW_PRODUCT_H

#include "tensor/row-tiles.h"
#include "tensor/thread-team.h"

/* y (rows, n_out) = addend + x (rows, n_in) W: W's element (i, j) is at
 * w[i * in_stride + j * out_stride], one of which is 1. */
struct row_product {
    const float *x, *w;
    float *y;
    int64_t x_stride, in_stride, out_stride, y_stride, rows;
    int n_in, n_out;
    const float *addend; /* NULL: 0; may be y */
    int64_t addend_stride; /* from row to row; 0: the same for all */
};

/* An element's bits are those of its row of x, its column of W and its addend
 * with the same tiles, whatever the rest and the team are. */
void row_product_multiply(const struct row_product *product,
                          const struct row_tiles *tiles,
                          struct thread_team *team);

#endif
