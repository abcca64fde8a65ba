/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* manifest-internal.h - what the files of manifest.h share. */
#ifndef CORE_REPORT_MANIFEST_INTERNAL_H
#define CORE_REPORT_MANIFEST_INTERNAL_H

#include "base/mem.h"
#include "report/manifest.h"

/* All return new references. */

/* A text of any bytes; a number, or a text if it is not finite. */
json_t *manifest_text(const char *text);
json_t *manifest_real(double value);
/* What decides what a run measures, beside model and input. */
json_t *manifest_program(void);
json_t *manifest_configuration(const struct ini *ini);
json_t *manifest_plugins(const struct plan *plan);
/* [{"path", "sha256"}...] of the files that plugins read; null: not there. */
json_t *manifest_option_files(const struct plan *plan);
/* [{"section", "key", "asked", "chosen"}...] of computed lists. */
json_t *manifest_lists(const struct plan *plan);

/* manifest-input.c */
json_t *manifest_input(const struct plan *plan);

/* manifest-variants.c */
json_t *manifest_variants(const struct plan *plan);
/* What compare() made: findings, verdicts and figures of each observer. */
json_t *manifest_comparison(const struct plan *plan);
/* Points and layers of the survey's listeners; null: there was no survey. */
json_t *manifest_survey(const struct plan *plan);
/* What each editor of a variant changed, by hook point. places: with a list
 * of layers and heads; else with their number. */
json_t *manifest_edits(const struct variant_run *variant, bool places);

/* manifest-sweep.c */
json_t *manifest_sweeps(const struct run *run);
/* For each sweep and each swept option its values, which may depend on files
 * beside the configuration. */
json_t *manifest_axes(const struct plan *plan);

#endif
