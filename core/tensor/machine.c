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

uint64_t machine_memory_left(void)
{
    static const struct {
        const char *limit, *used;
    } groups[] = {
        {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"},
        {"/sys/fs/cgroup/memory/memory.limit_in_bytes",
         "/sys/fs/cgroup/memory/memory.usage_in_bytes"},
    };
    char *text = look_up("/proc/meminfo", "MemAvailable");
    uint64_t left = text ? strtoull(text, NULL, 10) * 1024 : machine_memory();

    free(text);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        uint64_t limit, used;

        if (read_number(groups[i].limit, &limit) &&
            read_number(groups[i].used, &used) &&
            (limit > used ? limit - used : 0) < left)
            left = limit > used ? limit - used : 0;
    }
    return left;
}
