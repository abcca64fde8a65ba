/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-stablelm.c - StableLM: like Llama with LayerNorm; the first quarter of
 * each head rotates; attention and MLP in turn or side by side. */
#include "model/arch-rows.h"
#include "model/config-reader.h"

/* Traits. */
enum { QKV_BIAS = 1, QK_NORMS = 2, SIDE_BY_SIDE = 4 };

static const char *const prefixes[] = {"model.", "", NULL};

static const struct tensor_rule rules[] = {
    ARCH_EMBED_ROW,
    ARCH_GAIN_ROW(SLOT_LN1_GAIN, "input_layernorm"),
    {.slot = SLOT_LN1_BIAS, .name = "layers.%d.input_layernorm.bias",
     .shape = "D"},
    ARCH_QKV_ROWS(QKV_BIAS),
    {.slot = SLOT_Q_NORM_GAIN,
     .name = "layers.%d.self_attn.q_layernorm.norms.%h.weight",
     .shape = "d", .when = QK_NORMS},
    {.slot = SLOT_K_NORM_GAIN,
     .name = "layers.%d.self_attn.k_layernorm.norms.%h.weight",
     .shape = "d", .when = QK_NORMS},
    ARCH_O_ROW,
    {.slot = SLOT_LN2_GAIN,
     .name = "layers.%d.post_attention_layernorm.weight", .shape = "D",
     .unless = SIDE_BY_SIDE},
    {.slot = SLOT_LN2_BIAS,
     .name = "layers.%d.post_attention_layernorm.bias", .shape = "D",
     .unless = SIDE_BY_SIDE},
    ARCH_MLP_ROWS,
    ARCH_NORM_ROW,
    {.slot = SLOT_LNF_BIAS, .name = "norm.bias", .shape = "D"},
    ARCH_UNEMBED_ROW,
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

    config->gated = true;
    config->parallel = reader_bool(reader, "use_parallel_residual");
    config->one_norm = config->parallel;
    if (config->parallel)
        config->traits |= SIDE_BY_SIDE;
    if (reader_bool(reader, "use_qkv_bias"))
        config->traits |= QKV_BIAS;
    if (reader_bool(reader, "qk_layernorm")) {
        config->qk_norm = QK_HEAD;
        config->traits |= QK_NORMS;
    }
    reader_same_width(reader);
    reader_rope(reader, &rope);
}

static const struct config_key keys[] = {
    KEYS_OF_SIZES(32, 32, 2560, 4096, 50304),
    KEY("intermediate_size", 6912),
    KEY("num_key_value_heads", 32),
    KEY_HEAD_DIM,
    KEY_WORD("hidden_act", "silu"),
    KEY("layer_norm_eps", 1e-5),
    KEYS_OF_TOKENS(false, 0),
    KEYS_OF_ROTATION,
    KEY_THETA,
    KEY_NULL("partial_rotary_factor", 0.25, "1"),
    KEY("use_qkv_bias", false),
    KEY("qk_layernorm", false),
    KEY("use_parallel_residual", false),
    KEY_IGNORE("hidden_dropout"),
    KEY_IGNORE("attention_dropout"),
};

const struct arch arch_stablelm = {
    .model_type = "stablelm",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = ARCH_N(rules),
    .ignored = ignored,
    ARCH_KEYS(keys),
    .sizes = {
        ARCH_SIZES, ARCH_INNER, ARCH_KV_HEADS,
        .activation = "hidden_act", .epsilon = "layer_norm_eps",
    },
    .configure = configure,
};
