/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* execute-variants.c - one batch through all variants, in one pass: they share
 * a stream until the first edit of each, and there it forks. */
#include "run/execute-variants.h"

#include "base/interrupt.h"
#include "base/mem.h"
#include "executor/fork-workers.h"
#include "executor/stages.h"
#include "plan/thread-policy.h"
#include "run/source-pass.h"
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
    const struct plan *plan;
    int workers; /* that the system gave */
    struct forward *forward; /* of the shared stream */
    struct fork_workers *fork_workers; /* NULL: none forks */
    struct thread_team *team; /* of the passes on the main thread */
    struct source_pass *sources; /* that go before */
    struct fork *forks; /* (n_forks) variants that run the prompts */
    size_t n_forks;
    struct hook_set shared; /* those that have not forked */
    bool failed;             /* without workers: a fork has, so that no other
                              * needs to be begun */
};

/* Of the variants that run the prompts. */
static int tell_variants(const struct variants_pass *pass,
                         const struct batch *batch, variant_tell_fn *tell,
                         struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < pass->n_forks && !status; i++)
        status = variant_tell(pass->forks[i].variant, batch, tell, err);
    return status;
}

static void make_forks(struct variants_pass *pass)
{
    const struct plan *plan = pass->plan;

    pass->forks = mem_new(plan->n_variants, sizeof *pass->forks);
    pass->shared.hooks = mem_new(plan->n_variants, sizeof *pass->shared.hooks);
    for (size_t i = 0; i < plan->n_variants; i++) {
        const struct variant_run *variant = &plan->variants[i];

        if (variant->role != TRANSECT_ROLE_PROMPT)
            continue;
        pass->forks[pass->n_forks++] = (struct fork){
            .variant = variant,
            .own = {&plan->variants[i].hooks, 1},
            .stage = stages_first_edit(&plan->model->config, variant->hooks),
        };
    }
}

int variants_begin(const struct plan *plan, int *workers,
                   struct variants_pass **out, struct error *err)
{
    struct variants_pass *pass = mem_new(1, sizeof *pass);
    int tokens = sources_longest(plan), rows = sources_rows(plan);
    int status;

    pass->plan = plan;
    pass->team = team_new(thread_policy_team(plan));
    status = forward_new(plan->model, rows, tokens, pass->team, &pass->forward,
                         err);
    if (!status && thread_policy_forks(plan))
        status = fork_workers_new(plan->model, plan->workers, rows, tokens,
                                  pass->team, &pass->fork_workers, err);
    if (pass->fork_workers)
        pass->workers = fork_workers_size(pass->fork_workers);
    *workers = pass->workers;
    if (!status)
        status = source_pass_new(plan, pass->forward, &pass->sources, err);
    make_forks(pass);
    if (status)
        variants_end(pass);
    else
        *out = pass;
    return status;
}

void variants_end(struct variants_pass *pass)
{
    if (!pass)
        return;
    fork_workers_free(pass->fork_workers);
    source_pass_free(pass->sources);
    forward_free(pass->forward);
    team_free(pass->team);
    free(pass->forks);
    free(pass->shared.hooks);
    free(pass);
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
 * stay. After a failure the others leave all the same, so that the shared
 * stream is not edited by them, but are not started. */
static void fork_at(struct variants_pass *pass, int stage,
                    struct progress *progress, const struct batch *batch)
{
    for (size_t i = 0; i < pass->n_forks; i++) {
        struct fork *fork = &pass->forks[i];
        struct fork_worker *worker;

        if (fork->stage != stage || pass->shared.n == 1 || interrupt_signal)
            continue;
        leave_shared(&pass->shared, fork->variant->hooks);
        if (pass->failed)
            continue;
        worker = fork_workers_idle(pass->fork_workers);
        progress_step(progress, batch->spans[0].sample,
                      pass->plan->samples->n_sample, fork->variant->name);
        forward_fork(fork_worker_forward(worker), pass->forward, &fork->own,
                     stage);
        fork_worker_start(worker, go_on, fork);
        if (!pass->workers)
            pass->failed |= fork->err.status != ST_OK;
    }
}

/* The variant, of those that share the stream, to which a failure belongs:
 * that of the instance that failed, or the first. */
static const char *failed_variant(const struct variants_pass *pass)
{
    const struct variant_run *first = NULL;

    for (size_t i = 0; i < pass->n_forks; i++) {
        const struct variant_run *variant = pass->forks[i].variant;

        for (size_t j = 0; j < pass->shared.n; j++) {
            if (pass->shared.hooks[j] != variant->hooks)
                continue;
            first = first ? first : variant;
            if (variant_failed(variant))
                return variant->name;
        }
    }
    return first->name;
}

/* The shared stream, from which variants fork. */
static int run_shared(struct variants_pass *pass, const struct batch *batch,
                      struct progress *progress, struct error *err)
{
    int n = stages_count(&pass->plan->model->config), status = ST_OK;

    forward_begin(pass->forward, &pass->shared, batch);
    for (int stage = 0; stage < n && !status; stage++) {
        fork_at(pass, stage, progress, batch);
        if (interrupt_signal)
            return ST_OK;
        status = forward_stage(pass->forward, stage, err);
    }
    return status ? error_within(err, "variant %s", failed_variant(pass))
                  : ST_OK;
}

/* The failure of the first variant that has one. */
static int fork_failure(const struct variants_pass *pass, struct error *err)
{
    for (size_t i = 0; i < pass->n_forks; i++)
        if (pass->forks[i].err.status) {
            *err = pass->forks[i].err;
            return error_within(err, "variant %s",
                                pass->forks[i].variant->name);
        }
    return ST_OK;
}

int variants_batch(struct variants_pass *pass, const struct batch *batch,
                   struct progress *progress, struct error *err)
{
    int status = source_pass_run(pass->sources, batch, progress, err);

    if (!status && !interrupt_signal)
        status = tell_variants(pass, batch, instance_begin, err);
    if (status || interrupt_signal)
        return status;
    pass->shared.n = pass->n_forks;
    for (size_t i = 0; i < pass->n_forks; i++) {
        pass->shared.hooks[i] = pass->forks[i].variant->hooks;
        pass->forks[i].err = (struct error){0};
    }
    progress_step(progress, batch->spans[0].sample,
                  pass->plan->samples->n_sample,
                  pass->forks->variant->name);
    status = run_shared(pass, batch, progress, err);
    if (pass->fork_workers)
        fork_workers_wait(pass->fork_workers);
    capture_sweep();
    if (!status)
        status = fork_failure(pass, err);
    if (!status && !interrupt_signal)
        status = tell_variants(pass, batch, instance_end, err);
    return status;
}
