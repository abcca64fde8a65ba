/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* records.c - reads a file of records, of any of its formats, into a JSON
 * object for each row. */
#include "plan/records.h"

#include "base/csv-reader.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/read-file.h"
#include "base/sha256.h"
#include "base/text.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What some programs put in front of UTF-8 (U+FEFF), which is no text. */
#define MARK "\xef\xbb\xbf"

/* While a file is read. */
struct reading {
    struct records *records;
    const char *text, *end;
    struct error *err;
};

void records_free(struct records *records)
{
    if (!records)
        return;
    for (size_t i = 0; i < records->n; i++)
        json_decref(records->list[i].fields);
    free(records->list);
    free(records->path);
    free(records);
}

int record_error(const struct records *records, const struct record *record,
                 struct error *err)
{
    return error_within(err, "%s:%d", records->path, record->line);
}

/* Takes the fields. */
static void add(struct reading *r, json_t *fields, int line)
{
    MEM_PUSH(r->records->list, r->records->n);
    r->records->list[r->records->n++] =
        (struct record){.fields = fields, .line = line};
}

static int refuse(struct reading *r, int line, const char *what)
{
    return error_set(r->err, ST_DATA, "%s:%d: %s", r->records->path, line,
                     what);
}

static int lines_in(const char *from, const char *to)
{
    int n = 0;

    for (; from < to; from++)
        n += *from == '\n';
    return n;
}

static int check_utf8(struct reading *r)
{
    const char *p = r->text;
    size_t n = 1;

    while (p < r->end && n > 0 && *p)
        p += n = text_utf8(p, (size_t)(r->end - p));
    if (n > 0 && p == r->end)
        return ST_OK;
    if (n > 0)
        return refuse(r, 1 + lines_in(r->text, p), "has a NUL byte, as "
                      "UTF-16 has; write the file in UTF-8");
    return refuse(r, 1 + lines_in(r->text, p),
                  "has a byte that is not UTF-8; write the file in UTF-8");
}

static bool is_blank(const char *text, size_t n)
{
    return strspn(text, " \t\r") >= n;
}

static int read_json_lines(struct reading *r)
{
    const char *next;
    int line = 1;

    for (const char *p = r->text; p < r->end; p = next + 1, line++) {
        const char *stop = memchr(p, '\n', (size_t)(r->end - p));
        json_t *fields;

        next = stop ? stop : r->end;
        if (is_blank(p, (size_t)(next - p)))
            continue;
        if (json_parse_line(p, (size_t)(next - p), r->records->path, line,
                            &fields, r->err))
            return r->err->status;
        add(r, fields, line);
    }
    return ST_OK;
}

/* Of a CSV or TSV file. */
struct header {
    char **names;
    size_t n;
};

static void header_free(struct header *header)
{
    for (size_t i = 0; i < header->n; i++)
        free(header->names[i]);
    free(header->names);
}

static bool is_named(const struct header *header, const char *name)
{
    for (size_t i = 0; i < header->n; i++)
        if (strcmp(header->names[i], name) == 0)
            return true;
    return false;
}

static int read_header(struct reading *r, struct csv *csv,
                       struct header *header)
{
    while (csv_next(csv)) {
        if (!*csv->cell.bytes)
            return refuse(r, 1, "a column has no name; the first line names "
                                "the fields");
        if (is_named(header, csv->cell.bytes))
            return error_set(r->err, ST_DATA, "%s:1: two columns have the "
                             "name '%s'", r->records->path,
                             csv->cell.bytes);
        MEM_PUSH(header->names, header->n);
        header->names[header->n++] = mem_strdup(csv->cell.bytes);
        if (csv->row_ends)
            break;
    }
    return ST_OK;
}

/* A cell that is a JSON list is that list: of ids, or of several texts. */
static json_t *value_of(const struct csv *csv)
{
    size_t n = csv->cell.n - 1;
    json_t *list = NULL;

    if (n > 1 && csv->cell.bytes[0] == '[')
        list = json_loadb(csv->cell.bytes, n, 0, NULL);
    return list ? list : json_stringn(csv->cell.bytes, n);
}

