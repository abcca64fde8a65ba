/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* run-options.h - the command line that run and check share. */
#ifndef CORE_CLI_RUN_OPTIONS_H
#define CORE_CLI_RUN_OPTIONS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct run_options {
    const char *file;
    char **sets; /* (n_sets), borrowed texts, owned array */
    size_t n_sets;
    const char *output, *plugin_dir;
    int threads; /* told to BLAS already; 0: not given */
    bool force, resume, quiet, help;
};

/* ST_USAGE after having said why. run: also accept the options of run. */
int run_options_parse(int argc, char **argv, bool run,
                      struct run_options *options);
/* Of the experiment that was planned: ST_USAGE if --debug names a plugin that
 * it does not have. */
int run_options_check_debug(struct error *err);
void run_options_clear(struct run_options *options);

#endif
