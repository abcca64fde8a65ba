/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* isolate-child.c - the child process that isolated instances live in. */
#include "base/diagnostics.h"
#include "base/mem.h"
#include "base/process.h"
#include "hooks/hook-callback.h"
#include "hooks/hook-points.h"
#include "plugin/host-internal.h"
#include "plugin/isolate-internal.h"
#include "sandbox/crash-report.h"
#include "sandbox/resource-limits.h"
#include "sandbox/stdio-capture.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static struct isolated_process *home; /* of this process */
static struct serializer *sending; /* what goes with the next answer */

#ifndef TRANSECT_SANITIZED
static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    home->letter->fault = guard_fault(info->si_addr);
    process_end_by(number); /* whose action is the default one by now */
}

static void watch_faults(void)
{
    struct sigaction action = {.sa_sigaction = on_fault,
                               .sa_flags = (int)SA_RESETHAND | SA_SIGINFO |
                                           SA_ONSTACK};

    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    signal(SIGABRT, SIG_DFL);
    signal(SIGFPE, SIG_DFL);
    signal(SIGILL, SIG_DFL);
}

#else
/* The sanitizers report faults themselves. */
static void watch_faults(void)
{
}
#endif

/* What the host itself prints here, such as a plugin's log, goes where it did
 * before. */
static void keep_diagnostics(void)
{
    FILE *own = fdopen(dup(fileno(diagnostics_stream())), "w");

    if (own)
        setvbuf(own, NULL, _IONBF, 0);
    diagnostics_redirect(own);
}

