/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* serve.c - runs of one experiment in this process, on demand: what peers.py
 * lets take turns with other programs. */
#include "bench.h"

#include <stdio.h>
#include <string.h>

int bench_once(const struct bench *bench, int argc, char **argv)
{
    struct error err = {0};
    struct spent spent;
    double beyond;

    if (argc != 1) {
        fputs("bench: one FILE is needed\n", stderr);
        return 1;
    }
    if (run_once(bench, argv[0], &spent, &beyond, &err))
        return bench_fail(&err);
    printf("%.6f %.6f %.0f\n", spent.wall, spent.cpu, beyond);
    fflush(stdout);
    return 0;
}

int bench_serve(const struct bench *bench, int argc, char **argv)
{
    char line[64];
    int status = 0;

    while (!status && fgets(line, sizeof line, stdin))
        status = bench_once(bench, argc, argv);
    return status;
}
