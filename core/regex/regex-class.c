/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* regex-class.c - characters, classes and brackets in Oniguruma's syntax. */
#include "base/text.h"
#include "regex/regex-internal.h"
#include "regex/unicode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_NESTED 50

static int refuse_escape(struct regex_parts *p)
{
    char what[] = {'\\', p->at[1], '\0'};

    if ((unsigned char)what[1] >= 0x80)
        what[1] = '\0';
    return regex_refuse(p, what);
}

/* n hexadecimal digits, or as many as there are up to 6; then `end`. */
static int read_hex(struct regex_parts *p, size_t skip, size_t n, char end,
                    uint32_t *code)
{
    const char *digits = p->at + skip;
    size_t there = strspn(digits, "0123456789abcdefABCDEF");
    char text[7] = "";

    if (n == 0)
        n = there;
    if (there < n || n == 0 || n > 6 || (end && digits[n] != end))
        return refuse_escape(p);
    memcpy(text, digits, n);
    *code = (uint32_t)strtoul(text, NULL, 16);
    if (*code >= CHARSET_END || (*code >= 0xd800 && *code < 0xe000))
        return refuse_escape(p);
    p->at = digits + n + (end ? 1 : 0);
    return ST_OK;
}

static int read_escape(struct regex_parts *p, uint32_t *code)
{
    static const char names[] = "tnrfaev";
    static const char codes[] = "\t\n\r\f\a\x1b\v";
    char c = p->at[1];
    const char *name = c ? strchr(names, c) : NULL;

    if (c == 'u')
        return read_hex(p, 2, 4, '\0', code);
    if (c == 'x' && p->at[2] == '{')
        return read_hex(p, 3, 0, '}', code);
    /* Two digits from 80 on are a byte of UTF-8. */
    if (c == 'x' && (p->at[2] < '0' || p->at[2] > '7'))
        return refuse_escape(p);
    if (c == 'x')
        return read_hex(p, 2, 2, '\0', code);
    if (!name && (c == '\0' || (c >= '0' && c <= '9') ||
                  ((c | 32) >= 'a' && (c | 32) <= 'z')))
        return refuse_escape(p);
    if (!name) {
        p->at++;
        return regex_read_code(p, code);
    }
    *code = (uint32_t)codes[name - names];
    p->at += 2;
    return ST_OK;
}

int regex_read_code(struct regex_parts *p, uint32_t *code)
{
    size_t length;

    if (*p->at == '\\' && p->at[1] != '\\')
        return read_escape(p, code);
    if (*p->at == '\\') {
        *code = '\\';
        p->at += 2;
        return ST_OK;
    }
    length = text_utf8(p->at, strnlen(p->at, 4));
    if (length == 0)
        return regex_refuse(p, "what is not UTF-8");
    *code = unicode_code(p->at, length);
    p->at += length;
    return ST_OK;
}

bool regex_at_class(const struct regex_parts *p)
{
    return *p->at == '\\' && p->at[1] && strchr("dDsSwWhHpP", p->at[1]);
}

/* Adds a class whose name is n bytes long, or what it has not. */
static int add_class(struct regex_parts *p, const char *name, bool negated,
                     struct charset *set)
{
    struct charset class = {0};
    char what[100];

    if (!unicode_class(name, &class)) {
        snprintf(what, sizeof what, "the class %s", name);
        return regex_refuse(p, what);
    }
    if (negated)
        charset_negate(&class);
    charset_merge(set, &class, CHARSET_OR);
    free(class.at);
    return ST_OK;
}

/* \p{NAME}, \p{^NAME} */
static int read_property(struct regex_parts *p, struct charset *set)
{
    const char *at = p->at + 2, *end;
    bool negated = p->at[1] == 'P';
    char name[60];
    size_t n = 0;

    if (*at != '{' || !(end = strchr(at, '}')))
        return refuse_escape(p);
    if (*++at == '^') {
        negated = !negated;
        at++;
    }
    for (; at < end && n < sizeof name - 1; at++)
        if (*at >= 'A' && *at <= 'Z')
            name[n++] = (char)(*at | 32);
        else if (*at != ' ' && *at != '-' && *at != '_')
            name[n++] = *at;
    name[n] = '\0';
    p->at = end + 1;
    if (at < end || *name == ':')
        return regex_refuse(p, "a class of this name");
    return add_class(p, name, negated, set);
}

