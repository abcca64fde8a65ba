/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* regex-oniguruma.c - regular expressions in Oniguruma's syntax for PCRE2,
 * which is left with what says how parts follow each other. What would mean
 * something else is translated, or refused. */
#include "base/mem.h"
#include "regex/regex-internal.h"
#include "regex/unicode.h"

#include <stdlib.h>
#include <string.h>

#define MOST_NESTED 100

/* What a group says of what is in it. */
struct options {
    bool uncased, dot_all, extended; /* i, m, x */
};

/* What a quantifier would stand behind. */
enum last { NOTHING, ATOM, QUANTIFIED };

int regex_refuse(struct regex_parts *p, const char *what)
{
    return error_set(p->err, ST_DATA, "%s in a regular expression is not "
                     "supported", what);
}

void regex_put(struct regex_parts *p, const char *text)
{
    buffer_add(&p->out, text, strlen(text));
}

void regex_parts_free(struct regex_parts *p)
{
    while (p->n_sets > 0)
        free(p->sets[--p->n_sets].at);
    free(p->sets);
    free(p->slots);
    free(p->out.bytes);
}

void regex_put_set(struct regex_parts *p, struct charset *set)
{
    size_t i;

    for (i = 0; i < p->n_sets && !charset_equal(&p->sets[i], set);)
        i++;
    if (i == p->n_sets) {
        MEM_PUSH(p->sets, p->n_sets);
        p->sets[p->n_sets++] = *set;
    } else {
        free(set->at);
    }
    MEM_PUSH(p->slots, p->n_slots);
    p->slots[p->n_slots++] = (struct regex_slot){p->out.n, i};
}

/* \w as Oniguruma has it, and its \b, outside of brackets: with superscript
 * digits and fractions of Latin 1, by a table for that alone. */
static void put_word(struct regex_parts *p, bool negated)
{
    struct charset set = {0};

    unicode_class(":word", &set);
    charset_add(&set, 0xb2, 0xb4);
    charset_add(&set, 0xb9, 0xba);
    charset_add(&set, 0xbc, 0xbf);
    if (negated)
        charset_negate(&set);
    regex_put_set(p, &set);
}

/* \b and \B, since PCRE2's word characters are others. */
static void put_boundary(struct regex_parts *p, bool negated)
{
    regex_put(p, negated ? "(?:(?<=" : "(?:(?<!");
    put_word(p, false);
    regex_put(p, ")(?=");
    put_word(p, false);
    regex_put(p, negated ? ")|(?<!" : ")|(?<=");
    put_word(p, false);
    regex_put(p, ")(?!");
    put_word(p, false);
    regex_put(p, "))");
}

static void put_range(struct regex_parts *p, uint32_t first, uint32_t end,
                      bool negated)
{
    struct charset set = {0};

    charset_add(&set, first, end);
    if (negated)
        charset_negate(&set);
    regex_put_set(p, &set);
}

/* \R */
static void put_line_end(struct regex_parts *p)
{
    struct charset set = {0};

    regex_put(p, "(?>");
    put_range(p, '\r', '\r' + 1, false);
    put_range(p, '\n', '\n' + 1, false);
    regex_put(p, "|");
    charset_add(&set, '\n', '\r' + 1);
    charset_add(&set, 0x85, 0x86);
    charset_add(&set, 0x2028, 0x202a);
    regex_put_set(p, &set);
    regex_put(p, ")");
}

/* Remembers a character that is compared without regard to case: several one
 * after the other may be the same as a single one, as ss is as sharp s. */
static int remember(struct regex_parts *p, uint32_t code)
{
    if (p->n_tail == 3)
        memmove(p->tail, p->tail + 1, 2 * sizeof *p->tail);
    p->n_tail -= p->n_tail == 3;
    p->tail[p->n_tail++] = unicode_uncased(code);
    if (unicode_ends_as_many(p->tail, p->n_tail))
        return regex_refuse(p, "(?i) with letters of which the other case is "
                               "a single one");
    return ST_OK;
}

