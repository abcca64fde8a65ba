/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* bench-panels.c - what it costs to convert weights by panels, against having
 * them converted once: a model of GPT-2 small's shape in 16 bits, in processor
 * time, as ratios. */
#include "forward.h"
#include "make-model.h"
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define REPEATS 7

static const struct model_recipe gpt2_small = {
    .layers = 12, .heads = 12, .width = 768, .context = 1024,
    .vocab = 50257, .seed = 1, .dtype = "F16"};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static int fail(const struct error *err)
{
    fprintf(stderr, "bench-panels: %s\n", err->text);
    return 1;
}

/* Processor time of a pass over one sample, or less than 0. */
static double pass(const struct model *model, int n_token, struct error *err)
{
    struct span span = {0, 0, 0, n_token};
    int32_t tokens[1024];
    struct batch batch = {tokens, n_token, &span, 1};
    struct hooks *hooks = hooks_new(&model->config);
    struct forward *forward;
    double seconds = -1;
    clock_t began;

    for (int i = 0; i < n_token; i++)
        tokens[i] = (i * 7919 + 13) % model->config.n_vocab;
    if (forward_new(model, n_token, n_token, &forward, err) == ST_OK) {
        began = clock();
        if (forward_run(forward, hooks, &batch, err) == ST_OK)
            seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
        forward_free(forward);
    }
    hooks_free(hooks);
    return seconds;
}

/* The two take turns; the first passes read the file and do not count. */
static int measure(const struct model *stored, const struct model *converted,
                   int n_token)
{
    double ratios[REPEATS], times[REPEATS];
    struct error err = {0};

    for (int r = -1; r < REPEATS; r++) {
        double once = pass(converted, n_token, &err);
        double panels = pass(stored, n_token, &err);

        if (once < 0 || panels < 0)
            return fail(&err);
        if (r >= 0) {
            ratios[r] = panels / once;
            times[r] = once;
        }
    }
    qsort(ratios, REPEATS, sizeof *ratios, compare);
    qsort(times, REPEATS, sizeof *times, compare);
    printf("F16 by panels, %d token%s: %.2f of the time of converted once "
           "(%.2f to %.2f), which is %.4f s\n", n_token,
           n_token == 1 ? "" : "s", ratios[REPEATS / 2], ratios[0],
           ratios[REPEATS - 1], times[REPEATS / 2]);
    return 0;
}

static int compare_ways(const char *dir)
{
    struct model *stored = NULL, *converted = NULL;
    struct error err = {0};
    int status = 1;

    if (model_open(dir, &stored, &err) || model_open(dir, &converted, &err) ||
        model_convert(converted, &err))
        fail(&err);
    else
        status = measure(stored, converted, 1) ||
                 measure(stored, converted, 32) ||
                 measure(stored, converted, 1024);
    model_close(stored);
    model_close(converted);
    return status;
}

int main(void)
{
    static const char *const names[] = {"config.json", "model.safetensors",
                                        ""};
    const char *tmp = getenv("TMPDIR");
    char *dir = mem_path(tmp ? tmp : "/tmp", "transect-panels-XXXXXX");
    int status = 1;

    if (!mkdtemp(dir))
        return 1;
    if (make_model(dir, &gpt2_small) == 0)
        status = compare_ways(dir);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = mem_path(dir, names[i]);

        remove(path);
        free(path);
    }
    free(dir);
    return status;
}
