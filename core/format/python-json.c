/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* python-json.c - JSON as Python writes and reads it: Infinity, NaN, and
 * numbers of any size. */
#include "format/python-json.h"

#include "base/json.h"
#include "base/mem.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the token at `text`: of a string with its quotes, of a word or a
 * number, or one of anything else. */
static size_t token_length(const char *text, size_t size)
{
    size_t n = 1;

    if (*text == '"') {
        while (n < size && text[n] != '"')
            n += text[n] == '\\' && n + 1 < size ? 2 : 1;
        return n < size ? n + 1 : size;
    }
    if (!isalnum((unsigned char)*text) && *text != '-')
        return 1;
    while (n < size && (isalnum((unsigned char)text[n]) ||
                        (text[n] && strchr("+-.", text[n]))))
        n++;
    return n;
}

static bool is_named(const char *token)
{
    return strcmp(token, "NaN") == 0 || strcmp(token, "Infinity") == 0 ||
           strcmp(token, "-Infinity") == 0;
}

/* A number that jansson can hold, as it is; a whole one that it cannot, as a
 * real one; what is not finite, as a string, which is no number to whoever
 * reads that member. Nothing grows to more than twice its size. */
static char *add_token(char *to, char *token)
{
    bool whole = !token[strcspn(token, ".eE")];
    bool number = isdigit((unsigned char)token[*token == '-']);

    errno = 0;
    if (number && whole && (strtoll(token, NULL, 10), errno != ERANGE))
        return stpcpy(to, token);
    if (number && isinf(strtod(token, NULL)))
        return stpcpy(to, "\"Infinity\"");
    to = stpcpy(to, is_named(token) ? "\"" : "");
    to = stpcpy(to, token);
    if (number && whole)
        to = stpcpy(to, ".0");
    return stpcpy(to, is_named(token) ? "\"" : "");
}

int python_json_parse(const char *text, size_t size, const char *path,
                      json_t **root, struct error *err)
{
    char *mended = mem_new(2 * size + 16, 1), *end = mended;
    char *token = mem_new(size + 1, 1);
    int status;

    for (size_t at = 0, n; at < size; at += n) {
        n = token_length(text + at, size - at);
        if (n == 1 || text[at] == '"') {
            memcpy(end, text + at, n);
            end += n;
            continue;
        }
        memcpy(token, text + at, n);
        token[n] = '\0';
        end = add_token(end, token);
    }
    status = json_parse_object(mended, (size_t)(end - mended), path, root,
                               err);
    free(token);
    free(mended);
    return status;
}
