/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* short.c - many samples of 8 tokens against the machine's sgemm. The ceiling
 * multiplies batches of 1024 rows. Its products within attention are of 8 x 8
 * for each head and sample, where sgemm is slow; so there are two ratios: to
 * the time of all products, and, which asks for more, to what the operations
 * of all would take at the speed of the large ones alone. */
#include "bench.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

#define N_TOKEN 8
#define ROWS 1024

struct measured {
    struct series time, all, large, processor;
};

/* Seconds for n samples, from one batch's. */
static double scaled(double seconds, const struct bench *bench,
                     const struct ceiling *ceiling)
{
    return seconds * bench->n_short / ceiling->n_span;
}

static int round_once(const struct bench *bench, const char *file,
                      const struct ceiling *ceiling,
                      struct measured *measured, struct error *err)
{
    double share = ceiling_flops(ceiling) / ceiling_linear_flops(ceiling);
    struct began began = begin();
    struct spent linear, both, run;

    ceiling_linear(ceiling);
    linear = since(&began);
    ceiling_attention(ceiling);
    both = since(&began);
    if (run_once(bench, file, &run, NULL, err))
        return err->status;
    series_add(&measured->time, run.wall);
    series_add(&measured->all, scaled(both.wall, bench, ceiling) / run.wall);
    series_add(&measured->large,
               scaled(share * linear.wall, bench, ceiling) / run.wall);
    series_add(&measured->processor,
               scaled(share * linear.cpu, bench, ceiling) / run.cpu);
    return ST_OK;
}

static void print_row(const char *name, const struct measured *measured)
{
    char *time = series_text(&measured->time, 2);
    char *all = series_text(&measured->all, 3);
    char *large = series_text(&measured->large, 3);
    char *processor = series_text(&measured->processor, 3);

    printf("| %s | %s | %s | %s | %s | at least 0.5 |\n", name, time, all,
           large, processor);
    free(time);
    free(all);
    free(large);
    free(processor);
}

static int measure(const struct bench *bench, const char *plain,
                   const char *observed)
{
    struct measured measured[2] = {0};
    int repeats = bench->repeats ? bench->repeats : 5, status = ST_OK;
    struct error err = {0};
    struct ceiling ceiling;

    if (ceiling_new(bench, ROWS / N_TOKEN, N_TOKEN, &ceiling, &err))
        return bench_fail(&err);
    for (int r = 0; r < repeats && !status; r++) {
        status = round_once(bench, plain, &ceiling, &measured[0], &err);
        if (!status)
            status = round_once(bench, observed, &ceiling, &measured[1],
                                &err);
    }
    if (!status) {
        printf("| %d samples of %d tokens, %s, medians of %d | seconds | of "
               "the ceiling, all products | at the speed of the large ones | "
               "that in processor time | required |\n"
               "|---|---|---|---|---|---|\n",
               bench->n_short, N_TOKEN, threads_text(), repeats);
        print_row("`null` on resid_post", &measured[0]);
        print_row("`layerwise-stats` and `head-scorer`", &measured[1]);
    }
    ceiling_free(&ceiling);
    return status ? bench_fail(&err) : 0;
}

int bench_short(const struct bench *bench, int argc, char **argv)
{
    char *plain = write_experiment(bench, "plain.ini", bench->n_short,
                                   N_TOKEN, PLAIN);
    char *observed = write_experiment(bench, "observed.ini", bench->n_short,
                                      N_TOKEN, OBSERVERS);
    int status = measure(bench, plain, observed);

    (void)argc;
    (void)argv;
    free(plain);
    free(observed);
    return status;
}
