/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* unicode.c - properties of characters that tokenizers need. */
#include "regex/unicode.h"

#include "base/text.h"

#include <utf8proc.h>

uint32_t unicode_code(const char *text, size_t length)
{
    const unsigned char *s = (const unsigned char *)text;

    switch (length) {
    case 1:
        return s[0];
    case 2:
        return (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
    case 3:
        return (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
    default:
        return (s[0] & 0x07u) << 18 | (s[1] & 0x3fu) << 12 |
               (s[2] & 0x3fu) << 6 | (s[3] & 0x3fu);
    }
}

size_t unicode_put(uint32_t code, char out[4])
{
    return (size_t)utf8proc_encode_char((utf8proc_int32_t)code,
                                        (utf8proc_uint8_t *)out);
}

bool unicode_is_space(uint32_t code)
{
    if (code < 0x80)
        return code == ' ' || (code >= '\t' && code <= '\r');
    return code == 0x85 || code == 0xa0 || code == 0x1680 ||
           (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
           code == 0x2029 || code == 0x202f || code == 0x205f ||
           code == 0x3000;
}

static bool space_at(const char *text, size_t length)
{
    return length > 0 && unicode_is_space(unicode_code(text, length));
}

size_t unicode_spaces_before(const char *text, size_t size)
{
    size_t end = size, length;

    for (;;) {
        for (length = 1; length <= 4 && length <= size; length++)
            if (text_utf8(text + size - length, length) == length)
                break;
        if (length > 4 || length > size ||
            !space_at(text + size - length, length))
            return end - size;
        size -= length;
    }
}

size_t unicode_spaces_after(const char *text, size_t size)
{
    size_t n = 0, length;

    while ((length = text_utf8(text + n, size - n)) > 0 &&
           space_at(text + n, length))
        n += length;
    return n;
}
