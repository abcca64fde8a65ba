/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-csv.c - any bytes as CSV, which nothing of is an error: what is read,
 * written in quotes and read again, is the same. */
#include "harness.h"

#include "base/csv-reader.h"

#include <stdlib.h>
#include <string.h>

static void quote(struct buffer *out, const struct csv *csv)
{
    buffer_add(out, "\"", 1);
    for (size_t i = 0; i + 1 < csv->cell.n; i++)
        buffer_add(out, csv->cell.bytes[i] == '"' ? "\"\"" :
                   &csv->cell.bytes[i],
                   csv->cell.bytes[i] == '"' ? 2 : 1);
    buffer_add(out, csv->row_ends ? "\"\r\n" : "\",",
               csv->row_ends ? 3 : 2);
}

static bool same(const struct csv *a, const struct csv *b)
{
    return a->row_ends == b->row_ends && a->cell.n == b->cell.n &&
           memcmp(a->cell.bytes, b->cell.bytes, a->cell.n) == 0;
}

static bool run(const uint8_t *bytes, size_t size)
{
    struct buffer out = {0};
    struct csv csv, again;

    csv_begin(&csv, (const char *)bytes, size);
    while (csv_next(&csv)) {
        FUZZ_CHECK(csv.cell.n <= size + 1);
        FUZZ_CHECK(csv.cell.bytes[csv.cell.n - 1] == '\0');
        quote(&out, &csv);
    }
    FUZZ_CHECK(csv.next == csv.end);
    buffer_reserve(&out, 1);
    csv_end(&csv);
    csv_begin(&csv, (const char *)bytes, size);
    csv_begin(&again, out.bytes, out.n);
    while (csv_next(&csv)) {
        FUZZ_CHECK(csv_next(&again));
        FUZZ_CHECK(same(&csv, &again));
    }
    FUZZ_CHECK(!csv_next(&again));
    csv_end(&csv);
    csv_end(&again);
    free(out.bytes);
    return true;
}

const struct fuzz_target fuzz_csv = {"csv", run, true};
