/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* attention-core.c - scores, pattern and z of a head, in blocks of rows and in
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
#include "executor/forward.h"

#include "executor/kernels.h"

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
    bool scores;        /* somebody listens to them */
    int n_columns;      /* of the pattern that listeners want; -1: all */
    int32_t columns[FORWARD_COLUMNS];
    float *kept;        /* (n_columns, max_rows), this sample's rows */
};

/* Queries first..first+rows-1 of a head and keys low..keys-1, which are those
 * that one of them sees. Scores of key j are in column j - origin. */
struct strip {
    const struct head *head;
    int first, rows, low, keys;
    float *s;
    int64_t stride, origin;
    float *tops; /* (tiles, FORWARD_BLOCK) largest scores, if s is kept */
    struct softmax_row row[FORWARD_BLOCK];
};

/* A block that is made to be heard. */
struct heard {
    const struct span *span;
    struct head head;
    struct strip block;
};

/* Such blocks, made side by side and heard one after the other. */
struct heard_blocks {
    struct forward *fw;
    int n, room;
    struct heard at[FORWARD_HEARD];
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
    return hook_set_emit_block(
        fw->audience, point, block->head->layer, block->head->index, span,
        block->first, block->rows, block->s, block->keys, block->stride, err);
}

/* The largest scores of a block's rows as its columns were made. */
typedef float column_tops[FORWARD_COLUMNS][FORWARD_BLOCK];

/* Where a block's column c is. */
static float *column_of(const struct forward *fw, const struct head *head,
                        int c, int first)
{
    return head->kept + (int64_t)c * fw->max_rows + first;
}

/* What a tile of exponentials has of the columns. */
static void take_columns(const struct forward *fw, const struct strip *block,
                         int at, column_tops tops)
{
    for (int c = 0; c < block->head->n_columns; c++) {
        float *column = column_of(fw, block->head, c, block->first);
        int32_t key = block->head->columns[c];

        if (key < at || key >= at + tile_keys(block, at))
            continue;
        for (int i = 0; i < block->rows; i++) {
            column[i] = block->s[i * block->stride + key - at];
            tops[c][i] = block->row[i].largest;
        }
    }
}

/* Exponentials to probabilities. A key that no row of the block sees has a
 * column of 0. */
static void finish_columns(const struct forward *fw,
                           const struct strip *block, column_tops tops)
{
    for (int c = 0; c < block->head->n_columns; c++) {
        float *column = column_of(fw, block->head, c, block->first);
        int32_t key = block->head->columns[c];

        for (int i = 0; i < block->rows; i++)
            column[i] = key < block->low || key >= block->keys
                            ? 0
                            : column[i] * kernel_softmax_factor(
                                              &block->row[i], tops[c][i]);
    }
}

