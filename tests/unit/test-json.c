/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-json.c - JSON: what is refused, and that errors name the place. */
#include "base/json.h"
#include "format/python-json.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct error err;

static json_t *parse(const char *text)
{
    json_t *root = NULL;

    memset(&err, 0, sizeof err);
    if (json_parse_object(text, strlen(text), "x.json", &root, &err))
        CU_ASSERT_PTR_NULL(root);
    return root;
}

static void assert_refused(const char *text, const char *message)
{
    json_t *root = parse(text);

    CU_ASSERT_PTR_NULL(root);
    CU_ASSERT_EQUAL(err.status, ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, message));
    if (!strstr(err.text, message))
        printf("# '%s' is not in '%s'\n", message, err.text);
    CU_ASSERT_PTR_NULL(strchr(err.text, '\n'));
    CU_ASSERT_PTR_NULL(strchr(err.text, '\x1b'));
    json_decref(root);
}

/* The same for what jansson finds: at its place, for its reason, whatever the
 * words of its version are. */
static void assert_invalid(const char *text, enum json_error_code code)
{
    json_error_t found;
    char place[40];

    CU_ASSERT_PTR_NULL(json_loadb(text, strlen(text),
                                  JSON_REJECT_DUPLICATES, &found));
    CU_ASSERT_EQUAL(json_error_code(&found), code);
    snprintf(place, sizeof place, "x.json:%d:%d: ", found.line,
             found.column);
    assert_refused(text, place);
    assert_refused(text, "; valid JSON expected");
}

static void test_place(void)
{
    assert_refused("{\"a\": 1,\n \"b\": }", "x.json:2:");
    assert_refused("{\"a\": 1} {", "x.json:1:");
    assert_refused("", "x.json:1:");
}

static void test_refused(void)
{
    assert_invalid("{\"a\": 1, \"a\": 2}", json_error_duplicate_key);
    assert_refused("[1, 2]", "holds a list; an object {...} expected");
    assert_invalid("{\"a\": 99999999999999999999}",
                   json_error_numeric_overflow);
    assert_invalid("{\"a\": \"\xff\"}", json_error_invalid_utf8);
    assert_refused("{\"a\": \x1b[31m}", "x.json:1:");
    assert_refused("{\"a\": \"line\nend\"}", "x.json:1:");
}

static void test_depth(void)
{
    const size_t depth = 100000;
    char *text = malloc(depth + 6);

    memcpy(text, "{\"a\":", 5);
    memset(text + 5, '[', depth);
    text[5 + depth] = '\0';
    assert_invalid(text, json_error_stack_overflow);
    free(text);
}

static void test_int(void)
{
    json_t *root = parse("{\"n\": 9007199254740993, \"r\": 1.5, \"x\": null}");
    int64_t n = -7;

    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    CU_ASSERT_EQUAL(json_get_int(root, "f", "n", 0, INT64_MAX, &n, &err), 0);
    CU_ASSERT_EQUAL(n, INT64_C(9007199254740993)); /* no double holds it */
    n = -7;
    CU_ASSERT_EQUAL(json_get_int(root, "f", "absent", 0, 9, &n, &err), 0);
    CU_ASSERT_EQUAL(json_get_int(root, "f", "x", 0, 9, &n, &err), 0);
    CU_ASSERT_EQUAL(n, -7);
    CU_ASSERT_EQUAL(json_get_int(root, "f", "r", 0, 9, &n, &err), ST_DATA);
    CU_ASSERT_STRING_EQUAL(err.text,
                           "f: 'r' is a number; a whole number expected");
    CU_ASSERT_EQUAL(json_get_int(root, "f", "n", 0, 9, &n, &err), ST_DATA);
    CU_ASSERT_STRING_EQUAL(err.text, "f: 'n' is 9007199254740993; it must "
                                     "be from 0 to 9");
    CU_ASSERT_EQUAL(n, -7);
    json_decref(root);
}

