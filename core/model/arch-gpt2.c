/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-gpt2.c - GPT-2 as Hugging Face writes it: learned positions, LayerNorm
 * in front of attention and MLP, matrices as Conv1D (x W). */
#include "model/config-reader.h"

static const char *const prefixes[] = {"transformer.", "", NULL};

static const struct tensor_rule rules[] = {
    {.slot = SLOT_TOKEN_EMBEDDING, .name = "wte.weight", .shape = "VD"},
    {.slot = SLOT_POSITION_EMBEDDING, .name = "wpe.weight", .shape = "CD"},
    {.slot = SLOT_LN1_GAIN, .name = "h.%d.ln_1.weight", .shape = "D"},
    {.slot = SLOT_LN1_BIAS, .name = "h.%d.ln_1.bias", .shape = "D"},
    {.slot = SLOT_QKV, .name = "h.%d.attn.c_attn.weight", .shape = "D3",
     .in_first = true},
    {.slot = SLOT_QKV_BIAS, .name = "h.%d.attn.c_attn.bias", .shape = "3"},
    {.slot = SLOT_O, .name = "h.%d.attn.c_proj.weight", .shape = "QD",
     .in_first = true},
    {.slot = SLOT_O_BIAS, .name = "h.%d.attn.c_proj.bias", .shape = "D"},
    {.slot = SLOT_LN2_GAIN, .name = "h.%d.ln_2.weight", .shape = "D"},
    {.slot = SLOT_LN2_BIAS, .name = "h.%d.ln_2.bias", .shape = "D"},
    {.slot = SLOT_IN, .name = "h.%d.mlp.c_fc.weight", .shape = "DF",
     .in_first = true},
    {.slot = SLOT_IN_BIAS, .name = "h.%d.mlp.c_fc.bias", .shape = "F"},
    {.slot = SLOT_OUT, .name = "h.%d.mlp.c_proj.weight", .shape = "FD",
     .in_first = true},
    {.slot = SLOT_OUT_BIAS, .name = "h.%d.mlp.c_proj.bias", .shape = "D"},
    {.slot = SLOT_LNF_GAIN, .name = "ln_f.weight", .shape = "D"},
    {.slot = SLOT_LNF_BIAS, .name = "ln_f.bias", .shape = "D"},
    {.slot = SLOT_UNEMBED, .name = "lm_head.weight", .shape = "VD"},
};

/* The causal mask, which early versions stored as if it were a weight. */
static const char *const ignored[] = {"h.*.attn.bias", "h.*.attn.masked_bias",
                                      NULL};

static void configure(struct reader *reader)
{
    struct config *config = reader->config;

    if (!reader_bool(reader, "scale_attn_weights"))
        config->score_scale = 1;
    config->scale_by_layer = reader_bool(
        reader, "scale_attn_by_inverse_layer_idx");
}

static const struct config_key keys[] = {
    KEY_ALIAS("n_layer", "num_hidden_layers", 12),
    KEY_ALIAS("n_head", "num_attention_heads", 12),
    KEY_ALIAS("n_embd", "hidden_size", 768),
    KEY_ALIAS("n_positions", "max_position_embeddings", 1024),
    KEY("vocab_size", 50257),
    KEY_NULL("n_inner", null, "4 n_embd"),
    KEY_WORD("activation_function", "gelu_new"),
    KEY("layer_norm_epsilon", 1e-5),
    KEYS_OF_TOKENS(true, 50256),
    KEY("scale_attn_weights", true),
    KEY("scale_attn_by_inverse_layer_idx", false),
    KEY_IGNORE("reorder_and_upcast_attn"), /* for half precision */
    KEY_IGNORE("resid_pdrop"),
    KEY_IGNORE("embd_pdrop"),
    KEY_IGNORE("attn_pdrop"),
    KEY_IGNORE("summary_type"),
    KEY_IGNORE("summary_use_proj"),
    KEY_IGNORE("summary_activation"),
    KEY_IGNORE("summary_proj_to_labels"),
    KEY_IGNORE("summary_first_dropout"),
};

const struct arch arch_gpt2 = {
    .model_type = "gpt2",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = ARCH_N(rules),
    .ignored = ignored,
    .learned_positions = true,
    ARCH_KEYS(keys),
    .sizes = {
        .layers = "n_layer", .heads = "n_head", .width = "n_embd",
        .context = "n_positions", .vocab = "vocab_size",
        .inner = "n_inner", .activation = "activation_function",
        .epsilon = "layer_norm_epsilon",
    },
    .configure = configure,
};
