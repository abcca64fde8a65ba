/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* diagnostics.h - where the program itself may print while plugins are at
 * work: standard error, or the copy of it that a capture has put aside. */
#ifndef CORE_BASE_DIAGNOSTICS_H
#define CORE_BASE_DIAGNOSTICS_H

#include <stdio.h>

FILE *diagnostics_stream(void);
/* From now on that one; NULL: standard error again. Borrowed. */
void diagnostics_redirect(FILE *stream);

#endif