static void test_others(void)
{
    json_t *root = parse("{\"r\": 1.5, \"i\": 2, \"t\": true, \"s\": \"gelu\","
                         " \"e\": \"a\\u001bb\"}");
    double real = 0;
    bool truth = false;
    const char *text = NULL;

    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    CU_ASSERT_EQUAL(json_get_real(root, "f", "r", &real, &err), 0);
    CU_ASSERT_EQUAL(real, 1.5);
    CU_ASSERT_EQUAL(json_get_real(root, "f", "i", &real, &err), 0);
    CU_ASSERT_EQUAL(real, 2);
    CU_ASSERT_EQUAL(json_get_real(root, "f", "s", &real, &err), ST_DATA);
    CU_ASSERT_EQUAL(json_get_bool(root, "f", "t", &truth, &err), 0);
    CU_ASSERT_TRUE(truth);
    CU_ASSERT_EQUAL(json_get_bool(root, "f", "i", &truth, &err), ST_DATA);
    CU_ASSERT_STRING_EQUAL(err.text,
                           "f: 'i' is a number; true or false expected");
    CU_ASSERT_EQUAL(json_get_string(root, "f", "e", &text, &err), 0);
    CU_ASSERT_STRING_EQUAL(text, "a\x1b" "b");
    CU_ASSERT_EQUAL(json_get_word(root, "f", "s", &text, &err), 0);
    CU_ASSERT_STRING_EQUAL(text, "gelu");
    CU_ASSERT_EQUAL(json_get_word(root, "f", "e", &text, &err), ST_DATA);
    CU_ASSERT_PTR_NULL(strchr(err.text, '\x1b'));
    CU_ASSERT_STRING_EQUAL(text, "gelu");
    json_decref(root);
}

static void test_file(void)
{
    json_t *root = NULL;

    CU_ASSERT_EQUAL(json_load_object("/nonexistent/x.json", &root, &err),
                    ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "/nonexistent/x.json: "));
    CU_ASSERT_EQUAL(json_load_object("/", &root, &err), ST_DATA);
    CU_ASSERT_PTR_NULL(root);
}

/* What Python's json.dumps() writes of floats and of whole numbers. */
static void test_python(void)
{
    static const char text[] =
        "{\"a\": [0.0, Infinity, -Infinity,NaN], \"b\\\"NaN\": \"x NaN\", "
        "\"c\": 1000000000000000019884624838656, \"d\": 9223372036854775807, "
        "\"e\": -9223372036854775809, \"f\": 1e400, \"g\": -1.5e-3}";
    static const char right[] =
        "{\"a\": [0.0, \"Infinity\", \"-Infinity\", \"NaN\"], "
        "\"b\\\"NaN\": \"x NaN\", \"c\": 1000000000000000019884624838656.0, "
        "\"d\": 9223372036854775807, \"e\": -9223372036854775809.0, "
        "\"f\": \"Infinity\", \"g\": -1.5e-3}";
    static const char *const wrong[] = {"{\"a\": Nan}", "{\"a\": Infinity8}",
                                        "{\"a\": -}", "{\"a\": \"", "{\"\\"};
    json_t *got = NULL, *want = parse(right);

    CU_ASSERT_EQUAL(python_json_parse(text, strlen(text), "x.json", &got,
                                      &err), ST_OK);
    CU_ASSERT_TRUE(json_equal(got, want));
    json_decref(got);
    json_decref(want);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CU_ASSERT_EQUAL(python_json_parse(wrong[i], strlen(wrong[i]), "x.json",
                                          &got, &err), ST_DATA);
}

CU_ErrorCode add_json_tests(void)
{
    CU_pSuite suite = CU_add_suite("json", NULL, NULL);

    if (!suite || !CU_add_test(suite, "errors name the place", test_place) ||
        !CU_add_test(suite, "what is not one object", test_refused) ||
        !CU_add_test(suite, "endless nesting", test_depth) ||
        !CU_add_test(suite, "whole numbers", test_int) ||
        !CU_add_test(suite, "other members", test_others) ||
        !CU_add_test(suite, "as Python writes it", test_python) ||
        !CU_add_test(suite, "files", test_file))
        return CU_get_error();
    return CUE_SUCCESS;
}
