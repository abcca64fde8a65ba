/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* added-tokens.h - tokens that are found in the text before it is cut into
 * pieces: special ones, and others added to a vocabulary. */
#ifndef CORE_TOKENIZER_ADDED_TOKENS_H
#define CORE_TOKENIZER_ADDED_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Passes of the search: first the text as given, then the normalized text
 * between the matches. */
enum added_pass { ADDED_RAW, ADDED_NORMALIZED, ADDED_PASSES };

struct added_token {
    int32_t id;
    enum added_pass pass;
    bool lstrip, rstrip; /* takes the white space on that side with it */
    bool single_word;    /* only where no word character is next to it */
};

struct added_match {
    int32_t id;
    size_t start, end;
};

struct added;

struct added *added_new(void);
void added_free(struct added *added);
/* text: as it is matched. false: this pass has it already. */
bool added_add(struct added *added, const char *text, size_t size,
               const struct added_token *token);
/* The leftmost match from `from` on, the longest of those that begin there.
 * false: no match. O(size * number of different lengths). */
bool added_find(const struct added *added, enum added_pass pass,
                const char *text, size_t size, size_t from,
                struct added_match *match);

#endif
