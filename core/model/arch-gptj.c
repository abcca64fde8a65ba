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
    int dim = reader_int(reader, "rotary_dim", 1, 2 * ROPE_PAIRS, 64);

    config->parallel = true;
    config->one_norm = true;
    config->rope = (struct rope){.kind = ROPE_PLAIN, .dim = dim,
                                 .interleaved = true, .theta = 10000,
                                 .scale = 1};
    if (json_is_null(json_object_get(reader->json, "rotary_dim")))
        reader_fail(reader, "'rotary_dim' is null, which is not supported; "
                    "the dims of a head that rotate expected");
    if (dim % 2 || dim > config->d_head)
        reader_fail(reader, "'rotary_dim' is %d; an even number of a head's "
                    "%d dims expected", dim, config->d_head);
}

const struct arch arch_gptj = {
    .model_type = "gptj",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = ARCH_N(rules),
    .ignored = ignored,
    .keys = {
        .layers = {{"n_layer", "num_hidden_layers"}, MAX_LAYERS, 28},
        .heads = {{"n_head", "num_attention_heads"}, 1024, 16},
        .width = {{"n_embd", "hidden_size"}, 65536, 4096},
        .context = {{"n_positions", "max_position_embeddings"}, 1 << 24,
                    2048},
        .vocab = {{"vocab_size"}, 1 << 22, 50400},
        .inner = {{"n_inner"}, 1 << 20, 0},
        .activation = "activation_function",
        .activation_fallback = "gelu_new",
        .epsilon = "layer_norm_epsilon",
        .epsilon_fallback = 1e-5,
        .tied = false,
        .bos = 50256,
    },
    .configure = configure,
};
