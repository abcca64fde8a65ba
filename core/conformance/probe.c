/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* probe.c - one try of a plugin on a made-up model, in a process of its own
 * that may crash, hang, print or run out of memory. */
#include "conformance/probe.h"

#include "base/diagnostics.h"
#include "base/mem.h"
#include "base/process.h"
#include "conformance/make-model.h"
#include "sandbox/resource-limits.h"
#include "sandbox/stdio-capture.h"
#include "sandbox/trial.h"
#include "tensor/thread-team.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VOCABULARY 50
/* MiB for OpenBLAS, which retries for ever if it cannot allocate a buffer. */
#define BLAS_ROOM 256
#define N_SIDE_BY_SIDE 3 /* variants, and workers for them */
#define WORKER_ROOM 256  /* MiB, the same for each worker; and its stack */

static const char *const files[] = {
    [PROBE_WITHOUT] = "without.ini", [PROBE_WITH] = "with.ini",
    [PROBE_ISOLATED] = "isolated.ini", [PROBE_SERIAL] = "serial.ini",
    [PROBE_WORKERS] = "workers.ini"};

int probe_make_model(const struct probe *probe, struct error *err)
{
    const struct probe_shape *shape = probe->shape;
    const struct model_recipe recipe = {
        .layers = shape->layers,
        .heads = shape->heads,
        .kv_heads = shape->kv_heads,
        .width = shape->width,
        .context = shape->context,
        .vocab = VOCABULARY,
    };
    char *path = mem_path(probe->dir, shape->name);
    int status = ST_OK;

    if (make_model(path, &recipe) != 0)
        status = error_errno(err, ST_FAILED, path, "cannot make a model");
    free(path);
    return status;
}

int probe_open_model(const char *path, struct probe_model *model,
                     struct error *err)
{
    struct model *opened;
    uint64_t bytes = 0;

    if (model_open(path, &opened, err))
        return err->status;
    for (size_t i = 0; i < opened->files->tensors->n; i++)
        bytes += opened->files->tensors->tensors[i].size;
    bytes += 4 * (uint64_t)opened->n_parameters;
    *model = (struct probe_model){.path = realpath(path, NULL),
                                  .context = opened->config.n_context,
                                  .vocab = opened->config.n_vocab,
                                  .room = (int)(bytes >> 20) + 1};
    model_close(opened);
    if (!model->path)
        return error_errno(err, ST_DATA, path, "cannot find its place");
    return ST_OK;
}

static int32_t *one_id(int id)
{
    int32_t *ids = mem_new(1, sizeof *ids);

    *ids = id;
    return ids;
}

/* The shape's samples; `shift` makes other tokens of them, and if they are
 * uneven, all but each third are shorter by one to four tokens. */
static struct samples *make_prompts(const struct probe *probe, int vocab,
                                    int shift, bool uneven)
{
    const struct probe_shape *shape = probe->shape;
    struct samples *samples = mem_new(1, sizeof *samples);
    int32_t *tokens = mem_new((size_t)shape->length, sizeof *tokens);

    for (int i = 0; i < shape->samples; i++) {
        int less = uneven && i % 3 ? 1 + i % 4 : 0;

        for (int j = 0, at = i * shape->length; j < shape->length; j++, at++)
            tokens[j] = (at * 37 + at / 7 + shift) % vocab;
        samples_add(samples, tokens,
                    shape->length > less ? shape->length - less : 1);
    }
    free(tokens);
    return samples;
}

/* What records have beside their tokens: an answer, a foil and one of two
 * labels. */
static void add_facts(struct samples *samples, int vocab)
{
    int n = samples->n_sample;

    samples->facts = mem_new((size_t)n, sizeof *samples->facts);
    for (int i = 0; i < n; i++)
        samples->facts[i] = (struct sample_facts){
            .answers = one_id(i % vocab), .n_answer = 1,
            .foils = one_id((i + 1) % vocab), .n_foil = 1,
            .label = mem_strdup(i % 2 ? "odd" : "even")};
}

/* Records; for an editor, which may put what is of a pair in its place, with
 * pairs of the same lengths. */
static struct samples *make_samples(const struct probe *probe,
                                    enum probe_input input)
{
    bool uneven = input == PROBE_UNEVEN;
    int vocab = VOCABULARY;
    struct samples *samples;

    if (probe->model.path && probe->model.vocab < vocab)
        vocab = probe->model.vocab;
    samples = make_prompts(probe, vocab, 0, uneven);
    if (input == PROBE_WINDOWS)
        return samples;
    add_facts(samples, vocab);
    if (input == PROBE_PAIRED ||
        (probe->plugin->desc.capabilities & TRANSECT_CAP_EDITS))
        samples->pair = make_prompts(probe, vocab, 11, uneven);
    return samples;
}

