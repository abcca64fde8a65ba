/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* patch.c - the edit: rows of another source, or columns of them. */
#include "patcher.h"

#include <stddef.h>

/* Columns of a row that are patched: those of a list below n, or all n. */
struct columns {
    const int32_t *list; /* ascending; NULL: all */
    size_t n_list;
    int64_t n;
};

/* Depends on the place alone, and on nothing that is another in other
 * company: the context is the model's. */
static uint64_t stream_of(const struct patcher *self,
                          const struct transect_event *event, int32_t position)
{
    const struct transect_model *model = &self->model;
    uint64_t stream = (uint64_t)event->sample;

    stream = stream * TRANSECT_N_POINTS + (uint64_t)event->point;
    stream = stream * (uint64_t)(model->n_layer + 1) +
             (uint64_t)(event->layer + 1);
    stream = stream * (uint64_t)(model->n_head + 1) +
             (uint64_t)(event->head + 1);
    return stream * (uint64_t)model->n_context + (uint64_t)position;
}

static void add_noise(struct patcher *self, const struct transect_event *event,
                      const struct site *site, int32_t position, float *row,
                      const struct columns *columns)
{
    double size = self->scale * site->deviation;
    size_t n = columns->list ? columns->n_list : (size_t)columns->n;

    self->host->normal(self->ctx, stream_of(self, event, position),
                       self->noise, (size_t)site->cols);
    for (size_t i = 0; i < n; i++) {
        size_t j = columns->list ? (size_t)columns->list[i] : i;

        row[j] = (float)((double)row[j] + size * (double)self->noise[j]);
    }
}

/* from NULL: zeros. */
static void put(float *row, const float *from, const struct columns *columns)
{
    size_t n = columns->list ? columns->n_list : (size_t)columns->n;

    for (size_t i = 0; i < n; i++) {
        size_t j = columns->list ? (size_t)columns->list[i] : i;

        if ((int64_t)j >= columns->n)
            break;
        row[j] = from ? from[j] : 0.0f;
    }
}

/* What is left of a row sums to 1 again, unless nothing is. */
static void renormalize(float *row, int64_t n)
{
    double sum = 0;

    for (int64_t j = 0; j < n; j++)
        sum += (double)row[j];
    for (int64_t j = 0; j < n && sum > 0; j++)
        row[j] = (float)((double)row[j] / sum);
}

int32_t patcher_source(const struct patcher *self)
{
    switch (self->from) {
    case FROM_PAIR:
        return TRANSECT_FROM_PAIR;
    case FROM_RESAMPLE:
        return TRANSECT_FROM_RESAMPLE;
    case FROM_PROMPT:
        return TRANSECT_FROM_PROMPT;
    default:
        return -1;
    }
}

/* *from is the row that is put there; NULL: the position has no partner.
 * n: how many columns it must have. */
static int captured(const struct patcher *self,
                    const struct transect_event *event, int32_t position,
                    int64_t n, const float **from)
{
    struct transect_place place = {event->point, event->layer, event->head,
                                   event->sample, position};
    int64_t got = 0;

    *from = self->captures->row(self->ctx, patcher_source(self), &place, &got);
    if (!*from || got == n)
        return TRANSECT_OK;
    return self->host->fail(self->ctx,
                            "the row of its partner at position %d has %lld "
                            "columns, not %lld", (int)position,
                            (long long)got, (long long)n);
}

static int patch_row(struct patcher *self, const struct transect_event *event,
                     struct site *site, int32_t position, float *row,
                     const struct columns *columns)
{
    const float *from = NULL;
    size_t number = (size_t)(site - self->sites);
    int status = TRANSECT_OK;

    switch (self->from) {
    case FROM_PAIR:
    case FROM_RESAMPLE:
    case FROM_PROMPT:
        status = captured(self, event, position, columns->n, &from);
        if (!status && !from) {
            self->left[number]++;
            return TRANSECT_OK;
        }
        break;
    case FROM_MEAN:
        from = site->mean +
               (self->by_position ? (int64_t)position * site->cols : 0);
        break;
    case FROM_FILE:
        from = self->values.data +
               (self->values.rows ? position * self->values.cols : 0);
        break;
    default:
        break;
    }
    if (status)
        return status;
    if (self->from == FROM_NOISE)
        add_noise(self, event, site, position, row, columns);
    else
        put(row, from, columns);
    if (self->renormalize)
        renormalize(row, columns->n);
    self->rows[number]++;
    return TRANSECT_OK;
}

int patcher_on_edit(void *state, const struct transect_event *event)
{
    struct patcher *self = state;
    struct site *site = patcher_site(self, event);
    struct columns columns = {self->dims, self->n_dims, event->view.cols};
    int status = TRANSECT_OK;

    if (self->keys) {
        columns.n_list = self->prompts->positions(self->ctx, "keys",
                                                  event->sample,
                                                  &columns.list);
        if (!columns.n_list)
            return TRANSECT_OK;
    }
    for (int64_t i = 0; i < event->view.rows && !status; i++) {
        int32_t position = event->first + (int32_t)i;

        /* A query sees no key behind itself. */
        if (transect_point_has_keys(event->point))
            columns.n = (int64_t)position + 1;
        status = patch_row(self, event, site, position,
                           event->edit + i * event->view.row_stride,
                           &columns);
    }
    return status;
}
