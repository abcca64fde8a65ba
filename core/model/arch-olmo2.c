/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-olmo2.c - OLMo 2: branches read the residual stream as it is, and what
 * they add to it is normalized; so are all queries, and all keys, together. */
#include "model/arch-rows.h"
#include "model/config-reader.h"

/* Traits. */
enum { ATTN_BIAS = 1 };

static const char *const prefixes[] = {"model.", "", NULL};

static const struct tensor_rule rules[] = {
    ARCH_EMBED_ROW,
    ARCH_QKV_ROWS(ATTN_BIAS),
    {.slot = SLOT_Q_NORM_GAIN, .name = "layers.%d.self_attn.q_norm.weight",
     .shape = "Q"},
    {.slot = SLOT_K_NORM_GAIN, .name = "layers.%d.self_attn.k_norm.weight",
     .shape = "K"},
    ARCH_O_ROW,
    ARCH_O_BIAS_ROW(ATTN_BIAS),
    ARCH_GAIN_ROW(SLOT_ATTN_POST_GAIN, "post_attention_layernorm"),
    ARCH_MLP_ROWS,
    ARCH_GAIN_ROW(SLOT_MLP_POST_GAIN, "post_feedforward_layernorm"),
    ARCH_NORM_ROW,
    ARCH_UNEMBED_ROW,
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
