/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-regex.c - a pattern up to the first NUL, translated and compiled, and
 * a text behind it, which it cuts: into parts that are the text. The first
 * byte chooses the kind. */
#include "harness.h"

#include "regex/regex.h"

#include <stdlib.h>
#include <string.h>

struct parts {
    const char *at, *end;
    const char *literal; /* what matches are, or NULL */
};

static int take(void *context, const char *part, size_t size, bool match)
{
    struct parts *parts = context;

    FUZZ_CHECK(size <= (size_t)(parts->end - parts->at));
    FUZZ_CHECK(memcmp(part, parts->at, size) == 0);
    FUZZ_CHECK(size || match);
    if (match && parts->literal)
        FUZZ_CHECK(strlen(parts->literal) == size &&
                   memcmp(part, parts->literal, size) == 0);
    parts->at += size;
    return ST_OK;
}

static bool run(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    enum pattern_kind kind = (enum pattern_kind)fuzz_below(&input, 2);
    size_t n;
    char *pattern = fuzz_until(&input, 0, &n);
    char *text = fuzz_until(&input, -1, &n);
    struct parts parts = {text, text + n,
                          kind == PATTERN_LITERAL ? pattern : NULL};
    struct regex *regex = NULL;
    struct error err = {0};
    int status;

    status = regex_new(pattern, kind, &regex, &err);
    if (!status && !regex_scan(regex, text, n, take, &parts, &err))
        FUZZ_CHECK(parts.at == parts.end);
    else
        FUZZ_CHECK(err.status == ST_DATA && err.text[0]);
    if (!status)
        regex_free(regex);
    free(pattern);
    free(text);
    return !err.status;
}

const struct fuzz_target fuzz_regex = {"regex", run, false};
