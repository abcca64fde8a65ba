/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* kernels.h - everything in a forward pass that is not a matrix product.
 * Matrices are row-major; strides count floats. */
#ifndef CORE_KERNELS_H
#define CORE_KERNELS_H

#include "model.h"
#include <stdbool.h>
#include <stdint.h>

/* y (n, cols) = (x - mean) / sqrt(variance + epsilon) * gain + bias, by row;
 * biased variance (Ba et al., arXiv 1607.06450). */
void kernel_layer_norm(const float *x, int64_t n, int64_t cols,
                       const struct norm *norm, double epsilon, float *y);
/* In place over n elements. GELU: Hendrycks and Gimpel, arXiv 1606.08415. */
void kernel_activation(enum activation activation, float *x, int64_t n);
/* Scores to probabilities, in place: row i of `rows` sees the keys
 * 0..first+i, of `cols`; the rest becomes 0. */
void kernel_softmax_causal(float *scores, int64_t rows, int64_t cols,
                           int64_t stride, int64_t first);
/* Sets what softmax_causal would not read to minus infinity. */
void kernel_mask_causal(float *scores, int64_t rows, int64_t cols,
                        int64_t stride, int64_t first);
void kernel_add(float *x, const float *y, int64_t n); /* x += y */
/* Index of the first element that is not finite, or -1. */
int64_t kernel_find_nonfinite(const float *x, int64_t n);

#endif
