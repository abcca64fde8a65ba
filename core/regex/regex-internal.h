/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* regex-internal.h - from Oniguruma's syntax to PCRE2's. */
#ifndef CORE_REGEX_REGEX_INTERNAL_H
#define CORE_REGEX_REGEX_INTERNAL_H

#include "base/buffer.h"
#include "base/error.h"
#include "regex/charset.h"

/* A translation under way: text for PCRE2, with sets of characters at places
 * in it, which become classes of letters (alphabet.h) in the end. */
struct regex_parts {
    const char *at; /* what is left of the regular expression */
    struct buffer out;
    struct regex_slot {
        size_t at, set; /* in out; of the sets */
    } *slots;
    struct charset *sets;
    size_t n_slots, n_sets;
    uint32_t tail[3]; /* the last characters before, regardless of case */
    size_t n_tail;
    bool atomic; /* has a (?> group */
    int depth;
    struct error *err;
};

void regex_parts_free(struct regex_parts *parts);
/* Ends `parts` with a set, which it owns from now on. */
void regex_put_set(struct regex_parts *parts, struct charset *set);
void regex_put(struct regex_parts *parts, const char *text);
/* ST_DATA, with the reason. */
int regex_refuse(struct regex_parts *parts, const char *what);

/* regex-oniguruma.c */
int regex_translate(struct regex_parts *parts);

/* regex-class.c: characters at parts->at, which goes on behind them. */

/* After a backslash: a character, or a class, which is added to the set. */
int regex_read_code(struct regex_parts *parts, uint32_t *code);
bool regex_at_class(const struct regex_parts *parts);
int regex_read_class(struct regex_parts *parts, struct charset *set);
/* Between brackets. */
int regex_read_brackets(struct regex_parts *parts, bool uncased,
                        struct charset *set);

#endif
