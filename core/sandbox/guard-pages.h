/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* guard-pages.h - memory for the view of one event, in which misuse is a
 * signal: a write to a view that is not edited, an access behind its end, and
 * one after the callback. */
#ifndef CORE_SANDBOX_GUARD_PAGES_H
#define CORE_SANDBOX_GUARD_PAGES_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>

/* Two slots, used alternately, each followed by an inaccessible guard page: a
 * view kept from the event before is in the slot that is inaccessible now. */
struct guard {
    char *base;
    size_t room, page; /* bytes */
    int turn;          /* slot used last: 0 or 1 */
    size_t used;       /* bytes of the view in that slot */
    bool shown, edit;
    struct guard *next; /* list of this process' guards, for guard_fault() */
};

/* For views of up to `bytes` bytes. The memory is shared with processes that
 * are forked later; the protection of its pages is set by each for itself.
 * ST_FAILED: no memory. */
int guard_open(struct guard *guard, size_t bytes, struct error *err);
void guard_close(struct guard *guard);

/* In the process that fills views: changes to the other slot and returns the
 * place for a view of `bytes` bytes, which ends at its guard page. */
float *guard_place(struct guard *guard, size_t bytes);

/* In the process that runs callbacks, which may have several guards, each for
 * one thread at a time: makes both slots inaccessible. */
void guard_shut_all(struct guard *guard);
/* Makes slot `turn` writable for `bytes` bytes; then readable for a callback,
 * and writable if `edit`; then inaccessible again. */
float *guard_fill(struct guard *guard, int turn, size_t bytes);
void guard_show(struct guard *guard, int turn, size_t bytes, bool edit);
void guard_shut(struct guard *guard);
/* The view in the slot of the last guard_fill() or guard_show(). */
float *guard_view(const struct guard *guard);

enum guard_fault { GUARD_NO_FAULT, GUARD_WROTE, GUARD_KEPT, GUARD_BEYOND };

/* Which misuse an access to this address was that ended in a signal;
 * GUARD_NO_FAULT if it is in no guard of this process. For signal handlers. */
enum guard_fault guard_fault(const void *address);
/* "it wrote ..."; NULL for GUARD_NO_FAULT. */
const char *guard_fault_text(int fault);

#endif
