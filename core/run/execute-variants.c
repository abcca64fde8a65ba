/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* execute-variants.c - one batch through all variants, in one pass: they share
 * a stream until the first edit of each, and there it forks. */
#include "run/execute-variants.h"

#include "base/interrupt.h"
#include "base/mem.h"
#include "executor/fork-workers.h"
#include "hooks/stages.h"
#include "plan/thread-policy.h"
#include "run/execute.h"
#include "sandbox/stdio-capture.h"

#include <stdlib.h>

/* One variant. */
struct fork {
    const struct variant_run *variant;
    struct hook_set own;
    int stage; /* where it leaves the shared stream; behind the last: never */
    struct error err; /* of what it does after that */
};

struct variants_pass {
    struct plan *plan;
    struct forward *forward; /* of the shared stream */
    struct fork_workers *crew; /* NULL: none forks */
    struct thread_team *team; /* of the passes on the main thread */
    struct fork *forks;      /* (n_lanes) */
    struct hook_set shared; /* those that have not forked */
    bool failed;             /* without workers: a fork has, so that no other
                              * needs to be begun */
};

typedef int sample_fn(struct transect_ctx *instance,
                      const struct transect_sample *sample,
                      struct error *err);

/* begin or end of all instances of a variant, sample by sample. */
static int tell_samples(const struct variant_run *variant,
                        const struct batch *batch, sample_fn *tell,
                        struct error *err)
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

        for (size_t j = 0; j < variant->n_instances && !status; j++)
            status = tell(variant->instances[j], &sample, err);
    }
    return status;
}

static int tell_variants(const struct plan *plan, const struct batch *batch,
                         sample_fn *tell, struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < plan->n_variants && !status; i++)
        status = tell_samples(&plan->variants[i], batch, tell, err);
    return status;
}

int variants_begin(struct plan *plan, struct variants_pass **out,
                   struct error *err)
{
    struct variants_pass *run = mem_new(1, sizeof *run);
    int tokens = plan->samples->length, rows = plan->batch_samples * tokens;
    int status;

    run->plan = plan;
    run->team = team_new(thread_policy_team(plan));
    status = forward_new(plan->model, rows, tokens, run->team, &run->forward,
                         err);
    if (!status && thread_policy_forks(plan))
        status = fork_workers_new(plan->model, plan->workers, rows, tokens,
                                  run->team, &run->crew, err);
    if (run->crew)
        plan->workers = fork_workers_size(run->crew);
    run->forks = mem_new(plan->n_variants, sizeof *run->forks);
    run->shared.hooks = mem_new(plan->n_variants, sizeof *run->shared.hooks);
    for (size_t i = 0; i < plan->n_variants; i++) {
        struct variant_run *variant = &plan->variants[i];

        run->forks[i] = (struct fork){
            .variant = variant,
            .own = {&variant->hooks, 1},
            .stage = hooks_first_edit(variant->hooks),
        };
    }
    if (status)
        variants_end(run);
    else
        *out = run;
    return status;
}

void variants_end(struct variants_pass *run)
{
    if (!run)
        return;
    fork_workers_free(run->crew);
    forward_free(run->forward);
    team_free(run->team);
    free(run->forks);
    free(run->shared.hooks);
    free(run);
}

/* The rest of a variant's pass, by a worker. */
static void go_on(struct forward *forward, void *job)
{
    struct fork *fork = job;

    forward_end(forward, fork->stage, &fork->err);
    hooks_rest(fork->variant->hooks);
}

static void leave_shared(struct hook_set *shared, const struct hooks *hooks)
{
    size_t n = 0;

    for (size_t i = 0; i < shared->n; i++)
        if (shared->hooks[i] != hooks)
            shared->hooks[n++] = shared->hooks[i];
    shared->n = n;
}

/* Starts the variants that fork here. The last one that is left can as well
 * stay. */
static void fork_at(struct variants_pass *run, int stage,
                    struct progress *progress, const struct batch *batch)
{
    for (size_t i = 0; i < run->plan->n_variants; i++) {
        struct fork *fork = &run->forks[i];
        struct fork_worker *worker;

        if (fork->stage != stage || run->shared.n == 1 || run->failed ||
            interrupt_signal)
            continue;
        worker = fork_workers_idle(run->crew);
        progress_step(progress, batch->spans[0].sample,
                      run->plan->samples->n_sample, fork->variant->name);
        leave_shared(&run->shared, fork->variant->hooks);
        forward_fork(fork_worker_forward(worker), run->forward, &fork->own,
                     stage);
        fork_worker_start(worker, go_on, fork);
        if (!run->plan->workers)
            run->failed |= fork->err.status != ST_OK;
    }
}

/* The variant, of those that share the stream, to which a failure belongs:
 * that of the instance that failed, or the first. */
static const char *failed_variant(const struct variants_pass *run)
{
    const struct variant_run *first = NULL;

    for (size_t i = 0; i < run->plan->n_variants; i++) {
        const struct variant_run *variant = run->forks[i].variant;

        for (size_t j = 0; j < run->shared.n; j++) {
            if (run->shared.hooks[j] != variant->hooks)
                continue;
            first = first ? first : variant;
            if (variant_failed(variant))
                return variant->name;
        }
    }
    return first->name;
}

/* The shared stream, from which variants fork. */
static int run_shared(struct variants_pass *run, const struct batch *batch,
                      struct progress *progress, struct error *err)
{
    int last = stage_head(&run->plan->model->config), status = ST_OK;

    forward_begin(run->forward, &run->shared, batch);
    for (int stage = 0; stage <= last && !status; stage++) {
        fork_at(run, stage, progress, batch);
        if (interrupt_signal)
            return ST_OK;
        status = forward_stage(run->forward, stage, err);
    }
    return status ? error_within(err, "variant %s", failed_variant(run))
                  : ST_OK;
}

/* The failure of the first variant that has one. */
static int fork_failure(const struct variants_pass *run, struct error *err)
{
    for (size_t i = 0; i < run->plan->n_variants; i++)
        if (run->forks[i].err.status) {
            *err = run->forks[i].err;
            return error_within(err, "variant %s",
                                run->forks[i].variant->name);
        }
    return ST_OK;
}

int variants_batch(struct variants_pass *run, const struct batch *batch,
                   struct progress *progress, struct error *err)
{
    struct plan *plan = run->plan;
    int status = tell_variants(plan, batch, instance_begin, err);

    if (status)
        return status;
    run->shared.n = plan->n_variants;
    for (size_t i = 0; i < plan->n_variants; i++) {
        run->shared.hooks[i] = plan->variants[i].hooks;
        run->forks[i].err = (struct error){0};
    }
    progress_step(progress, batch->spans[0].sample, plan->samples->n_sample,
                  plan->variants[0].name);
    status = run_shared(run, batch, progress, err);
    if (run->crew)
        fork_workers_wait(run->crew);
    capture_sweep();
    if (!status)
        status = fork_failure(run, err);
    if (!status && !interrupt_signal)
        status = tell_variants(plan, batch, instance_end, err);
    return status;
}
