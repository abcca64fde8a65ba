/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* state.c - what perplexity knows of samples, as bytes: sums of losses and
 * their numbers, (n_sample) each. */
#include "perplexity.h"

#include <string.h>
#include <transect/state.h>

static int save(void *state)
{
    const struct perplexity *self = state;
    const struct transect_state_host *states =
        self->host->extension(self->ctx, TRANSECT_STATE);
    size_t n = (size_t)self->n_sample;

    states->put(self->ctx, self->loss, n * sizeof *self->loss);
    states->put(self->ctx, self->n, n * sizeof *self->n);
    return TRANSECT_OK;
}

/* Restores as well: what no sample has reached is 0. */
static int merge(void *state, const void *bytes, size_t size)
{
    struct perplexity *self = state;
    size_t n = (size_t)self->n_sample;
    const char *losses = bytes, *numbers = losses + n * sizeof *self->loss;

    if (size != n * (sizeof *self->loss + sizeof *self->n))
        return self->host->fail(self->ctx, "%zu bytes of a state are not of "
                                "%zu samples", size, n);
    for (size_t i = 0; i < n; i++) {
        double loss;
        int64_t number;

        memcpy(&loss, losses + i * sizeof loss, sizeof loss);
        memcpy(&number, numbers + i * sizeof number, sizeof number);
        self->loss[i] += loss;
        self->n[i] += number;
    }
    return TRANSECT_OK;
}

int state_declare(const struct perplexity *self)
{
    static const struct transect_state calls = {
        sizeof calls, save, merge, merge, NULL};
    const struct transect_state_host *states =
        self->host->extension(self->ctx, TRANSECT_STATE);

    return states ? states->declare(self->ctx, &calls) : TRANSECT_OK;
}
