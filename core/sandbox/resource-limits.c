/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* resource-limits.c - limits for a process that runs untrusted plugins. */
#include "sandbox/resource-limits.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

#ifdef TRANSECT_SANITIZED
/* The sanitizers reserve address space that no limit would allow. */
static void limit_memory(int mebibytes)
{
    (void)mebibytes;
}
#else
/* Bytes of address space in use; 0: not known, since the system has no such
 * file. */
static rlim_t address_space(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;

    if (file && fscanf(file, "%lu", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void limit_memory(int mebibytes)
{
    rlim_t now = address_space();
    struct rlimit limit;

    if (!now || getrlimit(RLIMIT_AS, &limit) != 0)
        return;
    now += (rlim_t)mebibytes << 20;
    if (limit.rlim_cur == RLIM_INFINITY || now < limit.rlim_cur)
        limit.rlim_cur = now;
    setrlimit(RLIMIT_AS, &limit);
}
#endif

void resource_limits_set(int memory)
{
    const struct rlimit none = {0, 0}, small = {1 << 20, 1 << 20};

    /* Elsewhere it ends when it next looks for a request. */
#if defined(HAVE_PRCTL) && defined(PR_SET_PDEATHSIG)
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_FSIZE, &small);
    signal(SIGXFSZ, SIG_IGN); /* write() fails instead */
    limit_memory(memory);
}
