/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* bench.c - the whole run against what the machine's sgemm could do, in one
 * process, as ratios: a model of GPT-2 small's shape, one sample. */
#include "cost.h"
#include "execute.h"
#include "forward.h"
#include "make-model.h"
#include "mem.h"
#include "progress.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPEATS 7
#define N_TOKEN 1024

static const struct model_recipe gpt2_small = {
    .layers = 12, .heads = 12, .width = 768, .context = 1024,
    .vocab = 50257, .seed = 1};

struct scenario {
    const char *name, *sections; /* of the experiment file */
};

static const struct scenario scenarios[] = {
    {"no plugin", ""},
    {"layerwise-stats and head-scorer",
     "[plugin layerwise-stats]\n[plugin head-scorer]\n"},
    {"null on all points without T x T matrices",
     "[plugin null]\npoints = embed pos_embed resid_pre ln1 q k v z "
     "attn_out\n  resid_mid ln2 mlp_pre mlp_post mlp_out resid_post\n"},
};

#define N_SCENARIOS (sizeof scenarios / sizeof scenarios[0])

static int fail(const struct error *err)
{
    fprintf(stderr, "bench: %s\n", err->text);
    return 1;
}

/* Writes DIR/I.ini; tokens are any ids. */
static char *write_experiment(const char *dir, size_t i)
{
    char *path = mem_printf("%s/%zu.ini", dir, i);
    char *ids = mem_printf("%s/ids.txt", dir);
    FILE *stream = fopen(path, "w"), *tokens = fopen(ids, "w");

    if (!stream || !tokens)
        exit(1);
    fprintf(stream, "[model]\npath = model\n[input]\nids_file = ids.txt\n"
                    "samples = 1\nlength = %d\n%s",
            N_TOKEN, scenarios[i].sections);
    for (int t = 0; t < N_TOKEN; t++)
        fprintf(tokens, "%d\n", (t * 7919 + 13) % 50257);
    fclose(stream);
    fclose(tokens);
    free(ids);
    return path;
}

static double run_once(const char *file, struct error *err)
{
    struct plan *plan;
    struct timespec began;
    double seconds = -1;

    if (plan_make(file, NULL, 0, NULL, &plan, err))
        return seconds;
    clock_gettime(CLOCK_MONOTONIC, &began);
    if (execute_plan(plan, true, err) == ST_OK)
        seconds = seconds_since(&began);
    plan_free(plan);
    return seconds;
}

struct gemm {
    int m, n, k;
    bool transposed;
};

static void sgemm(const struct gemm *g, const float *a, const float *b,
                  float *c)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans,
                g->transposed ? CblasTrans : CblasNoTrans, g->m, g->n, g->k,
                1.0f, a, g->k, b, g->transposed ? g->k : g->n, 0.0f, c,
                g->n);
}

/* The matrix products of one layer and nothing else, of the shapes that the
 * executor uses. */
static void layer_products(const float *a, const float *b, float *c)
{
    static const struct gemm square = {N_TOKEN, 768, 768, false};
    static const struct gemm in = {N_TOKEN, 3072, 768, false};
    static const struct gemm out = {N_TOKEN, 768, 3072, false};

    for (int i = 0; i < 4; i++) /* q, k, v, o */
        sgemm(&square, a, b, c);
    sgemm(&in, a, b, c);
    sgemm(&out, a, b, c);
    for (int head = 0; head < 12; head++) {
        for (int first = 0; first < N_TOKEN; first += FORWARD_BLOCK) {
            int keys = first + FORWARD_BLOCK;
            struct gemm scores = {FORWARD_BLOCK, keys, 64, true};
            struct gemm mix = {FORWARD_BLOCK, 64, keys, false};

            sgemm(&scores, a, b, c);
            sgemm(&mix, a, b, c);
        }
    }
}

static double ceiling_once(const float *a, const float *b, float *c)
{
    struct timespec began;

    clock_gettime(CLOCK_MONOTONIC, &began);
    for (int layer = 0; layer < 12; layer++)
        layer_products(a, b, c);
    return seconds_since(&began);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, REPEATS, sizeof *values, by_value);
    return values[REPEATS / 2];
}

