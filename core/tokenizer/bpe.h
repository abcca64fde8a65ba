/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* bpe.h - byte pair encoding: merges by rank, on token ids. */
#ifndef CORE_TOKENIZER_BPE_H
#define CORE_TOKENIZER_BPE_H

#include "tokenizer/token-map.h"
#include "tokenizer/tokenizer.h"
#include <stdbool.h>

struct bpe;

/* What a character that is no token becomes; with none of these it is dropped.
 */
struct bpe_options {
    bool byte_fallback; /* the tokens "<0x00>" ... of its bytes */
    bool has_unk;       /* the token unk; ... */
    bool fuse_unk;      /* ... one for all in a row */
    bool ignore_merges; /* a piece that is a token needs no merges */
    int32_t unk;
};

/* vocab: borrowed, and complete. */
struct bpe *bpe_new(const struct token_map *vocab,
                    const struct bpe_options *options);
void bpe_free(struct bpe *bpe);
/* A merge: left right -> result; ids are not negative. Of merges of the same
 * rank the leftmost is done first. false: the pair has a merge already. */
bool bpe_add(struct bpe *bpe, int32_t left, int32_t right, int32_t result,
             int32_t rank);
/* Appends the ids of one piece of text, of at most INT32_MAX bytes: the pair
 * of lowest rank is merged, the leftmost of equals, until no pair has a merge.
 * Invalid UTF-8 is taken byte by byte. O(n log n). */
void bpe_encode(struct bpe *bpe, const char *text, size_t size,
                struct token_ids *out);
/* Can characters be dropped? Not with unk, nor with a token for each byte. */
bool bpe_loses(const struct bpe *bpe);

#endif
