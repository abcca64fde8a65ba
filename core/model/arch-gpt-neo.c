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

static void configure(struct reader *reader)
{
    const json_t *groups = json_object_get(reader->json, "attention_types");
    const json_t *group;
    struct config *config = reader->config;
    int n = groups ? 0 : config->n_layer;
    size_t i;

    config->score_scale = 1;
    config->window = reader_int(reader, "window_size", 1, INT32_MAX, 256);
    for (int l = 0; !groups && l < config->n_layer; l++)
        config->local[l] = l % 2 == 1;
    json_array_foreach (groups, i, group)
        read_group(reader, group, &n);
    if (n != config->n_layer)
        reader_fail(reader, "'attention_types' is for %s than the %d layers "
                    "of the model", n < config->n_layer ? "fewer" : "more",
                    config->n_layer);
}

const struct arch arch_gpt_neo = {
    .model_type = "gpt_neo",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = ARCH_N(rules),
    .ignored = ignored,
    .learned_positions = true,
    .keys = {
        .layers = {{"num_layers", "num_hidden_layers"}, MAX_LAYERS, 24},
        .heads = {{"num_heads", "num_attention_heads"}, 1024, 16},
        .width = {{"hidden_size"}, 65536, 2048},
        .context = {{"max_position_embeddings"}, 1 << 20, 2048},
        .vocab = {{"vocab_size"}, 1 << 22, 50257},
        ARCH_INNER,
        .activation = "activation_function",
        .activation_fallback = "gelu_new",
        .epsilon = "layer_norm_epsilon",
        .epsilon_fallback = 1e-5,
        .tied = true,
        .bos = 50256,
    },
    .configure = configure,
};
