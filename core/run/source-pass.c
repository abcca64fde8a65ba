/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* source-pass.c - the passes that go before a batch. */
#include "run/source-pass.h"

#include "base/interrupt.h"
#include "base/mem.h"
#include "plan/sources.h"

#include <stdlib.h>

struct source_pass {
    const struct plan *plan;
    struct forward *forward;
    struct source_batch batch;
};

int source_pass_new(const struct plan *plan, struct forward *forward,
                    struct source_pass **out, struct error *err)
{
    struct source_pass *pass = mem_new(1, sizeof *pass);
    int status = ST_OK;

    pass->plan = plan;
    pass->forward = forward;
    source_batch_make(plan, &pass->batch);
    for (int i = 0; i < TRANSECT_N_SOURCES && !status; i++)
        status = captures_reserve(plan->captures[i], source_size(plan, i),
                                  plan->memory.captures_in_file, err);
    if (status)
        source_pass_free(pass);
    else
        *out = pass;
    return status;
}

int source_pass_count(const struct plan *plan)
{
    int n = 0;

    for (int i = 0; i < TRANSECT_N_SOURCES; i++)
        n += source_runs(plan, i);
    return n;
}

/* A pass with those who hear of it; the pairs' variant is told of its
 * samples. */
static int run_source(struct source_pass *pass, int kind,
                      const struct variant_run *variant, struct error *err)
{
    struct hooks *hooks[2];
    struct hook_set set = {hooks, source_hooks(pass->plan, kind, hooks)};
    const struct batch *batch = &pass->batch.given;
    int status = ST_OK;

    if (variant)
        status = variant_tell(variant, batch, instance_begin, err);
    if (status)
        return status;
    forward_begin(pass->forward, &set, batch);
    if (forward_end(pass->forward, 0, err))
        return variant ? error_within(err, "variant %s", variant->name)
                       : error_within(err, "source %s", source_name(kind));
    if (variant && !interrupt_signal)
        status = variant_tell(variant, batch, instance_end, err);
    return status;
}

int source_pass_run(struct source_pass *pass, const struct batch *batch,
                    struct progress *progress, struct error *err)
{
    const struct plan *plan = pass->plan;
    int status = ST_OK;

    for (int i = 0; i < TRANSECT_N_SOURCES && !status; i++) {
        if (!source_runs(plan, i) || interrupt_signal)
            continue;
        progress_step(progress, batch->spans[0].sample,
                      plan->samples->n_sample, source_name(i));
        source_batch_fill(plan, i, batch, &pass->batch);
        status = run_source(pass, i,
                            i == TRANSECT_FROM_PAIR ? plan_pair(plan) : NULL,
                            err);
    }
    return status;
}

void source_pass_free(struct source_pass *pass)
{
    if (!pass)
        return;
    source_batch_clear(&pass->batch);
    free(pass);
}
