/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* hook-callback.c - the call of one event's callback, and what it is given. */
#include "hooks/hook-callback.h"

#include "base/mem.h"
#include "hooks/hook-points.h"
#include "hooks/hooks-internal.h"
#include "sandbox/crash-report.h"
#include "sandbox/float-environment.h"
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

/* What it printed, or changed; NULL: nothing. */
static char *misconduct(bool event)
{
    const char *changed = float_check();
    char *printed = event ? capture_take_event() : capture_take();

    if (!changed)
        return printed;
    free(printed);
    return mem_strdup(changed);
}

void hook_check_conduct(struct hook_owner *owner,
                        const struct transect_event *event,
                        const char *callback)
{
    char *text = misconduct(event != NULL), place[120];

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

static void copy_rows(float *to, int64_t to_stride, const float *from,
                      int64_t from_stride, const struct transect_view *view)
{
    for (int64_t i = 0; i < view->rows; i++)
        memcpy(to + i * to_stride, from + i * from_stride,
               (size_t)view->cols * sizeof(float));
}

static size_t view_bytes(const struct transect_view *view)
{
    return (size_t)(view->rows * view->cols) * sizeof(float);
}

/* Room for a copy of the view that the callback cannot misuse unnoticed: in
 * the guard, which is shut behind it; or, where a sanitizer watches, on the
 * heap, freed at once. NULL: it gets the tensor itself. */
static float *lend(struct guard *guard, const struct transect_view *view)
{
    if (guard)
        return guard_fill(guard, !guard->turn, view_bytes(view));
#ifdef TRANSECT_SANITIZED
    return malloc(view_bytes(view) + 1);
#else
    return NULL;
#endif
}

static void take_back(struct guard *guard, float *copy)
{
    if (guard)
        guard_shut(guard);
    else
        free(copy);
}

/* Between these two, a crash is the owner's. */
static void begin(const struct hook_owner *owner,
                  const struct transect_event *event)
{
    crash_now->variant = owner->variant;
    crash_now->callback = point_name(event->point);
    crash_now->layer = event->layer;
    crash_now->head = event->head;
    crash_now->event = 1;
    crash_now->plugin = owner->id;
}

static void end(struct hook_owner *owner, const struct transect_event *event)
{
    crash_now->plugin = NULL;
    hook_check_conduct(owner, event, NULL);
}

/* An error that was recorded counts, whatever the callback returned. */
int hook_call(const struct hooks *hooks, const struct listener *listener,
              struct transect_event *event)
{
    struct guard *guard = hooks->guard;
    struct hook_owner *owner = listener->owner;
    struct transect_view whole = event->view;
    float *copy = lend(guard, &whole), *edit = event->edit;
    int result;

    if (copy) {
        copy_rows(copy, whole.cols, whole.data, whole.row_stride, &whole);
        event->view.data = copy;
        event->view.row_stride = whole.cols;
        event->edit = edit ? copy : NULL;
    }
    if (guard)
        guard_show(guard, guard->turn, view_bytes(&whole), edit != NULL);
    event->user = listener->user;
    begin(owner, event);
    result = listener->on_event(
        listener->state ? listener->state : owner->state, event);
    end(owner, event);
    if (copy && edit)
        copy_rows(edit, whole.row_stride, copy, whole.cols, &whole);
    if (copy)
        take_back(guard, copy);
    event->view = whole;
    event->edit = edit;
    return result != TRANSECT_OK || owner->error->status != ST_OK;
}
