/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-gpt2.c - GPT-2 as Hugging Face writes it: learned positions, LayerNorm
 * in front of attention and MLP, matrices as Conv1D (x W). */
#include "arch.h"

#include <math.h>
#include <string.h>

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

/* Names of transformers' ACT2FN; others exist, but no GPT-2 uses them. */
static const struct {
    const char *name;
    enum activation activation;
} activations[] = {
    {"gelu_new", ACT_GELU_TANH},
    {"gelu_pytorch_tanh", ACT_GELU_TANH},
    {"gelu", ACT_GELU_ERF},
    {"relu", ACT_RELU},
};

static int read_activation(json_t *json, const char *path,
                           struct config *config, struct error *err)
{
    const char *name = "gelu_new";
    int status = json_get_word(json, path, "activation_function", &name, err);

    if (status)
        return status;
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++)
        if (strcmp(name, activations[i].name) == 0) {
            config->activation = activations[i].activation;
            return ST_OK;
        }
    return error_set(err, ST_DATA, "%s: 'activation_function' is '%.100s', "
                     "which is not supported; supported are gelu_new, "
                     "gelu_pytorch_tanh, gelu, relu", path, name);
}

/* A size goes by GPT-2's own name, an older one, and the general one. Where
 * several are given they must agree. */
struct size_key {
    const char *names[3]; /* the first is for messages */
    int64_t max, fallback;
};

static int read_size(json_t *json, const char *path,
                     const struct size_key *key, int *out, struct error *err)
{
    const char *source = NULL;
    int64_t value = key->fallback;

    for (size_t i = 0; i < 3 && key->names[i]; i++) {
        int64_t other = -1;
        int status = json_get_int(json, path, key->names[i], 1, key->max,
                                  &other, err);

        if (status)
            return status;
        if (other < 0)
            continue;
        if (source && other != value)
            return error_set(err, ST_DATA, "%s: '%s' is %lld but '%s' is "
                             "%lld; they mean the same", path, source,
                             (long long)value, key->names[i],
                             (long long)other);
        source = key->names[i];
        value = other;
    }
    *out = (int)value;
    return ST_OK;
}

/* The limits are far above any GPT-2, and low enough for products of two
 * sizes to fit into 64 bits. */
static int read_sizes(json_t *json, const char *path, struct config *config,
                      struct error *err)
{
    static const struct size_key layer = {{"n_layer", "num_hidden_layers"},
                                          1024, 12};
    static const struct size_key head = {{"n_head", "num_attention_heads"},
                                         1024, 12};
    static const struct size_key width = {{"n_embd", "hidden_size"},
                                          65536, 768};
    static const struct size_key context = {
        {"n_positions", "n_ctx", "max_position_embeddings"}, 1 << 20, 1024};
    static const struct size_key vocab = {{"vocab_size"}, 1 << 22, 50257};
    struct size_key inner = {{"n_inner"}, 1 << 20, 0};
    int status = read_size(json, path, &layer, &config->n_layer, err);

    if (!status)
        status = read_size(json, path, &head, &config->n_head, err);
    if (!status)
        status = read_size(json, path, &width, &config->d_model, err);
    if (!status)
        status = read_size(json, path, &context, &config->n_context, err);
    if (!status)
        status = read_size(json, path, &vocab, &config->n_vocab, err);
    if (status)
        return status;
    if (config->d_model % config->n_head)
        return error_set(err, ST_DATA, "%s: 'n_embd' %d is not a multiple of "
                         "'n_head' %d; heads must be of equal width", path,
                         config->d_model, config->n_head);
    config->n_kv_head = config->n_head;
    config->d_head = config->d_model / config->n_head;
    inner.fallback = 4 * (int64_t)config->d_model;
    return read_size(json, path, &inner, &config->d_mlp, err);
}

/* 0 would divide a constant row by 0. */
static int read_epsilon(json_t *json, const char *path,
                        struct config *config, struct error *err)
{
    int status;

    config->norm_epsilon = 1e-5;
    status = json_get_real(json, path, "layer_norm_epsilon",
                           &config->norm_epsilon, err);
    if (status)
        return status;
    if (!(config->norm_epsilon > 0 && config->norm_epsilon <= 1))
        return error_set(err, ST_DATA, "%s: 'layer_norm_epsilon' is %g; it "
                         "must be above 0 and at most 1", path,
                         config->norm_epsilon);
    return ST_OK;
}

/* scale_by_layer stays false unless given: config comes zeroed. */
static int read_attention(json_t *json, const char *path,
                          struct config *config, struct error *err)
{
    bool scale = true, cross = false;
    int status = json_get_bool(json, path, "scale_attn_weights", &scale, err);

    if (!status)
        status = json_get_bool(json, path, "scale_attn_by_inverse_layer_idx",
                               &config->scale_by_layer, err);
    if (!status)
        status = json_get_bool(json, path, "add_cross_attention", &cross,
                               err);
    if (status)
        return status;
    if (cross)
        return error_set(err, ST_DATA, "%s: 'add_cross_attention' is true; "
                         "only decoders without an encoder are supported",
                         path);
    config->score_scale = scale ? 1 / sqrt(config->d_head) : 1;
    return ST_OK;
}

/* The folders of small models often carry the family's default, an id that
 * their vocabulary does not have. They then have no BOS token. */
static int read_bos(json_t *json, const char *path, struct config *config,
                    struct error *err)
{
    bool given = json_object_get(json, "bos_token_id") != NULL;
    int64_t bos = given ? -1 : 50256;
    int status = json_get_int(json, path, "bos_token_id", 0, INT32_MAX, &bos,
                              err);

    config->bos = bos < config->n_vocab ? (int)bos : -1;
    return status;
}

/* Keys that change no number of the forward pass without dropout (initial
 * values, dropout, summaries, names) are not read. */
static int configure(json_t *json, const char *path, struct config *config,
                     struct error *err)
{
    int status = read_sizes(json, path, config, err);

    config->tied = true;
    if (!status)
        status = read_activation(json, path, config, err);
    if (!status)
        status = read_epsilon(json, path, config, err);
    if (!status)
        status = read_attention(json, path, config, err);
    if (!status)
        status = read_bos(json, path, config, err);
    if (!status)
        status = json_get_bool(json, path, "tie_word_embeddings",
                               &config->tied, err);
    return status;
}

const struct arch arch_gpt2 = {
    .model_type = "gpt2",
    .prefixes = prefixes,
    .rules = rules,
    .n_rules = sizeof rules / sizeof *rules,
    .ignored = ignored,
    .learned_positions = true,
    .configure = configure,
};
