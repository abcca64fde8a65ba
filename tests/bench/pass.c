/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* pass.c - one sample against what the machine's sgemm could do, and what
 * hooks cost. */
#include "bench.h"

#include "hooks/hook-set.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

static const struct scenario {
    const char *name, *required, *file, *sections;
} scenarios[] = {
    {"`null` on resid_post", "", "plain.ini", PLAIN},
    {"`layerwise-stats` and `head-scorer`",
     "at least 0.85; 0.80 at that rate", "observed.ini", OBSERVERS},
    {"`null` on all points without T x T matrices", "at most +2 %",
     "null.ini",
     "[plugin null]\npoints = embed pos_embed resid_pre ln1 q k v z "
     "attn_out\n  resid_mid ln2 mlp_pre mlp_post mlp_out resid_post\n"},
};

enum { FIRST, OBSERVED, N_SCENARIOS = sizeof scenarios / sizeof *scenarios };

/* Of a scenario; that of the first is the ceiling's. */
struct measured {
    struct series time;      /* seconds */
    struct series reached;   /* of the ceiling, on the wall */
    struct series processor; /* the same in processor time */
    struct series counted;   /* all operations at the rate of one product */
    struct series more;      /* in %, against the first */
    struct series more_cpu;  /* the same in processor time */
};

static int round_once(const struct bench *bench, char *const *files,
                      const struct ceiling *ceiling, struct series *sgemm,
                      struct measured *measured, struct error *err)
{
    struct began began = begin();
    struct spent best, spent[N_SCENARIOS];
    double counted;

    ceiling_linear(ceiling);
    ceiling_attention(ceiling);
    best = since(&began);
    counted = ceiling_flops(ceiling) / ceiling_mlp_rate(ceiling);
    series_add(sgemm, best.wall);
    for (size_t i = 0; i < N_SCENARIOS; i++) {
        if (run_once(bench, files[i], &spent[i], NULL, err))
            return err->status;
        series_add(&measured[i].time, spent[i].wall);
        series_add(&measured[i].reached, best.wall / spent[i].wall);
        series_add(&measured[i].processor, best.cpu / spent[i].cpu);
        series_add(&measured[i].counted, counted / spent[i].wall);
        series_add(&measured[i].more,
                   100 * (spent[i].wall / spent[FIRST].wall - 1));
        series_add(&measured[i].more_cpu,
                   100 * (spent[i].cpu / spent[FIRST].cpu - 1));
    }
    return ST_OK;
}

static void print_scenario(const struct scenario *scenario,
                           const struct measured *measured)
{
    char *time = series_text(&measured->time, 3);
    char *reached = series_text(&measured->reached, 3);
    char *processor = series_text(&measured->processor, 3);
    char *counted = series_text(&measured->counted, 3);
    char *more = series_text(&measured->more, 1);

    printf("| %s | %s | %s | %s | %s | %s | %.1f | %s |\n", scenario->name,
           time, reached, processor, counted, more,
           series_median(&measured->more_cpu), scenario->required);
    free(time);
    free(reached);
    free(processor);
    free(counted);
    free(more);
}

/* A pass without listeners asks at every hook point whether there are any,
 * and that is all that hooks cost it. */
static void print_asking(const struct ceiling *ceiling, double pass)
{
    struct hooks *hooks = hooks_new(&ceiling->config);
    const struct hook_set set = {&hooks, 1};
    struct span span = {.n_token = ceiling->n_token};
    int32_t token = 0;
    struct batch batch = {&token, ceiling->n_token, &span, 1};
    const int n = 1000000, points = 16, blocks = 2 * 8;
    struct error err = {0};
    struct began began = begin();
    double one, asked;

    for (int i = 0; i < n; i++)
        hook_set_emit(&set,
                      &(struct tensor_ref){
                          .point = TRANSECT_RESID_POST,
                          .layer = i % ceiling->config.n_layer,
                          .head = -1,
                          .batch = &batch,
                          .data = ceiling->c,
                          .cols = ceiling->config.d_model,
                          .stride = ceiling->config.d_model}, &err);
    one = since(&began).wall / n;
    asked = one * ceiling->config.n_layer *
            (points + ceiling->config.n_head * blocks);
    printf("| asking for listeners, where there are none | %.6f | | | | %.4f "
           "| | nothing measurable |\n", asked, 100 * asked / pass);
    hooks_free(hooks);
}

static void print_all(const struct ceiling *ceiling,
                      const struct series *sgemm,
                      const struct measured *measured, double beyond)
{
    double best = series_median(sgemm);

    printf("| one sample of %d tokens, %s, medians of %d | seconds | of the "
           "ceiling | the same in processor time | all operations at the "
           "rate of MLPs' last product | against the first, %% | that in "
           "processor time | required |\n"
           "|---|---|---|---|---|---|---|---|\n| sgemm alone: %.1f "
           "GFLOP, %.1f GFLOP/s | %.3f | 1 | 1 | | | | |\n",
           ceiling->n_token, threads_text(), sgemm->n,
           ceiling_flops(ceiling) / 1e9,
           ceiling_flops(ceiling) / best / 1e9, best);
    for (size_t i = 0; i < N_SCENARIOS; i++)
        print_scenario(&scenarios[i], &measured[i]);
    print_asking(ceiling, series_median(&measured[FIRST].time));
    printf("\nPeak memory of a fresh process beyond the weights, with both "
           "observers: %.1f MB.\n", beyond / 1e6);
}

/* All take turns, so that a slow minute of the machine falls on all. */
static int measure(const struct bench *bench, char *const *files)
{
    struct measured measured[N_SCENARIOS] = {0};
    int repeats = bench->repeats ? bench->repeats : 11, status;
    struct series sgemm = {0};
    struct error err = {0};
    struct ceiling ceiling;
    double beyond;

    if (measure_memory(bench, files[OBSERVED], &beyond, &err) ||
        ceiling_new(bench, 1, bench->n_token, &ceiling, &err))
        return bench_fail(&err);
    status = ST_OK;
    for (int r = 0; r < repeats && !status; r++)
        status = round_once(bench, files, &ceiling, &sgemm, measured, &err);
    if (!status)
        print_all(&ceiling, &sgemm, measured, beyond);
    ceiling_free(&ceiling);
    return status ? bench_fail(&err) : 0;
}

int bench_pass(const struct bench *bench, int argc, char **argv)
{
    char *files[N_SCENARIOS];
    int status;

    (void)argc;
    (void)argv;
    for (size_t i = 0; i < N_SCENARIOS; i++)
        files[i] = write_experiment(bench, scenarios[i].file, 1,
                                    bench->n_token, scenarios[i].sections);
    status = measure(bench, files);
    for (size_t i = 0; i < N_SCENARIOS; i++)
        free(files[i]);
    return status;
}
