/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* records.h - rows of named fields: JSON Lines, or CSV or TSV with a header
 * line. */
#ifndef CORE_PLAN_RECORDS_H
#define CORE_PLAN_RECORDS_H

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

struct record {
    json_t *fields; /* an object; of a CSV or TSV file strings, and lists
                     * where a cell is a JSON list */
    int line;       /* where it begins, from 1 */
};

struct records {
    char *path;
    struct record *list; /* (n) in the order of the file */
    size_t n;
    char sha256[65]; /* of the file */
};

/* The name's end says which it is: .jsonl, .csv or .tsv. Lines of blanks are
 * no rows. ST_DATA, with file and line: no such file or another kind, bytes
 * that are not UTF-8, a row that is no object, one with another number of
 * cells than the header, a quote that is not closed, a field without a name or
 * twice, no row at all. *records is then as it was. */
int records_read(const char *path, struct records **records,
                 struct error *err);
void records_free(struct records *records);

/* "FILE:LINE" of a record in front of the message; returns err->status. */
int record_error(const struct records *records, const struct record *record,
                 struct error *err);

#endif
