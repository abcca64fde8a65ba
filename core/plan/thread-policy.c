/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* thread-policy.c - what the threads of a run do. */
#include "plan/thread-policy.h"

#include "plan/plan-internal.h"

#include <cblas.h>

int thread_policy_forks(const struct plan *plan)
{
    size_t n = 0, n_prompts = 0;

    for (size_t i = 0; i < plan->n_variants; i++) {
        n += plan->variants[i].n_edits > 0;
        n_prompts += plan->variants[i].role == TRANSECT_ROLE_PROMPT;
    }
    return (int)(n && n == n_prompts ? n - 1 : n);
}

int thread_policy_team(const struct plan *plan)
{
    return plan->workers ? 1 : openblas_get_num_threads();
}

int thread_policy_train(const struct plan *plan)
{
    int64_t alone = plan->batches.max_tokens;
    int workers = plan->workers ? plan->workers : 1;
    int64_t share = (thread_policy_forks(plan) + workers - 1) / workers;
    int64_t rows = share * alone;

    if (rows > plan->train_rows)
        rows = plan->train_rows;
    return (int)(rows > alone ? rows : alone);
}

int thread_policy_passes(const struct plan *plan)
{
    if (!thread_policy_forks(plan))
        return 1;
    return 1 + (plan->workers ? plan->workers : 1);
}

/* An instance whose events must come on the main thread, or NULL. */
static const struct transect_ctx *find_serial(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_instances; i++)
        if (!plan->instances[i]->any_thread)
            return plan->instances[i];
    return NULL;
}

int thread_policy_plan(struct plan *plan, struct error *err)
{
    const struct experiment *experiment = plan->experiment;
    const struct transect_ctx *serial = find_serial(plan);
    int threads = openblas_get_num_threads(),
        forks = thread_policy_forks(plan);

    plan->workers = 0;
    if (experiment->workers > 0 && serial)
        return error_at(err, ST_USAGE, experiment->workers_place,
                        "workers = %d, but events of plugin %s come on the "
                        "main thread only; use workers = 0",
                        experiment->workers, serial->owner.id);
    if (experiment->workers >= 0)
        plan->workers = experiment->workers < forks ? experiment->workers
                                                    : forks;
    else if (!serial && threads > 1 && forks >= threads)
        plan->workers = threads;
    return ST_OK;
}
