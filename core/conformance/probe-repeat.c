/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* probe-repeat.c - tries of a plugin: whether it makes the same tables when
 * isolated, and from saved and merged states. */
#include "base/serialize.h"
#include "conformance/probe.h"
#include "run/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the largest of its unit, what a cell near 0 is held to be. */
#define CANCELLED 1e-2

enum probe_result probe_because(enum probe_result result, char *why,
                                 const struct error *err)
{
    snprintf(why, PROBE_WHY, "%s", err->text);
    return result;
}

/* A refusal before the run is no mistake of the plugin. */
enum probe_result probe_not_planned(char *why, const struct error *err)
{
    return probe_because(err->status == ST_USAGE ? PROBE_REFUSED : PROBE_BAD,
                         why, err);
}

/* Hidden states that an edit made infinite fail a run; that is no mistake. */
enum probe_result probe_not_run(const struct plan *plan, char *why,
                                 const struct error *err)
{
    enum probe_result result = PROBE_REFUSED;

    for (size_t i = 0; i < plan->n_variants; i++)
        for (size_t j = 0; j < plan->variants[i].n_instances; j++)
            if (plan->variants[i].instances[j]->error.status)
                result = PROBE_BAD;
    return probe_because(result, why, err);
}

/* Of what is described with the same unit, or of the column alone. */
static bool comparable(const struct transect_table *table, size_t a, size_t b)
{
    const char *x = table->notes[a].unit, *y = table->notes[b].unit;

    return a == b || (x && y && *x && strcmp(x, y) == 0 &&
                      table->columns[b].type == TRANSECT_COL_REAL);
}

/* The largest magnitude of what can be compared with a column. */
static double largest(const struct transect_table *table, size_t column)
{
    double most = 0;

    for (size_t i = 0; i < table->n_cells; i++)
        if (comparable(table, column, i % table->n_columns) &&
            isfinite(table->cells[i].real))
            most = fmax(most, fabs(table->cells[i].real));
    return most;
}

/* Where terms cancel, a cell is rounded as the others of its unit are. */
static bool near(const struct transect_table *a, const union cell *x,
                 const union cell *y, size_t column, double tolerance)
{
    double difference;

    switch (a->columns[column].type) {
    case TRANSECT_COL_INT:
        return x->integer == y->integer;
    case TRANSECT_COL_TEXT:
        return strcmp(x->text, y->text) == 0;
    default:
        if (x->real == y->real || (isnan(x->real) && isnan(y->real)))
            return true;
        difference = fabs(x->real - y->real);
        return difference <= tolerance * fmax(fabs(x->real), fabs(y->real)) ||
               difference <= tolerance * CANCELLED * largest(a, column);
    }
}

static bool same_shape(const struct transect_table *a,
                       const struct transect_table *b, char *why)
{
    if (strcmp(a->name, b->name) == 0 && a->n_cells == b->n_cells &&
        a->n_columns == b->n_columns)
        return true;
    snprintf(why, PROBE_WHY, "%s.csv has %zu rows, not %zu", b->name,
             table_rows(b), table_rows(a));
    return false;
}

/* text: (64); returns it */
static const char *said_reals(const struct transect_column *column,
                              const union cell *x, const union cell *y,
                              char *text)
{
    if (column->type == TRANSECT_COL_REAL)
        snprintf(text, 64, ": %.9g, not %.9g", y->real, x->real);
    return text;
}

static bool same_row(const struct table_row *x, const struct table_row *y,
                     double tolerance, char *why)
{
    const struct transect_table *a = x->table;
    const union cell *cells = a->cells + x->row * a->n_columns;
    const union cell *others = y->table->cells + y->row * a->n_columns;

    for (size_t i = 0; i < a->n_columns; i++) {
        if (near(a, &cells[i], &others[i], i, tolerance))
            continue;
        snprintf(why, PROBE_WHY, "%s.csv differs in row %zu, column %s%s",
                 a->name, x->row + 1, a->columns[i].name,
                 said_reals(&a->columns[i], &cells[i], &others[i],
                            (char[64]){0}));
        return false;
    }
    return true;
}

static bool same_table(const struct transect_table *a,
                       const struct transect_table *b, double tolerance,
                       char *why)
{
    if (!same_shape(a, b, why))
        return false;
    for (size_t i = 0; i < table_rows(a); i++)
        if (!same_row(&(struct table_row){a, i}, &(struct table_row){b, i},
                      tolerance, why))
            return false;
    return true;
}

static bool has_keys(const struct transect_table *table)
{
    for (size_t i = 0; i < table->n_columns; i++)
        if (table->columns[i].role == TRANSECT_COL_KEY)
            return true;
    return false;
}

