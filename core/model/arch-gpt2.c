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

    if (!reader_bool(reader, "scale_attn_weights", true))
        config->score_scale = 1;
    config->scale_by_layer = reader_bool(
        reader, "scale_attn_by_inverse_layer_idx", false);
}

const struct arch arch_gpt2 = {
    .model_type = "gpt2",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = ARCH_N(rules),
    .ignored = ignored,
    .learned_positions = true,
    .keys = {
        .layers = {{"n_layer", "num_hidden_layers"}, MAX_LAYERS, 12},
        .heads = {{"n_head", "num_attention_heads"}, 1024, 12},
        .width = {{"n_embd", "hidden_size"}, 65536, 768},
        .context = {{"n_positions", "n_ctx", "max_position_embeddings"},
                    1 << 20, 1024},
        .vocab = {{"vocab_size"}, 1 << 22, 50257},
        .inner = {{"n_inner"}, 1 << 20, 0},
        .activation = "activation_function",
        .activation_fallback = "gelu_new",
        .epsilon = "layer_norm_epsilon",
        .epsilon_fallback = 1e-5,
        .tied = true,
        .bos = 50256,
    },
    .configure = configure,
};
