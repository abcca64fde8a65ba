/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* senders.c - by how much the senders' other outputs change the stream that a
 * receiver reads, all else being the prompt's own. */
#include "path-patcher.h"

#include <stdlib.h>
#include <string.h>
#include <transect/model.h>

bool path_leads(const struct patcher *self, int32_t from, bool mlp, int32_t to,
                bool to_mlp)
{
    bool parallel = self->model.traits & TRANSECT_PARALLEL;

    return from < to || (from == to && !mlp && to_mlp && !parallel);
}

int32_t path_count(const struct patcher *self, int32_t to, bool to_mlp)
{
    int32_t n = self->embed, n_head = self->model.n_head;

    for (int32_t l = 0; l < self->model.n_layer; l++) {
        n += self->mlps[l] && path_leads(self, l, true, to, to_mlp);
        for (int32_t h = 0; h < n_head; h++)
            n += self->heads[l * n_head + h] &&
                 path_leads(self, l, false, to, to_mlp);
    }
    return n;
}

int path_rows_new(const struct patcher *self, struct path_rows *rows)
{
    size_t d = (size_t)self->model.d_model, n = PATH_ROWS;
    size_t z = (size_t)self->model.n_head * (size_t)self->model.d_head;
    size_t wide = z > d ? z : d;
    float *room = malloc(n * (4 * d + 2 * wide) * sizeof *room);

    *rows = (struct path_rows){.delta = room,
                               .differs = malloc(2 * n * sizeof(bool))};
    if (!room || !rows->differs) {
        path_rows_free(rows);
        return self->host->fail(self->ctx, "no memory for %d rows",
                                PATH_ROWS);
    }
    rows->paired = rows->differs + n;
    rows->stream = room + n * d;
    rows->before = rows->stream + n * d;
    rows->after = rows->before + n * d;
    rows->own = rows->after + n * d;
    rows->sent = rows->own + n * wide;
    return TRANSECT_OK;
}

void path_rows_free(struct path_rows *rows)
{
    free(rows->delta);
    free(rows->differs);
}

/* A captured row; NULL: the position has no partner there. */
static const float *captured(const struct patcher *self, int32_t source,
                             const struct path_rows *rows, int32_t i,
                             int32_t point, int32_t layer, int32_t head,
                             int64_t *n)
{
    const struct transect_place place = {point, layer, head, rows->sample,
                                         rows->first + i};

    return self->captures->row(self->ctx, source, &place, n);
}

int path_own(const struct patcher *self, const struct path_rows *rows,
             int32_t point, int32_t layer, int32_t head, int64_t stride,
             float *out)
{
    int64_t n;

    for (int32_t i = 0; i < rows->n; i++) {
        const float *row = captured(self, TRANSECT_FROM_PROMPT, rows, i,
                                    point, layer, head, &n);

        if (!row)
            return self->host->fail(self->ctx, "no %s was kept of layer %d, "
                                    "sample %d, position %d",
                                    self->host->point_name(point), (int)layer,
                                    (int)rows->sample, (int)(rows->first + i));
        memcpy(out + i * stride, row, (size_t)n * sizeof *out);
    }
    return TRANSECT_OK;
}

/* Rows of the other run in the place of those of `out`; where the position
 * has no partner they stay. */
static void take(const struct patcher *self, struct path_rows *rows,
                 int32_t point, int32_t layer, int32_t head, int64_t stride,
                 float *out)
{
    int64_t n;

    for (int32_t i = 0; i < rows->n; i++) {
        const float *row = captured(self, self->source, rows, i, point, layer,
                                    head, &n);

        if (row)
            memcpy(out + i * stride, row, (size_t)n * sizeof *out);
        rows->paired[i] = row != NULL;
    }
    rows->asked = true;
}

static void add_difference(const struct patcher *self, struct path_rows *rows,
                           const float *before, const float *after)
{
    int64_t size = (int64_t)rows->n * self->model.d_model;

    for (int64_t i = 0; i < size; i++)
        rows->delta[i] += after[i] - before[i];
}

/* A sender that is itself a row of the stream's width. */
static int add_whole(const struct patcher *self, struct path_rows *rows,
                     int32_t point, int32_t layer)
{
    int64_t d = self->model.d_model;
    size_t bytes = (size_t)(rows->n * d) * sizeof(float);
    int status = path_own(self, rows, point, layer, -1, d, rows->before);

    if (status)
        return status;
    memcpy(rows->after, rows->before, bytes);
    take(self, rows, point, layer, -1, d, rows->after);
    add_difference(self, rows, rows->before, rows->after);
    return TRANSECT_OK;
}

/* The heads of a layer that send: what attention adds with their z, less what
 * it adds without. Behind a norm of that sum there is no other way to say
 * what one head adds. */
static int add_heads(const struct patcher *self, struct path_rows *rows,
                     int32_t layer)
{
    int32_t n_head = self->model.n_head, d = self->model.d_head;
    int64_t width = (int64_t)n_head * d;
    const bool *sends = self->heads + layer * n_head;
    int status = TRANSECT_OK;

    for (int32_t h = 0; h < n_head && !status; h++)
        status = path_own(self, rows, TRANSECT_Z, layer, h, width,
                          rows->own + h * d);
    if (status)
        return status;
    memcpy(rows->sent, rows->own,
           (size_t)(rows->n * width) * sizeof *rows->sent);
    for (int32_t h = 0; h < n_head; h++)
        if (sends[h])
            take(self, rows, TRANSECT_Z, layer, h, width, rows->sent + h * d);
    status = self->readout->project(self->ctx, TRANSECT_ATTN_OUT, layer, -1,
                                    rows->first, rows->n, rows->own,
                                    rows->before);
    if (!status)
        status = self->readout->project(self->ctx, TRANSECT_ATTN_OUT, layer,
                                        -1, rows->first, rows->n, rows->sent,
                                        rows->after);
    if (!status)
        add_difference(self, rows, rows->before, rows->after);
    return status;
}

static bool has_head(const struct patcher *self, int32_t layer)
{
    for (int32_t h = 0; h < self->model.n_head; h++)
        if (self->heads[layer * self->model.n_head + h])
            return true;
    return false;
}

static void look_at(const struct patcher *self, struct path_rows *rows)
{
    int64_t d = self->model.d_model;

    for (int32_t i = 0; i < rows->n; i++) {
        self->counts[0]++;
        self->counts[1] += rows->asked && !rows->paired[i];
        rows->differs[i] = false;
        for (int64_t j = 0; j < d && !rows->differs[i]; j++)
            rows->differs[i] = rows->delta[i * d + j] != 0;
    }
}

int path_delta(const struct patcher *self, struct path_rows *rows, int32_t to,
               bool to_mlp)
{
    int status = TRANSECT_OK;

    rows->asked = false;
    memset(rows->delta, 0, (size_t)rows->n * (size_t)self->model.d_model *
                               sizeof *rows->delta);
    if (self->embed)
        status = add_whole(self, rows, TRANSECT_RESID_PRE, 0);
    for (int32_t l = 0; l < self->model.n_layer && !status; l++) {
        if (has_head(self, l) && path_leads(self, l, false, to, to_mlp))
            status = add_heads(self, rows, l);
        if (!status && self->mlps[l] && path_leads(self, l, true, to, to_mlp))
            status = add_whole(self, rows, TRANSECT_MLP_OUT, l);
    }
    look_at(self, rows);
    return status;
}
