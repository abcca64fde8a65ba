/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* forward-rows.c - which rows a pass has: those of its batch, as far as they
 * are needed from a stage on. */
#include "executor/forward-internal.h"

#include "base/mem.h"
#include "executor/needs.h"
#include "executor/row-kernels.h"
#include "executor/stage-rows.h"
#include "executor/stages.h"

#include <assert.h>
#include <string.h>

/* Arrays of so many spans. */
static void make_room(struct forward *fw, int n)
{
    size_t room;

    if (n <= fw->n_room)
        return;
    if (n < 2 * fw->n_room)
        n = 2 * fw->n_room;
    room = (size_t)n;
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
    fw->broken = NULL;
    reductions_forget(fw->reductions);
}

const struct batch *forward_batch(const struct forward *fw)
{
    return fw->batch;
}

int forward_board(struct forward *fw, const struct hook_set *set,
                  const struct span *spans, int n)
{
    int first = fw->own.n_row;

    make_room(fw, fw->own.n_span + n);
    fw->own.spans = fw->spans;
    for (int i = 0; i < n; i++) {
        struct span *span = &fw->spans[fw->own.n_span++];

        *span = spans[i];
        span->row = fw->own.n_row;
        fw->own.n_row += span->n_token;
    }
    assert(fw->own.n_row <= fw->max_rows);
    fw->set = fw->needs = set;
    fw->narrows = 0;
    return first;
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

/* Rows from..to-1 of a span, of a buffer of such a width. */
static int check_rows(struct forward *fw, const float *data, int64_t width,
                      const struct span *span, int from, int to, int layer,
                      struct error *err)
{
    const float *x = data + (span->row + from) * width;
    int64_t at = rows_find_nonfinite(NULL, to - from, width, x);

    if (at < 0)
        return ST_OK;
    return forward_not_finite(fw, span, from + (int)(at / width),
                              (int)(at % width), (double)x[at], layer, err);
}

/* Those of the span that are not wanted: before and behind the run. */
static int check_leaving(struct forward *fw, const float *data, int64_t width,
                         int i, int layer, struct error *err)
{
    const struct span *span = &fw->spans[i];
    struct position_span rows = fw->wanted[i];
    int first = rows.first - span->first, end = rows.end - span->first;

    if (rows.first == rows.end)
        return check_rows(fw, data, width, span, 0, span->n_token, layer,
                          err);
    if (check_rows(fw, data, width, span, 0, first, layer, err))
        return err->status;
    return check_rows(fw, data, width, span, end, span->n_token, layer, err);
}

/* Of the stage before. What precedes the layers may not have been made. */
static int check_finite(struct forward *fw, const struct stage_rows *rows,
                        struct error *err)
{
    int layer, status = ST_OK;

    if (rows->stage == 0)
        return ST_OK;
    stages_at(&fw->model->config, rows->stage - 1, &layer);
    for (int b = 0; b < (layer < 0 ? 1 : STAGE_ROWS_BUFFERS); b++)
        for (int i = 0; i < fw->own.n_span && !status; i++)
            if (rows->widths[b])
                status = check_leaving(fw, rows->buffers[b], rows->widths[b],
                                       i, layer < 0 ? 0 : layer, err);
    return status;
}

/* Of elements of so many bytes a row. */
static void move_rows(const struct forward *fw, void *rows, size_t size)
{
    for (int i = 0; i < fw->own.n_span; i++) {
        const struct span *span = &fw->spans[i], *was = &fw->were[i];
        size_t from = (size_t)(was->row + span->first - was->first);
        char *data = rows;

        if (from != (size_t)span->row)
            memmove(data + (size_t)span->row * size, data + from * size,
                    (size_t)span->n_token * size);
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
    struct stage_rows rows = stage_rows_of(fw, stage);

    fw->keys = NULL;
    if (!fw->needs || !find_wanted(fw, stage))
        return ST_OK;
    if (check_finite(fw, &rows, err))
        return err->status;
    cut_spans(fw);
    if (stages_mixes(config, stage)) {
        fw->keys = fw->were;
        rows.widths[STAGE_ROWS_QKV] = 0;
    }
    for (int i = 0; i < STAGE_ROWS_BUFFERS; i++)
        if (rows.widths[i])
            move_rows(fw, rows.buffers[i],
                      (size_t)rows.widths[i] * sizeof(float));
    return ST_OK;
}

void forward_narrow_tokens(struct forward *fw)
{
    memcpy(fw->tokens, fw->own.tokens,
           (size_t)fw->own.n_row * sizeof *fw->tokens);
    fw->own.tokens = fw->tokens;
    if (!fw->needs || !find_wanted(fw, 0))
        return;
    cut_spans(fw);
    move_rows(fw, fw->tokens, sizeof *fw->tokens);
}
