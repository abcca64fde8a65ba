/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plan.c - an experiment with everything that it needs, ready to run. */
#include "plan/plan-internal.h"

#include "base/mem.h"
#include "base/read-file.h"
#include "executor/readout.h"
#include "plan/sweep.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Short samples share a forward pass up to so many tokens: enough for large
 * matrix products, little enough memory. */
#define BATCH_TOKENS 1024
/* As many: products of several hundred rows are as fast as they get. */
#define TRAIN_ROWS 1024

static struct transect_model shape_of(const struct plan *plan)
{
    struct transect_model shape = model_facts(plan->model);

    shape.n_sample = plan->samples->n_sample;
    shape.n_token = sources_longest(plan);
    shape.n_slot = plan->batches.max_samples;
    return shape;
}

/* What instances may know of samples. */
static struct prompt_table *tabulate(const struct samples *samples,
                                     const struct sample_facts *facts,
                                     enum transect_role role)
{
    struct prompt_table *table = prompt_table_new(role, samples->n_sample);

    for (int i = 0; i < samples->n_sample; i++)
        table->n_token[i] = samples->list[i].n_token;
    table->longest = samples->longest;
    table->facts = facts;
    table->names = samples->names;
    table->names.n_prompt = samples->n_prompt;
    return table;
}

static int prepare_variant(struct plan *plan, struct variant_run *variant,
                           struct error *err)
{
    struct transect_model shape = shape_of(plan);
    struct prompt_table *prompts = variant->role == TRANSECT_ROLE_PAIR
                                       ? plan->pairs
                                       : plan->prompts;
    int status = ST_OK;

    variant->hooks = hooks_new(&plan->model->config);
    hooks_set_names(variant->hooks, &prompts->names);
    for (size_t i = 0; i < variant->n_instances && !status; i++)
        status = instance_create(variant->instances[i], err);
    for (size_t i = 0; i < variant->n_instances && !status; i++) {
        variant->instances[i]->labels = plan->labels;
        variant->instances[i]->prompts = prompts;
        variant->instances[i]->readout = &readout_functions;
        variant->instances[i]->survey = plan->survey;
        variant->instances[i]->tables_only = !plan_shows(plan, variant);
        if (variant->role == TRANSECT_ROLE_PROMPT)
            variant->instances[i]->captures = plan->captures;
        variant->instances[i]->unedited = !variant->section;
        status = instance_ready(variant->instances[i], plan->model, &shape,
                                variant->hooks, err);
    }
    return status;
}

static int load_samples(struct plan *plan,
                        const struct plan_settings *settings,
                        struct error *err)
{
    int tokens = settings->batch_tokens ? settings->batch_tokens
                                        : BATCH_TOKENS;

    if (plan->prompts)
        return ST_OK; /* loaded for a sweep */
    if (plan->samples && plan->samples->pair)
        samples_digest(plan->samples->pair);
    if (plan->samples)
        samples_digest(plan->samples);
    else if (samples_load(&plan->experiment->input, plan->model,
                          plan->tokenizer, &plan->samples, err))
        return err->status;
    plan->prompts = tabulate(plan->samples, plan->samples->facts,
                             TRANSECT_ROLE_PROMPT);
    if (plan->samples->pair) {
        plan->pairs = tabulate(plan->samples->pair, plan->samples->facts,
                               TRANSECT_ROLE_PAIR);
        plan->pairs->other = plan->prompts;
        plan->prompts->other = plan->pairs;
    }
    batches_make(plan->samples, tokens, INT_MAX, &plan->batches);
    plan->train_rows = settings->train_rows ? settings->train_rows
                                            : TRAIN_ROWS;
    sources_make(plan);
    return ST_OK;
}

static int load_model(struct plan *plan, struct error *err)
{
    const struct experiment *experiment = plan->experiment;
    const char *idle;

    model_ignore(plan->model, experiment->ignore, experiment->n_ignore);
    if (model_load(plan->model, err))
        return error_in(err, experiment->model_place);
    idle = model_idle_pattern(plan->model);
    if (idle)
        return error_at(err, ST_USAGE, experiment->ignore_place,
                        "ignore = '%s' is no tensor that could be left out: "
                        "there is none, or the model has a place for it",
                        idle);
    if (experiment->split_bfloat16 && model_split(plan->model, err))
        return error_in(err, experiment->arithmetic_place);
    return ST_OK;
}

static int open_data(struct plan *plan, const struct plan_settings *settings,
                     struct error *err)
{
    if (load_model(plan, err))
        return err->status;
    plan->survey = hooks_new(&plan->model->config);
    if (load_samples(plan, settings, err))
        return err->status;
    hooks_set_names(plan->survey, &plan->prompts->names);
    plan->labels = token_labels_new(plan->tokenizer,
                                    plan->model->config.n_vocab);
    return ST_OK;
}

/* Before any plugin code but descriptors has run. */
static int start_processes(struct plan *plan, struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < plan->n_processes && !status; i++)
        status = isolate_start(plan->processes[i], &plan->model->config,
                               sources_longest(plan), err);
    return status;
}

