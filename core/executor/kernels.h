/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* kernels.h - everything in a forward pass that is not a matrix product.
 * Matrices are row-major; strides count floats. */
#ifndef CORE_EXECUTOR_KERNELS_H
#define CORE_EXECUTOR_KERNELS_H

#include "model/model.h"
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
/* Columns to the end of a whole vector of the widest kind. */
#define KERNEL_ROOM(cols) (((cols) + 15) & ~(int64_t)15)

/* Scores of `rows` queries and `cols` keys. Row i sees the keys up to
 * first+i, and of those the last `window` (0: all); first may be negative.
 * What is beyond cols, up to `room`, can be written. */
struct tile {
    float *s; /* (rows, room) */
    int64_t stride;
    int rows, cols, first, window;
    int64_t room;
};

/* A row's softmax over the tiles so far; before the first, `largest` is minus
 * infinity and the rest 0. */
struct softmax_row {
    float largest;
    float sum;     /* of e^(score - largest) */
    float rescale; /* what the last tile made of sums over those before it */
};

/* Scores to e^(score - largest), in place, 0 where a row does not see; raises
 * the rows' largest. */
void kernel_softmax_tile(const struct tile *tile, struct softmax_row *rows);
/* What makes probabilities of a tile's exponentials, when all tiles of the
 * row have been seen: `largest` is the row's as that tile left it. */
float kernel_softmax_factor(const struct softmax_row *row, float largest);
/* Sets the scores of keys that a row does not see to minus infinity: row i
 * sees those up to first+i, and of those the last `window` (0: all). */
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
