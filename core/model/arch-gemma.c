/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-gemma.c - Gemma: like Llama, with a scaled token embedding, gains that
 * files hold less 1 and a GELU gate. Gemma 2 and 3 also normalize what the
 * branches add, and alternate local with global layers. */
#include "model/arch-rows.h"
#include "model/config-reader.h"

#include <math.h>

/* Traits. */
enum { ATTN_BIAS = 1, SANDWICH = 2, QK_NORMS = 4 };

static const char *const prefixes[] = {"model.", "", NULL};

static const struct tensor_rule rules[] = {
    ARCH_EMBED_ROW,
    {.slot = SLOT_LN1_GAIN, .name = "layers.%d.input_layernorm.weight",
     .shape = "D", .layout = LESS_ONE},
    ARCH_QKV_ROWS(ATTN_BIAS),
    {.slot = SLOT_Q_NORM_GAIN, .name = "layers.%d.self_attn.q_norm.weight",
     .shape = "d", .layout = LESS_ONE, .when = QK_NORMS},
    {.slot = SLOT_K_NORM_GAIN, .name = "layers.%d.self_attn.k_norm.weight",
     .shape = "d", .layout = LESS_ONE, .when = QK_NORMS},
    ARCH_O_ROW,
    ARCH_O_BIAS_ROW(ATTN_BIAS),
    {.slot = SLOT_LN2_GAIN,
     .name = "layers.%d.post_attention_layernorm.weight", .shape = "D",
     .layout = LESS_ONE, .unless = SANDWICH},
    {.slot = SLOT_ATTN_POST_GAIN,
     .name = "layers.%d.post_attention_layernorm.weight", .shape = "D",
     .layout = LESS_ONE, .when = SANDWICH},
    {.slot = SLOT_LN2_GAIN,
     .name = "layers.%d.pre_feedforward_layernorm.weight", .shape = "D",
     .layout = LESS_ONE, .when = SANDWICH},
    {.slot = SLOT_MLP_POST_GAIN,
     .name = "layers.%d.post_feedforward_layernorm.weight", .shape = "D",
     .layout = LESS_ONE, .when = SANDWICH},
    ARCH_MLP_ROWS,
    {.slot = SLOT_LNF_GAIN, .name = "norm.weight", .shape = "D",
     .layout = LESS_ONE},
    ARCH_UNEMBED_ROW,
};

static const char *const ignored[] = {
    "layers.*.self_attn.rotary_emb.inv_freq", NULL};

static const struct rope_keys rope = {.theta = "rope_theta"};

static void configure(struct reader *reader)
{
    struct config *config = reader->config;

    config->norm = NORM_RMS;
    config->gated = true;
    config->embed_scale = sqrt(config->d_model);
    if (reader_bool(reader, "attention_bias"))
        config->traits |= ATTN_BIAS;
}

/* The first Gemma's files say gelu and mean its tanh form, whatever key they
 * have it under. */
static void configure_gemma(struct reader *reader)
{
    configure(reader);
    reader_rope(reader, &rope);
    if (reader->config->activation == ACT_GELU_ERF)
        reader->config->activation = ACT_GELU_TANH;
}

/* A cap of logits; every `period`th layer is global. */
static void configure_sandwich(struct reader *reader, int period)
{
    struct config *config = reader->config;

    configure(reader);
    config->post_norm = true;
    config->traits |= SANDWICH;
    config->score_scale = 1 / sqrt(reader_real(reader,
                                               "query_pre_attn_scalar"));
    config->logit_cap = reader_real(reader, "final_logit_softcapping");
    if (!reader_layer_types(reader))
        for (int i = 0; i < config->n_layer; i++)
            config->local[i] = (i + 1) % period != 0;
    reader_window(reader, "sliding_window");
}

static void configure_gemma2(struct reader *reader)
{
    configure_sandwich(reader, 2);
    reader->config->score_cap = reader_real(reader, "attn_logit_softcapping");
    reader_rope(reader, &rope);
}

