/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* csv-reader.c - reading CSV as in RFC 4180, cell by cell. */
#include "base/csv-reader.h"

#include <stdlib.h>
#include <string.h>

void csv_begin(struct csv *csv, const char *text, size_t size)
{
    *csv = (struct csv){
        .next = text, .end = text + size, .separator = ','};
}

void csv_end(struct csv *csv)
{
    free(csv->cell.bytes);
}

/* Up to the closing quote; two quotes are one of the cell's. */
static void read_quoted(struct csv *csv)
{
    csv->next++;
    csv->unclosed = true;
    while (csv->next < csv->end) {
        const char *quote = memchr(csv->next, '"',
                                   (size_t)(csv->end - csv->next));
        const char *stop = quote ? quote : csv->end;

        buffer_add(&csv->cell, csv->next, (size_t)(stop - csv->next));
        csv->next = quote ? quote + 1 : csv->end;
        csv->unclosed = !quote;
        if (csv->next == csv->end || *csv->next != '"')
            return;
        buffer_add(&csv->cell, csv->next++, 1);
        csv->unclosed = true;
    }
}

/* Bytes of the line end here: 2, 1, or 0 if there is none. */
static size_t line_end(const struct csv *csv)
{
    if (*csv->next == '\n')
        return 1;
    return *csv->next == '\r' && csv->next + 1 < csv->end &&
                   csv->next[1] == '\n'
               ? 2
               : 0;
}

bool csv_next(struct csv *csv)
{
    size_t ends = 0;

    /* After a separator at the very end comes one more cell, an empty one. */
    if (csv->next == csv->end && (csv->row_ends || !csv->cell.bytes))
        return false;
    csv->cell.n = 0;
    csv->unclosed = false;
    if (csv->next < csv->end && *csv->next == '"')
        read_quoted(csv);
    while (csv->next < csv->end && *csv->next != csv->separator &&
           !(ends = line_end(csv)))
        buffer_add(&csv->cell, csv->next++, 1);
    csv->row_ends = csv->next == csv->end || ends > 0;
    csv->next += csv->next == csv->end ? 0 : ends ? ends : 1;
    buffer_add(&csv->cell, "", 1);
    return true;
}
