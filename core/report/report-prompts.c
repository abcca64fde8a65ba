/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* report-prompts.c - the first prompts of records, with what their records say
 * of them. */
#include "report/report-internal.h"

#include <string.h>

static const char *const columns[] = {"sample", "prompt", "pair", "answer",
                                      "answer_token", "foil", "foil_token",
                                      "label"};

#define N_COLUMNS (sizeof columns / sizeof *columns)

/* All prompts have the same members. */
static bool has_column(const json_t *prompts, size_t column)
{
    return json_object_get(json_array_get(prompts, 0), columns[column]);
}

static void write_row(struct buffer *html, const json_t *prompts,
                      const json_t *prompt)
{
    html_raw(html, "<tr>");
    for (size_t k = 0; k < N_COLUMNS; k++) {
        if (!has_column(prompts, k))
            continue;
        html_raw(html, k ? "<td>" : "<td class=\"n\">");
        report_value(html, json_object_get(prompt, columns[k]));
        html_raw(html, "</td>");
    }
    html_raw(html, "</tr>\n");
}

void report_prompt_section(struct report *report)
{
    struct buffer *html = &report->html;
    const json_t *input = json_object_get(report->manifest, "input");
    const json_t *prompts = json_object_get(input, "prompts"), *prompt;
    size_t n = json_array_size(prompts), i;

    if (!n)
        return;
    report_section(html, "prompts", "Prompts");
    report_begin_table(html, n);
    html_printf(html, "The first %zu of ", n);
    report_value(html, json_object_get(input, "samples"));
    html_raw(html, ", all of which are in ");
    report_link(html, "samples.csv", "samples.csv");
    html_raw(html, "</summary>\n");
    report_begin_scroll(html, "Prompts");
    html_raw(html, "<table class=\"prompts\">\n<thead><tr>");
    for (size_t k = 0; k < N_COLUMNS; k++)
        if (has_column(prompts, k))
            html_element(html, "th scope=\"col\"", columns[k]);
    html_raw(html, "</tr></thead>\n<tbody>\n");
    json_array_foreach(prompts, i, prompt)
        write_row(html, prompts, prompt);
    report_end_table(html);
    html_raw(html, "</section>\n");
}
