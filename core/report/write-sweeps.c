/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* write-sweeps.c - tables, figures and summary of sweeps. */
#include "base/buffer.h"
#include "base/mem.h"
#include "base/text.h"
#include "report/outcome-internal.h"
#include "run/sweep-effects.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* In the summary: variants for each metric, metrics of each table. */
#define TOLD 3
#define MOST_METRICS 3

/* The columns of a row's variant: its name and, for each axis, the value and
 * its place. */
struct columns {
    struct transect_column *list;
    const char **meanings; /* (n) NULL: that of a plugin's table, or usual */
    size_t n;
};

/* Takes over the name. */
static void add_column(struct columns *columns, char *name, int type,
                       int role, const char *meaning)
{
    size_t n = columns->n;

    MEM_PUSH(columns->list, n);
    MEM_PUSH(columns->meanings, n);
    columns->list[n] = (struct transect_column){name, type, role};
    columns->meanings[n] = meaning;
    columns->n++;
}

/* KEY.WHAT of an axis. */
static void add_place(struct columns *columns, const char *key,
                      const char *what, const char *meaning)
{
    add_column(columns, mem_printf("%s.%s", key, what), TRANSECT_COL_INT,
               TRANSECT_COL_INFO, meaning);
}

static void add_coordinates(struct columns *columns,
                            const struct sweep *sweep)
{
    add_column(columns, mem_strdup(TABLE_VARIANT), TRANSECT_COL_TEXT,
               TRANSECT_COL_KEY, "the variant that the row is of");
    for (size_t i = 0; i < sweep->n_axes; i++) {
        const struct sweep_axis *axis = &sweep->axes[i];

        add_column(columns, mem_strdup(axis->key), TRANSECT_COL_TEXT,
                   TRANSECT_COL_INFO, "the option's value in the variant");
        if (axis->places == SWEEP_LAYERS || axis->places == SWEEP_HEADS)
            add_place(columns, axis->key, "layer", "the layer of that value");
        if (axis->places == SWEEP_HEADS)
            add_place(columns, axis->key, "head",
                      "the head, or group, of that value");
        if (axis->places == SWEEP_NUMBERS)
            add_place(columns, axis->key, "number",
                      "that value as a number, or which set it is");
    }
}

static void put_coordinates(struct transect_table *table,
                            const struct sweep *sweep, const char *section,
                            size_t number)
{
    table_put_text(table, section);
    for (size_t i = 0; i < sweep->n_axes; i++) {
        const struct sweep_value *value = sweep_value(sweep, i, number);
        enum sweep_places places = sweep->axes[i].places;

        table_put_text(table, value->text);
        if (places == SWEEP_LAYERS || places == SWEEP_HEADS)
            table_put_int(table, value->layer);
        if (places == SWEEP_HEADS)
            table_put_int(table, value->head);
        if (places == SWEEP_NUMBERS)
            table_put_int(table, value->number);
    }
}

static struct transect_table *new_table(const char *name,
                                        struct columns *columns)
{
    struct transect_table *table = table_new(name, columns->list, columns->n);

    for (size_t i = 0; i < columns->n; i++) {
        if (columns->meanings[i])
            table_describe(table, columns->list[i].name, "",
                           columns->meanings[i]);
        free((char *)columns->list[i].name);
    }
    free(columns->list);
    free(columns->meanings);
    return table;
}

/* A table with the columns of the variant and those of the first variant's
 * table, whose roles stay. */
static struct transect_table *table_of_all(const struct sweep *sweep,
                                           const struct transect_table *like)
{
    struct columns columns = {0};
    struct transect_table *table;

    add_coordinates(&columns, sweep);
    for (size_t i = 0; i < like->n_columns; i++)
        add_column(&columns, mem_strdup(like->columns[i].name),
                   like->columns[i].type, like->columns[i].role, NULL);
    table = new_table(like->name, &columns);
    table_copy_notes(table, like);
    return table;
}

/* Appends the rows of one variant's table; behind the first one's header. */
static int add_variant(struct outcome_writer *writer, const char *name,
                       const struct sweep *sweep,
                       const struct variant_run *variant, size_t number,
                       const struct transect_table *table,
                       struct buffer *text)
{
    struct transect_table *own = table_of_all(sweep, table);
    size_t size, header;
    int status = ST_OK;
    char *csv;

    for (size_t i = 0; i < table->n_cells; i++) {
        if (i % table->n_columns == 0)
            put_coordinates(own, sweep, variant->name, number);
        table_put_cell(own, table->columns[i % table->n_columns].type,
                       &table->cells[i]);
    }
    if (own->error.status)
        status = error_set(writer->err, ST_PLUGIN, "%s", own->error.text);
    table_csv(own, NULL, &csv, &size);
    if (!text->n)
        outcome_describe(writer, name, own, false);
    header = text->n ? strcspn(csv, "\n") + 1 : 0;
    buffer_add(text, csv + header, size - header);
    free(csv);
    table_free(own);
    return status;
}

