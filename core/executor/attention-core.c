/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* attention-core.c - scores, pattern and z of one head of one sample.
 *
 * The softmax goes along with the tiles (Milakov and Gimelshein, arXiv
 * 1805.02867; Dao et al., arXiv 2205.14135): a row knows the largest score so
 * far and the sum of e^(score - largest), and what was made with a smaller one
 * is scaled. z is made of a tile's exponentials while they are in the cache.
 * It is made like that whoever listens: what a listener gets is derived from
 * the same exponentials, and rows of z that no editor reached stay as they
 * are, bit for bit.
 */
#include "executor/attention-core.h"

#include "executor/kv-store.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

/* Tiles of a block. */
static int n_tiles(const struct row_block *block)
{
    return (block->keys - block->low + FORWARD_TILE - 1) / FORWARD_TILE;
}

static int tile_keys(const struct row_block *block, int at)
{
    int left = block->keys - at;

    return left < FORWARD_TILE ? left : FORWARD_TILE;
}

/* q k^T of one tile, from key `at` on, scaled, capped and biased as the model
 * has it. */
static void score_tile(const struct forward *fw, const struct row_block *block,
                       int at, float *s)
{
    const struct config *config = &fw->model->config;
    const struct head *head = block->head;
    int cols = tile_keys(block, at);

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, block->rows, cols,
                config->d_head, head->scale,
                head->q + block->row * head->q_stride, (int)head->q_stride,
                head->k + at * head->kv_stride, (int)head->kv_stride, 0.0f, s,
                (int)block->stride);
    if (config->score_cap > 0)
        kernel_soft_cap(s, block->rows, cols, block->stride,
                        (float)config->score_cap);
    if (head->alibi)
        kernel_add_alibi(s, block->rows, cols, block->stride,
                         block->first - at, head->alibi + at);
}

/* z of the block (rows, d) += or, for the first tile, = E v. */
static void mix_tile(const struct forward *fw, const struct row_block *block,
                     int at, const float *e)
{
    const struct head *head = block->head;
    int d = fw->model->config.d_head;
    float *z = head->z + block->row * head->z_stride;

    for (int i = 0; at > block->low && i < block->rows; i++)
        if (block->softmax[i].rescale != 1)
            kernel_scale(z + i * head->z_stride, block->softmax[i].rescale, d);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, block->rows, d,
                tile_keys(block, at), 1.0f, e, (int)block->stride,
                head->v + at * head->kv_stride, (int)head->kv_stride,
                at > block->low ? 1.0f : 0.0f, z, (int)head->z_stride);
}

/* The tile's scores become exponentials; z takes them up. */
static void stream_tile(const struct forward *fw, struct row_block *block,
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
    kernel_softmax_tile(&tile, block->softmax);
    mix_tile(fw, block, at, tile.s);
}

static void finish_z(const struct forward *fw, const struct row_block *block)
{
    const struct head *head = block->head;

    for (int i = 0; i < block->rows; i++)
        kernel_scale(head->z + (block->row + i) * head->z_stride,
                     1.0f / block->softmax[i].sum, fw->model->config.d_head);
}

/* The largest scores of a block's rows as its columns were made. */
typedef float column_tops[FORWARD_COLUMNS][FORWARD_BLOCK];

float *attention_column(const struct forward *fw, const struct head *head,
                        int c, int row)
{
    return head->kept + (int64_t)c * fw->max_rows + row;
}

/* What a tile of exponentials has of the columns. */
static void take_columns(const struct forward *fw,
                         const struct row_block *block, int at,
                         column_tops tops)
{
    for (int c = 0; c < block->head->n_columns; c++) {
        float *column = attention_column(fw, block->head, c, block->row);
        int32_t key = block->head->columns[c];

        if (key < at || key >= at + tile_keys(block, at))
            continue;
        for (int i = 0; i < block->rows; i++) {
            column[i] = block->s[i * block->stride + key - at];
            tops[c][i] = block->softmax[i].largest;
        }
    }
}

/* Exponentials to probabilities. A key that no row of the block sees has a
 * column of 0. */
static void finish_columns(const struct forward *fw,
                           const struct row_block *block, column_tops tops)
{
    for (int c = 0; c < block->head->n_columns; c++) {
        float *column = attention_column(fw, block->head, c, block->row);
        int32_t key = block->head->columns[c];

        for (int i = 0; i < block->rows; i++)
            column[i] = key < block->low || key >= block->keys
                            ? 0
                            : column[i] * kernel_softmax_factor(
                                              &block->softmax[i], tops[c][i]);
    }
}

void attention_stream(const struct forward *fw, struct row_block *block,
                      float *scores)
{
    column_tops tops;

    block->s = scores;
    block->stride = forward_tile_stride(fw->max_tokens);
    for (int at = block->low; at < block->keys; at += FORWARD_TILE) {
        block->origin = at;
        score_tile(fw, block, at, block->s);
        stream_tile(fw, block, at);
        take_columns(fw, block, at, tops);
    }
    finish_z(fw, block);
    finish_columns(fw, block, tops);
}

