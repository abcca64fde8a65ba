/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* execute.c - the run of a plan: every sample through every variant. */
#include "run/execute.h"

#include "base/interrupt.h"
#include "base/mem.h"
#include "executor/forward.h"
#include "plan/thread-policy.h"
#include "run/checkpoint.h"
#include "run/execute-variants.h"
#include "run/progress.h"
#include "run/sweep-effects.h"
#include "sandbox/crash-report.h"
#include "sandbox/stdio-capture.h"

#include <cblas.h>
#include <stdlib.h>

/* Of samples before `end`. */
static void make_batch(const struct plan *plan, int first, int end,
                       struct span *spans, struct batch *batch)
{
    const struct samples *samples = plan->samples;
    int left = end - first;

    batch->spans = spans;
    batch->n_span = left < plan->batch_samples ? left : plan->batch_samples;
    batch->n_row = batch->n_span * samples->length;
    batch->tokens = samples->tokens + (size_t)first * (size_t)samples->length;
    for (int i = 0; i < batch->n_span; i++)
        spans[i] = (struct span){
            .sample = first + i,
            .slot = i,
            .row = i * samples->length,
            .n_token = samples->length,
        };
}

struct run {
    struct plan *plan;
    struct forward *survey;  /* during the survey */
    struct variants_pass *variants; /* after it */
    struct progress progress;
};

typedef int batch_fn(struct run *run, const struct batch *batch,
                     struct error *err);

static int each_batch(struct run *run, int first, int end, batch_fn *work,
                      struct error *err)
{
    const struct plan *plan = run->plan;
    struct span *spans = mem_new((size_t)plan->batch_samples, sizeof *spans);
    int status = ST_OK;

    for (; first < end && !status; first += plan->batch_samples) {
        struct batch batch;

        make_batch(plan, first, end, spans, &batch);
        status = work(run, &batch, err);
    }
    free(spans);
    return status;
}

static int check_signal(struct error *err)
{
    if (!interrupt_signal)
        return ST_OK;
    return error_set(err, ST_FAILED, "interrupted by signal %d",
                     (int)interrupt_signal);
}

static int run_variants(struct run *run, const struct batch *batch,
                        struct error *err)
{
    struct plan *plan = run->plan;
    int status = variants_batch(run->variants, batch, &run->progress, err);

    if (!status)
        status = check_signal(err);
    if (!status && plan->checkpoint)
        status = checkpoint_reach(plan->checkpoint, plan,
                                  batch->spans[0].sample + batch->n_span,
                                  err);
    return status;
}

/* The variant of the instance whose event made the survey fail; NULL: it was
 * none. */
static const char *failed_variant(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_variants; i++)
        if (variant_failed(&plan->variants[i]))
            return plan->variants[i].name;
    return NULL;
}

static int survey_batch(struct run *run, const struct batch *batch,
                        struct error *err)
{
    const char *variant;

    progress_step(&run->progress, batch->spans[0].sample,
                  run->plan->samples->n_sample, NULL);
    if (!forward_run(run->survey, run->plan->survey, batch, err))
        return check_signal(err);
    variant = failed_variant(run->plan);
    if (variant)
        error_within(err, "variant %s", variant);
    return error_within(err, "survey");
}

/* The pass before the variants, for all that asked for it. */
static int survey_samples(struct run *run, struct error *err)
{
    const struct plan *plan = run->plan;
    int tokens = plan->samples->length;
    struct thread_team *team = team_new(openblas_get_num_threads());
    int status = forward_new(plan->model, plan->batch_samples * tokens,
                             tokens, team, &run->survey, err);

    crash_now->survey = 1;
    if (!status)
        status = each_batch(run, 0, plan->samples->n_sample, survey_batch,
                            err);
    capture_sweep();
    crash_now->survey = 0;
    forward_free(run->survey);
    team_free(team);
    return status;
}

