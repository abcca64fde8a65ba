/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* raise-at.c - stops a program at a call that changes a folder or syncs:
 * loaded before the C library, it raises $RAISE_SIGNAL in front of call
 * number $RAISE_AT, and writes the number of calls to $RAISE_COUNT and the
 * most memory that the program had, in KiB, to $RAISE_MEMORY. */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHOWN __attribute__((visibility("default")))

/* TYPE NAME(PARAMETERS), which is called with ARGUMENTS. */
#define WRAP(type, name, parameters, arguments) \
    SHOWN type name parameters \
    { \
        type(*real) parameters; \
        *(void **)&real = dlsym(RTLD_NEXT, #name); \
        count(); \
        return real arguments; \
    }

static long calls;

static long number(const char *name)
{
    const char *text = getenv(name);

    return text ? atol(text) : 0;
}

static void count(void)
{
    if (++calls == number("RAISE_AT"))
        raise((int)number("RAISE_SIGNAL"));
}

WRAP(int, fsync, (int fd), (fd))
WRAP(int, linkat,
     (int from, const char *old, int at, const char *name, int flags),
     (from, old, at, name, flags))
WRAP(int, mkdirat, (int at, const char *name, mode_t mode), (at, name, mode))
WRAP(int, unlink, (const char *name), (name))
WRAP(int, unlinkat, (int at, const char *name, int flags), (at, name, flags))
WRAP(int, renameat, (int at, const char *from, int to, const char *name),
     (at, from, to, name))
#ifdef HAVE_RENAMEAT2
WRAP(int, renameat2,
     (int at, const char *from, int to, const char *name, unsigned flags),
     (at, from, to, name, flags))
#endif

static void tell(const char *variable, long what)
{
    const char *path = getenv(variable);
    FILE *file = path ? fopen(path, "w") : NULL;

    if (file) {
        fprintf(file, "%ld\n", what);
        fclose(file);
    }
}

/* The way on which the program ends: destructors are not run. */
SHOWN void _exit(int status)
{
    void (*real)(int);
    struct rusage used;

    *(void **)&real = dlsym(RTLD_NEXT, "_exit");
    getrusage(RUSAGE_SELF, &used);
    tell("RAISE_COUNT", calls);
    tell("RAISE_MEMORY", used.ru_maxrss);
    real(status);
    abort();
}