/* One table of one instance, of all variants. */
static int write_all(struct outcome_writer *writer, const struct sweep *sweep,
                     const struct variant_run *variants, size_t instance,
                     const struct transect_table *like)
{
    char *name = mem_printf("%s/%s/%s.csv", sweep->section.name,
                            variants->instances[instance]->owner.id,
                            like->name);
    struct buffer text = {0};
    int status = ST_OK;

    for (size_t i = 0; i < sweep->n && !status; i++) {
        const struct transect_table *table = instance_table(
            variants[i].instances[instance], like->name);

        if (table && table->n_columns == like->n_columns)
            status = add_variant(writer, name, sweep, &variants[i], i, table,
                                 &text);
    }
    status = status ? outcome_excuse(writer, name)
                    : outcome_file(writer, name, text.bytes, text.n);
    free(text.bytes);
    free(name);
    return status;
}

/* The instance in the first variant where it was not disabled. */
static const struct transect_ctx *first_whole(
    const struct sweep *sweep, const struct variant_run *variants,
    size_t instance)
{
    for (size_t i = 0; i < sweep->n; i++)
        if (!variants[i].instances[instance]->owner.disabled)
            return variants[i].instances[instance];
    return NULL;
}

static int write_tables(struct outcome_writer *writer,
                        const struct sweep *sweep,
                        const struct variant_run *variants)
{
    int status = ST_OK;

    for (size_t i = 0; i < variants->n_instances; i++) {
        const struct transect_ctx *first = first_whole(sweep, variants, i);

        for (size_t j = 0; first && j < first->own.n_tables && !status; j++)
            status = write_all(writer, sweep, variants, i,
                               first->own.tables[j]);
    }
    return status;
}

/* Columns of variant and axes, metric, change, row; of means over samples what
 * they are known by, too. */
static struct transect_table *effects_table(const struct effect *like)
{
    static const char *const of_means[] = {"se", "p", "q"};
    struct columns columns = {0};
    struct transect_table *table;

    add_coordinates(&columns, like->sweep);
    add_column(&columns, mem_strdup("metric"), TRANSECT_COL_TEXT,
               TRANSECT_COL_KEY, NULL);
    add_column(&columns, mem_strdup("change"), TRANSECT_COL_REAL,
               TRANSECT_COL_METRIC, NULL);
    add_column(&columns, mem_strdup("row"), TRANSECT_COL_TEXT,
               TRANSECT_COL_INFO, NULL);
    for (size_t i = 0; like->paired && i < 3; i++)
        add_column(&columns, mem_strdup(of_means[i]), TRANSECT_COL_REAL,
                   TRANSECT_COL_METRIC, NULL);
    if (like->paired)
        add_column(&columns, mem_strdup("n"), TRANSECT_COL_INT,
                   TRANSECT_COL_METRIC, NULL);
    table = new_table(like->table, &columns);
    table_describe_usual(table);
    return table;
}

static void put_effect(struct transect_table *table,
                       const struct effect *effect, size_t number)
{
    put_coordinates(table, effect->sweep, effect->variants[number].name,
                    number);
    table_put_text(table, effect->metric);
    table_put_real(table, effect->changes[number]);
    table_put_text(table,
                   effect->rows[number] ? effect->rows[number] : "");
    if (!effect->paired)
        return;
    table_put_real(table, effect->means[number].se);
    table_put_real(table, effect->means[number].p);
    table_put_real(table, effect->means[number].q);
    table_put_int(table, effect->means[number].n);
}

/* The effects first..end-1, which are of one table of one plugin. */
static int write_effects(struct outcome_writer *writer,
                         const struct effect *effects, size_t n)
{
    const struct sweep *sweep = effects->sweep;
    struct transect_table *table = effects_table(effects);
    char *name = mem_printf("comparison/%s/%s-%s.csv", effects->plugin,
                            sweep->section.name, effects->table);
    int status;

    for (size_t i = 0; i < sweep->n; i++)
        for (size_t j = 0; j < n; j++)
            put_effect(table, &effects[j], i);
    status = outcome_table(writer, table, NULL, name);
    table_free(table);
    free(name);
    return status;
}

/* Effects from `first` on that are of one table of one plugin. */
static size_t n_of_table(const struct run *run, size_t first)
{
    const struct effect *effects = &run->effects[first];
    size_t n = 1;

    while (first + n < run->n_effects && effects[n].sweep == effects->sweep &&
           effects[n].plugin == effects->plugin &&
           effects[n].table == effects->table)
        n++;
    return n;
}

