/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* regex.h - finds patterns in text, with one meaning on every system. */
#ifndef CORE_REGEX_REGEX_H
#define CORE_REGEX_REGEX_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>

struct regex;

enum pattern_kind {
    PATTERN_LITERAL,
    PATTERN_REGEX /* Oniguruma's syntax, as in tokenizer.json */
};

/* A part of the text: a match (which may be empty), or what is between. */
typedef int (*pattern_fn)(void *context, const char *part, size_t size,
                          bool match);

/* ST_DATA, without a place: not a regular expression, or one with something
 * that is not supported, which is named. */
int regex_new(const char *text, enum pattern_kind kind, struct regex **pattern,
              struct error *err);
void regex_free(struct regex *pattern);
/* Calls `take` with all parts of the text, in order, until it fails. What is
 * valid UTF-8 between invalid bytes is searched as a text of its own; a
 * maximal run of invalid bytes is one part, no match. A pattern must not be
 * in use by `take`. ST_DATA too if PCRE2 gives up. */
int regex_scan(struct regex *pattern, const char *text, size_t size,
               pattern_fn take, void *context, struct error *err);

#endif
