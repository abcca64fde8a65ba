/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* report-internal.h - the parts of the page: report.c puts them together.
 *
 *   report.c          the page: its parts in their order
 *   report-verdicts.c the answers, with their rules
 *   report-run.c      what ran: model, input, variants, manifest
 *   report-prompts.c  the first prompts of records
 *   report-edits.c    what each edit changed
 *   report-sweep.c    what sweeps change, over their axes
 *   report-instances.c  what instances found: sentences, figures, tables
 *   report-table.c    a CSV file as a table
 *   report-files.c    the files of the manifest, and whether they are whole
 *   report.css, report.js   in the page as they are
 */
#ifndef CORE_REPORT_REPORT_INTERNAL_H
#define CORE_REPORT_REPORT_INTERNAL_H

#include "report/html-writer.h"
#include "results/results-reader.h"
#include <jansson.h>
#include <stdbool.h>

/* The contents of report.css and report.js, made by local.mk. */
extern const char report_css[], report_js[];

/* With more variants, sections are closed at first and not in the contents. */
#define REPORT_OPEN_VARIANTS 8
/* Longer tables are closed at first. */
#define REPORT_OPEN_ROWS 24
/* Most bytes of a table that are shown. */
#define REPORT_TABLE_BYTES ((size_t)256 << 10)

/* A file of the manifest; borrowed from it. */
struct report_file {
    const char *path, *sha256;
    const json_t *bytes;
    enum results_state state;
};

struct report {
    struct buffer html;
    const struct results_reader *reader;
    const json_t *manifest;
    struct report_file *files; /* (n_files) */
    size_t n_files;
    size_t room; /* bytes of figures and tables that still fit */
};

/* A member that is a text; "" if there is none. */
const char *report_string(const json_t *object, const char *key);
/* A number, a text, yes or no; a dash for anything else. */
void report_value(struct buffer *html, const json_t *value);
/* "16 samples of 128 tokens" */
void report_samples(struct buffer *html, const json_t *samples);
/* Opens the box of a table, closed at first if it has many rows; the summary
 * and </summary> follow. */
void report_begin_table(struct buffer *html, size_t rows);
/* Before the table and after it. label: for screen readers. */
void report_begin_scroll(struct buffer *html, const char *label);
void report_end_table(struct buffer *html);
/* Opens a section: <section id=ID><h2>title</h2>. */
void report_section(struct buffer *html, const char *id, const char *title);

void report_files_load(struct report *report);
void report_files_free(struct report *report);
/* NULL: the manifest does not have it. */
const struct report_file *report_file_find(const struct report *report,
                                           const char *path);
/* Reads a file; false after having said in the page why it is not there. A
 * file that is not as it was written gets a mark and is read all the same. */
bool report_file_read(struct report *report, const struct report_file *file,
                      char **bytes, size_t *size);
void report_files_warn(struct report *report);
void report_files_section(struct report *report);

/* <a href=PATH>label</a> */
void report_link(struct buffer *html, const char *path, const char *label);
/* The same in a line that says why it is not shown. */
void report_link_instead(struct buffer *html, const char *path);
/* A CSV file as a table: its first rows, if it is long. O(size). */
void report_table(struct report *report, const char *path, const char *text,
                  size_t size);

/* The findings of a variant's editors in one line; false: it has none. */
bool report_edits(struct buffer *html, const json_t *variant);
/* "OPTION = VALUE, ..." of an instance. */
void report_options(struct buffer *html, const json_t *instance);
void report_verdict_section(struct report *report);
void report_run_section(struct report *report);
void report_prompt_section(struct report *report);
void report_attestation_section(struct report *report);
void report_cite_section(struct report *report);
void report_manifest_section(struct report *report);

/* A figure, {"stem", "title"}. */
void report_figure(struct report *report, const json_t *figure);
void report_sweep_sections(struct report *report);
/* Is the file one of a sweep's, which its section links to? */
bool report_is_sweeps(const struct report *report, const char *path);
void report_comparison_section(struct report *report);
void report_variant_sections(struct report *report);

#endif
