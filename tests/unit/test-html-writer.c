/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-html-writer.c - texts in HTML, and cells of CSV. */
#include "base/csv-reader.h"
#include "report/html-writer.h"
#include "tests.h"

#include <stdlib.h>
#include <string.h>

static struct buffer html;

/* Is this what was written since the last time? */
static bool wrote(const char *expected)
{
    bool same = html.n == strlen(expected) &&
                memcmp(html.bytes, expected, html.n) == 0;

    html.n = 0;
    return same;
}

static void test_text(void)
{
    html_text(&html, "<script>alert('&\"')</script>");
    CU_ASSERT(wrote("&lt;script&gt;alert(&#39;&amp;&quot;&#39;)"
                    "&lt;/script&gt;"));
    html_text(&html, "W\xc3\xa4rme \xe2\x82\xac \xf0\x9f\x98\x80\n\t");
    CU_ASSERT(wrote("W\xc3\xa4rme \xe2\x82\xac \xf0\x9f\x98\x80\n\t"));
    /* ESC, DEL, U+0085 */
    html_text(&html, "\x1b[1m\x7f\xc2\x85");
    CU_ASSERT(wrote("\xe2\x90\x9b[1m\xe2\x90\xa1\xef\xbf\xbd"));
    html_text(&html, "a\xff\xc3");
    CU_ASSERT(wrote("a\xef\xbf\xbd\xef\xbf\xbd"));
    html_printf(&html, "%d < %s", 3, "<");
    CU_ASSERT(wrote("3 &lt; &lt;"));
    html_element(&html, "p class=\"x\"", "<b>");
    CU_ASSERT(wrote("<p class=\"x\">&lt;b&gt;</p>\n"));
}

static void test_path(void)
{
    html_path(&html, "javascript:x/a b\"<%.csv");
    CU_ASSERT(wrote("./javascript%3Ax/a%20b%22%3C%25.csv"));
    html_path(&html, "\xc3\xa4/L1-2_~.png");
    CU_ASSERT(wrote("./%C3%A4/L1-2_~.png"));
}

/* The vectors of RFC 4648, chapter 10. */
static void test_base64(void)
{
    static const char *const expected[] = {
        "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};

    for (size_t n = 0; n <= 6; n++) {
        html_base64(&html, "foobar", n);
        CU_ASSERT(wrote(expected[n]));
    }
    html_base64(&html, "\xff\xfe\xfd\0", 4);
    CU_ASSERT(wrote("//79AA=="));
}

/* The cells of text, each in brackets, rows ended by a bar. */
static bool cells_are(const char *text, const char *expected)
{
    struct csv csv;

    for (csv_begin(&csv, text, strlen(text)); csv_next(&csv);) {
        html_raw(&html, "[");
        html_raw(&html, csv.cell.bytes);
        html_raw(&html, csv.row_ends ? "]|" : "]");
    }
    csv_end(&csv);
    return wrote(expected);
}

static void test_csv(void)
{
    CU_ASSERT(cells_are("", ""));
    CU_ASSERT(cells_are("a,b\n1,2\n", "[a][b]|[1][2]|"));
    CU_ASSERT(cells_are("a,b\r\n1,2", "[a][b]|[1][2]|"));
    CU_ASSERT(cells_are("a,\n,", "[a][]|[][]|"));
    CU_ASSERT(cells_are("\n\"\"\n", "[]|[]|"));
    CU_ASSERT(cells_are("\"a\"\"b,\nc\",d\n", "[a\"b,\nc][d]|"));
    CU_ASSERT(cells_are("a\rb,c\"d\n", "[a\rb][c\"d]|"));
    /* Not CSV; nothing is lost. */
    CU_ASSERT(cells_are("\"ab,c\nd", "[ab,c\nd]|"));
    CU_ASSERT(cells_are("\"a\"b,c", "[ab][c]|"));
}

static int free_html(void)
{
    free(html.bytes);
    html = (struct buffer){0};
    return 0;
}

CU_ErrorCode add_html_writer_tests(void)
{
    CU_pSuite suite = CU_add_suite("html", NULL, free_html);

    CU_add_test(suite, "text is escaped", test_text);
    CU_add_test(suite, "paths are relative", test_path);
    CU_add_test(suite, "base64", test_base64);
    CU_add_test(suite, "cells of CSV", test_csv);
    return CU_get_error();
}
