/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-character-classes.c - classes of regular expressions over all code
 * points, against those of Hugging Face's tokenizers
 * (tests/data/character-classes.json, which tests/parity/unicode_tables.py
 * writes). */
#include "base/json.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "regex/regex-internal.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Those between are surrogates. */
#define FIRST 0xd800
#define BEHIND 0xe000

static struct error err;

/* Lines "FIRST-LAST", in hexadecimal digits; returns how many are members. */
static size_t list(const struct charset *set, struct buffer *lines)
{
    char line[20];
    size_t i, n = 0;

    lines->n = 0;
    for (i = 0; i < set->n; i += 2) {
        n += set->at[i + 1] - set->at[i];
        snprintf(line, sizeof line, "%x-%x\n", (unsigned)set->at[i],
                 (unsigned)set->at[i + 1] - 1);
        buffer_add(lines, line, strlen(line));
    }
    return n;
}

static void check(const char *pattern, json_t *right, struct buffer *lines)
{
    uint32_t valid[] = {0, FIRST, BEHIND, CHARSET_END};
    struct regex_parts parts = {.at = pattern, .err = &err};
    char hex[65];
    size_t n;

    CU_ASSERT_EQUAL_FATAL(regex_translate(&parts), ST_OK);
    CU_ASSERT_EQUAL_FATAL(parts.n_sets, 1);
    charset_merge(parts.sets, &(struct charset){valid, 4}, CHARSET_AND);
    n = list(parts.sets, lines);
    sha256_bytes(lines->bytes, lines->n, hex);
    if (n != (size_t)json_integer_value(json_array_get(right, 0)) ||
        strcmp(hex, json_string_value(json_array_get(right, 1))) != 0)
        printf("# %s differs: it has %zu characters\n", pattern, n);
    CU_ASSERT_EQUAL(n, (size_t)json_integer_value(json_array_get(right, 0)));
    CU_ASSERT_STRING_EQUAL(hex, json_string_value(json_array_get(right, 1)));
    regex_parts_free(&parts);
}

static void test_classes(void)
{
    const char *srcdir = getenv("srcdir"), *pattern;
    char *path = mem_path(srcdir && *srcdir ? srcdir : ".",
                          "tests/data/character-classes.json");
    struct buffer lines = {0};
    json_t *golden = NULL, *right;

    CU_ASSERT_EQUAL_FATAL(json_load_object(path, &golden, &err), ST_OK);
    CU_ASSERT(json_object_size(golden) > 400);
    buffer_reserve(&lines, 1);
    json_object_foreach(golden, pattern, right)
        check(pattern, right, &lines);
    free(lines.bytes);
    json_decref(golden);
    free(path);
}

CU_ErrorCode add_character_classes_tests(void)
{
    CU_pSuite suite = CU_add_suite("character classes", NULL, NULL);

    if (!suite || !CU_add_test(suite, "over all code points", test_classes))
        return CU_get_error();
    return CUE_SUCCESS;
}
