/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-config.c - the metadata of a GGUF file as the object that config.json
 * would hold. What the file says by having a tensor, or not, becomes the
 * switch that Hugging Face has for it. */
#include "gguf-model.h"
#include "gguf-quant.h"
#include "mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof (array) / sizeof *(array))
#define MAX_SIZE (1 << 30)
#define MAX_PAIRS 4096 /* of dims that rotate, in lists of factors */
#define PI 3.14159265358979323846

/* The first mistake stops all that follows. */
struct build {
    const struct gguf *gguf;
    const struct gguf_family *family;
    json_t *json;
    int status;
    struct error *err;
};

/* Most families' names; a family's own table replaces rows of it. */
static const struct gguf_key common_keys[] = {
    {"block_count", "num_hidden_layers", KEY_INT, true},
    {"embedding_length", "hidden_size", KEY_INT, true},
    {"feed_forward_length", "intermediate_size", KEY_INT, true},
    {"attention.head_count", "num_attention_heads", KEY_INT, true},
    {"attention.head_count_kv", "num_key_value_heads", KEY_INT, false},
    {"context_length", "max_position_embeddings", KEY_INT, true},
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps", KEY_REAL, false},
    {"attention.layer_norm_epsilon", "layer_norm_eps", KEY_REAL, false},
    {"attention.sliding_window", "sliding_window", KEY_INT, false},
    {"attn_logit_softcapping", "attn_logit_softcapping", KEY_REAL, false},
    {"final_logit_softcapping", "final_logit_softcapping", KEY_REAL, false},
    {"rope.freq_base", "rope_theta", KEY_REAL, false},
};

static void set(struct build *build, const char *key, json_t *value)
{
    json_object_set_new(build->json, key, value);
}

/* "llama.block_count"; the caller frees. */
static char *full_key(const struct build *build, const char *key)
{
    return mem_printf("%s.%s", build->family->architecture, key);
}

/* A size of the metadata, or the fallback. */
static int64_t get_size(struct build *build, const char *name,
                        int64_t fallback)
{
    char *key = full_key(build, name);

    if (!build->status)
        build->status = gguf_get_int(build->gguf, key, 0, MAX_SIZE,
                                     &fallback, build->err);
    free(key);
    return fallback;
}

static double get_real(struct build *build, const char *name,
                       double fallback)
{
    char *key = full_key(build, name);

    if (!build->status)
        build->status = gguf_get_real(build->gguf, key, &fallback,
                                      build->err);
    free(key);
    return fallback;
}

static bool has(const struct build *build, const char *tensor)
{
    return gguf_find_tensor(build->gguf, tensor) != NULL;
}

static int refuse(struct build *build, const char *what)
{
    build->status = error_set(build->err, ST_DATA, "%s: %s",
                              build->gguf->mapping.path, what);
    return build->status;
}

/* An array where one number belongs: layers differ. gguf_get_int says so. */
static void read_key(struct build *build, const struct gguf_key *row)
{
    char *key = full_key(build, row->from);
    int64_t whole = 0;
    double real = 0;
    bool truth = false;

    if (build->status) {
        /* nothing more to say */
    } else if (!gguf_find(build->gguf, key)) {
        if (row->needed)
            build->status = error_set(build->err, ST_DATA, "%s: no '%s' in "
                                      "the metadata",
                                      build->gguf->mapping.path, key);
    } else if (row->type == KEY_INT) {
        build->status = gguf_get_int(build->gguf, key, 1, MAX_SIZE, &whole,
                                     build->err);
        set(build, row->to, json_integer(whole));
    } else if (row->type == KEY_REAL) {
        build->status = gguf_get_real(build->gguf, key, &real, build->err);
        set(build, row->to, json_real(real));
    } else {
        build->status = gguf_get_bool(build->gguf, key, &truth, build->err);
        set(build, row->to, json_boolean(truth));
    }
    free(key);
}

static bool is_replaced(const struct gguf_family *family, const char *from)
{
    for (size_t i = 0; i < family->n_keys; i++)
        if (strcmp(family->keys[i].from, from) == 0)
            return true;
    return false;
}

static void read_keys(struct build *build)
{
    const struct gguf_family *family = build->family;

    for (size_t i = 0; i < family->n_keys; i++)
        read_key(build, &family->keys[i]);
    for (size_t i = 0; i < COUNT(common_keys); i++)
        if (!is_replaced(family, common_keys[i].from))
            read_key(build, &common_keys[i]);
}

/* The number of rows of the token embedding is the size of the vocabulary:
 * vocab_size, where it is there at all, may leave out padding. */
static void read_vocabulary(struct build *build)
{
    const struct gguf_tensor *tensor =
        gguf_find_tensor(build->gguf, "token_embd.weight");
    static const char *const tokens[][2] = {
        {"tokenizer.ggml.bos_token_id", "bos_token_id"},
        {"tokenizer.ggml.eos_token_id", "eos_token_id"},
    };

    if (!tensor) {
        refuse(build, "tensor 'token_embd.weight' is missing");
        return;
    }
    set(build, "vocab_size", json_integer(tensor->dim[0]));
    for (size_t i = 0; !build->status && i < COUNT(tokens); i++) {
        int64_t id = -1;

        build->status = gguf_get_int(build->gguf, tokens[i][0], 0,
                                     INT32_MAX, &id, build->err);
        if (id >= 0)
            set(build, tokens[i][1], json_integer(id));
    }
}

