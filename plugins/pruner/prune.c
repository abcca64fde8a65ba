/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* prune.c - the edits of the pruner, one for each semantics. */
#include "pruner.h"

#include <math.h>
#include <string.h>

bool pruner_is_pruned(const struct pruner *self, int32_t layer, int32_t head)
{
    return self->pruned[layer * self->model.n_head + head];
}

int pruner_survivors(const struct pruner *self, int32_t layer)
{
    int n = 0;

    for (int32_t head = 0; head < self->model.n_head; head++)
        n += !pruner_is_pruned(self, layer, head);
    return n;
}

/* Population standard deviation of all elements, after taking off `offset`
 * (cols) where there is one. */
static double spread(const struct region *region, const float *offset)
{
    double n = (double)(region->rows * region->cols), sum = 0, squares = 0;

    for (int pass = 0; pass < 2; pass++) {
        double mean = sum / n;

        for (int64_t i = 0; i < region->rows; i++) {
            const float *row = region->data + i * region->stride;

            for (int64_t j = 0; j < region->cols; j++) {
                double x = (double)row[j] - (offset ? (double)offset[j] : 0);

                if (pass == 0)
                    sum += x;
                else
                    squares += (x - mean) * (x - mean);
            }
        }
    }
    return sqrt(squares / n);
}

/* A stream for each sample, layer and part, so that the noise does not
 * depend on the order or the company in which samples are run. */
static uint64_t stream_of(const struct pruner *self,
                          const struct region *region)
{
    uint64_t parts = (uint64_t)self->model.n_head + 2;

    return ((uint64_t)region->sample * (uint64_t)self->model.n_layer +
            (uint64_t)region->layer) * parts + (uint64_t)region->part;
}

void pruner_fill(struct pruner *self, const struct region *region,
                 const float *offset)
{
    bool random = self->method == METHOD_RANDOM;
    double scale = random ? spread(region, offset) : 0;
    const float *noise = self->noise;

    if (random)
        self->host->normal(self->ctx, stream_of(self, region), self->noise,
                           (size_t)(region->rows * region->cols));
    for (int64_t i = 0; i < region->rows; i++) {
        float *row = region->data + i * region->stride;

        for (int64_t j = 0; j < region->cols; j++) {
            row[j] = offset ? offset[j] : 0.0f;
            if (random)
                row[j] += (float)(scale * (double)*noise++);
        }
    }
}

static const float *kept_of(const struct pruner *self, int32_t layer,
                            int32_t head)
{
    return self->kept[layer * self->model.n_head + head];
}

/* Replaces a head's columns, token by token, with the mean over the
 * surviving heads (each without its offset, plus the head's own). */
static void fill_mean(struct pruner *self, const struct transect_event *event,
                      int32_t head)
{
    const float *own = kept_of(self, event->layer, head);
    int32_t d = self->model.d_head, n_head = self->model.n_head;
    int n = pruner_survivors(self, event->layer);

    for (int64_t i = 0; i < event->view.rows; i++) {
        float *row = event->edit + i * event->view.row_stride;

        for (int32_t j = 0; j < d; j++)
            self->mean[j] = 0;
        for (int32_t h = 0; h < n_head; h++) {
            const float *offset;

            if (pruner_is_pruned(self, event->layer, h))
                continue;
            offset = kept_of(self, event->layer, h);
            for (int32_t j = 0; j < d; j++)
                self->mean[j] += row[h * d + j] - (offset ? offset[j] : 0);
        }
        for (int32_t j = 0; j < d; j++)
            row[head * d + j] = self->mean[j] / (float)n +
                                (own ? own[j] : 0.0f);
    }
}

/* Row by row, of the columns first..first+cols-1 of what the other sample has;
 * a position that it has not stays as it is. */
static void fill_other(struct pruner *self, const struct transect_event *event,
                       const struct region *region, int32_t head,
                       int64_t first)
{
    for (int64_t i = 0; i < region->rows; i++) {
        const float *row = pruner_row(self, event, head, i);

        if (row)
            memcpy(region->data + i * region->stride, row + first,
                   (size_t)region->cols * sizeof *row);
    }
}

/* A head's columns, of z or (slices) of a whole attn_out. */
static void fill_columns(struct pruner *self,
                         const struct transect_event *event,
                         const struct region *region)
{
    bool slice = event->point == TRANSECT_ATTN_OUT;
    int32_t part = slice ? PART_ATTENTION(self) : region->part;
    int64_t first = slice ? (int64_t)region->part * region->cols : 0;

    switch (self->method) {
    case METHOD_MEAN:
        fill_mean(self, event, region->part);
        break;
    case METHOD_DATASET_MEAN:
        pruner_fill(self, region,
                    pruner_mean(self, region->layer, part) + first);
        break;
    case METHOD_RESAMPLE:
        fill_other(self, event, region, slice ? -1 : region->part, first);
        break;
    default:
        pruner_fill(self, region, kept_of(self, region->layer, region->part));
    }
}

