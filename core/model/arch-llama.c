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
    static const struct rope_keys rope = {.theta = "rope_theta",
                                          .theta_fallback = 10000};

    reader->config->norm = NORM_RMS;
    reader->config->gated = true;
    reader_rope(reader, &rope);
}

static void configure_llama(struct reader *reader)
{
    configure(reader);
    if (reader_bool(reader, "attention_bias", false))
        reader->config->traits |= QKV_BIAS | O_BIAS;
    if (reader_bool(reader, "mlp_bias", false))
        reader->config->traits |= MLP_BIAS;
}

/* All layers are local, or none. */
static void configure_mistral(struct reader *reader)
{
    struct config *config = reader->config;

    configure(reader);
    if (reader_layer_types(reader))
        reader_fail(reader, "'layer_types' is not supported for this "
                    "'model_type'; all layers are of one kind");
    reader_window(reader, "sliding_window", 4096);
    for (int i = 0; i < config->n_layer; i++)
        config->local[i] = config->window > 0;
}

/* Of the layers, the last ones are local, or those of a list. */
static void read_local(struct reader *reader)
{
    struct config *config = reader->config;
    bool sliding = reader_bool(reader, "use_sliding_window", false);
    bool listed = reader_layer_types(reader);
    int first = reader_int(reader, "max_window_layers", 0, INT32_MAX, 28);

    for (int i = first; sliding && !listed && i < config->n_layer; i++)
        config->local[i] =
            !json_is_null(json_object_get(reader->json, "sliding_window"));
    if (sliding)
        reader_window(reader, "sliding_window", 4096);
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
    if (reader_bool(reader, "attention_bias", false))
        reader->config->traits |= QKV_BIAS | O_BIAS;
}

#define LLAMA_KEYS(d_head_, bos_)                                      \
    .keys = {                                                          \
        ARCH_SIZES, ARCH_INNER, ARCH_KV_HEADS, ARCH_D_HEAD(d_head_),   \
        .activation = "hidden_act", .activation_fallback = "silu",     \
        .epsilon = "rms_norm_eps", .epsilon_fallback = 1e-6,           \
        .tied = false, .bos = (bos_),                                  \
    }
#define LLAMA_TENSORS                                                  \
    .prefixes = prefixes, .rules = rules, .n_rules = ARCH_N(rules),    \
    .ignored = ignored

const struct arch arch_llama = {
    .model_type = "llama",
    LLAMA_TENSORS,
    LLAMA_KEYS(0, 1),
    .configure = configure_llama,
};

const struct arch arch_mistral = {
    .model_type = "mistral",
    LLAMA_TENSORS,
    LLAMA_KEYS(0, 1),
    .configure = configure_mistral,
};

const struct arch arch_qwen2 = {
    .model_type = "qwen2",
    LLAMA_TENSORS,
    LLAMA_KEYS(0, -1),
    .configure = configure_qwen2,
};

const struct arch arch_qwen3 = {
    .model_type = "qwen3",
    LLAMA_TENSORS,
    LLAMA_KEYS(128, -1),
    .configure = configure_qwen3,
};