/* Peak resident memory of a fresh process beyond the mapped weights. */
static void print_memory(const char *file)
{
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        struct error err;
        struct plan *plan;
        double weights;
        char line[128];
        FILE *status;

        if (plan_make(file, NULL, 0, NULL, &plan, &err))
            _exit(fail(&err));
        weights = (double)(plan->memory.files + plan->memory.copies);
        if (execute_plan(plan, true, &err))
            _exit(fail(&err));
        status = fopen("/proc/self/status", "r");
        while (status && fgets(line, sizeof line, status))
            if (strncmp(line, "VmHWM:", 6) == 0)
                printf("peak memory beyond the weights (%.0f MB): %.1f MB "
                       "(at most 120)\n",
                       weights / 1e6,
                       (atof(line + 6) * 1024 - weights) / 1e6);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

static void print_ratios(double times[][REPEATS], double *ceiling,
                         double flops)
{
    double best = median(ceiling), plain = median(times[0]);

    printf("sgemm ceiling on the same shapes: %.3f s, %.1f GFLOP/s\n", best,
           flops / best / 1e9);
    for (size_t i = 0; i < N_SCENARIOS; i++) {
        double seconds = median(times[i]);

        printf("%s: %.3f s, %.3f of the ceiling, %+.1f %% against no "
               "plugin\n",
               scenarios[i].name, seconds, best / seconds,
               100 * (seconds / plain - 1));
    }
}

/* Every scenario and the ceiling take turns, so that a slow minute of the
 * machine falls on all of them. */
static int measure(char *const *files, double flops)
{
    double times[N_SCENARIOS][REPEATS], ceiling[REPEATS];
    struct error err = {0};
    float *a = mem_tensor(N_TOKEN, 3072, &err);
    float *b = mem_tensor(3072, 1024, &err);
    float *c = mem_tensor(N_TOKEN, 3072, &err);

    if (!a || !b || !c)
        return fail(&err);
    for (int i = 0; i < N_TOKEN * 3072; i++)
        a[i] = b[i] = (float)(i % 97) / 97 - 0.5f;
    for (int r = 0; r < REPEATS; r++) {
        ceiling[r] = ceiling_once(a, b, c);
        for (size_t i = 0; i < N_SCENARIOS; i++)
            if ((times[i][r] = run_once(files[i], &err)) < 0)
                return fail(&err);
    }
    print_ratios(times, ceiling, flops);
    free(a);
    free(b);
    free(c);
    return 0;
}

static void remove_all(const char *dir, char **files)
{
    static const char *const names[] = {"model/config.json",
                                        "model/model.safetensors", "model",
                                        "ids.txt", ""};

    for (size_t i = 0; i < N_SCENARIOS; i++) {
        remove(files[i]);
        free(files[i]);
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = mem_path(dir, names[i]);

        remove(path);
        free(path);
    }
}

int main(void)
{
    const struct config shape = {.n_layer = 12, .n_head = 12,
                                 .n_kv_head = 12, .d_head = 64,
                                 .d_model = 768, .d_mlp = 3072};
    const char *tmp = getenv("TMPDIR");
    char *dir = mem_path(tmp ? tmp : "/tmp", "transect-bench-XXXXXX");
    char *files[N_SCENARIOS], *model;
    int status = 1;

    if (!mkdtemp(dir))
        return 1;
    model = mem_path(dir, "model");
    for (size_t i = 0; i < N_SCENARIOS; i++)
        files[i] = write_experiment(dir, i);
    printf("%s, %d threads; medians of %d\n", openblas_get_corename(),
           openblas_get_num_threads(), REPEATS);
    if (make_model(model, &gpt2_small) == 0) {
        print_memory(files[1]);
        status = measure(files, cost_forward_flops(&shape, N_TOKEN));
    }
    remove_all(dir, files);
    free(model);
    free(dir);
    return status;
}
