/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* isolate-call.c - one callback in a child process, asked for and answered;
 * or not, and why. */
#include "plugin/isolate-internal.h"

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

/* The answer: the error, if there is one, and what came with it. */
static bool take_answer(struct isolated_process *pen, struct transect_ctx *ctx,
                        struct serializer *back, int *result, bool *late)
{
    int wait = pen->limits.timeout * 1000;
    struct serializer parcel = {.unpacking = true};
    struct isolate_reply answer;
    char text[sizeof ctx->error.text] = "";
    bool whole;

    if (!isolate_receive(pen->socket, &answer, sizeof answer, wait, late) ||
        answer.text_size >= sizeof text || answer.parcel_size > SIZE_MAX / 4)
        return false;
    parcel.size = (size_t)answer.parcel_size;
    parcel.bytes = mem_new(parcel.size, 1);
    whole = isolate_receive(pen->socket, text, (size_t)answer.text_size, wait,
                            late) &&
            isolate_receive(pen->socket, parcel.bytes, parcel.size, wait,
                            late);
    *result = answer.result;
    if (whole && answer.status)
        error_set(&ctx->error, answer.status, "%s", text);
    if (whole && back)
        *back = parcel;
    else
        serialize_clear(&parcel);
    return whole;
}

/* Ends the child and says how it came to that. */
static char *cause(struct isolated_process *pen, bool late)
{
    const char *fault;
    int status;

    if (!late)
        /* A process that is ending still takes a moment to write its core. */
        for (int i = 0; i < 1000 && pen->child > 0; i++) {
            if (waitpid(pen->child, &status, WNOHANG) == pen->child)
                pen->child = 0;
            else
                nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        }
    if (pen->child > 0) {
        isolate_end(pen);
        return late ? mem_printf("did not return within %d s (timeout)",
                                 pen->limits.timeout)
                    : mem_strdup("closed its connection");
    }
    if (pen->letter->out_of_memory)
        return mem_printf("has no memory for %" PRIu64 " bytes that it asks "
                          "for; its limit is %d MiB",
                          pen->letter->out_of_memory, pen->limits.memory);
    if (!WIFSIGNALED(status))
        return mem_printf("ended its process with status %d",
                          WEXITSTATUS(status));
    fault = guard_fault_text(pen->letter->fault);
    return mem_printf("crashed with signal %d (%s)%s%s", WTERMSIG(status),
                      strsignal(WTERMSIG(status)), fault ? ": " : "",
                      fault ? fault : "");
}

/* The instances of other variants went with it, but for what they had handed
 * over before a comparison. The one that was at work tells itself; its place
 * is added on the way up. */
static int lose(struct isolated_process *pen, struct transect_ctx *ctx,
                bool late)
{
    char *why = cause(pen, late);

    isolate_end(pen);
    pen->lost = true;
    for (size_t i = 0; i < pen->n_seats; i++) {
        struct transect_ctx *other = pen->seats[i].ctx;

        other->owner.disable_on_error = true;
        other->failure_counts = other == ctx;
        if (other == ctx || ctx->phase == PHASE_COMPARE)
            continue;
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

int isolate_call(struct isolated_process *pen, int call, int variant,
                 const struct serializer *with, struct serializer *back)
{
    struct transect_ctx *ctx = pen->seats[variant].ctx;
    bool late = false;
    int result = TRANSECT_FAILED;

    if (pen->lost)
        return TRANSECT_FAILED;
    pen->letter->call = call;
    pen->letter->variant = variant;
    pen->letter->n_bytes = with ? with->size : 0;
    if (!isolate_send(pen->socket, "", 1) ||
        (with && !isolate_send(pen->socket, with->bytes, with->size)) ||
        !take_answer(pen, ctx, back, &result, &late))
        return lose(pen, ctx, late);
    return result || ctx->error.status ? TRANSECT_FAILED : TRANSECT_OK;
}

void isolate_end(struct isolated_process *pen)
{
    if (pen->socket >= 0)
        close(pen->socket);
    pen->socket = -1;
    if (pen->child > 0)
        process_stop(pen->child);
    pen->child = 0;
}
