/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* report-edits.c - what each edit changed, as it was measured. */
#include "report/report-internal.h"

static void write_edit(struct buffer *html, const json_t *variant,
                       const json_t *edit)
{
    static const char *const keys[] = {"fired", "changed", "max_change",
                                       "l2_change"};

    html_raw(html, "<tr><td>");
    html_text(html, report_string(variant, "name"));
    html_raw(html, "</td><td>");
    html_text(html, report_string(edit, "editor"));
    html_raw(html, "</td><td>");
    html_text(html, report_string(edit, "point"));
    html_raw(html, "</td><td class=\"n\">");
    html_printf(html, "%zu",
                json_array_size(json_object_get(edit, "places")));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        html_raw(html, "</td><td class=\"n\">");
        report_value(html, json_object_get(edit, keys[i]));
    }
    html_raw(html, "</td></tr>\n");
}

static size_t count_edits(const json_t *variants)
{
    const json_t *variant;
    size_t i, n = 0;

    json_array_foreach(variants, i, variant)
        n += json_array_size(json_object_get(variant, "edits"));
    return n;
}

static void write_inert(struct report *report)
{
    struct buffer *html = &report->html;
    const json_t *inert = json_object_get(report->manifest, "inert");
    json_int_t edits = json_integer_value(json_object_get(inert, "edits"));
    json_int_t variants = json_integer_value(json_object_get(inert,
                                                             "variants"));

    if (edits)
        html_printf(html, "<p>%lld edit%s of %lld variant%s changed nothing; "
                    "<a href=\"inert.csv\">inert.csv</a> has each.</p>\n",
                    (long long)edits, edits == 1 ? "" : "s",
                    (long long)variants, variants == 1 ? "" : "s");
}

void report_attestation_section(struct report *report)
{
    struct buffer *html = &report->html;
    const json_t *variants = json_object_get(report->manifest, "variants");
    const json_t *variant, *edit;
    size_t n = count_edits(variants), i, j;

    if (!n)
        return;
    report_section(html, "edits", "What the edits changed");
    html_raw(html, "<p>Measured around each call of an editor: how often it "
             "was called, in how many places (layers, heads), how many "
             "elements it changed, by how much at most and in the L2 norm. "
             "The manifest has each place.</p>\n");
    write_inert(report);
    report_begin_table(html, n);
    html_printf(html, "%zu edit%s", n, n == 1 ? "" : "s");
    html_raw(html, "</summary>\n");
    report_begin_scroll(html, "Edits");
    html_raw(html, "<table class=\"sortable\">\n<thead><tr>"
             "<th scope=\"col\">variant</th>"
             "<th scope=\"col\">editor</th><th scope=\"col\">point</th>"
             "<th scope=\"col\" class=\"n\">places</th>"
             "<th scope=\"col\" class=\"n\">calls</th>"
             "<th scope=\"col\" class=\"n\">elements changed</th>"
             "<th scope=\"col\" class=\"n\">largest change</th>"
             "<th scope=\"col\" class=\"n\">L2 change</th></tr></thead>\n"
             "<tbody>\n");
    json_array_foreach(variants, i, variant)
        json_array_foreach(json_object_get(variant, "edits"), j, edit)
            write_edit(html, variant, edit);
    report_end_table(html);
    html_raw(html, "</section>\n");
}
