/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-bloom.c - BLOOM: no position embedding, but scores that fall off with
 * the distance (ALiBi); the token embedding is normalized. */
#include "model/config-reader.h"

static const char *const prefixes[] = {"transformer.", "", NULL};

static const struct tensor_rule rules[] = {
    {.slot = SLOT_TOKEN_EMBEDDING, .name = "word_embeddings.weight",
     .shape = "VD"},
    {.slot = SLOT_EMBED_NORM_GAIN,
     .name = "word_embeddings_layernorm.weight", .shape = "D"},
    {.slot = SLOT_EMBED_NORM_BIAS,
     .name = "word_embeddings_layernorm.bias", .shape = "D"},
    {.slot = SLOT_LN1_GAIN, .name = "h.%d.input_layernorm.weight",
     .shape = "D"},
    {.slot = SLOT_LN1_BIAS, .name = "h.%d.input_layernorm.bias",
     .shape = "D"},
    {.slot = SLOT_QKV, .name = "h.%d.self_attention.query_key_value.weight",
     .shape = "3D", .layout = GROUPED},
    {.slot = SLOT_QKV_BIAS,
     .name = "h.%d.self_attention.query_key_value.bias", .shape = "3",
     .layout = GROUPED},
    {.slot = SLOT_O, .name = "h.%d.self_attention.dense.weight",
     .shape = "DQ"},
    {.slot = SLOT_O_BIAS, .name = "h.%d.self_attention.dense.bias",
     .shape = "D"},
    {.slot = SLOT_LN2_GAIN, .name = "h.%d.post_attention_layernorm.weight",
     .shape = "D"},
    {.slot = SLOT_LN2_BIAS, .name = "h.%d.post_attention_layernorm.bias",
     .shape = "D"},
    {.slot = SLOT_IN, .name = "h.%d.mlp.dense_h_to_4h.weight",
     .shape = "FD"},
    {.slot = SLOT_IN_BIAS, .name = "h.%d.mlp.dense_h_to_4h.bias",
     .shape = "F"},
    {.slot = SLOT_OUT, .name = "h.%d.mlp.dense_4h_to_h.weight",
     .shape = "DF"},
    {.slot = SLOT_OUT_BIAS, .name = "h.%d.mlp.dense_4h_to_h.bias",
     .shape = "D"},
    {.slot = SLOT_LNF_GAIN, .name = "ln_f.weight", .shape = "D"},
    {.slot = SLOT_LNF_BIAS, .name = "ln_f.bias", .shape = "D"},
    {.slot = SLOT_UNEMBED, .name = "lm_head.weight", .shape = "VD"},
};

static const char *const ignored[] = {NULL};

/* Any length can be run; "seq_length" is that of the training. slow_but_exact
 * would leave out biases where the training was split. */
static void configure(struct reader *reader)
{
    struct config *config = reader->config;

    config->embed_norm = true;
    config->alibi = 1;
    if (reader_int(reader, "pretraining_tp", 1, INT32_MAX) > 1 &&
        reader_bool(reader, "slow_but_exact"))
        reader_fail(reader, "'slow_but_exact' is true, which is not "
                    "supported: it is for models that were trained in "
                    "parts");
}

static const struct config_key keys[] = {
    KEY_ALIAS("n_layer", "num_hidden_layers", 2),
    KEY_ALIAS("n_head", "num_attention_heads", 8),
    KEY_ALIAS("hidden_size", "n_embed", 64),
    KEY("vocab_size", 250880),
    KEY("seq_length", 2048),
    KEY("layer_norm_epsilon", 1e-5),
    KEYS_OF_TOKENS(true, 1),
    KEY_REFUSE("apply_residual_connection_post_layernorm", false,
               "the residual stream would not be the sum of what is added "
               "to it"),
    KEY("pretraining_tp", 1),
    KEY("slow_but_exact", false),
    KEY_IGNORE("hidden_dropout"),
    KEY_IGNORE("attention_dropout"),
};

const struct arch arch_bloom = {
    .model_type = "bloom",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = ARCH_N(rules),
    .ignored = ignored,
    ARCH_KEYS(keys),
    .sizes = {
        .layers = "n_layer", .heads = "n_head", .width = "hidden_size",
        .context = "seq_length", .vocab = "vocab_size",
        .epsilon = "layer_norm_epsilon",
    },
    .configure = configure,
};
