/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cost-estimate.c - what a plan will compute and hold, before it runs. */
#include "plan/cost-estimate.h"

#include "base/mem.h"
#include "executor/forward.h"
#include "executor/stages.h"
#include "plan/thread-policy.h"

#include <cblas.h>
#include <stdlib.h>

double cost_forward_flops(const struct config *config, int n_token)
{
    const struct span span = {.n_token = n_token};

    return stages_flops_of_all(config, &span);
}

/* Samples of one length cost the same, and are asked for once; but for the
 * rows of logits at places that have a name, in the last stage. */
static double pass_flops(const struct plan *plan,
                         const struct samples *samples,
                         const struct hook_set *set, int from_stage)
{
    const struct config *config = &plan->model->config;
    int last = stages_count(config) - 1;
    bool vary = from_stage <= last &&
                hook_set_rows_vary(set, TRANSECT_LOGITS, -1);
    double flops = 0;

    for (int n = 1; n <= samples->longest; n++) {
        const struct span span = {.sample = -1, .n_token = n};

        if (samples->n_of_length[n])
            flops += samples->n_of_length[n] *
                     (stages_flops(config, set, from_stage, &span) -
                      (vary ? stages_flops(config, set, last, &span) : 0));
    }
    for (int i = 0; vary && i < samples->n_sample; i++) {
        const struct span span = {.sample = i,
                                  .n_token = samples->list[i].n_token};

        flops += stages_flops(config, set, last, &span);
    }
    return flops;
}

double cost_pass_flops(const struct plan *plan, struct hooks *hooks,
                       int from_stage)
{
    return pass_flops(plan, plan->samples, &(struct hook_set){&hooks, 1},
                      from_stage);
}

double cost_source_flops(const struct plan *plan, int kind)
{
    struct hooks *hooks[2];
    struct hook_set set = {hooks, source_hooks(plan, kind, hooks)};

    return pass_flops(plan, plan->sources[kind].samples, &set, 0);
}

double cost_fork_flops(const struct plan *plan,
                       const struct variant_run *variant)
{
    int first = 0;

    if (!variant_edits_by_survey(variant))
        first = stages_first_edit(&plan->model->config, variant->hooks);
    return cost_pass_flops(plan, variant->hooks, first);
}

/* One pass that all share, and what is behind the forks; if every variant
 * forks, the last one stays in the pass. */
static double variants_flops(const struct plan *plan)
{
    double all = 0, least = -1;

    for (size_t i = 0; i < plan->n_variants; i++) {
        const struct variant_run *variant = &plan->variants[i];
        double flops;

        if (variant->role != TRANSECT_ROLE_PROMPT)
            continue;
        if (least < 0)
            all = cost_pass_flops(plan, variant->hooks, 0);
        flops = cost_fork_flops(plan, variant);
        all += flops;
        if (least < 0 || flops < least)
            least = flops;
    }
    return all - least;
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
    bytes = (uint64_t)thread_policy_passes(plan) *
            pass_bytes(plan, sources_rows(plan), sources_longest(plan),
                       &(struct hook_set){hooks, n}, thread_policy_team(plan));
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
