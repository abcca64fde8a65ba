/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* state.c - what mlp-trace knows of samples, as bytes: sums, extremes and the
 * peak token of each chosen layer. */
#include "mlp-trace.h"

#include <stdlib.h>

static void carry_layer(struct carrier *carrier, const struct mlp_trace *self,
                        struct layer *layer)
{
    size_t f = (size_t)self->d_mlp;

    for (int at = 0; at < N_CHECKPOINTS; at++) {
        struct magnitudes *magnitudes = &layer->at[at];

        carry(carrier, &magnitudes->max, 1, sizeof magnitudes->max);
        carry(carrier, &magnitudes->median, 1, sizeof magnitudes->median);
        carry(carrier, &magnitudes->best.magnitude, 1,
              sizeof magnitudes->best.magnitude);
        carry(carrier, &magnitudes->best.row, 1, sizeof magnitudes->best.row);
        carry(carrier, &magnitudes->best.col, 1, sizeof magnitudes->best.col);
        carry(carrier, &magnitudes->sample, 1, sizeof magnitudes->sample);
    }
    carry(carrier, layer->sum, f, sizeof *layer->sum);
    carry(carrier, layer->low, f, sizeof *layer->low);
    carry(carrier, layer->high, f, sizeof *layer->high);
    carry(carrier, &layer->n_row, 1, sizeof layer->n_row);
    carry(carrier, layer->peak_post, f, sizeof *layer->peak_post);
    carry(carrier, layer->peak_out, (size_t)self->d_model,
          sizeof *layer->peak_out);
}

static int save(void *state)
{
    const struct mlp_trace *self = state;
    struct carrier carrier = carrier_out(self->ctx, self->host);

    for (size_t i = 0; i < self->n_chosen; i++)
        carry_layer(&carrier, self, &self->layers[self->chosen[i]]);
    return TRANSECT_OK;
}

static int restore(void *state, const void *bytes, size_t size)
{
    const struct mlp_trace *self = state;
    struct carrier carrier = carrier_in(self->ctx, self->host, bytes, size);

    for (size_t i = 0; i < self->n_chosen; i++)
        carry_layer(&carrier, self, &self->layers[self->chosen[i]]);
    return carrier_end(&carrier);
}

/* Of equal magnitudes the first sample's counts, as in a run in one piece. */
static bool beats(const struct magnitudes *other,
                  const struct magnitudes *mine)
{
    if (other->best.magnitude > mine->best.magnitude)
        return true;
    return other->best.magnitude > 0 && other->sample < mine->sample &&
           !(other->best.magnitude < mine->best.magnitude);
}

static void merge_magnitudes(struct magnitudes *mine,
                             const struct magnitudes *other)
{
    mine->max += other->max;
    mine->median += other->median;
    if (!beats(other, mine))
        return;
    mine->best = other->best;
    mine->sample = other->sample;
}

/* The two have their arrays exchanged where the other's are wanted. */
static void exchange(float **a, float **b)
{
    float *other = *a;

    *a = *b;
    *b = other;
}

static void merge_layer(const struct mlp_trace *self, struct layer *mine,
                        struct layer *other)
{
    if (beats(&other->at[MLP_OUT], &mine->at[MLP_OUT])) {
        exchange(&mine->peak_post, &other->peak_post);
        exchange(&mine->peak_out, &other->peak_out);
    }
    for (int at = 0; at < N_CHECKPOINTS; at++)
        merge_magnitudes(&mine->at[at], &other->at[at]);
    for (int32_t f = 0; f < self->d_mlp; f++) {
        mine->sum[f] += other->sum[f];
        if (other->low[f] < mine->low[f])
            mine->low[f] = other->low[f];
        if (other->high[f] > mine->high[f])
            mine->high[f] = other->high[f];
    }
    mine->n_row += other->n_row;
}

static int merge(void *state, const void *bytes, size_t size)
{
    struct mlp_trace *self = state;
    struct carrier carrier = carrier_in(self->ctx, self->host, bytes, size);
    struct layer other = {0};
    int status;

    if (layer_allocate(self, &other)) {
        for (size_t i = 0; i < self->n_chosen; i++) {
            carry_layer(&carrier, self, &other);
            merge_layer(self, &self->layers[self->chosen[i]], &other);
        }
        status = carrier_end(&carrier);
    } else {
        status = self->host->fail(self->ctx, "no memory");
    }
    layer_clear(&other);
    return status;
}

const struct transect_state mlp_trace_state = {
    sizeof mlp_trace_state, save, restore, merge, NULL};
