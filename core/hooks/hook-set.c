/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* hook-set.c - who hears of a tensor, and the delivery of its events. */
#include "hooks/hook-set.h"

#include "hooks/hook-callback.h"
#include "hooks/hook-points.h"
#include "hooks/hooks-internal.h"

/* Is one of a site's first n listeners at the head? */
static bool listens(const struct site *site, size_t n, int head)
{
    for (size_t i = 0; i < n; i++) {
        const struct listener *listener = &site->listeners[i];

        if (head < 0 || !listener->heads || listener->heads[head])
            return true;
    }
    return false;
}

struct hook_set hook_set_of(const struct hook_set *set,
                            const struct span *span)
{
    return span->only ? (struct hook_set){&((struct span *)span)->only, 1}
                      : *set;
}

bool hook_set_wants(const struct hook_set *set, int point, int layer,
                    int head)
{
    for (size_t i = 0; i < set->n; i++) {
        const struct site *site = hooks_site(set->hooks[i], point, layer);

        if (listens(site, site->n, head))
            return true;
    }
    return false;
}

bool hook_set_wants_edit(const struct hook_set *set, int point, int layer,
                         int head)
{
    for (size_t i = 0; i < set->n; i++) {
        const struct site *site = hooks_site(set->hooks[i], point, layer);

        if (listens(site, site->n_edit, head))
            return true;
    }
    return false;
}

/* Adds a site's columns to the n that are there; -1: it wants more. */
static int add_columns(const struct site *site, int head, int32_t *columns,
                       int n, int room)
{
    for (size_t i = 0; i < site->n; i++) {
        const struct listener *listener = &site->listeners[i];
        int at = 0;

        if (!listener->heads[head])
            continue;
        if (listener->reduction.kind != TRANSECT_REDUCE_COLUMN)
            return -1;
        while (at < n && columns[at] != listener->reduction.n)
            at++;
        if (at == room)
            return -1;
        columns[at] = listener->reduction.n;
        n += at == n;
    }
    return n;
}

int hook_set_wants_columns(const struct hook_set *set, int point, int layer,
                           int head, int32_t *columns, int room)
{
    int n = 0;

    for (size_t i = 0; i < set->n && n >= 0; i++)
        n = add_columns(hooks_site(set->hooks[i], point, layer), head, columns,
                        n, room);
    return n;
}

/* The run that begins first, of those of all listeners that end behind
 * `at`. */
static bool next_run(const struct hook_set *set, int point, int layer,
                     const struct span *span, int at,
                     struct position_span *run)
{
    struct hook_set own = hook_set_of(set, span);
    int end = batch_span_length(span);
    struct position_span next;
    bool found = false;

    for (size_t i = 0; i < own.n; i++) {
        const struct hooks *hooks = own.hooks[i];
        const struct site *site = hooks_site(hooks, point, layer);

        for (size_t j = 0; j < site->n; j++) {
            if (found && run->first <= at && run->end == end)
                return true; /* there is no more */
            if (sample_positions_next(site->listeners[j].positions,
                                      hooks->names, span->sample, end, at,
                                      &next) &&
                (!found || next.first < run->first)) {
                *run = next;
                found = true;
            }
        }
    }
    return found;
}

bool hook_set_next_rows(const struct hook_set *set, int point, int layer,
                        const struct span *span, int at,
                        struct position_span *run)
{
    struct position_span next;

    if (!next_run(set, point, layer, span, at, run))
        return false;
    while (next_run(set, point, layer, span, run->end, &next) &&
           next.first <= run->end)
        run->end = next.end;
    if (run->first < at)
        run->first = at;
    return true;
}

bool hook_set_hull(const struct hook_set *set, int point, int layer,
                   const struct span *span, struct position_span *hull)
{
    struct position_span run;

    if (!hook_set_next_rows(set, point, layer, span, 0, hull))
        return false;
    while (hook_set_next_rows(set, point, layer, span, hull->end, &run))
        hull->end = run.end;
    return true;
}

bool hook_set_rows_vary(const struct hook_set *set, int point, int layer)
{
    for (size_t i = 0; i < set->n; i++) {
        const struct site *site = hooks_site(set->hooks[i], point, layer);

        for (size_t j = 0; j < site->n; j++)
            if (sample_positions_vary(site->listeners[j].positions,
                                      set->hooks[i]->names))
                return true;
    }
    return false;
}

/* Cuts the event down to what a listener hears of one of the heads that are
 * side by side, or of the tensor, if it has none; false: nothing. */
static bool take_part(const struct listener *listener,
                      const struct tensor_ref *ref, int head,
                      struct transect_event *event)
{
    const struct transect_reduction *wants = &listener->reduction;

