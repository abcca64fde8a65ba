/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* bfloat16-weights.c - float32 products with weights that are stored as BF16:
 * packed weights, activations in pieces, and blocks of the product. */
#include "tensor/bfloat16-weights.h"

#include "base/cpu-dispatch.h"
#include "base/mem.h"
#include "tensor/bfloat16-tiles.h"

#include <stdlib.h>
#include <string.h>

#define TILE_ROWS 16
/* Rows that are split at a time, and inputs. 128 of the rows, in pieces, are
 * 768 KiB, which stay in the second cache while weights come past. */
#define GROUP 512
#define CACHED 128
#define INPUTS 1024

struct bfloat16_weights {
    int n_in, n_out;
    int64_t depth, blocks; /* tiles of inputs; blocks of outputs */
    uint16_t *packed;      /* NULL, or (blocks, depth, 2, BFLOAT16_TILE) */
};

static int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

bool bfloat16_weights_fit(const struct linear *linear)
{
    const struct tensor *tensor = linear->stored.tensor;

    return !linear->w && tensor && tensor->dtype == DTYPE_BF16;
}

struct bfloat16_weights *bfloat16_weights_new(const struct linear *linear)
{
    struct bfloat16_weights *weights = mem_new(1, sizeof *weights);

    weights->n_in = linear->n_in;
    weights->n_out = linear->n_out;
    weights->depth = ceil_div(linear->n_in, BFLOAT16_DEPTH);
    weights->blocks = ceil_div(linear->n_out, BFLOAT16_BLOCK);
    return weights;
}

void bfloat16_weights_free(struct bfloat16_weights *weights)
{
    if (weights)
        free(weights->packed);
    free(weights);
}

uint64_t bfloat16_weights_bytes(const struct bfloat16_weights *weights)
{
    return (uint64_t)(weights->depth * weights->blocks) * 2 * BFLOAT16_TILE *
           sizeof *weights->packed;
}

size_t bfloat16_weights_panel(const struct bfloat16_weights *weights)
{
    int64_t depth = weights->depth, most = INPUTS / BFLOAT16_DEPTH;

    return (size_t)(GROUP * BFLOAT16_DEPTH * (depth < most ? depth : most)) *
           BFLOAT16_PIECES / 2;
}

static uint16_t upper_half(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    return (uint16_t)(bits >> 16);
}

/* From the outputs of a block, as linear_read() has them. */
static void pack_block(const struct linear *linear, int n, const float *from,
                       uint16_t *to)
{
    bool in_first = linear->stored.in_first;
    int64_t out_step = in_first ? 1 : linear->n_in;
    int64_t in_step = in_first ? n : 1;

    for (int64_t i = 0; i < linear->n_in; i++) {
        int64_t row = i % BFLOAT16_DEPTH / 2;
        uint16_t *pairs = to + i / BFLOAT16_DEPTH * 2 * BFLOAT16_TILE +
                          row * BFLOAT16_DEPTH + i % 2;

        for (int64_t j = 0; j < n; j++)
            pairs[j / 16 * BFLOAT16_TILE + j % 16 * 2] =
                upper_half(from[i * in_step + j * out_step]);
    }
}

int bfloat16_weights_pack(struct bfloat16_weights *weights,
                          const struct linear *linear, struct error *err)
{
    size_t bytes = (size_t)bfloat16_weights_bytes(weights);
    float *block;

    if (weights->packed)
        return ST_OK;
    block = mem_tensor(BFLOAT16_BLOCK, (size_t)linear->n_in, err);
    if (block)
        weights->packed =
            (uint16_t *)mem_tensor(bytes / sizeof(float), 1, err);
    if (!weights->packed) {
        free(block);
        return err->status;
    }
    memset(weights->packed, 0, bytes);
    for (int64_t i = 0; i < weights->blocks; i++) {
        int first = (int)i * BFLOAT16_BLOCK, left = linear->n_out - first;
        int n = left < BFLOAT16_BLOCK ? left : BFLOAT16_BLOCK;

        linear_read(linear, first, n, block);
        pack_block(linear, n, block,
                   weights->packed + i * weights->depth * 2 * BFLOAT16_TILE);
    }
    free(block);
    return ST_OK;
}

/* What is left of a value without its upper half: exactly, as both have the
 * same exponent. */
static inline uint32_t rest_of(uint32_t bits)
{
    uint32_t high = bits & UINT32_C(0xffff0000);
    float value, piece, rest;

    memcpy(&value, &bits, sizeof value);
    memcpy(&piece, &high, sizeof piece);
    rest = value - piece;
    memcpy(&bits, &rest, sizeof bits);
    return bits;
}

/* n values, beside each other; without branches, to be vectorized. */
CLONES static void split(const float *from, int64_t n, uint16_t *out,
                         int64_t step)
{
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits, middle, low;
        uint32_t exponent, is_nan;

        memcpy(&bits, from + i, sizeof bits);
        exponent = bits & UINT32_C(0x7f800000);
        is_nan = (bits & UINT32_C(0x7fffffff)) > UINT32_C(0x7f800000);
        middle = rest_of(bits);
        low = rest_of(middle);
        out[i] = (uint16_t)((bits >> 16) | is_nan << 6);
        out[i + step] = exponent == UINT32_C(0x7f800000)
                            ? 0 : (uint16_t)(middle >> 16);
        out[i + 2 * step] = exponent == UINT32_C(0x7f800000)
                                ? 0 : (uint16_t)(low >> 16);
    }
}

void bfloat16_weights_split(float value, uint16_t *out, int64_t step)
{
    split(&value, 1, out, step);
}

