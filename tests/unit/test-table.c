/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-table.c - tables, their mistakes, CSV, comparison with the baseline. */
#include "results/paired-statistics.h"
#include "results/table.h"
#include "tests.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof (array)[0])
#define NEW(name, columns) table_new(name, columns, COUNT(columns))

static const struct transect_column heads[] = {
    { "layer", TRANSECT_COL_INT, TRANSECT_COL_KEY },
    { "head", TRANSECT_COL_TEXT, TRANSECT_COL_KEY },
    { "score", TRANSECT_COL_REAL, TRANSECT_COL_METRIC },
    { "note", TRANSECT_COL_TEXT, TRANSECT_COL_INFO },
    { "rank", TRANSECT_COL_INT, TRANSECT_COL_METRIC },
};

static void put_head(struct transect_table *table, int layer,
                     const char *head, double score, int rank)
{
    table_put_int(table, layer);
    table_put_text(table, head);
    table_put_real(table, score);
    table_put_text(table, "a note");
    table_put_int(table, rank);
}

static void expect_csv(const struct transect_table *table,
                       const char *expected)
{
    char *text;
    size_t size;

    table_csv(table, NULL, &text, &size);
    CU_ASSERT_EQUAL(size, strlen(expected));
    CU_ASSERT_STRING_EQUAL(text, expected);
    free(text);
}

/* The check fails with a message that contains `part`. */
static void expect_mistake(struct transect_table *table, const char *part)
{
    struct error err = { 0 };

    CU_ASSERT_EQUAL(table_check(table, &err), ST_FAILED);
    CU_ASSERT_EQUAL(err.status, ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, part));
    table_free(table);
}

static void expect_sound(const struct transect_table *table)
{
    struct error err = { 0 };

    CU_ASSERT_EQUAL(table_check(table, &err), ST_OK);
    CU_ASSERT_STRING_EQUAL(err.text, "");
}

static void test_csv(void)
{
    struct transect_table *table = NEW("heads", heads);

    expect_csv(table, "layer,head,score,note,rank\n");
    put_head(table, 0, "L0H1", 0.25, 2);
    put_head(table, -3, "L2H7", 1234.5678901, 1);
    expect_sound(table);
    CU_ASSERT_EQUAL(table_rows(table), 2);
    expect_csv(table, "layer,head,score,note,rank\n"
                      "0,L0H1,0.25,a note,2\n"
                      "-3,L2H7,1234.56789,a note,1\n");
    table_free(table);
}

static void test_csv_variant(void)
{
    static const struct transect_column own[] = {
        { "x", TRANSECT_COL_INT, TRANSECT_COL_INFO },
        { "variant", TRANSECT_COL_TEXT, TRANSECT_COL_INFO },
    };
    struct transect_table *table = NEW("own", own);
    size_t size;
    char *text;

    table_put_int(table, 3);
    table_put_text(table, "of its own");
    table_csv(table, "cut", &text, &size);
    CU_ASSERT_STRING_EQUAL(text, "x,variant\n3,of its own\n");
    free(text);
    table_free(table);
    table = table_new("one", own, 1);
    table_put_int(table, 3);
    table_put_int(table, 4);
    table_csv(table, "a,b", &text, &size);
    CU_ASSERT_STRING_EQUAL(text, "x,variant\n3,\"a,b\"\n4,\"a,b\"\n");
    CU_ASSERT_EQUAL(size, strlen(text));
    free(text);
    table_free(table);
}

static void test_csv_numbers(void)
{
    static const struct transect_column columns[] = {
        { "real", TRANSECT_COL_REAL, TRANSECT_COL_INFO },
        { "integer", TRANSECT_COL_INT, TRANSECT_COL_INFO },
    };
    static const double reals[] = { NAN, -NAN, INFINITY, -INFINITY, 1e-5,
                                    DBL_MAX, 1.0 / 3, 100000000, 0 };
    struct transect_table *table = NEW("numbers", columns);
    size_t i;

    for (i = 0; i < COUNT(reals); i++) {
        table_put_real(table, reals[i]);
        table_put_int(table, i % 2 ? INT64_MIN : INT64_MAX);
    }
    expect_csv(table, "real,integer\n"
                      "nan,9223372036854775807\n"
                      "nan,-9223372036854775808\n"
                      "inf,9223372036854775807\n"
                      "-inf,-9223372036854775808\n"
                      "1e-05,9223372036854775807\n"
                      "1.79769313e+308,-9223372036854775808\n"
                      "0.333333333,9223372036854775807\n"
                      "100000000,-9223372036854775808\n"
                      "0,9223372036854775807\n");
    table_free(table);
}

