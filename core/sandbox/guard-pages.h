/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* guard-pages.h - memory for the view of one event at a time, so that what a
 * plugin may not do with it ends in a signal: it cannot be written unless it
 * is edited, read behind its end, or used after the callback. */
#ifndef CORE_SANDBOX_GUARD_PAGES_H
#define CORE_SANDBOX_GUARD_PAGES_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>

/* Two rooms, used in turn, each with a wall behind it: a view that was kept
 * from the event before is always in the room that is shut. */
struct guard {
    char *base;
    size_t room, page; /* bytes */
    int turn;          /* the room last opened */
    size_t used;       /* bytes of the view in it */
    bool shown, edit;
    struct guard *next; /* that this process watches, or NULL */
};

/* For views of up to `bytes` bytes. The memory is shared with processes that
 * are forked later; which pages may be used is each process's own affair.
 * ST_FAILED if there is none. */
int guard_open(struct guard *guard, size_t bytes, struct error *err);
void guard_close(struct guard *guard);

/* The place for a view of `bytes` bytes, flush with the wall of the room
 * whose turn it is next; in the process that fills it. */
float *guard_place(struct guard *guard, size_t bytes);

/* In the process that watches, which may have several, each for one thread at
 * a time: no room may be used from now on. */
void guard_shut_all(struct guard *guard);
/* Room `turn` may be filled with `bytes` bytes; then shown to a callback,
 * which may write if `edit`; and shut after it. */
float *guard_fill(struct guard *guard, int turn, size_t bytes);
void guard_show(struct guard *guard, int turn, size_t bytes, bool edit);
void guard_shut(struct guard *guard);
/* The view in the room that was shown last. */
float *guard_view(const struct guard *guard);

enum guard_fault { GUARD_NO_FAULT, GUARD_WROTE, GUARD_KEPT, GUARD_BEYOND };

/* What an access to this address, which ended in a signal, was, if it was to
 * a guard that this process watches. Fit for signal handlers. */
enum guard_fault guard_fault(const void *address);
/* "it wrote ...", or NULL. */
const char *guard_fault_text(int fault);

#endif
