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
#include "executor/panel-product.h"

#include <math.h>
#include <string.h>

/* Tiles begin at multiples of FORWARD_TILE, whichever keys a block sees: what
 * a row's sums are made of does not depend on its block. */
static int first_tile(const struct row_block *block)
{
    return block->low / FORWARD_TILE * FORWARD_TILE;
}

/* Keys of the tile from key `at` on, up to the last that the block sees. */
static int tile_keys(const struct row_block *block, int at)
{
    int left = block->keys - at;

    return left < FORWARD_TILE ? left : FORWARD_TILE;
}

/* The keys of a tile that row i of the block sees, counted from the tile's
 * first: start..end-1. */
static int row_start(const struct row_block *block, int i, int at)
{
    int window = block->head->window;
    int start = window ? block->first + i + 1 - window - at : 0;

    return start > 0 ? start : 0;
}

static int row_end(const struct row_block *block, int i, int at)
{
    int end = block->first + i + 1 - at;

    return end < 0 ? 0 : end < FORWARD_TILE ? end : FORWARD_TILE;
}

/* Where the tile's keys and values are packed. */
static const float *packed_keys(const struct forward *fw,
                                const struct row_block *block, int at)
{
    return block->room->k + at * (int64_t)fw->model->config.d_head;
}

static float *packed_values(const struct forward *fw,
                            const struct row_block *block, int at)
{
    return block->room->v + at * PANEL_ROOM((int64_t)fw->model->config.d_head);
}

/* Keys and values of positions from..to-1 of one tile, and of one pass. */
static void pack_rows(const struct forward *fw, const struct row_block *block,
                      int from, int to)
{
    const struct head *head = block->head;
    int first = head->own_first, tile = from - from % FORWARD_TILE;
    const struct kv_rows *rows = from < first ? &head->before : &head->own;
    int64_t skip = (from < first ? from : from - first) * rows->stride;
    int d = fw->model->config.d_head;

    panel_put_columns(block->room->k, from, rows->k + skip, rows->stride,
                      to - from, d);
    panel_put_rows(packed_values(fw, block, tile), block->room->height,
                   from - tile, rows->v + skip, rows->stride, to - from, d);
}

/* Position up to which the keys of a span are those that the room has: all of
 * its own, those before its first of a span that reads them there, too. */
static int packed_alike(const struct forward_room *room,
                        const struct head *head)
{
    const struct span *was = room->span, *is = head->span;
    int high = room->high;

    if (!was || room->group != head->group)
        return -1;
    if (was == is)
        return high;
    if (!is->before || was->before != is->before)
        return -1;
    high = room->own_first < high ? room->own_first : high;
    return head->own_first < high ? head->own_first : high;
}

/* All keys of the block, of which some may be packed. */
static void pack_keys(const struct forward *fw, const struct row_block *block)
{
    const struct head *head = block->head;
    struct forward_room *room = block->room;
    int from = block->low - block->low % PANEL_COLS;

    room->high = packed_alike(room, head);
    if (from < room->low || from > room->high)
        room->low = room->high = from;
    room->span = head->span;
    room->own_first = head->own_first;
    room->group = head->group;
    while (room->high < block->keys) {
        int to = room->high - room->high % FORWARD_TILE + FORWARD_TILE;

        to = to < block->keys ? to : block->keys;
        if (room->high < head->own_first && head->own_first < to)
            to = head->own_first;
        pack_rows(fw, block, room->high, to);
        room->high = to;
    }
}

/* q k^T of the panel of keys that begins `key` behind the tile's first, for
 * some rows of the block, scaled, capped and biased as the model has it. A
 * panel is whole, since what is beside vectors may be rounded otherwise. */
static void score_panel(const struct forward *fw,
                        const struct row_block *block, int at, int key,
                        int row, int rows, float *s)
{
    const struct config *config = &fw->model->config;
    const struct head *head = block->head;
    int left = tile_keys(block, at) - key;

    panel_multiply(&(struct panel_product){
        .a = head->q + (block->row + row) * head->q_stride,
        .a_stride = head->q_stride,
        .b = packed_keys(fw, block, at + key),
        .c = s,
        .c_stride = block->stride,
        .rows = rows,
        .n = config->d_head,
        .most = config->d_head,
        .scale = head->scale});
    if (config->score_cap > 0)
        kernel_soft_cap(s, rows, PANEL_COLS, block->stride,
                        (float)config->score_cap);
    if (head->alibi)
        kernel_add_alibi(s, rows, left < PANEL_COLS ? left : PANEL_COLS,
                         block->stride, block->first + row - at - key,
                         head->alibi + at + key);
}

/* Scores of the tile from key `at` on: of a panel of keys, those of the rows
 * that see one of them. */
