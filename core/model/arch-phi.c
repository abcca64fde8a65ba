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
        .partial = "partial_rotary_factor",
    };
    struct config *config = reader->config;

    config->parallel = true;
    config->one_norm = true;
    if (reader_bool(reader, "qk_layernorm")) {
        config->qk_norm = QK_HEAD;
        config->traits |= QK_NORMS;
    }
    reader_rope(reader, &rope);
}

static const struct config_key keys[] = {
    KEYS_OF_SIZES(24, 32, 2048, 2048, 51200),
    KEY("intermediate_size", 8192),
    KEY_KV_HEADS(null),
    KEY_HEAD_DIM,
    KEY_WORD("hidden_act", "gelu_new"),
    KEY("layer_norm_eps", 1e-5),
    KEYS_OF_TOKENS(false, 1),
    KEYS_OF_ROTATION,
    KEY_THETA,
    KEY_NULL("partial_rotary_factor", 0.5, "1"),
    KEY("qk_layernorm", false),
    KEY_IGNORE("resid_pdrop"),
    KEY_IGNORE("embd_pdrop"),
    KEY_IGNORE("attention_dropout"),
};

const struct arch arch_phi = {
    .model_type = "phi",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = ARCH_N(rules),
    .ignored = ignored,
    ARCH_KEYS(keys),
    .sizes = {
        ARCH_SIZES, ARCH_INNER, ARCH_KV_HEADS, ARCH_D_HEAD,
        .activation = "hidden_act", .epsilon = "layer_norm_eps",
    },
    .configure = configure,
};
