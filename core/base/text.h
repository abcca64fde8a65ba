/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* text.h - bytes as UTF-8, as GPT-2's symbols, and quoted for people. */
#ifndef CORE_BASE_TEXT_H
#define CORE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Length, 1 to 4, of the well-formed UTF-8 sequence that text begins with
 * (Unicode, table 3-7: no surrogates, nothing over-long); 0 if none. */
size_t text_utf8(const char *text, size_t size);

/* The printable character that stands for a byte in a byte-level vocabulary,
 * as UTF-8 with a final NUL (GPT-2's bytes_to_unicode). */
void text_symbol(unsigned byte, char symbol[3]);
/* The bytes that a string of such symbols stands for, into out, which has
 * room for strlen(symbols). false: some character is not a symbol. */
bool text_from_symbols(const char *symbols, char *out, size_t *size);

/* In double quotes; \n, \t, \", \\, and \xNN (two digits) for other control
 * characters, line separators and bytes that are not UTF-8. The caller
 * frees. */
char *text_quote(const char *bytes, size_t size);

#endif
