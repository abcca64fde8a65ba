/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* hooks-dispatch.c - the delivery of events, and the attestation of edits. */
#include "hooks/hooks-internal.h"

#include "base/mem.h"
#include "hooks/hook-callback.h"
#include "hooks/hook-points.h"
#include "hooks/reductions.h"

#include <stdio.h>
#include <string.h>

/* A callback failed: say where, or silence its owner if it wishes so. */
static int failed(struct listener *listener,
                  const struct transect_event *event, struct error *err)
{
    struct hook_owner *owner = listener->owner;
    char place[120];

    if (!owner->error->status)
        error_set(owner->error, ST_FAILED, "failed without saying why");
    hook_place(event, place, sizeof place);
    error_within(owner->error, "%s", place);
    if (owner->disable_on_error) {
        owner->disabled = true;
        return ST_OK;
    }
    *err = *owner->error;
    return error_within(err, "plugin %s", owner->id);
}

static int call(const struct hooks *hooks, const struct listener *listener,
                struct transect_event *event)
{
    return hook_call(hooks->guard, listener->owner, listener->on_event,
                     listener->state ? listener->state
                                     : listener->owner->state, event);
}

static int keep_before(struct hooks *hooks, const struct transect_view *view,
                       struct error *err)
{
    size_t need = (size_t)(view->rows * view->cols);

    if (need > hooks->before_room) {
        hooks_rest(hooks);
        hooks->before = mem_tensor(1, need, err);
        if (!hooks->before)
            return err->status;
        hooks->before_room = need;
    }
    for (int64_t i = 0; i < view->rows; i++)
        memcpy(hooks->before + i * view->cols,
               view->data + i * view->row_stride,
               (size_t)view->cols * sizeof(float));
    return ST_OK;
}

/* Undoes the edit of row i in the columns from..to-1. */
static void restore(const struct hooks *hooks,
                    const struct transect_event *event, int64_t i,
                    int64_t from, int64_t to)
{
    const struct transect_view *view = &event->view;

    if (from < to)
        memcpy(event->edit + i * view->row_stride + from,
               hooks->before + i * view->cols + from,
               (size_t)(to - from) * sizeof(float));
}

/* A query sees no key behind its own position, nor in a local layer one in
 * front of its window. An edit there would be lost, or would reach past the
 * mask as far as the block happens to go. */
static void restore_unseen(const struct hooks *hooks,
                           const struct transect_event *event)
{
    int64_t window = config_window(hooks->config, event->layer);
    int64_t cols = event->view.cols;

    for (int64_t i = 0; i < event->view.rows; i++) {
        int64_t end = event->first + i + 1;

        restore(hooks, event, i, end, cols);
        if (window && end - window > 0)
            restore(hooks, event, i, 0, end - window);
    }
}

/* Compares all heads of a TRANSECT_ALL_HEADS edit, one record each. A head
 * that was not subscribed to must be as it was. */
static int attest_heads(struct hooks *hooks, struct listener *listener,
                        const struct transect_event *event,
                        struct error *err)
{
    int64_t d = hooks->config->d_head;
    const struct transect_view *view = &event->view;

    for (int64_t head = 0; head < view->cols / d; head++) {
        struct edit_record
            *attest = &hooks->attests[listener->attest + (size_t)head];

        attest->fired += listener->heads[head];
        edit_record_add(attest, hooks->before + head * d, view->cols,
                        view->data + head * d, view->row_stride, view->rows,
                        d);
        if (!attest->changed || listener->heads[head])
            continue;
        error_set(listener->owner->error, ST_FAILED,
                  "plugin %s changed %s of layer %d, head %d, which it did "
                  "not subscribe to", listener->owner->id,
                  point_name(event->point), event->layer, (int)head);
        *err = *listener->owner->error;
        return err->status;
    }
    return ST_OK;
}

static int call_editor(struct hooks *hooks, struct listener *listener,
                       struct transect_event *event, struct error *err)
{
    struct edit_record *attest = &hooks->attests[listener->attest];
    int status = keep_before(hooks, &event->view, err);

    if (status)
        return status;
    event->edit = (float *)event->view.data;
    status = call(hooks, listener, event);
    event->edit = (float *)event->view.data;
    if (status) {
        /* An edit that failed halfway is no edit. */
        for (int64_t i = 0; i < event->view.rows; i++)
            restore(hooks, event, i, 0, event->view.cols);
        return failed(listener, event, err);
    }
    if (point_info(event->point)->width == WIDTH_KEYS)
        restore_unseen(hooks, event);
    if (listener->flags & TRANSECT_ALL_HEADS)
        return attest_heads(hooks, listener, event, err);
    if (event->head >= 0)
        attest += event->head;
    attest->fired++;
    edit_record_add(attest, hooks->before, event->view.cols, event->view.data,
                    event->view.row_stride, event->view.rows,
                    event->view.cols);
    return ST_OK;
}

/* The positions that a listener wants of a sample, up to *to. */
static void wanted(const struct listener *listener, int n_token, int *from,
                   int *to)
{
    *from = listener->first;
    *to = n_token;
    if (listener->n && listener->n < *to - *from)
        *to = *from + listener->n;
}

