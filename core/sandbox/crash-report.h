/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* crash-report.h - which plugin was at work when the program crashed. */
#ifndef CORE_SANDBOX_CRASH_REPORT_H
#define CORE_SANDBOX_CRASH_REPORT_H

#include <stddef.h>

/* The callback that runs now; whoever calls one fills this in, the plugin
 * last, and sets that to NULL afterwards. The texts are borrowed until then.
 * Volatile, so that a signal handler finds what was written last. */
struct crash_place {
    const char *volatile plugin; /* id; NULL: none is at work */
    const char *volatile variant;
    const char *volatile callback; /* "finish"; of an event, its point */
    volatile int layer, head;      /* -1: none */
    volatile int event;            /* the callback is one of an event */
    volatile int survey;           /* of the pass before the variants */
};

extern _Thread_local struct crash_place *crash_now;

/* Of a thread that calls plugins beside the main one; first of all. */
void crash_begin_thread(void);

/* Lets processes that are forked from now on write it where this one reads
 * it, as far as memory can be had for that. */
void crash_share(void);
/* " in event resid_mid of layer 1, head 0", or "" if no plugin is at work. */
void crash_where(char *text, size_t size);

/* From now on a crash writes one line to standard error that names the plugin
 * at work, before the program ends by the signal. Does nothing where a
 * sanitizer has handlers of its own, which say more. The end of an alarm()
 * counts as a crash. */
void crash_report_signals(void);
/* The line goes there instead. */
void crash_report_to(int fd);

#endif
