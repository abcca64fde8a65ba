/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cmd-plugins.c - transect plugins: what is installed and what it can do. */
#include "base/text.h"
#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/load-trial.h"
#include "hooks/hook-points.h"
#include "plugin/plugin-loader.h"
#include "plugin/plugin-options.h"

#include <getopt.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE 10 /* seconds for loading and describing a plugin */

static const char help_text[] =
    "usage: transect plugins [NAME] [--json] [--plugin-dir DIR]\n\n"
    "Lists the plugins found, or describes one: its options, hook points,\n"
    "whether it edits, and what else it can do.\n";

/* An option's declaration, of the size that this host knows. */
static struct transect_option option_at(const struct transect_plugin *desc,
                                        uint32_t i)
{
    struct transect_option option = {0};
    size_t size = desc->option_size;

    memcpy(&option, (const char *)desc->options + i * size,
           size < sizeof option ? size : sizeof option);
    return option;
}

static const char *kind(const struct transect_plugin *desc)
{
    return desc->capabilities & TRANSECT_CAP_EDITS ? "editor" : "observer";
}

/* What an instance of it can do. A plugin of ABI 1.0 does not say so before
 * there is one. */
static const struct ability {
    uint32_t bit;
    const char *name, *yes, *no;
} abilities[] = {
    {TRANSECT_CAP_STATE, "state", "can be saved", "cannot be saved"},
    {TRANSECT_CAP_THREADS, "threads", "any", "the main thread"},
    {TRANSECT_CAP_SURVEY, "survey", "may ask for one", "never"},
};

#define N_ABILITIES (sizeof abilities / sizeof abilities[0])

static void print_abilities(const struct transect_plugin *desc)
{
    for (size_t i = 0; i < N_ABILITIES; i++) {
        bool able = desc->capabilities & abilities[i].bit;

        text_printf("%s: %s\n", abilities[i].name,
                    desc->abi_minor < 1 ? "not known"
                    : able              ? abilities[i].yes
                                        : abilities[i].no);
    }
}

static void print_option(const struct transect_option *option)
{
    char range[64];

    text_printf("  %-12s %-7s %s\n", option->name,
                option_type_name(option->type),
                option->help ? option->help : "");
    if (option->choices)
        text_printf("  %-20s one of: %s\n", "", option->choices);
    option_range(range, option);
    if (*range)
        text_printf("  %-20s%s\n", "", range);
    if (option->fallback)
        text_printf("  %-20s default: %s\n", "", option->fallback);
}

static void describe(const struct plugin *plugin)
{
    const struct transect_plugin *desc = &plugin->desc;

    text_printf("%s %s (%s): %s\nmanual: man 7 transect-%s, where it is "
                "installed\nfile: %s\nABI: %d.%d, licence: %s\n",
                desc->name, desc->version, kind(desc), desc->summary,
                desc->name, plugin->path, desc->abi_major, desc->abi_minor,
                desc->licence);
    fputs("hook points:", stdout);
    for (uint32_t i = 0; i < desc->n_points; i++)
        text_printf(" %s", point_name(desc->points[i]));
    puts(desc->n_points ? "" : " any");
    print_abilities(desc);
    if (desc->n_options)
        puts("options:");
    for (uint32_t i = 0; i < desc->n_options; i++) {
        struct transect_option option = option_at(desc, i);

        print_option(&option);
    }
}

static void set_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, text ? json_string(text) : json_null());
}

static json_t *words_json(const char *words)
{
    json_t *all = json_array();

    while (words && *(words += strspn(words, " "))) {
        size_t n = strcspn(words, " ");

        json_array_append_new(all, json_stringn(words, n));
        words += n;
    }
    return all;
}

/* A limit of a number: of an INT as an integer, null if there is none. */
static json_t *limit_json(const struct transect_option *option, double limit)
{
    if (!option_has_range(option) || !isfinite(limit))
        return json_null();
    if (option->type == TRANSECT_INT && fabs(limit) < 9e15)
        return json_integer((json_int_t)limit);
    return json_real(limit);
}

static json_t *option_json(const struct transect_option *option)
{
    json_t *all = json_object();

    set_text(all, "name", option->name);
    set_text(all, "type", option_type_name(option->type));
    set_text(all, "default", option->fallback);
    json_object_set_new(all, "choices", words_json(option->choices));
    json_object_set_new(all, "min", limit_json(option, option->min));
    json_object_set_new(all, "max", limit_json(option, option->max));
    set_text(all, "help", option->help);
    return all;
}

