/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* attention-mix.c - scores, pattern and z of a head, in blocks of rows and in
 * tiles of keys.
 *
 * The softmax goes along with the tiles (Milakov and Gimelshein, arXiv
 * 1805.02867; Dao et al., arXiv 2205.14135): a row knows the largest score so
 * far and the sum of e^(score - largest), and what was made with a smaller one
 * is scaled. z is made of a tile's exponentials while they are in the cache.
 * It is made like that whoever listens: what a listener gets is derived from
 * the same exponentials, and rows of z that no editor reached stay as they
 * are, bit for bit.
 */
#include "forward.h"

#include "kernels.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

/* One head of one sample: where its rows begin and how they lie. */
struct head {
    int layer, index;
    const float *q, *k, *v; /* (n_token, d), row stride qkv_stride */
    float *z;               /* (n_token, d), row stride z_stride */
    int64_t qkv_stride, z_stride;
    float scale;
    int window;         /* keys that a query sees; 0: all before it */
    const float *alibi; /* biases by key, or NULL */
};

/* Columns of a head's pattern that are made without the pattern. */
#define MAX_COLUMNS 4

struct column {
    float e[FORWARD_BLOCK];   /* exponentials, then probabilities */
    float top[FORWARD_BLOCK]; /* the largest score as they were made */
};

/* Queries first..first+rows-1 of a head and keys low..keys-1, which are those
 * that one of them sees. Scores of key j are in column j - origin. */
struct strip {
    const struct head *head;
    int first, rows, low, keys;
    float *s;
    int64_t stride, origin;
    struct softmax_row row[FORWARD_BLOCK];
    int n_columns;
    int32_t columns[MAX_COLUMNS];
};

/* Tiles of a block. */
static int n_tiles(const struct strip *block)
{
    return (block->keys - block->low + FORWARD_TILE - 1) / FORWARD_TILE;
}

static int tile_keys(const struct strip *block, int at)
{
    int left = block->keys - at;

    return left < FORWARD_TILE ? left : FORWARD_TILE;
}

/* q k^T of one tile, from key `at` on, scaled, capped and biased as the model
 * has it. */
static void score_tile(const struct forward *fw, const struct strip *block,
                       int at, float *s)
{
    const struct config *config = &fw->model->config;
    const struct head *head = block->head;
    int cols = tile_keys(block, at);

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, block->rows, cols,
                config->d_head, head->scale,
                head->q + block->first * head->qkv_stride,
                (int)head->qkv_stride, head->k + at * head->qkv_stride,
                (int)head->qkv_stride, 0.0f, s, (int)block->stride);
    if (config->score_cap > 0)
        kernel_soft_cap(s, block->rows, cols, block->stride,
                        (float)config->score_cap);
    if (head->alibi)
        kernel_add_alibi(s, block->rows, cols, block->stride,
                         block->first - at, head->alibi + at);
}

/* z of the block (rows, d) += or, for the first tile, = E v. */
static void mix_tile(const struct forward *fw, const struct strip *block,
                     int at, const float *e)
{
    const struct head *head = block->head;
    int d = fw->model->config.d_head;
    float *z = head->z + block->first * head->z_stride;

    for (int i = 0; at > block->low && i < block->rows; i++)
        if (block->row[i].rescale != 1)
            kernel_scale(z + i * head->z_stride, block->row[i].rescale, d);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, block->rows, d,
                tile_keys(block, at), 1.0f, e, (int)block->stride,
                head->v + at * head->qkv_stride, (int)head->qkv_stride,
                at > block->low ? 1.0f : 0.0f, z, (int)head->z_stride);
}

/* The tile's scores become exponentials; z takes them up. */
static void stream_tile(const struct forward *fw, struct strip *block,
                        int at)
{
    struct tile tile = {
        .s = block->s + (at - block->origin),
        .stride = block->stride,
        .rows = block->rows,
        .cols = tile_keys(block, at),
        .first = block->first - at,
        .window = block->head->window,
    };

    /* Behind the last key of a block there is room up to a whole vector. */
    tile.room = at + tile.cols < block->keys ? tile.cols
                                             : KERNEL_ROOM(tile.cols);
    kernel_softmax_tile(&tile, block->row);
    mix_tile(fw, block, at, tile.s);
}

