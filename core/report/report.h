/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* report.h - a results folder as one page of HTML. */
#ifndef CORE_REPORT_REPORT_H
#define CORE_REPORT_REPORT_H

#include "results/results-reader.h"
#include <jansson.h>
#include <stddef.h>

/* Makes the page from the files of the results and the manifest, without an
 * entry of the page itself, and from nothing else: the same files give the
 * same bytes. Files that are missing or are not as the manifest has them are
 * named on the page, so nothing fails. The caller frees *html. */
void report_make(const struct results_reader *reader, const json_t *manifest,
                 char **html, size_t *size);

#endif
