/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* charset.h - sets of code points. */
#ifndef CORE_REGEX_CHARSET_H
#define CORE_REGEX_CHARSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHARSET_END UINT32_C(0x110000) /* behind the last code point */

/* Zero-initialize; free .at. */
struct charset {
    uint32_t *at; /* where it begins and ends, in turn, ascending */
    size_t n;     /* even */
};

enum charset_operation { CHARSET_OR, CHARSET_AND, CHARSET_XOR };

void charset_merge(struct charset *set, const struct charset *other,
                   enum charset_operation operation);
/* All from first on, without end. */
void charset_add(struct charset *set, uint32_t first, uint32_t end);
/* The same, when none of the set lies behind `first`; quick. */
void charset_append(struct charset *set, uint32_t first, uint32_t end);
void charset_negate(struct charset *set);
bool charset_has(const struct charset *set, uint32_t code);
bool charset_equal(const struct charset *a, const struct charset *b);

#endif
