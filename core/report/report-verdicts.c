/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* report-verdicts.c - the answers, with their rules. */
#include "report/report-internal.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct verdict {
    const json_t *variant; /* NULL: of all variants compared */
    size_t number;         /* of the variant */
    const char *id, *text, *rule;
    bool written;
};

struct verdicts {
    struct verdict *list;
    size_t n;
};

static void collect(struct verdicts *all, const json_t *variant,
                    size_t number, const json_t *instances)
{
    const json_t *instance, *verdict;
    size_t i, j;

    json_array_foreach(instances, i, instance)
        json_array_foreach(json_object_get(instance, "verdicts"), j,
                           verdict) {
            MEM_PUSH(all->list, all->n);
            all->list[all->n++] = (struct verdict){
                .variant = variant,
                .number = number,
                .id = report_string(instance, "id"),
                .text = report_string(verdict, "text"),
                .rule = report_string(verdict, "rule"),
            };
        }
}

/* In the order of importance: comparisons, variants, the baseline. */
static void collect_all(struct verdicts *all, const json_t *manifest)
{
    const json_t *variants = json_object_get(manifest, "variants"), *variant;
    size_t i;

    collect(all, NULL, 0, json_object_get(manifest, "comparison"));
    for (int baseline = 0; baseline < 2; baseline++)
        json_array_foreach(variants, i, variant)
            if ((strcmp(report_string(variant, "name"), "baseline") == 0) ==
                baseline)
                collect(all, variant, i,
                        json_object_get(variant, "instances"));
}

/* Longer descriptions of edits would hide the verdicts; they are below. */
#define MAX_EDITS 120

/* The subject of a verdict: a variant with its edits. */
static void write_judged(struct buffer *html, const struct verdict *verdict)
{
    struct buffer edits = {0};

    html_raw(html, "<dt><a href=\"#variant-");
    html_printf(html, "%zu", verdict->number);
    html_raw(html, "\">");
    html_text(html, report_string(verdict->variant, "name"));
    html_raw(html, "</a>");
    if (report_edits(&edits, verdict->variant) && edits.n <= MAX_EDITS) {
        html_raw(html, " <span class=\"note\">");
        buffer_add(html, edits.bytes, edits.n);
        html_raw(html, "</span>");
    }
    html_raw(html, "</dt>\n");
    free(edits.bytes);
}

static bool same_rule(const struct verdict *a, const struct verdict *b)
{
    return strcmp(a->id, b->id) == 0 && strcmp(a->rule, b->rule) == 0;
}

/* All verdicts by the rule of the one at `first`, then the rule. */
static void write_group(struct buffer *html, struct verdicts *all,
                        size_t first)
{
    size_t n = 0;

    html_raw(html, "<div class=\"verdict\">\n<dl>\n");
    for (size_t i = first; i < all->n; i++) {
        if (all->list[i].written ||
            !same_rule(&all->list[first], &all->list[i]))
            continue;
        if (n++ == REPORT_OPEN_VARIANTS)
            html_raw(html, "</dl>\n<details>\n<summary>More variants"
                     "</summary>\n<dl>\n");
        if (all->list[i].variant)
            write_judged(html, &all->list[i]);
        else if (n == 1 || n == REPORT_OPEN_VARIANTS + 1)
            /* the text names the variants */
            html_raw(html, "<dt>All variants compared</dt>\n");
        html_element(html, "dd", all->list[i].text);
        all->list[i].written = true;
    }
    html_raw(html, n > REPORT_OPEN_VARIANTS ? "</dl>\n</details>\n"
                                            : "</dl>\n");
    html_raw(html, "<p class=\"rule\">");
    html_printf(html, "%s, by this rule: %s", all->list[first].id,
                all->list[first].rule);
    html_raw(html, "</p>\n</div>\n");
}

void report_verdict_section(struct report *report)
{
    struct buffer *html = &report->html;
    struct verdicts all = {0};

    collect_all(&all, report->manifest);
    if (!all.n && json_is_true(json_object_get(report->manifest, "complete")))
        return; /* no plugin judges: nothing to say */
    report_section(html, "verdict", "Verdict");
    for (size_t i = 0; i < all.n; i++)
        if (!all.list[i].written)
            write_group(html, &all, i);
    if (!all.n)
        html_raw(html, "<p>None: the run did not come to its end.</p>\n");
    html_raw(html, "</section>\n");
    free(all.list);
}
