/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* hook-points.c - the hook points: names, shapes, meanings. */
#include "hooks/hook-points.h"

#include <transect/reduce.h>

static const struct point_info points[TRANSECT_N_POINTS] = {
    [TRANSECT_EMBED] = {"embed", WIDTH_MODEL, false, false, false,
                        "token embedding"},
    [TRANSECT_POS_EMBED] = {"pos_embed", WIDTH_MODEL, false, false, false,
                            "learned position embedding"},
    [TRANSECT_RESID_PRE] = {"resid_pre", WIDTH_MODEL, true, false, false,
                            "residual stream entering the block"},
    [TRANSECT_LN1] = {"ln1", WIDTH_MODEL, true, false, false,
                      "normalized input of attention, gain and bias "
                      "applied"},
    [TRANSECT_Q] = {"q", WIDTH_HEAD, true, true, false,
                    "queries, after any rotation"},
    [TRANSECT_K] = {"k", WIDTH_HEAD, true, true, true,
                    "keys, after any rotation"},
    [TRANSECT_V] = {"v", WIDTH_HEAD, true, true, true, "values"},
    [TRANSECT_ATTN_SCORES] = {"attn_scores", WIDTH_KEYS, true, true, false,
                              "scaled scores before the softmax, the "
                              "future masked"},
    [TRANSECT_PATTERN] = {"pattern", WIDTH_KEYS, true, true, false,
                          "attention probabilities"},
    [TRANSECT_Z] = {"z", WIDTH_HEAD, true, true, false,
                    "pattern * v: output of a head before the projection"},
    [TRANSECT_HEAD_OUT] = {"head_out", WIDTH_MODEL, true, true, false,
                           "z * W_O of the head, without the projection's "
                           "bias"},
    [TRANSECT_ATTN_OUT] = {"attn_out", WIDTH_MODEL, true, false, false,
                           "output of attention: sum of head_out, plus b_O"},
    [TRANSECT_RESID_MID] = {"resid_mid", WIDTH_MODEL, true, false, false,
                            "resid_pre + attn_out"},
    [TRANSECT_LN2] = {"ln2", WIDTH_MODEL, true, false, false,
                      "normalized input of the MLP"},
    [TRANSECT_MLP_PRE] = {"mlp_pre", WIDTH_MLP, true, false, false,
                          "hidden units, x * W_IN (of a gated MLP the output "
                          "of up_proj), before the activation function"},
    [TRANSECT_MLP_GATE] = {"mlp_gate", WIDTH_MLP, true, false, false,
                           "gate of a gated MLP, x * W_GATE (gate_proj; "
                           "TransformerLens' mlp.hook_pre), before its "
                           "activation function"},
    [TRANSECT_MLP_POST] = {"mlp_post", WIDTH_MLP, true, false, false,
                           "hidden units as W_OUT takes them"},
    [TRANSECT_MLP_OUT] = {"mlp_out", WIDTH_MODEL, true, false, false,
                          "output of the MLP"},
    [TRANSECT_RESID_POST] = {"resid_post", WIDTH_MODEL, true, false, false,
                             "resid_mid + mlp_out: the hidden state of the "
                             "layer"},
    [TRANSECT_LN_FINAL] = {"ln_final", WIDTH_MODEL, false, false, false,
                           "hidden state after the last norm"},
    [TRANSECT_LOGITS] = {"logits", WIDTH_VOCAB, false, false, false,
                         "unembedding"},
};

const struct point_info *point_info(int point)
{
    return &points[point];
}

const char *point_name(int point)
{
    /* A plugin built for a newer host may know more. */
    return point >= 0 && point < TRANSECT_N_POINTS ? points[point].name
                                                   : "unknown";
}

int point_heads(int point, const struct config *config)
{
    if (points[point].per_kv_head)
        return config->n_kv_head;
    return points[point].per_head ? config->n_head : 0;
}

int point_columns(int point, const struct config *config, int n_token)
{
    switch (points[point].width) {
    case WIDTH_HEAD:
        return config->d_head;
    case WIDTH_MLP:
        return config->d_mlp;
    case WIDTH_VOCAB:
        return config->n_vocab;
    case WIDTH_KEYS:
        return n_token;
    default:
        return config->d_model;
    }
}

size_t point_view_bytes(const struct config *config, int n_token)
{
    size_t heads = (size_t)config->n_head * (size_t)config->d_head;
    size_t wide = (size_t)config->d_model, block;

    wide = heads > wide ? heads : wide;
    wide = (size_t)config->d_mlp > wide ? (size_t)config->d_mlp : wide;
    block = (size_t)(config->n_vocab > n_token ? config->n_vocab : n_token);
    wide *= (size_t)n_token;
    block *= POINT_BLOCK;
    if (block < 3 * TRANSECT_REDUCE_TOP_MAX)
        block = 3 * TRANSECT_REDUCE_TOP_MAX;
    return (wide > block ? wide : block) * sizeof(float);
}
