/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* run.c - a plan as it is run. */
#include "run/run.h"

#include "base/interrupt.h"
#include "base/mapped-file.h"
#include "base/mem.h"
#include "executor/forward.h"
#include "plan/thread-policy.h"
#include "run/execute-variants.h"
#include "run/growth.h"
#include "run/progress.h"
#include "run/source-pass.h"
#include "run/sweep-effects.h"
#include "sandbox/crash-report.h"
#include "sandbox/stdio-capture.h"

#include <cblas.h>
#include <stdlib.h>

struct step {
    struct run *run;
    struct forward *survey; /* during the survey */
    struct variants_pass *variants; /* after it */
    struct progress progress;
};

typedef int batch_fn(struct step *step, const struct batch *batch,
                     struct error *err);

static int each_batch(struct step *step, struct sample_range range,
                      batch_fn *work, struct error *err)
{
    const struct plan *plan = step->run->plan;
    struct span *spans = mem_new((size_t)plan->batches.max_samples,
                                 sizeof *spans);
    struct batch batch;
    int status = ST_OK;

    for (size_t i = 0; i < plan->batches.n && !status; i++)
        if (batches_pass(&plan->batches, i, plan->samples, range, spans,
                         &batch) &&
            !(status = work(step, &batch, err)))
            status = mapped_file_check(err);
    free(spans);
    return status;
}

static struct sample_range all_samples(const struct plan *plan)
{
    return (struct sample_range){0, plan->samples->n_sample};
}

static int batch_of_variants(struct step *step, const struct batch *batch,
                             struct error *err)
{
    struct run *run = step->run;
    int done = batch->spans[0].sample + batch->n_span;
    int status = variants_batch(step->variants, batch, &step->progress, err);

    if (!status)
        status = interrupt_check(err);
    if (!status && run->checkpoint && done < run->samples.end)
        status = checkpoint_reach(run->checkpoint, run->plan, done, err);
    if (run->results && run->checkpoint)
        results_keep_growing(run->results,
                             checkpoint_is_there(run->checkpoint));
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

static int batch_of_survey(struct step *step, const struct batch *batch,
                           struct error *err)
{
    const struct plan *plan = step->run->plan;
    const char *variant;

    progress_step(&step->progress, batch->spans[0].sample,
                  plan->samples->n_sample, NULL);
    if (!forward_run(step->survey, plan->survey, batch, err))
        return interrupt_check(err);
    variant = failed_variant(plan);
    if (variant)
        error_within(err, "variant %s", variant);
    return error_within(err, "survey");
}

/* The pass before the variants, for all that asked for it. */
static int survey_samples(struct step *step, struct error *err)
{
    const struct plan *plan = step->run->plan;
    struct thread_team *team = team_new(openblas_get_num_threads());
    int status = forward_new(plan->model, plan->batches.max_tokens,
                             plan->samples->longest, team, &step->survey, err);

    crash_now->survey = 1;
    if (!status)
        status = each_batch(step, all_samples(plan), batch_of_survey, err);
    capture_sweep();
    crash_now->survey = 0;
    forward_free(step->survey);
    team_free(team);
    return status;
}

/* The instance of the observer, which is number i of its variant's instances,
 * in another variant; NULL: it is no observer, or there is no other one.
 * Observers stand in the same order in every variant, behind the editors. */
static const struct transect_ctx *same_observer(
    const struct variant_run *variant, size_t i,
    const struct variant_run *other)
{
    return i >= variant->n_edits && other && other != variant
               ? other->instances[i - variant->n_edits + other->n_edits]
               : NULL;
}

static int finish_variant(const struct plan *plan,
                          const struct variant_run *variant,
                          struct error *err)
{
    const struct variant_run *baseline = plan_baseline(plan),
                             *pair = plan_pair(plan);
    int status = ST_OK;

