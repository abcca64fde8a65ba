/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* diagnostics.c - the stream of the program's own messages. */
#include "base/diagnostics.h"

static FILE *redirected;

FILE *diagnostics_stream(void)
{
    return redirected ? redirected : stderr;
}

void diagnostics_redirect(FILE *stream)
{
    redirected = stream;
}
