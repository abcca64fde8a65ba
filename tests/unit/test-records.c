/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-records.c - rows of records from each format, what is refused and
 * where, and what fields and templates take from them. */
#include "tests.h"

#include "base/mem.h"
#include "plan/record-text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct error err;
static char path[40];

/* NULL if refused. */
static struct records *read_as(const char *suffix, const char *text, size_t n)
{
    struct records *records = NULL;
    int fd;

    snprintf(path, sizeof path, "/tmp/transect-records-XXXXXX%s", suffix);
    fd = mkstemps(path, (int)strlen(suffix));
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL(write(fd, text, n), (ssize_t)n);
    close(fd);
    memset(&err, 0, sizeof err);
    if (records_read(path, &records, &err))
        CU_ASSERT_PTR_NULL(records);
    unlink(path);
    return records;
}

static struct records *read_text(const char *suffix, const char *text)
{
    return read_as(suffix, text, strlen(text));
}

/* The message ends in this, with the file and line in front. */
static void refused(const char *suffix, const char *text, const char *message)
{
    struct records *records = read_text(suffix, text);
    size_t n = strlen(path);

    CU_ASSERT_PTR_NULL(records);
    CU_ASSERT_EQUAL(err.status, ST_DATA);
    CU_ASSERT(strncmp(err.text, path, n) == 0);
    CU_ASSERT(strstr(err.text, message) == err.text + n);
    if (strstr(err.text, message) != err.text + n)
        printf("# '%s' is not '%s'\n", err.text, message);
    records_free(records);
}

/* What a setting takes of a record; the caller frees. NULL: refused. */
static char *taken(const struct records *records, size_t i,
                   const char *setting)
{
    struct buffer text = {0};
    const struct record_key key = {.text = mem_strdup(setting),
                                   .is_template = strpbrk(setting, "{}"),
                                   .place = {"x.ini", 5}};
    const json_t *ids;
    char *copy = NULL;

    memset(&err, 0, sizeof err);
    if (!record_text_check(&key, &err) &&
        !record_text(&records->list[i], &key, &text, &ids, &err))
        copy = ids ? json_dumps(ids, JSON_COMPACT)
                   : mem_strndup(text.n ? text.bytes : "", text.n);
    free(text.bytes);
    free(key.text);
    return copy;
}

static void is(const struct records *records, size_t i, const char *setting,
               const char *want)
{
    char *got = taken(records, i, setting);

    CU_ASSERT_PTR_NOT_NULL(got);
    if (got)
        CU_ASSERT_STRING_EQUAL(got, want);
    free(got);
}

static void no(const struct records *records, const char *setting,
               int status, const char *message)
{
    char *got = taken(records, 0, setting);

    CU_ASSERT_PTR_NULL(got);
    CU_ASSERT_EQUAL(err.status, status);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, message));
    free(got);
}

static void test_formats(void)
{
    static const char *const texts[][2] = {
        {".jsonl", "\n{\"prompt\": \"Rain,\\n \\\"wet\\\"\", \"b\": \"x\"}\r\n"
                   "  \n{\"b\": \"\", \"prompt\": \"\u00e9\", \"c\": null}"},
        {".csv", "\xef\xbb\xbfprompt,b\n\"Rain,\n \"\"wet\"\"\",x\n\n\u00e9,"},
        {".tsv", "b\tprompt\r\nx\t\"Rain,\n \"\"wet\"\"\"\r\n\t\u00e9\r\n"}};
    static const int lines[][2] = {{2, 4}, {2, 5}, {2, 4}};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct records *records = read_text(texts[i][0], texts[i][1]);

        CU_ASSERT_PTR_NOT_NULL_FATAL(records);
        CU_ASSERT_EQUAL_FATAL(records->n, 2);
        CU_ASSERT_EQUAL(records->list[0].line, lines[i][0]);
        CU_ASSERT_EQUAL(records->list[1].line, lines[i][1]);
        is(records, 0, "prompt", "Rain,\n \"wet\"");
        is(records, 0, "b", "x");
        is(records, 1, "prompt", "\u00e9");
        is(records, 1, "b", "");
        CU_ASSERT_EQUAL(strlen(records->sha256), 64);
        records_free(records);
    }
}

