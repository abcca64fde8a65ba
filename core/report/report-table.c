/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* report-table.c - a CSV file as a table. */
#include "report/report-internal.h"

#include "base/csv-reader.h"
#include "base/mem.h"

#include <stdlib.h>

#define MAX_ROWS 2000 /* that are shown of a table */

struct shape {
    size_t rows, cols; /* without the header */
    size_t shown;      /* lines, with the header */
    bool *text;        /* (cols) has a shown cell that is no number */
};

void report_begin_table(struct buffer *html, size_t rows)
{
    html_raw(html, rows > REPORT_OPEN_ROWS
                       ? "<details class=\"data\">\n<summary>"
                       : "<details class=\"data\" open>\n<summary>");
}

void report_begin_scroll(struct buffer *html, const char *label)
{
    html_raw(html, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
             "aria-label=\"");
    html_text(html, label);
    html_raw(html, "\">");
}

void report_end_table(struct buffer *html)
{
    html_raw(html, "</tbody></table></div>\n</details>\n");
}

static bool is_number(const char *text)
{
    char *end;

    strtod(text, &end);
    return *text && !*end;
}

/* Does the page have room for row `row`, up to the last cell read? */
static bool is_shown(const struct csv *csv, const char *text, size_t row)
{
    return row <= MAX_ROWS &&
           (size_t)(csv->next - text) <= REPORT_TABLE_BYTES;
}

static void measure(const char *text, size_t size, struct shape *shape)
{
    size_t row = 0, col = 0;
    struct csv csv;

    *shape = (struct shape){0};
    for (csv_begin(&csv, text, size); csv_next(&csv); col++) {
        if (col == shape->cols) {
            MEM_PUSH(shape->text, shape->cols);
            shape->text[shape->cols++] = false;
        }
        if (row > 0 && is_shown(&csv, text, row) &&
            !is_number(csv.cell.bytes))
            shape->text[col] = true;
        if (csv.row_ends) {
            if (is_shown(&csv, text, row))
                shape->shown = row + 1;
            row++;
            col = (size_t)-1;
        }
    }
    csv_end(&csv);
    shape->rows = row ? row - 1 : 0;
}

static void write_cell(struct buffer *html, const char *text, bool header,
                       bool number)
{
    html_raw(html, header ? "<th scope=\"col\"" : "<td");
    html_raw(html, number ? " class=\"n\">" : ">");
    html_text(html, text);
    html_raw(html, header ? "</th>" : "</td>");
}

static void write_rows(struct buffer *html, const char *text, size_t size,
                       const struct shape *shape)
{
    size_t row = 0, col = 0;
    struct csv csv;

    html_raw(html, "<thead>");
    for (csv_begin(&csv, text, size); row < shape->shown && csv_next(&csv);
         col++) {
        if (col == 0)
            html_raw(html, "<tr>");
        write_cell(html, csv.cell.bytes, row == 0, !shape->text[col]);
        if (!csv.row_ends)
            continue;
        html_raw(html, row++ ? "</tr>\n" : "</tr></thead>\n<tbody>\n");
        col = (size_t)-1;
    }
    csv_end(&csv);
}

static void write_summary(struct buffer *html, const char *path,
                          const struct shape *shape)
{
    report_begin_table(html, shape->rows);
    html_raw(html, "<code>");
    html_text(html, path);
    html_raw(html, "</code> <span class=\"note\">");
    html_printf(html, "%zu row%s", shape->rows,
                shape->rows == 1 ? "" : "s");
    html_raw(html, "</span></summary>\n");
}

void report_table(struct report *report, const char *path, const char *text,
                  size_t size)
{
    struct buffer *html = &report->html;
    struct shape shape;

    measure(text, size, &shape);
    if (!shape.cols) {
        html_raw(html, "<p>");
        html_printf(html, "%s is empty.", path);
        html_raw(html, "</p>\n");
        return;
    }
    if (!shape.shown) {
        report_link_instead(html, path);
        free(shape.text);
        return;
    }
    write_summary(html, path, &shape);
    if (shape.rows >= shape.shown) {
        html_raw(html, "<p class=\"note\">");
        html_printf(html, "The first %zu of %zu rows; all of them are in ",
                    shape.shown - 1, shape.rows);
        report_link(html, path, path);
        html_raw(html, ".</p>\n");
    }
    report_begin_scroll(html, path);
    html_raw(html, "<table class=\"sortable\">\n");
    write_rows(html, text, size, &shape);
    report_end_table(html);
    free(shape.text);
}
