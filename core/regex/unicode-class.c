/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* unicode-class.c - classes of characters, and letters without case. */
#include "base/mem.h"
#include "regex/unicode-tables.h"
#include "regex/unicode.h"

#include <stdlib.h>
#include <string.h>

static void add_categories(struct charset *set, uint32_t categories)
{
    uint32_t at = 0, n;
    size_t i;

    for (i = 0; i < unicode_category_n; i++, at += n) {
        n = unicode_category[i] >> 8;
        if (categories >> (unicode_category[i] & 0xff) & 1)
            charset_append(set, at, at + n);
    }
}

static void add_script(struct charset *set, uint32_t script)
{
    uint32_t at = 0, n;
    size_t i;

    for (i = 0; i < unicode_script_n; i++, at += n) {
        n = unicode_script[i] >> 8;
        if ((unicode_script[i] & 0xff) == script)
            charset_append(set, at, at + n);
    }
}

static void add_property(struct charset *set,
                         const struct unicode_property *property)
{
    struct charset others = {0};
    uint32_t at = 0, first;
    size_t i;

    add_categories(set, property->categories);
    for (i = 0; i + 1 < property->n; i += 2) {
        first = at += property->others[i];
        at += property->others[i + 1];
        charset_append(&others, first, at);
    }
    charset_merge(set, &others, CHARSET_XOR);
    free(others.at);
}

static int compare(const void *name, const void *row)
{
    return strcmp(name, ((const struct unicode_name *)row)->name);
}

bool unicode_class(const char *name, struct charset *set)
{
    const struct unicode_name *row =
        bsearch(name, unicode_names, unicode_names_n, sizeof *unicode_names,
                compare);

    if (!row)
        return false;
    if (row->kind == CATEGORIES)
        add_categories(set, row->value);
    else if (row->kind == SCRIPT)
        add_script(set, row->value);
    else
        add_property(set, &unicode_properties[row->value]);
    return true;
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
    /* Letters, marks, Nd, Nl and Pc. */
    static const uint32_t word = 0x1ff | 1u << 9 | 1u << 11;
    uint32_t at = 0;
    size_t i;

    for (i = 0; i + 1 < unicode_category_n; i++) {
        at += unicode_category[i] >> 8;
        if (code < at)
            break;
    }
    /* The two are joiners. */
    return (word >> (unicode_category[i] & 0xff) & 1) || code == 0x200c ||
           code == 0x200d || is_circled(code);
}

static uint32_t look_up(const struct unicode_run *runs, size_t n,
                        uint32_t code)
{
    const struct unicode_run *run;

    for (run = runs; run < runs + n; run++)
        if (code >= run->first && code <= run->last &&
            (code - run->first) % run->step == 0)
            return (uint32_t)((int64_t)code - run->less);
    return code;
}

uint32_t unicode_uncased(uint32_t code)
{
    return look_up(unicode_orbits, unicode_orbits_n, code);
}

uint32_t unicode_lower(uint32_t code)
{
    return look_up(unicode_lowers, unicode_lowers_n, code);
}

bool unicode_is_formed(uint32_t code)
{
    size_t low = 0, high = unicode_formed_n, middle;

    while (low < high) {
        middle = (low + high) / 2;
        if (unicode_formed[middle] <= code)
            low = middle + 1;
        else
            high = middle;
    }
    return low % 2 == 1;
}

void unicode_uncase(struct charset *set)
{
    struct charset smallest = {0}, more = {0};
    const struct unicode_run *run;
    uint32_t code, other;
    int pass;

    for (pass = 0; pass < 2; pass++)
        for (run = unicode_orbits; run < unicode_orbits + unicode_orbits_n;
             run++)
            for (code = run->first; code <= run->last; code += run->step) {
                other = (uint32_t)((int64_t)code - run->less);
                if (pass == 0 &&
                    (charset_has(set, code) || charset_has(set, other)))
                    charset_add(&smallest, other, other + 1);
                if (pass == 1 && charset_has(&smallest, other))
                    charset_add(&more, code, code + 1);
            }
    charset_merge(set, &smallest, CHARSET_OR);
    charset_merge(set, &more, CHARSET_OR);
    free(smallest.at);
    free(more.at);
}

bool unicode_has_many(const struct charset *set)
{
    size_t i;

    for (i = 0; i < unicode_manies_n; i++)
        if (charset_has(set, unicode_manies[i].code))
            return true;
    return false;
}

bool unicode_ends_as_many(const uint32_t codes[], size_t n)
{
    const struct unicode_many *many;
    size_t i, length;

    for (many = unicode_manies; many < unicode_manies + unicode_manies_n;
         many++) {
        for (length = 0; length < 3 && many->codes[length]; length++)
            continue;
        for (i = 0; i < length && length <= n; i++)
            if (codes[n - length + i] != unicode_uncased(many->codes[i]))
                break;
        if (i == length)
            return true;
    }
    return false;
}
