/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* receivers.c - what the receivers read instead. */
#include "path-patcher.h"

#include <string.h>
#include <transect/model.h>

int32_t path_mlp_stream(const struct patcher *self)
{
    return self->model.traits & TRANSECT_PARALLEL ? TRANSECT_RESID_PRE
                                                  : TRANSECT_RESID_MID;
}

/* The prompt's own stream with what the senders change of it. */
static int make_stream(const struct patcher *self, struct path_rows *rows,
                       int32_t layer, bool mlp)
{
    int64_t d = self->model.d_model, size = rows->n * d;
    int32_t point = mlp ? path_mlp_stream(self) : TRANSECT_RESID_PRE;
    int status = path_delta(self, rows, layer, mlp);

    if (!status)
        status = path_own(self, rows, point, layer, -1, d, rows->stream);
    for (int64_t i = 0; !status && i < size; i++)
        rows->stream[i] += rows->delta[i];
    return status;
}

/* What the event's point is with that stream; rows that no sender changes are
 * the prompt's own, bit for bit. `column` is where the head's begin. */
static int write_rows(const struct patcher *self, struct path_rows *rows,
                      const struct transect_event *event, int32_t head,
                      int64_t column)
{
    int64_t cols = head < 0 ? self->model.d_model : self->model.d_head;
    int64_t stride = event->view.row_stride;
    float *to = event->edit + (rows->first - event->first) * stride + column;
    int status = self->readout->project(self->ctx, event->point, event->layer,
                                        head, rows->first, rows->n,
                                        rows->stream, rows->after);

    if (!status)
        status = path_own(self, rows, event->point, event->layer, head, cols,
                          rows->own);
    for (int32_t i = 0; !status && i < rows->n; i++)
        memcpy(to + i * stride,
               (rows->differs[i] ? rows->after : rows->own) + i * cols,
               (size_t)cols * sizeof *to);
    return status;
}

/* Rows of the event that come next, from `at` on. */
static void next_rows(const struct transect_event *event, int64_t at,
                      struct path_rows *rows)
{
    int64_t left = event->view.rows - at;

    rows->sample = event->sample;
    rows->first = event->first + (int32_t)at;
    rows->n = left < PATH_ROWS ? (int32_t)left : PATH_ROWS;
}

int path_on_heads(void *state, const struct transect_event *event)
{
    const struct patcher *self = state;
    int32_t heads = path_heads(self, event->point), input = 0;
    struct path_rows rows;
    int status = path_rows_new(self, &rows);
    const bool *into;

    while (path_inputs[input] != event->point)
        input++;
    into = self->into[input] + event->layer * heads;
    for (int64_t at = 0; at < event->view.rows && !status; at += PATH_ROWS) {
        next_rows(event, at, &rows);
        status = make_stream(self, &rows, event->layer, false);
        for (int32_t h = 0; h < heads && !status; h++)
            if (into[h])
                status = write_rows(self, &rows, event, h,
                                    (int64_t)h * self->model.d_head);
    }
    path_rows_free(&rows);
    return status;
}

int path_on_mlp(void *state, const struct transect_event *event)
{
    const struct patcher *self = state;
    struct path_rows rows;
    int status = path_rows_new(self, &rows);

    for (int64_t at = 0; at < event->view.rows && !status; at += PATH_ROWS) {
        next_rows(event, at, &rows);
        status = make_stream(self, &rows, event->layer, true);
        if (!status)
            status = write_rows(self, &rows, event, -1, 0);
    }
    path_rows_free(&rows);
    return status;
}

/* The last resid_post, of which logits are made and nothing else. What other
 * receivers did to it stays in it. */
int path_on_stream(void *state, const struct transect_event *event)
{
    const struct patcher *self = state;
    int64_t d = self->model.d_model, stride = event->view.row_stride;
    struct path_rows rows;
    int status = path_rows_new(self, &rows);

    for (int64_t at = 0; at < event->view.rows && !status; at += PATH_ROWS) {
        next_rows(event, at, &rows);
        status = path_delta(self, &rows, self->model.n_layer, false);
        for (int32_t i = 0; !status && i < rows.n; i++)
            for (int64_t j = 0; rows.differs[i] && j < d; j++)
                event->edit[(at + i) * stride + j] += rows.delta[i * d + j];
    }
    path_rows_free(&rows);
    return status;
}