/* The rest of a row whose first cell has been read. */
static int read_row(struct reading *r, struct csv *csv,
                    const struct header *header, int line)
{
    json_t *fields = json_object();
    size_t n = 0;
    bool more = true;

    for (; more; n++) {
        if (n < header->n)
            json_object_set_new(fields, header->names[n], value_of(csv));
        more = !csv->row_ends && csv_next(csv);
    }
    add(r, fields, line);
    if (csv->unclosed)
        return refuse(r, line, "a quote is not closed in this row");
    if (n == header->n)
        return ST_OK;
    return error_set(r->err, ST_DATA, "%s:%d: has %zu cell%s; the header has "
                     "%zu", r->records->path, line, n, n == 1 ? "" : "s",
                     header->n);
}

/* Where a column has lists, a cell that is none is one with a mistake, which
 * would be read as text. */
static int check_column(struct reading *r, const char *name)
{
    const struct records *records = r->records;
    bool lists = false;

    for (size_t i = 0; i < records->n && !lists; i++)
        lists = json_is_array(json_object_get(records->list[i].fields, name));
    for (size_t i = 0; i < records->n && lists; i++) {
        const struct record *record = &records->list[i];
        const json_t *value = json_object_get(record->fields, name);

        if (!json_is_array(value) && json_string_length(value) > 0)
            return error_set(r->err, ST_DATA, "%s:%d: '%s' is \"%s\", which "
                             "is no JSON list as this column has in other "
                             "rows; write one such as [1, 2] or [\"a\"]",
                             records->path, record->line, name,
                             json_string_value(value));
    }
    return ST_OK;
}

/* Bytes of the lines here that have nothing but blanks, which no tab is where
 * tabs are between cells. */
static size_t blank_lines(const struct csv *csv)
{
    const char *blanks = csv->separator == '\t' ? " \r" : " \t\r";
    const char *p = csv->next, *line;

    do {
        line = p;
        while (p < csv->end && strchr(blanks, *p))
            p++;
        if (p == csv->end)
            return (size_t)(p - csv->next);
    } while (*p++ == '\n');
    return (size_t)(line - csv->next);
}

static int read_cells(struct reading *r, char separator)
{
    struct header header = {0};
    struct csv csv;
    const char *from = r->text;
    int line = 1, status;

    csv_begin(&csv, r->text, (size_t)(r->end - r->text));
    csv.separator = separator;
    status = read_header(r, &csv, &header);
    while (!status) {
        csv.next += blank_lines(&csv);
        line += lines_in(from, csv.next);
        from = csv.next;
        if (!csv_next(&csv))
            break;
        status = read_row(r, &csv, &header, line);
    }
    for (size_t i = 0; i < header.n && !status; i++)
        status = check_column(r, header.names[i]);
    header_free(&header);
    csv_end(&csv);
    return status;
}

static int read_commas(struct reading *r)
{
    return read_cells(r, ',');
}

static int read_tabs(struct reading *r)
{
    return read_cells(r, '\t');
}

static const struct {
    const char *suffix;
    int (*read)(struct reading *r);
} formats[] = {
    {".jsonl", read_json_lines}, {".csv", read_commas}, {".tsv", read_tabs}};

static int read_format(struct reading *r)
{
    const char *path = r->records->path;
    size_t n = strlen(path);

    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t suffix = strlen(formats[i].suffix);

        if (n > suffix &&
            strcmp(path + n - suffix, formats[i].suffix) == 0)
            return formats[i].read(r);
    }
    return error_set(r->err, ST_DATA, "%s: is named neither .jsonl, .csv nor "
                     ".tsv; records are in a file of one of these", path);
}

int records_read(const char *path, struct records **records,
                 struct error *err)
{
    struct reading r = {.err = err};
    char *bytes;
    size_t size;
    int status = read_file(path, &bytes, &size, err);

    if (status)
        return status;
    r.records = mem_new(1, sizeof *r.records);
    r.records->path = mem_strdup(path);
    sha256_bytes(bytes, size, r.records->sha256);
    r.end = bytes + size;
    r.text = size >= 3 && memcmp(bytes, MARK, 3) == 0 ? bytes + 3 : bytes;
    status = check_utf8(&r);
    if (!status)
        status = read_format(&r);
    if (!status && r.records->n == 0)
        status = error_set(err, ST_DATA, "%s: has no record; at least one "
                           "row is needed", path);
    free(bytes);
    if (status)
        records_free(r.records);
    else
        *records = r.records;
    return status;
}
