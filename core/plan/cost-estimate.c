/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cost-estimate.c - what a plan will compute and hold, before it runs. */
#include "plan/cost-estimate.h"

#include "base/mem.h"
#include "executor/forward.h"
#include "executor/kv-store.h"
#include "executor/needs.h"
#include "executor/stage-rows.h"
#include "executor/stages.h"
#include "plan/thread-policy.h"

#include <cblas.h>
#include <stdlib.h>

double cost_forward_flops(const struct config *config, int n_token)
{
    const struct span span = {.n_token = n_token};

    return stages_flops_of_all(config, &span);
}

/* May samples of one length need different rows, as at places that have a
 * name? */
static bool rows_vary(const struct config *config, const struct hook_set *set)
{
    for (int stage = 0; stage < stages_count(config); stage++) {
        int layer;
        uint32_t points = stages_at(config, stage, &layer)->points;

        for (int point = 0; point < TRANSECT_N_POINTS; point++)
            if (points >> point & 1 && hook_set_rows_vary(set, point, layer))
                return true;
    }
    return false;
}

/* What is summed over samples: operations of one. */
typedef double sample_flops(const struct config *config, const void *of,
                            const struct span *span);

/* Samples of one length cost the same, and are asked for once, unless their
 * rows vary. */
static double sum_samples(const struct config *config,
                          const struct samples *samples, bool vary,
                          sample_flops *one, const void *of)
{
    double flops = 0;

    for (int n = 1; !vary && n <= samples->longest; n++) {
        const struct span span = {.sample = -1, .n_token = n};

        if (samples->n_of_length[n])
            flops += samples->n_of_length[n] * one(config, of, &span);
    }
    for (int i = 0; vary && i < samples->n_sample; i++) {
        const struct span span = {.sample = i,
                                  .n_token = samples->list[i].n_token};

        flops += one(config, of, &span);
    }
    return flops;
}

/* A pass from a stage on, for a set. */
struct part {
    const struct hook_set *set;
    int stage;
    bool late; /* it begins with the first row that is heard or edited */
};

static double part_flops(const struct config *config, const void *of,
                         const struct span *span)
{
    const struct part *part = of;
    struct span own = *span;

    if (part->late)
        needs_begin(config, part->set, part->stage, &own);
    return stages_flops(config, part->set, part->stage, &own);
}

static double part_of_all(const struct plan *plan,
                          const struct samples *samples,
                          const struct part *part)
{
    const struct config *config = &plan->model->config;

    return sum_samples(config, samples, rows_vary(config, part->set),
                       part_flops, part);
}

double cost_pass_flops(const struct plan *plan, struct hooks *hooks,
                       int from_stage)
{
    const struct hook_set set = {&hooks, 1};

    return part_of_all(plan, plan->samples,
                       &(struct part){&set, from_stage, false});
}

double cost_source_flops(const struct plan *plan, int kind)
{
    struct hooks *hooks[2];
    struct hook_set set = {hooks, source_hooks(plan, kind, hooks)};

    return part_of_all(plan, plan->sources[kind].samples,
                       &(struct part){&set, 0, false});
}

/* The stage with its first edit; the last plus one: it has none. */
static int fork_stage(const struct plan *plan,
                      const struct variant_run *variant)
{
    return variant_edits_by_survey(variant)
               ? 0
               : stages_first_edit(&plan->model->config, variant->hooks);
}

int cost_first_stage(const struct plan *plan,
                     const struct variant_run *variant)
{
    return variant->n_edits ? fork_stage(plan, variant) : 0;
}

double cost_fork_flops(const struct plan *plan,
                       const struct variant_run *variant)
{
    const struct hook_set set = {(struct hooks **)&variant->hooks, 1};

    return part_of_all(plan, plan->samples,
                       &(struct part){&set, fork_stage(plan, variant),
                                      plan->prefixes});
}

/* The pass that variants share until they fork: their hooks, those that stay
 * longest first, and the stages where they leave. */
struct shared {
    struct hooks **hooks;
    int *stages;
    size_t n;
    bool keeps; /* keys and values of all rows */
};

/* By insertion: of those that leave at one stage the last one is first. */
static void add_to_shared(struct shared *shared, struct hooks *hooks,
                          int stage)
{
    size_t at = shared->n++;

    for (; at && shared->stages[at - 1] <= stage; at--) {
        shared->hooks[at] = shared->hooks[at - 1];
        shared->stages[at] = shared->stages[at - 1];
    }
    shared->hooks[at] = hooks;
    shared->stages[at] = stage;
}

