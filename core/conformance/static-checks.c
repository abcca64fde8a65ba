/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* static-checks.c - checks of a plugin's symbols, descriptor and options. */
#include "conformance/static-checks.h"

#include "base/mem.h"
#include "base/text.h"
#include "conformance/symbols.h"
#include "plugin/plugin-options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Prints one line; returns 1 for a mistake. */
static int say(bool good, const char *format, ...) PRINTF(2, 3);

static int say(bool good, const char *format, ...)
{
    va_list args;

    fputs(good ? "  ok      " : "  BAD     ", stdout);
    va_start(args, format);
    text_vfprintf(stdout, format, args);
    va_end(args);
    putchar('\n');
    return !good;
}

/* Names, separated by blanks; cut where they get long. */
struct names {
    char text[400];
    size_t n;
};

static void add_name(struct names *names, const char *name)
{
    if (names->n + strlen(name) + 2 < sizeof names->text)
        names->n += (size_t)snprintf(names->text + names->n,
                                     sizeof names->text - names->n, "%s%s",
                                     names->n ? " " : "", name);
}

/* Functions that plugins must not call. Only a warning, since run-time
 * libraries of other languages refer to some. */
static bool is_suspect(const char *name)
{
    static const char *const suspects[] = {
        "printf", "puts", "putchar", "perror", "stdout", "stderr", "exit",
        "_exit", "setlocale", "uselocale", "dlopen", "fork", "fesetround"};

    for (size_t i = 0; i < sizeof suspects / sizeof *suspects; i++)
        if (strcmp(name, suspects[i]) == 0)
            return true;
    return false;
}

struct found {
    struct names exported, suspect;
};

static void look(void *user, const char *name, bool defined)
{
    struct found *found = user;

    if (defined && strcmp(name, "transect_plugin_describe") != 0)
        add_name(&found->exported, name);
    if (!defined && is_suspect(name))
        add_name(&found->suspect, name);
}

static int check_symbols(const char *path)
{
    struct found found = {0};
    struct error err = {0};
    int n;

    if (symbols_visit(path, look, &found, &err))
        return say(false, "%s", err.text);
    n = found.exported.n
            ? say(false, "exports more than transect_plugin_describe: %s; "
                  "link with -fvisibility=hidden or a list of exports",
                  found.exported.text)
            : say(true, "exports transect_plugin_describe and nothing else");
    if (found.suspect.n)
        text_printf("  note    asks for %s, which are the host's affair\n",
                    found.suspect.text);
    return n;
}

struct transect_option static_checks_option(const struct transect_plugin *desc,
                                            uint32_t i)
{
    struct transect_option option = {0};
    size_t known = desc->option_size < sizeof option ? desc->option_size
                                                     : sizeof option;

    memcpy(&option,
           (const char *)desc->options + (size_t)i * desc->option_size,
           known);
    return option;
}

static bool is_hosts(const char *name)
{
    static const char *const hosts[] = {"on_error", "isolation", "timeout",
                                        "memory"};

    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (strcmp(name, hosts[i]) == 0)
            return true;
    return false;
}

static int check_option(const struct transect_plugin *desc, uint32_t i)
{
    struct transect_option option = static_checks_option(desc, i);

    if (!option.name || !*option.name ||
        option.name[strspn(option.name, "abcdefghijklmnopqrstuvwxyz"
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")])
        return say(false, "option %u has no name that a file could give",
                   (unsigned)i);
    for (uint32_t j = 0; j < i; j++)
        if (strcmp(option.name, static_checks_option(desc, j).name) == 0)
            return say(false, "two options are called '%s'", option.name);
    if (is_hosts(option.name))
        return say(false, "option '%s' is the host's own key of every "
                   "plugin", option.name);
    if (!option.help || !*option.help)
        return say(false, "option '%s' has no help", option.name);
    if (option.min > option.max)
        return say(false, "option '%s' ranges from %g to %g", option.name,
                   option.min, option.max);
    return 0;
}

/* Parses the defaults, as an experiment without settings would. */
static int check_defaults(const struct transect_plugin *desc)
{
    const struct plugin_spec spec = {.id = (char *)desc->name,
                                     .name = (char *)desc->name};
    struct options options;
    struct error err = {0};

    if (options_parse(desc, &spec, NULL, NULL, &options, &err))
        return say(false, "%s", err.text);
    options_clear(&options);
    return 0;
}

static int check_options(const struct transect_plugin *desc)
{
    int n = 0;

    for (uint32_t i = 0; i < desc->n_options; i++)
        n += check_option(desc, i);
    if (!n)
        n = check_defaults(desc);
    if (!n)
        say(true, "%u option%s, with names, ranges, defaults and help",
            (unsigned)desc->n_options, desc->n_options == 1 ? "" : "s");
    return n;
}

static int check_points(const struct transect_plugin *desc)
{
    for (uint32_t i = 0; i < desc->n_points; i++)
        if (desc->points[i] < 0 || desc->points[i] >= TRANSECT_N_POINTS)
            return say(false, "hook point %d is unknown to this host",
                       (int)desc->points[i]);
    return desc->n_points
               ? say(true, "%u hook point%s", (unsigned)desc->n_points,
                     desc->n_points == 1 ? "" : "s")
               : say(true, "any hook point");
}

static int check_words(const struct transect_plugin *desc)
{
    if (!*desc->summary || !*desc->version || !*desc->licence)
        return say(false, "summary, version or licence is empty");
    if ((desc->capabilities & TRANSECT_CAP_EDITS) && desc->compare)
        return say(false, "compare is for observers, and it edits");
    return say(true, "descriptor of ABI %d.%d", desc->abi_major,
               desc->abi_minor);
}

static int check_loading(const struct plugin *plugin)
{
    return plugin->changed ? say(false, "in loading: %s", plugin->changed) : 0;
}

int static_checks(const struct plugin *plugin)
{
    const struct transect_plugin *desc = &plugin->desc;

    text_printf("%s: %s\nversion %s, licence %s, %s\n\nfile %s\n", desc->name,
                desc->summary, desc->version, desc->licence,
                desc->capabilities & TRANSECT_CAP_EDITS ? "edits" : "observes",
                plugin->path);
    say(true, "trusted, whole, and loads");
    return check_loading(plugin) + check_symbols(plugin->path) +
           check_words(desc) + check_points(desc) + check_options(desc);
}
