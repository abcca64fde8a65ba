/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* exit-report.c - names a plugin that ends the program. */
#include "sandbox/exit-report.h"

#include "base/process.h"
#include "sandbox/crash-report.h"
#include "sandbox/stdio-capture.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pid_t watched;    /* the process; 0: none */
static int own = -1;     /* the status with which it ends by itself, once that
                          * is known */

/* In a forked child, whose end its parent sees, watched is another's. */
static bool is_watched(void)
{
    return watched && getpid() == watched;
}

/* The status with which the process is to end. */
static int report(void)
{
    int status = own;

    watched = 0;
    if (status >= 0)
        return status;
    crash_report_exit();
    return 1;
}

/* What captures output has put it back by now: its handler is a later one. */
static void on_exit_call(void)
{
#if defined TRANSECT_SANITIZED || defined TRANSECT_COVERED
    /* Leaks are looked for, and lines counted, by code that comes later. */
    if (own >= 0)
        return;
#endif
    if (!is_watched())
        return;
    fflush(NULL);
    process_end(report());
}

static void on_quick_exit(void)
{
    if (!is_watched())
        return;
    capture_rescue();
    process_end(report());
}

#ifdef TRANSECT_SANITIZED
/* The sanitizers have an _exit() of their own. */
static void find_real(void)
{
}
#else
#define EXPORTED __attribute__((visibility("default")))

typedef void exit_fn(int status);
static exit_fn *real;

static void find_real(void)
{
    *(void **)&real = dlsym(RTLD_NEXT, "_exit");
}

/* The linker finds the program's functions before those of the C library, so
 * that this is what plugins and libraries call. It runs no handlers. */
EXPORTED void _exit(int status)
{
    if (is_watched() && !process_is_ending()) {
        capture_rescue();
        status = report();
    }
    if (!real)
        find_real();
    real(status);
    abort();
}

EXPORTED void _Exit(int status)
{
    _exit(status);
}
#endif

void exit_report_begin(void)
{
    find_real();
    watched = getpid();
    atexit(on_exit_call);
    at_quick_exit(on_quick_exit);
}

void exit_report_end(int status)
{
    own = status;
}
