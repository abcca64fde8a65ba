/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-config.c - the metadata of a GGUF file as the object that config.json
 * would hold. What the file says by having a tensor, or not, becomes the
 * switch that Hugging Face has for it. */
#include "base/mem.h"
#include "format/gguf-config-builder.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof (array) / sizeof *(array))
#define MAX_SIZE (1 << 30)

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
    {"attention.sliding_window", "sliding_window", KEY_WINDOW, false},
    {"attn_logit_softcapping", "attn_logit_softcapping", KEY_REAL, false},
    {"final_logit_softcapping", "final_logit_softcapping", KEY_REAL, false},
    {"rope.freq_base", "rope_theta", KEY_REAL, false},
};

void gguf_build_set(struct gguf_build *build, const char *key, json_t *value)
{
    json_object_set_new(build->json, key, value);
}

char *gguf_build_key(const struct gguf_build *build, const char *key)
{
    return mem_printf("%s.%s", build->family->architecture, key);
}

int64_t gguf_build_size(struct gguf_build *build, const char *name,
                        int64_t fallback)
{
    char *key = gguf_build_key(build, name);

    if (!build->status)
        build->status = gguf_get_int(build->gguf, key, 0, MAX_SIZE,
                                     &fallback, build->err);
    free(key);
    return fallback;
}

double gguf_build_real(struct gguf_build *build, const char *name,
                       double fallback)
{
    char *key = gguf_build_key(build, name);

    if (!build->status)
        build->status = gguf_get_real(build->gguf, key, &fallback,
                                      build->err);
    free(key);
    return fallback;
}

bool gguf_build_has(const struct gguf_build *build, const char *tensor)
{
    return gguf_find_tensor(build->gguf, tensor) != NULL;
}

int gguf_build_refuse(struct gguf_build *build, const char *what)
{
    build->status = error_set(build->err, ST_DATA, "%s: %s",
                              build->gguf->mapping.path, what);
    return build->status;
}