/* Cuts the event down to the positions wanted; false if none is left. */
static bool clip(const struct listener *listener,
                 struct transect_event *event)
{
    int from, to, end = event->first + (int)event->view.rows;

    wanted(listener, event->n_token, &from, &to);
    if (to > end)
        to = end;
    if (from < event->first)
        from = event->first;
    if (from >= to)
        return false;
    event->view.data += (from - event->first) * event->view.row_stride;
    event->view.rows = to - from;
    event->first = from;
    return true;
}

/* The event has a reduction as its view then; false: not yet. */
static bool reduce(const struct hooks *hooks, const struct listener *listener,
                   struct transect_event *event)
{
    int from, to;

    wanted(listener, event->n_token, &from, &to);
    return reductions_make(hooks->reducer, &listener->reduction, from, to,
                           event);
}

static int deliver(struct hooks *hooks, struct listener *listener,
                   struct transect_event event, struct error *err)
{
    if (listener->owner->disabled || !clip(listener, &event))
        return ST_OK;
    if (listener->flags & TRANSECT_EDIT)
        return call_editor(hooks, listener, &event, err);
    if (listener->reduction.kind && !reduce(hooks, listener, &event))
        return ST_OK;
    if (call(hooks, listener, &event))
        return failed(listener, &event, err);
    return ST_OK;
}

static struct transect_event make_event(int point, int layer, int head,
                                        const struct span *span, float *data,
                                        int64_t rows, int64_t cols,
                                        int64_t stride)
{
    return (struct transect_event){
        .size = sizeof(struct transect_event),
        .point = point,
        .layer = point_info(point)->layered ? layer : -1,
        .head = head,
        .sample = span->sample,
        .slot = span->slot,
        .n_token = span->n_token,
        .view = {data, rows, cols, stride, 1},
    };
}

int hooks_emit_block(struct hooks *hooks, int point, int layer, int head,
                     const struct span *span, int first, int64_t rows,
                     float *data, int64_t cols, int64_t stride,
                     struct error *err)
{
    struct site *site = site_at(hooks, point, layer);
    struct transect_event event = make_event(point, layer, head, span, data,
                                             rows, cols, stride);
    int status = ST_OK;

    event.first = first;
    for (size_t i = 0; i < site->n && !status; i++) {
        struct listener *listener = &site->listeners[i];

        if (head < 0 || listener->heads[head])
            status = deliver(hooks, listener, event, err);
    }
    return status;
}

int hooks_emit_column(struct hooks *hooks, int point, int layer, int head,
                      const struct span *span, int first, int64_t rows,
                      float *data, int32_t column, struct error *err)
{
    struct site *site = site_at(hooks, point, layer);
    struct transect_event event = make_event(point, layer, head, span, data,
                                             rows, 1, 1);
    int status = ST_OK;

    event.first = first;
    for (size_t i = 0; i < site->n && !status; i++) {
        struct listener *listener = &site->listeners[i];
        struct transect_event clipped = event;

        if (!listener->heads[head] || listener->reduction.n != column ||
            listener->owner->disabled || !clip(listener, &clipped))
            continue;
        if (call(hooks, listener, &clipped))
            status = failed(listener, &clipped, err);
    }
    return status;
}

int hooks_emit(struct hooks *hooks, int point, int layer,
               const struct batch *batch, float *data, int64_t cols,
               int64_t stride, struct error *err)
{
    int status = ST_OK;

    if (!hooks_wants(hooks, point, layer, -1))
        return ST_OK;
    for (int i = 0; i < batch->n_span && !status; i++) {
        const struct span *span = &batch->spans[i];

        status = hooks_emit_block(hooks, point, layer, -1, span, 0,
                                  span->n_token, data + span->row * stride,
                                  cols, stride, err);
    }
    return status;
}

/* One listener to heads side by side: all at once, or one after another. */
static int deliver_heads(struct hooks *hooks, struct listener *listener,
                         struct transect_event event, int n_head,
                         struct error *err)
{
    const float *data = event.view.data;
    int status = ST_OK;

    if (listener->flags & TRANSECT_ALL_HEADS) {
        event.view.cols = (int64_t)n_head * hooks->config->d_head;
        return deliver(hooks, listener, event, err);
    }
    for (int head = 0; head < n_head && !status; head++) {
        if (!listener->heads[head])
            continue;
        event.head = head;
        event.view.data = data + (int64_t)head * hooks->config->d_head;
        status = deliver(hooks, listener, event, err);
    }
    return status;
}

int hooks_emit_heads(struct hooks *hooks, int point, int layer,
                     const struct batch *batch, float *data, int64_t stride,
                     struct error *err)
{
    struct site *site = site_at(hooks, point, layer);
    int n_head = point_heads(point, hooks->config), status = ST_OK;

    if (!site->n)
        return ST_OK;
    for (int i = 0; i < batch->n_span; i++) {
        const struct span *span = &batch->spans[i];
        struct transect_event event = make_event(
            point, layer, -1, span, data + span->row * stride, span->n_token,
            hooks->config->d_head, stride);

        for (size_t j = 0; j < site->n && !status; j++)
            status = deliver_heads(hooks, &site->listeners[j], event, n_head,
                                   err);
    }
    return status;
}