    for (size_t i = 0; i < variant->n_instances && !status; i++)
        status = instance_finish(variant->instances[i],
                                 same_observer(variant, i, baseline),
                                 same_observer(variant, i, pair), err);
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

static int convert(const struct plan *plan, struct error *err)
{
    return plan->memory.convert ? model_convert(plan->model, err) : ST_OK;
}

void run_begin(struct run *run, const struct plan *plan, bool quiet)
{
    *run = (struct run){.plan = plan,
                        .quiet = quiet,
                        .samples = all_samples(plan),
                        .workers = plan->workers,
                        .started = time(NULL)};
}

int run_survey(struct run *run, struct error *err)
{
    const struct plan *plan = run->plan;
    struct step step = {.run = run};
    int status;

    if (!plan_has_survey(plan))
        return ST_OK;
    if (convert(plan, err))
        return err->status;
    progress_begin(&step.progress, plan->batches.n, run->quiet);
    status = survey_samples(&step, err);
    progress_end(&step.progress);
    for (size_t i = 0; i < plan->n_variants && !status; i++)
        for (size_t j = 0; j < plan->variants[i].n_instances && !status; j++)
            status = instance_surveyed(plan->variants[i].instances[j], err);
    return status;
}

int run_samples(struct run *run, struct error *err)
{
    const struct plan *plan = run->plan;
    struct step step = {.run = run};
    size_t n = batches_count(&plan->batches, run->samples);
    int status;

    if (convert(plan, err) ||
        variants_begin(plan, &run->workers, &step.variants, err))
        return err->status;
    progress_begin(&step.progress,
                   n * (size_t)(1 + thread_policy_forks(plan) +
                                source_pass_count(plan)),
                   run->quiet);
    status = each_batch(&step, run->samples, batch_of_variants, err);
    progress_end(&step.progress);
    variants_end(step.variants);
    return status;
}

int run_finish(struct run *run, struct error *err)
{
    const struct plan *plan = run->plan;
    const struct variant_run *first = &plan->variants[0];
    int status = ST_OK;

    for (size_t i = 0; i < plan->n_variants && !status; i++) {
        const struct variant_run *variant = &plan->variants[i];

        status = finish_variant(plan, variant, err);
        if (!status)
            status = interrupt_check(err);
        for (size_t j = 0; j < variant->n_instances; j++)
            if (!plan_shows(plan, variant))
                plugin_outputs_keep_tables(&variant->instances[j]->own);
    }
    for (size_t i = first->n_edits; i < first->n_instances && !status; i++)
        status = compare_observer(plan, i - first->n_edits, err);
    if (!status)
        effects_make(plan, &run->effects, &run->n_effects);
    return status;
}

/* Between the survey and the samples. */
static int take_up(struct run *run, struct error *err)
{
    int status = run->results ? growth_begin(run, err) : ST_OK;

    if (!status && run->checkpoint)
        status = checkpoint_restore(run->checkpoint, run->plan, err);
    return status;
}

static int run_rest(struct run *run, struct error *err)
{
    int status = run_samples(run, err);

    return status ? status : run_finish(run, err);
}

int run_all(struct run *run, struct error *err)
{
    int status = run_survey(run, err);

    if (!status)
        status = take_up(run, err);
    return status ? status : run_rest(run, err);
}

int run_plan(const struct plan *plan, struct error *err)
{
    struct run run;
    int status;

    run_begin(&run, plan, true);
    status = run_all(&run, err);
    run_end(&run);
    return status;
}

static int open_checkpoint(struct run *run,
                           const struct checkpoint_settings *settings,
                           struct error *err)
{
    if (!run->plan->experiment->checkpoint || !settings->dir)
        return ST_OK;
    if (checkpoint_open(run->plan, settings, &run->checkpoint, err))
        return err->status;
    run->samples.first = checkpoint_samples(run->checkpoint);
    return ST_OK;
}

int run_experiment(const struct plan *plan,
                   const struct run_settings *settings, struct run *run,
                   struct error *err)
{
    struct timespec began;

    run_begin(run, plan, settings->quiet);
    run->results = settings->results;
    run->growing.dir = settings->checkpoint.dir;
    if (open_checkpoint(run, &settings->checkpoint, err))
        return err->status;
    clock_gettime(CLOCK_MONOTONIC, &began);
    if (capture_watch(plan->workers > 0, err))
        return err->status;
    if (!run_survey(run, &run->error) && !take_up(run, err))
        run_rest(run, &run->error);
    capture_unwatch();
    for (size_t i = 0; i < plan->n_instances; i++)
        growing_close(&plan->instances[i]->growing);
    run->seconds = progress_seconds_since(&began);
    return err->status ? err->status : interrupt_check(err);
}

void run_done(struct run *run)
{
    if (run->results)
        results_keep_growing(run->results, false);
    if (run->checkpoint)
        checkpoint_remove(run->checkpoint);
}

void run_end(struct run *run)
{
    effects_free(run->effects, run->n_effects);
    checkpoint_free(run->checkpoint);
    *run = (struct run){0};
}
