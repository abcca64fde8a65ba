/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-phi.c - Phi 1, 1.5 and 2: attention and MLP read the same LayerNorm,
 * side by side; part of each head rotates. */
#include "model/arch-rows.h"
#include "model/config-reader.h"

/* Traits. */
enum { QK_NORMS = 1 };

static const char *const prefixes[] = {"model.", "", NULL};

static const struct tensor_rule rules[] = {
    ARCH_EMBED_ROW,
    ARCH_GAIN_ROW(SLOT_LN1_GAIN, "input_layernorm"),
    {.slot = SLOT_LN1_BIAS, .name = "layers.%d.input_layernorm.bias",
     .shape = "D"},
    ARCH_QKV_ROWS(0),
    {.slot = SLOT_Q_NORM_GAIN,
     .name = "layers.%d.self_attn.q_layernorm.weight", .shape = "d",
     .when = QK_NORMS},
    {.slot = SLOT_Q_NORM_BIAS,
     .name = "layers.%d.self_attn.q_layernorm.bias", .shape = "d",
     .when = QK_NORMS},
    {.slot = SLOT_K_NORM_GAIN,
     .name = "layers.%d.self_attn.k_layernorm.weight", .shape = "d",
     .when = QK_NORMS},
    {.slot = SLOT_K_NORM_BIAS,
     .name = "layers.%d.self_attn.k_layernorm.bias", .shape = "d",
     .when = QK_NORMS},
    {.slot = SLOT_O, .name = "layers.%d.self_attn.dense.weight",
     .shape = "DQ"},
    {.slot = SLOT_O_BIAS, .name = "layers.%d.self_attn.dense.bias",
     .shape = "D"},
    {.slot = SLOT_IN, .name = "layers.%d.mlp.fc1.weight", .shape = "FD"},
    {.slot = SLOT_IN_BIAS, .name = "layers.%d.mlp.fc1.bias", .shape = "F"},
    {.slot = SLOT_OUT, .name = "layers.%d.mlp.fc2.weight", .shape = "DF"},
    {.slot = SLOT_OUT_BIAS, .name = "layers.%d.mlp.fc2.bias", .shape = "D"},
    {.slot = SLOT_LNF_GAIN, .name = "final_layernorm.weight", .shape = "D"},
    {.slot = SLOT_LNF_BIAS, .name = "final_layernorm.bias", .shape = "D"},
    ARCH_UNEMBED_ROW,
    {.slot = SLOT_UNEMBED_BIAS, .name = "lm_head.bias", .shape = "V"},
};

static const char *const ignored[] = {
    "layers.*.self_attn.rotary_emb.inv_freq", NULL};

static void configure(struct reader *reader)
{
    static const struct rope_keys rope = {
        .theta = "rope_theta",
        .theta_fallback = 10000,
        .partial = "partial_rotary_factor",
        .partial_fallback = 0.5,
    };
    struct config *config = reader->config;

    config->parallel = true;
    config->one_norm = true;
    if (reader_bool(reader, "qk_layernorm", false)) {
        config->qk_norm = QK_HEAD;
        config->traits |= QK_NORMS;
    }
    reader_rope(reader, &rope);
}

const struct arch arch_phi = {
    .model_type = "phi",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = ARCH_N(rules),
    .ignored = ignored,
    .keys = {
        ARCH_SIZES, ARCH_INNER, ARCH_KV_HEADS, ARCH_D_HEAD(0),
        .activation = "hidden_act", .activation_fallback = "gelu_new",
        .epsilon = "layer_norm_eps", .epsilon_fallback = 1e-5,
        .tied = false, .bos = 1,
    },
    .configure = configure,
};
