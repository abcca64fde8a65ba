/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cli.c - what the commands share: errors and the end of output. */
#include "cli/cli.h"

#include "base/mem.h"
#include "base/nearest-name.h"
#include "base/text.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cli_error(const struct error *err)
{
    fflush(stdout);
    text_fprintf(stderr, "transect: %s\n", err->text);
    return err->status;
}

int cli_usage(const char *format, ...)
{
    va_list args;

    fputs("transect: ", stderr);
    va_start(args, format);
    text_vfprintf(stderr, format, args);
    va_end(args);
    fputs("; see 'transect --help'\n", stderr);
    return ST_USAGE;
}

static int unknown_option(const char *command, const char *name,
                          const struct option *known)
{
    const char *names[16];
    char phrase[256];
    size_t n = 0;

    while (n < sizeof names / sizeof *names && known[n].name) {
        names[n] = known[n].name;
        n++;
    }
    return cli_usage(
        "%s: unknown option '--%s'%s", command, name,
        nearest_name_phrase(phrase, sizeof phrase, name, names, n));
}

int cli_bad_option(char **argv, const struct option *known)
{
    const char *given = argv[optind - 1];
    const struct option *found = known;
    char *name;
    int status;

    if (strncmp(given, "--", 2) != 0)
        return cli_usage("%s: unknown option '-%c'", argv[0], optopt);
    name = mem_strndup(given + 2, strcspn(given + 2, "="));
    while (found->name && strcmp(found->name, name) != 0)
        found++;
    if (found->name)
        status = cli_usage("%s: option '--%s' %s", argv[0], name,
                           found->has_arg ? "needs a value"
                                          : "takes no value");
    else
        status = unknown_option(argv[0], name, known);
    free(name);
    return status;
}

int cli_flush(void)
{
    struct error err;

    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return ST_OK;
    error_errno(&err, ST_FAILED, "standard output", "cannot write");
    return cli_error(&err);
}

/* Of ASCII jansson leaves DEL as it is, which can only be part of a text. */
bool cli_json(json_t *value, size_t flags)
{
    char *text = json_dumps(value, flags | JSON_ENSURE_ASCII);

    json_decref(value);
    for (const char *at = text; text && *at; at++)
        if (*at == 127)
            fputs("\\u007f", stdout);
        else
            putchar(*at);
    if (text)
        putchar('\n');
    free(text);
    return text != NULL;
}

int cli_number(const char *option, const char *text, int max)
{
    char *end;
    long value;

    errno = 0;
    value = strtol(text, &end, 10);
    if (errno == 0 && *text && !*end && value >= 1 && value <= max)
        return (int)value;
    cli_usage("%s: '%s' is not a number from 1 to %d", option, text, max);
    return 0;
}
