/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch.c - the families of models that can be run. */
#include "model/arch.h"

#include "model/config-reader.h"

#include <math.h>
#include <string.h>

static const struct arch *const archs[] = {
    &arch_bloom,
    &arch_falcon,
    &arch_gemma,
    &arch_gemma2,
    &arch_gemma3_text,
    &arch_glm4,
    &arch_gpt2,
    &arch_gpt_neo,
    &arch_gpt_neox,
    &arch_gptj,
    &arch_llama,
    &arch_mistral,
    &arch_olmo2,
    &arch_olmo3,
    &arch_opt,
    &arch_phi,
    &arch_phi3,
    &arch_qwen2,
    &arch_qwen3,
    &arch_stablelm,
};

#define N_ARCHS (sizeof archs / sizeof *archs)

const struct arch *arch_find(const char *model_type)
{
    for (size_t i = 0; i < N_ARCHS; i++)
        if (strcmp(archs[i]->model_type, model_type) == 0)
            return archs[i];
    return NULL;
}

const char *const *arch_names(size_t *n)
{
    static const char *names[N_ARCHS + 1];

    for (size_t i = 0; i < N_ARCHS; i++)
        names[i] = archs[i]->model_type;
    *n = N_ARCHS;
    return names;
}

/* By kind: what a name stands for is known, and what is missing for it. */
static const char experts[] = "is a mixture of experts";
static const char encoder[] = "is an encoder or has one";
static const char images[] = "has parts for images";
static const char no_attention[] = "has layers that are not attention";

static const struct {
    const char *model_type, *why;
} refusals[] = {
    {"albert", encoder},
    {"bart", encoder},
    {"bert", encoder},
    {"camembert", encoder},
    {"deberta", encoder},
    {"deberta-v2", encoder},
    {"deepseek_v2", experts},
    {"deepseek_v3", experts},
    {"distilbert", encoder},
    {"electra", encoder},
    {"gemma3", "has parts for images (the text model in it is gemma3_text)"},
    {"glm4_moe", experts},
    {"gpt_oss", experts},
    {"granitemoe", experts},
    {"jamba", no_attention},
    {"llama4", experts},
    {"llava", images},
    {"mamba", no_attention},
    {"mamba2", no_attention},
    {"mbart", encoder},
    {"mixtral", experts},
    {"modernbert", encoder},
    {"mt5", encoder},
    {"olmoe", experts},
    {"phimoe", experts},
    {"qwen2_moe", experts},
    {"qwen2_vl", images},
    {"qwen3_moe", experts},
    {"roberta", encoder},
    {"rwkv", no_attention},
    {"t5", encoder},
    {"whisper", encoder},
    {"xlm-roberta", encoder},
};

const char *arch_refusal(const char *model_type)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (strcmp(refusals[i].model_type, model_type) == 0)
            return refusals[i].why;
    return NULL;
}

/* Heads of a key/value head must be whole. */
static void read_heads(struct reader *reader, const struct arch_keys *keys)
{
    struct config *config = reader->config;
    struct size_key kv_heads = keys->kv_heads, d_head = keys->d_head;

    config->n_head = reader_size(reader, &keys->heads);
    if (!kv_heads.fallback)
        kv_heads.fallback = config->n_head;
    config->n_kv_head = reader_size(reader, &kv_heads);
    if (!reader->status && config->n_head % config->n_kv_head)
        reader_fail(reader, "'%s' %d is not a multiple of '%s' %d; each "
                    "key/value head must serve as many heads",
                    keys->heads.names[0], config->n_head,
                    kv_heads.names[0], config->n_kv_head);
    config->d_head = reader_size(reader, &d_head);
    if (reader->status || config->d_head)
        return;
    if (config->d_model % config->n_head)
        reader_fail(reader, "'%s' %d is not a multiple of '%s' %d; heads "
                    "must be of equal width", keys->width.names[0],
                    config->d_model, keys->heads.names[0], config->n_head);
    config->d_head = config->d_model / config->n_head;
}

static void need_size(struct reader *reader, const struct size_key *key)
{
    if (reader_size(reader, key) == 0)
        reader_fail(reader, "'%s' is missing; a number expected",
                    key->names[0]);
}

/* Limits are far above any model, and low enough for products of two sizes to
 * fit into 64 bits. */
static void read_sizes(struct reader *reader, const struct arch_keys *keys)
{
    struct config *config = reader->config;
    struct size_key inner = keys->inner;

    need_size(reader, &keys->layers);
    need_size(reader, &keys->width);
    need_size(reader, &keys->heads);
    need_size(reader, &keys->context);
    need_size(reader, &keys->vocab);
    config->n_layer = reader_size(reader, &keys->layers);
    config->d_model = reader_size(reader, &keys->width);
    read_heads(reader, keys);
    config->n_context = reader_size(reader, &keys->context);
    config->n_vocab = reader_size(reader, &keys->vocab);
    if (!inner.fallback)
        inner.fallback = 4 * (int64_t)config->d_model;
    config->d_mlp = reader_size(reader, &inner);
}

/* 0 would divide a constant row by 0. */
static void read_epsilon(struct reader *reader, const struct arch_keys *keys)
{
    struct config *config = reader->config;

    config->norm_epsilon = keys->epsilon_fallback;
    if (!keys->epsilon || reader->status)
        return;
    reader->status = json_get_real(reader->json, reader->path, keys->epsilon,
                                   &config->norm_epsilon, reader->err);
    if (!(config->norm_epsilon > 0 && config->norm_epsilon <= 1))
        reader_fail(reader, "'%s' is %g; it must be above 0 and at most 1",
                    keys->epsilon, config->norm_epsilon);
}

/* The folders of small models often carry the family's default, an id that
 * their vocabulary does not have. They then have no BOS token. */
static void read_bos(struct reader *reader, int fallback)
{
    const json_t *given = json_object_get(reader->json, "bos_token_id");
    int bos = reader_int(reader, "bos_token_id", 0, INT32_MAX,
                         json_is_null(given) ? -1 : fallback);

    reader->config->bos = bos < reader->config->n_vocab ? bos : -1;
    reader->config->bos_assumed = !given;
}

/* What would make any family another model. */
static void refuse_others(struct reader *reader)
{
    const json_t *quantized = json_object_get(reader->json,
                                              "quantization_config");

    reader_refuse(reader, "is_encoder_decoder", true, false,
                  "only decoders without an encoder are");
    reader_refuse(reader, "add_cross_attention", true, false,
                  "only decoders without an encoder are");
    if (quantized && !json_is_null(quantized))
        reader_fail(reader, "'quantization_config' is given, which is not "
                    "supported; weights of F32, F16 or BF16 expected");
}

/* Keys that change no number of the forward pass without dropout (initial
 * values, dropout, caches, names) are not read. */
int arch_configure(const struct arch *arch, json_t *json, const char *path,
                   struct config *config, struct error *err)
{
    const struct arch_keys *keys = &arch->keys;
    struct reader reader = {json, path, config, err, ST_OK};
    const char *activation;

    *config = (struct config){.model_type = arch->model_type};
    read_sizes(&reader, keys);
    activation = keys->activation_fallback;
    if (keys->activation)
        activation = reader_word(&reader, keys->activation, activation);
    reader_activation(&reader, activation, keys->activation);
    read_epsilon(&reader, keys);
    read_bos(&reader, keys->bos);
    config->tied = reader_bool(&reader, "tie_word_embeddings", keys->tied);
    config->score_scale = 1 / sqrt(config->d_head);
    refuse_others(&reader);
    if (!reader.status)
        arch->configure(&reader);
    return reader.status;
}
