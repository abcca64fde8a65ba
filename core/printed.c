/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* printed.c - catching what plugins print, callback by callback. */
#include "printed.h"

#include "bytes.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int captured = -1; /* the file */
static off_t seen;        /* bytes of it that were looked at */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of that */

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

/* The start of what is new; returns its bytes, 0 if nothing is. */
static size_t look(char *start, size_t size)
{
    struct stat info;
    ssize_t n = 0;

    pthread_mutex_lock(&lock);
    fflush(stdout);
    if (fstat(captured, &info) == 0 && info.st_size > seen) {
        n = pread(captured, start, size, seen);
        seen = info.st_size;
    }
    pthread_mutex_unlock(&lock);
    return n > 0 ? (size_t)n : 0;
}

void printed_check(struct error *err)
{
    char start[60], *quoted;
    size_t n = captured < 0 ? 0 : look(start, sizeof start);

    if (!n)
        return;
    quoted = bytes_quote(start, n);
    if (!err->status)
        error_set(err, ST_FAILED, "printed %s; plugins speak through say() "
                  "and fail()", quoted);
    free(quoted);
}
