/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* manifest.h - the manifest: what ran, on which model and input, with what
 * outcome. */
#ifndef CORE_REPORT_MANIFEST_H
#define CORE_REPORT_MANIFEST_H

#include "report/outcome.h"

/* A new reference. failures: why a run failed that saw all samples. The
 * digests are of the bytes that were read, not of the files as they are now.
 * ST_FAILED: a signal came while those of the weights were waited for. */
int manifest_make(const struct run *run,
                  const struct outcome_failures *failures,
                  const struct results *results, json_t **manifest,
                  struct error *err);

/* The SHA-256 of everything that determines the results: configuration, model,
 * input, plugins and version of the program. ST_FAILED likewise. */
int manifest_identity(const struct plan *plan, char hex[65],
                      struct error *err);

/* Are the results in DIR those of this plan? ST_USAGE, naming the first
 * setting that differs, if they are not. */
int manifest_matches(const struct plan *plan, const char *dir,
                     struct error *err);

#endif
