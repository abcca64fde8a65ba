/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* machine.c - what the system says of the machine. */
#include "tensor/machine.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

/* What follows `key` and a colon in the first line of a file that begins so;
 * NULL: there is none. The caller frees. */
static char *look_up(const char *path, const char *key)
{
    FILE *stream = fopen(path, "r");
    char line[512], *found = NULL;

    while (stream && !found && fgets(line, sizeof line, stream)) {
        char *colon = strchr(line, ':');

        if (!colon || strncmp(line, key, strlen(key)) != 0)
            continue;
        colon += 1 + strspn(colon + 1, " \t");
        found = mem_strndup(colon, strcspn(colon, "\n"));
    }
    if (stream)
        fclose(stream);
    return found;
}

/* The number that a file begins with; false: there is none. */
static bool read_number(const char *path, uint64_t *number)
{
    FILE *stream = fopen(path, "r");
    bool found = stream && fscanf(stream, "%" SCNu64, number) == 1;

    if (stream)
        fclose(stream);
    return found;
}

char *machine_processor(void)
{
    char *name = look_up("/proc/cpuinfo", "model name");
    struct utsname names;

    if (name)
        return name;
    return mem_strdup(uname(&names) == 0 ? names.machine : "unknown");
}

int machine_n_processors(void)
{
#ifdef _SC_NPROCESSORS_ONLN
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n > 0 ? (int)n : 1;
#else
    return 1;
#endif
}

uint64_t machine_memory(void)
{
#ifdef _SC_PHYS_PAGES
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

    return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
#else
    return 0;
#endif
}

/* Of Linux's control groups, version 2 and 1. */
static const struct {
    const char *limit, *used;
} memory_groups[] = {
    {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"},
    {"/sys/fs/cgroup/memory/memory.limit_in_bytes",
     "/sys/fs/cgroup/memory/memory.usage_in_bytes"},
};

#define N_MEMORY_GROUPS (sizeof memory_groups / sizeof *memory_groups)

uint64_t machine_memory_left(void)
{
    char *text = look_up("/proc/meminfo", "MemAvailable");
    uint64_t left = text ? strtoull(text, NULL, 10) * 1024 : machine_memory();

    free(text);
    for (size_t i = 0; i < N_MEMORY_GROUPS; i++) {
        uint64_t limit, used;

        if (read_number(memory_groups[i].limit, &limit) &&
            read_number(memory_groups[i].used, &used) &&
            (limit > used ? limit - used : 0) < left)
            left = limit > used ? limit - used : 0;
    }
    return left;
}

uint64_t machine_memory_limit(void)
{
    /* Version 1 has nearly 2^63 where there is no limit. */
    const uint64_t none = UINT64_C(1) << 62;
    uint64_t least = none, limit;
    struct rlimit addresses;

    if (getrlimit(RLIMIT_AS, &addresses) == 0 &&
        addresses.rlim_cur != RLIM_INFINITY && addresses.rlim_cur < least)
        least = addresses.rlim_cur;
    for (size_t i = 0; i < N_MEMORY_GROUPS; i++)
        if (read_number(memory_groups[i].limit, &limit) && limit < least)
            least = limit;
    return least < none ? least : 0;
}

/* Quota by period of version 2; 0: "max", or no such file. */
static double quota_of_group(void)
{
    FILE *stream = fopen("/sys/fs/cgroup/cpu.max", "r");
    double quota, period, share = 0;

    if (stream && fscanf(stream, "%lf %lf", &quota, &period) == 2 &&
        period > 0)
        share = quota / period;
    if (stream)
        fclose(stream);
    return share;
}

double machine_processor_quota(void)
{
    double share = quota_of_group();
    uint64_t quota, period;

    /* Version 1 has -1 where there is none. */
    if (!share &&
        read_number("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", &quota) &&
        read_number("/sys/fs/cgroup/cpu/cpu.cfs_period_us", &period) &&
        quota < INT64_MAX && period)
        share = (double)quota / (double)period;
    return share;
}
