/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* forward-rows.c - which rows a pass has: those of its batch, as far as they
 * are needed from a stage on. */
#include "executor/forward-internal.h"

#include "base/mem.h"
#include "executor/needs.h"
#include "executor/row-kernels.h"
#include "executor/stages.h"

#include <assert.h>
#include <string.h>

/* What a pass has of each row, in elements of 4 bytes. */
struct buffer {
    unsigned reads; /* by which stages_reads() names it; 0: always there */
    void *data;
    int64_t width;
};

enum { N_BUFFERS = 7 };

static void list_buffers(const struct forward *fw,
                         struct buffer buffers[N_BUFFERS])
{
    const struct config *config = &fw->model->config;
    int64_t d = config->d_model, z = (int64_t)config->n_head * config->d_head;
    int64_t kv = 2 * (int64_t)config->n_kv_head * config->d_head;
    const struct buffer all[N_BUFFERS] = {
        {0, fw->resid, d},
        {STAGE_X, fw->x, d},
        {STAGE_QKV, fw->qkv, z + kv},
        {STAGE_Z, fw->z, z},
        {STAGE_OUT, fw->out, d},
        {STAGE_MLP, fw->mlp, config->d_mlp},
        {STAGE_GATE, fw->gate, config->gated ? config->d_mlp : 0},
    };

    memcpy(buffers, all, sizeof all);
}

static bool is_read(const struct buffer *buffer, unsigned reads)
{
    return (buffer->reads & reads) == buffer->reads && buffer->width;
}

static void *row_at(const struct buffer *buffer, int row)
{
    return (char *)buffer->data + row * buffer->width * 4;
}

/* Arrays of so many spans. */
static void make_room(struct forward *fw, int n)
{
    size_t room = (size_t)n;

    if (n <= fw->n_room)
        return;
    fw->spans = mem_grow(fw->spans, room, sizeof *fw->spans);
    fw->were = mem_grow(fw->were, room, sizeof *fw->were);
    fw->wanted = mem_grow(fw->wanted, room, sizeof *fw->wanted);
    fw->n_room = n;
}

void forward_hear(struct forward *fw, const struct hook_set *set,
                  const struct batch *batch)
{
    size_t n = (size_t)batch->n_span;

    make_room(fw, batch->n_span);
    if (n)
        memcpy(fw->spans, batch->spans, n * sizeof *fw->spans);
    fw->own = *batch;
    fw->own.spans = fw->spans;
    fw->batch = &fw->own;
    fw->set = fw->needs = set;
    fw->keys = NULL;
    fw->narrows = 0;
    reductions_forget(fw->reductions);
}

const struct batch *forward_batch(const struct forward *fw)
{
    return fw->batch;
}

/* The spans become what is wanted of them, one after the other. */
static void cut_spans(struct forward *fw)
{
    int n = 0, row = 0;

    for (int i = 0; i < fw->own.n_span; i++) {
        const struct position_span *rows = &fw->wanted[i];
        struct span span = fw->spans[i];

        if (rows->first == rows->end)
            continue;
        fw->were[n] = span;
        span.length = batch_span_length(&span);
        span.row = row;
        span.first = rows->first;
        span.n_token = rows->end - rows->first;
        row += span.n_token;
        fw->spans[n++] = span;
    }
    fw->own.n_span = n;
    fw->own.n_row = row;
}

/* Rows from..to-1 of a span. */
static int check_rows(const struct buffer *buffer, const struct span *span,
                      int from, int to, int layer, struct error *err)
{
    const float *x = row_at(buffer, span->row + from);
    int64_t at = rows_find_nonfinite(NULL, to - from, buffer->width, x);

    if (at < 0)
        return ST_OK;
    return forward_not_finite(span, from + (int)(at / buffer->width),
                              (int)(at % buffer->width), (double)x[at], layer,
                              err);
}

/* Those of the span that are not wanted: before and behind the run. */
static int check_leaving(const struct forward *fw,
                         const struct buffer *buffer, int i, int layer,
                         struct error *err)
{
    const struct span *span = &fw->spans[i];
    struct position_span rows = fw->wanted[i];
    int first = rows.first - span->first, end = rows.end - span->first;

