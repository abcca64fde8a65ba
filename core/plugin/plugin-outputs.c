/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* outputs.c - what an instance made: as bytes for another process, and its
 * end. */
#include "plugin/plugin-instance.h"
#include "base/alloc.h"
#include "base/serialize.h"

#include <stdlib.h>

static void carry_error(struct parcel *parcel, struct error *err)
{
    int32_t status = err->status;
    char *text = err->text;

    parcel_int32(parcel, &status);
    parcel_word(parcel, &text);
    if (!parcel->unpacking)
        return;
    if (status)
        error_set(err, status, "%s", text);
    free(text);
}

static void carry_columns(struct parcel *parcel, struct transect_table *table)
{
    parcel_count(parcel, &table->n_columns);
    if (parcel->unpacking)
        table->columns = mem_new(table->n_columns, sizeof *table->columns);
    for (size_t i = 0; i < table->n_columns; i++) {
        struct transect_column *column = &table->columns[i];

        parcel_word(parcel, (char **)&column->name);
        parcel_int32(parcel, &column->type);
        parcel_int32(parcel, &column->role);
    }
}

static void carry_cells(struct parcel *parcel, struct transect_table *table)
{
    parcel_count(parcel, &table->n_cells);
    if (table->n_cells && !table->n_columns) {
        parcel->bad = true;
        table->n_cells = 0;
    }
    if (parcel->unpacking)
        table->cells = mem_new(table->n_cells, sizeof *table->cells);
    for (size_t i = 0; i < table->n_cells; i++) {
        if (table->columns[i % table->n_columns].type == TRANSECT_COL_TEXT)
            parcel_text(parcel, &table->cells[i].text);
        else
            parcel_int(parcel, &table->cells[i].integer);
    }
}

static void carry_table(struct parcel *parcel, struct transect_table **place)
{
    if (parcel->unpacking)
        *place = mem_new(1, sizeof **place);
    parcel_word(parcel, &(*place)->name);
    carry_columns(parcel, *place);
    carry_cells(parcel, *place);
    carry_error(parcel, &(*place)->error);
}

static void carry_file(struct parcel *parcel, struct output_file *file)
{
    parcel_word(parcel, &file->name);
    parcel_count(parcel, &file->size);
    parcel_array(parcel, &file->bytes, file->size, 1);
}

/* How many, and room for them. */
#define CARRY_MANY(parcel, array, n)                                        \
    (parcel_count(parcel, &(n)),                                            \
     (parcel)->unpacking                                                    \
         ? (void)((array) = mem_new((n), sizeof *(array)))                  \
         : (void)0)

void outputs_carry(struct parcel *parcel, struct outputs *outputs)
{
    CARRY_MANY(parcel, outputs->tables, outputs->n_tables);
    for (size_t i = 0; i < outputs->n_tables; i++)
        carry_table(parcel, &outputs->tables[i]);
    CARRY_MANY(parcel, outputs->files, outputs->n_files);
    for (size_t i = 0; i < outputs->n_files; i++)
        carry_file(parcel, &outputs->files[i]);
    CARRY_MANY(parcel, outputs->figures, outputs->n_figures);
    for (size_t i = 0; i < outputs->n_figures; i++)
        figure_carry(parcel, &outputs->figures[i]);
    CARRY_MANY(parcel, outputs->sayings, outputs->n_sayings);
    for (size_t i = 0; i < outputs->n_sayings; i++)
        parcel_word(parcel, &outputs->sayings[i]);
    CARRY_MANY(parcel, outputs->verdicts, outputs->n_verdicts);
    for (size_t i = 0; i < outputs->n_verdicts; i++) {
        parcel_word(parcel, &outputs->verdicts[i].rule);
        parcel_word(parcel, &outputs->verdicts[i].text);
    }
}

void outputs_keep_tables(struct outputs *outputs)
{
    struct outputs kept = {.tables = outputs->tables,
                           .n_tables = outputs->n_tables};

    outputs->tables = NULL;
    outputs->n_tables = 0;
    outputs_clear(outputs);
    *outputs = kept;
}

void outputs_clear(struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->n_tables; i++)
        table_free(outputs->tables[i]);
    for (size_t i = 0; i < outputs->n_files; i++) {
        free(outputs->files[i].name);
        free(outputs->files[i].bytes);
    }
    for (size_t i = 0; i < outputs->n_figures; i++)
        figure_free(outputs->figures[i]);
    for (size_t i = 0; i < outputs->n_sayings; i++)
        free(outputs->sayings[i]);
    for (size_t i = 0; i < outputs->n_verdicts; i++) {
        free(outputs->verdicts[i].rule);
        free(outputs->verdicts[i].text);
    }
    free(outputs->tables);
    free(outputs->files);
    free(outputs->figures);
    free(outputs->sayings);
    free(outputs->verdicts);
    *outputs = (struct outputs){0};
}
