/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-gptj.c - GPT-J: attention and MLP read the same LayerNorm, side by
 * side; neighbouring dims rotate together. */
#include "model/config-reader.h"

static const char *const prefixes[] = {"transformer.", "", NULL};

static const struct tensor_rule rules[] = {
    {.slot = SLOT_TOKEN_EMBEDDING, .name = "wte.weight", .shape = "VD"},
    {.slot = SLOT_LN1_GAIN, .name = "h.%d.ln_1.weight", .shape = "D"},
    {.slot = SLOT_LN1_BIAS, .name = "h.%d.ln_1.bias", .shape = "D"},
    {.slot = SLOT_Q, .name = "h.%d.attn.q_proj.weight", .shape = "QD"},
    {.slot = SLOT_K, .name = "h.%d.attn.k_proj.weight", .shape = "KD"},
    {.slot = SLOT_V, .name = "h.%d.attn.v_proj.weight", .shape = "KD"},
    {.slot = SLOT_O, .name = "h.%d.attn.out_proj.weight", .shape = "DQ"},
    {.slot = SLOT_IN, .name = "h.%d.mlp.fc_in.weight", .shape = "FD"},
    {.slot = SLOT_IN_BIAS, .name = "h.%d.mlp.fc_in.bias", .shape = "F"},
    {.slot = SLOT_OUT, .name = "h.%d.mlp.fc_out.weight", .shape = "DF"},
    {.slot = SLOT_OUT_BIAS, .name = "h.%d.mlp.fc_out.bias", .shape = "D"},
    {.slot = SLOT_LNF_GAIN, .name = "ln_f.weight", .shape = "D"},
    {.slot = SLOT_LNF_BIAS, .name = "ln_f.bias", .shape = "D"},
    {.slot = SLOT_UNEMBED, .name = "lm_head.weight", .shape = "VD"},
    {.slot = SLOT_UNEMBED_BIAS, .name = "lm_head.bias", .shape = "V"},
};

/* The causal mask and the angles, which early versions stored. */
static const char *const ignored[] = {
    "h.*.attn.bias", "h.*.attn.masked_bias", "h.*.attn.embed_positions",
    NULL};

static void configure(struct reader *reader)
{
    struct config *config = reader->config;
    int dim = reader_int(reader, "rotary_dim", 1, 2 * ROPE_PAIRS);

    config->parallel = true;
    config->one_norm = true;
    config->rope = (struct rope){.kind = ROPE_PLAIN, .dim = dim,
                                 .interleaved = true, .theta = 10000,
                                 .scale = 1};
    if (dim % 2 || dim > config->d_head)
        reader_fail(reader, "'rotary_dim' is %d; an even number of a head's "
                    "%d dims expected", dim, config->d_head);
}

static const struct config_key keys[] = {
    KEY_ALIAS("n_layer", "num_hidden_layers", 28),
    KEY_ALIAS("n_head", "num_attention_heads", 16),
    KEY_ALIAS("n_embd", "hidden_size", 4096),
    KEY_ALIAS("n_positions", "max_position_embeddings", 2048),
    KEY("vocab_size", 50400),
    KEY_NULL("n_inner", null, "4 n_embd"),
    KEY_WORD("activation_function", "gelu_new"),
    KEY("layer_norm_epsilon", 1e-5),
    KEYS_OF_TOKENS(false, 50256),
    KEY("rotary_dim", 64),
    KEY_IGNORE("resid_pdrop"),
    KEY_IGNORE("embd_pdrop"),
    KEY_IGNORE("attn_pdrop"),
};

const struct arch arch_gptj = {
    .model_type = "gptj",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = ARCH_N(rules),
    .ignored = ignored,
    ARCH_KEYS(keys),
    .sizes = {
        .layers = "n_layer", .heads = "n_head", .width = "n_embd",
        .context = "n_positions", .vocab = "vocab_size",
        .inner = "n_inner", .activation = "activation_function",
        .epsilon = "layer_norm_epsilon",
    },
    .configure = configure,
};