static int literal(struct regex_parts *p, struct options options)
{
    struct charset set = {0};
    uint32_t code;
    int status = regex_read_code(p, &code);

    if (status)
        return status;
    charset_add(&set, code, code + 1);
    if (options.uncased) {
        unicode_uncase(&set);
        status = unicode_has_many(&set)
                     ? regex_refuse(p, "(?i) with a letter of which the "
                                       "other case is several")
                     : remember(p, code);
    } else {
        p->n_tail = 0;
    }
    if (status)
        free(set.at);
    else
        regex_put_set(p, &set);
    return status;
}

/* Of a backslash: what is only outside of brackets, or otherwise there; false
 * if it is a character or a class. */
static bool special(struct regex_parts *p, enum last *last)
{
    char c = p->at[1];

    *last = c && strchr("wWRNO", c) ? ATOM : NOTHING;
    switch (c) {
    case 'b':
    case 'B':
        put_boundary(p, c == 'B');
        break;
    case 'A':
    case 'z':
    case 'Z':
        buffer_add(&p->out, p->at, 2);
        break;
    case 'w':
    case 'W':
        put_word(p, c == 'W');
        break;
    case 'R':
        put_line_end(p);
        break;
    case 'N':
        put_range(p, '\n', '\n' + 1, true);
        break;
    case 'O':
        put_range(p, 0, CHARSET_END, false);
        break;
    default:
        return false;
    }
    p->at += 2;
    return true;
}

/* *, +, ?, with a ? or + behind. */
static int quantifier(struct regex_parts *p, enum last *last)
{
    if (*last != ATOM)
        return regex_refuse(p, *last == NOTHING
                                   ? "a quantifier behind nothing that can "
                                     "be repeated"
                                   : "a quantifier behind another");
    buffer_add(&p->out, p->at++, 1);
    if (*p->at == '?' || *p->at == '+')
        buffer_add(&p->out, p->at++, 1);
    *last = QUANTIFIED;
    return ST_OK;
}

/* {n,m} at the beginning of text? Its length. */
static size_t interval_length(const char *text)
{
    size_t n = 1 + strspn(text + 1, "0123456789,");

    return n > 1 && text[n] == '}' ? n + 1 : 0;
}

/* {n}, {n,} or {n,m}; not where PCRE2 and Oniguruma differ. */
static int interval(struct regex_parts *p, enum last *last)
{
    const char *end = p->at + interval_length(p->at);
    char *rest;
    unsigned long least = strtoul(p->at + 1, &rest, 10), most = least;
    bool exact = *rest != ',';

    if (*last != ATOM)
        return quantifier(p, last);
    if (!exact && rest[1] != '}')
        most = strtoul(rest + 1, &rest, 10);
    else if (!exact)
        rest++;
    if (p->at[1] == ',' || rest + 1 != end || most < least || *end == '+' ||
        (exact && *end == '?'))
        return regex_refuse(p, "{,n}, {n}?, {n,m}+ or {m,n}");
    buffer_add(&p->out, p->at, (size_t)(end - p->at));
    p->at = end;
    if (*p->at == '?')
        buffer_add(&p->out, p->at++, 1);
    *last = QUANTIFIED;
    return p->n_tail > 0 ? remember(p, p->tail[p->n_tail - 1]) : ST_OK;
}

static int branches(struct regex_parts *p, struct options options);

/* What is up to the ), with `open` in front. */
static int group_of(struct regex_parts *p, const char *open,
                    struct options options)
{
    int status;

    regex_put(p, open);
    if (++p->depth > MOST_NESTED)
        return regex_refuse(p, "so deep nesting");
    status = branches(p, options);
    p->depth--;
    regex_put(p, ")");
    if (!status && *p->at++ != ')')
        return error_set(p->err, ST_DATA, "a regular expression lacks a )");
    return status;
}

/* (?imx-imx: and its like. Options without a colon reach to the end of the
 * group, over the alternatives that follow: a(?i)b|c is a(?i:b|c). */
static int option_group(struct regex_parts *p, struct options options,
                        enum last *last)
{
    bool on = true;
    int status;

