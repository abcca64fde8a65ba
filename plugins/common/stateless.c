/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* stateless.c - for plugins that keep nothing of one sample for the next. */
#include "stateless.h"

#include <transect/state.h>

static int save(void *state)
{
    (void)state;
    return TRANSECT_OK;
}

static int absorb(void *state, const void *bytes, size_t size)
{
    (void)state;
    (void)bytes;
    return size ? TRANSECT_FAILED : TRANSECT_OK;
}

int stateless_declare(transect_ctx *ctx, const struct transect_host *host)
{
    static const struct transect_state calls = {
        sizeof calls, save, absorb, absorb, NULL};
    const struct transect_state_host *states =
        host->extension(ctx, TRANSECT_STATE);

    return states ? states->declare(ctx, &calls) : TRANSECT_OK;
}