/* All heads lie side by side, d columns each: in z, and (says the study, if
 * one takes columns for heads) in attn_out. */
static int prune_columns(struct pruner *self,
                         const struct transect_event *event)
{
    int32_t d = self->model.d_head;

    for (int32_t h = 0; h < self->model.n_head; h++) {
        struct region region = {
            .data = event->edit + (int64_t)h * d,
            .rows = event->view.rows,
            .cols = d,
            .stride = event->view.row_stride,
            .layer = event->layer,
            .sample = event->sample,
            .part = h,
        };

        if (pruner_is_pruned(self, event->layer, h))
            fill_columns(self, event, &region);
    }
    return TRANSECT_OK;
}

int pruner_on_z(void *state, const struct transect_event *event)
{
    return prune_columns(state, event);
}

int pruner_on_attn_out_slices(void *state,
                              const struct transect_event *event)
{
    return prune_columns(state, event);
}

static void add_scaled(float *to, const struct transect_view *from,
                       float scale)
{
    for (int64_t i = 0; i < from->rows; i++)
        for (int64_t j = 0; j < from->cols; j++)
            to[i * from->cols + j] +=
                scale * from->data[i * from->row_stride + j];
}

static void add_noise(struct pruner *self, const struct region *region,
                      float *delta)
{
    double scale = spread(region, NULL);

    self->host->normal(self->ctx, stream_of(self, region), self->noise,
                       (size_t)(region->rows * region->cols));
    for (int64_t i = 0; i < region->rows * region->cols; i++)
        delta[i] += (float)(scale * (double)self->noise[i]);
}

/* What a head adds to attn_out goes, and something else comes (mean: from the
 * survivors' events). A position that the other sample has not stays. */
static void add_instead(struct pruner *self,
                        const struct transect_event *event,
                        const struct region *region, float *delta)
{
    const float *mean = NULL;

    if (self->method == METHOD_DATASET_MEAN)
        mean = pruner_mean(self, region->layer, region->part);
    for (int64_t i = 0; i < region->rows; i++) {
        const float *other = self->method == METHOD_RESAMPLE
                                 ? pruner_row(self, event, region->part, i)
                                 : mean;

        if (self->method == METHOD_RESAMPLE && !other)
            continue;
        for (int64_t j = 0; j < region->cols; j++)
            delta[i * region->cols + j] +=
                (other ? other[j] : 0.0f) -
                region->data[i * region->stride + j];
    }
    if (self->method == METHOD_RANDOM)
        add_noise(self, region, delta);
}

/* result, first half: sums up what attn_out has to change by. A surviving
 * head is only heard for `mean`. */
int pruner_on_head_out(void *state, const struct transect_event *event)
{
    struct pruner *self = state;
    const struct transect_view *view = &event->view;
    float *delta = self->deltas[event->slot];
    int n = pruner_survivors(self, event->layer);
    int n_pruned = self->model.n_head - n;
    struct region region = {
        .data = (float *)view->data, /* only read: for its spread */
        .rows = view->rows,
        .cols = view->cols,
        .stride = view->row_stride,
        .layer = event->layer,
        .sample = event->sample,
        .part = event->head,
    };

    if (!pruner_is_pruned(self, event->layer, event->head)) {
        add_scaled(delta, view, (float)n_pruned / (float)n);
        return TRANSECT_OK;
    }
    add_instead(self, event, &region, delta);
    return TRANSECT_OK;
}

/* result, second half: applies the sum and clears it for the next layer. */
int pruner_on_attn_out_result(void *state,
                              const struct transect_event *event)
{
    struct pruner *self = state;
    const struct transect_view *view = &event->view;
    float *delta = self->deltas[event->slot];

    for (int64_t i = 0; i < view->rows; i++)
        for (int64_t j = 0; j < view->cols; j++)
            event->edit[i * view->row_stride + j] +=
                delta[i * view->cols + j];
    memset(delta, 0, (size_t)(view->rows * view->cols) * sizeof *delta);
    return TRANSECT_OK;
}

int pruner_on_whole(void *state, const struct transect_event *event)
{
    struct pruner *self = state;
    struct region region = {
        .data = event->edit,
        .rows = event->view.rows,
        .cols = event->view.cols,
        .stride = event->view.row_stride,
        .layer = event->layer,
        .sample = event->sample,
        .part = event->point == TRANSECT_MLP_OUT ? PART_MLP(self)
                                                 : PART_ATTENTION(self),
    };

    if (self->method == METHOD_RESAMPLE)
        fill_other(self, event, &region, -1, 0);
    else
        pruner_fill(self, &region,
                    self->method == METHOD_DATASET_MEAN
                        ? pruner_mean(self, region.layer, region.part)
                        : NULL);
    return TRANSECT_OK;
}
