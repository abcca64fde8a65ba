/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cost.c - what a plan will compute and hold, before it runs. */
#include "cost.h"

#include "forward.h"
#include "workers.h"

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

double cost_forward_flops(const struct config *config, int n_token)
{
    double d = config->d_model, q = (double)config->n_head * config->d_head;
    double kv = (double)config->n_kv_head * config->d_head;
    double matrices = config->gated ? 3 : 2; /* of the MLP */
    double row = d * (2 * q + 2 * kv) + matrices * d * config->d_mlp;
    double flops = config->n_layer * 2.0 * n_token * row;

    for (int l = 0; l < config->n_layer; l++)
        flops += config->n_head * head_flops(config, l, n_token);
    return flops;
}

double cost_pass_flops(const struct plan *plan, const struct hooks *hooks)
{
    const struct config *config = &plan->model->config;
    double n = plan->input->length, d = config->d_model;
    double flops = cost_forward_flops(config, plan->input->length);

    for (int l = 0; l < config->n_layer; l++)
        for (int h = 0; h < config->n_head; h++)
            if (hooks_wants(hooks, TRANSECT_HEAD_OUT, l, h))
                flops += 2.0 * n * d * config->d_head;
    if (hooks_wants(hooks, TRANSECT_LOGITS, -1, -1))
        flops += 2.0 * n * d * config->n_vocab;
    return flops * plan->input->n_sample;
}

/* The passes: the variants' and, as number n_lanes, the survey. */
static uint64_t listened_bytes(const struct plan *plan)
{
    const struct config *config = &plan->model->config;
    uint64_t rows = (uint64_t)plan->batch_samples *
                    (uint64_t)plan->input->length;
    bool head_out = false, logits = false;

    for (size_t i = 0; i <= plan->n_lanes; i++) {
        const struct hooks *hooks = i < plan->n_lanes ? plan->lanes[i].hooks
                                                      : plan->survey;

        for (int l = 0; l < config->n_layer; l++)
            head_out |= hooks_wants(hooks, TRANSECT_HEAD_OUT, l, -1);
        logits |= hooks_wants(hooks, TRANSECT_LOGITS, -1, -1);
    }
    return sizeof(float) *
           (2 * rows * (uint64_t)config->d_model * head_out +
            (uint64_t)FORWARD_BLOCK * (uint64_t)config->n_vocab * logits);
}

struct cost cost_plan(const struct plan *plan)
{
    int rows = plan->batch_samples * plan->input->length;
    struct cost cost = {
        .buffers = (uint64_t)workers_passes(plan) *
                   (forward_bytes(&plan->model->config, rows,
                                  plan->input->length) +
                    listened_bytes(plan)),
    };

    for (size_t i = 0; i < plan->n_lanes; i++)
        cost.flops += cost_pass_flops(plan, plan->lanes[i].hooks);
    if (plan_has_survey(plan))
        cost.flops += cost_pass_flops(plan, plan->survey);
    return cost;
}
