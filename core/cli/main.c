/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* main.c - the program: finds the command and runs it. */
#include "base/mem.h"
#include "base/nearest-name.h"
#include "base/process.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/cmd.h"
#include "sandbox/exit-report.h"
#include "tensor/blas-room.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <transect/plugin.h>

struct command {
    const char *name;
    const char *usage; /* its arguments */
    const char *summary;
    int (*run)(int argc, char **argv); /* argv[0] = name; exit status */
};

static const struct command commands[] = {
    {"run", "FILE.ini [--set SECTION.KEY=VALUE]... [--output DIR] ...",
     "run one experiment", cmd_run},
    {"check", "FILE.ini [--set SECTION.KEY=VALUE]...",
     "parse, load plugins, plan; print the plan and its cost", cmd_check},
    {"check-plugin", "FILE", "try a plugin on made-up models; a verdict",
     cmd_check_plugin},
    {"plugins", "[NAME] [--json]", "list the plugins found, or describe one",
     cmd_plugins},
    {"points", "[MODEL]", "the hook points, with MODEL's numbers",
     cmd_points},
    {"model", "PATH [--json]", "what a model holds", cmd_model},
    {"tokenize", "MODEL [FILE] [--ids] [--decode]",
     "ids and pieces of FILE or standard input", cmd_tokenize},
    {"report", "DIR", "make DIR/report.html again", cmd_report},
    {"new-plugin", "NAME [--edit] [--autotools]",
     "write a folder with a plugin to go on from", cmd_new_plugin},
    {"doctor", "[--plugin-dir DIR]", "what this machine has and lacks",
     cmd_doctor},
};

#define N_COMMANDS (sizeof commands / sizeof commands[0])

static int help(void)
{
    puts("usage: transect COMMAND [ARGUMENTS]\n\n"
         "Instrument a transformer: run an experiment file, observe and\n"
         "edit what happens inside.\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        text_printf("  %-12s %s\n               %s\n", commands[i].name,
                    commands[i].usage, commands[i].summary);
    puts("\n'transect COMMAND --help' lists a command's options; more in "
         "transect(1).");
    return cli_flush();
}

static int version(void)
{
    text_printf("transect %s (plugin ABI %d.%d)\n", PACKAGE_VERSION,
                TRANSECT_ABI_MAJOR, TRANSECT_ABI_MINOR);
    return cli_flush();
}

static int unknown(const char *name)
{
    const char *names[N_COMMANDS];
    char phrase[256];

    for (size_t i = 0; i < N_COMMANDS; i++)
        names[i] = commands[i].name;
    return cli_usage(
        "unknown command '%s'%s", name,
        nearest_name_phrase(phrase, sizeof phrase, name, names, N_COMMANDS));
}

/* Until it is done, whoever ends the program is a plugin or a library. */
static int run(const struct command *command, int argc, char **argv)
{
    int status;

    exit_report_begin();
    status = command->run(argc, argv);
    exit_report_end(status);
    return status;
}

static int command(int argc, char **argv)
{
    struct error err;

    if (blas_room_check(1, &err))
        return cli_error(&err);
    if (argc < 2)
        return cli_usage("a command is missing");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return help();
    if (strcmp(argv[1], "--version") == 0)
        return version();
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return run(&commands[i], argc - 1, argv + 1);
    return unknown(argv[1]);
}

int main(int argc, char **argv)
{
    int status;

    process_begin();
    /* What a JSON value lacks for want of memory would be missing unseen. */
    json_set_alloc_funcs(mem_alloc, free);
    opterr = 0; /* commands print their own messages */
    /* Options may follow names, as the manual has it, on every system. */
    unsetenv("POSIXLY_CORRECT");
    status = command(argc, argv);
    if (blas_room_lacks())
        process_end(status);
    return status;
}
