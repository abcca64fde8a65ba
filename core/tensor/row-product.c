/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* row-product.c - y = addend + x W. Inputs are cut into blocks, whose sums are
 * added to y one after the other; only n_in says where. A few outputs of W at
 * a time are packed into panels, which a core's caches hold while all rows, or
 * as many as these caches hold beside them, are multiplied with them. */
#include "tensor/row-product.h"

#include "base/cpu-dispatch.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Inputs of a block: with more, sums are less exact; with fewer, y is read and
 * written more often. */
#define BLOCK 384
/* Rows of which a block of inputs is in a core's second cache. */
#define ROWS 480
/* Outputs that are packed at a time, if they are neighbours in memory: a
 * piece of each row of W that is worth a visit. */
#define NEIGHBOURS 128
/* Rows of W from the one that is packed to the one that is fetched. */
#define AHEAD 8
/* Multiplications below which another thread costs more than it saves. */
#define LEAST_SHARED 1.5e6

struct job {
    const struct row_product *product;
    const struct row_tiles *tiles;
    bool by_rows;
};

/* n outputs of `product`, of which a block of inputs is packed. */
struct strip {
    const struct row_product *product;
    const struct row_tiles *tiles;
    float *panels; /* of tiles->outputs each, the last filled up with 0 */
    int first_in, n_in, first_out, n_out;
};

static int least(int64_t a, int64_t b)
{
    return (int)(a < b ? a : b);
}

/* Rows of W are neighbours of an output's inputs. */
static void pack_turned(const struct strip *strip, const float *w, int n_out,
                        float *panel)
{
    int wide = strip->tiles->outputs, done_in = strip->n_in / 8 * 8;
    int64_t stride = strip->product->out_stride;

    if (n_out < wide)
        memset(panel, 0, sizeof *panel * (size_t)(strip->n_in * wide));
    for (int j = 0; j < n_out; j++) {
        bool eight = j % 8 == 0 && n_out - j >= 8;

        for (int i = 0; eight && i < done_in; i += 8)
            strip->tiles->turn(w + j * stride + i, stride,
                               panel + i * wide + j, wide);
        for (int i = j / 8 * 8 + 8 <= n_out ? done_in : 0; i < strip->n_in;
             i++)
            panel[i * wide + j] = w[j * stride + i];
    }
}

/* Rows of W are neighbours of an input's outputs: each is read along. */
static void pack_straight(const struct strip *strip, const float *w)
{
    int wide = strip->tiles->outputs, n = strip->n_out;

    for (int i = 0; i < strip->n_in; i++, w += strip->product->in_stride) {
        float *to = strip->panels + i * wide;
        int j = 0;

        for (; j + wide <= n; j += wide, to += strip->n_in * wide)
            for (int k = 0; k < wide; k += 8)
                memcpy(to + k, w + j + k, 8 * sizeof *to);
        if (j < n) {
            memcpy(to, w + j, sizeof *to * (size_t)(n - j));
            memset(to + n - j, 0, sizeof *to * (size_t)(wide - n + j));
        }
        for (j = 0; i + AHEAD < strip->n_in && j < n; j += 16)
            __builtin_prefetch(w + AHEAD * strip->product->in_stride + j);
    }
}

static void pack(const struct strip *strip)
{
    const struct row_product *p = strip->product;
    const float *w = p->w + strip->first_in * p->in_stride +
                     strip->first_out * p->out_stride;
    int wide = strip->tiles->outputs;

    if (p->out_stride == 1) {
        pack_straight(strip, w);
        return;
    }
    for (int j = 0; j < strip->n_out; j += wide)
        pack_turned(strip, w + j * p->out_stride,
                    least(strip->n_out - j, wide),
                    strip->panels + (int64_t)j * strip->n_in);
}

/* A tile with fewer outputs than it has: into a copy of what is there. */
static void multiply_narrow(const struct row_tiles *tiles,
                            const struct row_tile *tile, int rows, int n_out)
{
    float room[ROW_TILES_MOST_ROWS * ROW_TILES_MOST_OUTPUTS] = {0};
    size_t size = sizeof *room * (size_t)n_out;
    struct row_tile own = *tile;

    for (int i = 0; i < rows; i++)
        memcpy(room + i * tiles->outputs,
               tile->addend + i * tile->addend_stride, size);
    own.y = room;
    own.addend = room;
    own.y_stride = own.addend_stride = tiles->outputs;
    tiles->multiply(&own, rows);
    for (int i = 0; i < rows; i++)
        memcpy(tile->y + i * tile->y_stride, room + i * tiles->outputs, size);
}

/* What is added to the sums at a row and an output. */
static void set_addend(const struct strip *strip, int64_t row, int output,
                       struct row_tile *tile)
{
    static const float zeros[ROW_TILES_MOST_OUTPUTS];
    const struct row_product *p = strip->product;

