/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* regex-oniguruma.c - regular expressions in Oniguruma's syntax, which is
 * Ruby's, for PCRE2. Most is the same; what would silently mean something
 * else is translated, or refused. */
#include "base/buffer.h"
#include "base/mem.h"
#include "base/text.h"
#include "regex/regex.h"

#include <stdlib.h>
#include <string.h>

#define HEX "0-9A-Fa-f"
/* Alphabetic characters, marks, decimal digits, connectors. */
#define WORD                                                                \
    "\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\\x{24b6}-\\x{24e9}"                  \
    "\\x{1f130}-\\x{1f149}\\x{1f150}-\\x{1f169}\\x{1f170}-\\x{1f189}"

struct translation {
    const char *at; /* what is left of the regular expression */
    struct buffer out;
    int depth; /* of character classes; PCRE2 has no nested ones */
    struct error *err;
};

static void put(struct translation *t, const char *text)
{
    buffer_add(&t->out, text, strlen(text));
}

/* Copies n bytes from source to output. */
static void copy(struct translation *t, size_t n)
{
    buffer_add(&t->out, t->at, n);
    t->at += n;
}

static int refuse(struct translation *t, const char *what)
{
    return error_set(t->err, ST_DATA, "%s in a regular expression is not "
                     "supported", what);
}

static int refuse_escape(struct translation *t)
{
    char what[] = {'\\', t->at[1], '\0'};

    return refuse(t, what);
}

/* \uHHHH */
static int put_code(struct translation *t)
{
    size_t n = strspn(t->at + 2, "0123456789abcdefABCDEF");

    if (n < 4)
        return refuse_escape(t);
    put(t, "\\x{");
    t->at += 2;
    copy(t, 4);
    put(t, "}");
    return ST_OK;
}

/* A character set that PCRE2 has under another name, or not at all. */
static int put_set(struct translation *t, const char *set, bool negated)
{
    if (t->depth > 0 && negated)
        return refuse_escape(t);
    t->at += 2;
    if (t->depth == 0)
        put(t, negated ? "[^" : "[");
    put(t, set);
    if (t->depth == 0)
        put(t, "]");
    return ST_OK;
}

static int escape(struct translation *t)
{
    const char *brace;
    char c = t->at[1];

    if (c == 'h' || c == 'H')
        return put_set(t, HEX, c == 'H');
    if (c == 'w' || c == 'W')
        return put_set(t, WORD, c == 'W');
    if (c == 'u')
        return put_code(t);
    if (c == 'p' || c == 'P' || c == 'x') {
        brace = t->at[2] == '{' ? strchr(t->at, '}') : NULL;
        if (c != 'x' && !brace) /* Ruby's letter p, PCRE2's property */
            return refuse_escape(t);
        copy(t, brace ? (size_t)(brace - t->at) + 1 : 2);
        return ST_OK;
    }
    /* References and \b are among those that differ. */
    if (c == '\0' || (strchr("0123456789", c) ||
                      (((c | 32) >= 'a' && (c | 32) <= 'z') &&
                       !strchr("sSdDnrtfaezA", c))))
        return refuse_escape(t);
    copy(t, 2);
    return ST_OK;
}

/* Within a class: what is not an escape. */
static int class_part(struct translation *t)
{
    const char *end;

    if (strncmp(t->at, "&&", 2) == 0)
        return refuse(t, "&& between classes");
    if (strncmp(t->at, "[:", 2) == 0 && (end = strstr(t->at, ":]"))) {
        copy(t, (size_t)(end - t->at) + 2);
    } else if (*t->at == '[') {
        if (t->at[1] == '^')
            return refuse(t, "a negated class within a class");
        t->depth++;
        t->at++;
    } else if (*t->at == ']') {
        if (--t->depth == 0)
            put(t, "]");
        t->at++;
    } else {
        copy(t, 1);
    }
    return ST_OK;
}

static void open_class(struct translation *t)
{
    t->depth = 1;
    copy(t, t->at[1] == '^' ? 2 : 1);
    if (*t->at == ']') { /* literal at the beginning of a class */
        put(t, "\\]");
        t->at++;
    }
}

/* "(?": options, where Ruby's m is PCRE2's s, or what both have. Options
 * without a colon reach, in Ruby, over the alternatives that follow, which
 * become one group: a(?i)b|c is a(?i:b|c). At the beginning that is the same.
 */
static int group(struct translation *t)
{
    bool first = t->out.n == 0;

    copy(t, 2);
    if (strchr("~P'&RC+|0123456789", *t->at))
        return refuse(t, "a special group");
    for (; *t->at && strchr("imx-", *t->at); t->at++) {
        char option[] = {*t->at == 'm' ? 's' : *t->at, '\0'};

        put(t, option);
    }
    if (*t->at == ')' && !first)
        return refuse(t, "(?i) or its like, not at the beginning,");
    return ST_OK;
}

/* {n,m}: refused where PCRE2 and Ruby differ: {,n}, {n}? and {n,m}+. */
static int interval(struct translation *t)
{
    size_t n = strspn(t->at + 1, "0123456789,");
    const char *end = t->at + 1 + n;

    if (n > 0 && *end == '}' &&
        (t->at[1] == ',' || end[1] == '+' ||
         (end[1] == '?' && !memchr(t->at, ',', n + 1))))
        return refuse(t, "{,n}, {n}? or {n,m}+");
    copy(t, 1);
    return ST_OK;
}

static int part(struct translation *t)
{
    if (*t->at == '\\')
        return escape(t);
    if (t->depth > 0)
        return class_part(t);
    if (*t->at == '[') {
        open_class(t);
        return ST_OK;
    }
    if (strncmp(t->at, "(?", 2) == 0)
        return group(t);
    if (strncmp(t->at, "(*", 2) == 0)
        return refuse(t, "(*");
    if (*t->at == '{')
        return interval(t);
    copy(t, 1);
    return ST_OK;
}

int regex_translate(const char *regex, char **pcre, struct error *err)
{
    struct translation t = {.at = regex, .err = err};
    int status = ST_OK;

    while (!status && *t.at)
        status = part(&t);
    if (!status && t.depth > 0)
        status = error_set(err, ST_DATA, "a regular expression lacks a ]");
    buffer_add(&t.out, "", 1);
    *pcre = t.out.bytes;
    if (status) {
        free(t.out.bytes);
        *pcre = NULL;
    }
    return status;
}
