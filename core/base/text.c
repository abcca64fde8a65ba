/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* text.c - bytes as UTF-8, as GPT-2's symbols, and quoted for people. */
#include "base/text.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

size_t text_utf8(const char *text, size_t size)
{
    const unsigned char *s = (const unsigned char *)text;
    unsigned low = 0x80, high = 0xbf; /* of the second byte */
    size_t n, i;

    if (size == 0 || s[0] < 0x80)
        return size > 0;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    switch (s[0]) {
    case 0xe0: low = 0xa0; break;
    case 0xed: high = 0x9f; break;
    case 0xf0: low = 0x90; break;
    case 0xf4: high = 0x8f; break;
    }
    if (size < n || s[1] < low || s[1] > high)
        return 0;
    for (i = 2; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

/* Printable Latin-1 stands for itself; the other 68 bytes are numbered from
 * U+0100 on: 00-20, 7F-A0, AD. */
static bool stands_for_itself(unsigned byte)
{
    return (byte >= 0x21 && byte <= 0x7e) ||
           (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

static unsigned code_of_byte(unsigned byte)
{
    if (stands_for_itself(byte))
        return byte;
    if (byte <= 0x20)
        return 0x100 + byte;
    return byte == 0xad ? 0x143 : 0x121 + (byte - 0x7f);
}

static int byte_of_code(unsigned code)
{
    if (code < 0x100)
        return stands_for_itself(code) ? (int)code : -1;
    if (code < 0x121)
        return (int)(code - 0x100);
    if (code < 0x143)
        return (int)(code - 0x121 + 0x7f);
    return code == 0x143 ? 0xad : -1;
}

void text_symbol(unsigned byte, char symbol[3])
{
    unsigned code = code_of_byte(byte);

    if (code < 0x80) {
        symbol[0] = (char)code;
        symbol[1] = '\0';
        return;
    }
    symbol[0] = (char)(0xc0 | code >> 6);
    symbol[1] = (char)(0x80 | (code & 0x3f));
    symbol[2] = '\0';
}

bool text_from_symbols(const char *symbols, char *out, size_t *size)
{
    size_t left = strlen(symbols), n = 0, length;
    unsigned code;
    int byte;

    for (; left > 0; symbols += length, left -= length) {
        length = text_utf8(symbols, left);
        if (length != 1 && length != 2)
            return false;
        code = (unsigned char)symbols[0];
        if (length == 2)
            code = (code & 0x1f) << 6 | ((unsigned char)symbols[1] & 0x3f);
        byte = byte_of_code(code);
        if (byte < 0)
            return false;
        out[n++] = (char)byte;
    }
    *size = n;
    return true;
}

/* What would break a line or hide in one: C0, DEL, C1, U+2028, U+2029. */
static bool is_control(const char *text, size_t length)
{
    unsigned char c = (unsigned char)text[0];

    if (length == 1)
        return c < 0x20 || c == 0x7f;
    if (length == 2)
        return c == 0xc2 && (unsigned char)text[1] < 0xa0;
    return length == 3 && (memcmp(text, "\xe2\x80\xa8", 3) == 0 ||
                           memcmp(text, "\xe2\x80\xa9", 3) == 0);
}

static char *put_escaped(char *end, const char *bytes, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) {
        if (bytes[i] == '\n' || bytes[i] == '\t')
            end += sprintf(end, "\\%c", bytes[i] == '\n' ? 'n' : 't');
        else
            end += sprintf(end, "\\x%02x", (unsigned char)bytes[i]);
    }
    return end;
}

char *text_quote(const char *bytes, size_t size)
{
    char *text = mem_new(size + 1, 4), *end = text;
    size_t length;

    *end++ = '"';
    for (; size > 0; bytes += length, size -= length) {
        length = text_utf8(bytes, size);
        if (length == 0 || is_control(bytes, length)) {
            length = length ? length : 1;
            end = put_escaped(end, bytes, length);
            continue;
        }
        if (*bytes == '"' || *bytes == '\\')
            *end++ = '\\';
        memcpy(end, bytes, length);
        end += length;
    }
    *end++ = '"';
    *end = '\0';
    return text;
}
