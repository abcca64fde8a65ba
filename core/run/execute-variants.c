/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* execute-variants.c - one batch through all variants, in one pass: they share
 * a stream until the first edit of each, and there it forks. */
#include "run/execute-variants.h"

#include "base/interrupt.h"
#include "base/mem.h"
#include "executor/fork-workers.h"
#include "executor/kv-store.h"
#include "executor/stages.h"
#include "plan/thread-policy.h"
#include "run/source-pass.h"
#include "run/train.h"
#include "sandbox/stdio-capture.h"

#include <stdlib.h>

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
    int train_rows;         /* of a train */
    struct train **trains;  /* (n_trains) under way, by worker */
    size_t n_trains;
    struct train *loading; /* waits for forks */
    struct train_stops stops;
    struct kv_store *kept;     /* of the shared stream's rows, or NULL: ... */
    struct kv_store **parts;   /* ... (n_parts) of the batch's samples */
    int n_parts;
    struct span *spans;        /* of the batch, with these */
    struct batch keeping;
    const struct batch *batch; /* given */
    struct progress *progress;
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
            .stage = stages_first_edit(&plan->model->config, variant->hooks),
        };
    }
}

static void drop_parts(struct variants_pass *pass)
{
    for (int i = 0; i < pass->n_parts; i++)
        kv_store_free(pass->parts[i]);
    pass->n_parts = 0;
}

/* Lets the shared stream put its keys and values of the batch's samples where
 * forks find them. */
static void keep_prefixes(struct variants_pass *pass)
{
    size_t n = (size_t)pass->batch->n_span;

    drop_parts(pass);
    pass->parts = mem_grow(pass->parts, n, sizeof(struct kv_store *));
    pass->spans = mem_grow(pass->spans, n, sizeof *pass->spans);
    pass->keeping = *pass->batch;
    pass->keeping.spans = pass->spans;
    pass->n_parts = (int)n;
    for (size_t i = 0; i < n; i++) {
        struct span *span = &pass->spans[i];

        *span = pass->batch->spans[i];
        pass->parts[i] = kv_store_part(pass->kept, span->row);
        span->keep = pass->parts[i];
    }
}

/* With a train for each worker, and one that waits for forks meanwhile. */
static int make_workers(struct variants_pass *pass, struct error *err)
{
    const struct plan *plan = pass->plan;
    const struct config *config = &plan->model->config;

    if (plan->prefixes &&
        kv_store_new(config, plan->batches.max_tokens, &pass->kept, err))
        return err->status;
    pass->train_rows = thread_policy_train(plan);
    if (fork_workers_new(plan->model, plan->workers, pass->train_rows,
                         plan->samples->longest, pass->team,
                         &pass->fork_workers, err))
        return err->status;
    pass->workers = fork_workers_size(pass->fork_workers);
    pass->n_trains = pass->workers ? (size_t)pass->workers : 1;
    pass->trains = mem_new(pass->n_trains, sizeof *pass->trains);
    for (size_t i = 0; i < pass->n_trains; i++)
        pass->trains[i] = train_new(config);
    pass->loading = train_new(config);
    return ST_OK;
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
        status = make_workers(pass, err);
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
    for (size_t i = 0; i < pass->n_trains; i++)
        train_free(pass->trains[i]);
    free(pass->trains);
    train_free(pass->loading);
    stops_free(&pass->stops);
    drop_parts(pass);
    free(pass->parts);
    free(pass->spans);
    kv_store_free(pass->kept);
    source_pass_free(pass->sources);
    forward_free(pass->forward);
    team_free(pass->team);
    free(pass->forks);
    free(pass->shared.hooks);
    free(pass);
}

static void leave_shared(struct hook_set *shared, const struct hooks *hooks)
{
    size_t n = 0;

    for (size_t i = 0; i < shared->n; i++)
        if (shared->hooks[i] != hooks)
            shared->hooks[n++] = shared->hooks[i];
    shared->n = n;
}

/* Keeps the shared stream as it is before a stage, for forks of that stage:
 * those that are loaded and wait to board; or, `later`, one that is loaded
 * behind the stream's end, and counts as waiting until the batch is over. */
static int wait_at(struct variants_pass *pass, int stage, bool later,
                   struct error *err)
{
    struct train_stop *stop = stops_keep(&pass->stops, pass->forward,
                                         &pass->plan->model->config, stage,
                                         err);

    if (!stop)
        return err->status;
    if (later)
        stop->n_waiting++;
    else
        train_wait(pass->loading, stop);
    return ST_OK;
}

static bool any_failed(const struct train *train)
{
    for (size_t i = 0; i < train_forks(train); i++)
        if (train_fork(train, i)->err.status)
            return true;
    return false;
}

static int last_stage(const struct train *train)
{
    return train_fork(train, train_forks(train) - 1)->stage;
}

/* Lets the forks that are loaded go, as the shared stream is before `stage`.
 */
