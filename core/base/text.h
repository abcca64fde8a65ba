/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* text.h - bytes as UTF-8, as GPT-2's symbols, quoted and printed for people.
 */
#ifndef CORE_BASE_TEXT_H
#define CORE_BASE_TEXT_H

#include "base/error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Length, 1 to 4, of the well-formed UTF-8 sequence that text begins with
 * (Unicode, table 3-7: no surrogates, nothing over-long); 0 if none. */
size_t text_utf8(const char *text, size_t size);
/* ST_DATA if some byte is not part of any, with the offset of the first. way:
 * how they are taken all the same. The message lacks the place. */
int text_check_utf8(const char *text, size_t size, const char *way,
                    struct error *err);

/* The printable character that stands for a byte in a byte-level vocabulary,
 * as UTF-8 with a final NUL (GPT-2's bytes_to_unicode). */
void text_symbol(unsigned byte, char symbol[3]);
/* The bytes that a string of such symbols stands for, into out, which has
 * room for strlen(symbols). false: some character is not a symbol. */
bool text_from_symbols(const char *symbols, char *out, size_t *size);

/* In double quotes; \n, \t, \", \\, and \xNN (two digits) for other control
 * characters, line separators, marks of direction and bytes that are not
 * UTF-8. The caller frees. */
char *text_quote(const char *bytes, size_t size);
/* The same without quotes, in which '"' and '\' stay as they are. */
char *text_harmless(const char *bytes, size_t size);
/* What n bytes between two quotes mean, where \n, \t, \" and \\ are the only
 * escapes; NULL: a quote stands alone, or an escape is another. The caller
 * frees. */
char *text_unquote(const char *text, size_t n);
/* Is text_harmless() the text itself? */
bool text_is_harmless(const char *text);
/* As strcmp(), but digits that adjoin are one number: "layer.2" comes before
 * "layer.10". Texts that differ never compare equal. */
int text_compare_natural(const char *a, const char *b);
/* In place: question marks for all these but line feeds. For signal handlers.
 */
void text_blank(char *bytes, size_t size);

/* As fprintf, in one write, but what %s stands for comes as text_harmless()
 * makes it: names, paths, messages and findings cannot move the cursor, begin
 * a line or turn the text around them. The format is the program's own and
 * printed as it is. Not for %n, %a, long double and wide characters. */
void text_fprintf(FILE *stream, const char *format, ...) PRINTF(2, 3);
void text_vfprintf(FILE *stream, const char *format, va_list args);
void text_printf(const char *format, ...) PRINTF(1, 2); /* on stdout */

#endif
