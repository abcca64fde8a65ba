/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* weight-slots.c - a tensor into its slot of a model: the one place where the
 * orientation of a file's matrices matters. */
#include "model/arch.h"

#include <string.h>

int64_t arch_size(const struct config *config, char letter)
{
    const int64_t q = (int64_t)config->n_head * config->d_head;
    const int64_t k = (int64_t)config->n_kv_head * config->d_head;

    switch (letter) {
    case 'D':
        return config->d_model;
    case 'Q':
        return q;
    case 'K':
        return k;
    case '3':
        return q + 2 * k;
    case 'd':
        return config->d_head;
    case 'F':
        return config->d_mlp;
    case 'G':
        return 2 * (int64_t)config->d_mlp;
    case 'V':
        return config->n_vocab;
    case 'W':
        return config->d_word ? config->d_word : config->d_model;
    default: /* 'C' */
        return (int64_t)config->n_context + config->position_offset;
    }
}

/* Where a slot of a norm points from; NULL for others. */
static const float **norm_of(struct model *model, struct block *block,
                             enum slot slot)
{
    switch (slot) {
    case SLOT_EMBED_NORM_GAIN:
        return &model->embed_norm.gain;
    case SLOT_EMBED_NORM_BIAS:
        return &model->embed_norm.bias;
    case SLOT_LN1_GAIN:
        return &block->ln1.gain;
    case SLOT_LN1_BIAS:
        return &block->ln1.bias;
    case SLOT_LN2_GAIN:
        return &block->ln2.gain;
    case SLOT_LN2_BIAS:
        return &block->ln2.bias;
    case SLOT_ATTN_POST_GAIN:
        return &block->attn_post.gain;
    case SLOT_ATTN_POST_BIAS:
        return &block->attn_post.bias;
    case SLOT_MLP_POST_GAIN:
        return &block->mlp_post.gain;
    case SLOT_MLP_POST_BIAS:
        return &block->mlp_post.bias;
    case SLOT_Q_NORM_GAIN:
        return &block->q_norm.gain;
    case SLOT_Q_NORM_BIAS:
        return &block->q_norm.bias;
    case SLOT_K_NORM_GAIN:
        return &block->k_norm.gain;
    case SLOT_K_NORM_BIAS:
        return &block->k_norm.bias;
    case SLOT_LNF_GAIN:
        return &model->final_norm.gain;
    case SLOT_LNF_BIAS:
        return &model->final_norm.bias;
    default:
        return NULL;
    }
}

/* Where a slot that is a plain array points from; NULL for matrices and for
 * those that are split or shifted. */
static const float **vector_of(struct model *model, struct block *block,
                               enum slot slot)
{
    switch (slot) {
    case SLOT_Q_BIAS:
        return &block->q.b;
    case SLOT_K_BIAS:
        return &block->k.b;
    case SLOT_V_BIAS:
        return &block->v.b;
    case SLOT_O_BIAS:
        return &block->o.b;
    case SLOT_IN_BIAS:
        return &block->mlp.in.b;
    case SLOT_GATE_BIAS:
        return &block->mlp.gate.b;
    case SLOT_OUT_BIAS:
        return &block->mlp.out.b;
    case SLOT_UNEMBED_BIAS:
        return &model->unembed.b;
    default:
        return norm_of(model, block, slot);
    }
}

static struct linear *matrix_of(struct model *model, struct block *block,
                                enum slot slot)
{
    switch (slot) {
    case SLOT_TOKEN_EMBEDDING:
        return &model->embedding;
    case SLOT_Q:
        return &block->q;
    case SLOT_K:
        return &block->k;
    case SLOT_V:
        return &block->v;
    case SLOT_O:
        return &block->o;
    case SLOT_IN:
        return &block->mlp.in;
    case SLOT_GATE:
        return &block->mlp.gate;
    case SLOT_OUT:
        return &block->mlp.out;
    case SLOT_PROJECT_IN:
        return &model->project_in;
    case SLOT_PROJECT_OUT:
        return &model->project_out;
    default: /* SLOT_UNEMBED */
        return &model->unembed;
    }
}

/* A matrix: floats, or else the tensor in which they stay stored. */
struct source {
    const float *values;
    const struct tensor *tensor;
    bool in_first;
};

/* The outputs first..first+n_out-1 of a matrix with `total` outputs. */
static void set_matrix(struct linear *linear, const struct source *from,
                       int n_in, int64_t total, int64_t first, int n_out)
{
    bool in_first = from->in_first;

    linear->n_in = n_in;
    linear->n_out = n_out;
    if (from->values) {
        linear->in_stride = in_first ? total : 1;
        linear->out_stride = in_first ? 1 : n_in;
        linear->w = from->values + first * linear->out_stride;
    } else {
        linear->in_stride = in_first ? n_out : 1;
        linear->out_stride = in_first ? 1 : n_in;
        linear->stored = (struct stored){from->tensor, in_first, first, n_out,
                                         n_out, 0};
    }
}

/* q, k and v side by side in one tensor. */
static void set_qkv(const struct config *config, struct block *block,
                    const struct source *from)
{
    const int q = config->n_head * config->d_head;
    const int k = config->n_kv_head * config->d_head;
    const int64_t total = (int64_t)q + 2 * (int64_t)k;
    const int in = config->d_model;

    set_matrix(&block->q, from, in, total, 0, q);
    set_matrix(&block->k, from, in, total, q, k);
    set_matrix(&block->v, from, in, total, (int64_t)q + k, k);
}

