/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* unicode.c - properties of characters that tokenizers need. */
#include "regex/unicode.h"

#include "base/text.h"

#include <utf8proc.h>

/* Stand-ins. Those of letters are letters, of their script where patterns
 * ask for it (Han). */
#define LO UINT32_C(0x10000) /* Lo */
#define HAN UINT32_C(0x20000)
#define LM UINT32_C(0x10780)
#define LU UINT32_C(0x10400)
#define LL UINT32_C(0x10428)
#define LU3 UINT32_C(0x10a0) /* three bytes long */
#define LL3 UINT32_C(0x10d0)
#define MN UINT32_C(0x101fd)
#define MN3 UINT32_C(0x816)
#define MC UINT32_C(0x11000)
#define MC3 UINT32_C(0x903)
#define ND UINT32_C(0x104a0)
#define NO UINT32_C(0x10107)
#define PD UINT32_C(0x10ead)
#define PO UINT32_C(0x10100)
#define PO3 UINT32_C(0x830)
#define SM UINT32_C(0x1d6c1)
#define SO UINT32_C(0x10137)
#define SO3 UINT32_C(0x9fa)
#define CF UINT32_C(0x110bd)
#define CF3 UINT32_C(0x890)

/* What Unicode 15 and 16 added, but for unassigned neighbours; and U+180E,
 * which PCRE2 counts among the spaces. In order. */
