/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* execute.c - the run of a plan: every sample through every variant. */
#include "execute.h"

#include "crash.h"
#include "forward.h"
#include "mem.h"
#include "progress.h"

#include <stdlib.h>

volatile sig_atomic_t execute_signal;

static void make_batch(const struct plan *plan, int first, struct span *spans,
                       struct batch *batch)
{
    const struct input *input = plan->input;
    int left = input->n_sample - first;

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
    crash_place.variant = lane->name;
    status = forward_run(forward, lane->hooks, batch, err);
    if (status)
        return error_within(err, "variant %s", lane->name);
    return tell_samples(lane, batch, instance_end, err);
}

static int run_samples(struct plan *plan, struct forward *forward,
                       struct progress *progress, struct error *err)
{
    struct span *spans = mem_new((size_t)plan->batch_samples, sizeof *spans);
    int n_sample = plan->input->n_sample, status = ST_OK;

    for (int first = 0; first < n_sample && !status;
         first += plan->batch_samples) {
        struct batch batch;

        make_batch(plan, first, spans, &batch);
        for (size_t i = 0; i < plan->n_lanes && !status; i++) {
            progress_step(progress, first, n_sample, plan->lanes[i].name);
            status = run_lane(forward, &plan->lanes[i], &batch, err);
            if (!status && execute_signal)
                status = error_set(err, ST_FAILED, "interrupted by signal "
                                   "%d", (int)execute_signal);
        }
    }
    free(spans);
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

int execute_plan(struct plan *plan, bool quiet, struct error *err)
{
    size_t rows = (size_t)plan->batch_samples * (size_t)plan->input->length;
    size_t batches = ((size_t)plan->input->n_sample +
                      (size_t)plan->batch_samples - 1) /
                     (size_t)plan->batch_samples;
    struct forward *forward;
    struct progress progress;
    int status;

    status = forward_new(plan->model, (int)rows, plan->input->length,
                         &forward, err);
    if (status)
        return status;
    progress_begin(&progress, batches * plan->n_lanes, quiet);
    status = run_samples(plan, forward, &progress, err);
    progress_end(&progress);
    forward_free(forward);
    for (size_t i = 0; i < plan->n_lanes && !status; i++)
        status = finish_lane(&plan->lanes[i], plan_baseline(plan), err);
    for (size_t i = plan->lanes[0].n_edits;
         i < plan->lanes[0].n_instances && !status; i++)
        status = compare_observer(plan, i - plan->lanes[0].n_edits, err);
    return status;
}
