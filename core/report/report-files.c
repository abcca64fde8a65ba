/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* report-files.c - the files of the manifest, and whether they are whole. */
#include "report/report-internal.h"

#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void report_files_load(struct report *report)
{
    const json_t *list = json_object_get(report->manifest, "files"), *entry;
    size_t i;

    report->files = mem_new(json_array_size(list) + 1,
                            sizeof *report->files);
    json_array_foreach(list, i, entry) {
        struct report_file *file = &report->files[report->n_files];

        file->path = report_string(entry, "path");
        file->sha256 = report_string(entry, "sha256");
        file->bytes = json_object_get(entry, "bytes");
        if (!file->path[0])
            continue;
        file->state = results_reader_examine(
            report->reader, file->path,
            (size_t)json_integer_value(file->bytes), file->sha256);
        report->n_files++;
    }
}

void report_files_free(struct report *report)
{
    free(report->files);
}

const struct report_file *report_file_find(const struct report *report,
                                           const char *path)
{
    for (size_t i = 0; i < report->n_files; i++)
        if (strcmp(report->files[i].path, path) == 0)
            return &report->files[i];
    return NULL;
}

void report_link(struct buffer *html, const char *path, const char *label)
{
    html_raw(html, "<a href=\"");
    html_path(html, path);
    html_raw(html, "\">");
    html_text(html, label);
    html_raw(html, "</a>");
}

void report_link_instead(struct buffer *html, const char *path)
{
    html_raw(html, "<p class=\"note\">Not in this page, which would become "
             "too long: ");
    report_link(html, path, path);
    html_raw(html, "</p>\n");
}

bool report_file_read(struct report *report, const struct report_file *file,
                      char **bytes, size_t *size)
{
    struct buffer *html = &report->html;

    if (results_reader_read(report->reader, file->path, bytes, size) != 0) {
        html_raw(html, "<p class=\"bad\">");
        html_printf(html, "%s cannot be read: %s.", file->path,
                    strerror(errno));
        html_raw(html, "</p>\n");
        return false;
    }
    if (file->state == RESULTS_WHOLE)
        return true;
    html_raw(html, "<p class=\"bad\">");
    html_printf(html, "%s is not what the run wrote: its digest differs "
                "from the manifest's.", file->path);
    html_raw(html, "</p>\n");
    return true;
}

static size_t count(const struct report *report, enum results_state state)
{
    size_t n = 0;

    for (size_t i = 0; i < report->n_files; i++)
        n += report->files[i].state == state;
    return n;
}

void report_files_warn(struct report *report)
{
    struct buffer *html = &report->html;

    if (count(report, RESULTS_WHOLE) == report->n_files)
        return;
    html_raw(html, "<section class=\"alarm\">\n<h2>Not as the run left "
             "it</h2>\n<p>Of these files the manifest has another digest, "
             "or they are missing. What this page shows of them is not what "
             "was measured.</p>\n<ul>\n");
    for (size_t i = 0; i < report->n_files; i++) {
        const struct report_file *file = &report->files[i];

        if (file->state == RESULTS_WHOLE)
            continue;
        html_raw(html, "<li>");
        html_printf(html, "%s: %s", file->path,
                    file->state == RESULTS_CHANGED ? "changed" : "missing");
        html_raw(html, "</li>\n");
    }
    html_raw(html, "</ul>\n</section>\n");
}

void report_files_section(struct report *report)
{
    static const char *const states[] = {"as written", "changed", "missing"};
    struct buffer *html = &report->html;

    if (!report->n_files)
        return;
    report_section(html, "files", "Files");
    report_begin_table(html, report->n_files);
    html_printf(html, "%zu files with their SHA-256 digests",
                report->n_files);
    html_raw(html, "</summary>\n");
    report_begin_scroll(html, "Files");
    html_raw(html, "<table>\n<thead><tr>"
             "<th scope=\"col\">file</th><th scope=\"col\" class=\"n\">"
             "bytes</th><th scope=\"col\">state</th><th scope=\"col\">"
             "SHA-256</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < report->n_files; i++) {
        const struct report_file *file = &report->files[i];

        html_raw(html, "<tr><td>");
        report_link(html, file->path, file->path);
        html_raw(html, "</td><td class=\"n\">");
        report_value(html, file->bytes);
        html_raw(html, file->state == RESULTS_WHOLE
                           ? "</td><td>"
                           : "</td><td class=\"bad\">");
        html_text(html, states[file->state]);
        html_raw(html, "</td><td><code>");
        html_text(html, file->sha256);
        html_raw(html, "</code></td></tr>\n");
    }
    report_end_table(html);
    html_raw(html, "</section>\n");
}
