/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-opt.c - OPT: like GPT-2, with ReLU and positions that begin at the
 * third row of their embedding. Its 350m normalizes the stream behind each
 * addition, and has a narrower vocabulary. */
#include "model/config-reader.h"

/* Traits. */
enum { BIASES = 1, GAINS = 2, FINAL_NORM = 4, BEHIND = 8, PROJECTED = 16 };

static const char *const prefixes[] = {"model.decoder.", "decoder.", NULL};

static const struct tensor_rule rules[] = {
    {.slot = SLOT_TOKEN_EMBEDDING, .name = "embed_tokens.weight",
     .shape = "VW"},
    {.slot = SLOT_PROJECT_IN, .name = "project_in.weight", .shape = "DW",
     .when = PROJECTED},
    {.slot = SLOT_PROJECT_OUT, .name = "project_out.weight", .shape = "WD",
     .when = PROJECTED},
    {.slot = SLOT_POSITION_EMBEDDING, .name = "embed_positions.weight",
     .shape = "CD"},
    {.slot = SLOT_LN1_GAIN, .name = "layers.%d.self_attn_layer_norm.weight",
     .shape = "D", .when = GAINS, .unless = BEHIND},
    {.slot = SLOT_LN1_BIAS, .name = "layers.%d.self_attn_layer_norm.bias",
     .shape = "D", .when = GAINS, .unless = BEHIND},
    {.slot = SLOT_ATTN_POST_GAIN,
     .name = "layers.%d.self_attn_layer_norm.weight", .shape = "D",
     .when = GAINS | BEHIND},
    {.slot = SLOT_ATTN_POST_BIAS,
     .name = "layers.%d.self_attn_layer_norm.bias", .shape = "D",
     .when = GAINS | BEHIND},
    {.slot = SLOT_Q, .name = "layers.%d.self_attn.q_proj.weight",
     .shape = "QD"},
    {.slot = SLOT_Q_BIAS, .name = "layers.%d.self_attn.q_proj.bias",
     .shape = "Q", .when = BIASES},
    {.slot = SLOT_K, .name = "layers.%d.self_attn.k_proj.weight",
     .shape = "KD"},
    {.slot = SLOT_K_BIAS, .name = "layers.%d.self_attn.k_proj.bias",
     .shape = "K", .when = BIASES},
    {.slot = SLOT_V, .name = "layers.%d.self_attn.v_proj.weight",
     .shape = "KD"},
    {.slot = SLOT_V_BIAS, .name = "layers.%d.self_attn.v_proj.bias",
     .shape = "K", .when = BIASES},
    {.slot = SLOT_O, .name = "layers.%d.self_attn.out_proj.weight",
     .shape = "DQ"},
    {.slot = SLOT_O_BIAS, .name = "layers.%d.self_attn.out_proj.bias",
     .shape = "D", .when = BIASES},
    {.slot = SLOT_LN2_GAIN, .name = "layers.%d.final_layer_norm.weight",
     .shape = "D", .when = GAINS, .unless = BEHIND},
    {.slot = SLOT_LN2_BIAS, .name = "layers.%d.final_layer_norm.bias",
     .shape = "D", .when = GAINS, .unless = BEHIND},
    {.slot = SLOT_MLP_POST_GAIN, .name = "layers.%d.final_layer_norm.weight",
     .shape = "D", .when = GAINS | BEHIND},
    {.slot = SLOT_MLP_POST_BIAS, .name = "layers.%d.final_layer_norm.bias",
     .shape = "D", .when = GAINS | BEHIND},
    {.slot = SLOT_IN, .name = "layers.%d.fc1.weight", .shape = "FD"},
    {.slot = SLOT_IN_BIAS, .name = "layers.%d.fc1.bias", .shape = "F",
     .when = BIASES},
    {.slot = SLOT_OUT, .name = "layers.%d.fc2.weight", .shape = "DF"},
    {.slot = SLOT_OUT_BIAS, .name = "layers.%d.fc2.bias", .shape = "D",
     .when = BIASES},
    {.slot = SLOT_LNF_GAIN, .name = "final_layer_norm.weight", .shape = "D",
     .when = GAINS | FINAL_NORM},
    {.slot = SLOT_LNF_BIAS, .name = "final_layer_norm.bias", .shape = "D",
     .when = GAINS | FINAL_NORM},
    {.slot = SLOT_UNEMBED, .name = "lm_head.weight", .shape = "VW"},
};

static const char *const ignored[] = {NULL};

static void configure(struct reader *reader)
{
    struct config *config = reader->config;
    int width = reader_int(reader, "word_embed_proj_dim", 1, INT32_MAX);
    bool behind = !reader_bool(reader, "do_layer_norm_before");

    config->norm_epsilon = 1e-5;
    config->position_offset = 2;
    config->bare = config->stream_norm = behind;
    config->no_final_norm =
        reader_bool(reader, "_remove_final_layer_norm") || behind;
    if (behind)
        config->traits |= BEHIND;
    if (!config->no_final_norm)
        config->traits |= FINAL_NORM;
    if (reader_bool(reader, "enable_bias"))
        config->traits |= BIASES;
    if (reader_bool(reader, "layer_norm_elementwise_affine"))
        config->traits |= GAINS;
    if (width && width != config->d_model) {
        config->d_word = width;
        config->traits |= PROJECTED;
    }
}

static const struct config_key keys[] = {
    KEYS_OF_SIZES(12, 12, 768, 2048, 50272),
    KEY("ffn_dim", 3072),
    KEY_WORD("activation_function", "relu"),
    KEYS_OF_TOKENS(true, 2),
    KEY("_remove_final_layer_norm", false),
    KEY("enable_bias", true),
    KEY("layer_norm_elementwise_affine", true),
    KEY_NULL("word_embed_proj_dim", null, "hidden_size"),
    KEY("do_layer_norm_before", true),
    KEY_IGNORE("dropout"),
    KEY_IGNORE("attention_dropout"),
    KEY_IGNORE("activation_dropout"),
    KEY_IGNORE("layerdrop"),
    KEY_IGNORE("init_std"),
};

const struct arch arch_opt = {
    .model_type = "opt",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = ARCH_N(rules),
    .ignored = ignored,
    .learned_positions = true,
    ARCH_KEYS(keys),
    .sizes = {
        ARCH_SIZES, .inner = "ffn_dim", .activation = "activation_function",
    },
    .configure = configure,
};
