/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* hooks-edit.c - an editor at an event: its call, and the record of what it
 * did to the tensor. */
#include "hooks/hooks-internal.h"

#include "base/mem.h"
#include "hooks/hook-callback.h"
#include "hooks/hook-points.h"

#include <stdio.h>
#include <string.h>

int hooks_failed(const struct listener *listener,
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

/* Adds what became of one head in a TRANSECT_ALL_HEADS edit. */
static void compare_head(const struct hooks *hooks,
                         const struct transect_view *view, int64_t head,
                         struct edit_record *record)
{
    int64_t d = hooks->config->d_head;

    edit_record_add(record, hooks->before + head * d, view->cols,
                    view->data + head * d, view->row_stride, view->rows, d);
}

/* A head that a TRANSECT_ALL_HEADS edit was not subscribed to must be as it
 * was. ST_FAILED, in the owner's error. */
static int check_other_heads(const struct hooks *hooks,
                             const struct listener *listener,
                             const struct transect_event *event)
{
    int64_t n = event->view.cols / hooks->config->d_head;

    for (int64_t head = 0; head < n; head++) {
        struct edit_record record = {0};

        if (listener->heads[head])
            continue;
        compare_head(hooks, &event->view, head, &record);
        if (record.changed)
            return error_set(listener->owner->error, ST_FAILED,
                             "changed head %d, which it did not subscribe to",
                             (int)head);
    }
    return ST_OK;
}

/* One record for each head of a TRANSECT_ALL_HEADS edit. */
static void record_heads(struct hooks *hooks, const struct listener *listener,
                         const struct transect_event *event)
{
    int64_t n = event->view.cols / hooks->config->d_head;

    for (int64_t head = 0; head < n; head++) {
        struct edit_record
            *record = &hooks->records[listener->record + (size_t)head];

        record->fired += listener->heads[head];
        compare_head(hooks, &event->view, head, record);
    }
}

int hooks_edit(struct hooks *hooks, const struct listener *listener,
               struct transect_event *event, struct error *err)
{
    struct edit_record *record = &hooks->records[listener->record];
    int status = keep_before(hooks, &event->view, err);

    if (status)
        return status;
    event->edit = (float *)event->view.data;
    status = hook_call(hooks, listener, event);
    if (!status && listener->flags & TRANSECT_ALL_HEADS)
        status = check_other_heads(hooks, listener, event);
    if (status) {
        /* An edit that failed halfway, or went too far, is no edit. */
        for (int64_t i = 0; i < event->view.rows; i++)
            restore(hooks, event, i, 0, event->view.cols);
        return hooks_failed(listener, event, err);
    }
    if (point_info(event->point)->width == WIDTH_KEYS)
        restore_unseen(hooks, event);
    if (listener->flags & TRANSECT_ALL_HEADS) {
        record_heads(hooks, listener, event);
        return ST_OK;
    }
    if (event->head >= 0)
        record += event->head;
    record->fired++;
    edit_record_add(record, hooks->before, event->view.cols, event->view.data,
                    event->view.row_stride, event->view.rows,
                    event->view.cols);
    return ST_OK;
}