static void configure_gemma3(struct reader *reader)
{
    static const struct rope_keys global = {.theta = "rope_theta"};
    static const struct rope_keys local = {.theta = "rope_local_base_freq"};
    struct config *config = reader->config;
    int period = reader_int(reader, "sliding_window_pattern", 1, MAX_LAYERS);

    configure_sandwich(reader, period ? period : 1);
    config->qk_norm = QK_HEAD;
    config->traits |= QK_NORMS;
    reader_rope_by_type(reader, &global, &local);
}

#define BIDIRECTIONAL                                                  \
    KEY_REFUSE("use_bidirectional_attention", false,                   \
               "a token would see those after it")

static const struct config_key keys_gemma[] = {
    KEYS_OF_SIZES(28, 16, 3072, 8192, 256000),
    KEY("intermediate_size", 24576),
    KEY("num_key_value_heads", 16),
    KEY("head_dim", 256),
    KEY_WORD("hidden_act", "gelu_pytorch_tanh"),
    KEY("rms_norm_eps", 1e-6),
    KEYS_OF_TOKENS(true, 2),
    KEYS_OF_ROTATION,
    KEY_THETA,
    KEY("attention_bias", false),
    BIDIRECTIONAL,
    KEY_IGNORE("attention_dropout"),
};

/* Of the second and third. */
#define KEYS_OF_SANDWICH(theta, logit_cap)                             \
    KEY("intermediate_size", 9216), KEY("num_key_value_heads", 4),     \
        KEY("head_dim", 256),                                          \
        KEY_WORD("hidden_activation", "gelu_pytorch_tanh"),            \
        KEY("rms_norm_eps", 1e-6), KEYS_OF_TOKENS(true, 2),            \
        KEYS_OF_ROTATION, KEY("rope_theta", theta),                    \
        KEY("attention_bias", false), BIDIRECTIONAL,                   \
        KEY("query_pre_attn_scalar", 256),                             \
        KEY_NULL("sliding_window", 4096, "none"),                      \
        KEY_NULL("final_logit_softcapping", logit_cap, "none"),        \
        KEY_IGNORE("attention_dropout")

static const struct config_key keys_gemma2[] = {
    KEYS_OF_SIZES(26, 8, 2304, 8192, 256000),
    KEYS_OF_SANDWICH(10000.0, 30.0),
    KEY_NULL("layer_types", null, "every second layer is global"),
    KEY_NULL("attn_logit_softcapping", 50.0, "none"),
};

static const struct config_key keys_gemma3[] = {
    KEYS_OF_SIZES(26, 8, 2304, 131072, 262208),
    KEYS_OF_SANDWICH(1000000.0, null),
    KEY_NULL("layer_types", null, "by sliding_window_pattern"),
    KEY("sliding_window_pattern", 6),
    KEY("rope_local_base_freq", 10000.0),
    KEY_REFUSE("attn_logit_softcapping", null, "transformers ignores it"),
};

#define GEMMA_SIZES(activation_)                                       \
    .sizes = {                                                         \
        ARCH_SIZES, ARCH_INNER, ARCH_KV_HEADS, ARCH_D_HEAD,            \
        .activation = (activation_), .epsilon = "rms_norm_eps",        \
    }
#define GEMMA_TENSORS                                                  \
    .prefixes = prefixes, .rules = rules, .n_rules = ARCH_N(rules),    \
    .ignored = ignored

const struct arch arch_gemma = {
    .model_type = "gemma",
    GEMMA_TENSORS,
    GEMMA_SIZES("hidden_act"),
    ARCH_KEYS(keys_gemma),
    .configure = configure_gemma,
};

const struct arch arch_gemma2 = {
    .model_type = "gemma2",
    GEMMA_TENSORS,
    GEMMA_SIZES("hidden_activation"),
    ARCH_KEYS(keys_gemma2),
    .configure = configure_gemma2,
};

const struct arch arch_gemma3_text = {
    .model_type = "gemma3_text",
    GEMMA_TENSORS,
    GEMMA_SIZES("hidden_activation"),
    ARCH_KEYS(keys_gemma3),
    .configure = configure_gemma3,
};