/* One step of a product: some rows, with some inputs. */
struct step {
    const struct bfloat16_weights *weights;
    const float *bias;
    const struct product *product; /* of these rows */
    int64_t first, depth;          /* tiles of inputs */
    uint16_t *pieces; /* (tiles of rows, depth, BFLOAT16_PIECES,
                         BFLOAT16_TILE), to an even number of tiles of rows */
};

/* Tiles of rows first..first+n-1; what is beyond the matrix is 0. */
static void split_tiles(void *of, int member, int64_t first, int64_t n)
{
    const struct step *step = of;
    const struct product *x = step->product;
    int64_t inputs = step->weights->n_in - step->first * BFLOAT16_DEPTH;
    int64_t tile = BFLOAT16_PIECES * BFLOAT16_TILE;

    (void)member;
    for (int64_t row = first * TILE_ROWS; row < (first + n) * TILE_ROWS; row++)
        for (int64_t i = 0; i < step->depth; i++) {
            int64_t left = inputs - i * BFLOAT16_DEPTH;
            uint16_t *out = step->pieces +
                            (row / TILE_ROWS * step->depth + i) * tile +
                            row % TILE_ROWS * BFLOAT16_DEPTH;
            float edge[BFLOAT16_DEPTH] = {0};
            const float *from = edge;

            if (row < x->rows)
                from = x->x + row * x->x_stride +
                       (step->first + i) * BFLOAT16_DEPTH;
            if (row < x->rows && left < BFLOAT16_DEPTH)
                from = memcpy(edge, from, (size_t)left * sizeof *edge);
            split(from, BFLOAT16_DEPTH, out, BFLOAT16_TILE);
        }
}

/* A part of y that a block covers, and where its products are added: there, or
 * in a copy with what is beyond the matrix. */
struct place_of_block {
    float *y;
    int64_t stride, rows, outputs;
    float copy[BFLOAT16_BLOCK * BFLOAT16_BLOCK];
};

static void begin_block(const struct step *step, struct place_of_block *at,
                        int64_t col)
{
    for (int64_t i = 0; i < at->rows && !step->first; i++) {
        float *row = at->y + i * at->stride;

        if (step->bias)
            memcpy(row, step->bias + col, (size_t)at->outputs * sizeof *row);
        else
            memset(row, 0, (size_t)at->outputs * sizeof *row);
    }
}

/* Rows of y, to the copy or back. */
static void copy_rows(const float *from, int64_t from_stride, float *to,
                      int64_t to_stride, const struct place_of_block *at)
{
    for (int64_t i = 0; i < at->rows; i++)
        memcpy(to + i * to_stride, from + i * from_stride,
               (size_t)at->outputs * sizeof *to);
}

static void add_block(const struct step *step, int64_t row, int64_t out)
{
    const struct bfloat16_weights *w = step->weights;
    const struct product *product = step->product;
    int64_t col = out * BFLOAT16_BLOCK;
    struct place_of_block at = {
        .y = product->y + row * product->y_stride + col,
        .stride = product->y_stride,
        .rows = product->rows - row,
        .outputs = w->n_out - col,
    };
    struct bfloat16_block block = {
        .x = step->pieces + row / TILE_ROWS * step->depth * BFLOAT16_PIECES *
                                BFLOAT16_TILE,
        .w = w->packed + (out * w->depth + step->first) * 2 * BFLOAT16_TILE,
        .depth = step->depth,
        .y = at.y,
        .stride = at.stride,
    };
    bool whole = at.rows >= BFLOAT16_BLOCK && at.outputs >= BFLOAT16_BLOCK;

    at.rows = at.rows < BFLOAT16_BLOCK ? at.rows : BFLOAT16_BLOCK;
    at.outputs = at.outputs < BFLOAT16_BLOCK ? at.outputs : BFLOAT16_BLOCK;
    begin_block(step, &at, col);
    if (!whole) {
        memset(at.copy, 0, sizeof at.copy);
        copy_rows(at.y, at.stride, at.copy, BFLOAT16_BLOCK, &at);
        block.y = at.copy;
        block.stride = BFLOAT16_BLOCK;
    }
    bfloat16_tiles_add(&block);
    if (!whole)
        copy_rows(at.copy, BFLOAT16_BLOCK, at.y, at.stride, &at);
}

/* Items go through all blocks of outputs for the first CACHED rows, and so on.
 */
static void add_blocks(void *of, int member, int64_t first, int64_t n)
{
    const struct step *step = of;

    (void)member;
    bfloat16_tiles_begin();
    for (int64_t item = first; item < first + n; item++) {
        int64_t row = item / step->weights->blocks * CACHED;
        int64_t end = row + CACHED;

        for (; row < end && row < step->product->rows; row += BFLOAT16_BLOCK)
            add_block(step, row, item % step->weights->blocks);
    }
    bfloat16_tiles_end();
}

void bfloat16_weights_apply(const struct bfloat16_weights *weights,
                            const float *bias, const struct product *product,
                            float *panel, struct thread_team *team)
{
    const int64_t most = INPUTS / BFLOAT16_DEPTH;
    struct product group = *product;
    struct step step = {.weights = weights, .bias = bias, .product = &group,
                        .pieces = (uint16_t *)panel};

    for (int64_t row = 0; row < product->rows; row += GROUP) {
        int64_t left = product->rows - row;

        group.rows = left < GROUP ? left : GROUP;
        group.x = product->x + row * product->x_stride;
        group.y = product->y + row * product->y_stride;
        for (step.first = 0; step.first < weights->depth; step.first += most) {
            left = weights->depth - step.first;
            step.depth = left < most ? left : most;
            team_share(team, 2 * ceil_div(group.rows, BFLOAT16_BLOCK), 1,
                       split_tiles, &step);
            team_share(team, ceil_div(group.rows, CACHED) * weights->blocks, 1,
                       add_blocks, &step);
        }
    }
}
