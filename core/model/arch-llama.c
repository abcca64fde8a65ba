/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-llama.c - Llama 2 and 3 and what is built like them (SmolLM, Yi),
 * Mistral and Qwen 2 and 3: RMSNorm in front of attention and MLP, rotary
 * positions, grouped key/value heads, a gated MLP. */
#include "model/arch-rows.h"
#include "model/config-reader.h"

/* Traits. */
enum { QKV_BIAS = 1, O_BIAS = 2, MLP_BIAS = 4, QK_NORMS = 8 };

static const char *const prefixes[] = {"model.", "", NULL};

static const struct tensor_rule rules[] = {
    ARCH_EMBED_ROW,
    ARCH_GAIN_ROW(SLOT_LN1_GAIN, "input_layernorm"),
    ARCH_QKV_ROWS(QKV_BIAS),
    {.slot = SLOT_Q_NORM_GAIN, .name = "layers.%d.self_attn.q_norm.weight",
     .shape = "d", .when = QK_NORMS},
    {.slot = SLOT_K_NORM_GAIN, .name = "layers.%d.self_attn.k_norm.weight",
     .shape = "d", .when = QK_NORMS},
    ARCH_O_ROW,
    ARCH_O_BIAS_ROW(O_BIAS),
    ARCH_GAIN_ROW(SLOT_LN2_GAIN, "post_attention_layernorm"),
    ARCH_MLP_ROWS,
    ARCH_MLP_BIAS_ROWS(MLP_BIAS),
    ARCH_NORM_ROW,
    ARCH_UNEMBED_ROW,
};

/* The frequencies, which early versions stored as if they were weights. */
static const char *const ignored[] = {
    "layers.*.self_attn.rotary_emb.inv_freq", NULL};

static void configure(struct reader *reader)
{
    static const struct rope_keys rope = {.theta = "rope_theta"};

    reader->config->norm = NORM_RMS;
    reader->config->gated = true;
    reader_rope(reader, &rope);
}

static void configure_llama(struct reader *reader)
{
    configure(reader);
    if (reader_bool(reader, "attention_bias"))
        reader->config->traits |= QKV_BIAS | O_BIAS;
    if (reader_bool(reader, "mlp_bias"))
        reader->config->traits |= MLP_BIAS;
}

/* All layers are local, or none. */
static void configure_mistral(struct reader *reader)
{
    struct config *config = reader->config;

    configure(reader);
    reader_window(reader, "sliding_window");
    for (int i = 0; i < config->n_layer; i++)
        config->local[i] = config->window > 0;
}

/* Of the layers, the last ones are local, or those of a list. */
static void read_local(struct reader *reader)
{
    struct config *config = reader->config;
    bool sliding = reader_bool(reader, "use_sliding_window");
    bool listed = reader_layer_types(reader);
    int first = reader_int(reader, "max_window_layers", 0, INT32_MAX);

    for (int i = first; sliding && !listed && i < config->n_layer; i++)
        config->local[i] = !reader_is_null(reader, "sliding_window");
    if (sliding)
        reader_window(reader, "sliding_window");
    for (int i = 0; i < config->n_layer && !sliding; i++)
        if (config->local[i])
            reader_fail(reader, "layer %d of 'layer_types' is local, but "
                        "'use_sliding_window' is false", i);
}

static void configure_qwen2(struct reader *reader)
{
    configure(reader);
    read_local(reader);
    reader->config->traits = QKV_BIAS;
}

static void configure_qwen3(struct reader *reader)
{
    configure(reader);
    read_local(reader);
    reader->config->qk_norm = QK_HEAD;
    reader->config->traits = QK_NORMS;
    if (reader_bool(reader, "attention_bias"))
        reader->config->traits |= QKV_BIAS | O_BIAS;
}

static const struct config_key keys_llama[] = {
    KEYS_OF_SIZES(32, 32, 4096, 2048, 32000),
    KEY("intermediate_size", 11008),
    KEY_KV_HEADS(null),
    KEY_HEAD_DIM,
    KEY_WORD("hidden_act", "silu"),
    KEY("rms_norm_eps", 1e-6),
    KEYS_OF_TOKENS(false, 1),
    KEYS_OF_ROTATION,
    KEY_THETA,
    KEY("attention_bias", false),
    KEY("mlp_bias", false),
    KEY_IGNORE("attention_dropout"),
    KEY_IGNORE("pretraining_tp"), /* products in parts */
};

static const struct config_key keys_mistral[] = {
    KEYS_OF_SIZES(32, 32, 4096, 131072, 32000),
    KEY("intermediate_size", 14336),
    KEY("num_key_value_heads", 8),
    KEY_HEAD_DIM,
    KEY_WORD("hidden_act", "silu"),
    KEY("rms_norm_eps", 1e-6),
    KEYS_OF_TOKENS(false, 1),
    KEYS_OF_ROTATION,
    KEY_THETA,
    KEY_NULL("sliding_window", 4096, "none"),
    KEY_REFUSE("layer_types", null, "all layers are of one kind"),
    KEY_IGNORE("attention_dropout"),
};

#define KEYS_OF_QWEN                                                   \
    KEYS_OF_SIZES(32, 32, 4096, 32768, 151936),                        \
        KEY("intermediate_size", 22016), KEY_KV_HEADS(32),             \
        KEY_WORD("hidden_act", "silu"), KEY("rms_norm_eps", 1e-6),     \
        KEYS_OF_TOKENS(false, null), KEYS_OF_ROTATION, KEY_THETA,      \
        KEY("use_sliding_window", false),                              \
        KEY_NULL("sliding_window", 4096, "none"),                      \
        KEY("max_window_layers", 28),                                  \
        KEY_NULL("layer_types", null, "by max_window_layers"),         \
        KEY_IGNORE("attention_dropout")

static const struct config_key keys_qwen2[] = {
    KEYS_OF_QWEN,
    KEY_HEAD_DIM,
};

static const struct config_key keys_qwen3[] = {
    KEYS_OF_QWEN,
    KEY("head_dim", 128),
    KEY("attention_bias", false),
};

#define LLAMA_SIZES                                                    \
    .sizes = {                                                         \
        ARCH_SIZES, ARCH_INNER, ARCH_KV_HEADS, ARCH_D_HEAD,            \
        .activation = "hidden_act", .epsilon = "rms_norm_eps",         \
    }
#define LLAMA_TENSORS                                                  \
    .prefixes = prefixes, .rules = rules, .n_rules = ARCH_N(rules),    \
    .ignored = ignored

const struct arch arch_llama = {
    .model_type = "llama",
    LLAMA_TENSORS,
    LLAMA_SIZES,
    ARCH_KEYS(keys_llama),
    .configure = configure_llama,
};

const struct arch arch_mistral = {
    .model_type = "mistral",
    LLAMA_TENSORS,
    LLAMA_SIZES,
    ARCH_KEYS(keys_mistral),
    .configure = configure_mistral,
};

const struct arch arch_qwen2 = {
    .model_type = "qwen2",
    LLAMA_TENSORS,
    LLAMA_SIZES,
    ARCH_KEYS(keys_qwen2),
    .configure = configure_qwen2,
};

const struct arch arch_qwen3 = {
    .model_type = "qwen3",
    LLAMA_TENSORS,
    LLAMA_SIZES,
    ARCH_KEYS(keys_qwen3),
    .configure = configure_qwen3,
};
