/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* stdio-capture.h - redirects standard output and error to a file, to find out
 * which callback printed. */
#ifndef CORE_SANDBOX_STDIO_CAPTURE_H
#define CORE_SANDBOX_STDIO_CAPTURE_H

#include "base/error.h"
#include <stdbool.h>

/* Redirects standard output and standard error of this process to an unnamed
 * temporary file until it ends. What the file does not take counts as printed
 * and is dropped. ST_FAILED. */
int capture_begin(struct error *err);

/* The same until capture_unwatch(), which discards the file; a crash, and
 * exit() before that, copy it to standard error. ST_FAILED. shared: callbacks
 * may run on several threads at once. */
int capture_watch(bool shared, struct error *err);
void capture_unwatch(void);
/* Copies the file to standard error; for signal handlers. */
void capture_rescue(void);

/* What was printed since the last call, as a sentence that the caller frees;
 * NULL if nothing was, or if nothing is redirected. */
char *capture_take(void);
/* The same after an event, cheaper: while watching it looks at stdio's buffers
 * alone, unless capture_sweep() has found a write that bypassed them. */
char *capture_take_event(void);
/* While watching, after the events of a pass: looks at the file for writes
 * that bypassed stdio's buffers. After one, capture_take_event() asks the
 * kernel each time, as capture_take() does. */
void capture_sweep(void);
/* The first that capture_sweep() found, as a sentence, or NULL. */
const char *capture_stray(void);
/* Does this process watch? Then its run goes on after a plugin has printed. */
bool capture_is_watched(void);

#endif
