/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-normalizers.c - normal forms and lower case of all code points, alone
 * and between marks, against those of Hugging Face's tokenizers
 * (tests/data/normalizers.json, which tests/parity/normalizers.py writes). */
#include "base/json.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "regex/unicode.h"
#include "tests.h"
#include "tokenizer/normalize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct error err;

static void add_lines(struct buffer *text, uint32_t first, uint32_t end,
                      const char *before, const char *after)
{
    char code[4];

    for (; first < end; first++) {
        buffer_add(text, before, strlen(before));
        buffer_add(text, code, unicode_put(first, code));
        buffer_add(text, after, strlen(after));
    }
}

static void check(const char *name, enum normalizer_kind kind,
                  const struct buffer *text, json_t *right)
{
    struct normalizer normalizer = {.kind = kind};
    struct buffer out = {0};
    char hex[65];

    CU_ASSERT_EQUAL(normalize_run(&normalizer, text->bytes, text->n, true,
                                  &out, &err), ST_OK);
    sha256_bytes(out.bytes, out.n, hex);
    if (strcmp(hex, json_string_value(right)) != 0)
        printf("# %s differs\n", name);
    CU_ASSERT_STRING_EQUAL(hex, json_string_value(right));
    free(out.bytes);
}

static void test_all(void)
{
    static const struct {
        const char *name;
        enum normalizer_kind kind;
    } kinds[] = {
        {"NFC", NORMALIZE_NFC}, {"NFD", NORMALIZE_NFD},
        {"NFKC", NORMALIZE_NFKC}, {"NFKD", NORMALIZE_NFKD},
        {"Lowercase", NORMALIZE_LOWERCASE},
    };
    static const char before[] = "e\u0345", after[] = "\u0316\u0301\n";
    const char *srcdir = getenv("srcdir");
    char *path = mem_path(srcdir && *srcdir ? srcdir : ".",
                          "tests/data/normalizers.json");
    struct buffer alone = {0}, between = {0};
    json_t *golden = NULL, *right;
    size_t i;

    add_lines(&alone, 0, 0xd800, "", "\n");
    add_lines(&alone, 0xe000, 0x110000, "", "\n");
    add_lines(&between, 0, 0xd800, before, after);
    add_lines(&between, 0xe000, 0x33400, before, after);
    add_lines(&between, 0xe0000, 0xe1000, before, after);
    CU_ASSERT_EQUAL_FATAL(json_load_object(path, &golden, &err), ST_OK);
    for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        right = json_object_get(golden, kinds[i].name);
        check(kinds[i].name, kinds[i].kind, &alone, json_array_get(right, 0));
        check(kinds[i].name, kinds[i].kind, &between,
              json_array_get(right, 1));
    }
    json_decref(golden);
    free(alone.bytes);
    free(between.bytes);
    free(path);
}

CU_ErrorCode add_normalizers_tests(void)
{
    CU_pSuite suite = CU_add_suite("normalizers", NULL, NULL);

    if (!suite || !CU_add_test(suite, "over all code points", test_all))
        return CU_get_error();
    return CUE_SUCCESS;
}
