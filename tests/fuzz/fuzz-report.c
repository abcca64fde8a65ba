/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-report.c - a folder of results with a few members of its manifest
 * changed, and any bytes as one of its tables: transect report makes a page.
 * All that it was given is escaped there, and the page closes what it opens;
 * made again, it is the same. The first byte chooses the table, the second
 * whether it is made again. */
#include "harness.h"

#include "base/folder.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "json-edits.h"
#include "report/report.h"
#include "results/results-folder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MARK "<i9 a='\"&"

static const char *const more_words[] = {
    MARK, "</script>", "javascript:1", "\xe2\x80\xae", "../manifest.json",
    "a/../../b", "/etc/passwd", "data:,", ".csv", "-1", "nan"};

static json_t *document;
static struct fuzz_words words;
static char *dir;

static json_t *files(const json_t *manifest)
{
    return json_object_get(manifest, "files");
}

/* Folders of names are made. The manifest gets the digest. */
static void put_file(const json_t *manifest, size_t i, const char *bytes,
                     size_t size)
{
    json_t *entry = json_array_get(files(manifest), i);
    const char *name = json_string_value(json_object_get(entry, "path"));
    char hex[65];
    int top = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    FUZZ_CHECK(top >= 0);
    folder_remove(top, name);
    FUZZ_CHECK(!folder_write(top, name, bytes, size));
    close(top);
    sha256_bytes(bytes, size, hex);
    json_object_set_new(entry, "sha256", json_string(hex));
    json_object_set_new(entry, "bytes", json_integer((json_int_t)size));
}

static void set_up(void)
{
    static const char table[] = "layer,x\n0,1\n1,2\n";
    size_t i;
    json_t *entry;

    if (dir)
        return;
    dir = fuzz_subfolder("report");
    document = fuzz_load_json("tests/fuzz/base/manifest.json");
    fuzz_add_words_of(&words, document);
    for (i = 0; i < sizeof more_words / sizeof *more_words; i++)
        fuzz_add_word(&words, more_words[i]);
    json_array_foreach(files(document), i, entry)
        put_file(document, i, table, strlen(table));
}

static size_t count(const char *html, size_t size, const char *what)
{
    const char *end = html + size;
    size_t n = 0;

    while ((html = memmem(html, (size_t)(end - html), what, strlen(what)))) {
        html++;
        n++;
    }
    return n;
}

/* <NAME> or <NAME with attributes; and </NAME>. */
static void check_closed(const char *html, size_t size, const char *name)
{
    char *plain = mem_printf("<%s>", name), *more = mem_printf("<%s ", name);
    char *close = mem_printf("</%s>", name);

    FUZZ_CHECK(count(html, size, plain) + count(html, size, more) ==
               count(html, size, close));
    free(plain);
    free(more);
    free(close);
}

static void check_page(const char *html, size_t size)
{
    static const char *const elements[] = {
        "html", "head", "body", "main", "nav", "header", "footer", "section",
        "details", "summary", "table", "thead", "tbody", "tr", "td", "th",
        "ul", "dl", "p", "a", "h1", "h2", "h3", "h4", "code", "figure"};

    FUZZ_CHECK(!count(html, size, "<i9"));
    FUZZ_CHECK(count(html, size, "<script") == 1);
    FUZZ_CHECK(!count(html, size, "href=\"javascript:"));
    FUZZ_CHECK(!count(html, size, "href=\"data:"));
    FUZZ_CHECK(!count(html, size, "href=\"/"));
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
        check_closed(html, size, elements[i]);
}

/* The page and the manifest with its digest are written, and made again. */
static void check_again(int folder, json_t *manifest, const char *html,
                        size_t size)
{
    struct error err = {0};
    json_t *again;
    char *same;
    size_t n;

    FUZZ_CHECK(!results_revise(folder, dir, manifest, RESULTS_REPORT, html,
                               size, &err));
    FUZZ_CHECK(!results_open(dir, &folder, &again, &err));
    results_forget(again, RESULTS_REPORT);
    report_make(&(struct results_reader){.folder = folder}, again, &same, &n);
    FUZZ_CHECK(size == n && memcmp(html, same, size) == 0);
    json_decref(again);
    free(same);
    close(folder);
}

static bool report(bool twice)
{
    struct error err = {0};
    char *html;
    size_t size;
    json_t *manifest;
    int folder;

    if (results_open(dir, &folder, &manifest, &err)) {
        fuzz_check_refusal(&err, ST_DATA, dir);
        return false;
    }
    results_forget(manifest, RESULTS_REPORT);
    report_make(&(struct results_reader){.folder = folder}, manifest, &html,
                &size);
    check_page(html, size);
    if (twice)
        check_again(folder, manifest, html, size);
    free(html);
    json_decref(manifest);
    close(folder);
    return true;
}

static bool run(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    json_t *manifest;
    size_t table, n;
    bool twice;
    char *text;

    set_up();
    table = fuzz_below(&input, json_array_size(files(document)));
    twice = fuzz_byte(&input) % 8 == 1;
    manifest = json_deep_copy(document);
    fuzz_edit_json(&input, manifest, &words);
    text = fuzz_until(&input, -1, &n);
    put_file(document, table, text, n);
    free(text);
    if (json_is_object(json_array_get(files(manifest), table)))
        json_object_update(json_array_get(files(manifest), table),
                           json_array_get(files(document), table));
    free(fuzz_put_json("report/manifest.json", manifest));
    json_decref(manifest);
    return report(twice);
}

const struct fuzz_target fuzz_report = {"report", run, false};
