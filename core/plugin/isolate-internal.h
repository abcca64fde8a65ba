/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* isolate-internal.h - what both sides of an isolated plugin share.
 *
 *   host                                   child
 *   request in shared memory --- call ---> looks at the request,
 *   view before a guard page                calls the plugin
 *   waits, at most `timeout` <-- reply --- status, error, serialized bytes
 */
#ifndef CORE_PLUGIN_ISOLATE_INTERNAL_H
#define CORE_PLUGIN_ISOLATE_INTERNAL_H

#include "base/serialize.h"
#include "plugin/isolate.h"
#include "sandbox/guard-pages.h"

#include <sys/types.h>

enum isolate_exchange {
    CALL_CREATE,
    CALL_READY,
    CALL_SURVEYED,
    CALL_BEGIN,
    CALL_EVENT,
    CALL_END,
    CALL_FINISH,
    CALL_COMPARE,
    CALL_SAVE,
    CALL_RESTORE,
    CALL_MERGE
};

/* In memory that both see and the host alone writes, but for `fault` and
 * `out_of_memory`. Models and tokens are where they were when the child was
 * forked. */
struct isolate_request {
    int32_t call, variant;
    const struct model *model; /* READY */
    struct token_labels *labels;
    struct prompt_table *prompts;
    const struct readout_functions *readout; /* at the same place in the
                                                child */
    struct transect_model shape;
    struct transect_sample sample; /* BEGIN, END */
    int32_t subscription; /* EVENT: which of the variant's */
    int32_t guard_turn;   /* which of the guard's two slots has the view */
    struct transect_event event;
    int32_t other, pair; /* FINISH: the variants of the baseline and of the
                            pairs, or -1 */
    uint64_t n_bytes; /* RESTORE, MERGE: that follow over the socket */
    volatile int32_t fault; /* enum guard_fault of the child's crash */
    volatile uint64_t out_of_memory; /* bytes that the child could not have */
    int32_t n_variants;
    int32_t variants[]; /* COMPARE: (n_variants) */
};

/* In front of a reply's bytes: those of the error's text, then the serial's,
 * which are outputs, a state or subscriptions. */
struct isolate_reply {
    int32_t result, status; /* of the callback, of the error */
    uint64_t text_size, serial_size;
};

struct isolate_listener {
    transect_event_fn on_event;
    void *user;
};

/* A variant's instance, on either side. */
struct isolate_slot {
    struct transect_ctx *ctx;
    struct isolate_listener *events; /* the child: of the subscriptions, in
                                      * order */
    size_t n_events;
};

struct isolated_process {
    struct plugin plugin; /* the stand-in; first, so that it leads here */
    const struct plugin *real;
    const char *id;
    struct isolation limits;
    struct isolate_slot *slots; /* one a variant */
    size_t n_slots;
    struct isolate_request *request;
    size_t request_size;
    struct guard guard;
    int socket; /* to the other side; -1: none */
    pid_t child;
    bool lost;
};

/* isolate-proxy.c: puts the stand-in's callbacks into a copy of the plugin's
 * descriptor. */
void isolate_stand_in(struct transect_plugin *desc);
/* A subscription, serialized; unpacked lists are the caller's. The reduction
 * has kind 0 if there is none. */
void isolate_carry_subscription(struct serializer *serial,
                                struct transect_subscription *sub,
                                struct transect_reduction *reduction,
                                bool *survey);

/* isolate-child.c: the life of the child; does not return. */
_Noreturn void isolate_child(struct isolated_process *process);

/* isolate-call.c: has the request answered. `with` may be bytes that go with
 * it, `back` takes what comes with the reply; both may be NULL. The variant's
 * error is set if the callback failed, or if the child was lost. TRANSECT_OK
 * or TRANSECT_FAILED. */
int isolate_call(struct isolated_process *process, int call, int variant,
                 const struct serializer *with, struct serializer *back);
/* The child's end, whatever it does. */
void isolate_end(struct isolated_process *process);

/* Whole messages over the socket; false: the other side is gone, or (with
 * milliseconds >= 0) was silent for so long, which *late tells. */
bool isolate_send(int socket, const void *bytes, size_t size);
bool isolate_receive(int socket, void *bytes, size_t size, int milliseconds,
                     bool *late);

#endif
