/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* carry.h - a state on its way into bytes, or back: one function of a plugin,
 * which names its members one after another, does both. */
#ifndef COMMON_CARRY_H
#define COMMON_CARRY_H

#include <stdbool.h>
#include <stddef.h>
#include <transect/state.h>

struct carrier {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_state_host *states; /* out; NULL: in */
    const char *bytes; /* in: what is left */
    size_t left;
    bool is_short;
};

/* For save(). */
struct carrier carrier_out(transect_ctx *ctx,
                           const struct transect_host *host);
/* For restore() and merge(). */
struct carrier carrier_in(transect_ctx *ctx, const struct transect_host *host,
                          const void *bytes, size_t size);
/* Appends n members of `size` bytes each, or fills them; what there are no
 * bytes for stays as it is. */
void carry(struct carrier *carrier, void *members, size_t n, size_t size);
/* Whether the bytes were those that were asked for; fails if not. */
int carrier_end(const struct carrier *carrier);

/* Declares a state to hosts that can save states; in create. */
int carry_declare(transect_ctx *ctx, const struct transect_host *host,
                  const struct transect_state *calls);

#endif
