/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* table.c - tables in memory, their check and their CSV form. */
#include "results/table.h"

#include "base/buffer.h"
#include "base/mem.h"
#include "base/text.h"

#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *type_name(int32_t type)
{
    switch (type) {
    case TRANSECT_COL_INT: return "an integer";
    case TRANSECT_COL_REAL: return "a real";
    default: return "a text";
    }
}

/* Keeps the first mistake only, since others mostly follow from it. */
#define MISTAKE(table, ...)                                                 \
    ((table)->error.status                                                  \
         ? (void)0                                                          \
         : (void)error_set(&(table)->error, ST_FAILED, __VA_ARGS__))

static void check_column(struct transect_table *table, size_t i)
{
    const struct transect_column *column = &table->columns[i];
    size_t j;

    if (!column->name[0])
        MISTAKE(table, "table '%s': column %zu has no name; each needs one",
                table->name, i);
    if (!text_is_harmless(column->name))
        MISTAKE(table,
                "table '%s': the name of column %zu is not plain "
                "UTF-8, or has control characters",
                table->name, i);
    if (column->type < TRANSECT_COL_INT || column->type > TRANSECT_COL_TEXT)
        MISTAKE(table, "table '%s', column '%s': unknown type %d; valid are "
                "INT, REAL, TEXT", table->name, column->name,
                (int)column->type);
    if (column->role < TRANSECT_COL_KEY || column->role > TRANSECT_COL_INFO)
        MISTAKE(table, "table '%s', column '%s': unknown role %d; valid are "
                "KEY, METRIC, INFO", table->name, column->name,
                (int)column->role);
    if (column->role == TRANSECT_COL_METRIC &&
        column->type == TRANSECT_COL_TEXT)
        MISTAKE(table, "table '%s', column '%s': a metric of type TEXT; "
                "metrics are INT or REAL", table->name, column->name);
    for (j = 0; j < i; j++)
        if (strcmp(column->name, table->columns[j].name) == 0)
            MISTAKE(table, "table '%s': two columns named '%s'; names must "
                    "differ", table->name, column->name);
}

void table_check_columns(struct transect_table *table)
{
    if (!table->n_columns)
        MISTAKE(table, "table '%s' has no columns; it needs one or more",
                table->name);
    for (size_t i = 0; i < table->n_columns; i++)
        check_column(table, i);
}

struct transect_table *table_new(const char *name,
                                 const struct transect_column *columns,
                                 size_t n_columns)
{
    struct transect_table *table = mem_new(1, sizeof *table);
    size_t i;

    table->name = mem_strdup(name);
    table->n_columns = n_columns;
    table->columns = mem_new(n_columns, sizeof *table->columns);
    table->notes = mem_new(n_columns, sizeof *table->notes);
    for (i = 0; i < n_columns; i++) {
        table->columns[i] = columns[i];
        table->columns[i].name =
            mem_strdup(columns[i].name ? columns[i].name : "");
    }
    table_check_columns(table);
    return table;
}

void table_free(struct transect_table *table)
{
    size_t i;

    if (!table)
        return;
    for (i = 0; i < table->n_cells; i++)
        if (table->columns[i % table->n_columns].type == TRANSECT_COL_TEXT)
            free(table->cells[i].text);
    for (i = 0; i < table->n_columns; i++) {
        free((char *)table->columns[i].name);
        free(table->notes[i].unit);
        free(table->notes[i].meaning);
    }
    free(table->columns);
    free(table->notes);
    free(table->cells);
    free(table->name);
    free(table);
}

size_t table_rows(const struct transect_table *table)
{
    return table->n_columns ? table->n_cells / table->n_columns : 0;
}

/* The next cell, zeroed; NULL if it cannot take a value of this type. A
 * refused value takes its place, so that later cells keep their columns. */
static union cell *next_cell(struct transect_table *table, int32_t type)
{
    const struct transect_column *column;
    union cell *cell;

    if (!table->n_columns)
        return NULL;
    column = &table->columns[table->n_cells % table->n_columns];
    MEM_PUSH(table->cells, table->n_cells);
    cell = &table->cells[table->n_cells];
    memset(cell, 0, sizeof *cell);
    if (column->type != type)
        MISTAKE(table, "table '%s', row %zu, column '%s': the value is %s; "
                "the column is declared as %s", table->name,
                table_rows(table), column->name, type_name(type),
                type_name(column->type));
    table->n_cells++;
    return column->type == type ? cell : NULL;
}

void table_put_int(struct transect_table *table, int64_t value)
{
    union cell *cell = next_cell(table, TRANSECT_COL_INT);

    if (cell)
        cell->integer = value;
}

void table_put_real(struct transect_table *table, double value)
{
    union cell *cell = next_cell(table, TRANSECT_COL_REAL);

    if (cell)
        cell->real = value;
}

void table_put_text(struct transect_table *table, const char *value)
{
    union cell *cell = next_cell(table, TRANSECT_COL_TEXT);

    if (cell && value)
        cell->text = mem_strdup(value);
    else if (cell)
        MISTAKE(table, "table '%s', row %zu: the text is NULL; an empty "
                "text is \"\"", table->name,
                (table->n_cells - 1) / table->n_columns);
}