/* The points that it may subscribe to; without a list those are all. */
static json_t *points_json(const struct transect_plugin *desc)
{
    json_t *all = json_array();

    for (uint32_t i = 0; i < desc->n_points; i++)
        json_array_append_new(all, json_string(point_name(desc->points[i])));
    for (int i = 0; i < TRANSECT_N_POINTS && !desc->n_points; i++)
        json_array_append_new(all, json_string(point_name(i)));
    return all;
}

/* Each ability as true or false, or null where it is not known. */
static void set_abilities(json_t *object, const struct transect_plugin *desc)
{
    for (size_t i = 0; i < N_ABILITIES; i++)
        json_object_set_new(object, abilities[i].name,
                            desc->abi_minor < 1
                                ? json_null()
                                : json_boolean(desc->capabilities &
                                               abilities[i].bit));
}

static json_t *plugin_json(const struct plugin *plugin)
{
    const struct transect_plugin *desc = &plugin->desc;
    json_t *all = json_object(), *options = json_array();

    for (uint32_t i = 0; i < desc->n_options; i++) {
        struct transect_option option = option_at(desc, i);

        json_array_append_new(options, option_json(&option));
    }
    set_text(all, "name", desc->name);
    set_text(all, "kind", kind(desc));
    set_text(all, "summary", desc->summary);
    set_text(all, "version", desc->version);
    set_text(all, "licence", desc->licence);
    set_text(all, "path", plugin->path);
    set_text(all, "sha256", plugin->sha256);
    json_object_set_new(all, "abi",
                        json_pack("[i, i]", desc->abi_major,
                                  desc->abi_minor));
    set_abilities(all, desc);
    json_object_set_new(all, "points", points_json(desc));
    json_object_set_new(all, "options", options);
    return all;
}

static void describe_json(const struct plugin *plugin)
{
    cli_json(plugin_json(plugin), JSON_INDENT(2) | JSON_PRESERVE_ORDER);
}

static void print_line(const struct plugin *plugin)
{
    text_printf("%-16s %-8s %s\n", plugin->desc.name, kind(&plugin->desc),
                plugin->desc.summary);
}

static int describe_one(const struct plugin_path *path, const char *name,
                        bool json)
{
    char *text;
    struct error err;

    if (load_trial(path, name, PATIENCE, json ? describe_json : describe,
                   &text, &err))
        return cli_error(&err);
    fputs(text, stdout);
    free(text);
    return cli_flush();
}

/* A plugin that cannot be loaded is reported; the list goes on. */
static int list_all(const struct plugin_path *path, bool json)
{
    size_t n;
    char **names = plugin_list(path, &n);
    json_t *all = json_array();
    int status = ST_OK;

    for (size_t i = 0; i < n; i++) {
        char *text;
        struct error err;

        if (load_trial(path, names[i], PATIENCE,
                       json ? describe_json : print_line, &text, &err)) {
            status = cli_error(&err);
        } else {
            if (json)
                json_array_append_new(all, json_loads(text, 0, NULL));
            else
                fputs(text, stdout);
            free(text);
        }
        free(names[i]);
    }
    free(names);
    if (json)
        cli_json(json_incref(all), JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    else if (n)
        puts("\nMore of each: transect plugins NAME, and man 7 "
             "transect-NAME where it is installed.");
    json_decref(all);
    return status ? status : cli_flush();
}

int cmd_plugins(int argc, char **argv)
{
    static const struct option known[] = {
        {"json", no_argument, NULL, 'j'},
        {"plugin-dir", required_argument, NULL, 'd'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct plugin_path path;
    const char *dir = NULL;
    bool json = false;
    int option, status;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 'h') {
            fputs(help_text, stdout);
            return cli_flush();
        }
        if (option == '?')
            return cli_bad_option(argv, known);
        json = json || option == 'j';
        dir = option == 'd' ? optarg : dir;
    }
    if (argc - optind > 1)
        return cli_usage("plugins takes at most one name");
    plugin_path_init(&path, dir);
    status = argv[optind] ? describe_one(&path, argv[optind], json)
                          : list_all(&path, json);
    plugin_path_clear(&path);
    return status;
}
