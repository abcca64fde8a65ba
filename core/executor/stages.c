/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* stages.c - the table of stages: events, work, buffers and cost of each. */
#include "executor/stages.h"

#include "executor/attention.h"
#include "executor/forward-internal.h"
#include "executor/mlp.h"
#include "executor/needs.h"

#include <assert.h>

_Static_assert(TRANSECT_N_POINTS <= 32, "stage.points has a bit for each");

/* x (n, D) times W_Q, W_K and W_V. */
static double qkv_macs(const struct config *config, const struct hook_set *set,
                       int layer, const struct span *span)
{
    double heads = config->n_head + 2.0 * config->n_kv_head;

    (void)set;
    (void)layer;
    return (double)span->n_token * config->d_model * heads * config->d_head;
}

/* Scores and z, in row blocks that see the keys up to their last row, and of
 * those a window's length. */
static double mix_macs(const struct config *config, const struct hook_set *set,
                       int layer, const struct span *span)
{
    int window = config_window(config, layer), end = batch_span_end(span);
    double macs = 0;

    (void)set;
    for (int first = span->first, rows; first < end; first += rows) {
        int low = window && first + 1 > window ? first + 1 - window : 0;

        rows = forward_block(first, end);
        macs += 2.0 * rows * (first + rows - low) * config->d_head;
    }
    return config->n_head * macs;
}

/* z (n, H*d) times W_O. */
static double o_macs(const struct config *config, const struct hook_set *set,
                     int layer, const struct span *span)
{
    (void)set;
    (void)layer;
    return (double)span->n_token * config->d_model * config->n_head *
           config->d_head;
}

/* The same head by head, for those that are listened to. */
static double head_out_macs(const struct config *config,
                            const struct hook_set *set, int layer,
                            const struct span *span)
{
    double macs = (double)span->n_token * config->d_model * config->d_head;
    int n = 0;

    for (int h = 0; h < config->n_head; h++)
        n += hook_set_wants(set, TRANSECT_HEAD_OUT, layer, h);
    return n * macs;
}

/* x (n, D) times W_IN, or hidden units (n, F) times W_OUT. */
static double mlp_macs(const struct config *config, const struct hook_set *set,
                       int layer, const struct span *span)
{
    (void)set;
    (void)layer;
    return (double)span->n_token * config->d_model * config->d_mlp;
}

static double gate_macs(const struct config *config,
                        const struct hook_set *set, int layer,
                        const struct span *span)
{
    return config->gated ? mlp_macs(config, set, layer, span) : 0;
}

/* Rows of logits that somebody wants. */
static double logits_rows(const struct hook_set *set, const struct span *span)
{
    struct position_span run;
    double n = 0;

    for (int at = span->first;
         hook_set_next_rows(set, TRANSECT_LOGITS, -1, span, at, &run);
         at = run.end)
        n += run.end - run.first;
    return n;
}

static double logits_macs(const struct config *config,
                          const struct hook_set *set, int layer,
                          const struct span *span)
{
    double rows = logits_rows(set, span);

    (void)layer;
    if (!config->d_word)
        return rows * config->d_model * config->n_vocab;
    return rows * config->d_word *
           ((double)config->n_vocab + config->d_model);
}

/* Words (n, W) to the stream, which a pass begins with. */
static double embed_macs(const struct config *config,
                         const struct hook_set *set, int layer,
                         const struct span *span)
{
    (void)set;
    (void)layer;
    return (double)span->n_token * config->d_word * config->d_model;
}

#define P(point) (UINT32_C(1) << TRANSECT_##point)

/* Before the layers, in the order of the pass. */
static const struct stage before[] = {
    {P(EMBED), forward_embed, 0, embed_macs},
    {P(POS_EMBED), forward_add_positions, STAGE_OUT, NULL},
};

