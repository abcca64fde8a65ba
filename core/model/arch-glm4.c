/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-glm4.c - GLM 4: norms before the branches and behind them, half of each
 * head rotates, neighbouring dims together. */
#include "model/arch-rows.h"
#include "model/config-reader.h"

/* Traits. */
enum { QKV_BIAS = 1 };

static const char *const prefixes[] = {"model.", "", NULL};

static const struct tensor_rule rules[] = {
    ARCH_EMBED_ROW,
    ARCH_GAIN_ROW(SLOT_LN1_GAIN, "input_layernorm"),
    ARCH_QKV_ROWS(QKV_BIAS),
    ARCH_O_ROW,
    ARCH_GAIN_ROW(SLOT_ATTN_POST_GAIN, "post_self_attn_layernorm"),
    ARCH_GAIN_ROW(SLOT_LN2_GAIN, "post_attention_layernorm"),
    ARCH_JOINED_MLP_ROWS,
    ARCH_GAIN_ROW(SLOT_MLP_POST_GAIN, "post_mlp_layernorm"),
    ARCH_NORM_ROW,
    ARCH_UNEMBED_ROW,
};

static const char *const ignored[] = {NULL};

static void configure(struct reader *reader)
{
    static const struct rope_keys rope = {
        .theta = "rope_theta",
        .partial = "partial_rotary_factor",
        .interleaved = true,
    };
    struct config *config = reader->config;

    config->norm = NORM_RMS;
    config->gated = true;
    config->post_norm = true;
    if (reader_bool(reader, "attention_bias"))
        config->traits |= QKV_BIAS;
    reader_rope(reader, &rope);
}

static const struct config_key keys[] = {
    KEYS_OF_SIZES(40, 32, 4096, 131072, 151552),
    KEY("intermediate_size", 13696),
    KEY("num_key_value_heads", 2),
    KEY("head_dim", 128),
    KEY_WORD("hidden_act", "silu"),
    KEY("rms_norm_eps", 1.5625e-7),
    KEYS_OF_TOKENS(false, null),
    KEYS_OF_ROTATION,
    KEY_THETA,
    KEY_NULL("partial_rotary_factor", 0.5, "1"),
    KEY("attention_bias", true),
    KEY_IGNORE("attention_dropout"),
};

const struct arch arch_glm4 = {
    .model_type = "glm4",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = ARCH_N(rules),
    .ignored = ignored,
    ARCH_KEYS(keys),
    .sizes = {
        ARCH_SIZES, ARCH_INNER, ARCH_KV_HEADS, ARCH_D_HEAD,
        .activation = "hidden_act", .epsilon = "rms_norm_eps",
    },
    .configure = configure,
};
