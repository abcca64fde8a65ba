/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-phi3.c - Phi 3 and 4: like Llama, with queries, keys and values in one
 * matrix, gate and MLP input in another, and frequencies stretched one by one
 * for long samples. */
#include "model/config-reader.h"

static const char *const prefixes[] = {"model.", "", NULL};

static const struct tensor_rule rules[] = {
    {.slot = SLOT_TOKEN_EMBEDDING, .name = "embed_tokens.weight",
     .shape = "VD"},
    {.slot = SLOT_LN1_GAIN, .name = "layers.%d.input_layernorm.weight",
     .shape = "D"},
    {.slot = SLOT_QKV, .name = "layers.%d.self_attn.qkv_proj.weight",
     .shape = "3D"},
    {.slot = SLOT_O, .name = "layers.%d.self_attn.o_proj.weight",
     .shape = "DQ"},
    {.slot = SLOT_LN2_GAIN,
     .name = "layers.%d.post_attention_layernorm.weight", .shape = "D"},
    {.slot = SLOT_GATE_IN, .name = "layers.%d.mlp.gate_up_proj.weight",
     .shape = "GD"},
    {.slot = SLOT_OUT, .name = "layers.%d.mlp.down_proj.weight",
     .shape = "DF"},
    {.slot = SLOT_LNF_GAIN, .name = "norm.weight", .shape = "D"},
    {.slot = SLOT_UNEMBED, .name = "lm_head.weight", .shape = "VD"},
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
