/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cmd-check-plugin.c - transect check-plugin: is a plugin fit to be used? */
#include "cli.h"
#include "folder.h"
#include "mem.h"
#include "option-values.h"
#include "plugin-checks.h"
#include "probe.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help_text[] =
    "usage: transect check-plugin FILE [OPTIONS]\n\n"
    "  --set OPTION=VALUE  for all tries but those of options; repeatable\n"
    "  --timeout SECONDS   for one try; default 60\n"
    "  --memory MIB        for one try; default 1024\n"
    "  --plugin-dir DIR    look for plugins there first\n"
    "  --help              print this and exit\n";

static const struct option long_options[] = {
    {"set", required_argument, NULL, 's'},
    {"timeout", required_argument, NULL, 't'},
    {"memory", required_argument, NULL, 'm'},
    {"plugin-dir", required_argument, NULL, 'p'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* The first is where all but the tries of shapes take place: its samples
 * cross the border between two blocks of rows of T x T matrices, six of them
 * make a batch. */
static const struct probe_shape shapes[] = {
    {"plain", "2 layers, 2 heads, 12 samples of 150 tokens", 2, 2, 16, 160,
     12, 150},
    {"small", "many samples of 5 tokens in one pass", 2, 2, 8, 16, 40, 5},
    {"token", "samples of 1 token", 2, 2, 8, 16, 3, 1},
    {"head", "1 head", 2, 1, 8, 16, 2, 8},
    {"layer", "1 layer", 1, 4, 8, 16, 2, 8},
    {"one", "1 layer, 1 head, 1 sample of 1 token", 1, 1, 4, 8, 1, 1},
    {"context", "samples as long as the context", 3, 2, 8, 64, 2, 64},
};

#define N_SHAPES (sizeof shapes / sizeof shapes[0])
#define N_MIXES 12 /* experiments with all options at once */

struct tally {
    int tries, bad, refused, good;
};

static const struct {
    const char *name;
    probe_fn *try;
} kinds[] = {
    {"hidden states are bit for bit those without it", probe_neutral},
    {"the same tables from a process of its own", probe_isolated},
    {"saved and restored: the same tables", probe_state},
    {"saved and merged: the same tables", probe_merge},
    {"no memory remains behind destroy", probe_leaks},
};

static void try(struct probe *probe, const char *what, probe_fn *kind,
                struct tally *tally)
{
    static const char *const words[] = {
        [PROBE_GOOD] = "ok", [PROBE_REFUSED] = "refused",
        [PROBE_BAD] = "BAD", [PROBE_ABSENT] = "-"};
    char why[PROBE_WHY];
    enum probe_result result = probe_run(probe, kind, why);

    tally->tries += result != PROBE_ABSENT;
    tally->bad += result == PROBE_BAD;
    tally->refused += result == PROBE_REFUSED;
    tally->good += result == PROBE_GOOD;
    if (result == PROBE_ABSENT && !why[0])
        snprintf(why, sizeof why, "it has nothing of the kind");
    printf("  %-8s%s%s%s\n", words[result], what, why[0] ? ": " : "", why);
    fflush(stdout);
}

static void try_shapes(struct probe *probe, struct tally *tally)
{
    printf("\nmodels and samples\n%s", probe->settings);
    for (size_t i = 0; i < N_SHAPES; i++) {
        probe->shape = &shapes[i];
        try(probe, shapes[i].what, probe_views, tally);
    }
    probe->shape = &shapes[0];
}

static void try_setting(struct probe *probe, char *setting,
                        struct tally *tally)
{
    probe->settings = mem_printf("%s\n", setting);
    try(probe, setting, probe_views, tally);
    free(probe->settings);
    free(setting);
}

/* One value of one option. */
static void try_options(struct probe *probe, struct tally *tally)
{
    const struct transect_plugin *desc = &probe->plugin->desc;

    probe->shape = &shapes[1];
    for (uint32_t i = 0; i < desc->n_options; i++) {
        struct transect_option option = plugin_option(desc, i);
        size_t n;
        char **values = option_samples(&option, &n);

        for (size_t j = 0; j < n; j++) {
            try_setting(probe, mem_printf("%s = %s", option.name, values[j]),
                        tally);
            free(values[j]);
        }
        free(values);
    }
}

/* Text with one more "option = value". */
static char *with_value(char *text, const char *between,
                        const struct transect_option *option, size_t pick)
{
    size_t n;
    char **values = option_samples(option, &n), *longer = text;

    if (pick % (n + 1) < n) {
        longer = mem_printf("%s%s%s = %s", text, *text ? between : "",
                            option->name, values[pick % (n + 1)]);
        free(text);
    }
    for (size_t i = 0; i < n; i++)
        free(values[i]);
    free(values);
    return longer;
}

/* A value of each option, or none, by a generator of its own so that the
 * same plugin is always tried in the same way. */
static char *mix(const struct transect_plugin *desc, uint32_t random,
                 const char *between)
{
    char *all = mem_strdup("");

    for (uint32_t i = 0; i < desc->n_options; i++) {
        struct transect_option option = plugin_option(desc, i);

        random = random * 1664525u + 1013904223u;
        all = with_value(all, between, &option, random >> 16);
    }
    return all;
}

static void try_mixes(struct probe *probe, struct tally *tally)
{
    const struct transect_plugin *desc = &probe->plugin->desc;

    for (uint32_t i = 0; i < N_MIXES; i++) {
        char *settings = mix(desc, i * 2654435761u, "\n");
        char *line = mix(desc, i * 2654435761u, ", ");

        probe->settings = mem_printf("%s\n", settings);
        try(probe, *line ? line : "defaults", probe_views, tally);
        free(probe->settings);
        free(settings);
        free(line);
    }
}

static void try_all(struct probe *probe, struct tally *tally)
{
    char *given = probe->settings;

    try_shapes(probe, tally);
    if (probe->plugin->desc.n_options) {
        printf("\noptions\n");
        try_options(probe, tally);
        try_mixes(probe, tally);
    }
    printf("\nas a whole\n");
    probe->settings = given;
    probe->shape = &shapes[0];
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        try(probe, kinds[i].name, kinds[i].try, tally);
}

static int make_models(struct probe *probe, struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < N_SHAPES && !status; i++) {
        probe->shape = &shapes[i];
        status = probe_model(probe, err);
    }
    return status;
}

static int verdict(const struct tally *tally, int n_mistakes,
                   struct error *err)
{
    bool good = !tally->bad && !n_mistakes && tally->good;

    printf("\nverdict: %s (tries %d: good %d, refused %d, bad %d; mistakes "
           "in the file %d)\n", good ? "good" : "bad", tally->tries,
           tally->good, tally->refused, tally->bad, n_mistakes);
    if (good)
        return ST_OK;
    if (!tally->good)
        return error_set(err, ST_FAILED, "no try got as far as a run");
    return error_set(err, ST_FAILED, "the plugin is not fit to be used; bad "
                     "tries: %d, mistakes in its file: %d", tally->bad,
                     n_mistakes);
}

/* Models of a folder that is removed at the end. */
static int check(struct probe *probe, struct error *err)
{
    const char *base = getenv("TMPDIR");
    char *dir = mem_printf("%s/transect-check-XXXXXX", base ? base : "/tmp");
    struct tally tally = {0};
    int status, n_mistakes = plugin_checks(probe->plugin);

    if (!mkdtemp(dir)) {
        status = error_errno(err, ST_FAILED, dir, "cannot make a folder");
        free(dir);
        return status;
    }
    probe->dir = dir;
    status = make_models(probe, err);
    if (!status) {
        try_all(probe, &tally);
        status = verdict(&tally, n_mistakes, err);
    }
    folder_remove(AT_FDCWD, dir);
    free(dir);
    return status;
}

/* The file as a path, so that the name alone means one here, too; what is no
 * file is looked up as everywhere. */
static int load(const char *name, const char *plugin_dir,
                struct plugin **plugin, bool *companion, struct error *err)
{
    struct plugin_path path;
    struct plugin *pruner;
    struct error none = {0};
    int status;
    char *real = realpath(name, NULL);

    plugin_path_init(&path, plugin_dir);
    status = plugin_load(&path, real ? real : name, plugin, err);
    *companion = !status && !plugin_load(&path, "pruner", &pruner, &none);
    if (*companion)
        plugin_free(pruner);
    plugin_path_clear(&path);
    free(real);
    return status;
}

static int check_file(const char *file, struct probe *probe,
                      struct error *err)
{
    struct plugin *plugin;
    int status = load(file, probe->plugin_dir, &plugin, &probe->companion,
                      err);

    if (status)
        return status;
    probe->plugin = plugin;
    status = check(probe, err);
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

static int parse(int argc, char **argv, struct probe *probe, bool *help)
{
    int option;

    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (option) {
        case 's':
            if (!strchr(optarg, '='))
                return cli_usage("--set: '%s' is not OPTION=VALUE", optarg);
            add_setting(probe, optarg);
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
    bool help = false;
    int status = parse(argc, argv, &probe, &help);

    if (!status && help) {
        fputs(help_text, stdout);
        status = cli_flush();
    } else if (!status) {
        status = check_file(argv[optind], &probe, &err);
        status = status ? cli_error(&err) : cli_flush();
    }
    free(probe.settings);
    return status;
}
