/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* table.h - tables in memory, CSV files, comparison with the baseline. */
#ifndef CORE_RESULTS_TABLE_H
#define CORE_RESULTS_TABLE_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <transect/plugin.h>

union cell {
    int64_t integer;
    double real;
    char *text; /* owned */
};

/* What a column means; NULL: nobody said. Owned. */
struct table_note {
    char *unit, *meaning;
};

struct transect_table {
    char *name; /* without .csv */
    struct transect_column *columns; /* names owned */
    struct table_note *notes;        /* (n_columns) */
    size_t n_columns;
    union cell *cells; /* row-major */
    size_t n_cells;
    struct error error; /* first mistake in filling it; status 0: none */
};

/* A row by number; rows of tables with the same columns have an order. */
struct table_row {
    const struct transect_table *table;
    size_t row;
};

/* Copies name and columns. No columns, repeated or unknown ones and metrics
 * of type TEXT are recorded in error. */
struct transect_table *table_new(const char *name,
                                 const struct transect_column *columns,
                                 size_t n_columns);
/* What table_new() records of columns, for those that came in another way. */
void table_check_columns(struct transect_table *table);
void table_free(struct transect_table *table);
size_t table_rows(const struct transect_table *table);
/* Cells in the order of the columns; a wrong type is recorded in error. Text
 * is copied. */
void table_put_int(struct transect_table *table, int64_t value);
void table_put_real(struct transect_table *table, double value);
void table_put_text(struct transect_table *table, const char *value);
void table_put_cell(struct transect_table *table, int32_t type,
                    const union cell *cell);
/* An incomplete last row, duplicate keys and recorded mistakes are errors
 * (ST_FAILED). A table with metrics and without keys may have one row. */
int table_check(const struct transect_table *table, struct error *err);
/* The table's rows ordered by their keys; the caller frees. */
struct table_row *table_sorted(const struct transect_table *table);
/* Compares two struct table_row by their keys, as qsort and bsearch ask. */
int table_row_order(const void *a, const void *b);
/* In table-notes.c. Has it a column of this name? */
bool table_has_column(const struct transect_table *table, const char *name);
/* Says what a column means; both texts are copied. What does not hold is
 * recorded in error. */
void table_describe(struct transect_table *table, const char *column,
                    const char *unit, const char *meaning);
/* For columns that nobody has described: what `from` says of those of the same
 * name and role; and what is said of the columns of comparisons. */
void table_copy_notes(struct transect_table *to,
                      const struct transect_table *from);
void table_describe_usual(struct transect_table *table);
/* CSV: header line, '.' decimals, %.9g, RFC 4180 quoting, LF line ends. The
 * caller frees *text. nan, inf and -inf are written so. Of a variant, its name
 * is a last column TABLE_VARIANT, unless the table has one; NULL: of none. */
#define TABLE_VARIANT "variant"
void table_csv(const struct transect_table *table, const char *variant,
               char **text, size_t *size);
/* Can a variant's table be set against the baseline's (NULL: there is none)?
 * ST_PLUGIN: their columns differ, or a key column has the name of one that
 * the comparison has beside them. */
int table_check_compared(const struct transect_table *table,
                         const struct transect_table *baseline,
                         struct error *err);
/* Appends `table`'s metrics against `baseline`'s to `out`, matching rows by
 * key; rows without a partner get nan. `out` was made by this function (pass
 * NULL first): variant, key columns, metric, baseline, value, change,
 * change_pct = 100 * change / |baseline| (0 where nothing changed). Returns
 * out. NULL if table has no metric column. Tables with different columns are
 * a mistake, recorded in out. O((n + m) log m) for n and m rows. */
struct transect_table *table_compare(struct transect_table *out,
                                     const char *variant,
                                     const struct transect_table *table,
                                     const struct transect_table *baseline);
/* Are its rows samples, one for each? Its only key is then `sample`, and the
 * values of two such tables are pairs. */
bool table_is_paired(const struct transect_table *table);
struct paired_signs; /* paired-statistics.h */
/* Means over samples of what table_compare() made of paired tables: variant,
 * metric, baseline, value, change, se, p, n; the last four as in struct
 * paired, and the means of the same n samples. */
struct transect_table *table_means(const struct transect_table *compared,
                                   struct paired_signs *signs);
/* Which of the *n metrics of such a comparison, in their order, are 0 in every
 * sample before and nowhere below after? They measure how far something is
 * from what it was, and no sign of theirs could as well be the other: no test
 * says anything of them. The caller frees. */
bool *table_divergences(const struct transect_table *compared, size_t *n);
/* In a table of table_means(): those have no p. */
void table_untest(struct transect_table *means,
                  const struct transect_table *compared);

#endif
