/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* unicode.h - properties of characters that tokenizers need. */
#ifndef CORE_REGEX_UNICODE_H
#define CORE_REGEX_UNICODE_H

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

/* A character of the same general category and length that every version of
 * PCRE2 knows, to be searched in its place, so that ids do not depend on
 * PCRE2's version (10.42 has Unicode 14; this is Unicode 16). The character
 * itself if it needs none. */
uint32_t unicode_stand_in(uint32_t code);
/* May a character that begins with this byte have a stand-in? */
bool unicode_may_stand_in(unsigned char first);

#endif