/* Nobody wants more than columns: a tile at a time, which is not kept. */
static void stream_block(const struct forward *fw, struct strip *block,
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
static void normalize_tile(const struct strip *block, int t)
{
    int at = block->low + t * FORWARD_TILE;

    for (int i = 0; i < block->rows; i++)
        kernel_scale(block->s + i * block->stride + at,
                     kernel_softmax_factor(
                         &block->row[i], block->tops[t * FORWARD_BLOCK + i]),
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
    float *before = block->s + FORWARD_BLOCK * block->stride;
    bool edit = hook_set_wants_edit(fw->audience, TRANSECT_PATTERN,
                                    head->layer, head->index);
    int status;

    for (int i = 0; i < block->rows; i++)
        memset(block->s + i * block->stride, 0,
               (size_t)block->low * sizeof *block->s);
    for (int t = 0; t < n_tiles(block); t++)
        normalize_tile(block, t);
    if (edit)
        memcpy(before, block->s, size * sizeof *before);
    status = emit(fw, span, block, TRANSECT_PATTERN, err);
    if (!status && edit)
        mix_edited(fw, block, before);
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

/* Somebody listens: the same tiles, kept beside each other. */
static void keep_block(const struct forward *fw, struct strip *block)
{
    for (int t = 0; t < n_tiles(block); t++) {
        int at = block->low + t * FORWARD_TILE;

        if (!block->head->scores)
            score_tile(fw, block, at, block->s + at);
        stream_tile(fw, block, at);
        for (int i = 0; i < block->rows; i++)
            block->tops[t * FORWARD_BLOCK + i] = block->row[i].largest;
    }
    finish_z(fw, block);
}

static void keep_blocks(void *of, int member, int64_t first, int64_t n)
{
    struct heard_blocks *heard = of;

    (void)member;
    for (int64_t i = first; i < first + n; i++)
        keep_block(heard->fw, &heard->at[i].block);
}

/* Makes the blocks that wait, and lets them be heard. */
static int hear_blocks(struct heard_blocks *heard, struct error *err)
{
    struct forward *fw = heard->fw;
    int n = heard->n, status = ST_OK;

    heard->n = 0;
    team_share(fw->team, n, 1, keep_blocks, heard);
    for (int i = 0; i < n && !status; i++)
        if (heard->at[i].head.n_columns)
            status = emit_pattern(fw, heard->at[i].span, &heard->at[i].block,
                                  err);
    return status;
}

static struct strip block_of(const struct head *head, int n_token, int first)
{
    int left = n_token - first;
    struct strip block = {.head = head, .first = first};

    block.rows = left < FORWARD_BLOCK ? left : FORWARD_BLOCK;
    block.keys = first + block.rows;
    if (head->window && first + 1 > head->window)
        block.low = first + 1 - head->window;
    for (int i = 0; i < block.rows; i++)
        block.row[i] = (struct softmax_row){.largest = -INFINITY};
    return block;
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
    struct head head = {
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
        .scores = hook_set_wants(fw->audience, TRANSECT_ATTN_SCORES, layer, h),
    };

    head.n_columns = hook_set_wants_columns(fw->audience, TRANSECT_PATTERN,
                                            layer, h, head.columns,
                                            FORWARD_COLUMNS);
    if (head.n_columns > 0 && !head.scores)
        head.kept = fw->columns + span->row +
                    (int64_t)h * FORWARD_COLUMNS * fw->max_rows;
    return head;
}

/* Are its tiles to be kept until they have been heard? */
static bool is_heard(const struct head *head)
{
    return head->scores || head->n_columns < 0;
}

struct heads_of_layer {
    struct forward *fw;
    int layer;
};

/* Heads of all samples, sample by sample, as far as nobody has to hear them
 * while they are made. */
static void stream_heads(void *of, int member, int64_t from, int64_t n)
{
    const struct heads_of_layer *job = of;
    const struct forward *fw = job->fw;
    const struct config *config = &fw->model->config;
    float *scores = fw->scores +
                    (size_t)member *
                        forward_scores_size(config, fw->max_tokens);

    for (int64_t i = from; i < from + n; i++) {
        const struct span *span = &fw->batch->spans[i / config->n_head];
        struct head head = find_head(fw, job->layer, span,
                                     (int)(i % config->n_head));

        for (int first = 0; first < span->n_token && !is_heard(&head);
             first += FORWARD_BLOCK) {
            struct strip block = block_of(&head, span->n_token, first);

            stream_block(fw, &block, scores);
        }
    }
}

static int emit_columns(const struct forward *fw, const struct span *span,
                        const struct head *head, int first,
                        struct error *err)
{
    int left = span->n_token - first, status = ST_OK;

    for (int c = 0; c < head->n_columns && !status; c++)
        status = hook_set_emit_column(
            fw->audience, TRANSECT_PATTERN, head->layer, head->index, span,
            first, left < FORWARD_BLOCK ? left : FORWARD_BLOCK,
            column_of(fw, head, c, first), head->columns[c], err);
    return status;
}

/* A block waits until there is room for no other. One whose scores are heard
 * waits for nothing, for they come before its pattern. */
static int add_heard(struct heard_blocks *heard, const struct span *span,
                     const struct head *head, int first, struct error *err)
{
    struct forward *fw = heard->fw;
    struct heard *next;
    int status = forward_make_rows(fw, err);

    if (!status && head->scores)
        status = hear_blocks(heard, err);
    if (status)
        return status;
    next = &heard->at[heard->n];
    next->span = span;
    next->head = *head;
    next->block = block_of(&next->head, span->n_token, first);
    next->block.stride = forward_row_stride(fw->max_tokens);
    next->block.s = forward_rows(fw, heard->n);
    next->block.tops = forward_tops(fw, heard->n);
    heard->n++;
    if (head->scores)
        status = emit_scores(fw, span, &next->block, err);
    if (!status && (head->scores || heard->n == heard->room))
        status = hear_blocks(heard, err);
    return status;
}

/* The events of a head, block by block. */
static int hear_head(struct heard_blocks *heard, const struct span *span,
                     const struct head *head, struct error *err)
{
    bool whole = is_heard(head);
    int status = whole ? ST_OK : hear_blocks(heard, err);

    for (int first = 0; first < span->n_token && !status;
         first += FORWARD_BLOCK)
        status = whole ? add_heard(heard, span, head, first, err)
                       : emit_columns(heard->fw, span, head, first, err);
    return status;
}

int attention_mix(struct forward *fw, int layer, struct error *err)
{
    const struct batch *batch = fw->batch;
    int heads = fw->model->config.n_head, status = ST_OK;
    struct heads_of_layer job = {fw, layer};
    struct heard_blocks heard;

    heard.fw = fw;
    heard.n = 0;
    heard.room = forward_heard(team_size(fw->team));

    if (hook_set_wants(fw->audience, TRANSECT_PATTERN, layer, -1) &&
        forward_make_columns(fw, err))
        return err->status;
    team_share(fw->team, (int64_t)batch->n_span * heads, 1, stream_heads,
               &job);
    for (int i = 0; i < batch->n_span; i++)
        for (int h = 0; h < heads && !status; h++) {
            const struct span *span = &batch->spans[i];
            struct head head = find_head(fw, layer, span, h);

            if (is_heard(&head) || head.n_columns > 0)
                status = hear_head(&heard, span, &head, err);
        }
    return status ? status : hear_blocks(&heard, err);
}