/* Observers stand in the same order in every variant, behind the editors. */
static int finish_variant(const struct variant_run *variant,
                          const struct variant_run *baseline,
                          struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < variant->n_instances && !status; i++) {
        const struct transect_ctx *other = NULL;

        if (i >= variant->n_edits && baseline && baseline != variant)
            other = baseline->instances[i - variant->n_edits];
        status = instance_finish(variant->instances[i], other, err);
    }
    return status;
}

/* One observer in all variants where it is whole, but those of sweeps, which
 * are too many to be looked at one by one. */
static int compare_observer(const struct plan *plan, size_t observer,
                            struct error *err)
{
    void **states = mem_new(plan->n_variants, sizeof *states);
    const char **names = mem_new(plan->n_variants, sizeof *names);
    struct transect_ctx *first = NULL;
    size_t n = 0;
    int status = ST_OK;

    for (size_t i = 0; i < plan->n_variants; i++) {
        const struct variant_run *variant = &plan->variants[i];
        struct transect_ctx
            *instance = variant->instances[variant->n_edits + observer];

        if (instance->owner.disabled || variant_sweep(variant))
            continue;
        first = first ? first : instance;
        states[n] = instance->owner.state;
        names[n++] = variant->name;
    }
    if (n >= 2 && first->plugin->desc.compare)
        status = instance_compare(first, states, names, n, err);
    free(states);
    free(names);
    return status;
}

static size_t n_batches(const struct plan *plan, int n_sample)
{
    return ((size_t)n_sample + (size_t)plan->batch_samples - 1) /
           (size_t)plan->batch_samples;
}

static int convert(struct plan *plan, struct error *err)
{
    return plan->memory.convert ? model_convert(plan->model, err) : ST_OK;
}

int execute_survey(struct plan *plan, bool quiet, struct error *err)
{
    struct run run = {.plan = plan};
    int status;

    if (!plan_has_survey(plan))
        return ST_OK;
    if (convert(plan, err))
        return err->status;
    progress_begin(&run.progress, n_batches(plan, plan->samples->n_sample),
                   quiet);
    status = survey_samples(&run, err);
    progress_end(&run.progress);
    for (size_t i = 0; i < plan->n_variants && !status; i++)
        for (size_t j = 0; j < plan->variants[i].n_instances && !status; j++)
            status = instance_surveyed(plan->variants[i].instances[j], err);
    return status;
}

int execute_samples(struct plan *plan, bool quiet, struct error *err)
{
    struct run run = {.plan = plan};
    int status;

    if (convert(plan, err) || variants_begin(plan, &run.variants, err))
        return err->status;
    progress_begin(&run.progress,
                   n_batches(plan, plan->end - plan->first) *
                       (size_t)(1 + thread_policy_forks(plan)),
                   quiet);
    status = each_batch(&run, plan->first, plan->end, run_variants, err);
    progress_end(&run.progress);
    variants_end(run.variants);
    return status;
}

int execute_finish(struct plan *plan, struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < plan->n_variants && !status; i++) {
        const struct variant_run *variant = &plan->variants[i];

        status = finish_variant(variant, plan_baseline(plan), err);
        for (size_t j = 0; j < variant->n_instances; j++)
            if (!plan_shows(plan, variant))
                plugin_outputs_keep_tables(&variant->instances[j]->own);
    }
    for (size_t i = plan->variants[0].n_edits;
         i < plan->variants[0].n_instances && !status; i++)
        status = compare_observer(plan, i - plan->variants[0].n_edits, err);
    if (!status)
        effects_make(plan, &plan->effects, &plan->n_effects);
    return status;
}

int execute_plan(struct plan *plan, bool quiet, struct error *err)
{
    int status = execute_survey(plan, quiet, err);

    if (!status && plan->checkpoint)
        status = checkpoint_restore(plan->checkpoint, plan, err);
    if (!status)
        status = execute_samples(plan, quiet, err);
    return status ? status : execute_finish(plan, err);
}
