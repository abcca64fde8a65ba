/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* stdio-capture.h - catching what plugins print, callback by callback. */
#ifndef CORE_SANDBOX_STDIO_CAPTURE_H
#define CORE_SANDBOX_STDIO_CAPTURE_H

#include "base/error.h"
#include <stdbool.h>

/* From now on standard output and standard error of this process lead to a
 * file that nobody else sees, for good. ST_FAILED. */
int capture_begin(struct error *err);

/* The same until capture_unwatch(), which forgets what is in the file; a
 * crash, and the end of the program before that, write it to standard error.
 * Nothing happens where there can be no file. shared: several plugins may be
 * at work at the same time. */
void capture_watch(bool shared);
void capture_unwatch(void);
/* What a crash does; fit for signal handlers. */
void capture_rescue(void);

/* What has been printed since the last call, as a sentence that the caller
 * frees, or NULL. Nothing is without one of the two. */
char *capture_take(void);
/* The same after an event, of which there are many: as long as a watched run
 * has seen nothing else, only what is still in the buffers of stdio. */
char *capture_take_event(void);
/* While watching, behind all events of a pass: what went past those buffers.
 * From then on capture_take_event() looks as closely as capture_take(). */
void capture_sweep(void);
/* The first that this found, as a sentence, or NULL. */
const char *capture_stray(void);
/* May it be printed, as far as the process is concerned: is it watched? */
bool capture_is_watched(void);

#endif