static const struct {
    uint32_t first, last, stand_in;
} additions[] = {
    {0x897, 0x897, MN3}, {0xcf3, 0xcf3, MC3}, {0xece, 0xece, MN3},
    {0x180e, 0x180e, CF3}, {0x1b4e, 0x1b4f, PO3}, {0x1b7f, 0x1b7f, PO3},
    {0x1c89, 0x1c89, LU3}, {0x1c8a, 0x1c8a, LL3}, {0x2427, 0x2429, SO3},
    {0x2ffc, 0x2fff, SO3}, {0x31e4, 0x31e5, SO3}, {0x31ef, 0x31ef, SO3},
    {0xa7cb, 0xa7cc, LU3}, {0xa7cd, 0xa7cd, LL3}, {0xa7da, 0xa7da, LU3},
    {0xa7db, 0xa7db, LL3}, {0xa7dc, 0xa7dc, LU3}, {0x105c0, 0x105f3, LO},
    {0x10d40, 0x10d49, ND}, {0x10d4a, 0x10d4d, LO}, {0x10d4e, 0x10d4e, LM},
    {0x10d4f, 0x10d4f, LO}, {0x10d50, 0x10d65, LU}, {0x10d69, 0x10d6d, MN},
    {0x10d6e, 0x10d6e, PD}, {0x10d6f, 0x10d6f, LM}, {0x10d70, 0x10d85, LL},
    {0x10d8e, 0x10d8f, SM}, {0x10ec2, 0x10ec4, LO}, {0x10efc, 0x10eff, MN},
    {0x1123f, 0x11240, LO}, {0x11241, 0x11241, MN}, {0x11380, 0x11389, LO},
    {0x1138b, 0x1138b, LO}, {0x1138e, 0x1138e, LO}, {0x11390, 0x113b5, LO},
    {0x113b7, 0x113b7, LO}, {0x113b8, 0x113ba, MC}, {0x113bb, 0x113c0, MN},
    {0x113c2, 0x113c2, MC}, {0x113c5, 0x113c5, MC}, {0x113c7, 0x113ca, MC},
    {0x113cc, 0x113cd, MC}, {0x113ce, 0x113ce, MN}, {0x113cf, 0x113cf, MC},
    {0x113d0, 0x113d0, MN}, {0x113d1, 0x113d1, LO}, {0x113d2, 0x113d2, MN},
    {0x113d3, 0x113d3, LO}, {0x113d4, 0x113d5, PO}, {0x113d7, 0x113d8, PO},
    {0x113e1, 0x113e2, MN}, {0x116d0, 0x116e3, ND}, {0x1171e, 0x1171e, MC},
    {0x11b00, 0x11b09, PO}, {0x11bc0, 0x11be0, LO}, {0x11be1, 0x11be1, PO},
    {0x11bf0, 0x11bf9, ND}, {0x11f00, 0x11f01, MN}, {0x11f02, 0x11f02, LO},
    {0x11f03, 0x11f03, MC}, {0x11f04, 0x11f10, LO}, {0x11f12, 0x11f33, LO},
    {0x11f34, 0x11f35, MC}, {0x11f36, 0x11f3a, MN}, {0x11f3e, 0x11f3f, MC},
    {0x11f40, 0x11f40, MN}, {0x11f41, 0x11f41, MC}, {0x11f42, 0x11f42, MN},
    {0x11f43, 0x11f4f, PO}, {0x11f50, 0x11f59, ND}, {0x11f5a, 0x11f5a, MN},
    {0x1342f, 0x1342f, LO}, {0x13439, 0x1343f, CF}, {0x13440, 0x13440, MN},
    {0x13441, 0x13446, LO}, {0x13447, 0x13455, MN}, {0x13460, 0x143fa, LO},
    {0x16100, 0x1611d, LO}, {0x1611e, 0x16129, MN}, {0x1612a, 0x1612c, MC},
    {0x1612d, 0x1612f, MN}, {0x16130, 0x16139, ND}, {0x16d40, 0x16d42, LM},
    {0x16d43, 0x16d6a, LO}, {0x16d6b, 0x16d6c, LM}, {0x16d6d, 0x16d6f, PO},
    {0x16d70, 0x16d79, ND}, {0x18cff, 0x18cff, LO}, {0x1b132, 0x1b132, LO},
    {0x1b155, 0x1b155, LO}, {0x1cc00, 0x1ccef, SO}, {0x1ccf0, 0x1ccf9, ND},
    {0x1cd00, 0x1ceb3, SO}, {0x1d2c0, 0x1d2d3, NO}, {0x1df25, 0x1df2a, LL},
    {0x1e030, 0x1e06d, LM}, {0x1e08f, 0x1e08f, MN}, {0x1e4d0, 0x1e4ea, LO},
    {0x1e4eb, 0x1e4eb, LM}, {0x1e4ec, 0x1e4ef, MN}, {0x1e4f0, 0x1e4f9, ND},
    {0x1e5d0, 0x1e5ed, LO}, {0x1e5ee, 0x1e5ef, MN}, {0x1e5f0, 0x1e5f0, LO},
    {0x1e5f1, 0x1e5fa, ND}, {0x1e5ff, 0x1e5ff, PO}, {0x1f6dc, 0x1f6dc, SO},
    {0x1f774, 0x1f776, SO}, {0x1f77b, 0x1f77f, SO}, {0x1f7d9, 0x1f7d9, SO},
    {0x1f8b2, 0x1f8bb, SO}, {0x1f8c0, 0x1f8c1, SO}, {0x1fa75, 0x1fa77, SO},
    {0x1fa87, 0x1fa89, SO}, {0x1fa8f, 0x1fa8f, SO}, {0x1faad, 0x1faaf, SO},
    {0x1fabb, 0x1fabf, SO}, {0x1fac6, 0x1fac6, SO}, {0x1face, 0x1facf, SO},
    {0x1fada, 0x1fadc, SO}, {0x1fadf, 0x1fadf, SO}, {0x1fae8, 0x1fae9, SO},
    {0x1faf7, 0x1faf8, SO}, {0x1fbcb, 0x1fbef, SO}, {0x2b739, 0x2b739, HAN},
    {0x2ebf0, 0x2ee5d, HAN}, {0x31350, 0x323af, HAN},
};

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

/* Circled letters are symbols by category, but alphabetic. */
static bool is_circled(uint32_t code)
{
    return (code >= 0x24b6 && code <= 0x24e9) ||
           (code >= 0x1f130 && code <= 0x1f149) ||
           (code >= 0x1f150 && code <= 0x1f169) ||
           (code >= 0x1f170 && code <= 0x1f189);
}

bool unicode_is_word(uint32_t code)
{
    switch (utf8proc_category((utf8proc_int32_t)unicode_stand_in(code))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_PC:
        return true;
    default: /* the two are joiners */
        return code == 0x200c || code == 0x200d || is_circled(code);
    }
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

uint32_t unicode_stand_in(uint32_t code)
{
    size_t low = 0, high = sizeof additions / sizeof *additions, middle;

    while (low < high) {
        middle = (low + high) / 2;
        if (code > additions[middle].last)
            low = middle + 1;
        else if (code < additions[middle].first)
            high = middle;
        else
            return additions[middle].stand_in;
    }
    return code;
}

bool unicode_may_stand_in(unsigned char first)
{
    return (first >= 0xe0 && first <= 0xe3) || first == 0xea || first == 0xf0;
}