/* Rows of the same keys, in any order. */
static bool same_keyed(const struct transect_table *a,
                       const struct transect_table *b, double tolerance,
                       char *why)
{
    struct table_row *x, *y;
    bool same = true;

    if (!has_keys(a) || !same_shape(a, b, why))
        return same_table(a, b, tolerance, why);
    x = table_sorted(a);
    y = table_sorted(b);
    for (size_t i = 0; i < table_rows(a) && same; i++)
        same = same_row(&x[i], &y[i], tolerance, why);
    free(x);
    free(y);
    return same;
}

typedef bool same_fn(const struct transect_table *a,
                     const struct transect_table *b, double tolerance,
                     char *why);

/* Compares all tables of all variants. */
static bool same_tables(const struct plan *a, const struct plan *b,
                        same_fn *same, double tolerance, char *why)
{
    for (size_t i = 0; i < a->n_variants; i++)
        for (size_t j = 0; j < a->variants[i].n_instances; j++) {
            const struct transect_ctx *x = a->variants[i].instances[j];
            const struct transect_ctx *y = b->variants[i].instances[j];

            if (x->own.n_tables != y->own.n_tables) {
                snprintf(why, PROBE_WHY, "there are %zu tables, not %zu",
                         y->own.n_tables, x->own.n_tables);
                return false;
            }
            for (size_t k = 0; k < x->own.n_tables; k++)
                if (!same(x->own.tables[k], y->own.tables[k], tolerance, why))
                    return false;
        }
    return true;
}

/* All outputs of a plan, serialized. */
static void pack(const struct plan *plan, struct serializer *serial)
{
    for (size_t i = 0; i < plan->n_variants; i++)
        for (size_t j = 0; j < plan->variants[i].n_instances; j++) {
            plugin_outputs_carry(serial, &plan->variants[i].instances[j]->own);
            plugin_outputs_carry(serial,
                                 &plan->variants[i].instances[j]->comparison);
        }
}

/* Figures, files, findings and comparisons as well. */
static bool same_outputs(const struct plan *a, const struct plan *b,
                         char *why)
{
    struct serializer x = {0}, y = {0};
    bool same;

    pack(a, &x);
    pack(b, &y);
    same = x.size == y.size && memcmp(x.bytes, y.bytes, x.size) == 0;
    serialize_clear(&x);
    serialize_clear(&y);
    if (!same)
        snprintf(why, PROBE_WHY, "the tables are the same, but a figure, a "
                 "file, a finding or a comparison differs");
    return same;
}

/* Files that are written while the run goes on. */
static bool same_growing(const struct plan *a, const struct plan *b, char *why)
{
    for (size_t i = 0; i < a->n_instances; i++) {
        const char *name = growing_differs(&a->instances[i]->growing,
                                           &b->instances[i]->growing);

        if (!name)
            continue;
        snprintf(why, PROBE_WHY, "the file %s, which is written while the run "
                 "goes on, differs", name);
        return false;
    }
    return true;
}

bool probe_same(const struct plan *a, const struct plan *b, double tolerance,
                char *why)
{
    return same_tables(a, b, same_table, tolerance, why) &&
           (tolerance > 0 || (same_outputs(a, b, why) &&
                              same_growing(a, b, why)));
}

bool probe_same_rows(const struct plan *a, const struct plan *b,
                     double tolerance, char *why)
{
    return same_tables(a, b, same_keyed, tolerance, why);
}

/* Compares with a plan that has run, and frees both. */
static enum probe_result compare(const struct plan *a, const struct plan *b,
                                 double tolerance, char *why)
{
    bool same = probe_same(a, b, tolerance, why);

    plan_free(a);
    plan_free(b);
    return same ? PROBE_GOOD : PROBE_BAD;
}

/* Files that grow are of one process, which sees the samples in their order.
 * Says so if the plugin has any. */
static bool has_growing(const struct plan *plan, const char *what, char *why)
{
    for (size_t i = 0; i < plan->n_instances; i++)
        if (plan->instances[i]->growing.n) {
            snprintf(why, PROBE_WHY, "files that are written while the run "
                     "goes on, such as its %s, %s",
                     plan->instances[i]->growing.all[0].name, what);
            return true;
        }
    return false;
}

enum probe_result probe_isolated(const struct probe *probe, char *why)
{
    const struct plan *a, *b;
    struct error err = {0};

