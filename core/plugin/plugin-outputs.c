/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plugin-outputs.c - what an instance made: as bytes for another process, and
 * its end. */
#include "base/mem.h"
#include "base/serialize.h"
#include "base/text.h"
#include "plugin/plugin-instance.h"

#include <stdlib.h>
#include <string.h>

static void carry_error(struct serializer *serial, struct error *err)
{
    int32_t status = err->status;
    char *text = err->text;

    serialize_int32(serial, &status);
    serialize_word(serial, &text);
    if (!serial->unpacking)
        return;
    if (status)
        error_set(err, status, "%s", text);
    free(text);
}

const char *plugin_outputs_objection(const char *name)
{
    if (!name || !name[0])
        return "it has no name";
    if (name[0] == '.')
        return "its name begins with a dot";
    if (strchr(name, '/'))
        return "its name has a slash";
    if (!text_is_harmless(name))
        return "its name is not plain UTF-8, or has control characters";
    if (strlen(name) > PLUGIN_OUTPUT_NAME)
        return "its name is longer than 150 bytes";
    return NULL;
}

static void carry_name(struct serializer *serial, char **name)
{
    serialize_word(serial, name);
    if (serial->unpacking && plugin_outputs_objection(*name))
        serial->bad = true;
}

/* Both of its texts, or none. */
static void carry_note(struct serializer *serial, struct table_note *note)
{
    serialize_text(serial, &note->unit);
    serialize_text(serial, &note->meaning);
    if (!serial->unpacking)
        return;
    if (!note->unit != !note->meaning ||
        (note->unit && !text_is_harmless(note->unit)) ||
        (note->meaning && !text_is_harmless(note->meaning)))
        serial->bad = true;
}

/* A column's type decides what the bytes of its cells are. */
static void carry_columns(struct serializer *serial,
                          struct transect_table *table)
{
    serialize_count(serial, &table->n_columns);
    if (serial->unpacking) {
        table->columns = mem_new(table->n_columns, sizeof *table->columns);
        table->notes = mem_new(table->n_columns, sizeof *table->notes);
    }
    for (size_t i = 0; i < table->n_columns; i++) {
        struct transect_column *column = &table->columns[i];

        serialize_word(serial, (char **)&column->name);
        serialize_int32(serial, &column->type);
        serialize_int32(serial, &column->role);
        carry_note(serial, &table->notes[i]);
    }
    if (serial->unpacking)
        table_check_columns(table);
    if (serial->unpacking && table->error.status)
        serial->bad = true;
}

static void carry_cells(struct serializer *serial,
                        struct transect_table *table)
{
    serialize_count(serial, &table->n_cells);
    if (table->n_cells && !table->n_columns) {
        serial->bad = true;
        table->n_cells = 0;
    }
    if (serial->unpacking)
        table->cells = mem_new(table->n_cells, sizeof *table->cells);
    for (size_t i = 0; i < table->n_cells; i++) {
        if (table->columns[i % table->n_columns].type == TRANSECT_COL_TEXT)
            serialize_text(serial, &table->cells[i].text);
        else
            serialize_int(serial, &table->cells[i].integer);
    }
}

static void carry_table(struct serializer *serial,
                        struct transect_table **place)
{
    if (serial->unpacking)
        *place = mem_new(1, sizeof **place);
    carry_name(serial, &(*place)->name);
    carry_columns(serial, *place);
    carry_cells(serial, *place);
    carry_error(serial, &(*place)->error);
}

static void carry_file(struct serializer *serial,
                       struct plugin_output_file *file)
{
    carry_name(serial, &file->name);
    serialize_block(serial, &file->bytes, &file->size);
}

/* How many, and room for them. */
#define CARRY_MANY(serial, array, n)                                          \
    (serialize_count(serial, &(n)),                                           \
     (serial)->unpacking ? (void)((array) = mem_new((n), sizeof *(array)))    \
                         : (void)0)

void plugin_outputs_carry(struct serializer *serial,
                          struct plugin_outputs *outputs)
{
    CARRY_MANY(serial, outputs->tables, outputs->n_tables);
    for (size_t i = 0; i < outputs->n_tables; i++)
        carry_table(serial, &outputs->tables[i]);
    CARRY_MANY(serial, outputs->files, outputs->n_files);
    for (size_t i = 0; i < outputs->n_files; i++)
        carry_file(serial, &outputs->files[i]);
    CARRY_MANY(serial, outputs->figures, outputs->n_figures);
    for (size_t i = 0; i < outputs->n_figures; i++)
        figure_carry(serial, &outputs->figures[i]);
    CARRY_MANY(serial, outputs->sayings, outputs->n_sayings);
    for (size_t i = 0; i < outputs->n_sayings; i++)
        serialize_word(serial, &outputs->sayings[i]);
    CARRY_MANY(serial, outputs->verdicts, outputs->n_verdicts);
    for (size_t i = 0; i < outputs->n_verdicts; i++) {
        serialize_word(serial, &outputs->verdicts[i].rule);
        serialize_word(serial, &outputs->verdicts[i].text);
    }
}

void plugin_outputs_keep_tables(struct plugin_outputs *outputs)
{
    struct plugin_outputs kept = {.tables = outputs->tables,
                                  .n_tables = outputs->n_tables};

    outputs->tables = NULL;
    outputs->n_tables = 0;
    plugin_outputs_clear(outputs);
    *outputs = kept;
}

void plugin_outputs_clear(struct plugin_outputs *outputs)
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
    *outputs = (struct plugin_outputs){0};
}
