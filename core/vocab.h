/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* vocab.h - a map from texts to numbers not below 0: tokens to ids. */
#ifndef CORE_VOCAB_H
#define CORE_VOCAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vocab;

struct vocab *vocab_new(void);
void vocab_free(struct vocab *vocab);
/* Copies the text. false: it is there already. */
bool vocab_add(struct vocab *vocab, const char *text, size_t size,
               int32_t id);
int32_t vocab_find(const struct vocab *vocab, const char *text,
                   size_t size); /* or -1 */
size_t vocab_count(const struct vocab *vocab);
/* The i-th that was added, borrowed, with a final NUL. */
const char *vocab_text(const struct vocab *vocab, size_t i, size_t *size,
                       int32_t *id);

#endif