static void test_csv_quotes(void)
{
    static const struct transect_column columns[] = {
        { "a,b", TRANSECT_COL_TEXT, TRANSECT_COL_INFO },
    };
    static const char *const texts[] = { "plain text", "a,b", "say \"no\"",
                                         "two\nlines", "\r", "", "\xc3\xa4",
                                         " blank ", "'" };
    struct transect_table *table = NEW("texts", columns);
    size_t i;

    for (i = 0; i < COUNT(texts); i++)
        table_put_text(table, texts[i]);
    expect_csv(table, "\"a,b\"\nplain text\n\"a,b\"\n\"say \"\"no\"\"\"\n"
                      "\"two\nlines\"\n\"\r\"\n\"\"\n\xc3\xa4\n blank \n'\n");
    table_free(table);
}

/* A locale with a decimal comma, where the system has one. */
static void test_csv_locale(void)
{
    static const char *const names[] = { "de_DE.UTF-8", "fr_FR.UTF-8",
                                         "de_DE", "nl_NL.UTF-8", "it_IT" };
    static const struct transect_column columns[] = {
        { "x", TRANSECT_COL_REAL, TRANSECT_COL_INFO },
    };
    const char *found = NULL;
    struct transect_table *table;
    size_t i;

    for (i = 0; i < COUNT(names) && !found; i++)
        found = setlocale(LC_NUMERIC, names[i]);
    if (!found) {
        test_skip("no locale with a decimal comma is installed");
        return;
    }
    table = NEW("x", columns);
    table_put_real(table, 1.5);
    CU_ASSERT_STRING_EQUAL(localeconv()->decimal_point, ",");
    expect_csv(table, "x\n1.5\n");
    CU_ASSERT_STRING_EQUAL(localeconv()->decimal_point, ",");
    setlocale(LC_NUMERIC, "C");
    table_free(table);
}

static void test_wrong_cells(void)
{
    struct transect_table *table = NEW("heads", heads);

    put_head(table, 0, "L0H0", 1, 1);
    table_put_int(table, 1);
    table_put_int(table, 1);
    table_put_int(table, 1); /* only the first mistake is told */
    expect_mistake(table, "table 'heads', row 1, column 'head': the value is "
                          "an integer; the column is declared as a text");

    table = NEW("heads", heads);
    table_put_int(table, 1);
    table_put_text(table, NULL);
    expect_mistake(table, "row 0: the text is NULL");

    table = NEW("heads", heads);
    put_head(table, 0, "L0H0", 1, 1);
    table_put_int(table, 1);
    CU_ASSERT_EQUAL(table_rows(table), 1);
    expect_mistake(table, "table 'heads', row 1: 1 cells; a row has 5");
}

/* A wrong cell does not shift those after it. */
static void test_cells_stay_in_their_columns(void)
{
    struct transect_table *table = NEW("heads", heads);

    table_put_real(table, 7);
    table_put_text(table, "L0H0");
    table_put_real(table, 0.5);
    table_put_real(table, 7);
    table_put_int(table, 3);
    expect_csv(table, "layer,head,score,note,rank\n0,L0H0,0.5,\"\",3\n");
    expect_mistake(table, "column 'layer': the value is a real");
}

static void test_wrong_columns(void)
{
    struct transect_column columns[2] = {
        { "layer", TRANSECT_COL_INT, TRANSECT_COL_KEY },
        { "layer", TRANSECT_COL_INT, TRANSECT_COL_INFO },
    };
    struct transect_table *table;

    expect_mistake(NEW("t", columns), "two columns named 'layer'");
    columns[1].name = NULL;
    expect_mistake(NEW("t", columns), "column 1 has no name");
    columns[1].name = "top";
    columns[1].type = 3;
    table = NEW("t", columns);
    table_put_int(table, 1);
    table_put_text(table, "x");
    expect_mistake(table, "column 'top': unknown type 3");
    columns[1].type = TRANSECT_COL_TEXT;
    columns[1].role = -1;
    expect_mistake(NEW("t", columns), "column 'top': unknown role -1");
    columns[1].role = TRANSECT_COL_METRIC;
    expect_mistake(NEW("t", columns), "a metric of type TEXT");
    table = table_new("t", NULL, 0);
    table_put_int(table, 1);
    CU_ASSERT_EQUAL(table_rows(table), 0);
    expect_csv(table, "");
    expect_mistake(table, "has no columns");
}