void table_put_cell(struct transect_table *table, int32_t type,
                    const union cell *cell)
{
    switch (type) {
    case TRANSECT_COL_INT: table_put_int(table, cell->integer); break;
    case TRANSECT_COL_REAL: table_put_real(table, cell->real); break;
    default: table_put_text(table, cell->text); break;
    }
}

/* A total order, in which nan comes last and equals nan. */
static int order_real(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    return (a > b) - (a < b);
}

static int order_cell(int32_t type, const union cell *a, const union cell *b)
{
    switch (type) {
    case TRANSECT_COL_INT:
        return (a->integer > b->integer) - (a->integer < b->integer);
    case TRANSECT_COL_REAL:
        return order_real(a->real, b->real);
    default:
        return strcmp(a->text ? a->text : "", b->text ? b->text : "");
    }
}

int table_row_order(const void *a, const void *b)
{
    const struct table_row *x = a, *y = b;
    const struct transect_column *columns = x->table->columns;
    size_t n = x->table->n_columns, i;
    int order = 0;

    for (i = 0; i < n && order == 0; i++)
        if (columns[i].role == TRANSECT_COL_KEY)
            order = order_cell(columns[i].type,
                               &x->table->cells[x->row * n + i],
                               &y->table->cells[y->row * n + i]);
    return order;
}

struct table_row *table_sorted(const struct transect_table *table)
{
    size_t n = table_rows(table), i;
    struct table_row *rows = mem_new(n, sizeof *rows);

    for (i = 0; i < n; i++) {
        rows[i].table = table;
        rows[i].row = i;
    }
    qsort(rows, n, sizeof *rows, table_row_order);
    return rows;
}

static bool has_role(const struct transect_table *table, int32_t role)
{
    size_t i;

    for (i = 0; i < table->n_columns; i++)
        if (table->columns[i].role == role)
            return true;
    return false;
}

static int check_keys(const struct transect_table *table, struct error *err)
{
    struct table_row *rows = table_sorted(table);
    size_t n = table_rows(table), i;
    int status = ST_OK;

    for (i = 1; i < n && status == ST_OK; i++)
        if (table_row_order(&rows[i - 1], &rows[i]) == 0)
            status = error_set(err, ST_FAILED, "table '%s': rows %zu and %zu "
                               "have the same key; KEY columns must identify "
                               "a row", table->name, rows[i - 1].row,
                               rows[i].row);
    free(rows);
    return status;
}

int table_check(const struct transect_table *table, struct error *err)
{
    size_t rest;

    if (table->error.status)
        return error_set(err, table->error.status, "%s", table->error.text);
    rest = table->n_cells % table->n_columns;
    if (rest)
        return error_set(err, ST_FAILED, "table '%s', row %zu: %zu cells; a "
                         "row has %zu", table->name, table_rows(table), rest,
                         table->n_columns);
    /* Without metrics, rows need no keys. */
    if (!has_role(table, TRANSECT_COL_KEY) &&
        !has_role(table, TRANSECT_COL_METRIC))
        return ST_OK;
    return check_keys(table, err);
}

/* Quoted only where RFC 4180 asks for it, and where empty: a row of one empty
 * cell would be a blank line. */
static void append_text(struct buffer *to, const char *text)
{
    if (text[0] && !strpbrk(text, "\",\r\n")) {
        buffer_add(to, text, strlen(text));
        return;
    }
    buffer_add(to, "\"", 1);
    for (; *text; text++)
        buffer_add(to, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
    buffer_add(to, "\"", 1);
}

static void append_cell(struct buffer *to, int32_t type,
                        const union cell *cell)
{
    char number[32] = "nan"; /* printf might say "-nan" */

    if (type == TRANSECT_COL_INT)
        snprintf(number, sizeof number, "%" PRId64, cell->integer);
    else if (type == TRANSECT_COL_REAL && !isnan(cell->real))
        snprintf(number, sizeof number, "%.9g", cell->real);
    if (type == TRANSECT_COL_INT || type == TRANSECT_COL_REAL)
        buffer_add(to, number, strlen(number));
    else
        append_text(to, cell->text ? cell->text : "");
}

/* Behind a row's last cell; `last` NULL: nothing follows it. */
static void end_row(struct buffer *to, const char *last)
{
    if (last) {
        buffer_add(to, ",", 1);
        append_text(to, last);
    }
    buffer_add(to, "\n", 1);
}

void table_csv(const struct transect_table *table, const char *variant,
               char **text, size_t *size)
{
    struct buffer to = { 0 };
    size_t columns = table->n_columns, n = table_rows(table) * columns, i;
    locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    locale_t before = uselocale(c); /* for the decimal point */

    if (table_has_column(table, TABLE_VARIANT))
        variant = NULL;
    for (i = 0; i < columns; i++) {
        if (i)
            buffer_add(&to, ",", 1);
        append_text(&to, table->columns[i].name);
    }
    if (columns)
        end_row(&to, variant ? TABLE_VARIANT : NULL);
    for (i = 0; i < n; i++) {
        if (i % columns)
            buffer_add(&to, ",", 1);
        append_cell(&to, table->columns[i % columns].type, &table->cells[i]);
        if ((i + 1) % columns == 0)
            end_row(&to, variant);
    }
    buffer_add(&to, "", 1); /* a NUL beyond the end */
    uselocale(before);
    if (c)
        freelocale(c);
    *text = to.bytes;
    *size = to.n - 1;
}