int regex_read_class(struct regex_parts *p, struct charset *set)
{
    char c = p->at[1];
    bool negated = c >= 'A' && c <= 'Z';

    if ((c | 32) == 'p')
        return read_property(p, set);
    p->at += 2;
    return add_class(p,
                     (c | 32) == 'd'   ? ":digit"
                     : (c | 32) == 's' ? ":space"
                     : (c | 32) == 'w' ? ":word"
                                       : ":xdigit",
                     negated, set);
}

/* [:NAME:] or [:^NAME:] */
static int read_posix(struct regex_parts *p, struct charset *set)
{
    const char *at = p->at + 2;
    bool negated = *at == '^';
    char name[20] = ":";
    size_t n;

    at += negated;
    n = strspn(at, "abcdefghijklmnopqrstuvwxyz");
    if (n > sizeof name - 2 || strncmp(at + n, ":]", 2) != 0)
        return regex_refuse(p, "[: without a name and :]");
    memcpy(name + 1, at, n);
    name[1 + n] = '\0';
    p->at = at + n + 2;
    return add_class(p, name, negated, set);
}

/* A hyphen that is one: at the end of the brackets, or of what stands before
 * an &&. */
static bool ends(const char *at)
{
    return *at == ']' || strncmp(at, "&&", 2) == 0;
}

/* A character, or a range. */
static int read_range(struct regex_parts *p, struct charset *set)
{
    uint32_t first, last;
    int status;

    if (strncmp(p->at, "\\b", 2) == 0) /* in brackets, a backspace */
        return regex_refuse(p, "\\b in brackets");
    status = regex_read_code(p, &first);
    last = first;
    if (!status && *p->at == '-' && !ends(p->at + 1)) {
        p->at++;
        if (*p->at == '[' || *p->at == '-' || regex_at_class(p) ||
            strncmp(p->at, "\\b", 2) == 0)
            return regex_refuse(p, "a range that does not end in a character");
        status = regex_read_code(p, &last);
        if (!status && last < first)
            return regex_refuse(p, "a range that ends before it begins");
        if (!status && *p->at == '-' && !ends(p->at + 1))
            return regex_refuse(p, "a hyphen behind a range");
    }
    if (!status)
        charset_add(set, first, last + 1);
    return status;
}

static int read_item(struct regex_parts *p, struct charset *set)
{
    int status;

    if (strncmp(p->at, "[:", 2) == 0)
        status = read_posix(p, set);
    else if (*p->at == '[')
        status = regex_read_brackets(p, false, set);
    else if (regex_at_class(p))
        status = regex_read_class(p, set);
    else
        return read_range(p, set);
    if (!status && *p->at == '-' && !ends(p->at + 1))
        return regex_refuse(p, "a hyphen behind a class");
    return status;
}

/* All between brackets, up to the ], which is passed. */
static int read_items(struct regex_parts *p, struct charset *set)
{
    struct charset left = {0};
    bool any_left = false;
    int status = ST_OK;

    if (*p->at == ']') { /* itself, at the beginning */
        charset_add(set, ']', ']' + 1);
        p->at++;
    }
    while (!status && *p->at && *p->at != ']') {
        if (strncmp(p->at, "&&", 2) != 0) {
            status = read_item(p, set);
            continue;
        }
        p->at += 2;
        if (any_left)
            charset_merge(set, &left, CHARSET_AND);
        free(left.at);
        left = *set;
        *set = (struct charset){0};
        any_left = true;
    }
    if (any_left)
        charset_merge(set, &left, CHARSET_AND);
    free(left.at);
    if (!status && !*p->at)
        return error_set(p->err, ST_DATA, "a regular expression lacks a ]");
    p->at += !status;
    return status;
}

int regex_read_brackets(struct regex_parts *p, bool uncased,
                        struct charset *set)
{
    struct charset own = {0};
    bool negated = p->at[1] == '^';
    int status;

    if (++p->depth > MOST_NESTED)
        return regex_refuse(p, "so deep nesting");
    p->at += negated ? 2 : 1;
    status = read_items(p, &own);
    p->depth--;
    if (!status && uncased) {
        unicode_uncase(&own);
        if (!negated && unicode_has_many(&own))
            status = regex_refuse(p, "(?i) with brackets that have a letter "
                                     "of which the other case is several");
    }
    if (negated)
        charset_negate(&own);
    if (!status)
        charset_merge(set, &own, CHARSET_OR);
    free(own.at);
    return status;
}
