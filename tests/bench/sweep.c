/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sweep.c - every head off in turn in one run, against as many runs of the
 * unchanged model as that has variants, the baseline among them. */
#include "bench.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define BASELINES 3 /* before and after each sweep */

struct measured {
    struct series sweep, baseline, ratio, processor;
};

static int baselines(const struct bench *bench, const char *file,
                     struct measured *measured, struct series *wall,
                     struct series *cpu, struct error *err)
{
    struct spent spent;

    for (int i = 0; i < BASELINES; i++) {
        if (run_once(bench, file, &spent, NULL, err))
            return err->status;
        series_add(wall, spent.wall);
        series_add(cpu, spent.cpu);
        if (measured->baseline.n < MAX_REPEATS)
            series_add(&measured->baseline, spent.wall);
    }
    return ST_OK;
}

static int round_once(const struct bench *bench, const char *baseline,
                      const char *sweep, struct measured *measured,
                      struct error *err)
{
    int n = bench->shape.layers * bench->shape.heads + 1;
    struct series wall = {0}, cpu = {0};
    struct spent spent;

    if (baselines(bench, baseline, measured, &wall, &cpu, err) ||
        run_once(bench, sweep, &spent, NULL, err) ||
        baselines(bench, baseline, measured, &wall, &cpu, err))
        return err->status;
    series_add(&measured->sweep, spent.wall);
    series_add(&measured->ratio, spent.wall / (n * series_median(&wall)));
    series_add(&measured->processor, spent.cpu / (n * series_median(&cpu)));
    return ST_OK;
}

static void print_all(const struct bench *bench,
                      const struct measured *measured, double beyond)
{
    int n = bench->shape.layers * bench->shape.heads;
    char *sweep = series_text(&measured->sweep, 1);
    char *baseline = series_text(&measured->baseline, 3);
    char *ratio = series_text(&measured->ratio, 3);
    char *processor = series_text(&measured->processor, 3);

    printf("| %d heads, one sample of %d tokens, %s, medians of %d | measured "
           "| required |\n|---|---|---|\n"
           "| seconds of a baseline run | %s | |\n"
           "| seconds of the sweep, baseline and %d variants | %s | |\n"
           "| of %d baseline runs | %s | at most 0.55 |\n"
           "| the same in processor time | %s | |\n"
           "| peak memory of a fresh process beyond the weights, MB | %.1f "
           "| at most 200 |\n",
           n, bench->n_token, threads_text(), measured->sweep.n,
           baseline, n, sweep, n + 1, ratio, processor, beyond / 1e6);
    free(sweep);
    free(baseline);
    free(ratio);
    free(processor);
}

static int measure(const struct bench *bench, const char *baseline,
                   const char *sweep)
{
    struct measured measured = {0};
    int repeats = bench->repeats ? bench->repeats : 5;
    struct error err = {0};
    double beyond;

    if (measure_memory(bench, sweep, &beyond, &err))
        return bench_fail(&err);
    for (int r = 0; r < repeats; r++)
        if (round_once(bench, baseline, sweep, &measured, &err))
            return bench_fail(&err);
    print_all(bench, &measured, beyond);
    return 0;
}

int bench_sweep(const struct bench *bench, int argc, char **argv)
{
    char *baseline = write_experiment(bench, "baseline.ini", 1,
                                      bench->n_token, OBSERVERS);
    char *sweep = write_experiment(bench, "sweep.ini", 1, bench->n_token,
                                   OBSERVERS "[sweep head]\n"
                                             "pruner.heads = each *\n");
    int status = measure(bench, baseline, sweep);

    (void)argc;
    (void)argv;
    free(baseline);
    free(sweep);
    return status;
}
