/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* table-means.c - means over samples of a comparison, whose rows are pairs of
 * the same samples. */
#include "results/table.h"

#include "base/mem.h"
#include "results/paired-statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool table_is_paired(const struct transect_table *table)
{
    const struct transect_column *key = NULL;

    for (size_t i = 0; i < table->n_columns; i++)
        if (table->columns[i].role == TRANSECT_COL_KEY) {
            if (key)
                return false;
            key = &table->columns[i];
        }
    return key && key->type == TRANSECT_COL_INT &&
           strcmp(key->name, "sample") == 0;
}

/* The columns of a comparison of a paired table. */
enum { VARIANT, SAMPLE, METRIC, BASELINE, VALUE, CHANGE, CHANGE_PCT, N };

static const union cell *cells_of(const struct transect_table *compared,
                                  size_t row)
{
    return &compared->cells[row * N];
}

/* The row behind those of one variant that begin at `first`; and how many
 * metrics it has, which come in turn for each sample. */
static size_t end_of(const struct transect_table *compared, size_t first,
                     size_t *n_metrics)
{
    const union cell *begin = cells_of(compared, first);
    size_t end = first;

    *n_metrics = 0;
    for (; end < table_rows(compared); end++) {
        const union cell *cells = cells_of(compared, end);

        if (strcmp(cells[VARIANT].text, begin[VARIANT].text) != 0)
            break;
        if (*n_metrics == 0 && end > first &&
            strcmp(cells[METRIC].text, begin[METRIC].text) == 0)
            *n_metrics = end - first;
    }
    if (*n_metrics == 0)
        *n_metrics = end - first;
    return end;
}

bool *table_divergences(const struct transect_table *compared, size_t *n)
{
    size_t rows = table_rows(compared);
    bool *are;

    *n = 0;
    if (rows > 0)
        end_of(compared, 0, n);
    are = mem_new(*n, sizeof *are);
    for (size_t i = 0; i < *n; i++)
        are[i] = true;
    for (size_t row = 0; row < rows; row++) {
        const union cell *cells = cells_of(compared, row);

        if (cells[BASELINE].real != 0 || cells[CHANGE].real < 0)
            are[row % *n] = false;
    }
    return are;
}

/* Samples that lack a value in one of both count in neither mean. */
static void put_mean(struct transect_table *out,
                     const struct transect_table *compared, size_t first,
                     size_t end, size_t step, struct paired_signs *signs)
{
    const union cell *begin = cells_of(compared, first);
    double *changes = mem_new((end - first) / step + 1, sizeof *changes);
    double before = 0, after = 0;
    struct paired paired;
    size_t n = 0;

    for (size_t row = first; row < end; row += step) {
        const union cell *cells = cells_of(compared, row);

        if (isnan(cells[CHANGE].real))
            continue;
        before += cells[BASELINE].real;
        after += cells[VALUE].real;
        changes[n++] = cells[CHANGE].real;
    }
    paired = paired_of(changes, n, signs);
    table_put_text(out, begin[VARIANT].text);
    table_put_text(out, begin[METRIC].text);
    table_put_real(out, n ? before / (double)n : NAN);
    table_put_real(out, n ? after / (double)n : NAN);
    table_put_real(out, paired.mean);
    table_put_real(out, paired.se);
    table_put_real(out, paired.p);
    table_put_int(out, (int64_t)paired.n);
    free(changes);
}

struct transect_table *table_means(const struct transect_table *compared,
                                   struct paired_signs *signs)
{
    static const struct transect_column columns[] = {
        {"variant", TRANSECT_COL_TEXT, TRANSECT_COL_KEY},
        {"metric", TRANSECT_COL_TEXT, TRANSECT_COL_KEY},
        {"baseline", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"value", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"change", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"se", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"p", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"n", TRANSECT_COL_INT, TRANSECT_COL_METRIC},
    };
    struct transect_table *out = table_new(
        compared->name, columns, sizeof columns / sizeof columns[0]);
    size_t n_metrics, end;

    table_describe_usual(out);
    for (size_t first = 0; first < table_rows(compared); first = end) {
        end = end_of(compared, first, &n_metrics);
        for (size_t i = 0; i < n_metrics; i++)
            put_mean(out, compared, first + i, end, n_metrics, signs);
    }
    return out;
}

void table_untest(struct transect_table *means,
                  const struct transect_table *compared)
{
    enum { P = 6 };
    size_t n;
    bool *are = table_divergences(compared, &n);

    for (size_t i = 0; i < table_rows(means); i++)
        if (are[i % n])
            means->cells[i * means->n_columns + P].real = NAN;
    free(are);
}
