/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* state.c - what layerwise-stats knows of samples, as bytes: the members of
 * each layer, one after another, and what was heard of the branches. */
#include "layerwise.h"

#include <string.h>
#include <transect/state.h>

static size_t layer_size(const struct layerwise *self)
{
    return ((size_t)self->n_top + (size_t)self->n_sample + 1 +
            (size_t)self->d_model) * sizeof(double) +
           2 * sizeof(int64_t) + ((size_t)self->d_model + 1) * sizeof(float);
}

static int save(void *state)
{
    const struct layerwise *self = state;
    const struct transect_state_host *states =
        self->host->extension(self->ctx, TRANSECT_STATE);
    size_t d = (size_t)self->d_model;
    unsigned char heard[] = {self->heard_attention, self->heard_mlps};

    for (int32_t l = 0; l < self->n_layer; l++) {
        const struct layer *layer = &self->layers[l];
        struct {
            const void *bytes;
            size_t size;
        } members[] = {
            {layer->top, (size_t)self->n_top * sizeof *layer->top},
            {layer->top1, (size_t)self->n_sample * sizeof *layer->top1},
            {&layer->median, sizeof layer->median},
            {layer->dim_sum, d * sizeof *layer->dim_sum},
            {&layer->best.row, sizeof layer->best.row},
            {&layer->best.col, sizeof layer->best.col},
            {&layer->best.magnitude, sizeof layer->best.magnitude},
            {layer->dim_max, d * sizeof *layer->dim_max},
        };

        for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
            states->put(self->ctx, members[i].bytes, members[i].size);
    }
    states->put(self->ctx, heard, sizeof heard);
    return TRANSECT_OK;
}

/* Adds n doubles to sums; returns what is behind them. */
static const char *add(double *sums, size_t n, const char *bytes)
{
    double value;

    for (size_t i = 0; i < n; i++) {
        memcpy(&value, bytes + i * sizeof value, sizeof value);
        sums[i] += value;
    }
    return bytes + n * sizeof value;
}

static const char *merge_layer(const struct layerwise *self,
                               struct layer *layer, const char *bytes)
{
    struct top best;
    float value;

    bytes = add(layer->top, (size_t)self->n_top, bytes);
    bytes = add(layer->top1, (size_t)self->n_sample, bytes);
    bytes = add(&layer->median, 1, bytes);
    bytes = add(layer->dim_sum, (size_t)self->d_model, bytes);
    memcpy(&best.row, bytes, sizeof best.row);
    memcpy(&best.col, bytes += sizeof best.row, sizeof best.col);
    memcpy(&best.magnitude, bytes += sizeof best.col, sizeof best.magnitude);
    bytes += sizeof best.magnitude;
    if (best.magnitude > layer->best.magnitude)
        layer->best = best;
    for (int32_t d = 0; d < self->d_model; d++, bytes += sizeof value) {
        memcpy(&value, bytes, sizeof value);
        if (value > layer->dim_max[d])
            layer->dim_max[d] = value;
    }
    return bytes;
}

/* Restores as well: before any sample, all of it is 0. */
static int merge(void *state, const void *bytes, size_t size)
{
    struct layerwise *self = state;
    const char *at = bytes;

    if (size != (size_t)self->n_layer * layer_size(self) + 2)
        return self->host->fail(self->ctx, "%zu bytes of a state are not of "
                                "%d layers", size, (int)self->n_layer);
    for (int32_t l = 0; l < self->n_layer; l++)
        at = merge_layer(self, &self->layers[l], at);
    self->heard_attention |= at[0] != 0;
    self->heard_mlps |= at[1] != 0;
    return TRANSECT_OK;
}

int state_declare(const struct layerwise *self)
{
    static const struct transect_state calls = {
        sizeof calls, save, merge, merge, NULL};
    const struct transect_state_host *states =
        self->host->extension(self->ctx, TRANSECT_STATE);

    return states ? states->declare(self->ctx, &calls) : TRANSECT_OK;
}
