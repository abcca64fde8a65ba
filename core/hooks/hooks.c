/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* hooks.c - who listens to which hook point. */
#include "hooks/hooks-internal.h"

#include "base/mem.h"
#include "hooks/hook-points.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int n_sites(const struct hooks *hooks, int point)
{
    return point_info(point)->layered ? hooks->config->n_layer : 1;
}

struct hooks *hooks_new(const struct config *config)
{
    struct hooks *hooks = mem_new(1, sizeof *hooks);

    hooks->config = config;
    for (int point = 0; point < TRANSECT_N_POINTS; point++)
        hooks->sites[point] =
            mem_new((size_t)n_sites(hooks, point), sizeof(struct site));
    return hooks;
}

void hooks_free(struct hooks *hooks)
{
    if (!hooks)
        return;
    for (int point = 0; point < TRANSECT_N_POINTS; point++) {
        for (int layer = 0; layer < n_sites(hooks, point); layer++) {
            struct site *site = &hooks->sites[point][layer];

            free(site->listeners);
        }
        free(hooks->sites[point]);
    }
    for (size_t i = 0; i < hooks->n_head_sets; i++)
        head_set_free(hooks->head_sets[i]);
    free(hooks->head_sets);
    for (size_t i = 0; i < hooks->n_positions; i++)
        sample_positions_free(hooks->positions[i]);
    free(hooks->positions);
    free(hooks->records);
    free(hooks->before);
    free(hooks);
}

/* The heads of a subscription, of which all its listeners have a layer; NULL:
 * the point is not per head. */
static const struct head_set *keep_heads(
    struct hooks *hooks, const struct transect_subscription *sub)
{
    int n_head = point_heads(sub->point, hooks->config);
    struct head_set *set;

    if (!n_head)
        return NULL;
    set = head_set_new(n_sites(hooks, sub->point), n_head);
    if (!sub->heads)
        memset(set->has, true, (size_t)set->n_layer * (size_t)n_head);
    for (size_t i = 0; sub->heads && i < sub->n_heads; i++)
        head_set_add(set, sub->heads[i].layer, sub->heads[i].head);
    MEM_PUSH(hooks->head_sets, hooks->n_head_sets);
    return hooks->head_sets[hooks->n_head_sets++] = set;
}

struct sample_positions *hooks_positions(
    const struct transect_subscription *sub)
{
    struct sample_positions *positions = NULL;
    struct error err;
    int status = ST_OK;

    if (sub->position)
        status = sample_positions_parse(sub->position, &positions, &err);
    else
        positions = sample_positions_of(sub->first_position,
                                        sub->n_positions);
    assert(!status);
    (void)status;
    return positions;
}

static const struct sample_positions *keep_positions(
    struct hooks *hooks, const struct transect_subscription *sub)
{
    MEM_PUSH(hooks->positions, hooks->n_positions);
    return hooks->positions[hooks->n_positions++] = hooks_positions(sub);
}

static size_t add_records(struct hooks *hooks, const char *editor, int point,
                          int layer, int n_head, const bool *heads)
{
    size_t first = hooks->n_records;

    for (int head = 0; head < (n_head ? n_head : 1); head++) {
        MEM_PUSH(hooks->records, hooks->n_records);
        hooks->records[hooks->n_records++] = (struct edit_record){
            .editor = editor,
            .point = point,
            .layer = point_info(point)->layered ? layer : -1,
            .head = n_head ? head : -1,
            .asked = !heads || heads[head],
        };
    }
    return first;
}

static void insert(struct site *site, struct listener listener)
{
    bool edit = listener.flags & TRANSECT_EDIT;
    size_t first = edit ? 0 : site->n_edit;
    size_t at = edit ? site->n_edit : site->n;

    while (at > first &&
           site->listeners[at - 1].owner->rank > listener.owner->rank)
        at--;
    site->n_edit += edit;
    MEM_PUSH(site->listeners, site->n);
    memmove(&site->listeners[at + 1], &site->listeners[at],
            (site->n - at) * sizeof listener);
    site->listeners[at] = listener;
    site->n++;
}

void hooks_set_guard(struct hooks *hooks, struct guard *guard)
{
    hooks->guard = guard;
}

void hooks_set_names(struct hooks *hooks, const struct position_names *names)
{
    hooks->names = names;
}

/* `of` is the listener in each layer, but for its heads and records. */
static void add_at(struct hooks *hooks, struct listener of, int point,
                   const struct head_set *heads, int layer)
{
    if (heads && !head_set_any(heads, layer))
        return;
    if (heads)
        of.heads = head_set_layer(heads, layer);
    if (of.flags & TRANSECT_EDIT)
        of.record = add_records(hooks, of.owner->id, point, layer,
                                heads ? heads->n_head : 0, of.heads);
    insert(hooks_site(hooks, point, layer), of);
}

/* Does layers[i] stand further in front already? */
static bool is_repeated(const int32_t *layers, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (layers[j] == layers[i])
            return true;
    return false;
}

void hooks_add_as(struct hooks *hooks, struct hook_owner *owner,
                  const struct transect_subscription *sub,
                  const struct transect_reduction *reduction, void *state)
{
    const struct head_set *heads = keep_heads(hooks, sub);
    struct listener listener = {
        .owner = owner,
        .on_event = sub->on_event,
        .state = state,
        .flags = sub->flags,
        .positions = keep_positions(hooks, sub),
        .user = sub->user,
    };

    if (reduction)
        listener.reduction = *reduction;
    if (sub->layers && point_info(sub->point)->layered) {
        for (size_t i = 0; i < sub->n_layers; i++)
            if (!is_repeated(sub->layers, i))
                add_at(hooks, listener, sub->point, heads, sub->layers[i]);
        return;
    }
    for (int layer = 0; layer < n_sites(hooks, sub->point); layer++)
        add_at(hooks, listener, sub->point, heads, layer);
}

void hooks_add(struct hooks *hooks, struct hook_owner *owner,
               const struct transect_subscription *sub)
{
    hooks_add_as(hooks, owner, sub, NULL, NULL);
}

void hooks_rest(struct hooks *hooks)
{
    free(hooks->before);
    hooks->before = NULL;
    hooks->before_room = 0;
}

const struct edit_record *hooks_edit_records(const struct hooks *hooks,
                                             size_t *n)
{
    *n = hooks->n_records;
    return hooks->records;
}

struct edit_record *hooks_edit_records_to_fill(struct hooks *hooks, size_t *n)
{
    *n = hooks->n_records;
    return hooks->records;
}

void hooks_visit(const struct hooks *hooks, const struct hook_owner *owner,
                 hooks_visit_fn *visit, void *user)
{
    for (int point = 0; point < TRANSECT_N_POINTS; point++) {
        for (int layer = 0; layer < n_sites(hooks, point); layer++) {
            struct site *site = &hooks->sites[point][layer];

            for (size_t i = 0; i < site->n; i++)
                if (site->listeners[i].owner == owner)
                    visit(user, point,
                          point_info(point)->layered ? layer : -1, owner,
                          i < site->n_edit, &site->listeners[i].reduction);
        }
    }
}
