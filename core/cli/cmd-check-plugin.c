/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cmd-check-plugin.c - transect check-plugin: tries a plugin, gives a verdict.
 */
#include "base/folder.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/load-trial.h"
#include "conformance/probe-suite.h"
#include "conformance/static-checks.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help_text[] =
    "usage: transect check-plugin FILE [OPTIONS]\n\n"
    "  --set OPTION=VALUE  for all tries but those of options; repeatable\n"
    "  --model PATH        on this model instead of made-up ones\n"
    "  --timeout SECONDS   for one try; default 60\n"
    "  --memory MIB        for one try; default 1024\n"
    "  --plugin-dir DIR    look for plugins there first\n"
    "  --help              print this and exit\n";

static const struct option long_options[] = {
    {"set", required_argument, NULL, 's'},
    {"model", required_argument, NULL, 'M'},
    {"timeout", required_argument, NULL, 't'},
    {"memory", required_argument, NULL, 'm'},
    {"plugin-dir", required_argument, NULL, 'p'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* Runs the suite in a temporary folder, which is removed. */
static int check(struct probe *probe, struct error *err)
{
    const char *base = getenv("TMPDIR");
    char *dir = mem_printf("%s/transect-check-XXXXXX", base ? base : "/tmp");
    int status, n_mistakes = static_checks(probe->plugin);

    if (!mkdtemp(dir)) {
        status = error_errno(err, ST_FAILED, dir, "cannot make a folder");
        free(dir);
        return status;
    }
    probe->dir = dir;
    status = probe_suite(probe, n_mistakes, err);
    folder_remove(AT_FDCWD, dir);
    free(dir);
    return status;
}

/* All that is read of it without running it. */
static void read_all(const struct plugin *plugin)
{
    static_checks(plugin);
}

/* NAME is a file of the current folder if there is one, and else looked up
 * like any plugin's name. */
static char *file_of(const char *name)
{
    char *here = *name != '/' && access(name, F_OK) == 0 ? realpath(".", NULL)
                                                         : NULL;
    char *file = here ? mem_path(here, name) : mem_strdup(name);

    free(here);
    return file;
}

/* First in a process of its own, which may die of it.
 */
static int load(const char *name, struct probe *probe, struct plugin **plugin,
                struct error *err)
{
    struct plugin_path path;
    struct plugin *pruner;
    struct error none = {0};
    char *file = file_of(name), *printed = NULL;
    int status;

    plugin_path_init(&path, probe->plugin_dir);
    status = load_trial(&path, file, probe->timeout, read_all, &printed, err);
    if (!status)
        status = plugin_load(&path, file, plugin, err);
    probe->companion = !status &&
                       !plugin_load(&path, "pruner", &pruner, &none);
    if (probe->companion)
        plugin_free(pruner);
    plugin_path_clear(&path);
    free(printed);
    free(file);
    return status;
}

static int check_file(const char *file, struct probe *probe,
                      struct error *err)
{
    struct plugin *plugin;
    char *path;
    int status = load(file, probe, &plugin, err);

    if (status)
        return status;
    path = realpath(plugin->path, NULL);
    probe->plugin = plugin;
    probe->path = path ? path : plugin->path;
    status = check(probe, err);
    free(path);
    plugin_free(plugin);
    return status;
}

/* OPTION=VALUE as a line of an experiment. */
static void add_setting(struct probe *probe, const char *text)
{
    char *longer = mem_printf("%s%s\n", probe->settings, text);

    free(probe->settings);
    probe->settings = longer;
}

static int parse(int argc, char **argv, struct probe *probe,
                 const char **model, bool *help)
{
    int option;

    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (option) {
        case 's':
            if (!strchr(optarg, '='))
                return cli_usage("--set: '%s' is not OPTION=VALUE", optarg);
            add_setting(probe, optarg);
            break;
        case 'M':
            *model = optarg;
            break;
        case 't':
            probe->timeout = cli_number("--timeout", optarg, 86400);
            break;
        case 'm':
            probe->memory = cli_number("--memory", optarg, 1 << 20);
            break;
        case 'p':
            probe->plugin_dir = optarg;
            break;
        case 'h':
            *help = true;
            break;
        default:
            return cli_bad_option(argv, long_options);
        }
        if (!probe->timeout || !probe->memory)
            return ST_USAGE;
    }
    if (!*help && optind + 1 != argc)
        return cli_usage("%s takes one plugin", argv[0]);
    return ST_OK;
}

int cmd_check_plugin(int argc, char **argv)
{
    struct probe probe = {.timeout = 60, .memory = 1024,
                          .settings = mem_strdup("")};
    struct error err = {0};
    const char *model = NULL;
    bool help = false;
    int status = parse(argc, argv, &probe, &model, &help);

    if (!status && help) {
        fputs(help_text, stdout);
        status = cli_flush();
    } else if (!status) {
        if (model)
            status = probe_open_model(model, &probe.model, &err);
        if (!status)
            status = check_file(argv[optind], &probe, &err);
        status = status ? cli_error(&err) : cli_flush();
    }
    free(probe.settings);
    free(probe.model.path);
    return status;
}
