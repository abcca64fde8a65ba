/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cmd-report.c - transect report: a folder's page, made again. */
#include "base/text.h"
#include "cli/cli.h"
#include "cli/cmd.h"
#include "report/report.h"
#include "results/results-folder.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char help_text[] =
    "usage: transect report DIR\n\n"
    "Makes DIR/report.html again from the manifest, the tables and the\n"
    "figures in DIR, the results folder of a run.\n";

static int make(const char *dir, struct error *err)
{
    json_t *manifest;
    char *html;
    size_t size;
    int folder, status = results_open(dir, &folder, &manifest, err);

    if (status)
        return status;
    results_forget(manifest, RESULTS_REPORT);
    report_make(&(struct results_reader){.folder = folder}, manifest, &html,
                &size);
    status = results_revise(folder, dir, manifest, RESULTS_REPORT, html,
                            size, err);
    free(html);
    json_decref(manifest);
    close(folder);
    return status;
}

int cmd_report(int argc, char **argv)
{
    static const struct option known[] = {
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option = getopt_long(argc, argv, "", known, NULL);
    struct error err;

    if (option == 'h') {
        fputs(help_text, stdout);
        return cli_flush();
    }
    if (option != -1)
        return cli_bad_option(argv, known);
    if (argc - optind != 1)
        return cli_usage("report takes one results folder");
    if (make(argv[optind], &err))
        return cli_error(&err);
    text_printf("report: %s/" RESULTS_REPORT "\n", argv[optind]);
    return cli_flush();
}
