/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sentencepiece.h - what a SentencePiece model (tokenizer.model) says: of the
 * kind BPE, whose texts are taken as they are but for spaces. */
#ifndef CORE_FORMAT_SENTENCEPIECE_H
#define CORE_FORMAT_SENTENCEPIECE_H

#include "base/error.h"
#include "format/gguf.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts are borrowed from the bytes, the rest is owned. */
struct sentencepiece {
    struct gguf_text *tokens; /* (n_tokens), by id: none empty or with a NUL */
    float *scores;            /* (n_tokens), the best are merged first */
    int32_t *types;           /* (n_tokens), numbered as in gguf-tokenizer.h */
    size_t n_tokens;
    int32_t bos, unknown;     /* or -1 */
    bool adds_prefix;         /* a space in front of each text */
    bool squeezes;            /* spaces at the ends go, and all but one in a
                                 row */
};

/* path is for messages. ST_DATA for what is no such file, and, by name, for
 * what is not done here. */
int sentencepiece_parse(const char *bytes, size_t size, const char *path,
                        struct sentencepiece *model, struct error *err);
void sentencepiece_free(struct sentencepiece *model);

#endif
