/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* make-model.c - random GPT-2 and Llama folders for tests and benchmarks.
 *
 * The files are listed first (names, shapes, spread of the values), because a
 * safetensors header needs all sizes; then the values are streamed. */
#include "conformance/make-model.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct part {
    char name[64];
    const char *dtype;
    int n_dim;
    int64_t dim[4];
    double mean, std;
    int shard;
};

struct plan {
    struct model_recipe recipe;
    struct part *parts;
    size_t n;
};

/* splitmix64 (Steele, Lea and Flood 2014) */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Nearly normal, and without libm the same on every machine: the sum of
 * eight 16-bit uniforms has a variance of 8/12 and reaches 4.9 sigma. */
static double next_normal(uint64_t *state)
{
    const double sigma = 53509.6; /* 65536 * sqrt(8 / 12.0) */
    uint64_t a = next_random(state), b = next_random(state);
    int64_t sum = 0;

    for (int shift = 0; shift < 64; shift += 16)
        sum += (int64_t)(a >> shift & 0xffff) + (int64_t)(b >> shift & 0xffff);
    return (double)(sum - 8 * 65535 / 2) / sigma;
}

uint16_t make_model_bf16(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

uint16_t make_model_f16(float value)
{
    uint16_t sign = signbit(value) ? 0x8000 : 0;
    double size = fabs((double)value);
    int exponent;

    if (size < 0x1p-14)
        return sign | (uint16_t)rint(size * 0x1p24);
    size = frexp(size, &exponent); /* size in [0.5, 1) */
    return (uint16_t)(sign | (((exponent + 13) << 10) +
                              (int)rint(size * 0x1p11)));
}

static size_t element_size(const char *dtype)
{
    if (strcmp(dtype, "BOOL") == 0)
        return 1;
    return strcmp(dtype, "F32") == 0 ? 4 : 2;
}

static size_t part_count(const struct part *part)
{
    size_t n = 1;

    for (int i = 0; i < part->n_dim; i++)
        n *= (size_t)part->dim[i];
    return n;
}

static size_t part_bytes(const struct part *part)
{
    return part_count(part) * element_size(part->dtype);
}

/* d1 0: a vector. */
static struct part *add(struct plan *plan, const char *prefix, int layer,
                        const char *name, int d0, int d1, double mean,
                        double std)
{
    struct part *part = &plan->parts[plan->n++];

    if (layer < 0)
        snprintf(part->name, sizeof part->name, "%s%s", prefix, name);
    else
        snprintf(part->name, sizeof part->name, "%s%s.%d.%s", prefix,
                 plan->recipe.kv_heads ? "layers" : "h", layer, name);
    part->dtype = plan->recipe.dtype;
    part->n_dim = d1 ? 2 : 1;
    part->dim[0] = d0;
    part->dim[1] = d1;
    part->mean = mean;
    part->std = std;
    return part;
}

static void add_buffers(struct plan *plan, const char *prefix, int layer)
{
    const int context = plan->recipe.context;
    struct part *part = add(plan, prefix, layer, "attn.bias", 1, 1, 1, 0);

    part->dtype = plan->recipe.float_buffers ? "F32" : "BOOL";
    part->n_dim = 4;
    part->dim[2] = part->dim[3] = context;
    part = add(plan, prefix, layer, "attn.masked_bias", 1, 0, -1e4, 0);
    part->dtype = "F32";
    part->n_dim = 0;
}

static void add_block(struct plan *plan, const char *prefix, int layer)
{
    const int width = plan->recipe.width, inner = plan->recipe.inner;
    const double std = 0.9 / sqrt(width), std_out = 0.9 / sqrt(inner);

    add(plan, prefix, layer, "ln_1.weight", width, 0, 1, 0.2);
    add(plan, prefix, layer, "ln_1.bias", width, 0, 0, 0.1);
    add(plan, prefix, layer, "attn.c_attn.weight", width, 3 * width, 0, std);
    add(plan, prefix, layer, "attn.c_attn.bias", 3 * width, 0, 0, 0.1);
    add(plan, prefix, layer, "attn.c_proj.weight", width, width, 0, std);
    add(plan, prefix, layer, "attn.c_proj.bias", width, 0, 0, 0.1);
    add(plan, prefix, layer, "ln_2.weight", width, 0, 1, 0.2);
    add(plan, prefix, layer, "ln_2.bias", width, 0, 0, 0.1);
    add(plan, prefix, layer, "mlp.c_fc.weight", width, inner, 0, std);
    add(plan, prefix, layer, "mlp.c_fc.bias", inner, 0, 0, 0.1);
    add(plan, prefix, layer, "mlp.c_proj.weight", inner, width, 0, std_out);
    add(plan, prefix, layer, "mlp.c_proj.bias", width, 0, 0, 0.1);
    if (plan->recipe.buffers)
        add_buffers(plan, prefix, layer);
}

/* W of GPT-2 is (inputs, outputs), Llama's (outputs, inputs). */
static void add_llama_block(struct plan *plan, int layer)
{
    const struct model_recipe *recipe = &plan->recipe;
    const int width = recipe->width, inner = recipe->inner,
              keys = width / recipe->heads * recipe->kv_heads;
    const double std = 0.9 / sqrt(width), std_out = 0.9 / sqrt(inner);
    const struct {
        const char *name;
        int d0, d1;
        double mean, std;
    } rows[] = {
        {"input_layernorm.weight", width, 0, 1, 0.2},
        {"self_attn.q_proj.weight", width, width, 0, std},
        {"self_attn.k_proj.weight", keys, width, 0, std},
        {"self_attn.v_proj.weight", keys, width, 0, std},
        {"self_attn.o_proj.weight", width, width, 0, std},
        {"post_attention_layernorm.weight", width, 0, 1, 0.2},
        {"mlp.gate_proj.weight", inner, width, 0, std},
        {"mlp.up_proj.weight", inner, width, 0, std},
        {"mlp.down_proj.weight", width, inner, 0, std_out},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        add(plan, "model.", layer, rows[i].name, rows[i].d0, rows[i].d1,
            rows[i].mean, rows[i].std);
}

static void add_llama_parts(struct plan *plan)
{
    const struct model_recipe *recipe = &plan->recipe;
    const double std = 0.9 / sqrt(recipe->width);

    add(plan, "model.", -1, "embed_tokens.weight", recipe->vocab,
        recipe->width, 0, std);
    for (int layer = 0; layer < recipe->layers; layer++)
        add_llama_block(plan, layer);
    add(plan, "model.", -1, "norm.weight", recipe->width, 0, 1, 0.2);
    if (recipe->untied)
        add(plan, "", -1, "lm_head.weight", recipe->vocab, recipe->width, 0,
            std);
}

static void add_gpt2_parts(struct plan *plan)
{
    const struct model_recipe *recipe = &plan->recipe;
    const char *prefix = recipe->no_prefix ? "" : "transformer.";
    const double std = 0.9 / sqrt(recipe->width);

    add(plan, prefix, -1, "wte.weight", recipe->vocab, recipe->width, 0, std);
    add(plan, prefix, -1, "wpe.weight", recipe->context, recipe->width, 0,
        std / 2);
    for (int layer = 0; layer < recipe->layers; layer++)
        add_block(plan, prefix, layer);
    add(plan, prefix, -1, "ln_f.weight", recipe->width, 0, 1, 0.2);
    add(plan, prefix, -1, "ln_f.bias", recipe->width, 0, 0, 0.1);
    if (recipe->untied)
        add(plan, "", -1, "lm_head.weight", recipe->vocab, recipe->width, 0,
            std);
}

static void add_parts(struct plan *plan)
{
    if (plan->recipe.kv_heads)
        add_llama_parts(plan);
    else
        add_gpt2_parts(plan);
    /* In turn, so that every layer is spread over the files. */
    for (size_t i = 0; i < plan->n; i++)
        plan->parts[i].shard = (int)(i % (size_t)plan->recipe.shards);
}

/* The caller frees. */
static char *header_text(const struct plan *plan, int shard)
{
    size_t room = 300 * (plan->n + 1), at = 0, offset = 0;
    char *text = malloc(room);

    if (!text)
        return NULL;
    at += (size_t)snprintf(text, room,
                           "{\"__metadata__\":{\"format\":\"pt\"}");
    for (size_t i = 0; i < plan->n; i++) {
        const struct part *part = &plan->parts[i];
        size_t end = offset + part_bytes(part);

        if (part->shard != shard)
            continue;
        at += (size_t)snprintf(text + at, room - at,
                               ",\"%s\":{\"dtype\":\"%s\",\"shape\":[",
                               part->name, part->dtype);
        for (int k = 0; k < part->n_dim; k++)
            at += (size_t)snprintf(text + at, room - at, "%s%lld",
                                   k ? "," : "", (long long)part->dim[k]);
        at += (size_t)snprintf(text + at, room - at,
                               "],\"data_offsets\":[%zu,%zu]}", offset, end);
        offset = end;
    }
    text[at++] = '}';
    while (at % 8) /* the data of most files is aligned */
        text[at++] = ' ';
    text[at] = '\0';
    return text;
}

static void write_value(FILE *file, const char *dtype, double value)
{
    float single = (float)value;
    uint16_t half;

    if (strcmp(dtype, "F32") == 0) {
        fwrite(&single, sizeof single, 1, file);
    } else if (strcmp(dtype, "BOOL") == 0) {
        fputc(value != 0, file);
    } else {
        half = dtype[0] == 'B' ? make_model_bf16(single)
                               : make_model_f16(single);
        fwrite(&half, sizeof half, 1, file);
    }
}

/* Values depend on the seed and the place of the tensor in the model, not on
 * how the tensors are spread over files. */
static void write_part(FILE *file, const struct part *part, uint64_t seed)
{
    const size_t n = part_count(part);
    uint64_t state = seed;

    for (size_t i = 0; i < n; i++)
        write_value(file, part->dtype,
                    part->mean + (part->std > 0
                                      ? part->std * next_normal(&state)
                                      : 0));
}

static void write_weights(FILE *file, const struct plan *plan, int shard,
                          const char *header)
{
    uint64_t length = strlen(header), state = plan->recipe.seed;

    for (int i = 0; i < 8; i++)
        fputc((int)(length >> 8 * i & 0xff), file);
    fputs(header, file);
    for (size_t i = 0; i < plan->n; i++) {
        uint64_t seed = next_random(&state);

        if (plan->parts[i].shard == shard)
            write_part(file, &plan->parts[i], seed);
    }
}

static FILE *create(const char *dir, const char *name)
{
    char path[4096];

    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return NULL;
    }
    return fopen(path, "wb");
}

static int finish(FILE *file)
{
    int failed = ferror(file);

    return fclose(file) || failed ? -1 : 0;
}

static void shard_name(char name[64], int shard, int shards)
{
    if (shards == 1)
        snprintf(name, 64, "model.safetensors");
    else
        snprintf(name, 64, "model-%05d-of-%05d.safetensors", shard + 1,
                 shards);
}

static int write_shard(const char *dir, const struct plan *plan, int shard)
{
    char *header = header_text(plan, shard);
    char name[64];
    FILE *file;
    int status = -1;

    shard_name(name, shard, plan->recipe.shards);
    file = header ? create(dir, name) : NULL;
    if (file) {
        write_weights(file, plan, shard, header);
        status = finish(file);
    }
    free(header);
    return status;
}

static int write_index(const char *dir, const struct plan *plan)
{
    FILE *file = create(dir, "model.safetensors.index.json");
    char name[64];

    if (!file)
        return -1;
    fputs("{\"metadata\": {}, \"weight_map\": {\n", file);
    for (size_t i = 0; i < plan->n; i++) {
        shard_name(name, plan->parts[i].shard, plan->recipe.shards);
        fprintf(file, "  \"%s\": \"%s\"%s\n", plan->parts[i].name, name,
                i + 1 < plan->n ? "," : "");
    }
    fputs("}}\n", file);
    return finish(file);
}

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

static void write_llama_config(FILE *file, const struct model_recipe *recipe)
{
    fprintf(file,
            "{\n"
            "  \"architectures\": [\"LlamaForCausalLM\"],\n"
            "  \"model_type\": \"llama\",\n"
            "  \"hidden_act\": \"%s\",\n"
            "  \"num_hidden_layers\": %d,\n"
            "  \"num_attention_heads\": %d,\n"
            "  \"num_key_value_heads\": %d,\n"
            "  \"hidden_size\": %d,\n  \"intermediate_size\": %d,\n"
            "  \"max_position_embeddings\": %d,\n",
            recipe->act, recipe->layers, recipe->heads, recipe->kv_heads,
            recipe->width, recipe->inner, recipe->context);
    fprintf(file,
            "  \"vocab_size\": %d,\n  \"rms_norm_eps\": %.17g,\n"
            "  \"rope_theta\": 10000.0,\n  \"attention_bias\": false,\n"
            "  \"mlp_bias\": false,\n  \"bos_token_id\": %d,\n"
            "  \"eos_token_id\": %d,\n  \"tie_word_embeddings\": %s\n}\n",
            recipe->vocab, recipe->epsilon, recipe->vocab - 1,
            recipe->vocab - 1, truth(!recipe->untied));
}

static void write_gpt2_config(FILE *file, const struct model_recipe *recipe)
{
    fprintf(file,
            "{\n"
            "  \"architectures\": [\"GPT2LMHeadModel\"],\n"
            "  \"model_type\": \"gpt2\",\n"
            "  \"activation_function\": \"%s\",\n"
            "  \"n_layer\": %d,\n  \"n_head\": %d,\n  \"n_embd\": %d,\n"
            "  \"n_inner\": %d,\n  \"n_positions\": %d,\n"
            "  \"vocab_size\": %d,\n  \"layer_norm_epsilon\": %.17g,\n",
            recipe->act, recipe->layers, recipe->heads, recipe->width,
            recipe->inner, recipe->context, recipe->vocab, recipe->epsilon);
    fprintf(file,
            "  \"attn_pdrop\": 0.0,\n  \"embd_pdrop\": 0.0,\n"
            "  \"resid_pdrop\": 0.0,\n  \"bos_token_id\": %d,\n"
            "  \"eos_token_id\": %d,\n"
            "  \"scale_attn_by_inverse_layer_idx\": %s,\n"
            "  \"scale_attn_weights\": %s,\n"
            "  \"tie_word_embeddings\": %s\n}\n",
            recipe->vocab - 1, recipe->vocab - 1,
            truth(recipe->scale_by_layer), truth(!recipe->no_scale),
            truth(!recipe->untied));
}

static int write_config(const char *dir, const struct model_recipe *recipe)
{
    FILE *file = create(dir, "config.json");

    if (!file)
        return -1;
    if (recipe->kv_heads)
        write_llama_config(file, recipe);
    else
        write_gpt2_config(file, recipe);
    return finish(file);
}

static int choose(int value, int fallback)
{
    return value ? value : fallback;
}

static struct model_recipe complete(const struct model_recipe *given)
{
    struct model_recipe recipe = *given;

    recipe.layers = choose(recipe.layers, 2);
    recipe.heads = choose(recipe.heads, 2);
    recipe.width = choose(recipe.width, 32);
    recipe.inner = choose(recipe.inner, 4 * recipe.width);
    recipe.context = choose(recipe.context, 64);
    recipe.vocab = choose(recipe.vocab, 100);
    recipe.shards = choose(recipe.shards, 1);
    if (!recipe.act)
        recipe.act = recipe.kv_heads ? "silu" : "gelu_new";
    recipe.dtype = recipe.dtype ? recipe.dtype : "F32";
    recipe.epsilon = recipe.epsilon > 0 ? recipe.epsilon : 1e-5;
    return recipe;
}

int make_model(const char *dir, const struct model_recipe *recipe)
{
    struct plan plan = {.recipe = complete(recipe)};
    int status = -1;

    if (mkdir(dir, 0777) && errno != EEXIST)
        return -1;
    plan.parts = calloc(14 * (size_t)plan.recipe.layers + 5,
                        sizeof *plan.parts);
    if (!plan.parts)
        return -1;
    add_parts(&plan);
    if (write_config(dir, &plan.recipe))
        goto out;
    for (int i = 0; i < plan.recipe.shards; i++)
        if (write_shard(dir, &plan, i))
            goto out;
    if (plan.recipe.shards > 1 && write_index(dir, &plan))
        goto out;
    status = 0;
out:
    free(plan.parts);
    return status;
}
