/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* stdio-capture.c - redirects standard output and error to a file, to find out
 * which callback printed. */
#include "sandbox/stdio-capture.h"

#include "base/diagnostics.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef HAVE_STDIO_EXT_H
#include <stdio_ext.h>
#endif
#ifdef HAVE_MEMFD_CREATE
#include <sys/mman.h>
#endif
#include <sys/stat.h>
#include <unistd.h>

#ifdef TRANSECT_SANITIZED
#include <sanitizer/common_interface_defs.h>
#endif

#define MOST_KEPT ((off_t)1 << 20) /* bytes */

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

/* A file without a name; in memory, where there is such, so that it needs no
 * room in a folder. -1 with errno. */
static int make_file(void)
{
    FILE *file;
    int fd = -1;

#ifdef HAVE_MEMFD_CREATE
    fd = memfd_create("printed", MFD_CLOEXEC);
#endif
    if (fd >= 0)
        return fd;
    file = tmpfile();
    if (file) {
        fd = dup(fileno(file));
        fclose(file);
    }
    return fd;
}

int capture_begin(struct error *err)
{
    int fd;

    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout))
        return error_errno(err, ST_FAILED, "standard output",
                           "cannot write");
    fd = make_file();
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0) {
        error_errno(err, ST_FAILED, "a temporary file", "cannot be made");
        if (fd >= 0)
            close(fd);
        return err->status;
    }
    captured = true;
    seen = 0;
    shared = false;
    own[1] = -1; /* the parent's duplicates, in a forked child */
    close(fd);
    return ST_OK;
}

/* What the file did not take stays in stdio's buffer, and would come out where
 * the stream leads later. `other` is the other descriptor of the file. */
static void drop(FILE *stream, int other)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (nowhere >= 0) {
        dup2(nowhere, fileno(stream));
        fflush(stream);
        dup2(other, fileno(stream));
        close(nowhere);
    }
    clearerr(stream);
}

/* Is something in the stream's buffer? Where that cannot be told, there may
 * be. */
#ifdef HAVE_STDIO_EXT_H
static bool is_pending(FILE *stream)
{
    return __fpending(stream) > 0;
}
#else
static bool is_pending(FILE *stream)
{
    (void)stream;
    return true;
}
#endif

static bool flush_one(FILE *stream)
{
    return (!is_pending(stream) || fflush(stream) == 0) && !ferror(stream);
}

/* false: something was printed that the file did not take. */
static bool flush(void)
{
    bool out = flush_one(stdout), error = flush_one(stderr);

    if (!out)
        drop(stdout, STDERR_FILENO);
    if (!error)
        drop(stderr, STDOUT_FILENO);
    return out && error;
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

/* For what the host says meanwhile; to nowhere, where standard error is not
 * open for writing. NULL with errno. */
static FILE *keep_error(int error)
{
    int copy = error < 0 ? -1 : dup(error);
    FILE *stream;

    if (copy < 0)
        return NULL;
    stream = fdopen(copy, "w");
    if (!stream) {
        close(copy);
        stream = fopen("/dev/null", "w");
    }
    return stream;
}

int capture_watch(bool is_shared, struct error *err)
{
    static bool registered;
    int out = dup(STDOUT_FILENO);
    int error = out < 0 ? -1 : dup(STDERR_FILENO);
    FILE *stream = keep_error(error);
    int status = stream ? capture_begin(err)
                        : error_errno(err, ST_FAILED, "standard output",
                                      "cannot be duplicated");

    if (status) {
        dup2(out, STDOUT_FILENO);
        dup2(error, STDERR_FILENO);
        close(out);
        close(error);
        if (stream)
            fclose(stream);
        return status;
    }
    own[0] = out;
    own[1] = error;
    shared = is_shared;
    setvbuf(stderr, buffer, _IOFBF, sizeof buffer);
    own_error = stream;
    setvbuf(own_error, NULL, _IONBF, 0);
    diagnostics_redirect(own_error);
    report_to(error);
    if (!registered)
        atexit(rescue_at_exit);
    registered = true;
    return ST_OK;
}

/* A descriptor that is open may be taken for a moment. Without it, nothing of
 * what the host says from here on would be seen. */
static void put_back(int own_fd, int fd)
{
    for (int tries = 0; tries < 3; tries++)
        if (dup2(own_fd, fd) >= 0)
            return;
}

void capture_unwatch(void)
{
    if (own[1] < 0)
        return;
    flush();
    setvbuf(stderr, NULL, _IONBF, 0);
    put_back(own[0], STDOUT_FILENO);
    put_back(own[1], STDERR_FILENO);
    report_to(STDERR_FILENO);
    close(own[0]);
    close(own[1]);
    diagnostics_redirect(NULL);
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
 * *lost: there were some that the file did not take. What was seen is kept
 * for a crash, but not without end. */
static size_t look(char *start, size_t size, bool *lost)
{
    struct stat info;
    ssize_t n = 0;

    pthread_mutex_lock(&lock);
    *lost = !flush();
    if (fstat(STDOUT_FILENO, &info) == 0 && info.st_size > seen) {
        n = pread(STDOUT_FILENO, start, size, seen);
        seen = info.st_size;
    }
    if (seen > MOST_KEPT && ftruncate(STDOUT_FILENO, 0) == 0) {
        lseek(STDOUT_FILENO, 0, SEEK_SET); /* of both descriptors */
        seen = 0;
    }
    pthread_mutex_unlock(&lock);
    return n > 0 ? (size_t)n : 0;
}

char *capture_take(void)
{
    char start[60], *quoted, *text;
    bool lost = false;
    size_t n = captured ? look(start, sizeof start, &lost) : 0;

    if (!n && !lost)
        return NULL;
    quoted = n ? text_quote(start, n) : mem_strdup("what cannot be kept");
    text = mem_printf("printed %s%s; plugins speak through say() and fail()",
                      quoted,
                      shared ? ", unless a plugin on another thread did" : "");
    free(quoted);
    return text;
}

char *capture_take_event(void)
{
    return own[1] < 0 || wary || is_pending(stdout) || is_pending(stderr)
               ? capture_take()
               : NULL;
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