static void score_tile(const struct forward *fw, const struct row_block *block,
                       int at, float *s)
{
    int keys = tile_keys(block, at), row = 0;
    int from = block->low > at ? (block->low - at) / PANEL_COLS * PANEL_COLS
                               : 0;

    for (int key = from; key < keys; key += PANEL_COLS) {
        int end;

        while (row_end(block, row, at) <= key)
            row++;
        end = row;
        while (end < block->rows &&
               row_start(block, end, at) < key + PANEL_COLS)
            end++;
        score_panel(fw, block, at, key, row, end - row,
                    s + row * block->stride + key);
    }
}

/* z of some rows of the block += what the keys of the tile at `at` make of
 * e: from `start` on, up to `end` for the first row, and one more for each
 * other up to `most`. */
struct mixed {
    int row, rows, start, end, most;
};

static void mix_rows(const struct forward *fw, const struct row_block *block,
                     int at, const float *e, const struct mixed *mixed)
{
    int64_t d = fw->model->config.d_head, stride = PANEL_ROOM(d);
    const float *v = packed_values(fw, block, at);

    for (int64_t from = 0; from < d; from += PANEL_COLS)
        panel_multiply(&(struct panel_product){
            .a = e + mixed->row * block->stride + mixed->start,
            .a_stride = block->stride,
            .b = v + from * block->room->height + mixed->start * PANEL_COLS,
            .c = block->room->z + mixed->row * stride + from,
            .c_stride = stride,
            .rows = mixed->rows,
            .n = mixed->end - mixed->start,
            .most = mixed->most - mixed->start,
            .scale = 1,
            .goes_on = true});
}

/* The same of neighbouring rows, each over the keys that it sees: those that
 * all see are mixed together. */
static void mix_neighbours(const struct forward *fw,
                           const struct row_block *block, int at,
                           const float *e, int row, int rows)
{
    int last = row + rows - 1, most = row_end(block, last, at);
    int start = row_start(block, last, at), end = row_end(block, row, at);
    bool apart = start > end;

    for (int i = row; i <= last; i++) {
        int own = row_end(block, i, at), to = apart ? own : start;
        const struct mixed alone = {i, 1, row_start(block, i, at), to, to};

        if (alone.start < to)
            mix_rows(fw, block, at, e, &alone);
    }
    if (!apart)
        mix_rows(fw, block, at, e,
                 &(struct mixed){row, rows, start, end, most});
}

/* Rows of a window that are mixed together: the more, the fewer keys are seen
 * by all. */
enum { WINDOW_ROWS = 12 };

/* z of the block (rows, d) += E v. */
static void mix_tile(const struct forward *fw, const struct row_block *block,
                     int at, const float *e)
{
    int row = 0, end = block->rows;

    while (row < end && row_end(block, row, at) == 0)
        row++;
    while (end > row && row_start(block, end - 1, at) >= FORWARD_TILE)
        end--;
    for (int rows; row < end; row += rows) {
        rows = end - row;
        if (row_start(block, end - 1, at) > 0 && rows > WINDOW_ROWS)
            rows = WINDOW_ROWS;
        mix_neighbours(fw, block, at, e, row, rows);
    }
}

/* The tile's scores become exponentials; z takes them up. */
static void stream_tile(const struct forward *fw, struct row_block *block,
                        int at)
{
    int64_t d = fw->model->config.d_head, stride = PANEL_ROOM(d);
    struct tile tile = {
        .s = block->s + (at - block->origin),
        .stride = block->stride,
        .rows = block->rows,
        .cols = tile_keys(block, at),
        .first = block->first - at,
        .window = block->head->window,
    };

    tile.room = KERNEL_ROOM(tile.cols);
    kernel_softmax_tile(&tile, block->softmax);
    for (int i = 0; at > block->low && i < block->rows; i++)
        if (block->softmax[i].rescale != 1)
            kernel_scale(block->room->z + i * stride,
                         block->softmax[i].rescale, d);
    mix_tile(fw, block, at, tile.s);
}

/* In the room of a member of the team, whose z is 0 then. */
static void enter_room(const struct forward *fw, struct row_block *block,
                       int member)
{
    int64_t stride = PANEL_ROOM((int64_t)fw->model->config.d_head);

    block->room = &fw->rooms[member];
    pack_keys(fw, block);
    memset(block->room->z, 0,
           (size_t)(block->rows * stride) * sizeof *block->room->z);
}

static void take_z(const struct forward *fw, const struct row_block *block,
                   int row)
{
    const struct head *head = block->head;
    int64_t d = fw->model->config.d_head;

    memcpy(head->z + (block->row + row) * head->z_stride,
           block->room->z + row * PANEL_ROOM(d), (size_t)d * sizeof *head->z);
}

