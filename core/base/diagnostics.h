/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* diagnostics.h - the stream of the program's own messages: standard error, or
 * its duplicate while a capture has redirected standard error. */
#ifndef CORE_BASE_DIAGNOSTICS_H
#define CORE_BASE_DIAGNOSTICS_H

#include <stdio.h>

FILE *diagnostics_stream(void);
/* Sets the stream, borrowed; NULL: standard error again. */
void diagnostics_redirect(FILE *stream);

#endif
