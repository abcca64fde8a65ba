/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gguf-tokenizer.h - what a GGUF file says of its tokenizer. */
#ifndef CORE_FORMAT_GGUF_TOKENIZER_H
#define CORE_FORMAT_GGUF_TOKENIZER_H

#include "format/gguf.h"

enum gguf_choice { GGUF_UNTOLD, GGUF_YES, GGUF_NO };

/* Texts are borrowed from the file, the rest is owned. */
struct gguf_tokenizer {
    char *model; /* "gpt2", "llama"... */
    char *pre;   /* how text is split before it is merged, or NULL */
    struct gguf_text *tokens; /* (n_tokens), by id */
    float *scores;            /* (n_tokens), or NULL */
    int32_t *types;           /* (n_tokens), or NULL: 1 normal, 2 unknown,
                                 3 control, 4 user-defined, 5 unused, 6 byte */
    size_t n_tokens;
    struct gguf_text *merges; /* (n_merges), best first: "left right" */
    size_t n_merges;
    int32_t bos, unknown; /* or -1 */
    bool add_space_prefix;
    enum gguf_choice add_bos; /* in front of every text */
};

/* The lists are as long as they must be, ids are those of tokens. ST_DATA for
 * what contradicts that, and if there is no tokenizer. */
int gguf_get_tokenizer(const struct gguf *gguf,
                       struct gguf_tokenizer **tokenizer, struct error *err);
void gguf_tokenizer_free(struct gguf_tokenizer *tokenizer);

#endif