static void settle(struct isolated_process *pen)
{
    struct error err = {0};

    /* Signals from the terminal are the host's business. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    watch_faults();
    guard_shut_all(&pen->guard);
    keep_diagnostics();
    resource_limits_set(pen->limits.memory);
    if (capture_begin(&err))
        process_end(1);
}

/* The host finds it when it looks why there is no answer. */
static void out_of_memory(struct transect_ctx *ctx, size_t bytes)
{
    (void)ctx;
    home->letter->out_of_memory = bytes;
    process_end(1);
}

/* The host subscribes the stand-in to the same, in the same order. */
static void keep(struct transect_ctx *ctx, bool survey,
                 const struct transect_subscription *given,
                 const struct transect_reduction *wanted)
{
    struct transect_subscription sub = *given;
    struct transect_reduction reduction = {0};
    struct isolate_slot *seat = ctx->keeper;
    unsigned char more = 1;

    if (wanted)
        reduction = *wanted;
    sub.n_layers = sub.layers ? sub.n_layers : 0;
    sub.n_heads = sub.heads ? sub.n_heads : 0;
    MEM_PUSH(seat->events, seat->n_events);
    seat->events[seat->n_events++] =
        (struct isolate_listener){sub.on_event, sub.user};
    serialize_bytes(sending, &more, 1);
    isolate_carry_subscription(sending, &sub, &reduction, &survey);
}

/* After a callback that may subscribe. */
static int subscribed(struct transect_ctx *ctx, int result)
{
    unsigned char more = 0, told = ctx->surveyed != NULL;

    serialize_bytes(sending, &more, 1);
    serialize_bytes(sending, &told, 1);
    ctx->phase = PHASE_RUN;
    return result;
}

static int ready(struct transect_ctx *ctx,
                 const struct isolate_request *letter)
{
    ctx->phase = PHASE_READY;
    ctx->model = letter->model;
    ctx->labels = letter->labels;
    ctx->n_token = letter->shape.n_token;
    return subscribed(ctx, ctx->plugin->desc.ready(ctx->owner.state,
                                                   &letter->shape));
}

static int surveyed(struct transect_ctx *ctx)
{
    ctx->phase = PHASE_SURVEYED;
    return subscribed(ctx, ctx->surveyed(ctx->owner.state));
}

static int on_event(struct isolated_process *pen, struct isolate_slot *seat,
                    const struct isolate_request *letter)
{
    const struct isolate_listener *listener =
        &seat->events[letter->subscription];
    struct transect_event event = letter->event;
    size_t bytes = (size_t)(event.view.rows * event.view.cols) *
                   sizeof(float);
    int result;

    guard_show(&pen->guard, letter->room, bytes, false);
    event.view.data = guard_view(&pen->guard);
    event.user = listener->user;
    result = listener->on_event(seat->ctx->owner.state, &event);
    guard_shut(&pen->guard);
    return result;
}

static int finish(struct isolated_process *pen, struct transect_ctx *ctx,
                  const struct isolate_request *letter)
{
    const void *baseline = NULL;
    int result;

    if (letter->other >= 0) {
        baseline = pen->seats[letter->other].ctx->owner.state;
        ctx->other = &pen->seats[letter->other].ctx->arrays;
    }
    ctx->phase = PHASE_FINISH;
    result = ctx->plugin->desc.finish(ctx->owner.state, baseline);
    ctx->other = NULL;
    plugin_outputs_carry(sending, &ctx->own);
    return result;
}

static int compare(struct isolated_process *pen, struct transect_ctx *ctx,
                   const struct isolate_request *letter)
{
    size_t n = (size_t)letter->n_variants;
    void **states = mem_new(n, sizeof *states);
    const char **names = mem_new(n, sizeof *names);
    int result;

    for (size_t i = 0; i < n; i++) {
        struct transect_ctx *each = pen->seats[letter->variants[i]].ctx;

        states[i] = each->owner.state;
        names[i] = each->owner.variant;
    }
    ctx->phase = PHASE_COMPARE;
    result = ctx->plugin->desc.compare(states, names, n);
    plugin_outputs_carry(sending, &ctx->comparison);
    free(states);
    free(names);
    return result;
}

/* Can the state be saved, and merged? */
static int create(struct transect_ctx *ctx)
{
    int result = ctx->plugin->desc.create(ctx, &host_table,
                                          &ctx->owner.state);
    unsigned char saves = instance_saves(ctx);
    unsigned char merges = instance_merges(ctx);

    serialize_bytes(sending, &saves, 1);
    serialize_bytes(sending, &merges, 1);
    return result;
}

/* restore or merge, of bytes that follow the letter. */
static int absorb(const struct isolated_process *pen, struct transect_ctx *ctx,
                  const struct isolate_request *letter)
{
    size_t n = (size_t)letter->n_bytes;
    char *bytes = mem_new(n, 1);
    int result;

    if (!isolate_receive(pen->socket, bytes, n, -1, NULL))
        process_end(1);
    result = letter->call == CALL_MERGE ? host_merge(ctx, bytes, n)
                                        : host_restore(ctx, bytes, n);
    free(bytes);
    return result;
}

/* For what the plugin logs. */
static void note_place(const struct transect_ctx *ctx,
                       const struct isolate_request *letter)
{
    static const char *const names[] = {
        [CALL_CREATE] = "create",     [CALL_READY] = "ready",
        [CALL_SURVEYED] = "surveyed", [CALL_BEGIN] = "begin",
        [CALL_END] = "end",           [CALL_FINISH] = "finish",
        [CALL_COMPARE] = "compare",   [CALL_SAVE] = "save",
        [CALL_RESTORE] = "restore",   [CALL_MERGE] = "merge",
    };

    if (letter->call != CALL_EVENT) {
        instance_enter(ctx, names[letter->call]);
        return;
    }
    instance_enter(ctx, point_name(letter->event.point));
    crash_now->event = 1;
    crash_now->layer = letter->event.layer;
    crash_now->head = letter->event.head;
}

static int call(struct isolated_process *pen, struct isolate_slot *seat,
                const struct isolate_request *letter)
{
    struct transect_ctx *ctx = seat->ctx;
    const struct transect_plugin *desc = &ctx->plugin->desc;

    switch (letter->call) {
    case CALL_CREATE:
        return create(ctx);
    case CALL_READY:
        return ready(ctx, letter);
    case CALL_SURVEYED:
        return surveyed(ctx);
    case CALL_BEGIN:
        return desc->begin(ctx->owner.state, &letter->sample);
    case CALL_EVENT:
        return on_event(pen, seat, letter);
    case CALL_END:
        return desc->end(ctx->owner.state, &letter->sample);
    case CALL_FINISH:
        return finish(pen, ctx, letter);
    case CALL_COMPARE:
        return compare(pen, ctx, letter);
    case CALL_SAVE:
        return host_save(ctx, sending);
    default:
        return absorb(pen, ctx, letter);
    }
}

static bool reply(const struct isolated_process *pen,
                  const struct transect_ctx *ctx, int result,
                  const struct serializer *parcel)
{
    struct isolate_reply answer = {
        .result = result,
        .status = ctx->error.status,
        .text_size = strlen(ctx->error.text),
        .parcel_size = parcel->size,
    };

    return isolate_send(pen->socket, &answer, sizeof answer) &&
           isolate_send(pen->socket, ctx->error.text,
                        (size_t)answer.text_size) &&
           isolate_send(pen->socket, parcel->bytes, parcel->size);
}

_Noreturn void isolate_child(struct isolated_process *pen)
{
    bool more = true;
    char go;

    home = pen;
    settle(pen);
    for (size_t i = 0; i < pen->n_seats; i++) {
        pen->seats[i].ctx->plugin = pen->real;
        pen->seats[i].ctx->keep = keep;
        pen->seats[i].ctx->out_of_memory = out_of_memory;
        pen->seats[i].ctx->keeper = &pen->seats[i];
    }
    while (more && isolate_receive(pen->socket, &go, 1, -1, NULL)) {
        struct serializer parcel = {0};
        struct isolate_slot *seat = &pen->seats[pen->letter->variant];
        int result;

        sending = &parcel;
        note_place(seat->ctx, pen->letter);
        result = call(pen, seat, pen->letter);
        hook_check_printed(&seat->ctx->owner, NULL, "");
        more = reply(pen, seat->ctx, result, &parcel);
        serialize_clear(&parcel);
    }
    process_end(0);
}
