/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* table-compare.c - a variant's table against the baseline's, row by row. */
#include "results/table.h"

#include "base/mem.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool same_columns(const struct transect_table *a,
                         const struct transect_table *b)
{
    size_t i;

    if (a->n_columns != b->n_columns)
        return false;
    for (i = 0; i < a->n_columns; i++)
        if (strcmp(a->columns[i].name, b->columns[i].name) != 0 ||
            a->columns[i].type != b->columns[i].type ||
            a->columns[i].role != b->columns[i].role)
            return false;
    return true;
}

/* A comparison has these before and behind the key columns of a table. */
static const struct transect_column
    first = {TABLE_VARIANT, TRANSECT_COL_TEXT, TRANSECT_COL_KEY},
    rest[] = {
        {"metric", TRANSECT_COL_TEXT, TRANSECT_COL_KEY},
        {"baseline", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"value", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"change", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"change_pct", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
};

#define N_REST (sizeof rest / sizeof rest[0])

static bool has_metrics(const struct transect_table *table)
{
    size_t i;

    for (i = 0; i < table->n_columns; i++)
        if (table->columns[i].role == TRANSECT_COL_METRIC)
            return true;
    return false;
}

static bool is_taken(const char *name)
{
    size_t i;

    for (i = 0; i < N_REST; i++)
        if (strcmp(name, rest[i].name) == 0)
            return true;
    return strcmp(name, first.name) == 0;
}

int table_check_compared(const struct transect_table *table,
                         const struct transect_table *baseline,
                         struct error *err)
{
    size_t i;

    if (!has_metrics(table))
        return ST_OK;
    for (i = 0; i < table->n_columns; i++)
        if (table->columns[i].role == TRANSECT_COL_KEY &&
            is_taken(table->columns[i].name))
            return error_set(err, ST_PLUGIN,
                             "table '%s': a key column has "
                             "the name '%s', which comparisons with the "
                             "baseline have for a column of their own",
                             table->name, table->columns[i].name);
    if (baseline && !same_columns(table, baseline))
        return error_set(err, ST_PLUGIN,
                         "table '%s': this variant and the "
                         "baseline have different columns; a plugin declares "
                         "the same columns in all variants",
                         table->name);
    return ST_OK;
}

/* An empty table for comparisons of tables with these columns; NULL: they have
 * no metric. */
static struct transect_table *
make_comparison(const struct transect_table *like)
{
    struct transect_column *columns = mem_new(1 + like->n_columns + N_REST,
                                              sizeof *columns);
    struct transect_table *out = NULL;
    size_t n = 0, i;

    columns[n++] = first;
    for (i = 0; i < like->n_columns; i++)
        if (like->columns[i].role == TRANSECT_COL_KEY)
            columns[n++] = like->columns[i];
    memcpy(columns + n, rest, sizeof rest);
    if (has_metrics(like))
        out = table_new(like->name, columns, n + N_REST);
    if (out) {
        table_copy_notes(out, like);
        table_describe_usual(out);
    }
    free(columns);
    return out;
}

static double number(const struct table_row *row, size_t column)
{
    const struct transect_table *table = row->table;
    const union cell *cell;

    if (!table) /* no row of this key */
        return NAN;
    cell = &table->cells[row->row * table->n_columns + column];
    return table->columns[column].type == TRANSECT_COL_INT
               ? (double)cell->integer : cell->real;
}

/* Divided by |baseline|, so that the sign is that of the change. */
static double percent(double change, double baseline)
{
    return change == 0 ? 0 : 100 * change / fabs(baseline);
}

/* One row of out for each metric. Where a row has no partner, that one's
 * table is NULL. */
static void put_pair(struct transect_table *out, const char *variant,
                     const struct table_row *row,
                     const struct table_row *baseline)
{
    const struct table_row *key = row->table ? row : baseline;
    const struct transect_column *columns = key->table->columns;
    size_t n = key->table->n_columns, metric, i;

    for (metric = 0; metric < n; metric++) {
        double before, after;

        if (columns[metric].role != TRANSECT_COL_METRIC)
            continue;
        table_put_text(out, variant);
        for (i = 0; i < n; i++)
            if (columns[i].role == TRANSECT_COL_KEY)
                table_put_cell(out, columns[i].type,
                               &key->table->cells[key->row * n + i]);
        before = number(baseline, metric);
        after = number(row, metric);
        table_put_text(out, columns[metric].name);
        table_put_real(out, before);
        table_put_real(out, after);
        table_put_real(out, after - before);
        table_put_real(out, percent(after - before, before));
    }
}

static void put_all(struct transect_table *out, const char *variant,
                    const struct transect_table *table,
                    const struct transect_table *baseline)
{
    static const struct table_row none;
    size_t n_sorted = table_rows(baseline), i;
    struct table_row *sorted = table_sorted(baseline);
    bool *matched = mem_new(n_sorted, sizeof *matched); /* by row */

    for (i = 0; i < table_rows(table); i++) {
        struct table_row row = { table, i };
        struct table_row *partner = bsearch(&row, sorted, n_sorted,
                                            sizeof row, table_row_order);

        put_pair(out, variant, &row, partner ? partner : &none);
        if (partner)
            matched[partner->row] = true;
    }
    for (i = 0; i < n_sorted; i++) {
        struct table_row row = { baseline, i };

        if (!matched[i])
            put_pair(out, variant, &none, &row);
    }
    free(matched);
    free(sorted);
}

struct transect_table *table_compare(struct transect_table *out,
                                     const char *variant,
                                     const struct transect_table *table,
                                     const struct transect_table *baseline)
{
    if (!out)
        out = make_comparison(table);
    if (!out)
        return NULL;
    if (same_columns(table, baseline))
        put_all(out, variant, table, baseline);
    else if (!out->error.status)
        error_set(&out->error, ST_FAILED, "table '%s': variant '%s' and the "
                  "baseline have different columns; a plugin declares the "
                  "same columns in all variants", table->name, variant);
    return out;
}
