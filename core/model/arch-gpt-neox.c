/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-gpt-neox.c - GPT-NeoX and Pythia: attention and MLP side by side, each
 * behind its own LayerNorm; the first quarter of each head rotates. */
#include "model/config-reader.h"

/* Traits. */
enum { ATTN_BIAS = 1 };

static const char *const prefixes[] = {"gpt_neox.", "", NULL};

static const struct tensor_rule rules[] = {
    {.slot = SLOT_TOKEN_EMBEDDING, .name = "embed_in.weight", .shape = "VD"},
    {.slot = SLOT_LN1_GAIN, .name = "layers.%d.input_layernorm.weight",
     .shape = "D"},
    {.slot = SLOT_LN1_BIAS, .name = "layers.%d.input_layernorm.bias",
     .shape = "D"},
    {.slot = SLOT_QKV, .name = "layers.%d.attention.query_key_value.weight",
     .shape = "3D", .layout = GROUPED},
    {.slot = SLOT_QKV_BIAS,
     .name = "layers.%d.attention.query_key_value.bias", .shape = "3",
     .layout = GROUPED, .when = ATTN_BIAS},
    {.slot = SLOT_O, .name = "layers.%d.attention.dense.weight",
     .shape = "DQ"},
    {.slot = SLOT_O_BIAS, .name = "layers.%d.attention.dense.bias",
     .shape = "D", .when = ATTN_BIAS},
    {.slot = SLOT_LN2_GAIN,
     .name = "layers.%d.post_attention_layernorm.weight", .shape = "D"},
    {.slot = SLOT_LN2_BIAS,
     .name = "layers.%d.post_attention_layernorm.bias", .shape = "D"},
    {.slot = SLOT_IN, .name = "layers.%d.mlp.dense_h_to_4h.weight",
     .shape = "FD"},
    {.slot = SLOT_IN_BIAS, .name = "layers.%d.mlp.dense_h_to_4h.bias",
     .shape = "F"},
    {.slot = SLOT_OUT, .name = "layers.%d.mlp.dense_4h_to_h.weight",
     .shape = "DF"},
    {.slot = SLOT_OUT_BIAS, .name = "layers.%d.mlp.dense_4h_to_h.bias",
     .shape = "D"},
    {.slot = SLOT_LNF_GAIN, .name = "final_layer_norm.weight", .shape = "D"},
    {.slot = SLOT_LNF_BIAS, .name = "final_layer_norm.bias", .shape = "D"},
    {.slot = SLOT_UNEMBED, .name = "embed_out.weight", .shape = "VD",
     .other = "lm_head.weight"},
};

/* The causal mask and the frequencies, which early versions stored. */
static const char *const ignored[] = {
    "layers.*.attention.bias", "layers.*.attention.masked_bias",
    "layers.*.attention.rotary_emb.inv_freq", NULL};

static void configure(struct reader *reader)
{
    static const struct rope_keys rope = {
        .theta = "rotary_emb_base",
        .partial = "rotary_pct",
    };
    struct config *config = reader->config;

    config->parallel = reader_bool(reader, "use_parallel_residual");
    if (reader_bool(reader, "attention_bias"))
        config->traits |= ATTN_BIAS;
    reader_same_width(reader);
    reader_rope(reader, &rope);
}

static const struct config_key keys[] = {
    KEYS_OF_SIZES(44, 64, 6144, 2048, 50432),
    KEY("intermediate_size", 24576),
    KEY_HEAD_DIM,
    KEY_WORD("hidden_act", "gelu"),
    KEY("layer_norm_eps", 1e-5),
    KEYS_OF_TOKENS(false, 0),
    KEYS_OF_ROTATION,
    KEY("rotary_emb_base", 10000.0),
    KEY("rotary_pct", 0.25),
    KEY("use_parallel_residual", true),
    KEY("attention_bias", true),
    KEY_IGNORE("attention_dropout"),
    KEY_IGNORE("hidden_dropout"),
    KEY_IGNORE("classifier_dropout"),
    KEY_IGNORE("is_decoder"),
};

const struct arch arch_gpt_neox = {
    .model_type = "gpt_neox",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = ARCH_N(rules),
    .ignored = ignored,
    ARCH_KEYS(keys),
    .sizes = {
        ARCH_SIZES, ARCH_INNER,
        .activation = "hidden_act", .epsilon = "layer_norm_eps",
    },
    .configure = configure,
};
