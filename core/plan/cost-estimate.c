/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cost-estimate.c - what a plan will compute and hold, before it runs. */
#include "plan/cost-estimate.h"

#include "base/mem.h"
#include "executor/forward.h"
#include "hooks/stages.h"
#include "plan/thread-policy.h"

#include <cblas.h>
#include <stdlib.h>

/* Scores and mixing of one head, in row blocks that see their past only, and
 * of that a window's length. */
static double head_flops(const struct config *config, int layer, int n_token)
{
    int window = config_window(config, layer);
    double flops = 0;

    for (int first = 0; first < n_token; first += FORWARD_BLOCK) {
        int left = n_token - first;
        int rows = left < FORWARD_BLOCK ? left : FORWARD_BLOCK;
        int low = window && first + 1 > window ? first + 1 - window : 0;

        flops += 2.0 * 2.0 * rows * (first + rows - low) * config->d_head;
    }
    return flops;
}

/* The products that one stage of a layer ends with. */
static double step_flops(const struct config *config, int layer,
                         enum step step, int n_token)
{
    double n = n_token, d = config->d_model, f = config->d_mlp;
    double q = (double)config->n_head * config->d_head;
    double kv = (double)config->n_kv_head * config->d_head;

    switch (step) {
    case STEP_LN1:
        return 2 * n * d * (q + 2 * kv);
    case STEP_MIX:
        return config->n_head * head_flops(config, layer, n_token);
    case STEP_Z:
        return 2 * n * d * q;
    case STEP_MLP_PRE:
        return config->gated ? 2 * n * d * f : 0;
    case STEP_LN2:
    case STEP_MLP_POST:
        return 2 * n * d * f;
    default:
        return 0;
    }
}

static double layers_flops(const struct config *config, int n_token,
                           int from_stage)
{
    double flops = 0;

    for (int l = 0; l < config->n_layer; l++)
        for (int step = 0; step < N_STEPS; step++)
            if (stage_of_step(l, (enum step)step) >= from_stage)
                flops += step_flops(config, l, (enum step)step, n_token);
    return flops;
}

double cost_forward_flops(const struct config *config, int n_token)
{
    return layers_flops(config, n_token, 0);
}

/* Of one sample of so many tokens. */
static double sample_flops(const struct config *config,
                           const struct hooks *hooks, int from_stage,
                           int n_token)
{
    double n = n_token, d = config->d_model;
    double flops = layers_flops(config, n_token, from_stage);

    for (int l = 0; l < config->n_layer; l++)
        for (int h = 0; h < config->n_head; h++)
            if (stage_of_step(l, STEP_HEAD_OUT) >= from_stage &&
                hooks_wants(hooks, TRANSECT_HEAD_OUT, l, h))
                flops += 2.0 * n * d * config->d_head;
    if (from_stage <= stage_head(config) &&
        hooks_wants(hooks, TRANSECT_LOGITS, -1, -1))
        flops += 2.0 * n * d * config->n_vocab;
    return flops;
}

/* Neighbours are often of one length. */
double cost_pass_flops(const struct plan *plan, const struct hooks *hooks,
                       int from_stage)
{
    const struct samples *samples = plan->samples;
    double flops = 0;

    for (int i = 0, n; i < samples->n_sample; i += n) {
        int n_token = samples->list[i].n_token;

        for (n = 1; i + n < samples->n_sample &&
                    samples->list[i + n].n_token == n_token;)
            n++;
        flops += n * sample_flops(&plan->model->config, hooks, from_stage,
                                  n_token);
    }
    return flops;
}

double cost_fork_flops(const struct plan *plan,
                       const struct variant_run *variant)
{
    int first = variant_edits_by_survey(variant)
                    ? 0
                    : hooks_first_edit(variant->hooks);

    return cost_pass_flops(plan, variant->hooks, first);
}

/* One pass that all share, and what is behind the forks; if every variant
 * forks, the last one stays in the pass. */
static double variants_flops(const struct plan *plan)
{
    double all = cost_pass_flops(plan, plan->variants[0].hooks, 0), least = -1;

    for (size_t i = 0; i < plan->n_variants; i++) {
        double flops = cost_fork_flops(plan, &plan->variants[i]);

        all += flops;
        if (least < 0 || flops < least)
            least = flops;
    }
    return all - least;
}

/* Does anybody want more of a pattern than columns? */
static bool wants_rows(const struct hook_set *audience, int layer, int n_head)
{
    int32_t columns[FORWARD_COLUMNS];

    for (int h = 0; h < n_head; h++)
        if (hook_set_wants_columns(audience, TRANSECT_PATTERN, layer, h,
                                   columns, FORWARD_COLUMNS) < 0)
            return true;
    return false;
}

/* A pass for an audience, whose work so many threads share. */
static uint64_t pass_bytes(const struct plan *plan,
                           const struct hook_set *audience, int members)
{
    const struct config *config = &plan->model->config;
    int tokens = plan->samples->longest, rows = plan->batches.max_tokens;
    bool head_out = false, scores = false, columns = false;
    uint64_t bytes = forward_bytes(config, rows, tokens, members);

    for (int l = 0; l < config->n_layer; l++) {
        head_out |= hook_set_wants(audience, TRANSECT_HEAD_OUT, l, -1);
        scores |= hook_set_wants(audience, TRANSECT_ATTN_SCORES, l, -1) ||
                  wants_rows(audience, l, config->n_head);
        columns |= hook_set_wants(audience, TRANSECT_PATTERN, l, -1);
    }
    if (scores)
        bytes += forward_scores_bytes(tokens, members);
    if (columns)
        bytes += forward_columns_bytes(config, rows);
    if (head_out)
        bytes += sizeof(float) * 2 * (uint64_t)rows *
                 (uint64_t)config->d_model;
    if (hook_set_wants(audience, TRANSECT_LOGITS, -1, -1))
        bytes += sizeof(float) * FORWARD_BLOCK * (uint64_t)config->n_vocab;
    return bytes;
}

/* The passes that are under way at the same time: those of the variants, or
 * that of the survey, which is over before. */
static uint64_t buffer_bytes(const struct plan *plan)
{
    struct hooks **hooks = mem_new(plan->n_variants, sizeof *hooks);
    struct hooks *survey = plan->survey;
    uint64_t bytes, before = 0;

    for (size_t i = 0; i < plan->n_variants; i++)
        hooks[i] = plan->variants[i].hooks;
    bytes = (uint64_t)thread_policy_passes(plan) *
            pass_bytes(plan, &(struct hook_set){hooks, plan->n_variants},
                       thread_policy_team(plan));
    free(hooks);
    if (plan_has_survey(plan))
        before = pass_bytes(plan, &(struct hook_set){&survey, 1},
                            openblas_get_num_threads());
    return bytes > before ? bytes : before;
}

struct cost cost_plan(const struct plan *plan)
{
    struct cost cost = {.flops = variants_flops(plan),
                        .buffers = buffer_bytes(plan)};

    if (plan_has_survey(plan))
        cost.flops += cost_pass_flops(plan, plan->survey, 0);
    return cost;
}
