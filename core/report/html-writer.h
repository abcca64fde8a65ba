/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* html-writer.h - writing HTML, in which every text is escaped. Markup comes
 * as literals of the program, through html_raw alone. */
#ifndef CORE_REPORT_HTML_WRITER_H
#define CORE_REPORT_HTML_WRITER_H

#include "base/buffer.h"
#include "base/error.h"

void html_raw(struct buffer *html, const char *markup);
/* Text between tags, or in an attribute between double quotes: the five
 * characters of markup as references, control characters but line ends and
 * tabs as their symbols (U+2400 on), what is not UTF-8 as U+FFFD. */
void html_text(struct buffer *html, const char *text);
/* Formats, then escapes the result as html_text. */
void html_printf(struct buffer *html, const char *format, ...) PRINTF(2, 3);
/* "<TAG>text</TAG>\n"; tag may have attributes. */
void html_element(struct buffer *html, const char *tag, const char *text);
/* A relative path as the value of href: percent-encoded, "./" in front, so
 * that no part is taken for a scheme. */
void html_path(struct buffer *html, const char *path);
/* As in RFC 4648, with padding. */
void html_base64(struct buffer *html, const void *bytes, size_t size);

#endif