static void finish_z(const struct forward *fw, const struct row_block *block)
{
    const struct head *head = block->head;

    for (int i = 0; i < block->rows; i++) {
        take_z(fw, block, i);
        kernel_scale(head->z + (block->row + i) * head->z_stride,
                     1.0f / block->softmax[i].sum, fw->model->config.d_head);
    }
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
                      int member)
{
    column_tops tops;

    enter_room(fw, block, member);
    block->s = block->room->s;
    block->stride = forward_tile_stride(fw->max_tokens);
    for (int at = first_tile(block); at < block->keys; at += FORWARD_TILE) {
        block->origin = at;
        score_tile(fw, block, at, block->s);
        stream_tile(fw, block, at);
        take_columns(fw, block, at, tops);
    }
    finish_z(fw, block);
    finish_columns(fw, block, tops);
}

/* The largest scores when the tile from key `at` on was made. */
static float *tile_tops(const struct row_block *block, int at)
{
    return block->tops + at / FORWARD_TILE * FORWARD_BLOCK;
}

void attention_normalize(const struct row_block *block)
{
    int low = first_tile(block);

    for (int i = 0; i < block->rows; i++) {
        float *row = block->s + i * block->stride;

        memset(row, 0, (size_t)low * sizeof *row);
        for (int at = low; at < block->keys; at += FORWARD_TILE)
            kernel_scale(row + at,
                         kernel_softmax_factor(&block->softmax[i],
                                               tile_tops(block, at)[i]),
                         tile_keys(block, at));
    }
}

void attention_mix_edited(const struct forward *fw, struct row_block *block,
                          const float *before)
{
    enter_room(fw, block, 0);
    for (int at = first_tile(block); at < block->keys; at += FORWARD_TILE)
        mix_tile(fw, block, at, block->s + at);
    for (int i = 0; i < block->rows; i++)
        if (memcmp(before + i * block->stride, block->s + i * block->stride,
                   (size_t)block->keys * sizeof *before) != 0)
            take_z(fw, block, i);
}

void attention_scores(const struct forward *fw, struct row_block *block)
{
    enter_room(fw, block, 0);
    for (int at = first_tile(block); at < block->keys; at += FORWARD_TILE)
        score_tile(fw, block, at, block->s + at);
    kernel_mask_causal(block->s, block->rows, block->keys, block->stride,
                       block->first, block->head->window);
}

void attention_keep(const struct forward *fw, struct row_block *block,
                    int member)
{
    enter_room(fw, block, member);
    for (int at = first_tile(block); at < block->keys; at += FORWARD_TILE) {
        if (!block->head->scores)
            score_tile(fw, block, at, block->s + at);
        stream_tile(fw, block, at);
        for (int i = 0; i < block->rows; i++)
            tile_tops(block, at)[i] = block->softmax[i].largest;
    }
    finish_z(fw, block);
}

struct row_block attention_block(const struct head *head, int row)
{
    struct row_block block = {
        .head = head, .row = row, .first = head->span->first + row};

    block.rows = forward_block(block.first, batch_span_end(head->span));
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

/* Heads of a group share keys and values. */
static void find_keys(const struct forward *fw, const struct span *span,
                      struct head *head)
{
    const struct config *config = &fw->model->config;
    int64_t d = config->d_head, heads = config->n_head;
    int64_t group = head->index / (heads / config->n_kv_head);

    head->group = (int)group;
    head->own_first = span->first;
    head->own.stride = (heads + 2 * config->n_kv_head) * d;
    head->own.k = fw->qkv + span->row * head->own.stride +
                  (heads + group) * d;
    head->own.v = head->own.k + config->n_kv_head * d;
    if (!span->before)
        return;
    head->before.stride = config->n_kv_head * d;
    head->before.k = kv_store_keys(span->before, head->layer) + group * d;
    head->before.v = kv_store_values(span->before, head->layer) + group * d;
}

struct head attention_head(const struct forward *fw, int layer,
                           const struct span *span, int h)
{
    const struct config *config = &fw->model->config;
    int64_t d = config->d_head;
    int64_t width = (config->n_head + 2 * config->n_kv_head) * d;
    const struct hook_set set = hook_set_of(fw->set, span);
    const struct span *keys = forward_keys(fw, span);
    int64_t row = keys->row + span->first - keys->first;
    struct head head = {
        .layer = layer,
        .index = h,
        .span = span,
        .q = fw->qkv + row * width + h * d,
        .z = fw->z + (span->row * config->n_head + h) * d,
        .q_stride = width,
        .z_stride = config->n_head * d,
        .scale = score_scale(config, layer),
        .window = config_window(config, layer),
        .alibi = positions_alibi(&fw->positions, h),
        .scores = hook_set_wants(&set, TRANSECT_ATTN_SCORES, layer, h),
    };

    find_keys(fw, keys, &head);
    head.n_columns = hook_set_wants_columns(&set, TRANSECT_PATTERN, layer, h,
                                            head.columns, FORWARD_COLUMNS);
    if (head.n_columns > 0 && !head.scores)
        head.kept = fw->columns + span->row +
                    (int64_t)h * FORWARD_COLUMNS * fw->max_rows;
    return head;
}
