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
    reader_refuse(reader, "apply_residual_connection_post_layernorm", true,
                  false, "the residual stream would not be the sum of what "
                  "is added to it");
    if (reader_int(reader, "pretraining_tp", 1, INT32_MAX, 1) > 1)
        reader_refuse(reader, "slow_but_exact", true, false,
                      "it is for models that were trained in parts");
}

const struct arch arch_bloom = {
    .model_type = "bloom",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = ARCH_N(rules),
    .ignored = ignored,
    .keys = {
        .layers = {{"n_layer", "num_hidden_layers"}, MAX_LAYERS, 2},
        .heads = {{"n_head", "num_attention_heads"}, 1024, 8},
        .width = {{"hidden_size", "n_embed"}, 65536, 64},
        .context = {{"seq_length"}, 1 << 24, 2048},
        .vocab = {{"vocab_size"}, 1 << 22, 250880},
        .activation_fallback = "gelu_new",
        .epsilon = "layer_norm_epsilon", .epsilon_fallback = 1e-5,
        .tied = true, .bos = 1,
    },
    .configure = configure,
};
