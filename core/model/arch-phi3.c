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
        .partial = "partial_rotary_factor",
        .context = "original_max_position_embeddings",
    };
    struct config *config = reader->config;

    config->norm = NORM_RMS;
    config->gated = true;
    reader_rope(reader, &rope);
    if (config->rope.kind != ROPE_PLAIN && config->rope.kind != ROPE_LONG)
        reader_fail(reader, "this 'rope_type' is not supported for a phi3 "
                    "model; default and longrope are");
    reader_window(reader, "sliding_window");
    for (int i = 0; i < config->n_layer; i++)
        config->local[i] = config->window > 0;
}

static const struct config_key keys[] = {
    KEYS_OF_SIZES(32, 32, 3072, 4096, 32064),
    KEY("intermediate_size", 8192),
    KEY_KV_HEADS(null),
    KEY_HEAD_DIM,
    KEY_WORD("hidden_act", "silu"),
    KEY("rms_norm_eps", 1e-5),
    KEYS_OF_TOKENS(false, 1),
    KEYS_OF_ROTATION,
    KEY_THETA,
    KEY("partial_rotary_factor", 1.0),
    KEY("original_max_position_embeddings", 4096),
    KEY_NULL("sliding_window", null, "none"),
    KEY_IGNORE("resid_pdrop"),
    KEY_IGNORE("embd_pdrop"),
    KEY_IGNORE("attention_dropout"),
};

const struct arch arch_phi3 = {
    .model_type = "phi3",
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
