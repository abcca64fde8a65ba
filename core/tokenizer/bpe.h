/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* bpe.h - byte pair encoding: merges by rank, on token ids. */
#ifndef CORE_TOKENIZER_BPE_H
#define CORE_TOKENIZER_BPE_H

#include "tokenizer/token-map.h"
#include "tokenizer/tokenizer.h"
#include <stdbool.h>

struct bpe;

/* What becomes of a character that is no token; without either of the first
 * two it is left out. */
struct bpe_options {
    bool byte_fallback; /* its bytes become the tokens "<0x00>" ... */
    bool has_unk;       /* it becomes the token unk; */
    bool fuse_unk;      /* in a row, one for all */
    bool ignore_merges; /* a piece that is a token needs no merges */
    int32_t unk;
};

/* vocab: borrowed, and complete. */
struct bpe *bpe_new(const struct token_map *vocab,
                    const struct bpe_options *options);
void bpe_free(struct bpe *bpe);
/* A merge: left right -> result. Ids are not negative; merges of one rank
 * are one kind, of which the leftmost comes first. false: the pair has a
 * merge already. */
bool bpe_add(struct bpe *bpe, int32_t left, int32_t right, int32_t result,
             int32_t rank);
/* Appends the ids of one piece of text, of at most INT32_MAX bytes: of all
 * pairs of neighbours that can merge the one of lowest rank does, the
 * leftmost of equals, until none can. Invalid UTF-8 is taken byte by byte.
 * O(n log n). */
void bpe_encode(struct bpe *bpe, const char *text, size_t size,
                struct token_ids *out);
/* Could it lose characters? Not with unk, or a token for each byte. */
bool bpe_loses(const struct bpe *bpe);

#endif
