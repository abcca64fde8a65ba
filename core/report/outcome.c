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

static char *place_text(const struct edit_record *attest)
{
    if (attest->head >= 0)
        return mem_printf("%s of L%dH%d", point_name(attest->point),
                          attest->layer, attest->head);
    if (attest->layer >= 0)
        return mem_printf("%s of layer %d", point_name(attest->point),
                          attest->layer);
    return mem_strdup(point_name(attest->point));
}

static bool is_disabled(const struct lane *lane, const char *editor)
{
    for (size_t i = 0; i < lane->n_edits; i++)
        if (lane->instances[i]->owner.id == editor)
            return lane->instances[i]->owner.disabled;
    return false;
}

/* An editor that edits nowhere, or no longer: the variant is not what its
 * file says. */
static void inert_editor(const struct lane *lane,
                         const struct transect_ctx *editor,
                         const struct edit_record *attests, size_t n,
                         struct outcome_failures *failures)
{
    const char *id = editor->owner.id;
    bool found = false;

    for (size_t i = 0; i < n && !found; i++)
        found = attests[i].asked && attests[i].editor == id;
    if (editor->owner.disabled)
        outcome_failures_add(
            failures, mem_printf("variant %s: the editor %s was disabled: "
                                 "%s; [run] allow_inert = yes would let "
                                 "this pass",
                                 lane->name, id, editor->error.text));
    else if (!found)
        outcome_failures_add(
            failures, mem_printf("variant %s: %s asked for no edit at all; "
                                 "[run] allow_inert = yes would let this "
                                 "pass",
                                 lane->name, id));
}

static void inert_of_lane(const struct lane *lane,
                          struct outcome_failures *failures)
{
    size_t n;
    const struct edit_record *attests = hooks_edit_records(lane->hooks, &n);

    for (size_t i = 0; i < n; i++) {
        char *place;

        if (!attests[i].asked || attests[i].changed ||
            is_disabled(lane, attests[i].editor))
            continue;
        place = place_text(&attests[i]);
        outcome_failures_add(
            failures, mem_printf("variant %s: %s changed nothing at %s "
                                 "(called %llu times); [run] allow_inert = "
                                 "yes would let this pass",
                                 lane->name, attests[i].editor, place,
                                 (unsigned long long)attests[i].fired));
        free(place);
    }
    for (size_t i = 0; i < lane->n_edits; i++)
        inert_editor(lane, lane->instances[i], attests, n, failures);
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

    for (size_t i = 0; i < plan->n_lanes; i++)
        inert_of_lane(&plan->lanes[i], failures);
    cut(failures, first, "edits that changed nothing");
}

void outcome_isolated(const struct plan *plan,
                      struct outcome_failures *failures)
{
    size_t first = failures->n;

    for (size_t i = 0; i < plan->n_lanes; i++)
        for (size_t j = 0; j < plan->lanes[i].n_instances; j++) {
            const struct transect_ctx *instance =
                plan->lanes[i].instances[j];

            if (instance->owner.disabled && instance->failure_counts)
                outcome_failures_add(
                    failures,
                    mem_printf("plugin %s, variant %s: %s; it was "
                               "disabled",
                               instance->owner.id, plan->lanes[i].name,
                               instance->error.text));
        }
    cut(failures, first, "instances that were disabled");
}

/* Does an instance before lanes[lane], instances[at] have this id? */
static bool is_known(const struct plan *plan, size_t lane, size_t at,
                     const char *id)
{
    for (size_t i = 0; i <= lane; i++)
        for (size_t j = 0; j < (i < lane ? plan->lanes[i].n_instances : at);
             j++)
            if (strcmp(plan->lanes[i].instances[j]->owner.id, id) == 0)
                return true;
    return false;
}

/* What was printed past stdio is noticed too late to tell by whom: "pruner or
 * perplexity". */
static void add_stray(const struct plan *plan,
                      struct outcome_failures *failures)
{
    char *ids = mem_strdup("");

