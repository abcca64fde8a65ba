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

static const struct rope_keys rope = {.theta = "rope_theta",
                                      .theta_fallback = 10000};

static void configure(struct reader *reader)
{
    struct config *config = reader->config;

    config->norm = NORM_RMS;
    config->gated = true;
    config->embed_scale = sqrt(config->d_model);
    if (reader_bool(reader, "attention_bias", false))
        config->traits |= ATTN_BIAS;
    reader_refuse(reader, "use_bidirectional_attention", true, false,
                  "a token would see those after it");
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

/* Caps of scores and logits; every `period`th layer is global. */
static void configure_sandwich(struct reader *reader, double score_cap,
                               double logit_cap, int period)
{
    struct config *config = reader->config;
    const json_t *scores = json_object_get(reader->json,
                                           "attn_logit_softcapping");
    const json_t *logits = json_object_get(reader->json,
                                           "final_logit_softcapping");

    configure(reader);
    config->post_norm = true;
    config->traits |= SANDWICH;
    config->score_scale = 1 / sqrt(reader_real(
                                  reader, "query_pre_attn_scalar", 256));
    config->score_cap = reader_real(reader, "attn_logit_softcapping",
                                    json_is_null(scores) ? 0 : score_cap);
    config->logit_cap = reader_real(reader, "final_logit_softcapping",
                                    json_is_null(logits) ? 0 : logit_cap);
    if (!reader_layer_types(reader))
        for (int i = 0; i < config->n_layer; i++)
            config->local[i] = (i + 1) % period != 0;
    reader_window(reader, "sliding_window", 4096);
}

static void configure_gemma2(struct reader *reader)
{
    configure_sandwich(reader, 50, 30, 2);
    reader_rope(reader, &rope);
}

static void configure_gemma3(struct reader *reader)
{
    static const struct rope_keys global = {.theta = "rope_theta",
                                            .theta_fallback = 1e6};
    static const struct rope_keys local = {.theta = "rope_local_base_freq",
                                           .theta_fallback = 10000};
    struct config *config = reader->config;
    int period = reader_int(reader, "sliding_window_pattern", 1, MAX_LAYERS,
                            6);

    configure_sandwich(reader, 0, 0, period);
    if (config->score_cap > 0)
        reader_fail(reader, "'attn_logit_softcapping' is given, which is not "
                    "supported for this 'model_type': transformers ignores "
                    "it");
    config->qk_norm = QK_HEAD;
    config->traits |= QK_NORMS;
    reader_rope_by_type(reader, &global, &local);
}

#define GEMMA_KEYS(activation_)                                        \
    .keys = {                                                          \
        ARCH_SIZES, ARCH_INNER, ARCH_KV_HEADS, ARCH_D_HEAD(256),       \
        .activation = (activation_),                                   \
        .activation_fallback = "gelu_pytorch_tanh",                    \
        .epsilon = "rms_norm_eps", .epsilon_fallback = 1e-6,           \
        .tied = true, .bos = 2,                                        \
    }
#define GEMMA_TENSORS                                                  \
    .prefixes = prefixes, .rules = rules, .n_rules = ARCH_N(rules),    \
    .ignored = ignored

const struct arch arch_gemma = {
    .model_type = "gemma",
    GEMMA_TENSORS,
    GEMMA_KEYS("hidden_act"),
    .configure = configure_gemma,
};

const struct arch arch_gemma2 = {
    .model_type = "gemma2",
    GEMMA_TENSORS,
    GEMMA_KEYS("hidden_activation"),
    .configure = configure_gemma2,
};

const struct arch arch_gemma3_text = {
    .model_type = "gemma3_text",
    GEMMA_TENSORS,
    GEMMA_KEYS("hidden_activation"),
    .configure = configure_gemma3,
};
