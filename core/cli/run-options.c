/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* run-options.c - the command line that run and check share. */
#include "cli/run-options.h"

#include "base/mem.h"
#include "cli/cli.h"
#include "plugin/plugin-log.h"

#include <cblas.h>
#include <getopt.h>
#include <stdlib.h>

enum { OPT_SET = 256, OPT_OUTPUT, OPT_THREADS, OPT_FORCE, OPT_RESUME,
       OPT_QUIET, OPT_PLUGIN_DIR, OPT_DEBUG, OPT_HELP };

static const struct option long_options[] = {
    {"output", required_argument, NULL, OPT_OUTPUT},
    {"force", no_argument, NULL, OPT_FORCE},
    {"resume", no_argument, NULL, OPT_RESUME},
    {"quiet", no_argument, NULL, OPT_QUIET},
    /* from here on: those of check */
    {"set", required_argument, NULL, OPT_SET},
    {"threads", required_argument, NULL, OPT_THREADS},
    {"plugin-dir", required_argument, NULL, OPT_PLUGIN_DIR},
    {"debug", required_argument, NULL, OPT_DEBUG},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

#define N_RUN_ONLY 4

static int apply(struct run_options *options, int option)
{
    switch (option) {
    case OPT_SET:
        MEM_PUSH(options->sets, options->n_sets);
        options->sets[options->n_sets++] = optarg;
        break;
    case OPT_OUTPUT:
        options->output = optarg;
        break;
    case OPT_PLUGIN_DIR:
        options->plugin_dir = optarg;
        break;
    case OPT_DEBUG:
        plugin_log_debug(optarg);
        break;
    case OPT_THREADS:
        options->threads = cli_number("--threads", optarg, 1024);
        return options->threads ? ST_OK : ST_USAGE;
    case OPT_FORCE:
        options->force = true;
        break;
    case OPT_RESUME:
        options->resume = true;
        break;
    case OPT_QUIET:
        options->quiet = true;
        break;
    case OPT_HELP:
        options->help = true;
        break;
    }
    return ST_OK;
}

int run_options_parse(int argc, char **argv, bool run,
                      struct run_options *options)
{
    const struct option *known = run ? long_options
                                     : long_options + N_RUN_ONLY;
    int option, status;

    *options = (struct run_options){0};
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        status = option == '?' ? cli_bad_option(argv, known)
                               : apply(options, option);
        if (status)
            return status;
    }
    if (options->help)
        return ST_OK;
    if (optind + 1 != argc)
        return cli_usage("%s takes one experiment file", argv[0]);
    if (options->force && options->resume)
        return cli_usage("--force and --resume exclude each other");
    options->file = argv[optind];
    if (options->threads)
        openblas_set_num_threads(options->threads);
    return ST_OK;
}

int run_options_check_debug(struct error *err)
{
    const char *id = plugin_log_unknown();

    if (!id)
        return ST_OK;
    return error_set(err, ST_USAGE, "--debug: the experiment has no plugin "
                     "'%s'; give the name of a [plugin] section, or of an "
                     "editor of a variant", id);
}

void run_options_clear(struct run_options *options)
{
    free(options->sets);
}
