/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tools.c - clocks, medians, experiments and their memory. */
#include "bench.h"

#include "run/run.h"
#include "base/mapped-file.h"
#include "base/mem.h"
#include "run/progress.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct began begin(void)
{
    struct began began = {.cpu = clock()};

    clock_gettime(CLOCK_MONOTONIC, &began.wall);
    return began;
}

struct spent since(const struct began *began)
{
    return (struct spent){
        .wall = progress_seconds_since(&began->wall),
        .cpu = (double)(clock() - began->cpu) / CLOCKS_PER_SEC,
    };
}

/* In order, so that the median is in the middle. */
void series_add(struct series *series, double value)
{
    int i = series->n++;

    for (; i > 0 && series->values[i - 1] > value; i--)
        series->values[i] = series->values[i - 1];
    series->values[i] = value;
}

double series_median(const struct series *series)
{
    const double *middle = series->values + series->n / 2;

    return series->n % 2 ? *middle : (middle[-1] + *middle) / 2;
}

char *series_text(const struct series *series, int decimals)
{
    return mem_printf("%.*f (%.*f to %.*f)", decimals, series_median(series),
                      decimals, series->values[0], decimals,
                      series->values[series->n - 1]);
}

const char *threads_text(void)
{
    static char text[32];
    int n = openblas_get_num_threads();

    snprintf(text, sizeof text, n == 1 ? "1 thread" : "%d threads", n);
    return text;
}

static FILE *create(const char *path)
{
    FILE *stream = fopen(path, "w");

    if (stream)
        return stream;
    perror(path);
    exit(1);
}

char *write_experiment(const struct bench *bench, const char *name,
                       int n_sample, int n_token, const char *sections)
{
    char *path = mem_path(bench->dir, name);
    char *ids = mem_printf("%s.ids", path);
    FILE *stream = create(path), *tokens = create(ids);

    fprintf(stream, "[model]\npath = model\n[input]\nids_file = %s.ids\n"
                    "samples = %d\nlength = %d\n%s",
            name, n_sample, n_token, sections);
    for (int i = 0; i < n_sample * n_token; i++)
        fprintf(tokens, "%d\n", (i * 7919 + 13) % bench->shape.vocab);
    fclose(stream);
    fclose(tokens);
    free(ids);
    return path;
}

static double status_bytes(const char *key)
{
    FILE *stream = fopen("/proc/self/status", "r");
    double bytes = 0;
    char line[256];

    while (stream && fgets(line, sizeof line, stream))
        if (strncmp(line, key, strlen(key)) == 0)
            bytes = atof(line + strlen(key)) * 1024;
    if (stream)
        fclose(stream);
    return bytes;
}

static bool is_weight(const struct model *model, unsigned long address)
{
    size_t n;
    const struct mapped_file *mapped = model_files_mapped(model->files, &n);

    for (size_t i = 0; i < n; i++) {
        unsigned long first = (unsigned long)mapped[i].bytes;

        if (address >= first && address < first + mapped[i].size)
            return true;
    }
    return false;
}

/* What is resident of the mapped weights. Once touched they stay. */
static double weight_bytes(const struct model *model)
{
    FILE *stream = fopen("/proc/self/smaps", "r");
    unsigned long address, end;
    double bytes = 0;
    bool inside = false;
    char line[512];

    while (stream && fgets(line, sizeof line, stream)) {
        if (sscanf(line, "%lx-%lx ", &address, &end) == 2)
            inside = is_weight(model, address);
        else if (inside && strncmp(line, "Rss:", 4) == 0)
            bytes += atof(line + 4) * 1024;
    }
    if (stream)
        fclose(stream);
    return bytes;
}

int run_once(const struct bench *bench, const char *file,
             struct spent *spent, double *beyond, struct error *err)
{
    struct began began;
    const struct plan *plan;
    int status;

    if (plan_make(&(struct plan_settings){.file = file,
                                          .sets = bench->sets,
                                          .n_sets = bench->n_sets},
                  &plan, err))
        return err->status;
    began = begin();
    status = run_plan(plan, err);
    *spent = since(&began);
    if (beyond)
        *beyond = status_bytes("VmHWM:") - weight_bytes(plan->model);
    plan_free(plan);
    return status;
}

/* Reads until nothing comes; what does not fit is dropped. */
static void read_all(int fd, char *text, size_t size)
{
    size_t n = 0;
    char rest[256];
    ssize_t got;

    do {
        bool room = n + 1 < size;

        got = read(fd, room ? text + n : rest,
                   room ? size - n - 1 : sizeof rest);
        n += room && got > 0 ? (size_t)got : 0;
    } while (got > 0);
    text[n] = '\0';
}

int run_program(char *const *argv, char *text, size_t size,
                struct error *err)
{
    int fds[2], status = -1;
    pid_t child;

    if (pipe(fds) != 0 || (child = fork()) < 0)
        return error_errno(err, ST_FAILED, argv[0], "cannot run");
    if (child == 0) {
        dup2(fds[1], STDOUT_FILENO);
        close(fds[0]);
        close(fds[1]);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(fds[1]);
    read_all(fds[0], text, size);
    close(fds[0]);
    waitpid(child, &status, 0);
    return status == 0 ? ST_OK
                       : error_set(err, ST_FAILED, "%s %s: failed", argv[0],
                                   argv[1]);
}

int measure_memory(const struct bench *bench, const char *file,
                   double *beyond, struct error *err)
{
    char self[4096], text[128];
    char *argv[2 * sizeof bench->sets / sizeof bench->sets[0] + 4] = {
        self, "once", (char *)file};
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    size_t at = 3;

    self[n > 0 ? n : 0] = '\0';
    for (size_t i = 0; i < bench->n_sets; i++) {
        argv[at++] = "--set";
        argv[at++] = bench->sets[i];
    }
    if (run_program(argv, text, sizeof text, err))
        return err->status;
    return sscanf(text, "%*f %*f %lf", beyond) == 1
               ? ST_OK
               : error_set(err, ST_FAILED, "%s: tells no memory", self);
}
