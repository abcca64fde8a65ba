/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* words.h - which tokens are function words, and which other words. */
#ifndef SVD_ALIGNMENT_WORDS_H
#define SVD_ALIGNMENT_WORDS_H

#include <stddef.h>
#include <transect/plugin.h>

enum group { FUNCTION_WORD, CONTENT_WORD, N_GROUPS, NO_WORD = N_GROUPS };

struct words {
    char *text;        /* lower-cased, a NUL behind each word */
    const char **list; /* (n) sorted, into text */
    size_t n;
};

/* From a list separated by blanks or commas, in memory of the host's. */
struct words words_make(transect_ctx *ctx, const struct transect_host *host,
                        const char *list);

/* The bytes of a token. */
struct piece {
    const char *text; /* NULL: not known */
    size_t n;
};

/* What a token is: a word in the list, another word, or neither, by its own
 * bytes and the last one of the token before (n 0 for none). */
enum group words_classify(const struct words *words, struct piece piece,
                          struct piece before);

/* English words of closed classes: articles, pronouns, prepositions,
 * conjunctions, auxiliary verbs, and what is used like them. */
extern const char words_english[];

#endif