/* An array where one number belongs: layers differ. gguf_get_int says so. */
static void read_key(struct gguf_build *build, const struct gguf_key *row)
{
    char *key = gguf_build_key(build, row->from);
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
    } else if (row->type == KEY_INT || row->type == KEY_WINDOW) {
        build->status = gguf_get_int(build->gguf, key,
                                     row->type == KEY_INT, MAX_SIZE, &whole,
                                     build->err);
        gguf_build_set(build, row->to,
                       whole ? json_integer(whole) : json_null());
    } else if (row->type == KEY_REAL) {
        build->status = gguf_get_real(build->gguf, key, &real, build->err);
        gguf_build_set(build, row->to, json_real(real));
    } else {
        build->status = gguf_get_bool(build->gguf, key, &truth, build->err);
        gguf_build_set(build, row->to, json_boolean(truth));
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

static void read_keys(struct gguf_build *build)
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
static void read_vocabulary(struct gguf_build *build)
{
    const struct gguf_tensor *tensor =
        gguf_find_tensor(build->gguf, "token_embd.weight");
    static const char *const tokens[][2] = {
        {"tokenizer.ggml.bos_token_id", "bos_token_id"},
        {"tokenizer.ggml.eos_token_id", "eos_token_id"},
    };

    if (!tensor) {
        gguf_build_refuse(build, "tensor 'token_embd.weight' is missing");
        return;
    }
    gguf_build_set(build, "vocab_size", json_integer(tensor->dim[0]));
    for (size_t i = 0; !build->status && i < COUNT(tokens); i++) {
        int64_t id = -1;

        build->status = gguf_get_int(build->gguf, tokens[i][0], 0,
                                     INT32_MAX, &id, build->err);
        if (id >= 0)
            gguf_build_set(build, tokens[i][1], json_integer(id));
    }
}

static void read_switches(struct gguf_build *build)
{
    bool q_bias = gguf_build_has(build, "blk.0.attn_q.bias");
    bool qkv_bias = gguf_build_has(build, "blk.0.attn_qkv.bias");

    gguf_build_set(build, "tie_word_embeddings",
                   json_boolean(!gguf_build_has(build, "output.weight")));
    gguf_build_set(build, "attention_bias", json_boolean(q_bias || qkv_bias));
    gguf_build_set(build, "use_qkv_bias", json_boolean(q_bias));
    gguf_build_set(build, "mlp_bias",
                   json_boolean(gguf_build_has(build, "blk.0.ffn_up.bias")));
    gguf_build_set(
        build, "qk_layernorm",
        json_boolean(gguf_build_has(build, "blk.0.attn_q_norm.weight")));
    gguf_build_set(build, "bias", json_boolean(qkv_bias));
}

static int64_t head_width(struct gguf_build *build)
{
    int64_t heads = gguf_build_size(build, "attention.head_count", 1);
    int64_t width = gguf_build_size(build, "embedding_length", 1);

    return gguf_build_size(build, "attention.key_length",
                           heads ? width / heads : 0);
}

/* Always written, since some families have other defaults: than a head that
 * is its share of the width, as many keys as queries, and a rotation that is
 * whole. */
static void read_heads(struct gguf_build *build)
{
    int64_t heads = gguf_build_size(build, "attention.head_count", 1);
    int64_t width = head_width(build);
    int64_t part = gguf_build_size(build, "rope.dimension_count", width);
    json_t *factor;

    if (build->status || width < 1)
        return;
    gguf_build_set(build, "head_dim", json_integer(width));
    if (!json_object_get(build->json, "num_key_value_heads"))
        gguf_build_set(build, "num_key_value_heads", json_integer(heads));
    factor = json_real((double)part / (double)width);
    gguf_build_set(build, "rotary_pct", json_incref(factor));
    gguf_build_set(build, "partial_rotary_factor", factor);
}

/* Gemma's scores are divided by the square root of this; for the largest of
 * each release, which its layers tell, it is not a head's width. */
static void finish_gemma(struct gguf_build *build, int64_t layers_of_27b)
{
    int64_t heads = gguf_build_size(build, "attention.head_count", 1);
    int64_t width = gguf_build_size(build, "embedding_length", 1);
    int64_t scalar = head_width(build);

    if (gguf_build_size(build, "block_count", 0) == layers_of_27b && heads)
        scalar = width / heads;
    gguf_build_set(build, "query_pre_attn_scalar", json_integer(scalar));
}

/* The fused tensor tells how many key/value heads there are: the metadata of
 * the first Falcon do not. */
static void finish_falcon(struct gguf_build *build)
{
    const struct gguf_tensor *qkv =
        gguf_find_tensor(build->gguf, "blk.0.attn_qkv.weight");
    int64_t heads = gguf_build_size(build, "attention.head_count", 1);
    int64_t width = head_width(build);
    int64_t n = qkv && width ? (qkv->dim[0] / width - heads) / 2 : 0;
    bool two_norms = build->family->mark != NULL;

    gguf_build_set(build, "num_kv_heads", json_integer(n));
    gguf_build_set(build, "multi_query", json_boolean(n == 1 && !two_norms));
    gguf_build_set(build, "new_decoder_architecture",
                   json_boolean(n != 1 || two_norms));
    gguf_build_set(build, "num_ln_in_parallel_attn",
                   json_integer(two_norms ? 2 : 1));
    gguf_build_set(build, "parallel_attn", json_true());
    gguf_build_set(build, "alibi", json_false());
}

/* Which layers are local: a list that says it of each, or the last of every
 * `period` is not (llama.cpp's set_swa_pattern). */
static json_t *olmo_layers(struct gguf_build *build)
{
    static const char name[] = "attention.sliding_window_pattern";
    size_t layers = (size_t)gguf_build_size(build, "block_count", 0), n = 0;
    char *key = gguf_build_key(build, name);
    const struct gguf_value *value = gguf_find(build->gguf, key);
    json_t *list = json_array();
    bool *local = NULL;
    size_t period = 4;

    if (!build->status && value && value->is_list)
        build->status = gguf_get_truths(build->gguf, key, &local, &n,
                                        build->err);
    else
        period = (size_t)gguf_build_size(build, name, 4);
    free(key);
    if (!build->status && local && n != layers)
        gguf_build_refuse(build, "'olmo2.attention.sliding_window_pattern' "
                                 "has not one element for each layer");
    for (size_t i = 0; !build->status && i < layers; i++) {
        bool one = local ? local[i] : !period || i % period < period - 1;

        json_array_append_new(list, json_string(one ? "sliding_attention"
                                                    : "full_attention"));
    }
    free(local);
    return list;
}

/* With a window it is OLMo 3, whose local layers do not stretch rotation. */
static void finish_olmo(struct gguf_build *build)
{
    double theta = gguf_build_real(build, "rope.freq_base", 10000);
    double local = gguf_build_real(build, "rope.freq_base_swa", theta);
    json_t *global = json_object_get(build->json, "rope_scaling");

    if (!json_is_integer(json_object_get(build->json, "sliding_window")))
        return;
    global = global ? json_incref(global) : json_object();
    json_object_set_new(global, "rope_theta", json_real(theta));
    json_object_del(build->json, "rope_scaling");
    json_object_del(build->json, "rope_theta");
    gguf_build_set(build, "model_type", json_string("olmo3"));
    gguf_build_set(build, "layer_types", olmo_layers(build));
    gguf_build_set(build, "rope_parameters",
                   json_pack("{s:o, s:{s:s, s:f}}", "full_attention", global,
                             "sliding_attention", "rope_type", "default",
                             "rope_theta", local));
}

/* What only one family has. */
static void finish(struct gguf_build *build)
{
    const char *type = build->family->model_type;

    if (strcmp(type, "gemma2") == 0)
        finish_gemma(build, 46);
    else if (strcmp(type, "gemma3_text") == 0)
        finish_gemma(build, 62);
    else if (strcmp(type, "falcon") == 0)
        finish_falcon(build);
    else if (strcmp(type, "olmo2") == 0)
        finish_olmo(build);
    else if (strcmp(type, "stablelm") == 0)
        gguf_build_set(
            build, "use_parallel_residual",
            json_boolean(!gguf_build_has(build, "blk.0.ffn_norm.weight")));
    else if (strcmp(type, "llama") == 0 &&
             json_is_integer(json_object_get(build->json, "sliding_window")))
        gguf_build_set(build, "model_type", json_string("mistral"));
}

int gguf_config(const struct gguf *gguf, json_t **config, struct error *err)
{
    struct gguf_build build = {.gguf = gguf, .err = err};

    build.status = gguf_find_family(gguf, &build.family, err);
    if (build.status)
        return build.status;
    build.json = json_pack("{s:s}", "model_type", build.family->model_type);
    gguf_build_check(&build);
    read_keys(&build);
    if (!build.status)
        read_vocabulary(&build);
    if (!build.status) {
        read_switches(&build);
        read_heads(&build);
        gguf_build_rotation(&build);
        finish(&build);
    }
    if (build.status)
        json_decref(build.json);
    else
        *config = build.json;
    return build.status;
}
