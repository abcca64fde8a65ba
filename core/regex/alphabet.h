/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* alphabet.h - bytes that stand for characters. Two characters that are in the
 * same sets of a regular expression are the same for it, so that it can be
 * searched in a text of one byte for each character, its *letter*. */
#ifndef CORE_REGEX_ALPHABET_H
#define CORE_REGEX_ALPHABET_H

#include "base/buffer.h"
#include "regex/charset.h"

struct alphabet;

/* The letter of a newline is a newline. */
struct alphabet *alphabet_new(void);
void alphabet_free(struct alphabet *alphabet);
/* Gives members and others different letters; false if they are too many. */
bool alphabet_tell(struct alphabet *alphabet, const struct charset *set);
/* After the last alphabet_tell(), and before what follows. */
void alphabet_settle(struct alphabet *alphabet);
unsigned char alphabet_letter(const struct alphabet *alphabet, uint32_t code);
/* Adds the letters of a set that was told, as a class of PCRE2. */
void alphabet_put(const struct alphabet *alphabet, const struct charset *set,
                  struct buffer *out);

#endif
