/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* state.c - what 3d-exporter knows of samples, as bytes: nothing, until its
 * one sample has been there, and then what it shows of that. */
#include "surface.h"

static void carry_all(struct carrier *carrier, struct surface *self)
{
    carry(carrier, &self->seen, 1, sizeof self->seen);
    if (!self->seen)
        return;
    carry(carrier, self->tokens, self->n_rows, sizeof *self->tokens);
    for (size_t i = 0; i < self->n_sites; i++)
        carry(carrier, self->sites[i].magnitude,
              self->n_rows * self->n_cols, sizeof(float));
}

static int save(void *state)
{
    struct surface *self = state;
    struct carrier carrier = carrier_out(self->ctx, self->host);

    carry_all(&carrier, self);
    return TRANSECT_OK;
}

static int restore(void *state, const void *bytes, size_t size)
{
    struct surface *self = state;
    struct carrier carrier = carrier_in(self->ctx, self->host, bytes, size);

    carry_all(&carrier, self);
    return carrier_end(&carrier);
}

/* One of the two has seen the sample, or none. */
static int merge(void *state, const void *bytes, size_t size)
{
    struct surface *self = state;

    return self->seen ? TRANSECT_OK : restore(state, bytes, size);
}

const struct transect_state surface_state = {
    sizeof surface_state, save, restore, merge, NULL};
