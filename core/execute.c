/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* execute.c - the run of a plan: every sample through every variant. */
#include "execute.h"

#include "checkpoint.h"
#include "crash.h"
#include "forward.h"
#include "mem.h"
#include "progress.h"

#include <stdlib.h>

volatile sig_atomic_t execute_signal;

/* Of samples before `end`. */
static void make_batch(const struct plan *plan, int first, int end,
                       struct span *spans, struct batch *batch)
{
    const struct input *input = plan->input;
    int left = end - first;

    batch->spans = spans;
    batch->n_span = left < plan->batch_samples ? left : plan->batch_samples;
    batch->n_row = batch->n_span * input->length;
    batch->tokens = input->tokens + (size_t)first * (size_t)input->length;
    for (int i = 0; i < batch->n_span; i++)
        spans[i] = (struct span){
            .sample = first + i,
            .slot = i,
            .row = i * input->length,
            .n_token = input->length,
        };
}

typedef int sample_fn(struct transect_ctx *instance,
                      const struct transect_sample *sample,
                      struct error *err);

/* begin or end of all instances, sample by sample. */
static int tell_samples(const struct lane *lane, const struct batch *batch,
                        sample_fn *tell, struct error *err)
{
    int status = ST_OK;

    for (int i = 0; i < batch->n_span; i++) {
        const struct span *span = &batch->spans[i];
        struct transect_sample sample = {
            .size = sizeof sample,
            .sample = span->sample,
            .slot = span->slot,
            .n_token = span->n_token,
            .tokens = batch->tokens + span->row,
        };

        for (size_t j = 0; j < lane->n_instances && !status; j++)
            status = tell(lane->instances[j], &sample, err);
    }
    return status;
}

static int run_lane(struct forward *forward, const struct lane *lane,
                    const struct batch *batch, struct error *err)
{
    int status = tell_samples(lane, batch, instance_begin, err);

    if (status)
        return status;
    status = forward_run(forward, lane->hooks, batch, err);
    if (status)
        return error_within(err, "variant %s", lane->name);
    return tell_samples(lane, batch, instance_end, err);
}

struct run {
    struct plan *plan;
    struct forward *forward;
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
    if (!execute_signal)
        return ST_OK;
    return error_set(err, ST_FAILED, "interrupted by signal %d",
                     (int)execute_signal);
}

static int run_lanes(struct run *run, const struct batch *batch,
                     struct error *err)
{
    struct plan *plan = run->plan;
    int first = batch->spans[0].sample, status = ST_OK;

    for (size_t i = 0; i < plan->n_lanes && !status; i++) {
        progress_step(&run->progress, first, plan->input->n_sample,
                      plan->lanes[i].name);
        status = run_lane(run->forward, &plan->lanes[i], batch, err);
        if (!status)
            status = check_signal(err);
    }
    if (!status && plan->checkpoint)
        status = checkpoint_reach(plan->checkpoint, plan,
                                  first + batch->n_span, err);
    return status;
}

/* The variant of the instance whose event made the survey fail; NULL: it was
 * none. */
static const char *failed_variant(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_lanes; i++)
        for (size_t j = 0; j < plan->lanes[i].n_instances; j++) {
            const struct transect_ctx *instance =
                plan->lanes[i].instances[j];

            if (instance->error.status && !instance->owner.disabled)
                return plan->lanes[i].name;
        }
    return NULL;
}

static int survey_batch(struct run *run, const struct batch *batch,
                        struct error *err)
{
    const char *variant;

    progress_step(&run->progress, batch->spans[0].sample,
                  run->plan->input->n_sample, NULL);
    if (!forward_run(run->forward, run->plan->survey, batch, err))
        return check_signal(err);
    variant = failed_variant(run->plan);
    if (variant)
        error_within(err, "variant %s", variant);
    return error_within(err, "survey");
}

/* The pass before the variants, for all that asked for it. */
static int run_survey(struct run *run, struct error *err)
{
    const struct plan *plan = run->plan;
    int status;

    crash_now->survey = 1;
    status = each_batch(run, 0, plan->input->n_sample, survey_batch, err);
    crash_now->survey = 0;
    for (size_t i = 0; i < plan->n_lanes && !status; i++)
        for (size_t j = 0; j < plan->lanes[i].n_instances && !status; j++)
            status = instance_surveyed(plan->lanes[i].instances[j], err);
    return status;
}

/* Observers stand in the same order in every lane, behind the editors. */
static int finish_lane(const struct lane *lane, const struct lane *baseline,
                       struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < lane->n_instances && !status; i++) {
        const struct transect_ctx *other = NULL;

        if (i >= lane->n_edits && baseline && baseline != lane)
            other = baseline->instances[i - lane->n_edits];
        status = instance_finish(lane->instances[i], other, err);
    }
    return status;
}

/* One observer in all variants where it is whole. */
static int compare_observer(const struct plan *plan, size_t observer,
                            struct error *err)
{
    void **states = mem_new(plan->n_lanes, sizeof *states);
    const char **names = mem_new(plan->n_lanes, sizeof *names);
    struct transect_ctx *first = NULL;
    size_t n = 0;
    int status = ST_OK;

    for (size_t i = 0; i < plan->n_lanes; i++) {
        const struct lane *lane = &plan->lanes[i];
        struct transect_ctx *instance =
            lane->instances[lane->n_edits + observer];

        if (instance->owner.disabled)
            continue;
        first = first ? first : instance;
        states[n] = instance->owner.state;
        names[n++] = lane->name;
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

static int run_passes(struct run *run, bool quiet, struct error *err)
{
    const struct plan *plan = run->plan;
    bool survey = plan_has_survey(plan);
    size_t steps = n_batches(plan, plan->end - plan->first) * plan->n_lanes;
    int status = ST_OK;

    if (survey)
        steps += n_batches(plan, plan->input->n_sample);
    progress_begin(&run->progress, steps, quiet);
    if (survey)
        status = run_survey(run, err);
    if (!status && plan->checkpoint)
        status = checkpoint_restore(plan->checkpoint, run->plan, err);
    if (!status)
        status = each_batch(run, plan->first, plan->end, run_lanes, err);
    progress_end(&run->progress);
    return status;
}

int execute_samples(struct plan *plan, bool quiet, struct error *err)
{
    size_t rows = (size_t)plan->batch_samples * (size_t)plan->input->length;
    struct run run = {.plan = plan};
    int status;

    if ((plan->memory.convert && model_convert(plan->model, err)) ||
        forward_new(plan->model, (int)rows, plan->input->length, &run.forward,
                    err))
        return err->status;
    status = run_passes(&run, quiet, err);
    forward_free(run.forward);
    return status;
}

int execute_finish(struct plan *plan, struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < plan->n_lanes && !status; i++)
        status = finish_lane(&plan->lanes[i], plan_baseline(plan), err);
    for (size_t i = plan->lanes[0].n_edits;
         i < plan->lanes[0].n_instances && !status; i++)
        status = compare_observer(plan, i - plan->lanes[0].n_edits, err);
    return status;
}

int execute_plan(struct plan *plan, bool quiet, struct error *err)
{
    int status = execute_samples(plan, quiet, err);

    return status ? status : execute_finish(plan, err);
}
