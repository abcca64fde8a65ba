/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* crash-report.h - names the plugin whose callback was running at a crash. */
#ifndef CORE_SANDBOX_CRASH_REPORT_H
#define CORE_SANDBOX_CRASH_REPORT_H

#include <stddef.h>

/* The callback that is running. The caller of a callback sets `plugin` last
 * and back to NULL afterwards; texts are borrowed until then. Volatile,
 * because a signal handler reads it. */
struct crash_place {
    const char *volatile plugin; /* id; NULL: no callback is running */
    const char *volatile variant;
    const char *volatile callback; /* "finish"; of an event the name of its
                                    * point */
    volatile int layer, head;      /* -1: none */
    volatile int event;            /* the callback is one of an event */
    volatile int survey;           /* of the pass before the variants */
};

extern _Thread_local struct crash_place *crash_now;

/* Gives the calling thread a record of its own; before it calls plugins. */
void crash_begin_thread(void);
/* At its end: puts back the stack for signals that the thread had before. The
 * sanitizer that a plugin may bring along frees what it finds there. */
void crash_end_thread(void);

/* Moves the record into shared memory, so that what a forked child writes is
 * read here. Without memory for it the record stays private. */
void crash_share(void);
/* A callback begins that is none of an event, of a variant or (NULL) of none:
 * what loads a plugin counts as one. It ends. */
void crash_enter(const char *plugin, const char *variant,
                 const char *callback);
void crash_leave(void);

/* " in event resid_mid of layer 1, head 0", or "" if no callback is running.
 */
void crash_where(char *text, size_t size);

/* Installs handlers: a crash writes one line to standard error that names the
 * plugin, then the program ends by the signal; but where a part of a mapped
 * file is lost, it goes on, see mapped-file.h. SIGALRM counts as a crash. Does
 * nothing under a sanitizer, which has handlers of its own. */
void crash_report_signals(void);
/* Until others are installed: SIGINT, SIGTERM and SIGHUP, unless they are
 * ignored, write such a line, too, before they end the program. */
void crash_report_interrupts(void);
/* Writes such a line about a program that is being ended; not for signal
 * handlers. */
void crash_report_exit(void);
/* Writes the line to fd instead of standard error. */
void crash_report_to(int fd);

#endif
