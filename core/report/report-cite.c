/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* report-cite.c - how to cite the results, and the settings that made them. */
#include "report/report-internal.h"

#include <string.h>

static void write_digest(struct buffer *html, const char *what,
                         const char *name, const char *digest)
{
    if (!*digest)
        return;
    html_printf(html, "%-11s%s\n           SHA-256 %s\n", what, name, digest);
}

/* {path, sha256}, or {name, version, sha256}. */
static void write_digests(struct buffer *html, const char *what,
                          const json_t *list, const char *key)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
        write_digest(html, i ? "" : what, report_string(item, key),
                     report_string(item, "sha256"));
}

/* A block to copy: each thing that results depend on, by its digest. */
static void write_citation(struct buffer *html, const json_t *manifest)
{
    const json_t *program = json_object_get(manifest, "transect");
    const json_t *file = json_object_get(manifest, "file");
    const json_t *input = json_object_get(manifest, "input");

    html_raw(html, "<pre class=\"scroll\" tabindex=\"0\">");
    html_printf(html, "%-11s%s (plugin ABI %s), %s\n", "transect",
                report_string(program, "version"),
                report_string(program, "abi"),
                report_string(manifest, "started"));
    write_digest(html, "experiment", report_string(manifest, "name"),
                 report_string(file, "sha256"));
    write_digests(html, "model",
                  json_object_get(json_object_get(manifest, "model"),
                                  "files"), "path");
    write_digest(html, "input", "the samples' tokens",
                 report_string(input, "sha256"));
    write_digests(html, "plugins", json_object_get(manifest, "plugins"),
                  "name");
    html_raw(html, "</pre>\n");
}

/* As an experiment file that does the same. */
static void write_settings(struct buffer *html, const json_t *configuration)
{
    const char *name, *key;
    json_t *section, *value;

    html_raw(html, "<details class=\"data\">\n<summary>The settings, with "
             "those of the command line, as an experiment file</summary>\n"
             "<pre class=\"scroll\" tabindex=\"0\">");
    json_object_foreach((json_t *)configuration, name, section) {
        html_printf(html, "[%s]\n", name);
        json_object_foreach(section, key, value)
            html_printf(html, "%s = %s\n", key, json_string_value(value)
                                                    ? json_string_value(value)
                                                    : "");
        html_raw(html, "\n");
    }
    html_raw(html, "</pre>\n</details>\n");
}

void report_cite_section(struct report *report)
{
    struct buffer *html = &report->html;

    report_section(html, "cite", "How to cite");
    html_raw(html, "<p>What these results depend on. Whoever has files with "
             "these digests gets the same tables on a processor with the same "
             "kernels.</p>\n");
    write_citation(html, report->manifest);
    write_settings(html, json_object_get(report->manifest, "configuration"));
    html_raw(html, "</section>\n");
}
