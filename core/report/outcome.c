/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* outcome.c - from a finished run to files and to the summary. */
#include "report/outcome.h"

#include "base/mem.h"
#include "hooks/hook-points.h"
#include "report/outcome-internal.h"
#include "sandbox/stdio-capture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void outcome_failures_add(struct outcome_failures *failures, char *text)
{
    MEM_PUSH(failures->texts, failures->n);
    failures->texts[failures->n++] = text;
}

void outcome_failures_free(struct outcome_failures *failures)
{
    for (size_t i = 0; i < failures->n; i++)
        free(failures->texts[i]);
    free(failures->texts);
    *failures = (struct outcome_failures){0};
}

static char *place_text(const struct edit_record *record)
{
    if (record->head >= 0)
        return mem_printf("%s of L%dH%d", point_name(record->point),
                          record->layer, record->head);
    if (record->layer >= 0)
        return mem_printf("%s of layer %d", point_name(record->point),
                          record->layer);
    return mem_strdup(point_name(record->point));
}

static bool is_disabled(const struct variant_run *variant, const char *editor)
{
    for (size_t i = 0; i < variant->n_edits; i++)
        if (variant->instances[i]->owner.id == editor)
            return variant->instances[i]->owner.disabled;
    return false;
}

/* An editor that edits nowhere, or no longer: the variant is not what its
 * file says. */
static void inert_editor(const struct variant_run *variant,
                         const struct transect_ctx *editor,
                         const struct edit_record *records, size_t n,
                         struct outcome_failures *failures)
{
    const char *id = editor->owner.id;
    bool found = false;

    for (size_t i = 0; i < n && !found; i++)
        found = records[i].asked && records[i].editor == id;
    if (editor->owner.disabled)
        outcome_failures_add(
            failures, mem_printf("variant %s: the editor %s was disabled: "
                                 "%s; [run] allow_inert = yes would let "
                                 "this pass",
                                 variant->name, id, editor->error.text));
    else if (!found)
        outcome_failures_add(
            failures, mem_printf("variant %s: %s asked for no edit at all; "
                                 "[run] allow_inert = yes would let this "
                                 "pass",
                                 variant->name, id));
}

static void inert_of_variant(const struct variant_run *variant,
                             struct outcome_failures *failures)
{
    size_t n;
    const struct edit_record *records = hooks_edit_records(variant->hooks, &n);

    for (size_t i = 0; i < n; i++) {
        char *place;

        if (!records[i].asked || records[i].changed ||
            is_disabled(variant, records[i].editor))
            continue;
        place = place_text(&records[i]);
        outcome_failures_add(
            failures, mem_printf("variant %s: %s changed nothing at %s "
                                 "(called %llu times); [run] allow_inert = "
                                 "yes would let this pass",
                                 variant->name, records[i].editor, place,
                                 (unsigned long long)records[i].fired));
        free(place);
    }
    for (size_t i = 0; i < variant->n_edits; i++)
        inert_editor(variant, variant->instances[i], records, n, failures);
}

/* A sweep may have as many as it has variants. */
#define MAX_FAILURES 20

/* Of those behind `first`; what: they are more of. */
static void cut(struct outcome_failures *failures, size_t first,
                const char *what)
{
    size_t most = first + MAX_FAILURES, more = failures->n;

    if (failures->n <= most)
        return;
    while (failures->n > most)
        free(failures->texts[--failures->n]);
    outcome_failures_add(failures,
                         mem_printf("and %zu more %s", more - most, what));
}

void outcome_inert(const struct plan *plan, struct outcome_failures *failures)
{
    size_t first = failures->n;

    for (size_t i = 0; i < plan->n_variants; i++)
        inert_of_variant(&plan->variants[i], failures);
    cut(failures, first, "edits that changed nothing");
}

void outcome_isolated(const struct plan *plan,
                      struct outcome_failures *failures)
{
    size_t first = failures->n;

    for (size_t i = 0; i < plan->n_variants; i++)
        for (size_t j = 0; j < plan->variants[i].n_instances; j++) {
            const struct transect_ctx *instance = plan->variants[i]
                                                      .instances[j];

            if (instance->owner.disabled && instance->failure_counts)
                outcome_failures_add(
                    failures,
                    mem_printf("plugin %s, variant %s: %s; it was "
                               "disabled",
                               instance->owner.id, plan->variants[i].name,
                               instance->error.text));
        }
    cut(failures, first, "instances that were disabled");
}