int outcome_sweeps(const struct run *run, struct outcome_writer *writer)
{
    const struct plan *plan = run->plan;
    const struct effect *effects = run->effects;
    int status = ST_OK;

    for (size_t i = 0; i < plan->experiment->n_sweeps && !status; i++) {
        const struct sweep *sweep = &plan->experiment->sweeps[i];

        status = write_tables(writer, sweep, plan_sweep_variants(plan, sweep));
    }
    for (size_t i = 0, n; i < run->n_effects && !status; i += n) {
        n = n_of_table(run, i);
        status = write_effects(writer, &effects[i], n);
    }
    for (size_t i = 0; i < run->n_effects && !status; i++)
        if (effect_shows(plan, &effects[i]))
            status = outcome_figure(writer, effects[i].figure,
                                    effects[i].stem);
    return status;
}

/* Did a variant change it, in any sample? */
static bool is_changed(const struct effect *effect, size_t number)
{
    double change = effect->changes[number];

    return !isnan(change) &&
           (change != 0 ||
            (effect->paired && effect->means[number].se > 0));
}

/* "loss of perplexity: L2H7 +0.43 ± 0.05 (q = 0.002), ..." */
static void tell_effect(const struct effect *effect, FILE *stream)
{
    size_t skip = strlen(effect->sweep->section.name) + 1;

    text_fprintf(stream, "  %s of %s, %s.csv:", effect->metric, effect->plugin,
                 effect->table);
    for (size_t i = 0; i < TOLD && i < effect->sweep->n; i++) {
        size_t number = effect->order[i];

        if (!is_changed(effect, number))
            continue;
        text_fprintf(stream, "%s %s %+.4g%s%s%s", i ? "," : "",
                     effect->variants[number].name + skip,
                     effect->changes[number],
                     effect->rows[number] ? " (" : "",
                     effect->rows[number] ? effect->rows[number] : "",
                     effect->rows[number] ? ")" : "");
        if (effect->paired && effect->means[number].n > 1)
            text_fprintf(stream, " ± %.2g", effect->means[number].se);
        if (effect->paired && isfinite(effect->means[number].q))
            text_fprintf(stream, " (q = %.2g)", effect->means[number].q);
    }
    fputc('\n', stream);
}

/* Once for a table, whose metrics have the same samples: of the first whose
 * tests hide something. */
static void tell_floor(const struct effect *effects, size_t n, FILE *stream)
{
    for (size_t i = 0; i < n; i++) {
        char *text;

        if (!effects[i].floor.hides || !effect_any(&effects[i]))
            continue;
        text = effect_floor_text(&effects[i].floor);
        text_fprintf(stream, "  warning: %s, %s.csv: %s\n", effects->plugin,
                     effects->table, text);
        free(text);
        return;
    }
}

/* n effects of one table: those that tell most, and in which file the others
 * are. */
static void tell_table(const struct effect *effects, size_t n, FILE *stream)
{
    size_t told = 0, left = 0;

    for (size_t i = 0; i < n; i++) {
        if (!effect_any(&effects[i]))
            continue;
        if (told < MOST_METRICS) {
            tell_effect(&effects[i], stream);
            told++;
            continue;
        }
        text_fprintf(stream, "%s%s", left++ ? ", " : "  others: ",
                     effects[i].metric);
    }
    if (left)
        text_fprintf(stream, ": comparison/%s/%s-%s.csv\n", effects->plugin,
                     effects->sweep->section.name, effects->table);
}

static void tell_sweep(const struct plan *plan, const struct sweep *sweep,
                       FILE *stream)
{
    const char *against = sweep->section.reference;

    text_fprintf(stream, "\nsweep %s: %zu variant%s; %s%s%s\n",
                 sweep->section.name, sweep->n, sweep->n == 1 ? "" : "s",
                 plan_reference(plan, sweep) ? "what changes most"
                                             : "no baseline to compare with",
                 against ? " against " : "", against ? against : "");
}

void outcome_sweep_summary(const struct run *run, FILE *stream)
{
    const struct plan *plan = run->plan;
    const struct effect *effects = run->effects;
    bool any_mean = false;

    for (size_t i = 0; i < plan->experiment->n_sweeps; i++) {
        const struct sweep *sweep = &plan->experiment->sweeps[i];

        tell_sweep(plan, sweep, stream);
        for (size_t j = 0, n; j < run->n_effects; j += n) {
            n = n_of_table(run, j);
            if (effects[j].sweep != sweep)
                continue;
            tell_table(&effects[j], n, stream);
            tell_floor(&effects[j], n, stream);
            any_mean |= effect_is_tested(&effects[j]);
        }
    }
    if (any_mean && plan->experiment->input.kind != INPUT_RECORDS)
        text_fprintf(stream, "  (q takes samples to be independent, which "
                             "windows of one text are not)\n");
}
