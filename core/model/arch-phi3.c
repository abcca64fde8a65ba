/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-phi3.c - Phi 3 and 4: like Llama, with queries, keys and values in one
 * matrix, gate and MLP input in another, and frequencies stretched one by one
 * for long samples. */
#include "model/arch-rows.h"
#include "model/config-reader.h"

static const char *const prefixes[] = {"model.", "", NULL};

static const struct tensor_rule rules[] = {
    ARCH_EMBED_ROW,
    ARCH_GAIN_ROW(SLOT_LN1_GAIN, "input_layernorm"),
    {.slot = SLOT_QKV, .name = "layers.%d.self_attn.qkv_proj.weight",
     .shape = "3D"},
    ARCH_O_ROW,
    ARCH_GAIN_ROW(SLOT_LN2_GAIN, "post_attention_layernorm"),
    ARCH_JOINED_MLP_ROWS,
    ARCH_NORM_ROW,
    ARCH_UNEMBED_ROW,
};

static const char *const ignored[] = {
    "layers.*.self_attn.rotary_emb.inv_freq", NULL};

static void configure(struct reader *reader)
{
    static const struct rope_keys rope = {
        .theta = "rope_theta",
        .theta_fallback = 10000,
        .partial = "partial_rotary_factor",
        .partial_fallback = 1,
        .context = 4096,
    };
    struct config *config = reader->config;

    config->norm = NORM_RMS;
    config->gated = true;
    reader_rope(reader, &rope);
    if (config->rope.kind != ROPE_PLAIN && config->rope.kind != ROPE_LONG)
        reader_fail(reader, "this 'rope_type' is not supported for a phi3 "
                    "model; default and longrope are");
    reader_window(reader, "sliding_window", 0);
    for (int i = 0; i < config->n_layer; i++)
        config->local[i] = config->window > 0;
}

const struct arch arch_phi3 = {
    .model_type = "phi3",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = ARCH_N(rules),
    .ignored = ignored,
    .keys = {
        ARCH_SIZES, ARCH_INNER, ARCH_KV_HEADS, ARCH_D_HEAD(0),
        .activation = "hidden_act", .activation_fallback = "silu",
        .epsilon = "rms_norm_eps", .epsilon_fallback = 1e-5,
        .tied = false, .bos = 1,
    },
    .configure = configure,
};