/* Does an instance before variants[variant], instances[at] have this id? */
static bool is_known(const struct plan *plan, size_t variant, size_t at,
                     const char *id)
{
    for (size_t i = 0; i <= variant; i++)
        for (size_t j = 0;
             j < (i < variant ? plan->variants[i].n_instances : at); j++)
            if (strcmp(plan->variants[i].instances[j]->owner.id, id) == 0)
                return true;
    return false;
}

/* What was printed past stdio is noticed too late to tell by whom: "pruner or
 * perplexity". */
static void add_stray(const struct plan *plan,
                      struct outcome_failures *failures)
{
    char *ids = mem_strdup("");

    for (size_t i = 0; i < plan->n_variants; i++)
        for (size_t j = 0; j < plan->variants[i].n_instances; j++) {
            const char *id = plan->variants[i].instances[j]->owner.id;
            char *more;

            if (is_known(plan, i, j, id))
                continue;
            more = mem_printf("%s%s%s", ids, *ids ? " or " : "", id);
            free(ids);
            ids = more;
        }
    outcome_failures_add(failures, mem_printf("plugin %s: in an event: %s",
                                              ids, capture_stray()));
    free(ids);
}

/* How many instances of that id printed, and the first of them. */
static size_t count_printed(const struct plan *plan, const char *id,
                            const struct hook_owner **first)
{
    size_t n = 0;

    for (size_t i = 0; i < plan->n_variants; i++)
        for (size_t j = 0; j < plan->variants[i].n_instances; j++) {
            const struct hook_owner
                *owner = &plan->variants[i].instances[j]->owner;

            if (!owner->printed || strcmp(owner->id, id) != 0)
                continue;
            if (!n++)
                *first = owner;
        }
    return n;
}

static void add_printed(const struct plan *plan, const char *id,
                        struct outcome_failures *failures)
{
    const struct hook_owner *first;
    size_t n = count_printed(plan, id, &first);
    char more[60] = "";

    if (!n || first->disable_on_error)
        return;
    if (n > 1)
        snprintf(more, sizeof more, "; and in %zu more variant%s", n - 1,
                 n == 2 ? "" : "s");
    outcome_failures_add(failures,
                         mem_printf("plugin %s, variant %s: %s%s", id,
                                    first->variant, first->printed, more));
}

void outcome_printed(const struct plan *plan,
                     struct outcome_failures *failures)
{
    bool any = false;

    for (size_t i = 0; i < plan->n_variants; i++)
        for (size_t j = 0; j < plan->variants[i].n_instances; j++) {
            const struct hook_owner
                *owner = &plan->variants[i].instances[j]->owner;

            any = any || owner->printed;
            if (!is_known(plan, i, j, owner->id))
                add_printed(plan, owner->id, failures);
        }
    if (!any && capture_stray())
        add_stray(plan, failures);
}

static struct edit_total *total_for(struct edit_total **totals, size_t *n,
                                    const struct edit_record *record)
{
    for (size_t i = 0; i < *n; i++)
        if ((*totals)[i].editor == record->editor &&
            (*totals)[i].point == record->point)
            return &(*totals)[i];
    MEM_PUSH(*totals, *n);
    (*totals)[*n] = (struct edit_total){.editor = record->editor,
                                        .point = record->point};
    return &(*totals)[(*n)++];
}

struct edit_total *outcome_edit_totals(const struct variant_run *variant,
                                       size_t *n)
{
    struct edit_total *totals = NULL;
    size_t n_records;
    const struct edit_record *records = hooks_edit_records(variant->hooks,
                                                           &n_records);

    *n = 0;
    for (size_t i = 0; i < n_records; i++) {
        struct edit_total *total;

        if (!records[i].asked)
            continue;
        total = total_for(&totals, n, &records[i]);
        total->places++;
        total->fired += records[i].fired;
        total->changed += records[i].changed;
        total->sum_squares += records[i].sum_squares;
        if (!(records[i].max_change <= total->max_change))
            total->max_change = records[i].max_change;
    }
    return totals;
}

static void summarize_findings(const char *id,
                               const struct plugin_outputs *outputs,
                               FILE *stream)
{
    for (size_t i = 0; i < outputs->n_sayings; i++)
        fprintf(stream, "  %s: %s\n", id, outputs->sayings[i]);
}

