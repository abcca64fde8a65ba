/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* report.c - the page: its parts in their order. */
#include "report/report.h"

#include "base/mem.h"
#include "base/sha256.h"
#include "report/report-internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM ((size_t)16 << 20)

const char *report_string(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

void report_value(struct buffer *html, const json_t *value)
{
    if (json_is_integer(value))
        html_printf(html, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        html_printf(html, "%.5g", json_real_value(value));
    else if (json_is_boolean(value))
        html_raw(html, json_is_true(value) ? "yes" : "no");
    else
        html_text(html, json_is_string(value) ? json_string_value(value)
                                              : "\xe2\x80\x93");
}

void report_section(struct buffer *html, const char *id, const char *title)
{
    html_raw(html, "<section id=\"");
    html_text(html, id);
    html_raw(html, "\">\n");
    html_element(html, "h2", title);
}

/* The policy forbids loading and all scripts but the page's own, in case an
 * escape is missing. */
static void write_head(struct report *report)
{
    struct buffer *html = &report->html;
    unsigned char digest[32];

    sha256_raw(report_js, strlen(report_js), digest);
    html_raw(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
             "<meta charset=\"utf-8\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\""
             "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
             "script-src 'sha256-");
    html_base64(html, digest, sizeof digest);
    html_raw(html, "'\">\n<meta name=\"viewport\" "
             "content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n");
    html_element(html, "title", report_string(report->manifest, "title"));
    html_raw(html, "<style>\n");
    html_raw(html, report_css);
    html_raw(html, "</style>\n</head>\n<body>\n");
}

static void write_header(struct report *report)
{
    struct buffer *html = &report->html;
    const json_t *manifest = report->manifest;
    const json_t *model = json_object_get(manifest, "model");
    const json_t *samples = json_object_get(manifest, "input");
    const char *name = report_string(manifest, "name");
    const char *title = report_string(manifest, "title");
    size_t n = json_array_size(json_object_get(manifest, "variants")), i;
    const json_t *sweep;

    html_raw(html, "<header>\n");
    if (strcmp(name, title) != 0) /* of an experiment without a title */
        html_element(html, "p class=\"name\"", name);
    html_element(html, "h1", title);
    html_raw(html, "<p class=\"note\">");
    html_printf(html, "%s, ", report_string(model, "type"));
    report_value(html, json_object_get(model, "n_layer"));
    html_raw(html, " layers of ");
    report_value(html, json_object_get(model, "n_head"));
    html_raw(html, " heads; ");
    report_samples(html, samples);
    html_printf(html, "; %zu variant%s", n, n == 1 ? "" : "s");
    json_array_foreach(json_object_get(manifest, "sweeps"), i, sweep)
        html_printf(html, ", sweep of %zu",
                    json_array_size(json_object_get(sweep, "variants")));
    html_raw(html, "</p>\n</header>\n");
}

static void write_failures(struct report *report)
{
    struct buffer *html = &report->html;
    const json_t *failure;
    size_t i;

    if (strcmp(report_string(report->manifest, "status"), "failed") != 0)
        return;
    html_raw(html, "<section class=\"alarm\">\n<h2>This run failed</h2>\n");
    html_raw(html, json_is_true(json_object_get(report->manifest,
                                                "complete"))
                       ? "<p>It ran to its end, but do not believe its "
                         "numbers before this is understood:</p>\n<ul>\n"
                       : "<p>It did not come to its end, and there are no "
                         "tables:</p>\n<ul>\n");
    json_array_foreach(json_object_get(report->manifest, "failures"), i,
                       failure) {
        html_raw(html, "<li>");
        report_value(html, failure);
        html_raw(html, "</li>\n");
    }
    html_raw(html, "</ul>\n</section>\n");
}

static void add_entry(struct buffer *html, const char *id, const char *title)
{
    html_raw(html, "<li><a href=\"#");
    html_text(html, id);
    html_raw(html, "\">");
    html_text(html, title);
    html_raw(html, "</a>");
}

/* The variants in the contents, as far as they are few. */
static void add_variants(struct buffer *html, const json_t *variants)
{
    const json_t *variant;
    size_t i;

    if (json_array_size(variants) > REPORT_OPEN_VARIANTS)
        return;
    html_raw(html, "\n<ul>\n");
    json_array_foreach(variants, i, variant) {
        char id[40];

        snprintf(id, sizeof id, "variant-%zu", i);
        add_entry(html, id, report_string(variant, "name"));
        html_raw(html, "</li>\n");
    }
    html_raw(html, "</ul>\n");
}

/* Has this part of the page been written? */
static bool has_section(const struct buffer *body, const char *id)
{
    char *markup = mem_printf("<section id=\"%s\">", id);
    bool found = memmem(body->bytes, body->n, markup, strlen(markup));

    free(markup);
    return found;
}

static void write_contents(struct buffer *html, const struct report *body)
{
    static const struct {
        const char *id, *title;
    } parts[] = {
        {"verdict", "Verdict"},
        {"ran", "What ran"},
        {"prompts", "Prompts"},
        {"sweeps", "Sweeps"},
        {"comparison", "All variants compared"},
        {"edits", "What the edits changed"},
        {"variants", "Variant by variant"},
        {"cite", "How to cite"},
        {"files", "Files"},
        {"manifest", "Manifest"},
    };

    html_raw(html, "<nav aria-label=\"Contents\">\n<ul>\n");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!has_section(&body->html, parts[i].id))
            continue;
        add_entry(html, parts[i].id, parts[i].title);
        if (strcmp(parts[i].id, "variants") == 0)
            add_variants(html, json_object_get(body->manifest, "variants"));
        html_raw(html, "</li>\n");
    }
    html_raw(html, "</ul>\n</nav>\n");
}

static void write_body(struct report *report)
{
    write_failures(report);
    report_files_warn(report);
    report_verdict_section(report);
    report_run_section(report);
    report_prompt_section(report);
    report_sweep_sections(report);
    report_comparison_section(report);
    report_attestation_section(report);
    report_variant_sections(report);
    report_cite_section(report);
    report_files_section(report);
    report_manifest_section(report);
}

static void write_end(struct report *report)
{
    struct buffer *html = &report->html;

    html_raw(html, "</main>\n<footer><p class=\"note\">");
    html_printf(html, "Made by transect %s from the tables and figures of "
                "this folder; transect report makes it again.",
                PACKAGE_VERSION);
    html_raw(html, "</p></footer>\n<script>");
    html_raw(html, report_js);
    html_raw(html, "</script>\n</body>\n</html>\n");
}

/* The manifest as results_open() would read it, with members sorted. */
static json_t *as_read(const json_t *manifest)
{
    char *text = json_dumps(manifest, JSON_SORT_KEYS);
    json_t *copy = text ? json_loads(text, 0, NULL) : NULL;

    free(text);
    return copy ? copy : json_object();
}

void report_make(const struct results_reader *reader, const json_t *manifest,
                 char **html, size_t *size)
{
    json_t *copy = as_read(manifest);
    struct report page = {.manifest = copy};
    struct report body = {.reader = reader, .manifest = copy, .room = ROOM};

    report_files_load(&body);
    write_body(&body);
    write_head(&page);
    write_header(&page);
    write_contents(&page.html, &body);
    html_raw(&page.html, "<main>\n");
    buffer_add(&page.html, body.html.bytes, body.html.n);
    write_end(&page);
    report_files_free(&body);
    free(body.html.bytes);
    json_decref(copy);
    *html = page.html.bytes;
    *size = page.html.n;
}
