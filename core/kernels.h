/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* kernels.h - everything in a forward pass that is not a matrix product.
 * Matrices are row-major; strides count floats. */
#ifndef CORE_KERNELS_H
#define CORE_KERNELS_H

#include "model.h"
#include <stdbool.h>
#include <stdint.h>

/* n rows of `cols` elements: y = (x - mean) / sqrt(variance + epsilon) * gain
 * + bias, with the biased variance (Ba et al., arXiv 1607.06450); or, RMS,
 * y = x / sqrt(mean of squares + epsilon) * gain + bias (Zhang and Sennrich,
 * arXiv 1910.07467). y may be x. */
void kernel_norm(enum norm_kind kind, const float *x, int64_t x_stride,
                 int64_t n, int64_t cols, const struct norm *norm,
                 double epsilon, float *y, int64_t y_stride);
/* In place over n elements. GELU: Hendrycks and Gimpel, arXiv 1606.08415. */
void kernel_activation(enum activation activation, float *x, int64_t n);
/* Scores to probabilities, in place: row i of `rows` sees the keys up to
 * first+i, of `cols`, and of those the last `window` (0: all); the rest
 * becomes 0. */
void kernel_softmax_causal(float *scores, int64_t rows, int64_t cols,
                           int64_t stride, int64_t first, int64_t window);
/* Sets what softmax_causal would not read to minus infinity. */
void kernel_mask_causal(float *scores, int64_t rows, int64_t cols,
                        int64_t stride, int64_t first, int64_t window);
/* Adds bias[j] - bias[first+i] to the score of query first+i and key j. */
void kernel_add_alibi(float *scores, int64_t rows, int64_t cols,
                      int64_t stride, int64_t first, const float *bias);
/* x = cap * tanh(x / cap), by row. */
void kernel_soft_cap(float *x, int64_t rows, int64_t cols, int64_t stride,
                     float cap);
/* Rotates the first `dim` of each head's d columns, heads side by side; row i
 * by the angles of row i of cosine and sine (rows, dim / 2). */
void kernel_rotate(const struct rope *rope, float *x, int64_t rows,
                   int64_t stride, int64_t heads, int64_t d,
                   const float *cosine, const float *sine);
void kernel_scale(float *x, float factor, int64_t n); /* x *= factor */
void kernel_multiply(float *x, const float *y, int64_t n); /* x *= y */
void kernel_add(float *x, const float *y, int64_t n); /* x += y */
/* Index of the first element that is not finite, or -1. */
int64_t kernel_find_nonfinite(const float *x, int64_t n);

#endif
