/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* bench.h - what the measurements share. Each prints a Markdown table, which
 * docs/benchmarks.md takes as it is. */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include "base/error.h"
#include "conformance/make-model.h"
#include "model/model.h"

#include <stddef.h>
#include <time.h>

#define MAX_REPEATS 99

/* What is measured, and where. */
struct bench {
    const char *transect;      /* the program */
    const char *test_plugins;  /* folder of plugins for tests */
    char *dir;                 /* a temporary folder, with DIR/model ... */
    struct model_recipe shape; /* ... of this recipe */
    int n_token;               /* of a sample that fills the context */
    int n_short;               /* samples of 8 tokens */
    int repeats;               /* 0: as many as the measurement thinks */
    char *sets[16];            /* SECTION.KEY=VALUE of the command line */
    size_t n_sets;
};

/* Seconds of the clock on the wall and of all processors, since began. */
struct spent {
    double wall, cpu;
};
struct began {
    struct timespec wall;
    clock_t cpu;
};
struct began begin(void);
struct spent since(const struct began *began);

/* One number, measured several times. */
struct series {
    double values[MAX_REPEATS];
    int n;
};
void series_add(struct series *series, double value);
double series_median(const struct series *series);
/* "MEDIAN (LOWEST to HIGHEST)", each with that many decimals; the caller
 * frees. */
char *series_text(const struct series *series, int decimals);

/* "2 threads": of BLAS, or as many workers. */
const char *threads_text(void);

/* DIR/NAME with a sample of bench->n_token tokens, or many of fewer, and the
 * sections given; the caller frees the path. A file that cannot be written
 * ends the program. */
char *write_experiment(const struct bench *bench, const char *name,
                       int n_sample, int n_token, const char *sections);
/* Of what nobody hears nothing is computed: this hears all that a pass makes
 * up to the logits, and does nothing with it. */
#define PLAIN "[plugin null]\npoints = resid_post\n"
#define OBSERVERS "[plugin layerwise-stats]\n[plugin head-scorer]\n"

/* Executes FILE in this process, from the first sample to the end of compare:
 * the plan is made before, and nothing is written. beyond, which may be NULL,
 * gets the peak of this process' memory, in bytes, beyond the weights. */
int run_once(const struct bench *bench, const char *file,
             struct spent *spent, double *beyond, struct error *err);
/* The same in a fresh process; the peak alone. */
int measure_memory(const struct bench *bench, const char *file,
                   double *beyond, struct error *err);
/* Runs argv[0] and gives the start of what it prints. */
int run_program(char *const *argv, char *text, size_t size,
                struct error *err);

/* The matrix products that a forward pass needs and nothing else, of the
 * shapes that the executor uses, over a batch of samples. */
struct ceiling {
    struct config config;
    int n_span, n_token; /* samples of a batch, tokens of one */
    float *a, *b, *c;
};
int ceiling_new(const struct bench *bench, int n_span, int n_token,
                struct ceiling *ceiling, struct error *err);
void ceiling_free(struct ceiling *ceiling);
/* Multiply once: by weights; within attention. */
void ceiling_linear(const struct ceiling *ceiling);
void ceiling_attention(const struct ceiling *ceiling);
/* Operations in a second of the product that brings a layer's MLP back to the
 * stream, which sgemm computes fastest. */
double ceiling_mlp_rate(const struct ceiling *ceiling);
/* Floating-point operations of both, and of the first alone. */
double ceiling_flops(const struct ceiling *ceiling);
double ceiling_linear_flops(const struct ceiling *ceiling);

/* The measurements; 0, or 1 and a message. */
typedef int measure_fn(const struct bench *bench, int argc, char **argv);
measure_fn bench_machine, bench_pass, bench_short, bench_start, bench_sweep,
    bench_panels, bench_split, bench_once, bench_serve, bench_rate;
int bench_fail(const struct error *err);

#endif