/* Backwards, so that hooks join where they fork, with what they need from
 * there on. */
static double shared_flops(const struct config *config, const void *of,
                           const struct span *span)
{
    const struct shared *shared = of;
    struct hook_set set = {shared->hooks, 0};
    struct position_span rows = {0, 0};
    double flops = 0;

    for (int stage = stages_count(config) - 1; stage >= 0; stage--) {
        for (; set.n < shared->n && shared->stages[set.n] > stage; set.n++)
            needs_add(&rows,
                      needs_from(config, &(struct hook_set){
                                             &shared->hooks[set.n], 1},
                                 shared->stages[set.n], span));
        needs_step(config, &set, stage, span, &rows);
        if (shared->keeps && stages_mixes(config, stage + 1))
            rows = (struct position_span){span->first, batch_span_end(span)};
        flops += stages_flops_of_one(config, &set, stage, span, &rows);
    }
    return flops;
}

/* One pass that all share, and what is behind the forks; if every variant
 * forks, the last one to do so stays in the pass, unless that keeps what it is
 * without edits. */
static double variants_flops(const struct plan *plan)
{
    const struct config *config = &plan->model->config;
    size_t n = plan->n_variants;
    struct shared shared = {mem_new(n, sizeof *shared.hooks),
                            mem_new(n, sizeof *shared.stages), 0,
                            plan->prefixes};
    double all = 0;

    for (size_t i = 0; i < n; i++)
        if (plan->variants[i].role == TRANSECT_ROLE_PROMPT)
            add_to_shared(&shared, plan->variants[i].hooks,
                          fork_stage(plan, &plan->variants[i]));
    if (!plan->prefixes)
        shared.stages[0] = stages_count(config);
    for (size_t i = 0; i < n; i++)
        if (plan->variants[i].role == TRANSECT_ROLE_PROMPT &&
            (plan->prefixes || plan->variants[i].hooks != *shared.hooks))
            all += cost_fork_flops(plan, &plan->variants[i]);
    all += sum_samples(config, plan->samples,
                       rows_vary(config, &(struct hook_set){shared.hooks,
                                                            shared.n}),
                       shared_flops, &shared);
    free(shared.hooks);
    free(shared.stages);
    return all;
}

/* Does anybody want more of a pattern than columns? */
static bool wants_rows(const struct hook_set *set, int layer, int n_head)
{
    int32_t columns[FORWARD_COLUMNS];

    for (int h = 0; h < n_head; h++)
        if (hook_set_wants_columns(set, TRANSECT_PATTERN, layer, h,
                                   columns, FORWARD_COLUMNS) < 0)
            return true;
    return false;
}

/* A pass of so many rows, of samples of at most so many tokens, for a set,
 * whose work so many threads share. */
static uint64_t pass_bytes(const struct plan *plan, int rows, int tokens,
                           const struct hook_set *set, int members)
{
    const struct config *config = &plan->model->config;
    bool head_out = false, scores = false, columns = false;
    uint64_t bytes = forward_bytes(config, rows, tokens, members);

    for (int l = 0; l < config->n_layer; l++) {
        head_out |= hook_set_wants(set, TRANSECT_HEAD_OUT, l, -1);
        scores |= hook_set_wants(set, TRANSECT_ATTN_SCORES, l, -1) ||
                  wants_rows(set, l, config->n_head);
        columns |= hook_set_wants(set, TRANSECT_PATTERN, l, -1);
    }
    if (scores)
        bytes += forward_scores_bytes(tokens, members);
    if (columns)
        bytes += forward_columns_bytes(config, rows);
    if (head_out)
        bytes += sizeof(float) * 2 * (uint64_t)rows *
                 (uint64_t)config->d_model;
    if (hook_set_wants(set, TRANSECT_LOGITS, -1, -1))
        bytes += sizeof(float) * FORWARD_BLOCK *
                 ((uint64_t)config->n_vocab + (uint64_t)config->d_model);
    return bytes;
}

/* Asked of some samples alone. */
enum { PREFIX_SAMPLES = 4 };

/* Rows of forks, and of those the rows that are as in the shared pass, before
 * the first one that a fork edits or hears. */
struct prefix_rows {
    int64_t all, spared;
};

