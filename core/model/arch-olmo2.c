/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-olmo2.c - OLMo 2: branches read the residual stream as it is, and what
 * they add to it is normalized; so are all queries, and all keys, together.
 * OLMo 3 has local layers besides, whose rotation is not stretched. */
#include "model/arch-rows.h"
#include "model/config-reader.h"

/* Traits. */
enum { ATTN_BIAS = 1 };

static const char *const prefixes[] = {"model.", "", NULL};

static const struct tensor_rule rules[] = {
    ARCH_EMBED_ROW,
    ARCH_QKV_ROWS(ATTN_BIAS),
    {.slot = SLOT_Q_NORM_GAIN, .name = "layers.%d.self_attn.q_norm.weight",
     .shape = "Q"},
    {.slot = SLOT_K_NORM_GAIN, .name = "layers.%d.self_attn.k_norm.weight",
     .shape = "K"},
    ARCH_O_ROW,
    ARCH_O_BIAS_ROW(ATTN_BIAS),
    ARCH_GAIN_ROW(SLOT_ATTN_POST_GAIN, "post_attention_layernorm"),
    ARCH_MLP_ROWS,
    ARCH_GAIN_ROW(SLOT_MLP_POST_GAIN, "post_feedforward_layernorm"),
    ARCH_NORM_ROW,
    ARCH_UNEMBED_ROW,
};

static const char *const ignored[] = {NULL};

/* What both releases have. */
static void configure(struct reader *reader)
{
    struct config *config = reader->config;

    config->norm = NORM_RMS;
    config->gated = true;
    config->bare = true;
    config->post_norm = true;
    config->qk_norm = QK_ALL;
    if (reader_bool(reader, "attention_bias", false))
        config->traits |= ATTN_BIAS;
}

static void configure_olmo2(struct reader *reader)
{
    static const struct rope_keys rope = {.theta = "rope_theta",
                                          .theta_fallback = 10000};

    configure(reader);
    reader_rope(reader, &rope);
}

#define OLMO3_THETA 500000

/* transformers gives a 'rope_theta' beside the objects to the global layers
 * alone, and older versions of it to all: where that makes two models of one
 * file, neither is taken. */
static void check_theta(struct reader *reader)
{
    const json_t *both = json_object_get(reader->json, "rope_parameters");
    const json_t *local = json_object_get(both, "sliding_attention");
    double outside = reader_real(reader, "rope_theta", OLMO3_THETA);

    if (outside != OLMO3_THETA && !json_object_get(local, "rope_theta"))
        reader_fail(reader, "'rope_theta' is %g, and it is not said whether "
                    "for local layers too; one in 'sliding_attention' of "
                    "'rope_parameters' expected", outside);
}

static void configure_olmo3(struct reader *reader)
{
    static const struct rope_keys global = {.theta = "rope_theta",
                                            .theta_fallback = OLMO3_THETA};
    static const struct rope_keys local = {.theta_fallback = OLMO3_THETA};
    struct config *config = reader->config;

    configure(reader);
    if (!reader_layer_types(reader))
        for (int i = 0; i < config->n_layer; i++)
            config->local[i] = (i + 1) % 4 != 0;
    reader_window(reader, "sliding_window", 4096);
    check_theta(reader);
    reader_rope_by_type(reader, &global, &local);
}

#define OLMO                                                           \
    .prefixes = prefixes, .rules = rules, .n_rules = ARCH_N(rules),    \
    .ignored = ignored,                                                \
    .keys = {                                                          \
        ARCH_SIZES, ARCH_INNER, ARCH_KV_HEADS, ARCH_D_HEAD(0),         \
        .activation = "hidden_act", .activation_fallback = "silu",     \
        .epsilon = "rms_norm_eps", .epsilon_fallback = 1e-5,           \
        .tied = false, .bos = -1,                                      \
    }

const struct arch arch_olmo2 = {
    .model_type = "olmo2",
    OLMO,
    .configure = configure_olmo2,
};

const struct arch arch_olmo3 = {
    .model_type = "olmo3",
    OLMO,
    .configure = configure_olmo3,
};
