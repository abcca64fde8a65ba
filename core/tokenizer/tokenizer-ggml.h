/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer-ggml.h - tokenizers as ggml's programs describe them, in the
 * metadata of a GGUF file ("tokenizer.ggml..."). */
#ifndef CORE_TOKENIZER_TOKENIZER_GGML_H
#define CORE_TOKENIZER_TOKENIZER_GGML_H

#include "format/gguf-tokenizer.h"
#include "tokenizer/tokenizer-internal.h"
#include <jansson.h>
#include <stdbool.h>

enum ggml_token_type {
    GGML_TOKEN_NORMAL = 1,
    GGML_TOKEN_UNKNOWN,
    GGML_TOKEN_CONTROL,
    GGML_TOKEN_USER_DEFINED,
    GGML_TOKEN_UNUSED,
    GGML_TOKEN_BYTE
};

/* All borrowed. */
struct ggml_tokenizer {
    const char *path;         /* for messages */
    const char *model;        /* "gpt2", "llama" */
    const char *pre;          /* how gpt2 splits text; NULL: not told */
    struct gguf_text *tokens; /* (n_tokens), by id */
    const int32_t *types;     /* (n_tokens), or NULL: all are normal */
    const float *scores;      /* (n_tokens): llama's merges, best first */
    size_t n_tokens;
    struct gguf_text *merges; /* (n_merges): gpt2's, "left right" */
    size_t n_merges;
    int32_t bos, unk;         /* or -1 */
    bool add_space_prefix;    /* of llama's */
    enum gguf_choice add_bos;
    /* Of SentencePiece's own files, whose bos is that of the files beside. */
    bool squeezes;            /* spaces */
    bool first_only;          /* the prefix, where added tokens cut a text */
    bool sentencepiece;       /* controls are not found in texts, and what the
                                 user defined is in the normalized one */
};

/* ST_DATA for what is wrong, and, by name, for what is not supported. */
int tokenizer_load_ggml(struct tokenizer_load *load,
                        const struct ggml_tokenizer *ggml);
int tokenizer_from_ggml(const struct ggml_tokenizer *ggml,
                        struct tokenizer **tokenizer, struct error *err);

/* tokenizer-ggml-pre.c: what tokenizer.json would say where the metadata only
 * name a way to split text; new references, NULL for none. */
struct ggml_steps {
    json_t *normalizer, *pretokenizer, *decoder;
    bool ignore_merges;
};
/* false: there is no such name; *names are those that there are. */
bool ggml_find_steps(const char *pre, struct ggml_steps *steps,
                     const char **names);
/* Does llama.cpp put the BOS token in front of texts that are split in this
 * way, where the metadata do not tell? */
bool ggml_pre_adds_bos(const char *pre);

#endif
