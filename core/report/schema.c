/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* schema.c - schema.json: what the columns of all tables are. */
#include "report/manifest-internal.h"
#include "report/outcome-internal.h"

#include <stdlib.h>
#include <string.h>

static const char *const types[] = {[TRANSECT_COL_INT] = "integer",
                                    [TRANSECT_COL_REAL] = "real",
                                    [TRANSECT_COL_TEXT] = "text"};
static const char *const roles[] = {[TRANSECT_COL_KEY] = "key",
                                    [TRANSECT_COL_METRIC] = "metric",
                                    [TRANSECT_COL_INFO] = "information"};

static json_t *describe(const char *name, const char *type, const char *role,
                        const struct table_note *note)
{
    return json_pack("{s:o, s:s, s:o, s:s, s:o}", "name", manifest_text(name),
                     "type", type, "unit",
                     note->unit ? manifest_text(note->unit) : json_null(),
                     "role", role, "meaning",
                     note->meaning ? manifest_text(note->meaning)
                                   : json_null());
}

void outcome_describe(struct outcome_writer *writer, const char *path,
                      const struct transect_table *table, bool of_variant)
{
    static char none[] = "", meaning[] = "the variant that the row is of";
    const struct table_note variant = {none, meaning};
    json_t *columns = json_array();

    for (size_t i = 0; i < table->n_columns; i++) {
        const struct transect_column *column = &table->columns[i];

        json_array_append_new(columns,
                              describe(column->name, types[column->type],
                                       roles[column->role],
                                       &table->notes[i]));
    }
    if (of_variant && !table_has_column(table, TABLE_VARIANT))
        json_array_append_new(columns, describe(TABLE_VARIANT, "text", "key",
                                                &variant));
    json_array_append_new(writer->tables,
                          json_pack("{s:o, s:o}", "path", manifest_text(path),
                                    "columns", columns));
}

int outcome_schema(struct outcome_writer *writer)
{
    json_t *all = json_pack("{s:O}", "tables", writer->tables);
    char *text = json_dumps(all, JSON_INDENT(1));
    char *line = mem_printf("%s\n", text);
    int status = outcome_file(writer, OUTCOME_SCHEMA, line, strlen(line));

    free(line);
    free(text);
    json_decref(all);
    return status;
}
