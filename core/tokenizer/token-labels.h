/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* token-labels.h - texts of token ids; the tokenizer is read at the first
 * call. */
#ifndef CORE_TOKENIZER_TOKEN_LABELS_H
#define CORE_TOKENIZER_TOKEN_LABELS_H

#include "tokenizer/model-tokenizer.h"
#include <stddef.h>
#include <stdint.h>

struct token_labels;

/* For ids below n_vocab. The tokenizer is borrowed. */
struct token_labels *token_labels_new(struct model_tokenizer *tokenizer,
                                      int32_t n_vocab);
void token_labels_free(struct token_labels *labels); /* NULL is allowed */
/* The bytes of a token, without a final NUL; NULL if the model has no
 * tokenizer that can be read, or that no such token. Borrowed. */
const char *token_labels_piece(struct token_labels *labels, int32_t token,
                               size_t *size);
/* The same for people, as text_quote; "#ID" where there is none, "" for ids
 * outside of the vocabulary. Borrowed. */
const char *token_labels_label(struct token_labels *labels, int32_t token);

#endif
