/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* main.c - bench WHAT [OPTIONS]: speed, as ratios that are taken in one run,
 * of a model of GPT-2 small's shape with random weights. */
#include "bench.h"

#include "base/mem.h"

#include <ftw.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: bench WHAT [OPTIONS]\n\n"
    "  machine       what it is that measures\n"
    "  pass          one sample against sgemm, and what hooks cost\n"
    "  short         many samples of 8 tokens against sgemm\n"
    "  start         from the start of the program to the first event\n"
    "  sweep         every head off in turn, against as many runs\n"
    "  panels        weights in 16 bits, converted whenever they are used\n"
    "  split         BF16 weights in split-bfloat16, against sgemm\n"
    "  serve FILE    runs FILE for each line of standard input, and prints\n"
    "                seconds, processor seconds and memory beyond weights\n"
    "  once FILE     the same, one time\n"
    "  rate MxNxK... operations in a second of these products by sgemm, for\n"
    "                each line of standard input\n\n"
    "  --repeats N   measure so often\n"
    "  --small       a small model, for a quick look\n"
    "  --set SECTION.KEY=VALUE  for every experiment; repeatable\n";

static const struct command {
    const char *name;
    measure_fn *measure;
    bool model; /* it needs DIR/model */
} commands[] = {
    {"machine", bench_machine, false}, {"pass", bench_pass, true},
    {"short", bench_short, true},      {"start", bench_start, false},
    {"sweep", bench_sweep, true},      {"panels", bench_panels, false},
    {"split", bench_split, false},
    {"serve", bench_serve, false},     {"once", bench_once, false},
    {"rate", bench_rate, false},
};

static const struct model_recipe gpt2_small = {
    .layers = 12, .heads = 12, .width = 768, .context = 1024,
    .vocab = 50257, .seed = 1};
static const struct model_recipe quick = {
    .layers = 4, .heads = 4, .width = 256, .context = 256, .vocab = 5000,
    .seed = 1};

int bench_fail(const struct error *err)
{
    fprintf(stderr, "bench: %s\n", err->text);
    return 1;
}

static int parse(struct bench *bench, int argc, char **argv)
{
    static const struct option options[] = {
        {"repeats", required_argument, NULL, 'r'},
        {"small", no_argument, NULL, 's'},
        {"set", required_argument, NULL, 'S'},
        {NULL, 0, NULL, 0},
    };
    const size_t room = sizeof bench->sets / sizeof bench->sets[0];
    int option;

    bench->shape = gpt2_small;
    bench->n_short = 1000;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 's') {
            bench->shape = quick;
            bench->n_short = 200;
        } else if (option == 'r') {
            bench->repeats = atoi(optarg);
            if (bench->repeats < 1 || bench->repeats > MAX_REPEATS)
                return 1;
        } else if (option == 'S' && bench->n_sets < room) {
            bench->sets[bench->n_sets++] = optarg;
        } else {
            return 1;
        }
    }
    bench->n_token = bench->shape.context;
    return 0;
}

static int remove_entry(const char *path, const struct stat *info, int kind,
                        struct FTW *ftw)
{
    (void)info;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static int measure(struct bench *bench, const struct command *command,
                   int argc, char **argv)
{
    const char *tmp = getenv("TMPDIR");
    char *model;
    int status;

    bench->dir = mem_path(tmp ? tmp : "/tmp", "transect-bench-XXXXXX");
    if (!mkdtemp(bench->dir)) {
        perror(bench->dir);
        free(bench->dir);
        return 1;
    }
    model = mem_path(bench->dir, "model");
    status = command->model && make_model(model, &bench->shape) != 0;
    if (status)
        perror(model);
    else
        status = command->measure(bench, argc, argv);
    nftw(bench->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(model);
    free(bench->dir);
    return status;
}

int main(int argc, char **argv)
{
    const char *plugins = getenv("TRANSECT_TEST_PLUGINS");
    const char *transect = getenv("TRANSECT");
    struct bench bench = {
        .transect = transect ? transect : "transect",
        .test_plugins = plugins ? plugins : ".",
    };

    if (argc < 2 || parse(&bench, argc - 1, argv + 1)) {
        fputs(usage, stderr);
        return 2;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return measure(&bench, &commands[i], argc - 1 - optind,
                           argv + 1 + optind);
    fputs(usage, stderr);
    return 2;
}
