/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* pretokenize.h - GPT-2's first step: text into words, numbers, spaces. */
#ifndef CORE_PRETOKENIZE_H
#define CORE_PRETOKENIZE_H

#include "error.h"
#include <stddef.h>

struct pretokenizer;

typedef void (*pretokenize_fn)(void *context, const char *piece,
                               size_t size);

int pretokenizer_new(struct pretokenizer **pretokenizer, struct error *err);
void pretokenizer_free(struct pretokenizer *pretokenizer);
/* Calls `take` with the pieces, in order; together they are the text. Valid
 * UTF-8 between invalid bytes is split as a text of its own; a maximal run
 * of invalid bytes is one piece. O(size). ST_DATA if PCRE2 gives up. */
int pretokenize(struct pretokenizer *pretokenizer, const char *text,
                size_t size, pretokenize_fn take, void *context,
                struct error *err);

#endif
