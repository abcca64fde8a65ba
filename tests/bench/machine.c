/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* machine.c - what it is that measures. */
#include "bench.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The rest of the first line of FILE that begins with KEY. */
static void print_line(const char *file, const char *key, const char *name)
{
    FILE *stream = fopen(file, "r");
    bool found = false;
    char line[256];

    while (stream && !found && fgets(line, sizeof line, stream)) {
        const char *colon = strchr(line, ':');

        found = strncmp(line, key, strlen(key)) == 0 && colon;
        if (found)
            printf("| %s | %.*s |\n", name,
                   (int)strcspn(colon + 1, "\n"), colon + 1);
    }
    if (stream)
        fclose(stream);
}

int bench_machine(const struct bench *bench, int argc, char **argv)
{
    time_t now = time(NULL);
    double loads[1] = {0};
    char day[32];

    (void)bench;
    (void)argc;
    (void)argv;
    strftime(day, sizeof day, "%Y-%m-%d", gmtime(&now));
    getloadavg(loads, 1);
    printf("| | |\n|---|---|\n| day | %s |\n", day);
    print_line("/proc/cpuinfo", "model name", "processor");
    printf("| processors online | %ld |\n", sysconf(_SC_NPROCESSORS_ONLN));
    print_line("/proc/meminfo", "MemTotal", "memory");
    printf("| OpenBLAS | %s; core %s, %d threads |\n",
           openblas_get_config(), openblas_get_corename(),
           openblas_get_num_threads());
    printf("| compiler | %s |\n", __VERSION__);
    printf("| transect | %s |\n", PACKAGE_VERSION);
    printf("| load before the measurements | %.2f |\n", loads[0]);
    return 0;
}