static void test_refused(void)
{
    static const char latin[] = "{\"a\": \"b\"}\n{\"a\": \"\xe9\"}\n";

    refused(".jsonl", "{\"a\": 1}\n\n[1]\n", ":3:1: holds a list; an object");
    refused(".jsonl", "{\"a\": 1}\n{\"a\": }\n", ":2:7: ");
    refused(".jsonl", "{\"a\": 1, \"a\": 2}\n", ":1:");
    refused(".jsonl", latin, ":2: has a byte that is not UTF-8");
    refused(".jsonl", "\n \n", ": has no record");
    refused(".csv", "a,b\n", ": has no record");
    refused(".csv", "", ": has no record");
    refused(".csv", "a,\nx,y\n", ":1: a column has no name");
    refused(".csv", "a,b,a\n1,2,3\n", ":1: two columns have the name 'a'");
    refused(".csv", "a,b\n1,2\n\"3\n4\",5,6\n",
            ":3: has 3 cells; the header has 2");
    refused(".csv", "a,b\n1,2\n3\n", ":3: has 1 cell; the header has 2");
    refused(".csv", "a,b\n1,2\n3,\"4\n5,6\n", ":3: a quote is not closed");
    refused(".csv", "a,b\n1,\"2\"\"", ":2: a quote is not closed");
    refused(".csv", "p,a\n\"[1, 2]\",x\n,\"[3]\"\n[1 2],\n",
            ":4: 'p' is \"[1 2]\", which is no JSON list");
    refused(".tsv", "a\nb\n[\"c\", \"d\"]\n", ":2: 'a' is \"b\"");
    refused(".txt", "a\n", ": is named neither");
}

static void test_blanks(void)
{
    struct records *records =
        read_text(".csv", "p\n \t\r\na\n\"\"\n\n\" \"\nb\n  ");

    CU_ASSERT_PTR_NOT_NULL_FATAL(records);
    CU_ASSERT_EQUAL_FATAL(records->n, 4);
    CU_ASSERT_EQUAL(records->list[0].line, 3);
    is(records, 1, "p", "");
    CU_ASSERT_EQUAL(records->list[1].line, 4);
    is(records, 2, "p", " ");
    CU_ASSERT_EQUAL(records->list[2].line, 6);
    is(records, 3, "p", "b");
    records_free(records);
    records = read_text(".tsv", "p\tq\n\t\na\tb\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(records);
    CU_ASSERT_EQUAL(records->n, 2);
    records_free(records);
}

static void test_no_text(void)
{
    static const char utf16[] = "p\0\n\0a\0";
    struct records *records = read_as(".csv", utf16, sizeof utf16 - 1);

    CU_ASSERT_PTR_NULL(records);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, ":1: has a NUL byte"));
}

static void test_lists(void)
{
    struct records *records =
        read_text(".csv", "a,b,c,d\n"
                          "\"[1, 20]\",\"[1, 2\",[],\"[\"\"x\"\"]\"\n");

    CU_ASSERT_PTR_NOT_NULL_FATAL(records);
    is(records, 0, "a", "[1,20]");
    is(records, 0, "b", "[1, 2");
    no(records, "c", ST_DATA, "field 'c' is neither text, a whole");
    no(records, "d", ST_DATA, "field 'd' is neither text, a whole");
    no(records, "{a}", ST_DATA, "field 'a' is neither text nor a whole");
    records_free(records);
}

static void test_templates(void)
{
    struct records *records = read_text(
        ".jsonl", "{\"a\": \"Mary\", \"b c\": 7, \"t\": true, \"n\": null, "
                  "\"x\": \"{a}\", \"r\": 0.5}");

    CU_ASSERT_PTR_NOT_NULL_FATAL(records);
    is(records, 0, "When {a} met {b c}, {a} left", "When Mary met 7, Mary "
                                                   "left");
    is(records, 0, "{{{a}}} {{a}}", "{Mary} {a}");
    is(records, 0, "{x}{x}", "{a}{a}");
    no(records, "{r}", ST_DATA, "field 'r' is neither text nor a whole");
    no(records, "r", ST_DATA, "field 'r' is neither text, a whole number");
    is(records, 0, "b c", "7");
    is(records, 0, "{{", "{");
    no(records, "{a", ST_USAGE, "x.ini:5: '{' is not closed");
    no(records, "{a{b}}", ST_USAGE, "x.ini:5: '{' is not closed");
    no(records, "a}", ST_USAGE, "'}' closes nothing");
    no(records, "{}", ST_USAGE, "names no field");
    no(records, "{z}", ST_DATA, "has no field 'z'");
    no(records, "z", ST_DATA, "has no field 'z'");
    no(records, "n", ST_DATA, "has no field 'n'");
    no(records, "{t}", ST_DATA, "field 't' is neither text nor a whole");
    records_free(records);
}

CU_ErrorCode add_records_tests(void)
{
    static CU_TestInfo tests[] = {{"of each format", test_formats},
                                  {"refused, with the line", test_refused},
                                  {"rows of blanks", test_blanks},
                                  {"not UTF-8 but UTF-16", test_no_text},
                                  {"cells that are lists", test_lists},
                                  {"fields and templates", test_templates},
                                  CU_TEST_INFO_NULL};
    CU_SuiteInfo suites[] = {{"records", NULL, NULL, NULL, NULL, tests},
                             CU_SUITE_INFO_NULL};

    return CU_register_suites(suites);
}
