/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* outcome-summary.c - the summary: verdicts, findings and edits of each
 * variant, as text. */
#include "report/outcome-internal.h"

#include "base/mem.h"
#include "base/text.h"
#include "hooks/hook-points.h"
#include "report/inert-edits.h"

#include <math.h>
#include <stdlib.h>

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
        /* A NaN is the largest, as in the records. */
        if (!(records[i].max_change <= total->max_change ||
              isnan(total->max_change)))
            total->max_change = records[i].max_change;
    }
    return totals;
}

static void summarize_findings(const char *id,
                               const struct plugin_outputs *outputs,
                               FILE *stream)
{
    for (size_t i = 0; i < outputs->n_sayings; i++)
        text_fprintf(stream, "  %s: %s\n", id, outputs->sayings[i]);
}

static void summarize_variant(const struct variant_run *variant, FILE *stream)
{
    size_t n;
    struct edit_total *totals = outcome_edit_totals(variant, &n);

    text_fprintf(stream, "\n%s%s\n", variant->name,
                 variant->role == TRANSECT_ROLE_PAIR
                     ? ": the records' second prompts, unedited" : "");
    for (size_t i = 0; i < n; i++)
        text_fprintf(stream,
                     "  edit: %s at %s, %zu place%s: %llu calls changed %llu "
                     "elements, by at most %.4g (L2 %.4g)\n",
                     totals[i].editor, point_name(totals[i].point),
                     totals[i].places, totals[i].places == 1 ? "" : "s",
                     (unsigned long long)totals[i].fired,
                     (unsigned long long)totals[i].changed,
                     totals[i].max_change, sqrt(totals[i].sum_squares));
    for (size_t i = 0; i < variant->n_instances; i++) {
        const struct transect_ctx *instance = variant->instances[i];

        summarize_findings(instance->owner.id, &instance->own, stream);
        if (instance->owner.disabled)
            text_fprintf(stream, "  %s was disabled: %s\n", instance->owner.id,
                         instance->error.text);
        if (instance->comparison_failed)
            text_fprintf(stream, "  %s has no comparison: %s\n",
                         instance->owner.id, instance->error.text);
        if (instance->owner.printed)
            text_fprintf(stream, "  %s misbehaved: %s\n", instance->owner.id,
                         instance->owner.printed);
    }
    free(totals);
}

static void summarize_comparison(const struct plan *plan, FILE *stream)
{
    bool any = false;

    for (size_t i = 0; i < plan->n_instances; i++) {
        const struct transect_ctx *instance = plan->instances[i];

        if (instance->comparison.n_sayings && !any)
            fputs("\ncomparison\n", stream);
        any |= instance->comparison.n_sayings > 0;
        summarize_findings(instance->owner.id, &instance->comparison, stream);
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
            fputs(*any ? "" : "\nverdict\n", stream);
            text_fprintf(stream, "  %s%s%s: %s\n", whose,
                         comparison ? "" : ", ", instance->owner.id,
                         outputs->verdicts[j].text);
            *any = true;
        }
    }
}

/* Those of the comparison first, then of each variant, the baseline's last. */
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

static void summarize_inert(const struct run *run, FILE *stream)
{
    struct inert_counts counted = {0};

    if (!run->error.status)
        counted = inert_counted(run->plan);
    if (counted.edits)
        text_fprintf(stream, "\ninert\n  %zu edit%s of %zu variant%s changed "
                     "nothing: " INERT_TABLE "\n", counted.edits,
                     counted.edits == 1 ? "" : "s", counted.variants,
                     counted.variants == 1 ? "" : "s");
}

void outcome_lists(const struct plan *plan, FILE *stream)
{
    for (size_t i = 0; i < plan->n_lists; i++) {
        const struct computed_list *list = &plan->lists[i];

        text_fprintf(stream, "  %s, %s: %s: %s%s\n", list->section, list->key,
                     list->asked, list->chosen,
                     list->stand_in ? " stand in for what only a run will "
                                      "choose" : "");
    }
}

void outcome_summary(const struct run *run,
                     const struct outcome_failures *failures, const char *dir,
                     FILE *stream)
{
    const struct plan *plan = run->plan;
    const struct experiment *experiment = plan->experiment;
    char *samples = samples_text(plan->samples);
    char *ignored = model_ignored_text(plan->model);

    text_fprintf(stream, "%s: %s\n%s, seed %llu\n", experiment->name,
                 experiment->title, samples,
                 (unsigned long long)experiment->seed);
    free(samples);
    outcome_input(plan, stream);
    outcome_lists(plan, stream);
    if (ignored)
        text_fprintf(stream, "ignored tensors: %s\n", ignored);
    free(ignored);
    summarize_verdicts(plan, stream);
    for (size_t i = 0; i < plan->n_variants; i++)
        if (plan_shows(plan, &plan->variants[i]))
            summarize_variant(&plan->variants[i], stream);
    outcome_sweep_summary(run, stream);
    summarize_inert(run, stream);
    summarize_comparison(plan, stream);
    for (size_t i = 0; i < failures->n; i++)
        text_fprintf(stream, "\nfailed: %s\n", failures->texts[i]);
    text_fprintf(stream, "\nresults: %s\nreport: %s/" RESULTS_REPORT "\n", dir,
                 dir);
}
