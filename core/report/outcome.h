/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* outcome.h - what a finished run comes to: failures, files, the summary. */
#ifndef CORE_REPORT_OUTCOME_H
#define CORE_REPORT_OUTCOME_H

#include "results/results-folder.h"
#include "run/run.h"
#include <stdio.h>

/* Texts, each owned; why a run failed although it ran to its end. */
struct outcome_failures {
    char **texts;
    size_t n;
};

/* Why the run failed: it did not see all samples; edits that were asked for
 * changed nothing, or their editors failed and were disabled; an isolated
 * plugin was disabled; a plugin printed. */
void outcome_judge(const struct run *run, struct outcome_failures *failures);
/* The same of a plan that is not run: what plugins did in loading, and
 * isolated ones in create and ready. */
void outcome_judge_plan(const struct plan *plan,
                        struct outcome_failures *failures);
void outcome_failures_free(struct outcome_failures *failures);

/* Writes tables and figures, if the run saw all samples, the page and the
 * manifest, and renames the folder into place. What cannot be written because
 * of what a plugin made is added to the failures. */
int outcome_commit(const struct run *run, struct outcome_failures *failures,
                   struct results *results, struct error *err);

/* What was made of the input, beyond samples_text(): files that were joined,
 * tokens left over, what stands in front of each sample, and what records
 * say; lines indented by two. */
void outcome_input(const struct plan *plan, FILE *stream);
/* What was asked for and chosen of each computed list, a line each. */
void outcome_lists(const struct plan *plan, FILE *stream);
/* The summary: verdicts, findings and edits of each variant, as text. */
void outcome_summary(const struct run *run,
                     const struct outcome_failures *failures, const char *dir,
                     FILE *stream);

/* One editor at one hook point over all layers and heads. */
struct edit_total {
    const char *editor;
    int point;
    uint64_t fired, changed;
    double max_change, sum_squares;
    size_t places;
};

/* Sums the edit records of a variant by editor and point; the caller frees. */
struct edit_total *outcome_edit_totals(const struct variant_run *variant,
                                       size_t *n);

#endif
