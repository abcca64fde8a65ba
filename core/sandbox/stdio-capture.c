/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* stdio-capture.c - redirects standard output and error to a file, to find out
 * which callback printed. */
#include "sandbox/stdio-capture.h"

#include "base/diagnostics.h"
#include "base/mem.h"
#include "base/text.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef HAVE_STDIO_EXT_H
#include <stdio_ext.h>
#endif
#include <sys/stat.h>
#include <unistd.h>

#ifdef TRANSECT_SANITIZED
#include <sanitizer/common_interface_defs.h>
#endif

static bool captured; /* standard output and error lead to the file */
static off_t seen;    /* bytes of the file that were examined */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of `seen` */

/* While watching: duplicates of the two as they were. */
static int own[2] = {-1, -1};
static FILE *own_error;
static bool shared;
static char buffer[4096]; /* of stderr, for capture_take_event() */
static bool wary;   /* something was written without stdio's buffers */
static char *stray; /* the first such text */

int capture_begin(struct error *err)
{
    FILE *file = tmpfile();

    fflush(stdout);
    if (!file || dup2(fileno(file), STDOUT_FILENO) < 0 ||
        dup2(fileno(file), STDERR_FILENO) < 0)
        return error_errno(err, ST_FAILED, "a temporary file",
                           "cannot be made");
    captured = true;
    seen = 0;
    shared = false;
    own[1] = -1; /* the parent's duplicates, in a forked child */
    fclose(file);
    return ST_OK;
}

static void flush(void)
{
    fflush(stdout);
    fflush(stderr);
}

static void report_to(int fd)
{
#ifdef TRANSECT_SANITIZED
    __sanitizer_set_report_fd((void *)(intptr_t)fd);
#else
    (void)fd;
#endif
}

static void rescue_at_exit(void)
{
    if (own[1] < 0)
        return;
    flush();
    capture_rescue();
}

void capture_watch(bool is_shared)
{
    static bool registered;
    struct error err = {0};
    int out = dup(STDOUT_FILENO), error = dup(STDERR_FILENO);

    if (out < 0 || error < 0 || capture_begin(&err)) {
        dup2(out, STDOUT_FILENO);
        dup2(error, STDERR_FILENO);
        close(out);
        close(error);
        return;
    }
    own[0] = out;
    own[1] = error;
    shared = is_shared;
    setvbuf(stderr, buffer, _IOFBF, sizeof buffer);
    own_error = fdopen(dup(error), "w");
    if (own_error)
        setvbuf(own_error, NULL, _IONBF, 0);
    diagnostics_redirect(own_error);
    report_to(error);
    if (!registered)
        atexit(rescue_at_exit);
    registered = true;
}

void capture_unwatch(void)
{
    if (own[1] < 0)
        return;
    flush();
    setvbuf(stderr, NULL, _IONBF, 0);
    dup2(own[0], STDOUT_FILENO);
    dup2(own[1], STDERR_FILENO);
    report_to(STDERR_FILENO);
    close(own[0]);
    close(own[1]);
    diagnostics_redirect(NULL);
    if (own_error)
        fclose(own_error);
    own_error = NULL;
    own[0] = own[1] = -1;
    captured = false;
}

void capture_rescue(void)
{
    char bytes[512];
    off_t at = 0;
    ssize_t n;

    if (own[1] < 0)
        return;
    while ((n = pread(STDOUT_FILENO, bytes, sizeof bytes, at)) > 0) {
        text_blank(bytes, (size_t)n);
        if (write(own[1], bytes, (size_t)n) != n)
            break;
        at += n;
    }
    dup2(own[1], STDERR_FILENO);
}

/* The first bytes that are new in the file; returns how many, at most `size`.
 */
static size_t look(char *start, size_t size)
{
    struct stat info;
    ssize_t n = 0;

    pthread_mutex_lock(&lock);
    flush();
    if (fstat(STDOUT_FILENO, &info) == 0 && info.st_size > seen) {
        n = pread(STDOUT_FILENO, start, size, seen);
        seen = info.st_size;
    }
    pthread_mutex_unlock(&lock);
    return n > 0 ? (size_t)n : 0;
}

char *capture_take(void)
{
    char start[60], *quoted, *text;
    size_t n = captured ? look(start, sizeof start) : 0;

    if (!n)
        return NULL;
    quoted = text_quote(start, n);
    text = mem_printf("printed %s%s; plugins speak through say() and fail()",
                      quoted,
                      shared ? ", unless a plugin on another thread did" : "");
    free(quoted);
    return text;
}

#ifdef HAVE_STDIO_EXT_H
static bool is_pending(void)
{
    return __fpending(stdout) || __fpending(stderr);
}
#else
static bool is_pending(void)
{
    return true;
}
#endif

char *capture_take_event(void)
{
    return own[1] < 0 || wary || is_pending() ? capture_take() : NULL;
}

void capture_sweep(void)
{
    char *text = own[1] < 0 ? NULL : capture_take();

    wary = wary || text;
    if (stray)
        free(text);
    else
        stray = text;
}

const char *capture_stray(void)
{
    return stray;
}

bool capture_is_watched(void)
{
    return own[1] >= 0;
}
