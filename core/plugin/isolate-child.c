/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* isolate-child.c - the child process that isolated instances live in. */
#include "base/diagnostics.h"
#include "base/mapped-file.h"
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
static struct serializer *sending; /* what goes with the next reply */

#ifndef TRANSECT_SANITIZED
static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (number == SIGBUS && mapped_file_rescue(info->si_addr))
        return;
    home->request->fault = guard_fault(info->si_addr);
    signal(number, SIG_DFL);
    process_end_by(number);
}

static void watch_faults(void)
{
    struct sigaction action = {.sa_sigaction = on_fault,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK};

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

/* The host finds it when it looks why there is no reply, and says so. */
static void out_of_memory(void *context, size_t bytes)
{
    (void)context;
    home->request->out_of_memory = bytes;
    process_end(1);
}

/* Fills *err if the plugin cannot run here. */
static void settle(struct isolated_process *process, struct error *err)
{
    mem_at_end(out_of_memory, NULL);
    /* Signals from the terminal are the host's business. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    watch_faults();
    guard_shut_all(&process->guard);
    keep_diagnostics();
    resource_limits_set(process->limits.memory);
    capture_begin(err);
}

/* The host subscribes the stand-in to the same, in the same order. */
static void keep(struct transect_ctx *ctx, bool survey,
                 const struct transect_subscription *given,
                 const struct transect_reduction *wanted)
{
    struct transect_subscription sub = *given;
    struct transect_reduction reduction = {0};
    struct isolate_slot *slot = ctx->keeper;
    unsigned char more = 1;

    if (wanted)
        reduction = *wanted;
    sub.n_layers = sub.layers ? sub.n_layers : 0;
    sub.n_heads = sub.heads ? sub.n_heads : 0;
    MEM_PUSH(slot->events, slot->n_events);
    slot->events[slot->n_events++] =
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
                 const struct isolate_request *request)
{
    ctx->phase = PHASE_READY;
    ctx->model = request->model;
    ctx->labels = request->labels;
    ctx->prompts = request->prompts;
    ctx->readout = request->readout;
    ctx->n_token = request->shape.n_token;
    return subscribed(ctx, ctx->plugin->desc.ready(ctx->owner.state,
                                                   &request->shape));
}

static int surveyed(struct transect_ctx *ctx)
{
    ctx->phase = PHASE_SURVEYED;
    return subscribed(ctx, ctx->surveyed(ctx->owner.state));
}

static int on_event(struct isolated_process *process,
                    struct isolate_slot *slot,
                    const struct isolate_request *request)
{
    const struct isolate_listener *listener =
        &slot->events[request->subscription];
    struct transect_event event = request->event;
    size_t bytes = (size_t)(event.view.rows * event.view.cols) *
                   sizeof(float);
    int result;

    guard_show(&process->guard, request->guard_turn, bytes, false);
    event.view.data = guard_view(&process->guard);
    event.user = listener->user;
    result = listener->on_event(slot->ctx->owner.state, &event);
    guard_shut(&process->guard);
    return result;
}

static int finish(struct isolated_process *process, struct transect_ctx *ctx,
                  const struct isolate_request *request)
{
    const void *baseline = NULL;
    int result;

    if (request->other >= 0) {
        baseline = process->slots[request->other].ctx->owner.state;
        ctx->other = &process->slots[request->other].ctx->arrays;
    }
    if (request->pair >= 0)
        ctx->pair = process->slots[request->pair].ctx;
    ctx->phase = PHASE_FINISH;
    result = ctx->plugin->desc.finish(ctx->owner.state, baseline);
    ctx->other = NULL;
    ctx->pair = NULL;
    plugin_outputs_carry(sending, &ctx->own);
    return result;
}

static int compare(struct isolated_process *process, struct transect_ctx *ctx,
                   const struct isolate_request *request)
{
    size_t n = (size_t)request->n_variants;
    void **states = mem_new(n, sizeof *states);
    const char **names = mem_new(n, sizeof *names);
    int result;

    for (size_t i = 0; i < n; i++) {
        struct transect_ctx *each = process->slots[request->variants[i]].ctx;

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

/* restore or merge, of bytes that follow the request. */
static int absorb(const struct isolated_process *process,
                  struct transect_ctx *ctx,
                  const struct isolate_request *request)
{
    size_t n = (size_t)request->n_bytes;
    char *bytes = mem_new(n, 1);
    int result;

    if (!isolate_receive(process->socket, bytes, n, -1, NULL))
        process_end(1);
    result = request->call == CALL_MERGE ? host_merge(ctx, bytes, n)
                                        : host_restore(ctx, bytes, n);
    free(bytes);
    return result;
}

/* For what the plugin logs. */
static void note_place(const struct transect_ctx *ctx,
                       const struct isolate_request *request)
{
    static const char *const names[] = {
        [CALL_CREATE] = "create",     [CALL_READY] = "ready",
        [CALL_SURVEYED] = "surveyed", [CALL_BEGIN] = "begin",
        [CALL_END] = "end",           [CALL_FINISH] = "finish",
        [CALL_COMPARE] = "compare",   [CALL_SAVE] = "save",
        [CALL_RESTORE] = "restore",   [CALL_MERGE] = "merge",
    };

    if (request->call != CALL_EVENT) {
        instance_enter(ctx, names[request->call]);
        return;
    }
    instance_enter(ctx, point_name(request->event.point));
    crash_now->event = 1;
    crash_now->layer = request->event.layer;
    crash_now->head = request->event.head;
}

static int call(struct isolated_process *process, struct isolate_slot *slot,
                const struct isolate_request *request)
{
    struct transect_ctx *ctx = slot->ctx;
    const struct transect_plugin *desc = &ctx->plugin->desc;

    switch (request->call) {
    case CALL_CREATE:
        return create(ctx);
    case CALL_READY:
        return ready(ctx, request);
    case CALL_SURVEYED:
        return surveyed(ctx);
    case CALL_BEGIN:
        return desc->begin(ctx->owner.state, &request->sample);
    case CALL_EVENT:
        return on_event(process, slot, request);
    case CALL_END:
        return desc->end(ctx->owner.state, &request->sample);
    case CALL_FINISH:
        return finish(process, ctx, request);
    case CALL_COMPARE:
        return compare(process, ctx, request);
    case CALL_SAVE:
        return host_save(ctx, sending);
    default:
        return absorb(process, ctx, request);
    }
}

static bool send_reply(const struct isolated_process *process,
                       const struct transect_ctx *ctx, int result,
                       const struct serializer *serial)
{
    struct isolate_reply reply = {
        .result = result,
        .status = ctx->error.status,
        .text_size = strlen(ctx->error.text),
        .serial_size = serial->size,
    };

    return isolate_send(process->socket, &reply, sizeof reply) &&
           isolate_send(process->socket, ctx->error.text,
                        (size_t)reply.text_size) &&
           isolate_send(process->socket, serial->bytes, serial->size);
}

_Noreturn void isolate_child(struct isolated_process *process)
{
    struct error unsettled = {0};
    bool more = true;
    char go;

    home = process;
    settle(process, &unsettled);
    for (size_t i = 0; i < process->n_slots; i++) {
        process->slots[i].ctx->plugin = process->real;
        process->slots[i].ctx->keep = keep;
        process->slots[i].ctx->keeper = &process->slots[i];
    }
    while (more && isolate_receive(process->socket, &go, 1, -1, NULL)) {
        struct serializer serial = {0};
        struct isolate_slot *slot = &process->slots[process->request->variant];
        int result;

        sending = &serial;
        note_place(slot->ctx, process->request);
        if (unsettled.status) {
            slot->ctx->error = unsettled;
            result = TRANSECT_FAILED;
        } else {
            result = call(process, slot, process->request);
        }
        hook_check_conduct(&slot->ctx->owner, NULL, "");
        more = send_reply(process, slot->ctx, result, &serial);
        serialize_clear(&serial);
    }
    process_end(0);
}
