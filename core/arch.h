/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch.h - what a family of models is: a description over one executor. A
 * family is one file, arch-NAME.c, with one table; arch.c lists them. */
#ifndef CORE_ARCH_H
#define CORE_ARCH_H

#include "json.h"
#include "model.h"

/* Where a tensor goes. */
enum slot {
    SLOT_TOKEN_EMBEDDING, SLOT_POSITION_EMBEDDING,
    SLOT_LN1_GAIN, SLOT_LN1_BIAS, SLOT_LN2_GAIN, SLOT_LN2_BIAS,
    SLOT_Q, SLOT_K, SLOT_V, SLOT_O, SLOT_IN, SLOT_OUT, /* matrices */
    SLOT_QKV,                                          /* three in one */
    SLOT_Q_BIAS, SLOT_K_BIAS, SLOT_V_BIAS, SLOT_O_BIAS, SLOT_IN_BIAS,
    SLOT_OUT_BIAS, SLOT_QKV_BIAS,
    SLOT_LNF_GAIN, SLOT_LNF_BIAS, SLOT_UNEMBED
};

/* Shapes are written in sizes: 'D' d_model, 'Q' H*d, 'K' Hkv*d, '3' Q+2K,
 * 'F' d_mlp, 'V' n_vocab, 'C' n_context; "DF" is D x F. */
struct tensor_rule {
    enum slot slot;
    const char *name;  /* "%d" stands for the layer: once a block. Follows a
                          prefix, except SLOT_UNEMBED's */
    const char *shape;
    bool in_first;     /* matrices: rows are inputs (x W); else outputs */
    bool optional;     /* SLOT_UNEMBED is so wherever the config ties it */
};

struct arch {
    const char *model_type;
    const char *const *prefixes; /* in front of names, tried in order; NULL */
    const struct tensor_rule *rules; /* the token embedding's is first */
    size_t n_rules;
    const char *const *ignored; /* patterns of stray buffers ("h.*.attn.bias",
                                   '*' is a number); NULL-terminated */
    bool learned_positions;
    /* Fills config from config.json. */
    int (*configure)(json_t *json, const char *path, struct config *config,
                     struct error *err);
};

extern const struct arch arch_gpt2;

const struct arch *arch_find(const char *model_type);
/* NULL-terminated names, for messages. */
const char *const *arch_names(size_t *n);

/* Gives every slot of a model its tensor; the part of model_open that follows
 * the rules. model->arch, config, tensors and (zeroed) blocks are set. */
int arch_bind(struct model *model, struct error *err);

/* Elements along a dimension: a letter of a rule's shape. */
int64_t arch_size(const struct config *config, char letter);
/* Points the rule's slot, of the block if it is in one, to its values, which
 * have the rule's shape. */
void arch_place(struct model *model, const struct tensor_rule *rule,
                struct block *block, const float *values);
/* Makes the token embedding the unembedding as well. */
void arch_tie(struct model *model);

#endif
