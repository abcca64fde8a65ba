/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* bfloat16-weights.h - float32 products with weights that are stored as BF16.
 * A weight is one bfloat16; a float32 is the sum of three of them, as each has
 * 8 of its 24 bits: exactly from 2^-110 on. The products of pieces are exact
 * in float32, in which they are added up. Pieces, weights and products below
 * 2^-126 count as 0, as AMX has it: what is missing of y is at most 2^-125
 * times the sum of the magnitudes of the row of x and of the column of W, and
 * of 1 for each of their products. */
#ifndef CORE_TENSOR_BFLOAT16_WEIGHTS_H
#define CORE_TENSOR_BFLOAT16_WEIGHTS_H

#include "base/error.h"
#include "tensor/linear.h"
#include <stdint.h>

struct bfloat16_weights;

/* Can a matrix be packed: is it stored as BF16? */
bool bfloat16_weights_fit(const struct linear *linear);
/* For such a matrix, which is not packed yet. */
struct bfloat16_weights *bfloat16_weights_new(const struct linear *linear);
void bfloat16_weights_free(struct bfloat16_weights *weights);
/* Of the packed copy that bfloat16_weights_pack() makes. */
uint64_t bfloat16_weights_bytes(const struct bfloat16_weights *weights);
/* Packs the matrix, if it is not yet. ST_FAILED: memory is out. */
int bfloat16_weights_pack(struct bfloat16_weights *weights,
                          const struct linear *linear, struct error *err);
/* Floats of the panel for bfloat16_weights_apply(). */
size_t bfloat16_weights_panel(const struct bfloat16_weights *weights);
/* y = x W + b of a packed matrix, shared among the team. Each row of y has the
 * same bits whatever the others are, however many, and for any number of
 * threads. */
void bfloat16_weights_apply(const struct bfloat16_weights *weights,
                            const float *bias, const struct product *product,
                            float *panel, struct thread_team *team);
/* The high, the middle and the low piece, at out[0], out[step] and
 * out[2 * step]. The high one of an infinity or NaN has it all. */
void bfloat16_weights_split(float value, uint16_t *out, int64_t step);

#endif
