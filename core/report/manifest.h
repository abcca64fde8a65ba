/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* manifest.h - what ran, on what, and whether it can be believed. */
#ifndef CORE_REPORT_MANIFEST_H
#define CORE_REPORT_MANIFEST_H

#include "report/outcome.h"

/* A new reference. failures: why a run failed that saw all samples. The
 * digests are of what was read, whatever became of the files since.
 * ST_FAILED: a signal came while those of the weights were waited for. */
int manifest_make(const struct run *run,
                  const struct outcome_failures *failures,
                  const struct results *results, json_t **manifest,
                  struct error *err);

/* The digest of all that decides what a run measures: configuration, model,
 * input, plugins and this program. ST_FAILED likewise. */
int manifest_identity(const struct plan *plan, char hex[65],
                      struct error *err);

/* Are the results in DIR those of this plan? ST_USAGE, naming the first
 * setting that differs, if they are not. */
int manifest_matches(const struct plan *plan, const char *dir,
                     struct error *err);

#endif
