/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* row-tiles.h - what a matrix product is made of, for each instruction set: a
 * tile of a few rows by a few outputs, whose sums stay in registers. Each sum
 * is one chain of multiplications and additions over the inputs, in their
 * order, whatever else is in the tile. */
#ifndef CORE_TENSOR_ROW_TILES_H
#define CORE_TENSOR_ROW_TILES_H

#include <stdint.h>

#define ROW_TILES_MOST_ROWS 12
#define ROW_TILES_MOST_OUTPUTS 32

/* y = addend + x W. A panel has W's elements for as many outputs as the tile
 * has, input by input. */
struct row_tile {
    const float *x, *panel, *addend;
    float *y;
    int64_t x_stride, addend_stride, y_stride;
    int n_in;
};

struct row_tiles {
    const char *name; /* of the instruction set */
    int rows, outputs; /* of a tile; rows: at most */
    void (*multiply)(const struct row_tile *tile, int rows);
    /* Turns 8 rows of W, each of 8 inputs, to 8 rows of a panel. */
    void (*turn)(const float *w, int64_t stride, float *panel, int outputs);
};

/* The i-th that this processor has, the fastest first; NULL: no more. */
const struct row_tiles *row_tiles_of(int i);

#endif
