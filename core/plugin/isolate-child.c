/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* isolate-child.c - the child process that isolated instances live in. */
#include "base/mem.h"
#include "base/process.h"
#include "hooks/hook-callback.h"
#include "plugin/isolate-internal.h"
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

static void settle(struct isolated_process *pen)
{
    struct error err = {0};

    /* Signals from the terminal are the host's business. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    watch_faults();
    guard_shut_all(&pen->guard);
    resource_limits_set(pen->limits.memory);
    if (capture_begin(&err))
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
    seat->events[seat->n_events++] = sub.on_event;
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
    struct transect_event event = letter->event;
    size_t bytes = (size_t)(event.view.rows * event.view.cols) *
                   sizeof(float);
    int result;

    guard_show(&pen->guard, letter->room, bytes, false);
    event.view.data = guard_view(&pen->guard);
    result = seat->events[letter->subscription](seat->ctx->owner.state,
                                                &event);
    guard_shut(&pen->guard);
    return result;
}

static int finish(struct isolated_process *pen, struct transect_ctx *ctx,
                  const struct isolate_request *letter)
{
    const void *baseline = NULL;
    int result;

    if (letter->other >= 0)
        baseline = pen->seats[letter->other].ctx->owner.state;
    ctx->phase = PHASE_FINISH;
    result = ctx->plugin->desc.finish(ctx->owner.state, baseline);
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
    unsigned char saves = ctx->state.save != NULL;
    unsigned char merges = ctx->state.merge != NULL;

    serialize_bytes(sending, &saves, 1);
    serialize_bytes(sending, &merges, 1);
    return result;
}

static int save(struct transect_ctx *ctx)
{
    int result;

    ctx->saving = sending;
    result = ctx->state.save(ctx->owner.state);
    ctx->saving = NULL;
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
    result = letter->call == CALL_MERGE
                 ? ctx->state.merge(ctx->owner.state, bytes, n)
                 : ctx->state.restore(ctx->owner.state, bytes, n);
    free(bytes);
    return result;
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
        return save(ctx);
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
        pen->seats[i].ctx->keeper = &pen->seats[i];
    }
    while (more && isolate_receive(pen->socket, &go, 1, -1, NULL)) {
        struct serializer parcel = {0};
        struct isolate_slot *seat = &pen->seats[pen->letter->variant];
        int result;

        sending = &parcel;
        result = call(pen, seat, pen->letter);
        hook_check_printed(&seat->ctx->owner, NULL, "");
        more = reply(pen, seat->ctx, result, &parcel);
        serialize_clear(&parcel);
    }
    process_end(0);
}
