/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* carry.c - a state on its way into bytes, or back. */
#include "carry.h"

#include <string.h>

struct carrier carrier_out(transect_ctx *ctx,
                           const struct transect_host *host)
{
    return (struct carrier){
        .ctx = ctx,
        .host = host,
        .states = host->extension(ctx, TRANSECT_STATE),
    };
}

struct carrier carrier_in(transect_ctx *ctx, const struct transect_host *host,
                          const void *bytes, size_t size)
{
    return (struct carrier){
        .ctx = ctx, .host = host, .bytes = bytes, .left = size};
}

void carry(struct carrier *carrier, void *members, size_t n, size_t size)
{
    size_t bytes = n * size;

    if (carrier->states) {
        carrier->states->put(carrier->ctx, members, bytes);
    } else if (bytes > carrier->left) {
        carrier->is_short = true;
    } else if (bytes) {
        memcpy(members, carrier->bytes, bytes);
        carrier->bytes += bytes;
        carrier->left -= bytes;
    }
}

int carrier_end(const struct carrier *carrier)
{
    if (carrier->is_short || carrier->left)
        return carrier->host->fail(carrier->ctx, "a state of another size");
    return TRANSECT_OK;
}

int carry_declare(transect_ctx *ctx, const struct transect_host *host,
                  const struct transect_state *calls)
{
    const struct transect_state_host *states =
        host->extension(ctx, TRANSECT_STATE);

    return states ? states->declare(ctx, calls) : TRANSECT_OK;
}