    if (rows.first == rows.end)
        return check_rows(buffer, span, 0, span->n_token, layer, err);
    if (check_rows(buffer, span, 0, first, layer, err))
        return err->status;
    return check_rows(buffer, span, end, span->n_token, layer, err);
}

/* Of the stage before. What precedes the layers may not have been made. */
static int check_finite(const struct forward *fw, int stage,
                        const struct buffer buffers[N_BUFFERS],
                        struct error *err)
{
    int layer, status = ST_OK;
    unsigned reads = stages_reads(&fw->model->config, stage);

    if (stage == 0)
        return ST_OK;
    stages_at(&fw->model->config, stage - 1, &layer);
    for (int b = 0; b < (layer < 0 ? 1 : N_BUFFERS); b++)
        for (int i = 0; i < fw->own.n_span && !status; i++)
            if (is_read(&buffers[b], reads))
                status = check_leaving(fw, &buffers[b], i,
                                       layer < 0 ? 0 : layer, err);
    return status;
}

static void move_rows(const struct forward *fw, const struct buffer *buffer)
{
    for (int i = 0; i < fw->own.n_span; i++) {
        const struct span *span = &fw->spans[i], *was = &fw->were[i];
        void *to = row_at(buffer, span->row);
        void *from = row_at(buffer, was->row + span->first - was->first);

        if (to != from)
            memmove(to, from,
                    (size_t)(span->n_token * buffer->width) * 4);
    }
}

/* Are some rows of the batch not wanted any more, from the stage on? */
static bool find_wanted(struct forward *fw, int stage)
{
    int rows = 0;

    if (stage < fw->narrows && fw->needs->n == fw->n_needs)
        return false;
    fw->narrows = needs_rows(&fw->model->config, fw->needs, stage, fw->batch,
                             fw->wanted);
    fw->n_needs = fw->needs->n;
    for (int i = 0; i < fw->own.n_span; i++)
        rows += fw->wanted[i].end - fw->wanted[i].first;
    return rows < fw->own.n_row;
}

int forward_narrow(struct forward *fw, int stage, struct error *err)
{
    const struct config *config = &fw->model->config;
    struct buffer buffers[N_BUFFERS];
    unsigned reads = stages_reads(config, stage);

    fw->keys = NULL;
    if (!fw->needs || !find_wanted(fw, stage))
        return ST_OK;
    list_buffers(fw, buffers);
    if (check_finite(fw, stage, buffers, err))
        return err->status;
    cut_spans(fw);
    if (stages_mixes(config, stage)) {
        fw->keys = fw->were;
        reads &= ~(unsigned)STAGE_QKV;
    }
    for (int i = 0; i < N_BUFFERS; i++)
        if (is_read(&buffers[i], reads))
            move_rows(fw, &buffers[i]);
    return ST_OK;
}

void forward_narrow_tokens(struct forward *fw)
{
    const struct buffer tokens = {.data = fw->tokens, .width = 1};

    memcpy(fw->tokens, fw->own.tokens,
           (size_t)fw->own.n_row * sizeof *fw->tokens);
    fw->own.tokens = fw->tokens;
    if (!fw->needs || !find_wanted(fw, 0))
        return;
    cut_spans(fw);
    move_rows(fw, &tokens);
}

void forward_fork(struct forward *to, const struct forward *from,
                  const struct hook_set *set, int stage)
{
    unsigned reads = stages_reads(&from->model->config, stage);
    struct buffer source[N_BUFFERS], copy[N_BUFFERS];

    for (int i = 0; i < from->batch->n_span; i++)
        assert(!from->batch->spans[i].keep);
    forward_hear(to, set, from->batch);
    list_buffers(from, source);
    list_buffers(to, copy);
    for (int i = 0; i < N_BUFFERS; i++)
        if (is_read(&source[i], reads))
            memcpy(copy[i].data, source[i].data,
                   (size_t)(from->batch->n_row * source[i].width) * 4);
}
