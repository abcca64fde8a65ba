/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* outcome-internal.h - what the files of outcome.h share. */
#ifndef CORE_REPORT_OUTCOME_INTERNAL_H
#define CORE_REPORT_OUTCOME_INTERNAL_H

#include "report/outcome.h"

/* outcome-failures.c: takes over the text. */
void outcome_fail(struct outcome_failures *failures, char *text);

/* Where results are written, and what could not be is told. */
struct outcome_writer {
    const struct plan *plan;
    struct results *results;
    struct outcome_failures *failures;
    struct error *err;
    json_t *tables; /* of schema.json, as they are written */
};

/* write-outputs.c. In VARIANT/PLUGIN/: TABLE.csv, files, figures as .png, .svg
 * and .pdf; in comparison/PLUGIN/ what compare() made, and TABLE.csv against
 * the baseline's. */
int outcome_write(const struct run *run, struct outcome_writer *writer);

/* write-outputs.c: a file NAME; a table, of `variant` unless that is NULL;
 * STEM.png and STEM.pdf, with title, experiment and program in their
 * metadata, and STEM.svg. What cannot be written because of what a plugin made
 * becomes a failure of the run, and the others go on: only the disk's failures
 * end it.
 */
int outcome_file(struct outcome_writer *writer, const char *name,
                 const void *bytes, size_t size);
int outcome_table(struct outcome_writer *writer,
                  const struct transect_table *table, const char *variant,
                  const char *name);
int outcome_figure(struct outcome_writer *writer, const struct figure *figure,
                   const char *stem);
/* Makes of an error of ST_PLUGIN such a failure, of NAME; else the status. */
int outcome_excuse(struct outcome_writer *writer, const char *name);

/* write-samples.c: samples.csv and tokens.csv. */
int outcome_samples(struct outcome_writer *writer);
/* A sample's text as UTF-8 without NUL bytes; the caller frees. */
char *outcome_sample_text(const struct samples *samples, int sample,
                          const struct tokenizer *tokenizer);
/* The model's, or NULL: none that can be read. Borrowed. */
const struct tokenizer *outcome_tokenizer(const struct plan *plan);
/* schema.c: a table is at `path`, with the variant behind each row or without;
 * then all of them as schema.json. */
#define OUTCOME_SCHEMA "schema.json"
void outcome_describe(struct outcome_writer *writer, const char *path,
                      const struct transect_table *table, bool of_variant);
int outcome_schema(struct outcome_writer *writer);

/* write-sweeps.c: LABEL/PLUGIN/TABLE.csv, the tables of all variants of a
 * sweep; comparison/PLUGIN/LABEL-TABLE.csv, their changes. */
int outcome_sweeps(const struct run *run, struct outcome_writer *writer);
/* A few lines on each sweep for the summary. */
void outcome_sweep_summary(const struct run *run, FILE *stream);

#endif
