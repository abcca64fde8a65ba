/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-olmo2.c - OLMo 2: branches read the residual stream as it is, and what
 * they add to it is normalized; so are all queries, and all keys, together. */
#include "model/config-reader.h"

/* Traits. */
enum { ATTN_BIAS = 1 };

static const char *const prefixes[] = {"model.", "", NULL};

static const struct tensor_rule rules[] = {
    {.slot = SLOT_TOKEN_EMBEDDING, .name = "embed_tokens.weight",
     .shape = "VD"},
    {.slot = SLOT_Q, .name = "layers.%d.self_attn.q_proj.weight",
     .shape = "QD"},
    {.slot = SLOT_Q_BIAS, .name = "layers.%d.self_attn.q_proj.bias",
     .shape = "Q", .when = ATTN_BIAS},
    {.slot = SLOT_K, .name = "layers.%d.self_attn.k_proj.weight",
     .shape = "KD"},
    {.slot = SLOT_K_BIAS, .name = "layers.%d.self_attn.k_proj.bias",
     .shape = "K", .when = ATTN_BIAS},
    {.slot = SLOT_V, .name = "layers.%d.self_attn.v_proj.weight",
     .shape = "KD"},
    {.slot = SLOT_V_BIAS, .name = "layers.%d.self_attn.v_proj.bias",
     .shape = "K", .when = ATTN_BIAS},
    {.slot = SLOT_Q_NORM_GAIN, .name = "layers.%d.self_attn.q_norm.weight",
     .shape = "Q"},
    {.slot = SLOT_K_NORM_GAIN, .name = "layers.%d.self_attn.k_norm.weight",
     .shape = "K"},
    {.slot = SLOT_O, .name = "layers.%d.self_attn.o_proj.weight",
     .shape = "DQ"},
    {.slot = SLOT_O_BIAS, .name = "layers.%d.self_attn.o_proj.bias",
     .shape = "D", .when = ATTN_BIAS},
    {.slot = SLOT_ATTN_POST_GAIN,
     .name = "layers.%d.post_attention_layernorm.weight", .shape = "D"},
    {.slot = SLOT_GATE, .name = "layers.%d.mlp.gate_proj.weight",
     .shape = "FD"},
    {.slot = SLOT_IN, .name = "layers.%d.mlp.up_proj.weight", .shape = "FD"},
    {.slot = SLOT_OUT, .name = "layers.%d.mlp.down_proj.weight",
     .shape = "DF"},
    {.slot = SLOT_MLP_POST_GAIN,
     .name = "layers.%d.post_feedforward_layernorm.weight", .shape = "D"},
    {.slot = SLOT_LNF_GAIN, .name = "norm.weight", .shape = "D"},
    {.slot = SLOT_UNEMBED, .name = "lm_head.weight", .shape = "VD"},
};

static const char *const ignored[] = {NULL};

static void configure(struct reader *reader)
{
    static const struct rope_keys rope = {.theta = "rope_theta",
                                          .theta_fallback = 10000};
    struct config *config = reader->config;

    config->norm = NORM_RMS;
    config->gated = true;
    config->bare = true;
    config->post_norm = true;
    config->qk_norm = QK_ALL;
    if (reader_bool(reader, "attention_bias", false))
        config->traits |= ATTN_BIAS;
    reader_rope(reader, &rope);
}

const struct arch arch_olmo2 = {
    .model_type = "olmo2",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = ARCH_N(rules),
    .ignored = ignored,
    .keys = {
        ARCH_SIZES, ARCH_INNER, ARCH_KV_HEADS, ARCH_D_HEAD(0),
        .activation = "hidden_act", .activation_fallback = "silu",
        .epsilon = "rms_norm_eps", .epsilon_fallback = 1e-5,
        .tied = false, .bos = -1,
    },
    .configure = configure,
};
