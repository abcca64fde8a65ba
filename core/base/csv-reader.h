/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* csv-reader.h - reading CSV as in RFC 4180, cell by cell. */
#ifndef CORE_BASE_CSV_READER_H
#define CORE_BASE_CSV_READER_H

#include "base/buffer.h"
#include <stdbool.h>
#include <stddef.h>

struct csv {
    const char *next, *end;  /* what is still to be read; borrowed */
    struct buffer cell;      /* the last one, unquoted, with a NUL behind it
                              * that n counts */
    bool row_ends;           /* it was the last one of its row */
    bool unclosed;           /* it has a quote that nothing closes */
    char separator;          /* of cells: a comma, unless set otherwise */
};

/* Begins to read text, which must outlive it. */
void csv_begin(struct csv *csv, const char *text, size_t size);
/* The next cell; false at the end. Rows end with LF or CR LF, the last one
 * also without. Nothing is an error: a quote that is not closed reaches to
 * the end, and what follows a closing quote belongs to the cell. */
bool csv_next(struct csv *csv);
void csv_end(struct csv *csv);

#endif