    for (size_t i = 0; i < plan->n_lanes; i++)
        for (size_t j = 0; j < plan->lanes[i].n_instances; j++) {
            const char *id = plan->lanes[i].instances[j]->owner.id;
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

    for (size_t i = 0; i < plan->n_lanes; i++)
        for (size_t j = 0; j < plan->lanes[i].n_instances; j++) {
            const struct hook_owner *owner =
                &plan->lanes[i].instances[j]->owner;

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

    for (size_t i = 0; i < plan->n_lanes; i++)
        for (size_t j = 0; j < plan->lanes[i].n_instances; j++) {
            const struct hook_owner *owner =
                &plan->lanes[i].instances[j]->owner;

            any = any || owner->printed;
            if (!is_known(plan, i, j, owner->id))
                add_printed(plan, owner->id, failures);
        }
    if (!any && capture_stray())
        add_stray(plan, failures);
}

static struct edit_total *total_for(struct edit_total **totals, size_t *n,
                                    const struct edit_record *attest)
{
    for (size_t i = 0; i < *n; i++)
        if ((*totals)[i].editor == attest->editor &&
            (*totals)[i].point == attest->point)
            return &(*totals)[i];
    MEM_PUSH(*totals, *n);
    (*totals)[*n] = (struct edit_total){.editor = attest->editor,
                                        .point = attest->point};
    return &(*totals)[(*n)++];
}

struct edit_total *outcome_edit_totals(const struct lane *lane, size_t *n)
{
    struct edit_total *totals = NULL;
    size_t n_attests;
    const struct edit_record *attests = hooks_edit_records(lane->hooks,
                                                           &n_attests);

    *n = 0;
    for (size_t i = 0; i < n_attests; i++) {
        struct edit_total *total;

        if (!attests[i].asked)
            continue;
        total = total_for(&totals, n, &attests[i]);
        total->places++;
        total->fired += attests[i].fired;
        total->changed += attests[i].changed;
        total->sum_squares += attests[i].sum_squares;
        if (!(attests[i].max_change <= total->max_change))
            total->max_change = attests[i].max_change;
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

static void summarize_lane(const struct lane *lane, FILE *stream)
{
    size_t n;
    struct edit_total *totals = outcome_edit_totals(lane, &n);

    fprintf(stream, "\n%s\n", lane->name);
    for (size_t i = 0; i < n; i++)
        fprintf(stream,
                "  edit: %s at %s, %zu place%s: %llu calls changed %llu "
                "elements, by at most %.4g (L2 %.4g)\n",
                totals[i].editor, point_name(totals[i].point),
                totals[i].places, totals[i].places == 1 ? "" : "s",
                (unsigned long long)totals[i].fired,
                (unsigned long long)totals[i].changed, totals[i].max_change,
                sqrt(totals[i].sum_squares));
    for (size_t i = 0; i < lane->n_instances; i++) {
        const struct transect_ctx *instance = lane->instances[i];

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

    for (size_t i = 0; i < plan->n_lanes; i++)
        for (size_t j = 0; j < plan->lanes[i].n_instances; j++) {
            const struct transect_ctx *instance =
                plan->lanes[i].instances[j];

            if (instance->comparison.n_sayings && !any)
                fputs("\ncomparison\n", stream);
            any |= instance->comparison.n_sayings > 0;
            summarize_findings(instance->owner.id, &instance->comparison,
                               stream);
        }
}

static void print_verdicts(const char *whose, const struct lane *lane,
                           bool comparison, bool *any, FILE *stream)
{
    for (size_t i = 0; i < lane->n_instances; i++) {
        const struct transect_ctx *instance = lane->instances[i];
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
    const struct lane *baseline = plan_baseline(plan);
    bool any = false;

    for (size_t i = 0; i < plan->n_lanes; i++)
        print_verdicts("", &plan->lanes[i], true, &any, stream);
    for (size_t i = 0; i < plan->n_lanes; i++)
        if (&plan->lanes[i] != baseline && plan_shows(plan, &plan->lanes[i]))
            print_verdicts(plan->lanes[i].name, &plan->lanes[i], false, &any,
                           stream);
    if (baseline)
        print_verdicts(baseline->name, baseline, false, &any, stream);
}

void outcome_summary(const struct plan *plan,
                     const struct outcome_failures *failures, const char *dir,
                     FILE *stream)
{
    const struct experiment *experiment = plan->experiment;

    fprintf(stream, "%s: %s\n%d sample%s of %d tokens, seed %llu\n",
            experiment->name, experiment->title, plan->input->n_sample,
            plan->input->n_sample == 1 ? "" : "s", plan->input->length,
            (unsigned long long)experiment->seed);
    summarize_verdicts(plan, stream);
    for (size_t i = 0; i < plan->n_lanes; i++)
        if (plan_shows(plan, &plan->lanes[i]))
            summarize_lane(&plan->lanes[i], stream);
    outcome_sweep_summary(plan, stream);
    summarize_comparison(plan, stream);
    for (size_t i = 0; i < failures->n; i++)
        fprintf(stream, "\nfailed: %s\n", failures->texts[i]);
    fprintf(stream, "\nresults: %s\nreport: %s/" RESULTS_REPORT "\n", dir,
            dir);
}