static void test_keys(void)
{
    static const struct transect_column no_key[] = {
        { "x", TRANSECT_COL_INT, TRANSECT_COL_METRIC },
    };
    static const struct transect_column info[] = {
        { "x", TRANSECT_COL_INT, TRANSECT_COL_INFO },
    };
    struct transect_table *table = NEW("heads", heads);

    put_head(table, 1, "a", 1, 1);
    put_head(table, 0, "b", 1, 1);
    put_head(table, 0, "a", 1, 1);
    put_head(table, 1, "b", 1, 1);
    expect_sound(table);
    put_head(table, 0, "b", 2, 2);
    expect_mistake(table, "have the same key");

    table = NEW("one", no_key);
    table_put_int(table, 1);
    expect_sound(table);
    table_put_int(table, 2);
    expect_mistake(table, "rows 0 and 1 have the same key");

    table = NEW("many", info);
    table_put_int(table, 1);
    table_put_int(table, 1);
    expect_sound(table);
    table_free(table);
}

static void test_real_keys(void)
{
    static const struct transect_column columns[] = {
        { "x", TRANSECT_COL_REAL, TRANSECT_COL_KEY },
    };
    struct transect_table *table = NEW("x", columns);

    table_put_real(table, NAN);
    table_put_real(table, 1);
    table_put_real(table, -INFINITY);
    expect_sound(table);
    table_put_real(table, NAN);
    expect_mistake(table, "have the same key");
}

static void test_compare(void)
{
    struct transect_table *baseline = NEW("heads", heads);
    struct transect_table *variant = NEW("heads", heads);
    struct transect_table *out;

    put_head(baseline, 0, "b", -4, 1);
    put_head(baseline, 0, "a", 2, 0);
    put_head(baseline, 9, "only", 5, 5);
    put_head(variant, 0, "a", 3, 0);
    put_head(variant, 0, "b", -5, 3);
    put_head(variant, 1, "new", 8, 8);
    out = table_compare(NULL, "top, cut", variant, baseline);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    CU_ASSERT_PTR_EQUAL(table_compare(out, "same", baseline, baseline), out);
    expect_sound(out);
    CU_ASSERT_STRING_EQUAL(out->name, "heads");
    expect_csv(out,
        "variant,layer,head,metric,baseline,value,change,change_pct\n"
        "\"top, cut\",0,a,score,2,3,1,50\n"
        "\"top, cut\",0,a,rank,0,0,0,0\n"
        "\"top, cut\",0,b,score,-4,-5,-1,-25\n"
        "\"top, cut\",0,b,rank,1,3,2,200\n"
        "\"top, cut\",1,new,score,nan,8,nan,nan\n"
        "\"top, cut\",1,new,rank,nan,8,nan,nan\n"
        "\"top, cut\",9,only,score,5,nan,nan,nan\n"
        "\"top, cut\",9,only,rank,5,nan,nan,nan\n"
        "same,0,b,score,-4,-4,0,0\nsame,0,b,rank,1,1,0,0\n"
        "same,0,a,score,2,2,0,0\nsame,0,a,rank,0,0,0,0\n"
        "same,9,only,score,5,5,0,0\nsame,9,only,rank,5,5,0,0\n");
    table_free(out);
    table_free(variant);
    table_free(baseline);
}