static int depart(struct variants_pass *pass, int stage, struct error *err)
{
    struct train *train = pass->loading;
    struct fork_worker *worker;
    struct train **place;

    if (pass->failed || !train_forks(train))
        return ST_OK;
    if (train_fork(train, 0)->stage < stage && last_stage(train) == stage &&
        wait_at(pass, stage, false, err))
        return err->status;
    for (size_t i = 0; i < train_forks(train); i++)
        progress_step(pass->progress, pass->batch->spans[0].sample,
                      pass->plan->samples->n_sample,
                      train_fork(train, i)->variant->name);
    worker = fork_workers_idle(pass->fork_workers);
    place = &pass->trains[fork_worker_number(worker)];
    pass->loading = *place;
    *place = train;
    train_clear(pass->loading);
    train_begin(train, fork_worker_forward(worker), pass->forward);
    fork_worker_start(worker, train_run, train);
    if (pass->workers)
        return ST_OK;
    pass->failed = any_failed(train);
    train_clear(train);
    return ST_OK;
}

/* A fork boards the train that is being loaded, from a batch of the shared
 * stream, which is there now or has been kept at a stop; the next train, if
 * this has no room, and then this departs. */
static int load(struct variants_pass *pass, struct fork *fork, int stage,
                struct train_stop *stop, struct error *err)
{
    const struct batch *batch = stop ? &stop->batch
                                     : forward_batch(pass->forward);
    int status = ST_OK;

    if (pass->failed || interrupt_signal)
        return ST_OK;
    train_add(pass->loading, fork, batch);
    if (train_rows(pass->loading) > pass->train_rows) {
        train_drop(pass->loading);
        status = depart(pass, stage, err);
        if (status || pass->failed)
            return status;
        train_add(pass->loading, fork, batch);
    }
    if (stop)
        train_wait(pass->loading, stop);
    return train_rows(pass->loading) < pass->train_rows
               ? ST_OK : depart(pass, stage, err);
}

/* Lets the variants that fork here leave the shared stream. The last one that
 * is left can as well stay, unless others want what is unedited. After a
 * failure they leave all the same, so that the stream is not edited by them,
 * but are not started. Where the stream keeps its keys and values, all of them
 * wait until it has ended. */
static int fork_at(struct variants_pass *pass, int stage, struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < pass->n_forks && !status; i++) {
        struct fork *fork = &pass->forks[i];

        if (fork->stage != stage || interrupt_signal ||
            (pass->shared.n == 1 && !pass->kept))
            continue;
        leave_shared(&pass->shared, fork->variant->hooks);
        if (!pass->kept)
            status = load(pass, fork, stage, NULL, err);
        else
            status = wait_at(pass, stage, true, err);
    }
    if (!status && train_forks(pass->loading) &&
        last_stage(pass->loading) == stage)
        status = wait_at(pass, stage, false, err);
    return status;
}

/* Those that have waited for the stream's end. */
static int load_held(struct variants_pass *pass, struct error *err)
{
    int n = stages_count(&pass->plan->model->config), status = ST_OK;

    for (int stage = 0; stage < n; stage++) {
        struct train_stop *stop = stops_find(&pass->stops, stage);

        for (size_t i = 0; stop && i < pass->n_forks && !status; i++)
            if (pass->forks[i].stage == stage)
                status = load(pass, &pass->forks[i], n, stop, err);
    }
    return status;
}

/* The variant, of those that share the stream, to which a failure belongs:
 * that of the instance that failed, or the first; of all, if none is left. */
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
    return first ? first->name : pass->forks->variant->name;
}

/* The shared stream, from which variants fork. */
static int run_shared(struct variants_pass *pass, struct error *err)
{
    int n = stages_count(&pass->plan->model->config), status = ST_OK;

    if (pass->kept)
        keep_prefixes(pass);
    forward_begin(pass->forward, &pass->shared,
                  pass->kept ? &pass->keeping : pass->batch);
    for (int stage = 0; stage < n && !status; stage++) {
        if (pass->fork_workers && fork_at(pass, stage, err))
            return err->status;
        if (interrupt_signal)
            return ST_OK;
        status = forward_stage(pass->forward, stage, err);
    }
    if (status)
        return error_within(err, "variant %s", failed_variant(pass));
    if (pass->kept)
        status = load_held(pass, err);
    if (!status && pass->fork_workers)
        status = depart(pass, n, err);
    return status;
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

/* All variants share the stream, and no train has forks. */
static void begin_batch(struct variants_pass *pass, const struct batch *batch,
                        struct progress *progress)
{
    pass->batch = batch;
    pass->progress = progress;
    pass->shared.n = pass->n_forks;
    for (size_t i = 0; i < pass->n_forks; i++) {
        pass->shared.hooks[i] = pass->forks[i].variant->hooks;
        pass->forks[i].err = (struct error){0};
    }
    for (size_t i = 0; i < pass->n_trains; i++)
        train_clear(pass->trains[i]);
    if (pass->loading)
        train_clear(pass->loading);
    stops_clear(&pass->stops);
    progress_step(progress, batch->spans[0].sample,
                  pass->plan->samples->n_sample,
                  pass->forks->variant->name);
}

int variants_batch(struct variants_pass *pass, const struct batch *batch,
                   struct progress *progress, struct error *err)
{
    int status = source_pass_run(pass->sources, batch, progress, err);

    if (!status && !interrupt_signal)
        status = tell_variants(pass, batch, instance_begin, err);
    if (status || interrupt_signal)
        return status;
    begin_batch(pass, batch, progress);
    status = run_shared(pass, err);
    if (pass->fork_workers)
        fork_workers_wait(pass->fork_workers);
    capture_sweep();
    if (!status)
        status = fork_failure(pass, err);
    if (!status && !interrupt_signal)
        status = tell_variants(pass, batch, instance_end, err);
    return status;
}
