/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* model-facts.c - what plugins are told of a model. */
#include "model/model.h"

#include <transect/model.h>

static uint32_t traits_of(const struct config *config)
{
    return (config->post_norm ? TRANSECT_POST_NORMS : 0u) |
           (config->parallel ? TRANSECT_PARALLEL : 0u) |
           (config->no_final_norm ? TRANSECT_NO_FINAL_NORM : 0u) |
           (config->stream_norm ? TRANSECT_STREAM_NORMS : 0u);
}

static int32_t rotary_of(enum rope_kind kind)
{
    static const int32_t kinds[] = {
        [ROPE_NONE] = TRANSECT_ROTARY_NONE,
        [ROPE_PLAIN] = TRANSECT_ROTARY_PLAIN,
        [ROPE_LINEAR] = TRANSECT_ROTARY_LINEAR,
        [ROPE_DYNAMIC] = TRANSECT_ROTARY_DYNAMIC,
        [ROPE_LLAMA3] = TRANSECT_ROTARY_LLAMA3,
        [ROPE_YARN] = TRANSECT_ROTARY_YARN,
        [ROPE_LONG] = TRANSECT_ROTARY_LONG,
    };

    return kinds[kind];
}

struct transect_model model_facts(const struct model *model)
{
    const struct config *config = &model->config;
    bool rotates = config->rope.kind != ROPE_NONE;

    return (struct transect_model){
        .size = sizeof(struct transect_model),
        .n_layer = config->n_layer,
        .n_head = config->n_head,
        .n_kv_head = config->n_kv_head,
        .d_head = config->d_head,
        .d_model = config->d_model,
        .d_mlp = config->d_mlp,
        .n_vocab = config->n_vocab,
        .n_context = config->n_context,
        .family = config->model_type,
        .norm_kind = config->norm == NORM_RMS ? TRANSECT_NORM_RMS
                                              : TRANSECT_NORM_LAYER,
        .norm_epsilon = config->norm_epsilon,
        .score_scale = config->score_scale,
        .score_cap = config->score_cap,
        .logit_cap = config->logit_cap,
        .rotary_kind = rotary_of(config->rope.kind),
        .rotary_dims = rotates ? config->rope.dim : 0,
        .rotary_base = rotates ? config->rope.theta : 0,
        .traits = traits_of(config),
    };
}
