/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* printed.h - catching what plugins print, callback by callback. */
#ifndef CORE_PRINTED_H
#define CORE_PRINTED_H

#include "base/error.h"
#include <stdbool.h>
#include <stdio.h>

/* From now on standard output and standard error of this process lead to a
 * file that nobody else sees, for good. ST_FAILED. */
int printed_begin(struct error *err);

/* The same until printed_unwatch(), which forgets what is in the file; a
 * crash, and the end of the program before that, write it to standard error.
 * Nothing happens where there can be no file. shared: several plugins may be
 * at work at the same time. */
void printed_watch(bool shared);
void printed_unwatch(void);
/* Standard error as it is for the program itself. */
FILE *printed_own(void);
/* What a crash does; fit for signal handlers. */
void printed_rescue(void);

/* What has been printed since the last call, as a sentence that the caller
 * frees, or NULL. Nothing is without one of the two. */
char *printed_take(void);
/* The same after an event, of which there are many: as long as a watched run
 * has seen nothing else, only what is still in the buffers of stdio. */
char *printed_take_event(void);
/* While watching, behind all events of a pass: what went past those buffers.
 * From then on printed_take_event() looks as closely as printed_take(). */
void printed_sweep(void);
/* The first that this found, as a sentence, or NULL. */
const char *printed_stray(void);
/* May it be printed, as far as the process is concerned: is it watched? */
bool printed_is_watched(void);

#endif
