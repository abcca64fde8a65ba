/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* report-sweep.c - what sweeps change, over their axes. */
#include "report/report-internal.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Variants in the table for each metric. */
#define SHOWN 5

static void write_settings(struct buffer *html, const json_t *settings)
{
    const char *key, *separator = "<code>";
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)settings, key, value) {
        html_raw(html, separator);
        html_printf(html, "%s = ", key);
        report_value(html, value);
        html_raw(html, "</code>");
        separator = ", <code>";
    }
}

/* " ± 0.05 (q = 0.002)" behind a mean. */
static void write_test(struct buffer *html, const json_t *one)
{
    const json_t *se = json_object_get(one, "se");
    const json_t *q = json_object_get(one, "q");

    if (json_is_number(se))
        html_printf(html, " ± %.2g", json_number_value(se));
    if (json_is_number(q))
        html_printf(html, " (q = %.2g)", json_number_value(q));
}

/* Did it change, in any sample? */
static bool is_changed(const json_t *one)
{
    const json_t *change = json_object_get(one, "change");

    return json_is_number(change) &&
           (json_number_value(change) != 0 ||
            json_number_value(json_object_get(one, "se")) > 0);
}

/* "L2H7 +0.43 (layer 5), ..." without the label in front. */
static void write_largest(struct buffer *html, const json_t *largest,
                          size_t label)
{
    const json_t *one;
    bool any = false;
    size_t i;

    json_array_foreach(largest, i, one) {
        const json_t *change = json_object_get(one, "change");
        const char *row = report_string(one, "row");
        const char *name = report_string(one, "variant");

        if (i == SHOWN)
            break;
        if (!is_changed(one))
            continue;
        html_raw(html, any ? ", <span class=\"whole\">"
                           : "<span class=\"whole\">");
        any = true;
        html_text(html, name + (strlen(name) > label ? label : 0));
        html_printf(html, " %+.4g", json_number_value(change));
        if (row[0])
            html_printf(html, " (%s)", row);
        write_test(html, one);
        html_raw(html, "</span>");
    }
    html_raw(html, any ? "" : "none");
}

static void write_effects(struct buffer *html, const json_t *sweep)
{
    const json_t *effects = json_object_get(sweep, "effects"), *effect;
    size_t label = strlen(report_string(sweep, "name")) + 1, i;

    report_begin_table(html, json_array_size(effects));
    html_raw(html, "What changes most, by metric</summary>\n");
    report_begin_scroll(html, "What changes most");
    html_raw(html, "<table class=\"words\">\n<thead><tr>"
             "<th scope=\"col\">metric</th><th scope=\"col\">table</th>"
             "<th scope=\"col\">variants with the largest change</th>"
             "</tr></thead>\n<tbody>\n");
    json_array_foreach(effects, i, effect) {
        html_raw(html, "<tr><th scope=\"row\">");
        html_text(html, report_string(effect, "metric"));
        html_raw(html, "</th><td>");
        html_printf(html, "%s, %s", report_string(effect, "plugin"),
                    report_string(effect, "table"));
        html_raw(html, "</td><td>");
        write_largest(html, json_object_get(effect, "largest"), label);
        html_raw(html, "</td></tr>\n");
    }
    report_end_table(html);
}

/* What q of the first effect that has such cannot show. */
static void write_floor(struct buffer *html, const json_t *sweep)
{
    const json_t *effects = json_object_get(sweep, "effects"), *effect;
    size_t i;

    json_array_foreach(effects, i, effect) {
        const char *warning = report_string(effect, "tests_warning");

        if (!warning[0])
            continue;
        html_printf(html, "<p>Of %s, %s: ", report_string(effect, "plugin"),
                    report_string(effect, "table"));
        html_printf(html, "%s. No cell of a figure is marked.</p>\n",
                    warning);
        return;
    }
}

/* Is it comparison/PLUGIN/LABEL-TABLE.csv of one of these effects? */
static bool is_compared(const json_t *sweep, const char *path)
{
    const json_t *effects = json_object_get(sweep, "effects"), *effect;
    bool is = false;
    size_t i;

    json_array_foreach(effects, i, effect) {
        char *table = mem_printf("comparison/%s/%s-%s.csv",
                                 report_string(effect, "plugin"),
                                 report_string(sweep, "name"),
                                 report_string(effect, "table"));

        is |= strcmp(path, table) == 0;
        free(table);
    }
    return is;
}

/* Is it a table of the sweep's? */
static bool is_of(const json_t *sweep, const char *path)
{
    const char *name = report_string(sweep, "name");
    size_t n = strlen(name);

    return (strncmp(path, name, n) == 0 && path[n] == '/') ||
           is_compared(sweep, path);
}

bool report_is_sweeps(const struct report *report, const char *path)
{
    const json_t *sweeps = json_object_get(report->manifest, "sweeps");
    const json_t *sweep;
    size_t i;

    json_array_foreach(sweeps, i, sweep)
        if (is_of(sweep, path))
            return true;
    return false;
}

/* The tables of all variants, and those of what they change. */
static void write_links(struct report *report, const json_t *sweep)
{
    struct buffer *html = &report->html;
    bool any = false;

    for (size_t i = 0; i < report->n_files; i++) {
        const char *path = report->files[i].path;

        if (!is_of(sweep, path))
            continue;
        html_raw(html, any ? ", " : "<p>Tables of all its variants: ");
        report_link(html, path, path);
        any = true;
    }
    html_raw(html, any ? "</p>\n" : "");
}

static void write_sweep(struct report *report, const json_t *sweep)
{
    struct buffer *html = &report->html;
    const json_t *effects = json_object_get(sweep, "effects"), *effect;
    const char *reference = report_string(sweep, "reference");
    size_t i;

    html_element(html, "h3", report_string(sweep, "name"));
    html_raw(html, "<p>");
    html_printf(html, "%zu variants of ",
                json_array_size(json_object_get(sweep, "variants")));
    write_settings(html, json_object_get(sweep, "settings"));
    html_raw(html, ". The number of a variant is its change against the ");
    if (*reference && strcmp(reference, "baseline") != 0)
        html_printf(html, "variant %s", reference);
    else
        html_raw(html, "baseline");
    html_raw(html, "; where a table has several rows, that of the row in "
             "which it is largest in size, whichever row that is. Where rows "
             "are samples it is the mean over them, with its standard error, "
             "p of a sign-flip permutation test of the paired changes, and q, "
             "the rate of false discoveries over the variants (Benjamini and "
             "Hochberg). A metric that is 0 there and nowhere below, as a "
             "divergence from it, has no p and q.</p>\n");
    write_floor(html, sweep);
    write_effects(html, sweep);
    json_array_foreach(effects, i, effect)
        if (json_is_object(json_object_get(effect, "figure")))
            report_figure(report, json_object_get(effect, "figure"));
    write_links(report, sweep);
}

void report_sweep_sections(struct report *report)
{
    const json_t *sweeps = json_object_get(report->manifest, "sweeps");
    const json_t *sweep;
    size_t i;

    if (!json_array_size(sweeps))
        return;
    report_section(&report->html, "sweeps", "Sweeps");
    if (!json_is_true(json_object_get(
            json_object_get(report->manifest, "input"), "records")))
        html_raw(&report->html, "<p>p and q take samples to be independent. "
                 "Windows of one text are not.</p>\n");
    json_array_foreach(sweeps, i, sweep)
        write_sweep(report, sweep);
    html_raw(&report->html, "</section>\n");
}
