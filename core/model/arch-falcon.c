/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-falcon.c - Falcon: one key/value head for all queries (7B), one for
 * each group of them (40B), or one for each; attention and MLP side by side or
 * in turn; rotary positions or ALiBi. */
#include "model/config-reader.h"

/* Traits: which norms there are, and biases. */
enum { BIASES = 1, TWO_NORMS = 2, IN_TURN = 4 };

static const char *const prefixes[] = {"transformer.", "", NULL};

static const struct tensor_rule rules[] = {
    {.slot = SLOT_TOKEN_EMBEDDING, .name = "word_embeddings.weight",
     .shape = "VD"},
    {.slot = SLOT_LN1_GAIN, .name = "h.%d.input_layernorm.weight",
     .shape = "D", .unless = TWO_NORMS},
    {.slot = SLOT_LN1_BIAS, .name = "h.%d.input_layernorm.bias",
     .shape = "D", .unless = TWO_NORMS},
    {.slot = SLOT_LN1_GAIN, .name = "h.%d.ln_attn.weight", .shape = "D",
     .when = TWO_NORMS},
    {.slot = SLOT_LN1_BIAS, .name = "h.%d.ln_attn.bias", .shape = "D",
     .when = TWO_NORMS},
    {.slot = SLOT_QKV, .name = "h.%d.self_attention.query_key_value.weight",
     .shape = "3D", .layout = GROUPED},
    {.slot = SLOT_QKV_BIAS,
     .name = "h.%d.self_attention.query_key_value.bias", .shape = "3",
     .layout = GROUPED, .when = BIASES},
    {.slot = SLOT_O, .name = "h.%d.self_attention.dense.weight",
     .shape = "DQ"},
    {.slot = SLOT_O_BIAS, .name = "h.%d.self_attention.dense.bias",
     .shape = "D", .when = BIASES},
    {.slot = SLOT_LN2_GAIN, .name = "h.%d.ln_mlp.weight", .shape = "D",
     .when = TWO_NORMS},
    {.slot = SLOT_LN2_BIAS, .name = "h.%d.ln_mlp.bias", .shape = "D",
     .when = TWO_NORMS},
    {.slot = SLOT_LN2_GAIN, .name = "h.%d.post_attention_layernorm.weight",
     .shape = "D", .when = IN_TURN},
    {.slot = SLOT_LN2_BIAS, .name = "h.%d.post_attention_layernorm.bias",
     .shape = "D", .when = IN_TURN},
    {.slot = SLOT_IN, .name = "h.%d.mlp.dense_h_to_4h.weight",
     .shape = "FD"},
    {.slot = SLOT_IN_BIAS, .name = "h.%d.mlp.dense_h_to_4h.bias",
     .shape = "F", .when = BIASES},
    {.slot = SLOT_OUT, .name = "h.%d.mlp.dense_4h_to_h.weight",
     .shape = "DF"},
    {.slot = SLOT_OUT_BIAS, .name = "h.%d.mlp.dense_4h_to_h.bias",
     .shape = "D", .when = BIASES},
    {.slot = SLOT_LNF_GAIN, .name = "ln_f.weight", .shape = "D"},
    {.slot = SLOT_LNF_BIAS, .name = "ln_f.bias", .shape = "D"},
    {.slot = SLOT_UNEMBED, .name = "lm_head.weight", .shape = "VD"},
};

static const char *const ignored[] = {
    "h.*.self_attention.rotary_emb.inv_freq", NULL};

/* num_kv_heads counts in the new architecture only. */
static void read_kv_heads(struct reader *reader, bool grouped)
{
    struct config *config = reader->config;

    if (!grouped)
        config->n_kv_head = reader_bool(reader, "multi_query")
                                ? 1
                                : config->n_head;
}

static void read_norms(struct reader *reader, bool grouped)
{
    struct config *config = reader->config;
    int norms = reader_int(reader, "num_ln_in_parallel_attn", 1, 2);

    if (!norms)
        norms = grouped ? 2 : 1;
    config->parallel = reader_bool(reader, "parallel_attn");
    if (grouped && !config->parallel)
        reader_fail(reader, "'new_decoder_architecture' is true but "
                    "'parallel_attn' false, which is not supported");
    if (!grouped && config->parallel && norms == 2)
        reader_fail(reader, "'num_ln_in_parallel_attn' is 2 without "
                    "'new_decoder_architecture', which is not supported");
    config->one_norm = config->parallel && norms == 1;
    if (!config->parallel)
        config->traits |= IN_TURN;
    else if (norms == 2)
        config->traits |= TWO_NORMS;
}

static void configure(struct reader *reader)
{
    static const struct rope_keys rope = {.theta = "rope_theta"};
    struct config *config = reader->config;
    bool grouped = reader_bool(reader, "new_decoder_architecture");

    read_kv_heads(reader, grouped);
    read_norms(reader, grouped);
    if (reader_bool(reader, "bias"))
        config->traits |= BIASES;
    if (reader_bool(reader, "alibi")) {
        config->alibi = config->score_scale;
        config->alibi_bf16 = true;
    } else {
        reader_rope(reader, &rope);
    }
}

static const struct config_key keys[] = {
    KEY("num_hidden_layers", 32),
    KEY("num_attention_heads", 71),
    KEY_ALIAS("hidden_size", "n_embed", 4544),
    KEY("max_position_embeddings", 2048),
    KEY("vocab_size", 65024),
    KEY_NULL("num_kv_heads", null, "num_attention_heads"),
    KEY_NULL("ffn_hidden_size", null, "4 hidden_size"),
    KEY_WORD("activation", "gelu"),
    KEY("layer_norm_epsilon", 1e-5),
    KEYS_OF_TOKENS(true, 11),
    KEYS_OF_ROTATION,
    KEY_THETA,
    KEY_NULL("num_ln_in_parallel_attn", null,
             "2 with new_decoder_architecture, else 1"),
    KEY_NULL("alibi", false, "false"),
    KEY_NULL("new_decoder_architecture", false, "false"),
    KEY_NULL("multi_query", true, "false"),
    KEY_NULL("parallel_attn", true, "false"),
    KEY_NULL("bias", false, "false"),
    KEY_IGNORE("hidden_dropout"),
    KEY_IGNORE("attention_dropout"),
};

const struct arch arch_falcon = {
    .model_type = "falcon",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = ARCH_N(rules),
    .ignored = ignored,
    ARCH_KEYS(keys),
    .sizes = {
        ARCH_SIZES, .kv_heads = "num_kv_heads", .inner = "ffn_hidden_size",
        .activation = "activation", .epsilon = "layer_norm_epsilon",
    },
    .configure = configure,
};
