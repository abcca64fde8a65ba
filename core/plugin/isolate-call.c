/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* isolate-call.c - one callback in a child process, asked for and answered;
 * or not, and why. */
#include "plugin/isolate-internal.h"

#include "base/buffer.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/process.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIECE ((size_t)1 << 20) /* of a reply, bytes */

bool isolate_send(int socket, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t n = send(socket, at, size, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static int64_t now_in_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Once the run has been told to end, there is little patience left. */
static bool wait_for(int socket, int milliseconds, bool *late)
{
    int64_t until = now_in_ms() + milliseconds;
    struct pollfd ready = {.fd = socket, .events = POLLIN};
    int n;

    do {
        int64_t left = until - now_in_ms();

        if (interrupt_signal && left > 1000) {
            left = 1000;
            until = now_in_ms() + left;
        }
        n = poll(&ready, 1, left > 0 ? (int)left : 0);
    } while (n < 0 && errno == EINTR);
    if (n == 0)
        *late = true;
    return n > 0;
}

bool isolate_receive(int socket, void *bytes, size_t size, int milliseconds,
                     bool *late)
{
    char *at = bytes;

    while (size > 0) {
        ssize_t n;

        if (milliseconds >= 0 && !wait_for(socket, milliseconds, late))
            return false;
        n = recv(socket, at, size, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

/* As many bytes as are announced, for which memory is taken as they come: the
 * number is the other side's word. */
static bool receive_serial(struct isolated_process *process, uint64_t size,
                           struct serializer *serial, int wait, bool *late)
{
    struct buffer bytes = {0};
    bool whole = true;

    while (whole && bytes.n < size) {
        size_t n = size - bytes.n < PIECE ? (size_t)size - bytes.n : PIECE;

        buffer_reserve(&bytes, n);
        whole = isolate_receive(process->socket, bytes.bytes + bytes.n, n,
                                wait, late);
        bytes.n += n;
    }
    serial->bytes = (unsigned char *)bytes.bytes;
    serial->size = bytes.n;
    return whole;
}

/* The reply: the error, if there is one, and what came with it. */
static bool take_reply(struct isolated_process *process,
                       struct transect_ctx *ctx, struct serializer *back,
                       int *result, bool *late)
{
    int wait = process->limits.timeout * 1000;
    struct serializer serial = {.unpacking = true};
    struct isolate_reply reply;
    char text[sizeof ctx->error.text] = "";
    bool whole;

    if (!isolate_receive(process->socket, &reply, sizeof reply, wait, late) ||
        reply.text_size >= sizeof text)
        return false;
    whole = isolate_receive(process->socket, text, (size_t)reply.text_size,
                            wait, late) &&
            receive_serial(process, reply.serial_size, &serial, wait, late);
    *result = reply.result;
    if (whole && reply.status)
        error_set(&ctx->error, reply.status, "%s", text);
    if (whole && back)
        *back = serial;
    else
        serialize_clear(&serial);
    return whole;
}

/* Ends the child and says how it came to that. */
static char *cause(struct isolated_process *process, bool late)
{
    const char *fault;
    int status;

    if (!late)
        /* A process that is ending still takes a moment to write its core. */
        for (int i = 0; i < 1000 && process->child > 0; i++) {
            if (waitpid(process->child, &status, WNOHANG) == process->child)
                process->child = 0;
            else
                nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        }
    if (process->child > 0) {
        isolate_end(process);
        return late ? mem_printf("did not return within %d s (timeout)",
                                 process->limits.timeout)
                    : mem_strdup("closed its connection");
    }
    if (process->request->out_of_memory)
        return mem_printf("has no memory for %" PRIu64 " bytes that it asks "
                          "for; its limit is %d MiB",
                          process->request->out_of_memory,
                          process->limits.memory);
    if (!WIFSIGNALED(status))
        return mem_printf("ended its process with status %d",
                          WEXITSTATUS(status));
    fault = guard_fault_text(process->request->fault);
    return mem_printf("crashed with signal %d (%s)%s%s", WTERMSIG(status),
                      strsignal(WTERMSIG(status)), fault ? ": " : "",
                      fault ? fault : "");
}

/* The instances of other variants went with it, but for what they had handed
 * over before a comparison. The one that was at work tells itself; its place
 * is added on the way up. */
static int lose(struct isolated_process *process, struct transect_ctx *ctx,
                bool late)
{
    char *why = cause(process, late);

    isolate_end(process);
    process->lost = true;
    for (size_t i = 0; i < process->n_slots; i++) {
        struct transect_ctx *other = process->slots[i].ctx;

        other->owner.disable_on_error = true;
        if (other == ctx)
            other->failure_counts = true;
        if (other == ctx || other->owner.disabled ||
            ctx->phase == PHASE_COMPARE)
            continue;
        other->failure_counts = false;
        other->owner.disabled = true;
        if (!other->error.status)
            error_set(&other->error, ST_FAILED, "its process, which is that "
                      "of variant %s, %s", ctx->owner.variant, why);
    }
    ctx->error.status = 0;
    error_set(&ctx->error, ST_FAILED, "%s", why);
    free(why);
    return TRANSECT_FAILED;
}

int isolate_call(struct isolated_process *process, int call, int variant,
                 const struct serializer *with, struct serializer *back)
{
    struct transect_ctx *ctx = process->slots[variant].ctx;
    bool late = false;
    int result = TRANSECT_FAILED;

    if (process->lost)
        return TRANSECT_FAILED;
    process->request->call = call;
    process->request->variant = variant;
    process->request->n_bytes = with ? with->size : 0;
    if (!isolate_send(process->socket, "", 1) ||
        (with && !isolate_send(process->socket, with->bytes, with->size)) ||
        !take_reply(process, ctx, back, &result, &late))
        return lose(process, ctx, late);
    return result || ctx->error.status ? TRANSECT_FAILED : TRANSECT_OK;
}

void isolate_end(struct isolated_process *process)
{
    if (process->socket >= 0)
        close(process->socket);
    process->socket = -1;
    if (process->child > 0)
        process_stop(process->child);
    process->child = 0;
}
