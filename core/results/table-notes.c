/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* table-notes.c - what the columns of tables mean. */
#include "results/table.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* Of the columns that tables of the host's own making have. */
static const struct {
    const char *name, *unit, *meaning;
} usual[] = {
    {TABLE_VARIANT, "", "the variant that the row is of"},
    {"metric", "", "the column of the plugin's table that is compared"},
    {"baseline", "", "its number in the baseline, in its own unit"},
    {"value", "", "its number in the variant, in its own unit"},
    {"change", "", "the variant's number less the baseline's"},
    {"change_pct", "%", "the change in percent of the baseline's magnitude"},
    {"row", "", "the row of the plugin's table where the change is largest"},
    {"se", "", "the standard error of the mean change over samples"},
    {"p", "", "of a sign-flip permutation test that the mean change is 0"},
    {"q", "", "p with the false discovery rate over the sweep's variants"},
    {"n", "samples", "how many the mean is over"},
    {"editor", "", "the plugin that edits"},
    {"point", "", "the hook point"},
    {"layer", "", "the layer, from 0; -1 where there is none"},
    {"head", "", "the head, from 0; -1 where there is none"},
    {"calls", "", "how often the editor was called"},
};

static size_t find(const struct transect_table *table, const char *name)
{
    size_t i = 0;

    while (i < table->n_columns &&
           strcmp(table->columns[i].name, name) != 0)
        i++;
    return i;
}

bool table_has_column(const struct transect_table *table, const char *name)
{
    return find(table, name) < table->n_columns;
}

static void put(struct table_note *note, const char *unit,
                const char *meaning)
{
    note->unit = mem_strdup(unit);
    note->meaning = mem_strdup(meaning);
}

void table_describe(struct transect_table *table, const char *column,
                    const char *unit, const char *meaning)
{
    size_t i = find(table, column ? column : "");
    const char *why = NULL;

    if (i == table->n_columns)
        why = "the table has no such column";
    else if (table->notes[i].meaning)
        why = "it is described twice";
    else if (!unit || !meaning || !meaning[0])
        why = "its unit or what it means is missing";
    else if (!text_is_harmless(unit) || !text_is_harmless(meaning))
        why = "its unit or what it means is not plain UTF-8, or has control "
              "characters";
    if (!why)
        put(&table->notes[i], unit, meaning);
    else if (!table->error.status)
        error_set(&table->error, ST_FAILED, "table '%s', column '%.99s': it "
                  "cannot be described: %s", table->name,
                  column ? column : "", why);
}

void table_copy_notes(struct transect_table *to,
                      const struct transect_table *from)
{
    for (size_t i = 0; i < from->n_columns; i++) {
        size_t at = find(to, from->columns[i].name);

        if (from->notes[i].meaning && at < to->n_columns &&
            !to->notes[at].meaning &&
            to->columns[at].role == from->columns[i].role)
            put(&to->notes[at], from->notes[i].unit, from->notes[i].meaning);
    }
}

void table_describe_usual(struct transect_table *table)
{
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        size_t at = find(table, usual[i].name);

        if (at < table->n_columns && !table->notes[at].meaning)
            put(&table->notes[at], usual[i].unit, usual[i].meaning);
    }
}
