/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* html-writer.c - writing HTML, in which every text is escaped. */
#include "report/html-writer.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void html_raw(struct buffer *html, const char *markup)
{
    buffer_add(html, markup, strlen(markup));
}

static const char *reference(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

/* Control characters, which HTML forbids: U+2400 + c shows them. */
static void add_control(struct buffer *html, unsigned c)
{
    unsigned low = c == 0x7f ? 0x21 : c;
    char symbol[3] = {'\xe2', '\x90', (char)(0x80 + low)};

    buffer_add(html, symbol, sizeof symbol);
}

static void add_character(struct buffer *html, const char *c, size_t n)
{
    unsigned char first = (unsigned char)*c;

    if (n == 0)
        html_raw(html, "\xef\xbf\xbd");
    else if (n == 1 && reference(*c))
        html_raw(html, reference(*c));
    else if ((first < ' ' && first != '\n' && first != '\t') ||
             first == 0x7f)
        add_control(html, first);
    else if (n == 2 && first == 0xc2 && (unsigned char)c[1] < 0xa0)
        html_raw(html, "\xef\xbf\xbd"); /* U+0080 to U+009F */
    else
        buffer_add(html, c, n);
}

void html_text(struct buffer *html, const char *text)
{
    size_t left = strlen(text);

    while (left) {
        size_t n = text_utf8(text, left);

        add_character(html, text, n);
        n = n ? n : 1;
        text += n;
        left -= n;
    }
}

void html_printf(struct buffer *html, const char *format, ...)
{
    char *text;
    va_list args;

    va_start(args, format);
    text = mem_vprintf(format, args);
    va_end(args);
    html_text(html, text);
    free(text);
}

void html_element(struct buffer *html, const char *tag, const char *text)
{
    size_t name = strcspn(tag, " ");

    html_raw(html, "<");
    html_raw(html, tag);
    html_raw(html, ">");
    html_text(html, text);
    html_raw(html, "</");
    buffer_add(html, tag, name);
    html_raw(html, ">\n");
}

void html_path(struct buffer *html, const char *path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz"
                                "0123456789-._~/";

    html_raw(html, "./");
    for (; *path; path++) {
        char code[4];

        snprintf(code, sizeof code, "%%%02X", (unsigned char)*path);
        if (strchr(plain, *path))
            buffer_add(html, path, 1);
        else
            html_raw(html, code);
    }
}

void html_base64(struct buffer *html, const void *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = bytes;

    for (size_t i = 0; i < size; i += 3) {
        size_t n = size - i < 3 ? size - i : 3;
        uint32_t word = (uint32_t)in[i] << 16 |
                        (n > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                        (n > 2 ? in[i + 2] : 0);
        char out[4];

        for (size_t j = 0; j < 4; j++)
            out[j] = j <= n ? digits[word >> (18 - 6 * j) & 63] : '=';
        buffer_add(html, out, sizeof out);
    }
}
