/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-label.c - any bytes as a text that Cairo can draw and a reader can
 * tell from others. */
#include "base/mem.h"
#include "base/text.h"
#include "figure/figure-internal.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 400 /* bytes; no place holds more */

static uint32_t decode(const unsigned char *s, size_t length)
{
    static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = s[0] & mask[length];

    for (size_t i = 1; i < length; i++)
        code = code << 6 | (s[i] & 0x3f);
    return code;
}

/* Valid in UTF-8, but Cairo stops at them. */
static bool is_noncharacter(uint32_t code)
{
    return (code & 0xfffe) == 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
}

/* Controls, and marks that change the direction or have no width. */
static bool is_invisible(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad ||
           (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

static void show_invisible(char out[16], uint32_t code)
{
    static const char escapes[] = "\a\b\t\n\v\f\r", letters[] = "abtnvfr";
    const char *found = code ? strchr(escapes, (int)code) : NULL;

    if (code < 0x80 && found)
        snprintf(out, 16, "\\%c", letters[found - escapes]);
    else if (code < 0x80)
        snprintf(out, 16, "\\x%02x", (unsigned)code);
    else
        snprintf(out, 16, "\\u%04x", (unsigned)code);
}

/* One character, or a byte that is none, as up to 15 bytes. */
static size_t show(char out[16], const char *text, size_t left)
{
    size_t length = text_utf8(text, left);
    uint32_t code = length ? decode((const void *)text, length) : 0;

    if (length == 0 || is_noncharacter(code)) {
        snprintf(out, 16, "\xef\xbf\xbd");
        return length ? length : 1;
    }
    if (is_invisible(code)) {
        show_invisible(out, code);
    } else {
        memcpy(out, text, length);
        out[length] = '\0';
    }
    return length;
}

char *figure_label(const char *text, bool is_name)
{
    size_t left = text ? strlen(text) : 0, used = 0, spaces = 0;
    char *copy;

    if (!text)
        return NULL;
    copy = mem_new(LONGEST + 32, 1);
    for (; is_name && text[spaces] == ' ' && used < LONGEST; spaces++, left--)
        used += (size_t)sprintf(copy + used, "\xc2\xb7");
    text += spaces;
    while (left > 0 && used < LONGEST) {
        char shown[16];
        size_t length = show(shown, text, left);

        used += (size_t)sprintf(copy + used, "%s", shown);
        text += length;
        left -= length;
    }
    if (left > 0)
        sprintf(copy + used, "\xe2\x80\xa6");
    return copy;
}
