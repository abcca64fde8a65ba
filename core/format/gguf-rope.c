/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-rope.c - how a GGUF file's model stretches rotary positions beyond
 * the context that it was trained with. */
#include "format/gguf-config-builder.h"
#include "format/gguf-quant.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PAIRS 4096 /* of dims that rotate, in lists of factors */
#define PI 3.14159265358979323846
#define CONTEXT "rope.scaling.original_context_length"

/* Elements of a float32 tensor, as a list. */
static json_t *factors_of(struct gguf_build *build, const char *name)
{
    const struct gguf_tensor *tensor = gguf_find_tensor(build->gguf, name);
    json_t *list = json_array();
    int64_t n = tensor ? tensor->dim[tensor->n_dim - 1] : 0;

    if (!tensor || tensor->n_dim != 1 || tensor->block->elements != 1 ||
        n > MAX_PAIRS) {
        gguf_build_refuse(build,
                          "factors of rotation are missing or no list of "
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
 * all below 1 turn in the 8192 tokens of its training, nothing above 4. */
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
static void read_llama3(struct gguf_build *build)
{
    json_t *list = factors_of(build, "rope_freqs.weight"), *value;
    size_t n = json_array_size(list), i;
    double factor = json_number_value(json_array_get(list, n ? n - 1 : 0));
    double theta = gguf_build_real(build, "rope.freq_base", 10000);
    bool same = factor > 0;

    json_array_foreach (list, i, value) {
        double right = llama3_factor(theta, factor, (int64_t)i, (int64_t)n);

        same = same && fabs(json_number_value(value) / right - 1) < 1e-5;
    }
    json_decref(list);
    if (build->status)
        return;
    if (!same)
        gguf_build_refuse(build,
                          "tensor 'rope_freqs.weight' is not supported; "
                          "factors as Llama 3 has them expected");
    else
        gguf_build_set(build, "rope_scaling",
                       json_pack("{s:s, s:f, s:f, s:f, s:i}", "rope_type",
                                 "llama3", "factor", factor, "low_freq_factor",
                                 1.0, "high_freq_factor", 4.0,
                                 "original_max_position_embeddings", 8192));
}

/* Phi 3; the factors' tensors decide, not the name. What queries and keys are
 * multiplied by is transformers' unless the file says it. */
static void read_long(struct gguf_build *build)
{
    json_t *longer = factors_of(build, "rope_factors_long.weight");
    json_t *shorter = factors_of(build, "rope_factors_short.weight");
    int64_t context = gguf_build_size(build, CONTEXT, 0);
    double scale = gguf_build_real(build, "rope.scaling.attn_factor", 0);
    json_t *object = json_pack("{s:s, s:o, s:o}", "rope_type", "longrope",
                               "short_factor", shorter, "long_factor",
                               longer);

    if (scale != 0)
        json_object_set_new(object, "attention_factor", json_real(scale));
    gguf_build_set(build, "rope_scaling", object);
    if (context)
        gguf_build_set(build, "original_max_position_embeddings",
                       json_integer(context));
}

/* llama.cpp multiplies its own scale of yarn by attn_factor; transformers'
 * attention_factor is the product. */
static json_t *yarn_object(struct gguf_build *build, double factor)
{
    int64_t context = gguf_build_size(build, CONTEXT, 0);
    double scale = gguf_build_real(build, "rope.scaling.attn_factor", 1);
    json_t *object = json_pack(
        "{s:s, s:f, s:f, s:f}", "rope_type", "yarn", "factor", factor,
        "beta_fast", gguf_build_real(build, "rope.scaling.yarn_beta_fast", 32),
        "beta_slow", gguf_build_real(build, "rope.scaling.yarn_beta_slow", 1));

    if (context)
        json_object_set_new(object, "original_max_position_embeddings",
                            json_integer(context));
    if (scale != 1)
        json_object_set_new(object, "attention_factor",
                            json_real(scale * (1 + 0.1 * log(factor))));
    return object;
}

/* The converter copies transformers' attention_factor, and llama.cpp computes
 * its own in its place: what both take is what yarn_object() says. */
static void check_yarn(struct gguf_build *build, const char *type)
{
    double given = gguf_build_real(build, "rope.scaling.yarn_attn_factor", 0);
    double factor = gguf_build_real(build, "rope.scaling.factor", 1);
    bool yarn = type && strcmp(type, "yarn") == 0 && factor > 0;

    if (!build->status && given != 0 && given != 1 &&
        !(yarn && fabs(given / (1 + 0.1 * log(factor)) - 1) < 1e-5))
        gguf_build_refuse(build, "metadata 'rope.scaling.yarn_attn_factor' is "
                                 "not supported; what yarn makes of the "
                                 "factor, 1, or none expected");
}

/* Of rotations without factors as a tensor. type: NULL if it is not said. */
static void read_scaling(struct gguf_build *build, const char *type)
{
    double factor = gguf_build_real(build, "rope.scaling.factor", 0);

    if (!type)
        factor = gguf_build_real(build, "rope.scale_linear", factor);
    if (type && strcmp(type, "yarn") == 0 && factor > 0)
        gguf_build_set(build, "rope_scaling", yarn_object(build, factor));
    else if ((!type || strcmp(type, "linear") == 0) && factor > 0)
        gguf_build_set(
            build, "rope_scaling",
            json_pack("{s:s, s:f}", "rope_type", "linear", "factor", factor));
    else if (type && strcmp(type, "none") != 0)
        gguf_build_refuse(
            build, "the 'rope.scaling.type' or its factor is not "
                   "supported; supported are none, linear, yarn, longrope "
                   "(with its tensors of factors)");
}

void gguf_build_rotation(struct gguf_build *build)
{
    char *key = gguf_build_key(build, "rope.scaling.type"), *type = NULL;

    if (!build->status)
        build->status = gguf_get_word(build->gguf, key, &type, build->err);
    free(key);
    check_yarn(build, type);
    if (build->status) {
        /* nothing more to say */
    } else if (gguf_build_has(build, "rope_factors_long.weight")) {
        read_long(build);
    } else if (!gguf_build_has(build, "rope_freqs.weight")) {
        read_scaling(build, type);
    } else if (type && strcmp(type, "none") != 0) {
        gguf_build_refuse(build, "has both tensor 'rope_freqs.weight' and a "
                                 "'rope.scaling.type'; one of them expected");
    } else {
        read_llama3(build);
    }
    free(type);
}