static void read_switches(struct build *build)
{
    bool q_bias = has(build, "blk.0.attn_q.bias");
    bool qkv_bias = has(build, "blk.0.attn_qkv.bias");

    set(build, "tie_word_embeddings",
        json_boolean(!has(build, "output.weight")));
    set(build, "attention_bias", json_boolean(q_bias || qkv_bias));
    set(build, "use_qkv_bias", json_boolean(q_bias));
    set(build, "mlp_bias", json_boolean(has(build, "blk.0.ffn_up.bias")));
    set(build, "qk_layernorm",
        json_boolean(has(build, "blk.0.attn_q_norm.weight")));
    set(build, "bias", json_boolean(qkv_bias));
}

static int64_t head_width(struct build *build)
{
    int64_t heads = get_size(build, "attention.head_count", 1);
    int64_t width = get_size(build, "embedding_length", 1);

    return get_size(build, "attention.key_length",
                    heads ? width / heads : 0);
}

/* Always written, since some families have other defaults than a head that
 * is its share of the width, and a rotation that is whole. */
static void read_head(struct build *build)
{
    int64_t width = head_width(build);
    int64_t part = get_size(build, "rope.dimension_count", width);
    json_t *factor;

    if (build->status || width < 1)
        return;
    set(build, "head_dim", json_integer(width));
    factor = json_real((double)part / (double)width);
    set(build, "rotary_pct", json_incref(factor));
    set(build, "partial_rotary_factor", factor);
}

/* Elements of a float32 tensor, as a list. */
static json_t *factors_of(struct build *build, const char *name)
{
    const struct gguf_tensor *tensor = gguf_find_tensor(build->gguf, name);
    json_t *list = json_array();
    int64_t n = tensor ? tensor->dim[tensor->n_dim - 1] : 0;

    if (!tensor || tensor->n_dim != 1 || tensor->block->elements != 1 ||
        n > MAX_PAIRS) {
        refuse(build, "factors of rotation are missing or no list of "
               "numbers");
        return list;
    }
    for (int64_t i = 0; i < n; i++) {
        float factor;

        gguf_dequantize(tensor->block,
                        tensor->data + i * tensor->block->bytes, &factor, 1);
        json_array_append_new(list, json_real((double)factor));
    }
    return list;
}

/* What Llama 3 stretches frequency i of n by (transformers'
 * _compute_llama3_parameters), with the settings that all its releases have:
 * whole below 1 turn in the 8192 tokens of its training, none above 4. */
static double llama3_factor(double theta, double factor, int64_t i,
                            int64_t n)
{
    double turns = 8192 * pow(theta, -(double)i / (double)n) / (2 * PI);
    double smooth = (turns - 1) / 3;

    if (turns > 4)
        return 1;
    if (turns < 1)
        return factor;
    return 1 / ((1 - smooth) / factor + smooth);
}

/* A file has only the factors. That they are those of Llama 3 is not said
 * anywhere, so it is checked. */
static void read_llama3(struct build *build)
{
    json_t *list = factors_of(build, "rope_freqs.weight"), *value;
    size_t n = json_array_size(list), i;
    double factor = json_number_value(json_array_get(list, n ? n - 1 : 0));
    double theta = get_real(build, "rope.freq_base", 10000);
    bool same = factor > 0;

    json_array_foreach (list, i, value) {
        double right = llama3_factor(theta, factor, (int64_t)i, (int64_t)n);

        same = same && fabs(json_number_value(value) / right - 1) < 1e-5;
    }
    json_decref(list);
    if (build->status)
        return;
    if (!same)
        refuse(build, "tensor 'rope_freqs.weight' is not supported; factors "
               "as Llama 3 has them expected");
    else
        set(build, "rope_scaling",
            json_pack("{s:s, s:f, s:f, s:f, s:i}", "rope_type", "llama3",
                      "factor", factor, "low_freq_factor", 1.0,
                      "high_freq_factor", 4.0,
                      "original_max_position_embeddings", 8192));
}

/* Phi 3; the factors' tensors decide, not the name. */
static void read_long(struct build *build)
{
    json_t *longer = factors_of(build, "rope_factors_long.weight");
    json_t *shorter = factors_of(build, "rope_factors_short.weight");
    int64_t context = get_size(build, "rope.scaling.original_context_length",
                               0);

    set(build, "rope_scaling",
        json_pack("{s:s, s:o, s:o}", "rope_type", "longrope", "short_factor",
                  shorter, "long_factor", longer));
    if (context)
        set(build, "original_max_position_embeddings",
            json_integer(context));
}

/* llama.cpp multiplies its own scale of yarn by attn_factor; transformers'
 * attention_factor is the product. */
