/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* error.c - messages with a status and a place. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *err, int status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    err->status = status;
    return status;
}

static int put_in_front(struct error *err, const char *prefix)
{
    char rest[sizeof err->text];

    memcpy(rest, err->text, sizeof rest);
    /* A message that is too long loses its tail, never its place. */
    if (snprintf(err->text, sizeof err->text, "%s: %s", prefix, rest) < 0)
        err->text[0] = '\0';
    return err->status;
}

int error_in(struct error *err, struct place place)
{
    char prefix[600];

    if (place.line > 0)
        snprintf(prefix, sizeof prefix, "%s:%d", place.file, place.line);
    else
        snprintf(prefix, sizeof prefix, "%s", place.file);
    return put_in_front(err, prefix);
}

int error_at(struct error *err, int status, struct place place,
             const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    err->status = status;
    return error_in(err, place);
}

int error_errno(struct error *err, int status, const char *file,
                const char *what)
{
    int number = errno;

    return error_set(err, status, "%s: %s: %s", file, what,
                     strerror(number));
}

int error_within(struct error *err, const char *format, ...)
{
    char prefix[600];
    va_list args;

    va_start(args, format);
    vsnprintf(prefix, sizeof prefix, format, args);
    va_end(args);
    return put_in_front(err, prefix);
}
