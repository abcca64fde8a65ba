/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cli.h - what the commands share: errors, options, the end of output. */
#ifndef CORE_CLI_CLI_H
#define CORE_CLI_CLI_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

/* Print "transect: ..." on standard error; return the exit status. */
int cli_error(const struct error *err);
int cli_usage(const char *format, ...) PRINTF(1, 2);
/* After getopt_long, with opterr 0, has returned '?': says what is wrong with
 * the option, and returns ST_USAGE. */
struct option;
int cli_bad_option(char **argv, const struct option *known);
/* Flushes standard output: a full disk must not look like success. */
int cli_flush(void);
/* JSON on standard output, in ASCII without control characters, and a line
 * feed. Takes it over. false: it holds what is not UTF-8; nothing is written.
 */
bool cli_json(json_t *value, size_t flags);
/* A whole number 1..max of an option; 0 if it is not one (after saying so). */
int cli_number(const char *option, const char *text, int max);

#endif
