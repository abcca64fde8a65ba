/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* start.c - from the start of the real program to the first event, on a
 * folder like GPT-2's own: float32, its causal masks among the weights (548
 * MB in all), and a tokenizer of as many tokens and merges. It was read
 * before, so that the page cache has it. */
#include "bench.h"

#include "base/mem.h"
#include "run/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The characters that stand for bytes in such vocabularies. */
static int symbol(int byte)
{
    int others = 0;

    for (int b = 0; b <= byte; b++) {
        bool itself = (b > 32 && b < 127) || (b > 160 && b != 173);

        if (b == byte && itself)
            return b;
        others += !itself;
    }
    return 255 + others;
}

static void put_symbol(FILE *stream, int byte, bool json)
{
    int c = symbol(byte);

    if (json && (c == '"' || c == '\\'))
        fputc('\\', stream);
    if (c < 128)
        fputc(c, stream);
    else
        fprintf(stream, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 63));
}

/* Merges of all pairs of bytes, up to n_vocab tokens. */
static int write_tokenizer(const char *model, int n_vocab)
{
    char *vocab = mem_path(model, "vocab.json");
    char *merges = mem_path(model, "merges.txt");
    FILE *tokens = fopen(vocab, "w"), *lines = fopen(merges, "w");

    free(vocab);
    free(merges);
    if (!tokens || !lines)
        return -1;
    fprintf(tokens, "{\"<|endoftext|>\":%d", n_vocab - 1);
    for (int i = 0; i < n_vocab - 1; i++) {
        fputs(",\"", tokens);
        if (i >= 256) {
            put_symbol(tokens, (i - 256) / 256, true);
            put_symbol(lines, (i - 256) / 256, false);
            fputc(' ', lines);
            put_symbol(lines, i % 256, false);
            fputc('\n', lines);
        }
        put_symbol(tokens, i % 256, true);
        fprintf(tokens, "\":%d", i);
    }
    fputc('}', tokens);
    return fclose(tokens) | fclose(lines);
}

static char *write_text_experiment(const struct bench *bench)
{
    char *path = mem_path(bench->dir, "start.ini");
    FILE *stream = fopen(path, "w");

    if (!stream) {
        free(path);
        return NULL;
    }
    fprintf(stream, "[model]\npath = model\n[input]\nsamples = 1\n"
                    "length = %d\ntext = ", bench->n_token);
    for (int i = 0; i < 400; i++) /* lines may not be too long */
        fputs("Summer is warm.\n  Winter is cold.\n  ", stream);
    fputs("\n[plugin first-event]\n" OBSERVERS, stream);
    fclose(stream);
    return path;
}

/* The number below the only head in the table; less than 0: none. */
static double read_event(const char *dir)
{
    char *path = mem_path(dir, "baseline/first-event/first.csv");
    FILE *stream = fopen(path, "r");
    double nanoseconds = -1;

    if (stream && fscanf(stream, "%*s %lf", &nanoseconds) != 1)
        nanoseconds = -1;
    if (stream)
        fclose(stream);
    free(path);
    return nanoseconds;
}

static int start_once(const struct bench *bench, char *file,
                      double *to_event, double *to_end, struct error *err)
{
    char *results = mem_path(bench->dir, "results"), text[16];
    char *argv[] = {(char *)bench->transect, "run", file, "--quiet",
                    "--force", "--output", results, "--plugin-dir",
                    (char *)bench->test_plugins, NULL};
    struct timespec began;
    double event;
    int status;

    clock_gettime(CLOCK_MONOTONIC, &began);
    status = run_program(argv, text, sizeof text, err);
    *to_end = progress_seconds_since(&began);
    event = read_event(results);
    if (!status && event < 0)
        status = error_set(err, ST_FAILED, "%s: no event was noted",
                           results);
    *to_event = event / 1e9 - (double)began.tv_sec -
                (double)began.tv_nsec / 1e9;
    free(results);
    return status;
}

static double megabytes(const struct bench *bench)
{
    char *path = mem_path(bench->dir, "model/model.safetensors");
    struct stat info = {0};

    stat(path, &info);
    free(path);
    return (double)info.st_size / 1e6;
}

static int measure(const struct bench *bench, char *file)
{
    struct series to_event = {0}, to_end = {0};
    int repeats = bench->repeats ? bench->repeats : 7;
    struct error err = {0};
    char *event, *end;

    for (int r = -1; r < repeats; r++) {
        double first, last;

        if (start_once(bench, file, &first, &last, &err))
            return bench_fail(&err);
        if (r < 0)
            continue;
        series_add(&to_event, first);
        series_add(&to_end, last);
    }
    event = series_text(&to_event, 3);
    end = series_text(&to_end, 3);
    printf("| the program, on float32 weights of %.0f MB in a warm cache, "
           "medians of %d | seconds | required |\n|---|---|---|\n"
           "| from its start to the first event | %s | at most 0.3 |\n"
           "| from its start to its end, one sample of %d tokens | %s | |\n",
           megabytes(bench), repeats, event, bench->n_token, end);
    free(event);
    free(end);
    return 0;
}

int bench_start(const struct bench *bench, int argc, char **argv)
{
    char *model = mem_path(bench->dir, "model"), *file = NULL;
    struct model_recipe recipe = bench->shape;
    int status = 1;

    (void)argc;
    (void)argv;
    recipe.buffers = recipe.float_buffers = recipe.no_prefix = true;
    if (make_model(model, &recipe) ||
        write_tokenizer(model, recipe.vocab) ||
        !(file = write_text_experiment(bench)))
        perror(bench->dir);
    else
        status = measure(bench, file);
    free(file);
    free(model);
    return status;
}