    if (probe->plugin->desc.capabilities & TRANSECT_CAP_EDITS) {
        snprintf(why, PROBE_WHY, "editors do not go with isolation");
        return PROBE_ABSENT;
    }
    if (probe_plan(probe, PROBE_WITH, &a, &err))
        return probe_not_planned(why, &err);
    if (run_plan(a, &err))
        return probe_because(PROBE_BAD, why, &err);
    if (has_growing(a, "do not go with isolation", why))
        return PROBE_ABSENT;
    if (probe_plan(probe, PROBE_ISOLATED, &b, &err))
        return probe_not_planned(why, &err);
    if (run_plan(b, &err))
        return probe_because(PROBE_BAD, why, &err);
    for (size_t i = 0; i < b->n_variants; i++) {
        const struct variant_run *variant = &b->variants[i];

        for (size_t j = variant->n_edits; j < variant->n_instances; j++)
            if (variant->instances[j]->owner.disabled ||
                variant->instances[j]->comparison_failed)
                return probe_because(PROBE_BAD, why,
                                     &variant->instances[j]->error);
    }
    return compare(a, b, 0, why);
}

struct transect_ctx *probe_subject(const struct probe *probe,
                                   const struct variant_run *variant)
{
    for (size_t i = 0; i < variant->n_instances; i++)
        if (strcmp(variant->instances[i]->plugin->desc.name,
                   probe->plugin->desc.name) == 0)
            return variant->instances[i];
    return NULL;
}

typedef int state_fn(struct transect_ctx *instance,
                     const struct serializer *serial, struct error *err);

/* Saves the states of the plugin's instances in `from` and restores or merges
 * them into those in `to`, whose files go on from what was written. */
static int carry_states(const struct probe *probe, const struct plan *from,
                        const struct plan *to, state_fn *absorb,
                        struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < from->n_variants && !status; i++) {
        struct transect_ctx *a = probe_subject(probe, &from->variants[i]);
        struct transect_ctx *b = probe_subject(probe, &to->variants[i]);
        struct serializer serial = {0};

        if (!a)
            continue;
        status = instance_save(a, &serial, err);
        if (!status)
            status = absorb(b, &serial, err);
        growing_continue(&b->growing, &a->growing);
        serialize_clear(&serial);
    }
    return status;
}

/* The number of samples in the first half of the batches. */
static int half_of(const struct plan *plan)
{
    const struct batches *batches = &plan->batches;
    size_t i = 0;

    while (batches->list[i].first < plan->samples->n_sample / 2 &&
           i + 1 < batches->n)
        i++;
    return batches->list[i].first < plan->samples->n_sample / 2
               ? plan->samples->n_sample
               : batches->list[i].first;
}

/* The first samples in one plan; its state and the others in a second one:
 * the state comes before the others (but behind the survey), or after. */
static int run_halves(const struct probe *probe, bool merge, int half,
                      const struct plan *first, const struct plan *second,
                      struct error *err)
{
    struct run a, b;
    int status;

    run_begin(&a, first, true);
    run_begin(&b, second, true);
    a.samples.end = b.samples.first = half;
    if (!(status = run_survey(&a, err)) && !(status = run_samples(&a, err)) &&
        !(status = run_survey(&b, err)) && merge)
        status = run_samples(&b, err);
    if (!status)
        status = carry_states(probe, first, second,
                              merge ? instance_merge : instance_restore, err);
    if (!status && !merge)
        status = run_samples(&b, err);
    if (!status)
        status = run_finish(&b, err);
    run_end(&a);
    run_end(&b);
    return status;
}

/* One run of all samples against one in two halves. */
static enum probe_result cut_in_two(const struct probe *probe, bool merge,
                                    char *why)
{
    const struct plan *whole, *first, *second;
    struct error err = {0};
    struct transect_ctx *instance;

    if (probe_plan(probe, PROBE_WITH, &whole, &err))
        return probe_not_planned(why, &err);
    instance = probe_subject(probe, &whole->variants[whole->n_variants - 1]);
    if (merge ? !instance_merges(instance) : !instance_saves(instance))
        return PROBE_ABSENT;
    if (run_plan(whole, &err))
        return probe_not_run(whole, why, &err);
    if (merge && has_growing(whole, "cannot be merged", why))
        return PROBE_ABSENT;
    if (probe_plan(probe, PROBE_WITH, &first, &err) ||
        probe_plan(probe, PROBE_WITH, &second, &err) ||
        run_halves(probe, merge, half_of(whole), first, second, &err))
        return probe_because(PROBE_BAD, why, &err);
    plan_free(first);
    return compare(whole, second, merge ? 1e-6 : 0, why);
}

enum probe_result probe_state(const struct probe *probe, char *why)
{
    return cut_in_two(probe, false, why);
}

enum probe_result probe_merge(const struct probe *probe, char *why)
{
    return cut_in_two(probe, true, why);
}
