/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* pretokenize.h - the steps that text goes through before it becomes tokens:
 * each changes the text or cuts it into pieces. */
#ifndef CORE_TOKENIZER_PRETOKENIZE_H
#define CORE_TOKENIZER_PRETOKENIZE_H

#include "tokenizer/normalize.h"
#include "tokenizer/pretokenize-split.h"

struct pretokenizer;

struct pretokenizer *pretokenize_new(void);
void pretokenize_free(struct pretokenizer *pretokenizer);
/* Appends a step; takes over its regex and its text. */
void pretokenize_add_split(struct pretokenizer *pretokenizer,
                           struct pretokenize_split split);
void pretokenize_add_normalizer(struct pretokenizer *pretokenizer,
                                struct normalizer normalizer);
bool pretokenize_has(const struct pretokenizer *pretokenizer,
                     enum normalizer_kind kind);
/* Calls `take` with the pieces, in order, until it fails. first: the text
 * begins where the input does. No piece is empty, if the text is not; without
 * steps it is the one piece. Errors of regex_scan(). */
int pretokenize_run(struct pretokenizer *pretokenizer, const char *text,
                    size_t size, bool first, piece_fn take, void *context,
                    struct error *err);

#endif
