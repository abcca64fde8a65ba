/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* state.c - what svd-alignment knows of samples, as bytes: moments, counts
 * and the tokens to be shown of each chosen layer. Singular vectors come from
 * the weights. */
#include "svd-alignment.h"

#include <stdlib.h>

static void carry_layer(struct carrier *carrier,
                        const struct svd_alignment *self,
                        struct layer *layer)
{
    size_t c = (size_t)self->n_column, n_shown = N_EVEN + N_EXTREME;

    carry(carrier, &layer->x, 1, sizeof layer->x);
    carry(carrier, layer->y, c, sizeof *layer->y);
    carry(carrier, layer->xy, c, sizeof *layer->xy);
    carry(carrier, layer->largest, c, sizeof *layer->largest);
    carry(carrier, layer->cosines, N_GROUPS, sizeof *layer->cosines);
    for (int g = 0; g < N_GROUPS; g++)
        carry(carrier, layer->above[g], c, sizeof *layer->above[g]);
    carry(carrier, &layer->n_even, 1, sizeof layer->n_even);
    carry(carrier, &layer->n_extreme, 1, sizeof layer->n_extreme);
    carry(carrier, layer->shown_x, n_shown, sizeof *layer->shown_x);
    carry(carrier, layer->shown_y, n_shown * c, sizeof *layer->shown_y);
}

static int save(void *state)
{
    const struct svd_alignment *self = state;
    struct carrier carrier = carrier_out(self->ctx, self->host);

    for (size_t i = 0; i < self->n_chosen; i++)
        carry_layer(&carrier, self, &self->layers[self->chosen[i]]);
    return TRANSECT_OK;
}

static int restore(void *state, const void *bytes, size_t size)
{
    const struct svd_alignment *self = state;
    struct carrier carrier = carrier_in(self->ctx, self->host, bytes, size);

    for (size_t i = 0; i < self->n_chosen; i++)
        carry_layer(&carrier, self, &self->layers[self->chosen[i]]);
    return carrier_end(&carrier);
}

static void merge_shown(const struct svd_alignment *self, struct layer *mine,
                        const struct layer *other)
{
    for (size_t i = 0; i < N_EVEN + N_EXTREME; i++) {
        bool even = i < N_EVEN;

        if (even ? i < other->n_even : i - N_EVEN < other->n_extreme)
            layer_show(self, mine, even, other->shown_x[i],
                       other->shown_y + i * (size_t)self->n_column);
    }
}

/* Of the covariances, before the means have changed. */
static void merge_layer(const struct svd_alignment *self, struct layer *mine,
                        const struct layer *other)
{
    for (int32_t c = 0; c < self->n_column; c++) {
        mine->xy[c] += other->xy[c] +
                       comoments_between(&mine->x, &mine->y[c], &other->x,
                                         &other->y[c]);
        moments_merge(&mine->y[c], &other->y[c]);
        if (other->largest[c] > mine->largest[c])
            mine->largest[c] = other->largest[c];
    }
    moments_merge(&mine->x, &other->x);
    for (int g = 0; g < N_GROUPS; g++) {
        moments_merge(&mine->cosines[g], &other->cosines[g]);
        for (int32_t c = 0; c < self->n_column; c++)
            mine->above[g][c] += other->above[g][c];
    }
    merge_shown(self, mine, other);
}

static int merge(void *state, const void *bytes, size_t size)
{
    struct svd_alignment *self = state;
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

const struct transect_state svd_alignment_state = {
    sizeof svd_alignment_state, save, restore, merge, NULL};