/* A variant that the plugin edits; for an observer one that pruner edits, if
 * there is pruner. */
static void write_variant(const struct probe *probe, int number, FILE *file)
{
    if (probe->plugin->desc.capabilities & TRANSECT_CAP_EDITS)
        fprintf(file, "[variant edited%.0d]\n%s.on_error = stop\n", number,
                probe->plugin->desc.name);
    else if (probe->companion)
        fprintf(file, "[variant cut%.0d]\npruner.heads = L0H0\n", number);
}

static int write_experiment(const struct probe *probe, enum probe_with with,
                            struct error *err)
{
    char *path = mem_path(probe->dir, files[with]);
    FILE *file = fopen(path, "w");
    int n_variants = with >= PROBE_SERIAL ? N_SIDE_BY_SIDE : 1;
    int status = ST_OK;

    if (file) {
        fprintf(file, "[experiment]\nname = probe\n[run]\nseed = 1\n"
                "workers = %d\n",
                with == PROBE_WORKERS ? N_SIDE_BY_SIDE : 0);
        fprintf(file, "[model]\npath = %s\n[input]\nids = 0\n",
                probe->model.path ? probe->model.path : probe->shape->name);
        if (with != PROBE_WITHOUT)
            fprintf(file, "[plugin %s]\n%s%s", probe->path,
                    probe->settings,
                    with == PROBE_ISOLATED ? "isolation = process\n" : "");
        for (int i = 0; i < n_variants; i++)
            write_variant(probe, i, file);
    }
    if (!file || fclose(file))
        status = error_errno(err, ST_FAILED, path, "cannot write");
    free(path);
    return status;
}

int probe_plan_input(const struct probe *probe, enum probe_with with,
                     enum probe_input input, int batch_tokens,
                     const struct plan **plan, struct error *err)
{
    char *path = mem_path(probe->dir, files[with]);
    int status = plan_make(
        &(struct plan_settings){.file = path, .plugin_dir = probe->plugin_dir,
                                .batch_tokens = batch_tokens,
                                .samples = make_samples(probe, input)},
        plan, err);

    free(path);
    return status;
}

int probe_plan(const struct probe *probe, enum probe_with with,
               const struct plan **plan, struct error *err)
{
    return probe_plan_input(probe, with, PROBE_RECORDS, 0, plan, err);
}

struct attempt {
    const struct probe *probe;
    probe_fn *try;
};

/* The result as a digit, and why. */
static char attempt(void *user, char **words)
{
    const struct attempt *attempt = user;
    const struct probe *probe = attempt->probe;
    struct error err = {0};
    char result;

    if (capture_begin(&err)) {
        *words = mem_strdup(err.text);
        return (char)('0' + PROBE_BAD);
    }
    /* Nobody asked for what plugins log. */
    diagnostics_redirect(fopen("/dev/null", "w"));
    resource_limits_set(
        probe->memory + probe->model.room + BLAS_ROOM +
        (attempt->try == probe_workers ? N_SIDE_BY_SIDE * WORKER_ROOM : 0));
    *words = mem_new(PROBE_WHY, 1);
    result = (char)('0' + attempt->try(probe, *words));
    return result;
}

/* The message without its place in the temporary experiment file. */
static const char *without_place(const struct probe *probe, const char *text)
{
    const char *end = strstr(text, ": ");

    return strncmp(text, probe->dir, strlen(probe->dir)) == 0 && end
               ? end + 2 : text;
}

static enum probe_result fork_and_try(const struct probe *probe,
                                      probe_fn *try, char *why)
{
    struct attempt user = {probe, try};
    char answer, *words;

    team_set_blas(1); /* BLAS_ROOM is for one */
    answer = trial_run(attempt, &user, probe->timeout, &words);
    words[strcspn(words, "\n")] = '\0';
    snprintf(why, PROBE_WHY, "%s", without_place(probe, words));
    free(words);
    return answer ? (enum probe_result)(answer - '0') : PROBE_BAD;
}

enum probe_result probe_run(const struct probe *probe, probe_fn *try,
                            char *why)
{
    struct error err = {0};

    why[0] = '\0';
    for (int with = PROBE_WITHOUT; with <= PROBE_WORKERS; with++)
        if (write_experiment(probe, (enum probe_with)with, &err)) {
            snprintf(why, PROBE_WHY, "%s", err.text);
            return PROBE_BAD;
        }
    return fork_and_try(probe, try, why);
}
