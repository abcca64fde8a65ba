/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* stages.h - a forward pass as a row of stages. Each begins with the events
 * of its hook points and ends where the next one's tensor is made, so that a
 * pass can go on, in buffers of its own, from the beginning of any of them. */
#ifndef CORE_HOOKS_STAGES_H
#define CORE_HOOKS_STAGES_H

#include "model/model.h"

/* The stages of one layer. */
enum step {
    STEP_RESID_PRE, /* resid_pre; the input of attention */
    STEP_LN1,       /* ln1; queries, keys, values */
    STEP_QKV,       /* q, k, v */
    STEP_MIX,       /* attn_scores and pattern, block by block; z */
    STEP_Z,         /* z; its projection */
    STEP_HEAD_OUT,  /* head_out */
    STEP_ATTN_OUT,  /* attn_out; its place in the stream */
    STEP_RESID_MID, /* resid_mid; the input of the MLP */
    STEP_LN2,       /* ln2; hidden units */
    STEP_MLP_PRE,   /* mlp_pre; the gate */
    STEP_MLP_GATE,  /* mlp_gate; the activation */
    STEP_MLP_POST,  /* mlp_post; the projection */
    STEP_MLP_OUT,   /* mlp_out; its place in the stream */
    STEP_RESID_POST,
    N_STEPS
};

/* Numbers of stages, in the order of the pass. */
enum { STAGE_EMBED, STAGE_POS_EMBED, STAGE_LAYERS };

static inline int stage_of_step(int layer, enum step step)
{
    return STAGE_LAYERS + layer * N_STEPS + (int)step;
}

/* The last stage: ln_final and logits, if somebody listens. */
static inline int stage_head(const struct config *config)
{
    return stage_of_step(config->n_layer, STEP_RESID_PRE);
}

/* The stage with the events of a point (layer -1: it has none). */
int stage_of_point(const struct config *config, int point, int layer);

#endif
