/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* panels.c - what it costs to convert weights by panels, against having
 * them converted once: a model of GPT-2 small's shape in 16 bits, in processor
 * time, as ratios. */
#include "bench.h"

#include "executor/forward.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* Processor time of a pass over one sample, or less than 0. */
static double pass(const struct model *model, int n_token, struct error *err)
{
    struct span span = {.n_token = n_token};
    int32_t tokens[1024];
    struct batch batch = {tokens, n_token, &span, 1};
    const struct hook_set nobody = {NULL, 0};
    struct forward *forward;
    double seconds = -1;
    clock_t began;

    for (int i = 0; i < n_token; i++)
        tokens[i] = (i * 7919 + 13) % model->config.n_vocab;
    if (forward_new(model, n_token, n_token, NULL, &forward, err) == ST_OK) {
        began = clock();
        forward_begin_for(forward, &nobody, NULL, &batch);
        if (forward_end(forward, 0, err) == ST_OK)
            seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
        forward_free(forward);
    }
    return seconds;
}

/* The two take turns; the first passes read the file and do not count. */
static int measure_length(const struct bench *bench,
                          const struct model *stored,
                          const struct model *converted, int n_token)
{
    int repeats = bench->repeats ? bench->repeats : 7;
    struct series ratios = {0}, times = {0};
    struct error err = {0};
    char *ratio, *time;

    for (int r = -1; r < repeats; r++) {
        double once = pass(converted, n_token, &err);
        double panels = pass(stored, n_token, &err);

        if (once < 0 || panels < 0)
            return bench_fail(&err);
        if (r < 0)
            continue;
        series_add(&ratios, panels / once);
        series_add(&times, once);
    }
    ratio = series_text(&ratios, 2);
    time = series_text(&times, 4);
    printf("| %d | %s | %s |\n", n_token, time, ratio);
    free(ratio);
    free(time);
    return 0;
}

static int measure(const struct bench *bench, const struct model *stored,
                   const struct model *converted)
{
    printf("| F16 weights, tokens of a pass | processor seconds, converted "
           "once | converted by panels, of that |\n|---|---|---|\n");
    return measure_length(bench, stored, converted, 1) ||
           measure_length(bench, stored, converted, 32) ||
           measure_length(bench, stored, converted, bench->n_token);
}

int bench_panels(const struct bench *bench, int argc, char **argv)
{
    char *dir = mem_path(bench->dir, "model");
    struct model_recipe recipe = bench->shape;
    struct model *stored = NULL, *converted = NULL;
    struct error err = {0};
    int status = 1;

    (void)argc;
    (void)argv;
    recipe.dtype = "F16";
    if (make_model(dir, &recipe))
        perror(dir);
    else if (model_open(dir, &stored, &err) ||
             model_open(dir, &converted, &err) ||
             model_convert(converted, &err))
        bench_fail(&err);
    else
        status = measure(bench, stored, converted);
    model_close(stored);
    model_close(converted);
    free(dir);
    return status;
}
