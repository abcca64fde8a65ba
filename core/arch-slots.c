/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch-slots.c - a tensor into its slot of a model: the one place where the
 * orientation of a file's matrices matters. */
#include "arch.h"

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
    case 'F':
        return config->d_mlp;
    case 'V':
        return config->n_vocab;
    default: /* 'C' */
        return config->n_context;
    }
}

/* Where a slot that is a plain array points from; NULL for matrices and for
 * those that are split. */
static const float **vector_of(struct model *model, struct block *block,
                               enum slot slot)
{
    switch (slot) {
    case SLOT_TOKEN_EMBEDDING:
        return &model->token_embedding;
    case SLOT_POSITION_EMBEDDING:
        return &model->position_embedding;
    case SLOT_LN1_GAIN:
        return &block->ln1.gain;
    case SLOT_LN1_BIAS:
        return &block->ln1.bias;
    case SLOT_LN2_GAIN:
        return &block->ln2.gain;
    case SLOT_LN2_BIAS:
        return &block->ln2.bias;
    case SLOT_Q_BIAS:
        return &block->q.b;
    case SLOT_K_BIAS:
        return &block->k.b;
    case SLOT_V_BIAS:
        return &block->v.b;
    case SLOT_O_BIAS:
        return &block->o.b;
    case SLOT_IN_BIAS:
        return &block->in.b;
    case SLOT_OUT_BIAS:
        return &block->out.b;
    case SLOT_LNF_GAIN:
        return &model->final_norm.gain;
    case SLOT_LNF_BIAS:
        return &model->final_norm.bias;
    default:
        return NULL;
    }
}

static struct linear *matrix_of(struct model *model, struct block *block,
                                enum slot slot)
{
    switch (slot) {
    case SLOT_Q:
        return &block->q;
    case SLOT_K:
        return &block->k;
    case SLOT_V:
        return &block->v;
    case SLOT_O:
        return &block->o;
    case SLOT_IN:
        return &block->in;
    case SLOT_OUT:
        return &block->out;
    default: /* SLOT_UNEMBED */
        return &model->unembed;
    }
}

/* The outputs first..first+n_out-1 of a matrix with `total` outputs. */
static void set_matrix(struct linear *linear, const float *w, int n_in,
                       int64_t total, int64_t first, int n_out, bool in_first)
{
    linear->n_in = n_in;
    linear->n_out = n_out;
    linear->in_stride = in_first ? total : 1;
    linear->out_stride = in_first ? 1 : n_in;
    linear->w = w + first * linear->out_stride;
}

/* q, k and v side by side in one tensor. */
static void set_qkv(const struct config *config, struct block *block,
                    const float *w, bool in_first)
{
    const int q = config->n_head * config->d_head;
    const int k = config->n_kv_head * config->d_head;
    const int64_t total = (int64_t)q + 2 * (int64_t)k;
    const int in = config->d_model;

    set_matrix(&block->q, w, in, total, 0, q, in_first);
    set_matrix(&block->k, w, in, total, q, k, in_first);
    set_matrix(&block->v, w, in, total, (int64_t)q + k, k, in_first);
}

void arch_place(struct model *model, const struct tensor_rule *rule,
                struct block *block, const float *values)
{
    const struct config *config = &model->config;
    const float **vector = vector_of(model, block, rule->slot);
    int64_t in, out;

    if (vector) {
        *vector = values;
    } else if (rule->slot == SLOT_QKV) {
        set_qkv(config, block, values, rule->in_first);
    } else if (rule->slot == SLOT_QKV_BIAS) {
        block->q.b = values;
        block->k.b = values + arch_size(config, 'Q');
        block->v.b = block->k.b + arch_size(config, 'K');
    } else {
        in = arch_size(config, rule->shape[rule->in_first ? 0 : 1]);
        out = arch_size(config, rule->shape[rule->in_first ? 1 : 0]);
        set_matrix(matrix_of(model, block, rule->slot), values, (int)in, out,
                   0, (int)out, rule->in_first);
    }
}

void arch_tie(struct model *model)
{
    set_matrix(&model->unembed, model->token_embedding,
               model->config.d_model, model->config.n_vocab, 0,
               model->config.n_vocab, false);
}
