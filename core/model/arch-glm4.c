/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-glm4.c - GLM 4: norms before the branches and behind them, half of each
 * head rotates, neighbouring dims together. */
#include "model/config-reader.h"

/* Traits. */
enum { QKV_BIAS = 1 };

static const char *const prefixes[] = {"model.", "", NULL};

static const struct tensor_rule rules[] = {
    {.slot = SLOT_TOKEN_EMBEDDING, .name = "embed_tokens.weight",
     .shape = "VD"},
    {.slot = SLOT_LN1_GAIN, .name = "layers.%d.input_layernorm.weight",
     .shape = "D"},
    {.slot = SLOT_Q, .name = "layers.%d.self_attn.q_proj.weight",
     .shape = "QD"},
    {.slot = SLOT_Q_BIAS, .name = "layers.%d.self_attn.q_proj.bias",
     .shape = "Q", .when = QKV_BIAS},
    {.slot = SLOT_K, .name = "layers.%d.self_attn.k_proj.weight",
     .shape = "KD"},
    {.slot = SLOT_K_BIAS, .name = "layers.%d.self_attn.k_proj.bias",
     .shape = "K", .when = QKV_BIAS},
    {.slot = SLOT_V, .name = "layers.%d.self_attn.v_proj.weight",
     .shape = "KD"},
    {.slot = SLOT_V_BIAS, .name = "layers.%d.self_attn.v_proj.bias",
     .shape = "K", .when = QKV_BIAS},
    {.slot = SLOT_O, .name = "layers.%d.self_attn.o_proj.weight",
     .shape = "DQ"},
    {.slot = SLOT_ATTN_POST_GAIN,
     .name = "layers.%d.post_self_attn_layernorm.weight", .shape = "D"},
    {.slot = SLOT_LN2_GAIN,
     .name = "layers.%d.post_attention_layernorm.weight", .shape = "D"},
    {.slot = SLOT_GATE_IN, .name = "layers.%d.mlp.gate_up_proj.weight",
     .shape = "GD"},
    {.slot = SLOT_OUT, .name = "layers.%d.mlp.down_proj.weight",
     .shape = "DF"},
    {.slot = SLOT_MLP_POST_GAIN,
     .name = "layers.%d.post_mlp_layernorm.weight", .shape = "D"},
    {.slot = SLOT_LNF_GAIN, .name = "norm.weight", .shape = "D"},
    {.slot = SLOT_UNEMBED, .name = "lm_head.weight", .shape = "VD"},
};

static const char *const ignored[] = {NULL};

static void configure(struct reader *reader)
{
    static const struct rope_keys rope = {
        .theta = "rope_theta",
        .theta_fallback = 10000,
        .partial = "partial_rotary_factor",
        .partial_fallback = 0.5,
        .interleaved = true,
    };
    struct config *config = reader->config;

    config->norm = NORM_RMS;
    config->gated = true;
    config->post_norm = true;
    if (reader_bool(reader, "attention_bias", true))
        config->traits |= QKV_BIAS;
    reader_rope(reader, &rope);
}

const struct arch arch_glm4 = {
    .model_type = "glm4",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = ARCH_N(rules),
    .ignored = ignored,
    .keys = {
        ARCH_SIZES, ARCH_INNER, ARCH_KV_HEADS, ARCH_D_HEAD(128),
        .activation = "hidden_act", .activation_fallback = "silu",
        .epsilon = "rms_norm_eps", .epsilon_fallback = 1.5625e-07,
        .tied = false, .bos = -1,
    },
    .configure = configure,
};