/* The same by key/value head: its queries, its key, its value. */
static void set_grouped_qkv(const struct config *config, struct block *block,
                            const struct source *from)
{
    const int64_t d = config->d_head;
    const int64_t queries = config->n_head / config->n_kv_head * d;

    set_qkv(config, block, from);
    block->q.stored.first = 0;
    block->k.stored.first = queries;
    block->v.stored.first = queries + d;
    block->q.stored.run = queries;
    block->k.stored.run = block->v.stored.run = d;
    block->q.stored.period = block->k.stored.period =
        block->v.stored.period = queries + 2 * d;
}

int arch_heads(const struct config *config, enum slot slot)
{
    bool keys = slot == SLOT_K_NORM_GAIN || slot == SLOT_K_NORM_BIAS;

    return keys ? config->n_kv_head : config->n_head;
}

/* Something for each head, be it the same for all. */
static bool is_per_head(const struct tensor_rule *rule)
{
    return rule->shape[0] == 'd';
}

size_t arch_room(const struct config *config, const struct tensor_rule *rule)
{
    size_t n = 1;

    if (is_per_head(rule))
        return (size_t)arch_heads(config, rule->slot) *
               (size_t)config->d_head;
    for (const char *letter = rule->shape; *letter; letter++)
        n *= (size_t)arch_size(config, *letter);
    return rule->layout == AS_IS ? 0 : n;
}

/* Biases of q, k and v by key/value head, to all q, all k, all v. */
static void ungroup(const struct config *config, const float *from, float *to)
{
    const int heads = config->n_head, groups = config->n_kv_head;
    const int64_t head = config->d_head;
    const int64_t n = heads / groups;            /* queries of a group */
    const size_t bytes = (size_t)head * sizeof *to;

    for (int64_t group = 0; group < groups; group++) {
        memcpy(to + group * n * head, from, (size_t)n * bytes);
        from += n * head;
        memcpy(to + (heads + group) * head, from, bytes);
        from += head;
        memcpy(to + (heads + groups + group) * head, from, bytes);
        from += head;
    }
}

void arch_arrange(const struct config *config, const struct tensor_rule *rule,
                  const float *from, float *to)
{
    int64_t n = arch_size(config, rule->shape[0]);
    int repeats = is_per_head(rule) && !strstr(rule->name, "%h")
                      ? arch_heads(config, rule->slot)
                      : 1;

    if (rule->layout == GROUPED) {
        ungroup(config, from, to);
        return;
    }
    for (int64_t i = 0; i < n * repeats; i++)
        to[i] = from[i % n] + (rule->layout == LESS_ONE ? 1.0f : 0.0f);
}

/* q, k and v of a bias that is one vector. */
static void set_qkv_bias(const struct config *config, struct block *block,
                         const float *values)
{
    block->q.b = values;
    block->k.b = values + arch_size(config, 'Q');
    block->v.b = block->k.b + arch_size(config, 'K');
}

/* The gate above the input, in one matrix. */
static void set_gate_in(const struct config *config, struct block *block,
                        const struct source *from)
{
    const int f = config->d_mlp, in = config->d_model;

    set_matrix(&block->mlp.gate, from, in, 2 * (int64_t)f, 0, f);
    set_matrix(&block->mlp.in, from, in, 2 * (int64_t)f, f, f);
}

bool arch_is_matrix(enum slot slot)
{
    return slot == SLOT_TOKEN_EMBEDDING || slot == SLOT_UNEMBED ||
           (slot >= SLOT_Q && slot <= SLOT_GATE_IN);
}

static void place_matrix(struct model *model, const struct tensor_rule *rule,
                         struct block *block, const struct source *from)
{
    const struct config *config = &model->config;
    int64_t in, out;

    if (rule->slot == SLOT_QKV && rule->layout == GROUPED) {
        set_grouped_qkv(config, block, from);
    } else if (rule->slot == SLOT_QKV) {
        set_qkv(config, block, from);
    } else if (rule->slot == SLOT_GATE_IN) {
        set_gate_in(config, block, from);
    } else {
        in = arch_size(config, rule->shape[rule->in_first ? 0 : 1]);
        out = arch_size(config, rule->shape[rule->in_first ? 1 : 0]);
        set_matrix(matrix_of(model, block, rule->slot), from, (int)in, out, 0,
                   (int)out);
    }
}

void arch_store(struct model *model, const struct tensor_rule *rule,
                struct block *block, const struct tensor *tensor)
{
    place_matrix(model, rule, block,
                 &(struct source){NULL, tensor, rule->in_first});
}

void arch_place(struct model *model, const struct tensor_rule *rule,
                struct block *block, const float *values)
{
    const struct config *config = &model->config;
    const float **vector = vector_of(model, block, rule->slot);

    if (vector)
        *vector = values;
    else if (rule->slot == SLOT_POSITION_EMBEDDING)
        model->position_embedding =
            values + (int64_t)config->position_offset * config->d_model;
    else if (rule->slot == SLOT_QKV_BIAS)
        set_qkv_bias(config, block, values);
    else
        place_matrix(model, rule, block,
                     &(struct source){values, NULL, rule->in_first});
}
