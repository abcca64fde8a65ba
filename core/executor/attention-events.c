/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* attention-events.c - the stage of scores, pattern and z: all heads of all
 * samples, shared among the team, and their events. */
#include "executor/attention.h"

#include "executor/attention-core.h"

#include <math.h>
#include <string.h>

/* A block that is made to be heard. */
struct heard {
    struct head head;
    struct row_block block;
};

/* Such blocks, made side by side and heard one after the other. */
struct heard_blocks {
    struct forward *fw;
    int n, room;
    struct heard at[FORWARD_HEARD];
};

/* Keys of a block's events: up to where it would end if all rows of the sample
 * were made, so that an event is the same whatever else is needed. */
static int shown_keys(const struct row_block *block)
{
    const struct span *span = block->head->span;

    return block->first + forward_block(block->first,
                                        batch_span_length(span));
}

/* Rows of the block, in its buffer, at one of the two points; the keys behind
 * its own are those that no row sees. */
static int emit(const struct forward *fw, const struct row_block *block,
                int point, struct error *err)
{
    const struct head *head = block->head;
    float unseen = point == TRANSECT_ATTN_SCORES ? -INFINITY : 0;
    int keys = shown_keys(block);

    for (int i = 0; i < block->rows; i++)
        for (int j = block->keys; j < keys; j++)
            block->s[i * block->stride + j] = unseen;

    return forward_emit(fw, (struct tensor_ref){
                                .point = point,
                                .layer = head->layer,
                                .head = head->index,
                                .span = head->span,
                                .first = block->first,
                                .data = block->s,
                                .rows = block->rows,
                                .cols = keys,
                                .stride = block->stride}, err);
}

static int emit_pattern(struct forward *fw, struct row_block *block,
                        struct error *err)
{
    const struct head *head = block->head;
    size_t size = (size_t)block->rows * (size_t)block->stride;
    float *before = block->s + FORWARD_BLOCK * block->stride;
    const struct hook_set set = hook_set_of(fw->set, head->span);
    bool edit = hook_set_wants_edit(&set, TRANSECT_PATTERN, head->layer,
                                    head->index);
    int status;

    attention_normalize(block);
    if (edit)
        memcpy(before, block->s, size * sizeof *before);
    status = emit(fw, block, TRANSECT_PATTERN, err);
    if (!status && edit)
        attention_mix_edited(fw, block, before);
    return status;
}

/* All scores of the block, for their event. */
static int emit_scores(const struct forward *fw, struct row_block *block,
                       struct error *err)
{
    attention_scores(fw, block);
    return emit(fw, block, TRANSECT_ATTN_SCORES, err);
}

static void keep_blocks(void *of, int member, int64_t first, int64_t n)
{
    struct heard_blocks *heard = of;

    for (int64_t i = first; i < first + n; i++)
        attention_keep(heard->fw, &heard->at[i].block, member);
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
            status = emit_pattern(fw, &heard->at[i].block, err);
    return status;
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

/* Head number i of all spans: one after the other those that share keys, first
 * of one span, then of the others, which may share some with it. */
static struct head head_of(const struct forward *fw, int layer, int64_t i)
{
    const struct config *config = &fw->model->config;
    int64_t shared = config->n_head / config->n_kv_head;
    int64_t group = i / (shared * fw->batch->n_span);

    return attention_head(
        fw, layer, &fw->batch->spans[i / shared % fw->batch->n_span],
        (int)(group * shared + i % shared));
}

/* Heads of all spans, as far as nobody has to hear them while they are
 * made. */
static void stream_heads(void *of, int member, int64_t from, int64_t n)
{
    const struct heads_of_layer *job = of;
    const struct forward *fw = job->fw;

    for (int64_t i = from; i < from + n; i++) {
        struct head head = head_of(fw, job->layer, i);

        for (int row = 0; row < head.span->n_token && !is_heard(&head);) {
            struct row_block block = attention_block(&head, row);

            attention_stream(fw, &block, member);
            row += block.rows;
        }
    }
}

/* The columns that are wanted of a block, made before. */
static int emit_columns(const struct forward *fw, const struct head *head,
                        int row, int rows, struct error *err)
{
    int status = ST_OK;

    for (int c = 0; c < head->n_columns && !status; c++) {
        const struct transect_reduction column = {
            sizeof column, TRANSECT_REDUCE_COLUMN, head->columns[c]};

        status = forward_emit(
            fw, (struct tensor_ref){
                    .point = TRANSECT_PATTERN,
                    .layer = head->layer,
                    .head = head->index,
                    .span = head->span,
                    .first = head->span->first + row,
                    .data = attention_column(fw, head, c, row),
                    .rows = rows,
                    .cols = 1,
                    .stride = 1,
                    .reduced = &column}, err);
    }
    return status;
}

/* A block waits until there is room for no other. One whose scores are heard
 * waits for nothing, for they come before its pattern. */
static int add_heard(struct heard_blocks *heard, const struct head *head,
                     int row, struct error *err)
{
    struct forward *fw = heard->fw;
    struct heard *next;
    int status = forward_make_rows(fw, err);

    if (!status && head->scores)
        status = hear_blocks(heard, err);
    if (status)
        return status;
    next = &heard->at[heard->n];
    next->head = *head;
    next->block = attention_block(&next->head, row);
    next->block.stride = forward_row_stride(fw->max_tokens);
    next->block.s = forward_rows(fw, heard->n);
    next->block.tops = forward_tops(fw, heard->n);
    heard->n++;
    if (head->scores)
        status = emit_scores(fw, &next->block, err);
    if (!status && (head->scores || heard->n == heard->room))
        status = hear_blocks(heard, err);
    return status;
}

/* The events of a head, block by block. */
static int hear_head(struct heard_blocks *heard, const struct head *head,
                     struct error *err)
{
    int first = head->span->first, end = batch_span_end(head->span);
    bool whole = is_heard(head);
    int status = whole ? ST_OK : hear_blocks(heard, err);

    for (int at = first, rows; at < end && !status; at += rows) {
        rows = forward_block(at, end);
        status = whole ? add_heard(heard, head, at - first, err)
                       : emit_columns(heard->fw, head, at - first, rows, err);
    }
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
    if (hook_set_wants(fw->set, TRANSECT_PATTERN, layer, -1) &&
        forward_make_columns(fw, err))
        return err->status;
    for (int i = 0; i < team_size(fw->team); i++)
        fw->rooms[i].span = NULL;
    team_share(fw->team, (int64_t)batch->n_span * heads, 1, stream_heads,
               &job);
    for (int i = 0; i < batch->n_span; i++)
        for (int h = 0; h < heads && !status; h++) {
            const struct span *span = &batch->spans[i];
            struct head head = attention_head(fw, layer, span, h);

            if (is_heard(&head) || head.n_columns > 0)
                status = hear_head(&heard, &head, err);
        }
    return status ? status : hear_blocks(&heard, err);
}