    for (; *p->at && strchr("imx-", *p->at); p->at++) {
        if (*p->at == '-')
            on = false;
        else if (*p->at == 'i')
            options.uncased = on;
        else if (*p->at == 'm')
            options.dot_all = on;
        else
            options.extended = on;
    }
    if (*p->at == ':') {
        p->at++;
        return group_of(p, "(?:", options);
    }
    if (*p->at != ')')
        return regex_refuse(p, "a special group");
    p->at++;
    *last = NOTHING;
    if (++p->depth > MOST_NESTED)
        return regex_refuse(p, "so deep nesting");
    regex_put(p, "(?:");
    status = branches(p, options);
    regex_put(p, ")");
    p->depth--;
    return status;
}

static int group(struct regex_parts *p, struct options options,
                 enum last *last)
{
    static const char *const opens[] = {"(?:", "(?>", "(?=", "(?!", "(?<=",
                                        "(?<!"};
    size_t i, n;

    *last = ATOM;
    if (p->at[1] == '*')
        return regex_refuse(p, "(*");
    if (p->at[1] != '?') {
        p->at++;
        return group_of(p, "(?:", options);
    }
    for (i = 0; i < sizeof opens / sizeof *opens; i++) {
        n = strlen(opens[i]);
        if (strncmp(p->at, opens[i], n) != 0)
            continue;
        p->at += n;
        *last = i < 2 ? ATOM : NOTHING;
        p->atomic |= i == 1;
        return group_of(p, opens[i], options);
    }
    if (strncmp(p->at, "(?<", 3) == 0 && strchr(p->at, '>')) { /* its name */
        p->at = strchr(p->at, '>') + 1;
        return group_of(p, "(?:", options);
    }
    p->at += 2;
    return option_group(p, options, last);
}

/* In white space that does not count, or a comment? Passes it. */
static bool pass(struct regex_parts *p, struct options options)
{
    size_t n = 0;

    if (strncmp(p->at, "(?#", 3) == 0) {
        n = strcspn(p->at, ")");
        n += p->at[n] == ')';
    } else if (options.extended && *p->at == '#') {
        n = strcspn(p->at, "\n");
    } else if (options.extended) {
        n = strspn(p->at, " \t\n\r\f\v");
    }
    p->at += n;
    return n > 0;
}

/* [...], \p{...}, \w and their like. */
static int set_of(struct regex_parts *p, struct options options)
{
    struct charset set = {0};
    int status = *p->at == '['
                     ? regex_read_brackets(p, options.uncased, &set)
                     : regex_read_class(p, &set);

    p->n_tail = 0;
    if (status)
        free(set.at);
    else
        regex_put_set(p, &set);
    return status;
}

static int dot(struct regex_parts *p, struct options options)
{
    p->n_tail = 0;
    p->at++;
    if (options.dot_all)
        put_range(p, 0, CHARSET_END, false);
    else
        put_range(p, '\n', '\n' + 1, true);
    return ST_OK;
}

static int part(struct regex_parts *p, struct options options,
                enum last *last)
{
    char c = *p->at;

    if (strchr("*+?", c))
        return quantifier(p, last);
    if (c == '{' && interval_length(p->at) > 0)
        return interval(p, last);
    if (c == '(')
        return group(p, options, last);
    if (c == '|' || c == '^' || c == '$') {
        buffer_add(&p->out, p->at++, 1);
        p->n_tail = 0;
        *last = NOTHING;
        return ST_OK;
    }
    if (c == '\\' && special(p, last)) {
        p->n_tail = 0;
        return ST_OK;
    }
    *last = ATOM;
    if (c == '.')
        return dot(p, options);
    if (c == '[' || regex_at_class(p))
        return set_of(p, options);
    return literal(p, options);
}

/* Up to a ), or the end. */
static int branches(struct regex_parts *p, struct options options)
{
    enum last last = NOTHING;
    int status = ST_OK;

    while (!status && *p->at && *p->at != ')')
        if (!pass(p, options))
            status = part(p, options, &last);
    return status;
}

int regex_translate(struct regex_parts *p)
{
    int status = branches(p, (struct options){false, false, false});

    if (!status && *p->at)
        return error_set(p->err, ST_DATA,
                         "a regular expression has a ) too many");
    return status;
}
