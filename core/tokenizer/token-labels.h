/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* vocabulary.h - what token ids say, for whoever asks: the tokenizer is read
 * when the first does. */
#ifndef CORE_VOCABULARY_H
#define CORE_VOCABULARY_H

#include <stddef.h>
#include <stdint.h>

struct vocabulary;

/* Of the model in folder `dir`, for ids below n_vocab. */
struct vocabulary *vocabulary_new(const char *dir, int32_t n_vocab);
void vocabulary_free(struct vocabulary *vocabulary); /* NULL is allowed */
/* The bytes of a token, without a final NUL; NULL if the folder has no
 * tokenizer that can be read, or that no such token. Borrowed. */
const char *vocabulary_piece(struct vocabulary *vocabulary, int32_t token,
                             size_t *size);
/* The same for people, as bytes_quote; "#ID" where there is none, "" for ids
 * outside of the vocabulary. Borrowed. */
const char *vocabulary_label(struct vocabulary *vocabulary, int32_t token);

#endif
