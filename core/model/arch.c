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

/* Limits are far above any model, and low enough for products of two sizes to
 * fit into 64 bits. */
#define MAX_HEADS 1024
#define MAX_WIDTH 65536
#define MAX_INNER (1 << 20)
#define MAX_VOCAB (1 << 22)
#define MAX_CONTEXT (1 << 24)

/* 0 if the family has no such key, or it is null. */
static int read_size(struct reader *reader, const char *key, int max)
{
    return key ? reader_int(reader, key, 1, max) : 0;
}

/* Heads of a key/value head must be whole. */
static void read_heads(struct reader *reader, const struct arch_sizes *sizes)
{
    struct config *config = reader->config;

    config->n_kv_head = read_size(reader, sizes->kv_heads, MAX_HEADS);
    if (!config->n_kv_head)
        config->n_kv_head = config->n_head;
    if (!reader->status && config->n_head % config->n_kv_head)
        reader_fail(reader, "'%s' %d is not a multiple of '%s' %d; each "
                    "key/value head must serve as many heads", sizes->heads,
                    config->n_head, sizes->kv_heads, config->n_kv_head);
    config->d_head = read_size(reader, sizes->d_head, MAX_WIDTH);
    if (reader->status || config->d_head)
        return;
    if (config->d_model % config->n_head)
        reader_fail(reader, "'%s' %d is not a multiple of '%s' %d; heads "
                    "must be of equal width", sizes->width, config->d_model,
                    sizes->heads, config->n_head);
    config->d_head = config->d_model / config->n_head;
}

static void read_sizes(struct reader *reader, const struct arch_sizes *sizes)
{
    struct config *config = reader->config;

    config->n_layer = read_size(reader, sizes->layers, MAX_LAYERS);
    config->d_model = read_size(reader, sizes->width, MAX_WIDTH);
    config->n_head = read_size(reader, sizes->heads, MAX_HEADS);
    read_heads(reader, sizes);
    config->n_context = read_size(reader, sizes->context, MAX_CONTEXT);
    config->n_vocab = read_size(reader, sizes->vocab, MAX_VOCAB);
    config->d_mlp = read_size(reader, sizes->inner, MAX_INNER);
    if (!config->d_mlp)
        config->d_mlp = 4 * config->d_model;
}

/* 0 would divide a constant row by 0. */
static void read_epsilon(struct reader *reader, const char *key)
{
    double epsilon = reader_real(reader, key);

    reader->config->norm_epsilon = epsilon;
    if (epsilon > 1)
        reader_fail(reader, "'%s' is %g; it must be at most 1", key, epsilon);
}

/* The folders of small models often carry the family's default, an id that
 * their vocabulary does not have. They then have no BOS token. */
static void read_bos(struct reader *reader)
{
    struct config *config = reader->config;
    int bos = reader_int(reader, "bos_token_id", 0, INT32_MAX);

    if (reader_is_null(reader, "bos_token_id") || bos >= config->n_vocab)
        bos = -1;
    config->bos = bos;
    config->bos_assumed = !json_object_get(reader->json, "bos_token_id");
}

/* Rows of keys whose values, but one, make another model of it. */
static void refuse_others(struct reader *reader,
                          const struct config_key *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].use == KEY_IS_REFUSED)
            reader_refuse(reader, &rows[i]);
}

int arch_configure(const struct arch *arch, json_t *json, const char *path,
                   struct config *config, struct error *err)
{
    const struct arch_sizes *sizes = &arch->sizes;
    struct reader reader = {.json = json, .path = path, .arch = arch,
                            .config = config, .err = err,
                            .defaults = json_object()};
    const struct config_key *common;
    size_t n;

    *config = (struct config){.model_type = arch->model_type};
    common = config_keys_common(&n);
    refuse_others(&reader, common, n);
    refuse_others(&reader, arch->keys, arch->n_keys);
    read_sizes(&reader, sizes);
    if (sizes->activation)
        reader_activation(&reader, sizes->activation);
    if (sizes->epsilon)
        read_epsilon(&reader, sizes->epsilon);
    read_bos(&reader);
    config->tied = reader_bool(&reader, "tie_word_embeddings");
    config->score_scale = 1 / sqrt(config->d_head);
    if (!reader.status)
        arch->configure(&reader);
    json_decref(reader.defaults);
    return reader.status;
}
