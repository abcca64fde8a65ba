/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* outcome.h - from a finished run to files and to the summary. */
#ifndef CORE_REPORT_OUTCOME_H
#define CORE_REPORT_OUTCOME_H

#include "plan/plan.h"
#include "results/results-folder.h"
#include <stdio.h>

/* Texts, each owned; why a run failed although it ran to its end. */
struct outcome_failures {
    char **texts;
    size_t n;
};

/* Edits that were asked for and changed nothing, and editors that failed and
 * were disabled: their variant is not what it was asked to be. */
void outcome_inert(const struct plan *plan, struct outcome_failures *failures);
/* Isolated plugins that were disabled: the run went on, but its results are
 * not whole. */
void outcome_isolated(const struct plan *plan,
                      struct outcome_failures *failures);
/* Plugins that printed, unless their failures are none of the run. */
void outcome_printed(const struct plan *plan,
                     struct outcome_failures *failures);
void outcome_failures_add(struct outcome_failures *failures,
                          char *text); /* takes text */
void outcome_failures_free(struct outcome_failures *failures);

/* In VARIANT/PLUGIN/: TABLE.csv, files, figures as .png and .svg; in
 * comparison/PLUGIN/ what compare() made, and TABLE.csv against the
 * baseline's. */
int outcome_write(const struct plan *plan, struct results *results,
                  struct error *err);
/* The few numbers that answer the question, as text. */
void outcome_summary(const struct plan *plan,
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

/* Sums the attestations of a variant by editor and point; caller frees. */
struct edit_total *outcome_edit_totals(const struct variant_run *variant,
                                       size_t *n);

#endif
