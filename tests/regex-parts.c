/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* regex-parts.c - for lines of JSON, ["PATTERN", "TEXT", ...]: a list with the
 * parts of each text, or a string with the reason why the pattern is refused.
 * tests/parity/regexes.py compares them. */
#include "base/mem.h"
#include "regex/regex.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static int take(void *list, const char *part, size_t size, bool match)
{
    (void)match;
    if (size > 0)
        json_array_append_new(list, json_stringn(part, size));
    return ST_OK;
}

static json_t *answer(json_t *line)
{
    struct error err = {0};
    struct regex *pattern = NULL;
    json_t *all = json_array(), *parts, *text;
    size_t i;
    int status = regex_new(json_string_value(json_array_get(line, 0)),
                           PATTERN_REGEX, &pattern, &err);

    json_array_remove(line, 0);
    json_array_foreach(line, i, text) {
        if (status)
            break;
        parts = json_array();
        status = regex_scan(pattern, json_string_value(text),
                            json_string_length(text), take, parts, &err);
        json_array_append_new(all, parts);
    }
    regex_free(pattern);
    if (!status)
        return all;
    json_decref(all);
    return json_string(err.text);
}

int main(void)
{
    json_t *line, *reply;

    while ((line = json_loadf(stdin, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL,
                              NULL))) {
        reply = answer(line);
        json_dumpf(reply, stdout, JSON_ENCODE_ANY);
        putchar('\n');
        json_decref(reply);
        json_decref(line);
    }
    return 0;
}
