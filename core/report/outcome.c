/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* outcome.c - a finished run as a results folder. */
#include "report/outcome-internal.h"

#include "base/read-file.h"
#include "report/manifest.h"
#include "report/report.h"

#include <stdlib.h>

/* The page, made of the files written so far; the manifest then lists it too.
 */
static int write_report(struct results *results, json_t *manifest,
                        struct error *err)
{
    const struct results_reader reader = {results_folder(results), results};
    char *html;
    size_t size;
    int status;

    report_make(&reader, manifest, &html, &size);
    status = results_write(results, RESULTS_REPORT, html, size, err);
    free(html);
    json_object_set_new(manifest, "files", results_files(results));
    return status;
}

static int write_outputs(const struct run *run,
                         struct outcome_failures *failures,
                         struct results *results, struct error *err)
{
    struct outcome_writer writer = {run->plan, results, failures, err,
                                    json_array()};
    int status = outcome_write(run, &writer);

    if (!status)
        status = outcome_schema(&writer);
    json_decref(writer.tables);
    return status;
}

int outcome_commit(const struct run *run, struct outcome_failures *failures,
                   struct results *results, struct error *err)
{
    json_t *manifest;

    *err = (struct error){0};
    if (!run->error.status && write_outputs(run, failures, results, err))
        return err->status;
    results_end_growing(results);
    if (manifest_make(run, failures, results, &manifest, err))
        return err->status;
    /* Last, behind the digests: nothing is read any more. */
    if (!write_report(results, manifest, err) && !file_watch_check(err))
        results_commit(results, manifest, err);
    json_decref(manifest);
    return err->status;
}
