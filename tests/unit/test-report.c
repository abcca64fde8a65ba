/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-report.c - the page of a results folder: whole, hostile, damaged. */
#include "base/sha256.h"
#include "base/folder.h"
#include "base/mem.h"
#include "report/report.h"
#include "results/results-folder.h"
#include "tests.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char top[4096]; /* a fresh folder for each test */
static int folder;
static json_t *manifest;
static char *page; /* of the last make_page, NUL-terminated */

static void set_up(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(top, sizeof top, "%s/transect-report-XXXXXX",
             tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(top)) { /* nothing below may touch another folder */
        perror(top);
        exit(1);
    }
    folder = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    manifest = json_pack(
        "{s:{s:s}, s:b, s:s, s:s, s:s, s:[], s:[]}", "transect", "version",
        "0", "complete", true, "status", "ok", "name", "n", "title", "T",
        "variants", "files");
}

static void tear_down(void)
{
    json_decref(manifest);
    free(page);
    page = NULL;
    close(folder);
    CU_ASSERT_EQUAL(folder_remove(AT_FDCWD, top), 0);
}

/* A file of the folder and of the manifest. */
static void put(const char *name, const char *text)
{
    char sha256[65];

    sha256_bytes(text, strlen(text), sha256);
    CU_ASSERT_EQUAL(folder_write(folder, name, text, strlen(text)), 0);
    json_array_append_new(json_object_get(manifest, "files"),
                          results_entry(name, strlen(text), sha256));
}

/* A variant with one observer, whose parts are given as JSON. */
static void add_variant(const char *name, const char *parts)
{
    json_t *instance = json_loads(parts, 0, NULL);

    CU_ASSERT_PTR_NOT_NULL_FATAL(instance);
    json_object_set_new(instance, "id", json_string("p"));
    json_array_append_new(json_object_get(manifest, "variants"),
                          json_pack("{s:s, s:[o]}", "name", name,
                                    "instances", instance));
}

static void make_page(void)
{
    char *html;
    size_t size;

    free(page);
    report_make(&(struct results_reader){.folder = folder}, manifest, &html,
                &size);
    page = mem_strndup(html, size);
    CU_ASSERT_EQUAL(strlen(page), size);
    free(html);
}

static bool has(const char *text)
{
    return strstr(page, text) != NULL;
}

/* Is the text there, followed by what the system calls that error? */
static bool has_error(const char *text, int number)
{
    char *whole = mem_printf("%s%s.", text, strerror(number));
    bool found = has(whole);

    free(whole);
    return found;
}

static size_t count(const char *text)
{
    size_t n = 0;

    for (const char *at = page; (at = strstr(at, text)); at++)
        n++;
    return n;
}

static bool is_void(const char *name)
{
    return strcmp(name, "meta") == 0 || strcmp(name, "img") == 0 ||
           strcmp(name, "br") == 0 || name[0] == '!';
}

/* Behind the tag that begins at `tag`; a '>' in an attribute is escaped. */
static const char *skip_tag(const char *tag, const char *name)
{
    const char *end = strchr(tag, '>');

    if (strcmp(name, "script") == 0 || strcmp(name, "style") == 0) {
        char *closing = mem_printf("</%s>", name);

        end = strstr(end, closing) - 1;
        free(closing);
    }
    return end + 1;
}

/* Is each element closed where the one that holds it still is open? */
static bool is_balanced(void)
{
    char open[64][16];
    size_t depth = 0;

    for (const char *at = strchr(page, '<'); at; at = strchr(at, '<')) {
        bool closing = at[1] == '/';
        char name[16] = "";

        sscanf(at + 1 + closing, "%15[a-z0-9!]", name);
        if (closing) {
            if (!depth || strcmp(open[--depth], name) != 0)
                return false;
        } else if (!is_void(name)) {
            if (depth == 64)
                return false;
            memcpy(open[depth++], name, sizeof name);
        }
        at = closing ? at + 1 : skip_tag(at, name);
    }
    return depth == 0;
}

