/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* report-instances.c - what instances found: sentences, figures, tables. */
#include "report/report-internal.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* The page has a limit of bytes, since browsers fail on huge ones; what goes
 * beyond it becomes a link. */
static bool take_room(struct report *report, size_t size)
{
    if (size > report->room)
        return false;
    report->room -= size;
    return true;
}

static void write_caption(struct buffer *html, const char *title,
                          const char *svg, const char *png)
{
    html_raw(html, "<figcaption>");
    html_text(html, title);
    html_raw(html, " <span class=\"note\">");
    report_link(html, svg, svg);
    html_raw(html, ", ");
    report_link(html, png, "PNG");
    html_raw(html, "</span></figcaption>\n");
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

/* A larger SVG would be slow to show: its PNG is taken. */
#define MAX_SVG ((size_t)256 << 10)

/* The drawing as a data: URI. Scripts of an image are never run. */
static void write_image(struct buffer *html, const char *title,
                        const char *name, const char *bytes, size_t size)
{
    html_raw(html, "<div class=\"scroll card\" tabindex=\"0\" "
             "role=\"region\" aria-label=\"");
    html_text(html, title);
    html_raw(html, "\"><img alt=\"");
    html_printf(html, "Figure: %s (%s)", title, name);
    html_raw(html, ends_with(name, ".png")
                       ? "\" src=\"data:image/png;base64,"
                       : "\" src=\"data:image/svg+xml;base64,");
    html_base64(html, bytes, size);
    html_raw(html, "\"></div>\n");
}

/* A run that failed on the way wrote none of what it lists. */
void report_figure(struct report *report, const json_t *figure)
{
    const char *stem = report_string(figure, "stem");
    char *svg = mem_printf("%s.svg", stem), *png = mem_printf("%s.png", stem);
    const char *title = report_string(figure, "title");
    const struct report_file *file = report_file_find(report, svg);
    const struct report_file *other = report_file_find(report, png);
    char *bytes = NULL;
    size_t size;

    if (!file)
        goto out;
    if (other && json_integer_value(file->bytes) > (json_int_t)MAX_SVG)
        file = other;
    html_raw(&report->html, "<figure>\n");
    if (report_file_read(report, file, &bytes, &size)) {
        if (take_room(report, size))
            write_image(&report->html, title, file->path, bytes, size);
        else
            report_link_instead(&report->html, svg);
    }
    write_caption(&report->html, title, svg, png);
    html_raw(&report->html, "</figure>\n");
out:
    free(bytes);
    free(svg);
    free(png);
}

static void write_table(struct report *report, const struct report_file *file)
{
    char *bytes = NULL;
    size_t size;

    if (!report_file_read(report, file, &bytes, &size))
        return;
    if (take_room(report, size < REPORT_TABLE_BYTES ? size
                                                    : REPORT_TABLE_BYTES))
        report_table(report, file->path, bytes, size);
    else
        report_link_instead(&report->html, file->path);
    free(bytes);
}

/* Links to files that are neither tables nor figures, in one line. */
static void write_other_files(struct report *report, const char *folder)
{
    struct buffer *html = &report->html;
    bool any = false;

    for (size_t i = 0; i < report->n_files; i++) {
        const char *path = report->files[i].path;

        if (strncmp(path, folder, strlen(folder)) != 0 ||
            ends_with(path, ".csv") || ends_with(path, ".svg") ||
            ends_with(path, ".png"))
            continue;
        html_raw(html, any ? ", " : "<p>Also written: ");
        report_link(html, path, path);
        any = true;
    }
    if (any)
        html_raw(html, "</p>\n");
}

/* The files of FOLDER, which ends with a slash; figures is a list. */
static void write_files(struct report *report, const char *folder,
                        const json_t *figures)
{
    const json_t *figure;
    size_t i;

    json_array_foreach(figures, i, figure)
        report_figure(report, figure);
    for (i = 0; i < report->n_files; i++)
        if (strncmp(report->files[i].path, folder, strlen(folder)) == 0 &&
            ends_with(report->files[i].path, ".csv") &&
            !report_is_sweeps(report, report->files[i].path))
            write_table(report, &report->files[i]);
    write_other_files(report, folder);
}

static void write_findings(struct buffer *html, const json_t *findings)
{
    const json_t *finding;
    size_t i;

    if (!json_array_size(findings))
        return;
    html_raw(html, "<ul class=\"findings\">\n");
    json_array_foreach(findings, i, finding)
        html_element(html, "li", json_string_value(finding)
                                     ? json_string_value(finding) : "");
    html_raw(html, "</ul>\n");
}

static void write_fault(struct buffer *html, const char *what,
                        const char *text)
{
    if (!text[0])
        return;
    html_raw(html, "<p class=\"bad\">");
    html_printf(html, "%s: %s", what, text);
    html_raw(html, "</p>\n");
}

static void write_instance(struct report *report, const char *folder,
                           const json_t *instance)
{
    const char *id = report_string(instance, "id");
    const char *disabled = report_string(instance, "disabled");
    char *path = mem_printf("%s/%s/", folder, id);
    struct buffer *html = &report->html;

    html_element(html, "h3", id);
    if (json_object_size(json_object_get(instance, "options"))) {
        html_raw(html, "<p class=\"note\">With ");
        report_options(html, instance);
        html_raw(html, "</p>\n");
    }
    write_fault(html, "It failed and was disabled", disabled);
    write_fault(html, "Its comparison failed",
                report_string(instance, "comparison_failed"));
    write_fault(html, "It misbehaved",
                report_string(instance, "printed"));
    write_findings(html, json_object_get(instance, "findings"));
    write_files(report, path, json_object_get(instance, "figures"));
    free(path);
}

/* Has the instance findings, or files in comparison/ID that are no sweep's? */
static bool compared(const struct report *report, const json_t *instance)
{
    char *folder = mem_printf("comparison/%s/",
                              report_string(instance, "id"));
    bool found = json_array_size(json_object_get(instance, "findings")) > 0;

    for (size_t i = 0; i < report->n_files && !found; i++)
        found = strncmp(report->files[i].path, folder,
                        strlen(folder)) == 0 &&
                !report_is_sweeps(report, report->files[i].path);
    free(folder);
    return found;
}

void report_comparison_section(struct report *report)
{
    const json_t *all = json_object_get(report->manifest, "comparison");
    const json_t *instance;
    bool any = false;
    size_t i;

    json_array_foreach(all, i, instance) {
        if (!compared(report, instance))
            continue;
        if (!any)
            report_section(&report->html, "comparison",
                           "All variants compared");
        any = true;
        write_instance(report, "comparison", instance);
    }
    if (any)
        html_raw(&report->html, "</section>\n");
}

void report_variant_sections(struct report *report)
{
    const json_t *all = json_object_get(report->manifest, "variants");
    struct buffer *html = &report->html;
    const json_t *variant, *instance;
    bool open = json_array_size(all) <= REPORT_OPEN_VARIANTS;
    size_t i, j;

    report_section(html, "variants", "Variant by variant");
    json_array_foreach(all, i, variant) {
        const char *name = report_string(variant, "name");

        html_raw(html, "<details class=\"variant\" id=\"variant-");
        html_printf(html, "%zu", i);
        html_raw(html, open ? "\" open>\n<summary><h3>"
                            : "\">\n<summary><h3>");
        html_text(html, name);
        html_raw(html, "</h3></summary>\n");
        json_array_foreach(json_object_get(variant, "instances"), j,
                           instance)
            write_instance(report, name, instance);
        html_raw(html, "</details>\n");
    }
    html_raw(html, "</section>\n");
}