/* Means of what both have, with metrics in turn, variant by variant. */
static void test_means(void)
{
    static const struct transect_column columns[] = {
        {"note", TRANSECT_COL_TEXT, TRANSECT_COL_INFO},
        {"sample", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"x", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"rank", TRANSECT_COL_INT, TRANSECT_COL_METRIC},
    };
    static const double before[] = {1, 2, NAN, 4}, after[] = {2, 4, 9, 7};
    struct transect_table *a = NEW("s", columns), *b = NEW("s", columns);
    struct paired_signs *signs = paired_signs_new(1);
    struct transect_table *compared, *means;

    for (int i = 0; i < 4; i++)
        for (int side = 0; side < 2; side++) {
            struct transect_table *table = side ? b : a;

            table_put_text(table, "n");
            table_put_int(table, 3 - i);
            table_put_real(table, side ? after[i] : before[i]);
            table_put_int(table, 5 + side * (i % 2));
        }
    CU_ASSERT_TRUE(table_is_paired(a));
    compared = table_compare(NULL, "v", b, a);
    table_compare(compared, "w", a, a);
    means = table_means(compared, signs);
    paired_signs_free(signs);
    expect_csv(means, "variant,metric,baseline,value,change,se,p,n\n"
                      "v,x,2.33333333,4.33333333,2,0.577350269,0.25,3\n"
                      "v,rank,5,5.5,0.5,0.288675135,0.5,4\n"
                      "w,x,2.33333333,2.33333333,0,0,1,3\n"
                      "w,rank,5,5,0,0,1,4\n");
    table_free(means);
    table_free(compared);
    table_free(b);
    table_free(a);
}

static void test_is_paired(void)
{
    struct transect_column columns[] = {
        {"sample", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY},
    };
    struct transect_table *table = table_new("t", columns, 1);

    CU_ASSERT_TRUE(table_is_paired(table));
    table_free(table);
    table = table_new("t", columns, 2);
    CU_ASSERT_FALSE(table_is_paired(table));
    table_free(table);
    table = table_new("t", columns + 1, 1);
    CU_ASSERT_FALSE(table_is_paired(table));
    table_free(table);
    columns[0].type = TRANSECT_COL_TEXT;
    table = table_new("t", columns, 1);
    CU_ASSERT_FALSE(table_is_paired(table));
    table_free(table);
}

static void test_compare_from_zero(void)
{
    static const struct transect_column columns[] = {
        { "x", TRANSECT_COL_REAL, TRANSECT_COL_METRIC },
    };
    struct transect_table *baseline = NEW("x", columns);
    struct transect_table *variant = NEW("x", columns), *out;

    table_put_real(baseline, 0);
    table_put_real(variant, -2);
    out = table_compare(NULL, "v", variant, baseline);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    expect_csv(out, "variant,metric,baseline,value,change,change_pct\n"
                    "v,x,0,-2,-2,-inf\n");
    table_free(out);
    table_free(variant);
    table_free(baseline);
}

static void test_compare_refused(void)
{
    struct transect_table *full = NEW("heads", heads);
    struct transect_table *two = table_new("heads", heads, 2);
    struct transect_table *three = table_new("heads", heads, 3);

    CU_ASSERT_PTR_NULL(table_compare(NULL, "v", two, two));
    expect_mistake(table_compare(NULL, "v", full, three),
                   "variant 'v' and the baseline have different columns");
    table_free(three);
    table_free(two);
    table_free(full);
}

CU_ErrorCode add_table_tests(void)
{
    CU_pSuite suite = CU_add_suite("table", NULL, NULL);

    if (!suite)
        return CU_get_error();
    CU_add_test(suite, "CSV", test_csv);
    CU_add_test(suite, "the variant of rows", test_csv_variant);
    CU_add_test(suite, "CSV: numbers", test_csv_numbers);
    CU_add_test(suite, "CSV: quotes", test_csv_quotes);
    CU_add_test(suite, "CSV: any locale", test_csv_locale);
    CU_add_test(suite, "means over samples", test_means);
    CU_add_test(suite, "tables of samples", test_is_paired);
    CU_add_test(suite, "wrong cells", test_wrong_cells);
    CU_add_test(suite, "cells stay in their columns",
                test_cells_stay_in_their_columns);
    CU_add_test(suite, "wrong columns", test_wrong_columns);
    CU_add_test(suite, "keys", test_keys);
    CU_add_test(suite, "real keys", test_real_keys);
    CU_add_test(suite, "comparison", test_compare);
    CU_add_test(suite, "comparison with zero", test_compare_from_zero);
    CU_add_test(suite, "comparison refused", test_compare_refused);
    return CU_get_error();
}