static void test_page(void)
{
    put("base/p/t.csv", "layer,word\n0,a\n-1.5e3,\"b\"\n");
    put("base/p/f.svg", "<svg/>");
    put("base/p/f.png", "PNG");
    put("base/p/prune.ini", "x");
    add_variant("base", "{\"findings\": [\"one finding\"], \"figures\": "
                "[{\"stem\": \"base/p/f\", \"title\": \"a figure\"}], "
                "\"verdicts\": [{\"text\": \"Yes.\", \"rule\": \"r > 2.\"}]"
                "}");
    json_object_set_new(manifest, "seconds", json_real(12345.6));
    make_page();
    CU_ASSERT(is_balanced());
    CU_ASSERT(has(", in 12346 s</dd>"));
    CU_ASSERT(has("<dd>Yes.</dd>"));
    CU_ASSERT(has("p, by this rule: r &gt; 2."));
    CU_ASSERT(has("<li>one finding</li>"));
    CU_ASSERT(has("<tr><td class=\"n\">-1.5e3</td><td>b</td></tr>"));
    CU_ASSERT(has("src=\"data:image/svg+xml;base64,PHN2Zy8+\""));
    CU_ASSERT(has("alt=\"Figure: a figure (base/p/f.svg)\""));
    CU_ASSERT(has("Also written: <a href=\"./base/p/prune.ini\">"));
    CU_ASSERT_FALSE(has("class=\"alarm\""));
    CU_ASSERT_EQUAL(count("<details class=\"variant\" id=\"variant-0\" "
                          "open>"), 1);
}

/* Texts that would like to be markup. */
static void test_hostile(void)
{
    static const char evil[] = "</title><script>alert(1)</script>\"'><img "
                               "src=http://x/>&\x1b";
    char *cells = mem_printf("token\n\"%s\"\n", "<script>alert(2)</script>");
    json_t *text = json_string(evil);
    json_t *instance = json_pack(
        "{s:[O], s:{s:O}, s:O, s:[{s:O, s:O}], s:[{s:s, s:O}], s:O}",
        "findings", text, "options", "o", text, "disabled", text,
        "verdicts", "text", text, "rule", text, "figures", "stem",
        "v/p/none", "title", text, "role", text);
    char *parts = json_dumps(instance, 0);

    put("v/p/t.csv", cells);
    add_variant(evil, parts);
    add_variant("v", parts);
    json_object_set(manifest, "title", text);
    json_object_set(manifest, "name", text);
    json_object_set(manifest, "cpu", text);
    json_object_set(manifest, "failures", json_object_get(instance,
                                                          "findings"));
    json_object_set_new(manifest, "status", json_string("failed"));
    make_page();
    CU_ASSERT(is_balanced());
    CU_ASSERT_EQUAL(count("<script"), 1);
    CU_ASSERT_EQUAL(count("<img"), 0);
    CU_ASSERT_FALSE(has("alert(1)</script>"));
    CU_ASSERT(has("<td>&lt;script&gt;alert(2)&lt;/script&gt;</td>"));
    CU_ASSERT(has("<h2>This run failed</h2>"));
    free(parts);
    free(cells);
    json_decref(instance);
    json_decref(text);
}

/* What a manifest might hold that nobody wrote like this. */
static void test_odd_manifest(void)
{
    static const char *const odd[] = {
        "{}", "{\"variants\": 3, \"files\": {}, \"title\": []}",
        "{\"variants\": [null, 1, {\"instances\": [[]], \"edits\": [7]}], "
        "\"files\": [{}, 2, {\"path\": \"x\"}], \"model\": \"m\"}",
        "{\"files\": [{\"path\": \"../../etc/passwd\", \"sha256\": \"\"}, "
        "{\"path\": \"/etc/passwd\", \"sha256\": \"\"}, {\"path\": "
        "\"link.csv\", \"sha256\": \"\"}]}",
    };

    CU_ASSERT_EQUAL(symlinkat("/etc/passwd", folder, "link.csv"), 0);
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        json_decref(manifest);
        manifest = json_loads(odd[i], 0, NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(manifest);
        make_page();
        CU_ASSERT(is_balanced());
        CU_ASSERT_FALSE(has("root:"));
    }
    CU_ASSERT(has("<li>../../etc/passwd: missing</li>"));
    CU_ASSERT(has("<li>link.csv: missing</li>"));
}

