/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* config-keys.h - what each key of a config.json is to a family: a table of
 * all keys that transformers' configuration class has. A key in no table is
 * without effect there, and here. */
#ifndef CORE_MODEL_CONFIG_KEYS_H
#define CORE_MODEL_CONFIG_KEYS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum key_use {
    KEY_IS_USED,
    KEY_IS_IGNORED, /* it changes no number of a forward pass */
    KEY_IS_REFUSED  /* a value but the default's makes another model of it */
};

struct config_key {
    const char *name;
    const char *alias;    /* another name, which goes before; or NULL */
    enum key_use use;
    const char *fallback; /* where the key is absent: JSON, as transformers
                             has it */
    bool nullable;        /* null is not a mistake */
    const char *note;     /* what null means, or why values are refused */
};

/* A value must be there, or the default holds. */
#define KEY(name_, fallback_)                                          \
    {.name = (name_), .fallback = #fallback_}
#define KEY_ALIAS(name_, alias_, fallback_)                            \
    {.name = (name_), .alias = (alias_), .fallback = #fallback_}
/* null has a meaning, which is that of an absent key where the default is
 * null. Readers give 0, false or NULL for it. */
#define KEY_NULL(name_, fallback_, meaning)                            \
    {.name = (name_), .fallback = #fallback_, .nullable = true,        \
     .note = (meaning)}
#define KEY_WORD(name_, fallback_)                                     \
    {.name = (name_), .fallback = "\"" fallback_ "\""}
#define KEY_IGNORE(name_) {.name = (name_), .use = KEY_IS_IGNORED}
#define KEY_REFUSE(name_, fallback_, why)                              \
    {.name = (name_), .use = KEY_IS_REFUSED, .fallback = #fallback_,   \
     .nullable = true, .note = (why)}

/* Rows that several families share. true and false are macros, which would be
 * numbers if KEY() got them from here. */
#define KEYS_OF_SIZES(layers, heads, width, context, vocab)            \
    KEY("num_hidden_layers", layers),                                  \
        KEY("num_attention_heads", heads), KEY("hidden_size", width),  \
        KEY("max_position_embeddings", context),                       \
        KEY("vocab_size", vocab)
#define KEY_HEAD_DIM                                                   \
    KEY_NULL("head_dim", null, "hidden_size / num_attention_heads")
#define KEY_KV_HEADS(fallback_)                                        \
    KEY_NULL("num_key_value_heads", fallback_, "num_attention_heads")
#define KEYS_OF_TOKENS(tied, bos)                                      \
    {.name = "tie_word_embeddings", .fallback = #tied},                \
        KEY_NULL("bos_token_id", bos, "none")
#define KEYS_OF_ROTATION                                               \
    KEY_NULL("rope_parameters", null, "plain rotation"),               \
        KEY_NULL("rope_scaling", null, "as in rope_parameters")
#define KEY_THETA KEY("rope_theta", 10000.0)

/* The row of a key, or of its alias, in a family's table or the one that is
 * common to all; NULL if there is none. */
const struct config_key *config_keys_find(const struct config_key *rows,
                                          size_t n, const char *name);
const struct config_key *config_keys_common(size_t *n);
/* What an object has under a row's names, or NULL; borrowed. */
json_t *config_keys_given(const json_t *json, const struct config_key *row);

#endif