static void finish_z(const struct forward *fw, const struct strip *block)
{
    const struct head *head = block->head;

    for (int i = 0; i < block->rows; i++)
        kernel_scale(head->z + (block->first + i) * head->z_stride,
                     1.0f / block->row[i].sum, fw->model->config.d_head);
}

static int emit(const struct forward *fw, const struct span *span,
                const struct strip *block, int point, struct error *err)
{
    return audience_emit_block(fw->audience, point, block->head->layer,
                               block->head->index, span, block->first,
                               block->rows, block->s, block->keys,
                               block->stride, err);
}

/* What a tile of exponentials has of the columns. */
static void take_columns(const struct strip *block, int at,
                         struct column *columns)
{
    for (int c = 0; c < block->n_columns; c++) {
        int32_t key = block->columns[c];

        if (key < at || key >= at + tile_keys(block, at))
            continue;
        for (int i = 0; i < block->rows; i++) {
            columns[c].e[i] = block->s[i * block->stride + key - at];
            columns[c].top[i] = block->row[i].largest;
        }
    }
}

/* A key that no row of the block sees has a column of 0. */
static int emit_columns(const struct forward *fw, const struct span *span,
                        const struct strip *block, struct column *columns,
                        struct error *err)
{
    int status = ST_OK;

    for (int c = 0; c < block->n_columns && !status; c++) {
        for (int i = 0; i < block->rows; i++)
            columns[c].e[i] *= kernel_softmax_factor(&block->row[i],
                                                     columns[c].top[i]);
        status = audience_emit_column(
            fw->audience, TRANSECT_PATTERN, block->head->layer,
            block->head->index, span, block->first, block->rows,
            columns[c].e, block->columns[c], err);
    }
    return status;
}

/* Nobody wants more than columns: a tile at a time, which is not kept. */
static int stream_block(struct forward *fw, const struct span *span,
                        struct strip *block, struct error *err)
{
    struct column columns[MAX_COLUMNS];

    memset(columns, 0, (size_t)block->n_columns * sizeof *columns);
    block->s = fw->scores;
    block->stride = forward_tile_stride(fw->max_tokens);
    for (int at = block->low; at < block->keys; at += FORWARD_TILE) {
        block->origin = at;
        score_tile(fw, block, at, block->s);
        stream_tile(fw, block, at);
        take_columns(block, at, columns);
    }
    finish_z(fw, block);
    return emit_columns(fw, span, block, columns, err);
}

/* Exponentials to probabilities, of tile number t. */
static void normalize_tile(const struct forward *fw,
                           const struct strip *block, int t)
{
    int at = block->low + t * FORWARD_TILE;

    for (int i = 0; i < block->rows; i++)
        kernel_scale(block->s + i * block->stride + at,
                     kernel_softmax_factor(
                         &block->row[i], fw->tops[t * FORWARD_BLOCK + i]),
                     tile_keys(block, at));
}

/* z of the rows that an editor of the pattern has changed. */
static void mix_edited(struct forward *fw, const struct strip *block,
                       const float *before)
{
    const struct head *head = block->head;
    int d = fw->model->config.d_head;
    float *z = fw->scores;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, block->rows, d,
                block->keys - block->low, 1.0f, block->s + block->low,
                (int)block->stride, head->v + block->low * head->qkv_stride,
                (int)head->qkv_stride, 0.0f, z, d);
    for (int i = 0; i < block->rows; i++)
        if (memcmp(before + i * block->stride, block->s + i * block->stride,
                   (size_t)block->keys * sizeof *before) != 0)
            memcpy(head->z + (block->first + i) * head->z_stride, z + i * d,
                   (size_t)d * sizeof *z);
}

static int emit_pattern(struct forward *fw, const struct span *span,
                        const struct strip *block, struct error *err)
{
    const struct head *head = block->head;
    size_t size = (size_t)block->rows * (size_t)block->stride;
    bool edit = audience_wants_edit(fw->audience, TRANSECT_PATTERN,
                                    head->layer, head->index);
    int status;

    for (int i = 0; i < block->rows; i++)
        memset(block->s + i * block->stride, 0,
               (size_t)block->low * sizeof *block->s);
    for (int t = 0; t < n_tiles(block); t++)
        normalize_tile(fw, block, t);
    if (edit)
        memcpy(fw->rows + FORWARD_BLOCK * block->stride, block->s,
               size * sizeof *block->s);
    status = emit(fw, span, block, TRANSECT_PATTERN, err);
    if (!status && edit)
        mix_edited(fw, block, fw->rows + FORWARD_BLOCK * block->stride);
    return status;
}

