/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch.h - what a family of models is: a description over one executor. A
 * family is one file, arch-NAME.c, with one table; arch.c lists them. */
#ifndef CORE_MODEL_ARCH_H
#define CORE_MODEL_ARCH_H

#include "base/json.h"
#include "model/config-keys.h"
#include "model/model.h"

#include <stdint.h>

/* Where a tensor goes. */
enum slot {
    SLOT_TOKEN_EMBEDDING, SLOT_POSITION_EMBEDDING,
    SLOT_EMBED_NORM_GAIN, SLOT_EMBED_NORM_BIAS,
    SLOT_LN1_GAIN, SLOT_LN1_BIAS, SLOT_LN2_GAIN, SLOT_LN2_BIAS,
    SLOT_ATTN_POST_GAIN, SLOT_ATTN_POST_BIAS,
    SLOT_MLP_POST_GAIN, SLOT_MLP_POST_BIAS,
    SLOT_Q_NORM_GAIN, SLOT_Q_NORM_BIAS, SLOT_K_NORM_GAIN, SLOT_K_NORM_BIAS,
    /* matrices */
    SLOT_Q, SLOT_K, SLOT_V, SLOT_O, SLOT_IN, SLOT_GATE, SLOT_OUT,
    SLOT_PROJECT_IN, SLOT_PROJECT_OUT,
    SLOT_QKV,     /* three in one */
    SLOT_GATE_IN, /* two */
    SLOT_Q_BIAS, SLOT_K_BIAS, SLOT_V_BIAS, SLOT_O_BIAS, SLOT_IN_BIAS,
    SLOT_GATE_BIAS, SLOT_OUT_BIAS, SLOT_QKV_BIAS,
    SLOT_LNF_GAIN, SLOT_LNF_BIAS, SLOT_UNEMBED, SLOT_UNEMBED_BIAS
};

/* How a tensor is stored, where the executor wants it otherwise: a vector then
 * gets a copy. */
enum layout {
    AS_IS,
    LESS_ONE, /* a gain, of which the file has what it is above 1 */
    GROUPED   /* QKV: for each key/value head its queries, its key, its value;
                 else all queries, all keys, all values */
};

/* Shapes are written in sizes: 'D' d_model, 'Q' H*d, 'K' Hkv*d, '3' Q+2K,
 * 'd' d, 'F' d_mlp, 'G' 2*d_mlp, 'V' n_vocab, 'W' d_word, 'C' rows of
 * the position embedding; "DF" is D x F. */
struct tensor_rule {
    enum slot slot;
    const char *name;  /* "%d" stands for the layer: once a block; "%h" for a
                          head. Follows a prefix, except SLOT_UNEMBED's */
    const char *shape;
    bool in_first;     /* matrices: rows are inputs (x W); else outputs */
    bool optional;     /* SLOT_UNEMBED is so wherever the config ties it */
    enum layout layout;
    const char *other; /* another name that files use, or NULL */
    uint32_t when, unless; /* bits of config.traits, all of which must be set
                              and none: else there is no such tensor */
};

/* How config.json names what all families have. */
struct arch_sizes {
    const char *layers, *heads, *width, *context, *vocab;
    const char *kv_heads;   /* NULL, or null: as many as heads */
    const char *d_head;     /* likewise: width / heads */
    const char *inner;      /* likewise: 4 * width */
    const char *activation; /* NULL: gelu_new */
    const char *epsilon;    /* NULL: configure() sets it */
};

/* The names in most families. */
#define ARCH_SIZES                                                     \
    .layers = "num_hidden_layers", .heads = "num_attention_heads",     \
    .width = "hidden_size", .context = "max_position_embeddings",      \
    .vocab = "vocab_size"
#define ARCH_INNER .inner = "intermediate_size"
#define ARCH_KV_HEADS .kv_heads = "num_key_value_heads"
#define ARCH_D_HEAD .d_head = "head_dim"
#define ARCH_N(array) (sizeof(array) / sizeof *(array))
#define ARCH_KEYS(array) .keys = (array), .n_keys = ARCH_N(array)

struct reader;

struct arch {
    const char *model_type;
    const char *const *prefixes; /* in front of names, tried in order; NULL */
    const struct tensor_rule *rules; /* the token embedding's is first */
    size_t n_rules;
    const char *const *ignored; /* patterns of stray buffers ("h.*.attn.bias",
                                   '*' is a number); NULL-terminated */
    bool learned_positions;
    const struct config_key *keys; /* all that its config.json may have */
    size_t n_keys;
    struct arch_sizes sizes;
    /* What the sizes do not say, from config.json; reader->config has them
     * and is zero but for them. */
    void (*configure)(struct reader *reader);
};

extern const struct arch arch_bloom, arch_falcon, arch_gemma, arch_gemma2,
    arch_gemma3_text, arch_glm4, arch_gpt2, arch_gpt_neo, arch_gpt_neox,
    arch_gptj, arch_llama, arch_mistral, arch_olmo2, arch_olmo3, arch_opt,
    arch_phi, arch_phi3, arch_qwen2, arch_qwen3, arch_stablelm;

const struct arch *arch_find(const char *model_type);
/* NULL-terminated names, for messages. */
const char *const *arch_names(size_t *n);
/* Why a model_type that other programs know is not supported, or NULL. */
const char *arch_refusal(const char *model_type);

/* Fills config from the object of a config.json; path is for messages. */
int arch_configure(const struct arch *arch, json_t *json, const char *path,
                   struct config *config, struct error *err);

/* Gives every slot of a model its tensor; the part of model_open that follows
 * the rules. model->arch, config, tensors and (zeroed) blocks are set. */
int arch_bind(struct model *model, struct error *err);

/* Its part for tensors that no rule used, of used (one for each): notes those
 * that are left out in model->ignored. ST_DATA for any other. */
int arch_check_surplus(struct model *model, const char *prefix,
                       const bool *used, struct error *err);
/* What holds the configuration, for messages. */
const char *arch_config_name(const struct model *model);

/* Elements along a dimension: a letter of a rule's shape. */
int64_t arch_size(const struct config *config, char letter);
/* Heads that a slot of queries or of keys is for. */
int arch_heads(const struct config *config, enum slot slot);
/* Elements of the copy that a rule's tensor needs (all heads' tensors, if it
 * is one of a head), to be arranged as the executor wants it; 0: none. */
size_t arch_room(const struct config *config, const struct tensor_rule *rule);
void arch_arrange(const struct config *config, const struct tensor_rule *rule,
                  const float *from, float *to);
/* Points the rule's slot, of the block if it is in one, to its values, which
 * have the rule's shape and are arranged. */
void arch_place(struct model *model, const struct tensor_rule *rule,
                struct block *block, const float *values);
/* A slot whose tensor may stay stored, and what says that it does. */
bool arch_is_matrix(enum slot slot);
void arch_store(struct model *model, const struct tensor_rule *rule,
                struct block *block, const struct tensor *tensor);

#endif