static void test_damaged(void)
{
    put("v/p/changed.csv", "a\n1\n");
    put("v/p/gone.csv", "a\n1\n");
    put("v/p/empty.csv", "");
    add_variant("v", "{}");
    CU_ASSERT_EQUAL(unlinkat(folder, "v/p/gone.csv", 0), 0);
    CU_ASSERT_EQUAL(unlinkat(folder, "v/p/changed.csv", 0), 0);
    CU_ASSERT_EQUAL(folder_write(folder, "v/p/changed.csv", "a\n2\n", 4), 0);
    make_page();
    CU_ASSERT(is_balanced());
    CU_ASSERT(has("<li>v/p/changed.csv: changed</li>"));
    CU_ASSERT(has("<li>v/p/gone.csv: missing</li>"));
    CU_ASSERT(has("v/p/changed.csv is not what the run wrote"));
    CU_ASSERT(has_error("v/p/gone.csv cannot be read: ", ENOENT));
    CU_ASSERT(has("v/p/empty.csv is empty."));
    CU_ASSERT(has("<td class=\"n\">2</td>"));
}

/* Tables are shown up to 2000 rows, many variants closed. */
static void test_long(void)
{
    char *text = mem_new(2101, 8), *at = text;

    at += sprintf(at, "n\n");
    for (int i = 0; i < 2100; i++)
        at += sprintf(at, "%d\n", i);
    put("v0/p/t.csv", text);
    free(text);
    for (int i = 0; i < 30; i++) {
        char name[16];

        snprintf(name, sizeof name, "v%d", i);
        add_variant(name, "{\"verdicts\": [{\"text\": \"X.\", \"rule\": "
                    "\"same\"}]}");
    }
    make_page();
    CU_ASSERT(is_balanced());
    CU_ASSERT(has("The first 2000 of 2100 rows; all of them are in "));
    CU_ASSERT(has("<td class=\"n\">1999</td>"));
    CU_ASSERT_FALSE(has("<td class=\"n\">2000</td>"));
    CU_ASSERT_FALSE(has("<details class=\"variant\" id=\"variant-0\" open>"));
    CU_ASSERT_EQUAL(count("<dd>X.</dd>"), 30);
    CU_ASSERT_EQUAL(count("by this rule: same"), 1);
    CU_ASSERT_EQUAL(count("<summary>More variants</summary>"), 1);
}

/* Wide rows are shown up to 256 KiB; a header that is longer, not at all. */
static void test_wide(void)
{
    const size_t rows = 50, cols = 12, width = 1000;
    char *text = mem_new(rows * cols * width + 1, 1);
    char *header = mem_new(rows * cols * width + 1, 1);

    memset(text, '1', rows * cols * width);
    for (size_t i = 1; i <= rows * cols; i++)
        text[i * width - 1] = i % cols == 0 ? '\n' : ',';
    memset(header, ',', rows * cols * width);
    put("v/p/t.csv", text);
    put("v/p/u.csv", header);
    add_variant("v", "{}");
    make_page();
    CU_ASSERT(is_balanced());
    /* A row is 12000 bytes, and 21 of them are the most within 262144. */
    CU_ASSERT(has("The first 20 of 49 rows; all of them are in <a href=\""
                  "./v/p/t.csv\">"));
    CU_ASSERT_EQUAL(count("<td class=\"n\">"), 20 * cols + 2);
    CU_ASSERT(has("Not in this page, which would become too long: "
                  "<a href=\"./v/p/u.csv\">"));
    free(header);
    free(text);
}