/* All scores of the block, for their event. */
static int emit_scores(const struct forward *fw, const struct span *span,
                       const struct strip *block, struct error *err)
{
    for (int at = block->low; at < block->keys; at += FORWARD_TILE)
        score_tile(fw, block, at, block->s + at);
    kernel_mask_causal(block->s, block->rows, block->keys, block->stride,
                       block->first, block->head->window);
    return emit(fw, span, block, TRANSECT_ATTN_SCORES, err);
}

/* Somebody listens: the same tiles, kept side by side. */
static int heard_block(struct forward *fw, const struct span *span,
                       struct strip *block, bool scores, bool pattern,
                       struct error *err)
{
    int status = forward_make_rows(fw, err);

    block->s = fw->rows;
    block->stride = forward_row_stride(fw->max_tokens);
    if (!status && scores)
        status = emit_scores(fw, span, block, err);
    if (status)
        return status;
    for (int t = 0; t < n_tiles(block); t++) {
        int at = block->low + t * FORWARD_TILE;

        if (!scores)
            score_tile(fw, block, at, block->s + at);
        stream_tile(fw, block, at);
        for (int i = 0; i < block->rows; i++)
            fw->tops[t * FORWARD_BLOCK + i] = block->row[i].largest;
    }
    finish_z(fw, block);
    return pattern ? emit_pattern(fw, span, block, err) : ST_OK;
}

static int mix_block(struct forward *fw, const struct span *span,
                     const struct head *head, int first, struct error *err)
{
    int left = span->n_token - first;
    struct strip block = {.head = head, .first = first};
    bool scores = audience_wants(fw->audience, TRANSECT_ATTN_SCORES,
                                 head->layer, head->index);

    block.rows = left < FORWARD_BLOCK ? left : FORWARD_BLOCK;
    block.keys = first + block.rows;
    if (head->window && first + 1 > head->window)
        block.low = first + 1 - head->window;
    for (int i = 0; i < block.rows; i++)
        block.row[i] = (struct softmax_row){.largest = -INFINITY};
    block.n_columns = audience_wants_columns(
        fw->audience, TRANSECT_PATTERN, head->layer, head->index,
        block.columns, MAX_COLUMNS);
    if (scores || block.n_columns < 0)
        return heard_block(fw, span, &block, scores, block.n_columns != 0,
                           err);
    return stream_block(fw, span, &block, err);
}

static float score_scale(const struct config *config, int layer)
{
    double scale = config->score_scale;

    return (float)(config->scale_by_layer ? scale / (layer + 1) : scale);
}

/* Heads of a group share their k and v. */
static struct head find_head(const struct forward *fw, int layer,
                             const struct span *span, int h)
{
    const struct config *config = &fw->model->config;
    int64_t d = config->d_head, group = config->n_head / config->n_kv_head;
    int64_t width = (config->n_head + 2 * config->n_kv_head) * d;
    const float *row = fw->qkv + span->row * width;

    return (struct head){
        .layer = layer,
        .index = h,
        .q = row + h * d,
        .k = row + (config->n_head + h / group) * d,
        .v = row + (config->n_head + config->n_kv_head + h / group) * d,
        .z = fw->z + span->row * d * config->n_head + h * d,
        .qkv_stride = width,
        .z_stride = config->n_head * d,
        .scale = score_scale(config, layer),
        .window = config_window(config, layer),
        .alibi = positions_alibi(&fw->positions, h),
    };
}

int attention_mix(struct forward *fw, int layer, struct error *err)
{
    int status = ST_OK;

    for (int i = 0; i < fw->batch->n_span; i++) {
        const struct span *span = &fw->batch->spans[i];

        for (int h = 0; h < fw->model->config.n_head; h++) {
            struct head head = find_head(fw, layer, span, h);

            for (int first = 0; first < span->n_token && !status;
                 first += FORWARD_BLOCK)
                status = mix_block(fw, span, &head, first, err);
        }
    }
    return status;
}
