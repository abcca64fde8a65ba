/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-model.h - a GGUF file as a model in Hugging Face's terms: what
 * config.json would say, and tensors by the names and in the order that the
 * families' tables have. */
#ifndef CORE_FORMAT_GGUF_MODEL_H
#define CORE_FORMAT_GGUF_MODEL_H

#include "format/gguf.h"
#include "tensor/tensor-table.h"
#include <jansson.h>

/* What general.architecture stands for, and how its converter (llama.cpp's
 * convert_hf_to_gguf.py) changed the model that it was given. */
struct gguf_family {
    const char *architecture, *model_type;
    const char *mark; /* a tensor that there must be, or NULL */
    const struct gguf_name *names; /* where they differ from Llama's */
    size_t n_names;
    const struct gguf_key *keys; /* likewise; `from` of another replaces it */
    size_t n_keys;
    bool paired;    /* q and k: rows in the order of interleaved rotation */
    bool plus_one;  /* gains: 1 was added */
    bool transposed; /* matrices that are Conv1D in Hugging Face's model */
    bool sorted_qkv; /* all queries, keys, values; else in groups */
};

/* Tensor names without ".weight" or ".bias"; "%d" is the layer. */
struct gguf_name {
    const char *from, *to;
};

/* Phi 4's converter says by a window of 0 that there is none. */
enum gguf_key_type { KEY_INT, KEY_WINDOW, KEY_REAL, KEY_BOOL };

/* Of the metadata, without the architecture in front. */
struct gguf_key {
    const char *from, *to;
    enum gguf_key_type type;
    bool needed;
};

/* gguf-names.c: of the file's general.architecture. ST_DATA if there is none
 * or it is not supported. */
int gguf_find_family(const struct gguf *gguf,
                     const struct gguf_family **family, struct error *err);
/* Hugging Face's name of a tensor; the caller frees. A name that the family
 * does not have stays as it is. */
char *gguf_name_of(const struct gguf_family *family, const char *name);

/* gguf-config.c: config.json's object; a new reference. ST_DATA. */
int gguf_config(const struct gguf *gguf, json_t **config, struct error *err);

/* gguf-tensors.c: data and path stay the file's, which has the mapping.
 * ST_DATA. */
int gguf_tensors(const struct gguf *gguf, struct tensors **tensors,
                 struct error *err);

#endif