static void summarize_variant(const struct variant_run *variant, FILE *stream)
{
    size_t n;
    struct edit_total *totals = outcome_edit_totals(variant, &n);

    fprintf(stream, "\n%s\n", variant->name);
    for (size_t i = 0; i < n; i++)
        fprintf(stream,
                "  edit: %s at %s, %zu place%s: %llu calls changed %llu "
                "elements, by at most %.4g (L2 %.4g)\n",
                totals[i].editor, point_name(totals[i].point),
                totals[i].places, totals[i].places == 1 ? "" : "s",
                (unsigned long long)totals[i].fired,
                (unsigned long long)totals[i].changed, totals[i].max_change,
                sqrt(totals[i].sum_squares));
    for (size_t i = 0; i < variant->n_instances; i++) {
        const struct transect_ctx *instance = variant->instances[i];

        summarize_findings(instance->owner.id, &instance->own, stream);
        if (instance->owner.disabled)
            fprintf(stream, "  %s was disabled: %s\n", instance->owner.id,
                    instance->error.text);
        if (instance->owner.printed)
            fprintf(stream, "  %s misbehaved: %s\n", instance->owner.id,
                    instance->owner.printed);
    }
    free(totals);
}

static void summarize_comparison(const struct plan *plan, FILE *stream)
{
    bool any = false;

    for (size_t i = 0; i < plan->n_variants; i++)
        for (size_t j = 0; j < plan->variants[i].n_instances; j++) {
            const struct transect_ctx *instance = plan->variants[i]
                                                      .instances[j];

            if (instance->comparison.n_sayings && !any)
                fputs("\ncomparison\n", stream);
            any |= instance->comparison.n_sayings > 0;
            summarize_findings(instance->owner.id, &instance->comparison,
                               stream);
        }
}

static void print_verdicts(const char *whose,
                           const struct variant_run *variant, bool comparison,
                           bool *any, FILE *stream)
{
    for (size_t i = 0; i < variant->n_instances; i++) {
        const struct transect_ctx *instance = variant->instances[i];
        const struct plugin_outputs *outputs = comparison
                                                   ? &instance->comparison
                                                   : &instance->own;

        if (instance->owner.disabled)
            continue;
        for (size_t j = 0; j < outputs->n_verdicts; j++) {
            fprintf(stream, "%s  %s%s%s: %s\n", *any ? "" : "\nverdict\n",
                    whose, comparison ? "" : ", ", instance->owner.id,
                    outputs->verdicts[j].text);
            *any = true;
        }
    }
}

/* First of all variants compared, then of each, of the baseline last: it is
 * what they are held against. */
static void summarize_verdicts(const struct plan *plan, FILE *stream)
{
    const struct variant_run *baseline = plan_baseline(plan);
    bool any = false;

    for (size_t i = 0; i < plan->n_variants; i++)
        print_verdicts("", &plan->variants[i], true, &any, stream);
    for (size_t i = 0; i < plan->n_variants; i++)
        if (&plan->variants[i] != baseline &&
            plan_shows(plan, &plan->variants[i]))
            print_verdicts(plan->variants[i].name, &plan->variants[i], false,
                           &any, stream);
    if (baseline)
        print_verdicts(baseline->name, baseline, false, &any, stream);
}

void outcome_summary(const struct plan *plan,
                     const struct outcome_failures *failures, const char *dir,
                     FILE *stream)
{
    const struct experiment *experiment = plan->experiment;

    fprintf(stream, "%s: %s\n%d sample%s of %d tokens, seed %llu\n",
            experiment->name, experiment->title, plan->samples->n_sample,
            plan->samples->n_sample == 1 ? "" : "s", plan->samples->length,
            (unsigned long long)experiment->seed);
    summarize_verdicts(plan, stream);
    for (size_t i = 0; i < plan->n_variants; i++)
        if (plan_shows(plan, &plan->variants[i]))
            summarize_variant(&plan->variants[i], stream);
    outcome_sweep_summary(plan, stream);
    summarize_comparison(plan, stream);
    for (size_t i = 0; i < failures->n; i++)
        fprintf(stream, "\nfailed: %s\n", failures->texts[i]);
    fprintf(stream, "\nresults: %s\nreport: %s/" RESULTS_REPORT "\n", dir,
            dir);
}