/* In each layer. */
static const struct stage within[] = {
    {P(RESID_PRE), forward_begin_layer, 0, NULL},
    {P(LN1), attention_project, STAGE_X, qkv_macs},
    {P(Q) | P(K) | P(V), attention_emit_qkv, STAGE_QKV | STAGE_X_BESIDE,
     NULL},
    {P(ATTN_SCORES) | P(PATTERN), attention_mix, STAGE_QKV | STAGE_X_BESIDE,
     mix_macs},
    {P(Z), attention_output, STAGE_Z | STAGE_X_BESIDE, o_macs},
    {P(HEAD_OUT), attention_head_outs, STAGE_Z | STAGE_OUT | STAGE_X_BESIDE,
     head_out_macs},
    {P(ATTN_OUT), forward_add_attention, STAGE_OUT | STAGE_X_BESIDE, NULL},
    {P(RESID_MID), forward_begin_mlp, STAGE_X_BESIDE, NULL},
    {P(LN2), mlp_hidden, STAGE_X, mlp_macs},
    {P(MLP_PRE), mlp_gate, STAGE_X | STAGE_MLP, gate_macs},
    {P(MLP_GATE), mlp_activate, STAGE_MLP | STAGE_GATE, NULL},
    {P(MLP_POST), mlp_output, STAGE_MLP, mlp_macs},
    {P(MLP_OUT), forward_add_mlp, STAGE_OUT, NULL},
    {P(RESID_POST), forward_end_layer, 0, NULL},
};

/* After the layers. */
static const struct stage after[] = {
    {P(LN_FINAL) | P(LOGITS), forward_head, 0, logits_macs},
};

#undef P

enum {
    N_BEFORE = sizeof before / sizeof *before,
    N_WITHIN = sizeof within / sizeof *within,
    N_AFTER = sizeof after / sizeof *after
};

int stages_count(const struct config *config)
{
    return N_BEFORE + config->n_layer * N_WITHIN + N_AFTER;
}

const struct stage *stages_at(const struct config *config, int stage,
                              int *layer)
{
    int at = stage - N_BEFORE, end = config->n_layer * N_WITHIN;

    assert(stage >= 0 && stage < stages_count(config));
    *layer = at >= 0 && at < end ? at / N_WITHIN : -1;
    if (at < 0)
        return &before[stage];
    return at < end ? &within[at % N_WITHIN] : &after[at - end];
}

static bool has_edit(const struct config *config, const struct hook_set *set,
                     int stage)
{
    int layer;
    uint32_t points = stages_at(config, stage, &layer)->points;

    for (int point = 0; point < TRANSECT_N_POINTS; point++)
        if (points >> point & 1 &&
            hook_set_wants_edit(set, point, layer, -1))
            return true;
    return false;
}

int stages_first_edit(const struct config *config, struct hooks *hooks)
{
    const struct hook_set set = {&hooks, 1};
    int stage = 0, n = stages_count(config);

    while (stage < n && !has_edit(config, &set, stage))
        stage++;
    return stage;
}

unsigned stages_reads(const struct config *config, int stage)
{
    int layer;
    unsigned reads;

    if (stage == stages_count(config))
        return 0;
    reads = stages_at(config, stage, &layer)->reads;
    if (reads & STAGE_X_BESIDE && config->parallel)
        reads |= STAGE_X;
    return reads;
}

bool stages_mixes(const struct config *config, int stage)
{
    int layer;

    return stage < stages_count(config) &&
           stages_at(config, stage, &layer)->run == attention_mix;
}

double stages_flops_of_one(const struct config *config,
                           const struct hook_set *set, int stage,
                           const struct span *span,
                           const struct position_span *rows)
{
    int layer;
    const struct stage *row = stages_at(config, stage, &layer);
    struct span part = *span;

    part.length = batch_span_length(span);
    part.first = rows->first;
    part.n_token = rows->end - rows->first;
    return row->macs && part.n_token
               ? 2 * row->macs(config, set, layer, &part)
               : 0;
}

double stages_flops(const struct config *config, const struct hook_set *set,
                    int stage, const struct span *span)
{
    struct position_span rows = {0, 0};
    double flops = 0;

    for (int at = stages_count(config) - 1; at >= stage; at--) {
        needs_step(config, set, at, span, &rows);
        flops += stages_flops_of_one(config, set, at, span, &rows);
    }
    return flops;
}

double stages_flops_of_all(const struct config *config,
                           const struct span *span)
{
    const struct hook_set nobody = {NULL, 0};
    const struct position_span rows = {span->first, batch_span_end(span)};
    double flops = 0;

    for (int stage = 0; stage < stages_count(config); stage++)
        flops += stages_flops_of_one(config, &nobody, stage, span, &rows);
    return flops;
}
