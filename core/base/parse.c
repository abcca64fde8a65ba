/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* parse.c - a whole text as one number or truth value, in any locale. */
#include "base/parse.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DIGITS "0123456789"

/* Digits only: strtoull alone would take "-1" and " +2" as well. */
static bool all_digits(const char *text)
{
    return *text && text[strspn(text, DIGITS)] == '\0';
}

bool parse_int(const char *text, int64_t *out)
{
    long long value;

    if (!all_digits(text + (*text == '-' || *text == '+')))
        return false;
    errno = 0;
    value = strtoll(text, NULL, 10);
    if (errno)
        return false;
    *out = value;
    return true;
}

bool parse_unsigned(const char *text, uint64_t *out)
{
    unsigned long long value;

    if (!all_digits(text))
        return false;
    errno = 0;
    value = strtoull(text, NULL, 10);
    if (errno)
        return false;
    *out = value;
    return true;
}

bool parse_real(const char *text, double *out)
{
    locale_t c, old;
    double value;
    char *end;

    /* No nan, inf, hexadecimals or leading blanks. */
    if (!*text || text[strspn(text, DIGITS "+-.eE")])
        return false;
    c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    old = uselocale(c);
    value = strtod(text, &end);
    uselocale(old);
    freelocale(c);
    if (*end || end == text || !isfinite(value))
        return false;
    *out = value;
    return true;
}

bool parse_bytes(const char *text, uint64_t *out)
{
    static const char suffixes[] = "KMGT";
    size_t n = strspn(text, DIGITS ".");
    const char *suffix = text[n] ? strchr(suffixes, text[n]) : NULL;
    char number[32] = "";
    double value;

    if (n >= sizeof number || (text[n] && (!suffix || text[n + 1])))
        return false;
    memcpy(number, text, n);
    if (!parse_real(number, &value))
        return false;
    for (const char *s = suffixes; suffix && s <= suffix; s++)
        value *= 1000;
    if (!(value >= 1 && value < 0x1p63))
        return false;
    *out = (uint64_t)value;
    return true;
}

bool parse_truth(const char *text, bool *out)
{
    static const struct {
        const char *word;
        bool truth;
    } words[] = {{"yes", true}, {"no", false}, {"true", true},
                 {"false", false}, {"on", true}, {"off", false},
                 {"1", true}, {"0", false}};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i].word) == 0) {
            *out = words[i].truth;
            return true;
        }
    return false;
}
