/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* state.c - what head-scorer knows of samples, as bytes: (L, H) sums. */
#include "head-scorer.h"

#include <string.h>
#include <transect/state.h>

static size_t n_sums(const struct head_scorer *self)
{
    return (size_t)self->n_layer * (size_t)self->n_head;
}

static int save(void *state)
{
    const struct head_scorer *self = state;
    const struct transect_state_host *states =
        self->host->extension(self->ctx, TRANSECT_STATE);

    states->put(self->ctx, self->sums, n_sums(self) * sizeof *self->sums);
    return TRANSECT_OK;
}

/* Restores as well: before any sample, all sums are 0. */
static int merge(void *state, const void *bytes, size_t size)
{
    struct head_scorer *self = state;
    const char *sums = bytes;
    double sum;

    if (size != n_sums(self) * sizeof sum)
        return self->host->fail(self->ctx, "%zu bytes of a state are not of "
                                "%zu heads", size, n_sums(self));
    for (size_t i = 0; i < n_sums(self); i++) {
        memcpy(&sum, sums + i * sizeof sum, sizeof sum);
        self->sums[i] += sum;
    }
    return TRANSECT_OK;
}

int state_declare(const struct head_scorer *self)
{
    static const struct transect_state calls = {
        sizeof calls, save, merge, merge, NULL};
    const struct transect_state_host *states =
        self->host->extension(self->ctx, TRANSECT_STATE);

    return states ? states->declare(self->ctx, &calls) : TRANSECT_OK;
}