/* Exponentials to probabilities, of tile number t. */
static void normalize_tile(const struct row_block *block, int t)
{
    int at = block->low + t * FORWARD_TILE;

    for (int i = 0; i < block->rows; i++)
        kernel_scale(
            block->s + i * block->stride + at,
            kernel_softmax_factor(&block->softmax[i],
                                  block->tops[t * FORWARD_BLOCK + i]),
            tile_keys(block, at));
}

void attention_normalize(const struct row_block *block)
{
    for (int i = 0; i < block->rows; i++)
        memset(block->s + i * block->stride, 0,
               (size_t)block->low * sizeof *block->s);
    for (int t = 0; t < n_tiles(block); t++)
        normalize_tile(block, t);
}

void attention_mix_edited(const struct forward *fw,
                          const struct row_block *block, const float *before)
{
    const struct head *head = block->head;
    int d = fw->model->config.d_head;
    float *z = fw->scores;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, block->rows, d,
                block->keys - block->low, 1.0f, block->s + block->low,
                (int)block->stride, head->v + block->low * head->kv_stride,
                (int)head->kv_stride, 0.0f, z, d);
    for (int i = 0; i < block->rows; i++)
        if (memcmp(before + i * block->stride, block->s + i * block->stride,
                   (size_t)block->keys * sizeof *before) != 0)
            memcpy(head->z + (block->row + i) * head->z_stride, z + i * d,
                   (size_t)d * sizeof *z);
}

void attention_scores(const struct forward *fw,
                      const struct row_block *block)
{
    for (int at = block->low; at < block->keys; at += FORWARD_TILE)
        score_tile(fw, block, at, block->s + at);
    kernel_mask_causal(block->s, block->rows, block->keys, block->stride,
                       block->first, block->head->window);
}

void attention_keep(const struct forward *fw, struct row_block *block)
{
    for (int t = 0; t < n_tiles(block); t++) {
        int at = block->low + t * FORWARD_TILE;

        if (!block->head->scores)
            score_tile(fw, block, at, block->s + at);
        stream_tile(fw, block, at);
        for (int i = 0; i < block->rows; i++)
            block->tops[t * FORWARD_BLOCK + i] = block->softmax[i].largest;
    }
    finish_z(fw, block);
}

struct row_block attention_block(const struct head *head, int row)
{
    int left = head->span->n_token - row;
    struct row_block block = {
        .head = head, .row = row, .first = head->span->first + row};

    block.rows = left < FORWARD_BLOCK ? left : FORWARD_BLOCK;
    block.keys = block.first + block.rows;
    if (head->window && block.first + 1 > head->window)
        block.low = block.first + 1 - head->window;
    for (int i = 0; i < block.rows; i++)
        block.softmax[i] = (struct softmax_row){.largest = -INFINITY};
    return block;
}

static float score_scale(const struct config *config, int layer)
{
    double scale = config->score_scale;

    return (float)(config->scale_by_layer ? scale / (layer + 1) : scale);
}

/* Keys and values of all positions up to the span's last: those of the pass,
 * or where earlier passes left theirs, too. Heads of a group share them. */
static void find_keys(const struct forward *fw, struct head *head)
{
    const struct config *config = &fw->model->config;
    const struct span *span = head->span;
    int64_t d = config->d_head, heads = config->n_head;
    int64_t group = head->index / (heads / config->n_kv_head);

    if (span->keep) {
        head->k = kv_store_keys(span->keep, head->layer) + group * d;
        head->v = kv_store_values(span->keep, head->layer) + group * d;
        head->kv_stride = config->n_kv_head * d;
        return;
    }
    head->kv_stride = (heads + 2 * config->n_kv_head) * d;
    head->k = fw->qkv + span->row * head->kv_stride + (heads + group) * d;
    head->v = head->k + config->n_kv_head * d;
}

struct head attention_head(const struct forward *fw, int layer,
                           const struct span *span, int h)
{
    const struct config *config = &fw->model->config;
    int64_t d = config->d_head;
    int64_t width = (config->n_head + 2 * config->n_kv_head) * d;
    const struct hook_set set = hook_set_of(fw->set, span);
    struct head head = {
        .layer = layer,
        .index = h,
        .span = span,
        .q = fw->qkv + span->row * width + h * d,
        .z = fw->z + (span->row * config->n_head + h) * d,
        .q_stride = width,
        .z_stride = config->n_head * d,
        .scale = score_scale(config, layer),
        .window = config_window(config, layer),
        .alibi = positions_alibi(&fw->positions, h),
        .scores = hook_set_wants(&set, TRANSECT_ATTN_SCORES, layer, h),
    };

    find_keys(fw, &head);
    head.n_columns = hook_set_wants_columns(&set, TRANSECT_PATTERN, layer, h,
                                            head.columns, FORWARD_COLUMNS);
    if (head.n_columns > 0 && !head.scores)
        head.kept = fw->columns + span->row +
                    (int64_t)h * FORWARD_COLUMNS * fw->max_rows;
    return head;
}
