/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* split.c - passes of a BF16 model of Llama's shape in split-bfloat16, and in
 * float32, against what sgemm makes of the same products; in processor time,
 * with one thread. */
#include "bench.h"

#include "executor/forward.h"
#include "base/mem.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>

struct subject {
    const struct model *model;
    struct forward *forward;
};

/* Of a pass that nobody hears there is nothing to compute. */
static int hear(void *state, const struct transect_event *event)
{
    (void)state;
    (void)event;
    return TRANSECT_OK;
}

/* Processor time of a pass over one sample, or less than 0. */
static double pass(const struct subject *subject, int n_token,
                   struct error *err)
{
    struct span span = {.n_token = n_token};
    int32_t *tokens = mem_new((size_t)n_token, sizeof *tokens);
    struct batch batch = {tokens, n_token, &span, 1};
    struct error own = {0};
    struct hook_owner owner = {.id = "hear", .error = &own};
    const struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_RESID_POST, .on_event = hear};
    struct hooks *hooks = hooks_new(&subject->model->config);
    struct began began;
    double seconds = -1;

    for (int i = 0; i < n_token; i++)
        tokens[i] = (i * 7919 + 13) % subject->model->config.n_vocab;
    hooks_add(hooks, &owner, &sub);
    began = begin();
    if (forward_run(subject->forward, hooks, &batch, err) == ST_OK)
        seconds = since(&began).cpu;
    hooks_free(hooks);
    free(tokens);
    return seconds;
}

static void multiply(const struct ceiling *ceiling,
                     const struct linear *linear)
{
    bool plain = linear->out_stride == 1;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, plain ? CblasNoTrans : CblasTrans,
                ceiling->n_token, linear->n_out, linear->n_in, 1.0f,
                ceiling->a, linear->n_in, linear->w,
                plain ? linear->n_out : linear->n_in, 0.0f, ceiling->c,
                linear->n_out);
}

/* Processor time of the products alone. */
static double products(const struct ceiling *ceiling,
                       const struct model *model)
{
    struct began began = begin();

    for (int i = 0; i < model->config.n_layer; i++) {
        const struct block *block = &model->blocks[i];

        multiply(ceiling, &block->q);
        multiply(ceiling, &block->k);
        multiply(ceiling, &block->v);
        multiply(ceiling, &block->o);
        multiply(ceiling, &block->mlp.in);
        multiply(ceiling, &block->mlp.gate);
        multiply(ceiling, &block->mlp.out);
    }
    ceiling_attention(ceiling);
    return since(&began).cpu;
}

static void print_row(const char *what, const struct series *times,
                      const struct series *ratios)
{
    char *time = series_text(times, 3), *ratio = series_text(ratios, 2);

    printf("| %s | %s | %s |\n", what, time, ratio);
    free(time);
    free(ratio);
}

/* All take turns; the first round does not count. */
static int measure(const struct bench *bench, const struct ceiling *ceiling,
                   const struct subject *split, const struct subject *plain)
{
    int repeats = bench->repeats ? bench->repeats : 7;
    struct series best = {0}, of_split = {0}, of_plain = {0}, one = {0};
    struct series split_ratio = {0}, plain_ratio = {0};
    struct error err = {0};

    for (int r = -1; r < repeats; r++) {
        double alone = products(ceiling, plain->model);
        double a = pass(split, ceiling->n_token, &err);
        double b = pass(plain, ceiling->n_token, &err);

        if (a < 0 || b < 0)
            return bench_fail(&err);
        if (r < 0)
            continue;
        series_add(&best, alone);
        series_add(&of_split, a);
        series_add(&of_plain, b);
        series_add(&one, 1);
        series_add(&split_ratio, alone / a);
        series_add(&plain_ratio, alone / b);
    }
    printf("| %d tokens, %d layers of width %d, one thread, medians of %d | "
           "processor seconds | times the speed of sgemm |\n|---|---|---|\n",
           ceiling->n_token, ceiling->config.n_layer, ceiling->config.d_model,
           repeats);
    print_row("sgemm alone", &best, &one);
    print_row("a pass in float32", &of_plain, &plain_ratio);
    print_row("a pass in split-bfloat16", &of_split, &split_ratio);
    return 0;
}

static int begin_subject(const struct model *model, int n_token,
                         struct subject *subject, struct error *err)
{
    subject->model = model;
    return forward_new(model, n_token, n_token, NULL, &subject->forward, err);
}

int bench_split(const struct bench *bench, int argc, char **argv)
{
    bool small = bench->shape.width < 768;
    struct bench own = *bench;
    char *dir = mem_path(bench->dir, "model");
    struct model *models[2] = {NULL, NULL};
    struct subject split = {NULL, NULL}, plain = {NULL, NULL};
    struct ceiling ceiling = {.a = NULL};
    struct error err = {0};
    int status = 1;

    (void)argc;
    (void)argv;
    own.shape = (struct model_recipe){
        .layers = 4, .heads = small ? 4 : 16, .kv_heads = 4,
        .width = small ? 512 : 2048, .inner = small ? 1408 : 5632,
        .context = 1024, .vocab = 4000, .dtype = "BF16", .seed = 1};
    openblas_set_num_threads(1);
    if (make_model(dir, &own.shape))
        perror(dir);
    else if (model_open(dir, &models[0], &err) ||
             model_open(dir, &models[1], &err))
        bench_fail(&err);
    else if (model_split(models[0], &err)) {
        printf("not run: %s\n", err.text);
        status = 0;
    } else if (model_convert(models[0], &err) ||
               model_convert(models[1], &err) ||
               begin_subject(models[0], bench->n_token, &split, &err) ||
               begin_subject(models[1], bench->n_token, &plain, &err) ||
               ceiling_new(&own, 1, bench->n_token, &ceiling, &err))
        bench_fail(&err);
    else
        status = measure(bench, &ceiling, &split, &plain);
    ceiling_free(&ceiling);
    forward_free(split.forward);
    forward_free(plain.forward);
    model_close(models[0]);
    model_close(models[1]);
    free(dir);
    return status;
}
