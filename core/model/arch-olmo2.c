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
    if (reader_bool(reader, "attention_bias"))
        config->traits |= ATTN_BIAS;
}

static const struct rope_keys rope = {.theta = "rope_theta"};

static void configure_olmo2(struct reader *reader)
{
    configure(reader);
    reader_rope(reader, &rope);
}

/* transformers gives a 'rope_theta' beside the objects to the global layers
 * alone, and older versions of it to all: where that makes two models of one
 * file, neither is taken. */
static void check_theta(struct reader *reader)
{
    const json_t *both = reader_object(reader, "rope_parameters");
    const json_t *local = json_object_get(both, "sliding_attention");
    double outside = reader_real(reader, "rope_theta");

    if (outside != 500000 && !json_object_get(local, "rope_theta"))
        reader_fail(reader, "'rope_theta' is %g, and it is not said whether "
                    "for local layers too; one in 'sliding_attention' of "
                    "'rope_parameters' expected", outside);
}

static void configure_olmo3(struct reader *reader)
{
    struct config *config = reader->config;

    configure(reader);
    if (!reader_layer_types(reader))
        for (int i = 0; i < config->n_layer; i++)
            config->local[i] = (i + 1) % 4 != 0;
    reader_window(reader, "sliding_window");
    check_theta(reader);
    reader_rope_by_type(reader, &rope, &rope);
}

#define KEYS                                                           \
    KEYS_OF_SIZES(32, 32, 4096, 2048, 50304),                          \
        KEY("intermediate_size", 11008), KEY_KV_HEADS(null),           \
        KEY_HEAD_DIM, KEY_WORD("hidden_act", "silu"),                  \
        KEY("rms_norm_eps", 1e-5), KEYS_OF_TOKENS(false, null),        \
        KEYS_OF_ROTATION, KEY("attention_bias", false),                \
        KEY_IGNORE("attention_dropout")

static const struct config_key keys_olmo2[] = {
    KEYS,
    KEY_THETA,
};

static const struct config_key keys_olmo3[] = {
    KEYS,
    KEY("rope_theta", 500000.0),
    KEY_NULL("layer_types", null, "every fourth layer is global"),
    KEY_NULL("sliding_window", 4096, "none"),
};

#define OLMO                                                           \
    .prefixes = prefixes, .rules = rules, .n_rules = ARCH_N(rules),    \
    .ignored = ignored,                                                \
    .sizes = {                                                         \
        ARCH_SIZES, ARCH_INNER, ARCH_KV_HEADS, ARCH_D_HEAD,            \
        .activation = "hidden_act", .epsilon = "rms_norm_eps",         \
    }

const struct arch arch_olmo2 = {
    .model_type = "olmo2",
    OLMO,
    ARCH_KEYS(keys_olmo2),
    .configure = configure_olmo2,
};

const struct arch arch_olmo3 = {
    .model_type = "olmo3",
    OLMO,
    ARCH_KEYS(keys_olmo3),
    .configure = configure_olmo3,
};
