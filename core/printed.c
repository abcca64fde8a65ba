/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* printed.c - catching what plugins print, callback by callback. */
#include "printed.h"

#include "bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int captured = -1; /* the file */
static off_t seen;        /* bytes of it that were looked at */

int printed_begin(struct error *err)
{
    FILE *file = tmpfile();

    fflush(stdout);
    if (!file || dup2(fileno(file), STDOUT_FILENO) < 0 ||
        dup2(fileno(file), STDERR_FILENO) < 0)
        return error_errno(err, ST_FAILED, "a temporary file",
                           "cannot be made");
    captured = STDOUT_FILENO;
    seen = 0;
    fclose(file);
    return ST_OK;
}

void printed_check(struct error *err)
{
    char start[60], *quoted;
    struct stat info;
    ssize_t n;

    if (captured < 0)
        return;
    fflush(stdout);
    if (fstat(captured, &info) != 0 || info.st_size <= seen)
        return;
    n = pread(captured, start, sizeof start, seen);
    seen = info.st_size;
    quoted = bytes_quote(start, n > 0 ? (size_t)n : 0);
    if (!err->status)
        error_set(err, ST_FAILED, "printed %s; plugins speak through say() "
                  "and fail()", quoted);
    free(quoted);
}
