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

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Of a larger SVG its PNG is taken, if that is smaller. */
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

enum { SVG, PNG, PDF, N_FORMATS };

static const char *const formats[N_FORMATS] = {"svg", "png", "pdf"};

/* A figure's files, in the formats that it was drawn in; others are NULL. */
static void find_files(const struct report *report, const json_t *figure,
                       const struct report_file *files[N_FORMATS])
{
    for (int i = 0; i < N_FORMATS; i++) {
        char *name = mem_printf("%s.%s", report_string(figure, "stem"),
                                formats[i]);

        files[i] = report_file_find(report, name);
        free(name);
    }
}

/* The one to be shown; NULL: the page can show none of them. */
static const struct report_file *choose(
    const struct report_file *const files[N_FORMATS])
{
    json_int_t svg, png;

    if (!files[SVG] || !files[PNG])
        return files[SVG] ? files[SVG] : files[PNG];
    svg = json_integer_value(files[SVG]->bytes);
    png = json_integer_value(files[PNG]->bytes);
    return files[svg > (json_int_t)MAX_SVG && png < svg ? PNG : SVG];
}

/* The title with a link to each file, the first one by its path. */
static void write_caption(struct buffer *html, const char *title,
                          const struct report_file *const files[N_FORMATS])
{
    static const char *const names[N_FORMATS] = {"SVG", "PNG", "PDF"};
    bool any = false;

    html_raw(html, "<figcaption>");
    html_text(html, title);
    html_raw(html, " <span class=\"note\">");
    for (int i = 0; i < N_FORMATS; i++) {
        if (!files[i])
            continue;
        html_raw(html, any ? ", " : "");
        report_link(html, files[i]->path, any ? names[i] : files[i]->path);
        any = true;
    }
    html_raw(html, "</span></figcaption>\n");
}

/* A run that failed on the way wrote none of what it lists. */
void report_figure(struct report *report, const json_t *figure)
{
    const struct report_file *files[N_FORMATS], *shown;
    const char *title = report_string(figure, "title");
    char *bytes = NULL;
    size_t size;

    find_files(report, figure, files);
    if (!files[SVG] && !files[PNG] && !files[PDF])
        return;
    shown = choose(files);
    html_raw(&report->html, "<figure>\n");
    if (shown && report_file_read(report, shown, &bytes, &size)) {
        if (take_room(report, size))
            write_image(&report->html, title, shown->path, bytes, size);
        else
            report_link_instead(&report->html, shown->path);
    }
    write_caption(&report->html, title, files);
    html_raw(&report->html, "</figure>\n");
    free(bytes);
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

/* Is it STEM.FORMAT of one of the figures? */
static bool is_drawn(const json_t *figures, const char *path)
{
    const json_t *figure;
    size_t i;

    json_array_foreach(figures, i, figure) {
        const char *stem = report_string(figure, "stem");
        size_t n = strlen(stem);

        for (int f = 0; f < N_FORMATS; f++)
            if (strncmp(path, stem, n) == 0 && path[n] == '.' &&
                strcmp(path + n + 1, formats[f]) == 0)
                return true;
    }
    return false;
}

/* Links to files that are neither tables nor figures, in one line. */
static void write_other_files(struct report *report, const char *folder,
                              const json_t *figures)
{
    struct buffer *html = &report->html;
    bool any = false;

    for (size_t i = 0; i < report->n_files; i++) {
        const char *path = report->files[i].path;

        if (strncmp(path, folder, strlen(folder)) != 0 ||
            ends_with(path, ".csv") || is_drawn(figures, path))
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
    write_other_files(report, folder, figures);
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