static json_t *yarn_object(struct build *build, double factor)
{
    int64_t context = get_size(build, "rope.scaling.original_context_length",
                               0);
    double scale = get_real(build, "rope.scaling.attn_factor", 1);
    json_t *object = json_pack("{s:s, s:f}", "rope_type", "yarn", "factor",
                               factor);

    if (context)
        json_object_set_new(object, "original_max_position_embeddings",
                            json_integer(context));
    if (scale != 1)
        json_object_set_new(object, "attention_factor",
                            json_real(scale * (1 + 0.1 * log(factor))));
    return object;
}

static void read_scaling(struct build *build)
{
    char *key = full_key(build, "rope.scaling.type"), *type = NULL;
    double factor = get_real(build, "rope.scaling.factor", 0);

    if (!build->status)
        build->status = gguf_get_word(build->gguf, key, &type, build->err);
    free(key);
    if (build->status)
        return;
    if (!type)
        factor = get_real(build, "rope.scale_linear", factor);
    if (type && strcmp(type, "yarn") == 0 && factor > 0)
        set(build, "rope_scaling", yarn_object(build, factor));
    else if ((!type || strcmp(type, "linear") == 0) && factor > 0)
        set(build, "rope_scaling", json_pack("{s:s, s:f}", "rope_type",
                                             "linear", "factor", factor));
    else if (type && strcmp(type, "none") != 0 &&
             strcmp(type, "longrope") != 0)
        refuse(build, "the 'rope.scaling.type' or its factor is not "
               "supported; supported are none, linear, yarn, longrope");
    free(type);
}

static void read_rotation(struct build *build)
{
    read_head(build);
    if (has(build, "rope_freqs.weight"))
        read_llama3(build);
    else if (has(build, "rope_factors_long.weight"))
        read_long(build);
    else
        read_scaling(build);
}

/* Gemma's scores are divided by the square root of this; for the largest of
 * each release, which its layers tell, it is not a head's width. */
static void finish_gemma(struct build *build, int64_t layers_of_27b)
{
    int64_t heads = get_size(build, "attention.head_count", 1);
    int64_t width = get_size(build, "embedding_length", 1);
    int64_t scalar = head_width(build);

    if (get_size(build, "block_count", 0) == layers_of_27b && heads)
        scalar = width / heads;
    set(build, "query_pre_attn_scalar", json_integer(scalar));
}

/* The fused tensor tells how many key/value heads there are: the metadata of
 * the first Falcon do not. */
static void finish_falcon(struct build *build)
{
    const struct gguf_tensor *qkv =
        gguf_find_tensor(build->gguf, "blk.0.attn_qkv.weight");
    int64_t heads = get_size(build, "attention.head_count", 1);
    int64_t width = head_width(build);
    int64_t n = qkv && width ? (qkv->dim[0] / width - heads) / 2 : 0;
    bool two_norms = build->family->mark != NULL;

    set(build, "num_kv_heads", json_integer(n));
    set(build, "multi_query", json_boolean(n == 1 && !two_norms));
    set(build, "new_decoder_architecture", json_boolean(n != 1 || two_norms));
    set(build, "num_ln_in_parallel_attn", json_integer(two_norms ? 2 : 1));
    set(build, "parallel_attn", json_true());
    set(build, "alibi", json_false());
}

/* What only one family has. */
static void finish(struct build *build)
{
    const char *type = build->family->model_type;

    if (strcmp(type, "gemma2") == 0)
        finish_gemma(build, 46);
    else if (strcmp(type, "gemma3_text") == 0)
        finish_gemma(build, 62);
    else if (strcmp(type, "falcon") == 0)
        finish_falcon(build);
    else if (strcmp(type, "stablelm") == 0)
        set(build, "use_parallel_residual",
            json_boolean(!has(build, "blk.0.ffn_norm.weight")));
    else if (strcmp(type, "llama") == 0 &&
             json_object_get(build->json, "sliding_window"))
        set(build, "model_type", json_string("mistral"));
}

/* What would otherwise be refused for a tensor that it lacks. */
static void check_kind(struct build *build)
{
    int64_t parts = 1;

    build->status = gguf_get_int(build->gguf, "split.count", 0, UINT16_MAX,
                                 &parts, build->err);
    if (parts > 1)
        refuse(build, "is one part of several; a whole model expected, as "
               "llama-gguf-split --merge makes it");
    else if (get_size(build, "expert_count", 0))
        refuse(build, "the model is a mixture of experts, which is not "
               "supported");
}

int gguf_config(const struct gguf *gguf, json_t **config, struct error *err)
{
    struct build build = {.gguf = gguf, .err = err};

    build.status = gguf_find_family(gguf, &build.family, err);
    if (build.status)
        return build.status;
    build.json = json_pack("{s:s}", "model_type", build.family->model_type);
    check_kind(&build);
    read_keys(&build);
    if (!build.status)
        read_vocabulary(&build);
    if (!build.status) {
        read_switches(&build);
        read_rotation(&build);
        finish(&build);
    }
    if (build.status)
        json_decref(build.json);
    else
        *config = build.json;
    return build.status;
}
