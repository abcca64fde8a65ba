/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* hook-callback.c - the call of one event's callback, and what it is given. */
#include "hooks/hook-callback.h"

#include "base/mem.h"
#include "hooks/hook-points.h"
#include "sandbox/crash-report.h"
#include "sandbox/guard-pages.h"
#include "sandbox/stdio-capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hook_place(const struct transect_event *event, char *text, size_t size)
{
    char head[24] = "", layer[32] = "";

    if (event->head >= 0)
        snprintf(head, sizeof head, ", head %d", event->head);
    if (event->layer >= 0)
        snprintf(layer, sizeof layer, " of layer %d", event->layer);
    snprintf(text, size, "at %s%s%s, sample %d", point_name(event->point),
             layer, head, event->sample);
}

void hook_check_printed(struct hook_owner *owner,
                        const struct transect_event *event,
                        const char *callback)
{
    char *text = event ? capture_take_event() : capture_take(), place[120];

    if (!text)
        return;
    if (event)
        hook_place(event, place, sizeof place);
    else
        snprintf(place, sizeof place, "in %s", callback);
    if (!capture_is_watched() && !owner->error->status)
        error_set(owner->error, ST_FAILED, "%s", text);
    else if (capture_is_watched() && !owner->printed)
        owner->printed = mem_printf("%s: %s", place, text);
    free(text);
}

/* An error that was recorded counts, whatever the callback returned. */
static int invoke(struct hook_owner *owner, transect_event_fn on_event,
                  void *state, const struct transect_event *event)
{
    int result;

    crash_now->variant = owner->variant;
    crash_now->callback = point_name(event->point);
    crash_now->layer = event->layer;
    crash_now->head = event->head;
    crash_now->event = 1;
    crash_now->plugin = owner->id;
    result = on_event(state, event);
    crash_now->plugin = NULL;
    hook_check_printed(owner, event, NULL);
    return result != TRANSECT_OK || owner->error->status != ST_OK;
}

/* Gives the callback a copy that it cannot misuse unnoticed. */
static int call_guarded(struct guard *guard, struct hook_owner *owner,
                        transect_event_fn on_event, void *state,
                        struct transect_event *event)
{
    struct transect_view whole = event->view;
    size_t row = (size_t)whole.cols * sizeof(float);
    size_t bytes = row * (size_t)whole.rows;
    bool edit = event->edit != NULL;
    float *copy = guard_fill(guard, !guard->turn, bytes);
    int status;

    for (int64_t i = 0; i < whole.rows; i++)
        memcpy(copy + i * whole.cols, whole.data + i * whole.row_stride,
               row);
    event->view.data = copy;
    event->view.row_stride = whole.cols;
    event->edit = edit ? copy : NULL;
    guard_show(guard, guard->turn, bytes, edit);
    status = invoke(owner, on_event, state, event);
    for (int64_t i = 0; edit && i < whole.rows; i++)
        memcpy((float *)whole.data + i * whole.row_stride,
               copy + i * whole.cols, row);
    guard_shut(guard);
    event->view = whole;
    return status;
}

#ifdef TRANSECT_SANITIZED
/* Gives the callback a copy that is freed at once, so that the sanitizer
 * sees every use of a view after the callback has returned. */
static int call_plain(struct hook_owner *owner,
                      transect_event_fn on_event, void *state,
                      struct transect_event *event)
{
    struct transect_view whole = event->view;
    size_t row = (size_t)whole.cols * sizeof(float);
    float *copy = malloc(row * (size_t)whole.rows + 1);
    int status;

    for (int64_t i = 0; i < whole.rows; i++)
        memcpy(copy + i * whole.cols, whole.data + i * whole.row_stride,
               row);
    event->view.data = copy;
    event->view.row_stride = whole.cols;
    event->edit = event->edit ? copy : NULL;
    status = invoke(owner, on_event, state, event);
    for (int64_t i = 0; event->edit && i < whole.rows; i++)
        memcpy((float *)whole.data + i * whole.row_stride,
               copy + i * whole.cols, row);
    free(copy);
    event->view = whole;
    return status;
}
#else
static int call_plain(struct hook_owner *owner,
                      transect_event_fn on_event, void *state,
                      struct transect_event *event)
{
    return invoke(owner, on_event, state, event);
}
#endif

int hook_call(struct guard *guard, struct hook_owner *owner,
              transect_event_fn on_event, void *state,
              struct transect_event *event)
{
    return guard ? call_guarded(guard, owner, on_event, state, event)
                 : call_plain(owner, on_event, state, event);
}
