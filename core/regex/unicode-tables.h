/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* unicode-tables.h - what characters are, as tests/parity/unicode_tables.py
 * found it. */
#ifndef CORE_REGEX_UNICODE_TABLES_H
#define CORE_REGEX_UNICODE_TABLES_H

#include <stddef.h>
#include <stdint.h>

/* From 0 on: how many code points one after the other have a value, which is
 * in the lowest 8 bits: a general category, in the order of their names in
 * the script, and the script, 0 for those that have none of a name. */
extern const uint32_t unicode_category[];
extern const size_t unicode_category_n;
extern const uint32_t unicode_script[];
extern const size_t unicode_script_n;

/* A class: the categories of the bits, but for code points of which it is the
 * other way about. The first value says where those begin, each other how
 * many code points later they end, or begin again. */
struct unicode_property {
    uint32_t categories;
    const uint32_t *others;
    size_t n;
};
extern const struct unicode_property unicode_properties[];

/* Without spaces, hyphens and underscores, in lower case, in order; those of
 * POSIX brackets begin with a colon. */
struct unicode_name {
    const char *name;
    enum { CATEGORIES, SCRIPT, PROPERTY } kind;
    uint32_t value; /* bits; a script; an index of unicode_properties */
};
extern const struct unicode_name unicode_names[];
extern const size_t unicode_names_n;

/* Each step-th code point from first to last is, less `less`, another one. */
struct unicode_run {
    uint32_t first, last, step;
    int32_t less;
};
/* The smallest that is the same without regard to case. */
extern const struct unicode_run unicode_orbits[];
extern const size_t unicode_orbits_n;
extern const struct unicode_run unicode_lowers[]; /* lower case */
extern const size_t unicode_lowers_n;

/* Without regard to case, `code` is the same as several (3 at most). */
struct unicode_many {
    uint32_t code, codes[3];
};
extern const struct unicode_many unicode_manies[];
extern const size_t unicode_manies_n;

/* Where the characters begin and end, in turn, that a normal form changes,
 * alone or beside others. */
extern const uint32_t unicode_formed[];
extern const size_t unicode_formed_n;

#endif
