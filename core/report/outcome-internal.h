/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* outcome-internal.h - what the files of outcome.h share. */
#ifndef CORE_REPORT_OUTCOME_INTERNAL_H
#define CORE_REPORT_OUTCOME_INTERNAL_H

#include "report/outcome.h"

/* write-outputs.c. In VARIANT/PLUGIN/: TABLE.csv, files, figures as .png and
 * .svg; in comparison/PLUGIN/ what compare() made, and TABLE.csv against the
 * baseline's. */
int outcome_write(const struct run *run, struct results *results,
                  struct error *err);

/* write-outputs.c: NAME.csv; STEM.png, with title, experiment and program in
 * its text chunks, and STEM.svg. */
int outcome_table(const struct transect_table *table, const char *name,
                  struct results *results, struct error *err);
int outcome_figure(const struct plan *plan, const struct figure *figure,
                   const char *stem, struct results *results,
                   struct error *err);

/* write-sweeps.c: LABEL/PLUGIN/TABLE.csv, the tables of all variants of a
 * sweep; comparison/PLUGIN/LABEL-TABLE.csv, their changes. */
int outcome_sweeps(const struct run *run, struct results *results,
                   struct error *err);
/* A few lines on each sweep for the summary. */
void outcome_sweep_summary(const struct run *run, FILE *stream);

#endif
