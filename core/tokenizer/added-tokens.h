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
    int32_t id; /* -1: another has taken all of it */
    size_t start, end;
};

/* A search through a text, zero at first. What a token takes with it behind
 * itself is searched for tokens all the same. */
struct added_search {
    size_t next; /* the search goes on here */
    size_t end;  /* of the last match, with what it took */
    size_t blank, blank_end; /* white space behind a match */
};

struct added;

struct added *added_new(void);
void added_free(struct added *added);
/* text: as it is matched. Of two tokens with the same text, in one pass, the
 * first is found. */
void added_add(struct added *added, const char *text, size_t size,
               const struct added_token *token);
/* The leftmost match that is left, the longest of those that begin there;
 * match->start may be before search->end as it was: nothing is between. false:
 * no match. O(size * number of different lengths). */
bool added_find(const struct added *added, enum added_pass pass,
                const char *text, size_t size, struct added_search *search,
                struct added_match *match);

#endif
