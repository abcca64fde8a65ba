/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* unicode.h - properties of characters that tokenizers need. */
#ifndef CORE_REGEX_UNICODE_H
#define CORE_REGEX_UNICODE_H

#include "regex/charset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The code of a well-formed sequence of this length, as of text_utf8(). */
uint32_t unicode_code(const char *text, size_t length);
size_t unicode_put(uint32_t code, char out[4]); /* the length */
bool unicode_is_space(uint32_t code);           /* White_Space */
/* Letters, marks, decimal digits, connectors (UTS 18's word characters). */
bool unicode_is_word(uint32_t code);
/* Bytes of white space that the text ends or begins with. */
size_t unicode_spaces_before(const char *text, size_t size);
size_t unicode_spaces_after(const char *text, size_t size);

/* unicode-class.c: what Hugging Face's tokenizers have. */

/* Makes an empty set one of the characters of a class: a general category, a
 * script, a property, or of POSIX (":alpha"). The name is in lower case,
 * without spaces, hyphens and underscores. False: it is not known. */
bool unicode_class(const char *name, struct charset *set);
uint32_t unicode_lower(uint32_t code);
/* Does a normal form change it, alone or beside others? Hugging Face's know
 * Unicode 9; what came later is left as it is. */
bool unicode_is_formed(uint32_t code);
/* The smallest character that is the same without regard to case. */
uint32_t unicode_uncased(uint32_t code);
/* Adds what is the same without regard to case, one for one. */
void unicode_uncase(struct charset *set);
/* Is there one in it that is the same as several, as sharp s is as ss? */
bool unicode_has_many(const struct charset *set);
/* Are the last of these, each unicode_uncased(), the same as such a one? */
bool unicode_ends_as_many(const uint32_t codes[], size_t n);

#endif
