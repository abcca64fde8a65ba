/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-rows.h - rows that the tables of many families share: the names that
 * Llama gave its tensors. `trait` is the bit of config.traits with which the
 * tensor is there; 0: always. */
#ifndef CORE_MODEL_ARCH_ROWS_H
#define CORE_MODEL_ARCH_ROWS_H

#include "model/arch.h"

/* The table's first row, as in any table. */
#define ARCH_EMBED_ROW                                                  \
    {.slot = SLOT_TOKEN_EMBEDDING, .name = "embed_tokens.weight",       \
     .shape = "VD"}

/* Of a layer: NAME.weight, a gain. */
#define ARCH_GAIN_ROW(slot_, name_)                                     \
    {.slot = (slot_), .name = "layers.%d." name_ ".weight", .shape = "D"}

/* Queries, keys and values, and their biases. */
#define ARCH_QKV_ROWS(trait)                                            \
    {.slot = SLOT_Q, .name = "layers.%d.self_attn.q_proj.weight",       \
     .shape = "QD"},                                                    \
    {.slot = SLOT_K, .name = "layers.%d.self_attn.k_proj.weight",       \
     .shape = "KD"},                                                    \
    {.slot = SLOT_V, .name = "layers.%d.self_attn.v_proj.weight",       \
     .shape = "KD"},                                                    \
    {.slot = SLOT_Q_BIAS, .name = "layers.%d.self_attn.q_proj.bias",    \
     .shape = "Q", .when = (trait)},                                    \
    {.slot = SLOT_K_BIAS, .name = "layers.%d.self_attn.k_proj.bias",    \
     .shape = "K", .when = (trait)},                                    \
    {.slot = SLOT_V_BIAS, .name = "layers.%d.self_attn.v_proj.bias",    \
     .shape = "K", .when = (trait)}

/* The heads' projection, and its bias. */
#define ARCH_O_ROW                                                      \
    {.slot = SLOT_O, .name = "layers.%d.self_attn.o_proj.weight",       \
     .shape = "DQ"}
#define ARCH_O_BIAS_ROW(trait)                                          \
    {.slot = SLOT_O_BIAS, .name = "layers.%d.self_attn.o_proj.bias",    \
     .shape = "D", .when = (trait)}

/* A gated MLP; with gate and input in one matrix. */
#define ARCH_MLP_ROWS                                                   \
    {.slot = SLOT_GATE, .name = "layers.%d.mlp.gate_proj.weight",       \
     .shape = "FD"},                                                    \
    {.slot = SLOT_IN, .name = "layers.%d.mlp.up_proj.weight",           \
     .shape = "FD"},                                                    \
    ARCH_MLP_OUT_ROW
#define ARCH_JOINED_MLP_ROWS                                            \
    {.slot = SLOT_GATE_IN, .name = "layers.%d.mlp.gate_up_proj.weight", \
     .shape = "GD"},                                                    \
    ARCH_MLP_OUT_ROW
#define ARCH_MLP_OUT_ROW                                                \
    {.slot = SLOT_OUT, .name = "layers.%d.mlp.down_proj.weight",        \
     .shape = "DF"}
#define ARCH_MLP_BIAS_ROWS(trait)                                       \
    {.slot = SLOT_GATE_BIAS, .name = "layers.%d.mlp.gate_proj.bias",    \
     .shape = "F", .when = (trait)},                                    \
    {.slot = SLOT_IN_BIAS, .name = "layers.%d.mlp.up_proj.bias",        \
     .shape = "F", .when = (trait)},                                    \
    {.slot = SLOT_OUT_BIAS, .name = "layers.%d.mlp.down_proj.bias",     \
     .shape = "D", .when = (trait)}

/* Behind the last layer. */
#define ARCH_NORM_ROW                                                   \
    {.slot = SLOT_LNF_GAIN, .name = "norm.weight", .shape = "D"}
#define ARCH_UNEMBED_ROW                                                \
    {.slot = SLOT_UNEMBED, .name = "lm_head.weight", .shape = "VD"}

#endif