    if (listener->owner->disabled)
        return false;
    if (ref->reduced &&
        (wants->kind != ref->reduced->kind || wants->n != ref->reduced->n))
        return false;
    if (!ref->n_head) {
        if (ref->head >= 0 && !listener->heads[ref->head])
            return false;
    } else if (listener->flags & TRANSECT_ALL_HEADS) {
        event->view.cols *= ref->n_head;
    } else {
        if (!listener->heads[head])
            return false;
        event->head = head;
        event->view.data += head * event->view.cols;
    }
    return true;
}

/* Lets an observer see the tensor, or the reduction that it wants of it, once
 * that is whole: that of a run of positions, of which the event has some. */
static int observe(const struct hooks *hooks, const struct listener *listener,
                   const struct tensor_ref *ref, const struct span *span,
                   const struct position_span *run,
                   struct transect_event *event, struct error *err)
{
    if (listener->reduction.kind && !ref->reduced &&
        !reductions_make(ref->reductions, &listener->reduction, span->only,
                         run->first, run->end, event))
        return ST_OK;
    return hook_call(hooks, listener, event)
               ? hooks_failed(listener, event, err)
               : ST_OK;
}

/* The rows of an event that lie in a run. */
static struct transect_event cut(const struct transect_event *event,
                                 const struct position_span *run)
{
    struct transect_event part = *event;
    int end = event->first + (int)event->view.rows;

    if (run->first > event->first)
        part.first = run->first;
    if (run->end < end)
        end = run->end;
    part.view.data += (part.first - event->first) * event->view.row_stride;
    part.view.rows = end - part.first;
    return part;
}

/* An event for each run of adjacent positions that the listener wants. A run
 * is of what the pass has: earlier passes had the positions before. */
static int deliver(struct hooks *hooks, const struct listener *listener,
                   const struct tensor_ref *ref, const struct span *span,
                   const struct transect_event *event, struct error *err)
{
    int end = event->first + (int)event->view.rows, at = event->first;
    struct position_span run;
    int status = ST_OK;

    while (!status && at < end && !listener->owner->disabled &&
           sample_positions_next(listener->positions, hooks->names,
                                 span->sample, batch_span_length(span), at,
                                 &run) &&
           run.first < end) {
        struct transect_event part = cut(event, &run);

        at = run.end;
        if (run.first < span->first)
            run.first = span->first;
        status = listener->flags & TRANSECT_EDIT
                     ? hooks_edit(hooks, listener, &part, err)
                     : observe(hooks, listener, ref, span, &run, &part, err);
    }
    return status;
}

/* The event of a block, or of one sample's rows of a batch. */
static struct transect_event event_of(const struct tensor_ref *ref,
                                      const struct span *span)
{
    bool block = !ref->batch;

    return (struct transect_event){
        .size = sizeof(struct transect_event),
        .point = ref->point,
        .layer = point_info(ref->point)->layered ? ref->layer : -1,
        .head = ref->head,
        .sample = span->sample,
        .slot = span->slot,
        .first = block ? ref->first : span->first,
        .n_token = batch_span_length(span),
        .view = {ref->data + (block ? 0 : span->row * ref->stride),
                 block ? ref->rows : span->n_token, ref->cols, ref->stride,
                 1},
    };
}

/* Rows of one sample to one variant's listeners, in their order. */
static int emit_rows(struct hooks *hooks, const struct tensor_ref *ref,
                     const struct span *span, struct error *err)
{
    const struct site *site = hooks_site(hooks, ref->point, ref->layer);
    struct transect_event event = event_of(ref, span);
    int status = ST_OK;

    for (size_t i = 0; i < site->n; i++) {
        const struct listener *listener = &site->listeners[i];
        bool once = !ref->n_head || listener->flags & TRANSECT_ALL_HEADS;
        int n = once ? 1 : ref->n_head;

        for (int head = 0; head < n && !status; head++) {
            struct transect_event part = event;

            if (take_part(listener, ref, head, &part))
                status = deliver(hooks, listener, ref, span, &part, err);
        }
    }
    return status;
}

int hook_set_emit(const struct hook_set *set, const struct tensor_ref *ref,
                  struct error *err)
{
    const struct span *spans = ref->batch ? ref->batch->spans : ref->span;
    int n = ref->batch ? ref->batch->n_span : 1, status = ST_OK;

    for (int j = 0; j < n; j++) {
        struct hook_set own = hook_set_of(set, &spans[j]);

        for (size_t i = 0; i < own.n && !status; i++)
            status = emit_rows(own.hooks[i], ref, &spans[j], err);
    }
    return status;
}
