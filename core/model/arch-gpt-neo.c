/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-gpt-neo.c - GPT-Neo: like GPT-2, with scores that are not scaled and
 * layers of which some are local. */
#include "model/config-reader.h"

#include <string.h>

static const char *const prefixes[] = {"transformer.", "", NULL};

static const struct tensor_rule rules[] = {
    {.slot = SLOT_TOKEN_EMBEDDING, .name = "wte.weight", .shape = "VD"},
    {.slot = SLOT_POSITION_EMBEDDING, .name = "wpe.weight", .shape = "CD"},
    {.slot = SLOT_LN1_GAIN, .name = "h.%d.ln_1.weight", .shape = "D"},
    {.slot = SLOT_LN1_BIAS, .name = "h.%d.ln_1.bias", .shape = "D"},
    {.slot = SLOT_Q, .name = "h.%d.attn.attention.q_proj.weight",
     .shape = "QD"},
    {.slot = SLOT_K, .name = "h.%d.attn.attention.k_proj.weight",
     .shape = "KD"},
    {.slot = SLOT_V, .name = "h.%d.attn.attention.v_proj.weight",
     .shape = "KD"},
    {.slot = SLOT_O, .name = "h.%d.attn.attention.out_proj.weight",
     .shape = "DQ"},
    {.slot = SLOT_O_BIAS, .name = "h.%d.attn.attention.out_proj.bias",
     .shape = "D"},
    {.slot = SLOT_LN2_GAIN, .name = "h.%d.ln_2.weight", .shape = "D"},
    {.slot = SLOT_LN2_BIAS, .name = "h.%d.ln_2.bias", .shape = "D"},
    {.slot = SLOT_IN, .name = "h.%d.mlp.c_fc.weight", .shape = "FD"},
    {.slot = SLOT_IN_BIAS, .name = "h.%d.mlp.c_fc.bias", .shape = "F"},
    {.slot = SLOT_OUT, .name = "h.%d.mlp.c_proj.weight", .shape = "DF"},
    {.slot = SLOT_OUT_BIAS, .name = "h.%d.mlp.c_proj.bias", .shape = "D"},
    {.slot = SLOT_LNF_GAIN, .name = "ln_f.weight", .shape = "D"},
    {.slot = SLOT_LNF_BIAS, .name = "ln_f.bias", .shape = "D"},
    {.slot = SLOT_UNEMBED, .name = "lm_head.weight", .shape = "VD"},
};

/* The causal mask, which early versions stored as if it were a weight. */
static const char *const ignored[] = {
    "h.*.attn.attention.bias", "h.*.attn.attention.masked_bias", NULL};

/* One group of attention_types, [["global", "local"], 12]: its kinds in turn,
 * so many times, from layer *n on. */
static void read_group(struct reader *reader, const json_t *group, int *n)
{
    const json_t *kinds = json_array_get(group, 0), *kind;
    json_int_t times = json_integer_value(json_array_get(group, 1));
    struct config *config = reader->config;
    size_t i;

    for (json_int_t k = 0; k < times && *n <= config->n_layer; k++) {
        json_array_foreach (kinds, i, kind) {
            const char *word = json_string_value(kind);

            if (!word || (strcmp(word, "local") != 0 &&
                          strcmp(word, "global") != 0)) {
                reader_fail(reader, "'attention_types' has a kind other than "
                            "global and local");
                return;
            }
            if (*n < config->n_layer)
                config->local[*n] = strcmp(word, "local") == 0;
            ++*n;
        }
        if (!json_array_size(kinds))
            return;
    }
}

/* attention_types, where nothing says it layer by layer. */
static void read_types(struct reader *reader)
{
    const json_t *groups = reader_value(reader, "attention_types"), *group;
    struct config *config = reader->config;
    size_t i;
    int n = groups ? 0 : 24;

    for (int l = 0; !groups && l < config->n_layer; l++)
        config->local[l] = l % 2 == 1;
    json_array_foreach (groups, i, group)
        read_group(reader, group, &n);
    if (n != config->n_layer)
        reader_fail(reader, "'attention_types' is for %s than the %d layers "
                    "of the model", n < config->n_layer ? "fewer" : "more",
                    config->n_layer);
}

/* What is made of attention_types is replaced by attention_layers. */
static void configure(struct reader *reader)
{
    struct config *config = reader->config;

    config->score_scale = 1;
    config->window = reader_int(reader, "window_size", 1, INT32_MAX);
    if (!reader_layers(reader, "attention_layers", "global", "local"))
        read_types(reader);
}

static const struct config_key keys[] = {
    KEY_ALIAS("num_layers", "num_hidden_layers", 24),
    KEY_ALIAS("num_heads", "num_attention_heads", 16),
    KEY("hidden_size", 2048),
    KEY("max_position_embeddings", 2048),
    KEY("vocab_size", 50257),
    KEY_NULL("intermediate_size", null, "4 hidden_size"),
    KEY_WORD("activation_function", "gelu_new"),
    KEY("layer_norm_epsilon", 1e-5),
    KEYS_OF_TOKENS(true, 50256),
    KEY_NULL("attention_types", null, "global and local in turn, for 24"),
    KEY_NULL("attention_layers", null, "by attention_types"),
    KEY("window_size", 256),
    KEY_IGNORE("resid_dropout"),
    KEY_IGNORE("embed_dropout"),
    KEY_IGNORE("attention_dropout"),
    KEY_IGNORE("classifier_dropout"),
};

const struct arch arch_gpt_neo = {
    .model_type = "gpt_neo",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = ARCH_N(rules),
    .ignored = ignored,
    .learned_positions = true,
    ARCH_KEYS(keys),
    .sizes = {
        .layers = "num_layers", .heads = "num_heads",
        .width = "hidden_size", .context = "max_position_embeddings",
        .vocab = "vocab_size", ARCH_INNER,
        .activation = "activation_function",
        .epsilon = "layer_norm_epsilon",
    },
    .configure = configure,
};
