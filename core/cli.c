/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cli.c - what the commands share: errors and the end of output. */
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int cli_error(const struct error *err)
{
    fflush(stdout);
    fprintf(stderr, "transect: %s\n", err->text);
    return err->status;
}

int cli_usage(const char *format, ...)
{
    va_list args;

    fputs("transect: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputs("; see 'transect --help'\n", stderr);
    return ST_USAGE;
}

int cli_flush(void)
{
    struct error err;

    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return ST_OK;
    error_errno(&err, ST_FAILED, "standard output", "cannot write");
    return cli_error(&err);
}

int cli_number(const char *option, const char *text, int max)
{
    char *end;
    long value;

    errno = 0;
    value = strtol(text, &end, 10);
    if (errno == 0 && *text && !*end && value >= 1 && value <= max)
        return (int)value;
    cli_usage("%s: '%s' is not a number from 1 to %d", option, text, max);
    return 0;
}
