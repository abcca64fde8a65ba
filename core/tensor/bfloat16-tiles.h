/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* bfloat16-tiles.h - the processor's own products of bfloat16 tiles (AMX). */
#ifndef CORE_TENSOR_BFLOAT16_TILES_H
#define CORE_TENSOR_BFLOAT16_TILES_H

#include <stdint.h>

/* Each tile is 1 KiB: 16 rows of 32 elements; a tile of W has 16 rows of 16
 * pairs, each of one output's weights of two neighbouring inputs. */
#define BFLOAT16_TILE 512 /* elements */
#define BFLOAT16_DEPTH 32 /* inputs of a tile */
#define BFLOAT16_PIECES 3 /* of a float32 */
/* Rows and outputs of a block: two tiles each. */
#define BFLOAT16_BLOCK 32

/* y += x W for a block. */
struct bfloat16_block {
    /* Of the upper 16 rows: for each tile of inputs the high, the middle and
     * the low pieces. Those of the lower ones follow them. */
    const uint16_t *x;
    const uint16_t *w; /* for each tile of inputs, two of outputs */
    int64_t depth;     /* tiles of inputs */
    float *y;          /* (BFLOAT16_BLOCK, BFLOAT16_BLOCK) */
    int64_t stride;    /* of y */
};

/* NULL, or why there are none here. The first call asks the system for the
 * tiles of all threads of the process. Any thread. */
const char *bfloat16_tiles_lacking(void);
/* Around the blocks that a thread computes; not without tiles. */
void bfloat16_tiles_begin(void);
void bfloat16_tiles_end(void);
/* Each row of y has the same bits whatever the others of x are: an element's
 * sum goes from the first inputs to the last, and within 32 of them from the
 * low pieces to the high ones. */
void bfloat16_tiles_add(const struct bfloat16_block *block);

#endif