static int configure_model(struct plan *plan, struct error *err)
{
    if (model_configure(plan->experiment->model, &plan->model, err))
        return error_in(err, plan->experiment->model_place);
    plan->tokenizer = model_tokenizer_new(plan->model->files);
    return ST_OK;
}

/* A sweep over all positions has to know how many there are; all else that the
 * file says is looked at before its input, which may be large. */
static int make_variants(struct plan *plan,
                         const struct plan_settings *settings,
                         struct error *err)
{
    if (plan_sweeps_positions(plan) && load_samples(plan, settings, err))
        return err->status;
    return plan_make_variants(plan, settings, err);
}

static void list_instances(struct plan *plan)
{
    for (size_t i = 0; i < plan->n_variants; i++)
        for (size_t j = 0; j < plan->variants[i].n_instances; j++) {
            MEM_PUSH(plan->instances, plan->n_instances);
            plan->instances[plan->n_instances++] =
                plan->variants[i].instances[j];
        }
}

/* create and ready of all instances, the isolated ones in their processes. */
static int prepare_variants(struct plan *plan, struct error *err)
{
    int status = start_processes(plan, err);

    list_instances(plan);
    for (size_t i = 0; i < plan->n_variants && !status; i++)
        status = prepare_variant(plan, &plan->variants[i], err);
    for (size_t i = 0; i < plan->n_processes; i++)
        isolate_contain(plan->processes[i]);
    return status;
}

static int read_experiment(struct plan *plan,
                           const struct plan_settings *settings,
                           struct error *err)
{
    int status = experiment_load(settings->file, settings->sets,
                                 settings->n_sets, &plan->experiment, err);

    if (!status && settings->only)
        experiment_select(plan->experiment, settings->only);
    return status;
}

/* In the order in which a mistake is cheapest to find: the file, the
 * plugins, their options against config.json, then weights and text. */
int plan_make(const struct plan_settings *settings, const struct plan **out,
              struct error *err)
{
    struct plan *plan = mem_new(1, sizeof *plan);
    int status;

    if (!settings->outer)
        file_watch_begin();
    plan->samples = settings->samples;
    plugin_path_init(&plan->path, settings->plugin_dir);
    if ((status = read_experiment(plan, settings, err)) ||
        (status = plan_load_plugins(plan, err)) ||
        (status = configure_model(plan, err)) ||
        (status = make_variants(plan, settings, err)) ||
        (status = plan_digest_files(plan, err)) ||
        (status = open_data(plan, settings, err)) ||
        (status = plan_add_pair(plan, err)) ||
        (status = prepare_variants(plan, err)) ||
        (status = thread_policy_plan(plan, err)) ||
        (status = memory_plan(plan, err)))
        plan_free(plan);
    else
        *out = plan;
    return status;
}

static void free_variants(struct plan *plan)
{
    for (size_t i = 0; plan->variants && i < plan->n_variants; i++) {
        struct variant_run *variant = &plan->variants[i];

        for (size_t j = 0; j < variant->n_instances; j++)
            instance_free(variant->instances[j]);
        free(variant->instances);
        hooks_free(variant->hooks);
    }
    free(plan->variants);
    free(plan->instances);
}

void plan_free(const struct plan *made)
{
    struct plan *plan = (struct plan *)made;

    if (!plan)
        return;
    free_variants(plan);
    for (size_t i = 0; i < plan->n_processes; i++)
        isolate_free(plan->processes[i]);
    free(plan->processes);
    hooks_free(plan->survey);
    sources_clear(plan);
    batches_clear(&plan->batches);
    prompt_table_free(plan->prompts);
    prompt_table_free(plan->pairs);
    samples_free(plan->samples);
    token_labels_free(plan->labels);
    model_tokenizer_free(plan->tokenizer);
    model_close(plan->model);
    for (size_t i = 0; i < plan->n_plugins; i++)
        plugin_free(plan->plugins[i]);
    free(plan->plugins);
    free(plan->plugin_names);
    free(plan->option_files);
    plan_free_lists(plan);
    experiment_free(plan->experiment);
    plugin_path_clear(&plan->path);
    free(plan);
}

const struct variant_run *plan_baseline(const struct plan *plan)
{
    return plan->experiment->baseline ? &plan->variants[0] : NULL;
}

const struct variant_run *plan_pair(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_variants && i < 2; i++)
        if (plan->variants[i].role == TRANSECT_ROLE_PAIR)
            return &plan->variants[i];
    return NULL;
}

bool plan_has_survey(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_instances; i++)
        if (plan->instances[i]->surveys)
            return true;
    return false;
}

const struct variant_run *plan_sweep_variants(const struct plan *plan,
                                              const struct sweep *sweep)
{
    const struct variant_run *variant = plan->variants;

    while (variant_sweep(variant) != sweep)
        variant++;
    return variant;
}

const struct variant_run *plan_reference(const struct plan *plan,
                                         const struct sweep *sweep)
{
    const char *name = sweep->section.reference;

    for (size_t i = 0; name && i < plan->n_variants; i++)
        if (strcmp(plan->variants[i].name, name) == 0)
            return &plan->variants[i];
    return plan_baseline(plan);
}

bool plan_shows(const struct plan *plan, const struct variant_run *variant)
{
    return !variant_sweep(variant) ||
           experiment_names(plan->experiment, variant->name);
}