/* A file that grew beyond all measure is named as changed, and not read. */
static void test_huge(void)
{
    char *path = mem_printf("%s/v/p/t.csv", top), *bytes;
    size_t size;

    put("v/p/t.csv", "a\n1\n");
    add_variant("v", "{}");
    CU_ASSERT_EQUAL_FATAL(truncate(path, (off_t)FOLDER_READ_MOST + 1), 0);
    free(path);
    make_page();
    CU_ASSERT(has("<li>v/p/t.csv: changed</li>"));
    CU_ASSERT(has_error("v/p/t.csv cannot be read: ", EFBIG));
    CU_ASSERT_EQUAL(folder_read(folder, "v/p/t.csv", &bytes, &size), -1);
    CU_ASSERT_EQUAL(errno, EFBIG);
}

/* 16 MiB of figures are enough; what is beyond is linked to. */
static void test_room(void)
{
    size_t n = (size_t)10 << 20;
    char *blank = mem_new(n + 1, 1);

    memset(blank, ' ', n);
    put("v/p/a.svg", blank);
    put("v/p/b.svg", blank);
    put("v/p/c.csv", "x\n1\n");
    free(blank);
    add_variant("v", "{\"figures\": [{\"stem\": \"v/p/a\"}, {\"stem\": "
                "\"v/p/b\"}]}");
    make_page();
    CU_ASSERT_EQUAL(count("<img "), 1);
    CU_ASSERT(has("Not in this page, which would become too long: "
                  "<a href=\"./v/p/b.svg\">"));
    CU_ASSERT(has("<td class=\"n\">1</td>"));
}

static void test_folder_read(void)
{
    char *bytes = NULL;
    size_t size;

    CU_ASSERT_EQUAL(folder_write(folder, "a/b", "abc", 3), 0);
    CU_ASSERT_EQUAL(folder_read(folder, "a/b", &bytes, &size), 0);
    CU_ASSERT_EQUAL(size, 3);
    CU_ASSERT_STRING_EQUAL(bytes, "abc");
    free(bytes);
    CU_ASSERT_EQUAL(folder_read(folder, "a", &bytes, &size), -1);
    CU_ASSERT_EQUAL(errno, EINVAL);
    CU_ASSERT_EQUAL(folder_read(folder, "a/../a/b", &bytes, &size), -1);
    CU_ASSERT_EQUAL(errno, EINVAL);
    CU_ASSERT_EQUAL(folder_read(folder, "c/d", &bytes, &size), -1);
    CU_ASSERT_EQUAL(errno, ENOENT);
    CU_ASSERT_EQUAL(faccessat(folder, "c", F_OK, 0), -1);
    CU_ASSERT_EQUAL(folder_replace(folder, "x", "1", 1), 0);
    CU_ASSERT_EQUAL(folder_replace(folder, "x", "23", 2), 0);
    CU_ASSERT_EQUAL(folder_read(folder, "x", &bytes, &size), 0);
    CU_ASSERT_STRING_EQUAL(bytes, "23");
    free(bytes);
}

CU_ErrorCode add_report_tests(void)
{
    CU_pSuite suite = CU_add_suite_with_setup_and_teardown(
        "report", NULL, NULL, set_up, tear_down);

    CU_add_test(suite, "a page", test_page);
    CU_add_test(suite, "hostile texts", test_hostile);
    CU_add_test(suite, "odd manifests", test_odd_manifest);
    CU_add_test(suite, "damaged files", test_damaged);
    CU_add_test(suite, "long tables, many variants", test_long);
    CU_add_test(suite, "wide tables", test_wide);
    CU_add_test(suite, "a huge file", test_huge);
    CU_add_test(suite, "too many figures", test_room);
    CU_add_test(suite, "files of a folder", test_folder_read);
    return CU_get_error();
}