    tile->addend_stride = 0;
    tile->addend = zeros;
    if (strip->first_in) {
        tile->addend_stride = p->y_stride;
        tile->addend = tile->y;
    } else if (p->addend) {
        tile->addend_stride = p->addend_stride;
        tile->addend = p->addend + row * p->addend_stride + output;
    }
}

/* Rows first..first+n-1, in tiles as even as can be: those of a few rows have
 * too few sums to keep a core busy. */
static void multiply_strip(const struct strip *strip, int64_t first, int64_t n)
{
    const struct row_product *p = strip->product;
    const struct row_tiles *tiles = strip->tiles;
    int64_t count = (n + tiles->rows - 1) / tiles->rows;
    struct row_tile tile = {.x_stride = p->x_stride, .y_stride = p->y_stride,
                            .n_in = strip->n_in};

    for (int j = 0; j < strip->n_out; j += tiles->outputs) {
        int output = strip->first_out + j, wide = strip->n_out - j;

        tile.panel = strip->panels + (int64_t)j * strip->n_in;
        for (int64_t i = 0; i < count; i++) {
            int64_t row = first + n * i / count;
            int rows = (int)(first + n * (i + 1) / count - row);

            tile.x = p->x + row * p->x_stride + strip->first_in;
            tile.y = p->y + row * p->y_stride + output;
            set_addend(strip, row, output, &tile);
            if (wide < tiles->outputs)
                multiply_narrow(tiles, &tile, rows, wide);
            else
                tiles->multiply(&tile, rows);
        }
    }
}

/* Rows first..first+n-1, block by block. */
static void multiply_rows(struct strip *strip, int step, int64_t first,
                          int64_t n)
{
    const struct row_product *p = strip->product;

    for (int in = 0; in < p->n_in; in += BLOCK)
        for (int out = 0; out < p->n_out; out += step) {
            strip->first_in = in;
            strip->n_in = least(p->n_in - in, BLOCK);
            strip->first_out = out;
            strip->n_out = least(p->n_out - out, step);
            pack(strip);
            multiply_strip(strip, first, n);
        }
}

static void multiply(const struct row_product *product,
                     const struct row_tiles *tiles)
{
    int wide = tiles->outputs;
    int step = product->out_stride == 1 ? NEIGHBOURS : wide;
    int64_t pieces = (product->rows + ROWS - 1) / ROWS;
    int outputs = least((product->n_out + wide - 1) / wide * wide, step);
    size_t size = sizeof(float) * (size_t)least(product->n_in, BLOCK) *
                  (size_t)outputs;
    char *room = mem_alloc(size + 64); /* for whole lines of the cache */
    struct strip strip = {.product = product, .tiles = tiles};

    strip.panels = (float *)(void *)(room + 64 - (uintptr_t)room % 64);
    for (int64_t i = 0; i < pieces; i++) {
        int64_t first = product->rows * i / pieces;

        multiply_rows(&strip, step, first,
                      product->rows * (i + 1) / pieces - first);
    }
    free(room);
}

static void multiply_piece(void *of, int member, int64_t first, int64_t n)
{
    const struct job *job = of;
    struct row_product part = *job->product;

    (void)member;
    if (job->by_rows) {
        part.rows = n;
        part.x += first * part.x_stride;
        part.y += first * part.y_stride;
        if (part.addend)
            part.addend += first * part.addend_stride;
    } else {
        part.n_out = (int)n;
        part.w += first * part.out_stride;
        part.y += first;
        if (part.addend)
            part.addend += first;
    }
    multiply(&part, job->tiles);
}

/* The share of the members' time that is used if they share n grains. */
static double use_of(int64_t n, int members)
{
    return (double)n / (double)((n + members - 1) / members * members);
}

/* By outputs each member packs its own part of W, by rows each packs W. */
void row_product_multiply(const struct row_product *product,
                          const struct row_tiles *tiles,
                          struct thread_team *team)
{
    int members = team_size(team);
    int64_t wide = tiles->outputs, high = tiles->rows;
    int64_t across = (product->n_out + wide - 1) / wide;
    int64_t down = (product->rows + high - 1) / high;
    struct job job = {.product = product, .tiles = tiles};

    if (product->rows < 1 || product->n_out < 1)
        return;
    cpu_dispatch_watch(product->x, product->x_stride, product->rows,
                       product->n_in);
    cpu_dispatch_watch(product->y, product->y_stride, product->rows,
                       product->n_out);
    if (members == 1 || (double)product->rows * product->n_in *
                                product->n_out < 2 * LEAST_SHARED) {
        multiply(product, tiles);
        return;
    }
    job.by_rows = use_of(down, members) * 0.9 > use_of(across, members);
    team_share(team, job.by_rows ? product->rows : product->n_out,
               job.by_rows ? high : wide, multiply_piece, &job);
}