static void count_prefixes(const struct plan *plan,
                           const struct variant_run *variant,
                           struct prefix_rows *rows)
{
    const struct config *config = &plan->model->config;
    const struct samples *samples = plan->samples;
    const struct hook_set set = {(struct hooks **)&variant->hooks, 1};
    int stage = stages_first_edit(config, variant->hooks);

    for (int i = 0; i < samples->n_sample && i < PREFIX_SAMPLES; i++) {
        struct span span = {.sample = i,
                            .n_token = samples->list[i].n_token};

        rows->all += span.n_token;
        needs_begin(config, &set, stage, &span);
        rows->spared += span.first;
    }
}

bool cost_prefixes(const struct plan *plan)
{
    struct prefix_rows rows = {0};

    if (!thread_policy_forks(plan))
        return false;
    for (size_t i = 0; i < plan->n_variants; i++) {
        const struct variant_run *variant = &plan->variants[i];

        if (variant->role == TRANSECT_ROLE_PROMPT && variant->n_edits &&
            !variant_edits_by_survey(variant))
            count_prefixes(plan, variant, &rows);
    }
    return 8 * rows.spared > rows.all;
}

/* What of the shared pass is kept for forks, and by trains, in which each fork
 * may wait for others, of its own stage too; see run/execute-variants.c. */
static uint64_t kept_bytes(const struct plan *plan)
{
    const struct config *config = &plan->model->config;
    int rows = plan->batches.max_tokens, n = stages_count(config);
    int trains = plan->workers ? plan->workers + 1 : 1;
    bool *forks = mem_new((size_t)n + 1, sizeof *forks); /* at a stage */
    int64_t sum = 0, widest = 0, waiting;

    for (size_t i = 0; i < plan->n_variants; i++)
        if (plan->variants[i].role == TRANSECT_ROLE_PROMPT)
            forks[stages_first_edit(config, plan->variants[i].hooks)] = true;
    for (int stage = 0; stage < n; stage++) {
        int64_t width = forks[stage] ? stage_rows_width(config, stage) : 0;

        sum += width;
        widest = width > widest ? width : widest;
    }
    free(forks);
    if (plan->prefixes)
        return kv_store_bytes(config, rows) +
               sizeof(float) * (uint64_t)(rows * sum);
    waiting = (int64_t)trains * thread_policy_train(plan) * widest;
    return sizeof(float) *
           (uint64_t)(waiting < rows * sum ? waiting : rows * sum);
}

/* The passes that are under way at the same time: those of the variants, whose
 * buffers sources use before them, or that of the survey, which is over
 * before. */
uint64_t cost_buffers(const struct plan *plan)
{
    size_t n = plan->n_variants;
    struct hooks **hooks = mem_new(n + TRANSECT_N_SOURCES, sizeof *hooks);
    struct hooks *survey = plan->survey;
    uint64_t bytes, before = 0;

    for (size_t i = 0; i < n; i++)
        hooks[i] = plan->variants[i].hooks;
    for (int i = 0; i < TRANSECT_N_SOURCES; i++)
        hooks[n++] = captures_hooks(plan->captures[i]);
    bytes = pass_bytes(plan, sources_rows(plan), sources_longest(plan),
                       &(struct hook_set){hooks, n}, thread_policy_team(plan));
    if (thread_policy_forks(plan))
        bytes += (uint64_t)(thread_policy_passes(plan) - 1) *
                     pass_bytes(plan, thread_policy_train(plan),
                                plan->samples->longest,
                                &(struct hook_set){hooks, n},
                                thread_policy_team(plan)) +
                 kept_bytes(plan);
    free(hooks);
    if (plan_has_survey(plan))
        before = pass_bytes(plan, plan->batches.max_tokens,
                            plan->samples->longest,
                            &(struct hook_set){&survey, 1},
                            openblas_get_num_threads());
    return bytes > before ? bytes : before;
}

struct cost cost_plan(const struct plan *plan)
{
    struct cost cost = {.flops = variants_flops(plan),
                        .buffers = cost_buffers(plan)};

    if (plan_has_survey(plan))
        cost.flops += cost_pass_flops(plan, plan->survey, 0);
    for (int i = 0; i < TRANSECT_N_SOURCES; i++)
        if (source_runs(plan, i))
            cost.flops += cost_source_flops(plan, i);
    return cost;
}
