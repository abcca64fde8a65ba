/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* hooks-internal.h - what the files of hooks.h share. */
#ifndef CORE_HOOKS_HOOKS_INTERNAL_H
#define CORE_HOOKS_HOOKS_INTERNAL_H

#include "base/head-set.h"
#include "hooks/hooks.h"
#include "hooks/sample-positions.h"

struct listener {
    struct hook_owner *owner;
    transect_event_fn on_event;
    void *state; /* its first argument; NULL: the owner's */
    uint32_t flags;
    struct transect_reduction reduction; /* kind 0: the tensor */
    const bool *heads; /* (heads of the point) of one of hooks->head_sets, or
                          NULL: not a per-head point */
    const struct sample_positions *positions; /* wanted; of hooks->positions */
    void *user;    /* the subscription's */
    size_t record; /* editors: index of its first record, one a head */
};

/* The listeners of a point in a layer: editors, then observers. */
struct site {
    struct listener *listeners;
    size_t n, n_edit;
};

struct hooks {
    const struct config *config;
    struct site *sites[TRANSECT_N_POINTS]; /* (n_layer or 1) */
    struct head_set **head_sets; /* one for each subscription to heads */
    size_t n_head_sets;
    struct sample_positions **positions; /* one for each subscription */
    size_t n_positions;
    const struct position_names *names; /* of the samples, or NULL */
    struct edit_record *records;
    size_t n_records;
    float *before; /* the tensor as it was before an edit */
    size_t before_room;
    struct guard *guard; /* where callbacks find their views; or NULL */
};

static inline struct site *hooks_site(const struct hooks *hooks, int point,
                                      int layer)
{
    return &hooks->sites[point][layer < 0 ? 0 : layer];
}

/* Those of a subscription that is right, for the caller to free. */
struct sample_positions *hooks_positions(
    const struct transect_subscription *sub);
/* After a callback failed: says where, and silences its owner if that is what
 * the owner wants. */
int hooks_failed(const struct listener *listener,
                 const struct transect_event *event, struct error *err);
/* Lets an editor change the event's tensor, undoes what it may not change,
 * and records the rest. */
int hooks_edit(struct hooks *hooks, const struct listener *listener,
               struct transect_event *event, struct error *err);

#endif
