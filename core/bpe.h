/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* bpe.h - byte pair encoding: merges by rank, on token ids. */
#ifndef CORE_BPE_H
#define CORE_BPE_H

#include "tokenizer.h"
#include <stdbool.h>

struct bpe;

/* bytes: the id of each single byte. */
struct bpe *bpe_new(const int32_t bytes[256]);
void bpe_free(struct bpe *bpe);
/* The next merge, of the highest rank so far: left right -> result. Ids are
 * not negative. false: the pair has a merge already. */
bool bpe_add(struct bpe *bpe, int32_t left, int32_t right, int32_t result);
/* Appends the ids of one piece of text, of at most INT32_MAX bytes: of all
 * pairs of neighbours that can merge the one of lowest rank does, the
 * leftmost of equals, until none can. O(n log n). */
void bpe_encode(struct bpe *bpe, const char *bytes, size_t size,
                struct ids *out);

#endif
