/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plugin-loader.c - finding, trusting and loading plugins. */
#include "plugin/plugin-loader.h"

#include "base/mem.h"
#include "base/nearest-name.h"
#include "base/process.h"
#include "base/sha256.h"
#include "base/text.h"
#include "plugin/plugin-provider.h"
#include "plugin/plugin-trust.h"
#include "sandbox/crash-report.h"
#include "sandbox/float-environment.h"

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All members that a plugin cannot do without. */
#define LEAST_SIZE (offsetof(struct transect_plugin, ready) + sizeof(void *))

static void add_dir(struct plugin_path *path, char *dir)
{
    MEM_PUSH(path->dirs, path->n);
    path->dirs[path->n++] = dir;
}

static void add_list(struct plugin_path *path, const char *list)
{
    while (list && *list) {
        size_t length = strcspn(list, ":");

        if (length)
            add_dir(path, mem_strndup(list, length));
        list += length + (list[length] == ':');
    }
}

static void add_user_dir(struct plugin_path *path)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

    if (data && data[0] == '/')
        add_dir(path, mem_printf("%s/transect/plugins", data));
    else if (home && home[0] == '/')
        add_dir(path, mem_printf("%s/.local/share/transect/plugins", home));
}

void plugin_path_init(struct plugin_path *path, const char *first)
{
    *path = (struct plugin_path){0};
    if (first)
        add_dir(path, mem_strdup(first));
    if (!process_has_more_rights()) {
        add_list(path, getenv("TRANSECT_PLUGIN_PATH"));
        add_user_dir(path);
    }
    add_dir(path, mem_strdup(TRANSECT_PLUGIN_DIR));
}

void plugin_path_clear(struct plugin_path *path)
{
    for (size_t i = 0; i < path->n; i++)
        free(path->dirs[i]);
    free(path->dirs);
}

/* The first member that a descriptor lacks, or NULL. */
static const char *missing(const struct transect_plugin *desc)
{
    const struct {
        bool there;
        const char *name;
    } members[] = {
        {desc->size >= LEAST_SIZE, "size, sizeof(struct transect_plugin),"},
        {desc->name, "name"},
        {desc->summary, "summary"},
        {desc->version, "version"},
        {desc->licence, "licence"},
        {desc->create, "create"},
        {desc->ready, "ready"},
        {!desc->n_options || desc->options, "options"},
        {!desc->n_options || desc->option_size,
         "option_size, sizeof(struct transect_option),"},
        {!desc->n_points || desc->points, "points"},
    };

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (!members[i].there)
            return members[i].name;
    return NULL;
}

int plugin_check(const struct transect_plugin *found, const char *path,
                 struct transect_plugin *desc, struct error *err)
{
    size_t known = sizeof *desc;
    const char *lacks;

    if (!found || found->magic != TRANSECT_MAGIC)
        return error_set(err, ST_PLUGIN,
                         "%s: not a transect plugin: its descriptor lacks "
                         "the magic number",
                         path);
    if (found->abi_major != TRANSECT_ABI_MAJOR)
        return error_set(err, ST_PLUGIN,
                         "%s: built for plugin ABI %d.%d, this transect "
                         "has %d.%d; rebuild the plugin with this "
                         "transect's <transect/plugin.h>",
                         path, found->abi_major, found->abi_minor,
                         TRANSECT_ABI_MAJOR, TRANSECT_ABI_MINOR);
    *desc = (struct transect_plugin){0};
    memcpy(desc, found, found->size < known ? found->size : known);
    lacks = missing(desc);
    if (lacks)
        return error_set(err, ST_PLUGIN,
                         "%s: its descriptor is incomplete: %s is missing",
                         path, lacks);
    return ST_OK;
}

/* The first whose files have the suffix of this one, or the first of all. */
static const struct plugin_provider *provider_of(const char *file)
{
    size_t length = strlen(file);

    for (size_t i = 0; i < plugin_n_providers; i++) {
        const struct plugin_provider *provider = &plugin_providers[i];
        size_t n = strlen(provider->suffix);

        if (length > n && strcmp(file + length - n, provider->suffix) == 0)
            return provider;
    }
    return plugin_providers;
}

/* The file's name is what users write, so the descriptor must agree. */
static int check_name(const struct plugin *plugin, const char *suffix,
                      struct error *err)
{
    const char *base = strrchr(plugin->path, '/') + 1;
    size_t length = strlen(plugin->desc.name);

    if (strncmp(base, plugin->desc.name, length) == 0 &&
        strcmp(base + length, suffix) == 0)
        return ST_OK;
    return error_set(err, ST_PLUGIN,
                     "%s: its descriptor says that it is '%s'; the file "
                     "should be named %s%s",
                     plugin->path, plugin->desc.name, plugin->desc.name,
                     suffix);
}

/* Runs constructors and reads what the plugin says of itself: a crash on the
 * way is that file's. */
static int open_plugin(struct plugin *plugin, struct trusted_file *file,
                       struct error *err)
{
    const struct plugin_provider *provider = provider_of(plugin->path);
    const struct transect_plugin *found;
    /* A signal handler writes it as it is. */
    char *shown = text_harmless(plugin->path, strlen(plugin->path));
    int status;

    crash_enter(shown, NULL, "loading");
    float_note();
    status = provider->open(plugin->path, file, &found, err);
    crash_enter(shown, NULL, "its descriptor");
    if (!status)
        status = plugin_check(found, plugin->path, &plugin->desc, err);
    if (!status)
        status = check_name(plugin, provider->suffix, err);
    plugin->changed = float_check();
    crash_leave();
    free(shown);
    return status;
}

static int load_file(const char *path, struct plugin **out, struct error *err)
{
    struct trusted_file file;
    struct plugin *plugin;
    int status;

    if (trust_open(path, &file, err))
        return err->status;
    plugin = mem_new(1, sizeof *plugin);
    plugin->path = mem_strdup(path);
    status = sha256_descriptor(file.file, path, plugin->sha256, err);
    if (status)
        err->status = status = ST_PLUGIN;
    else
        status = open_plugin(plugin, &file, err);
    trust_close(&file);
    if (status)
        plugin_free(plugin);
    else
        *out = plugin;
    return status;
}

void plugin_free(struct plugin *plugin)
{
    if (!plugin)
        return;
    free(plugin->path);
    free(plugin);
}

static int not_found(const struct plugin_path *path, const char *name,
                     struct error *err)
{
    size_t n;
    char **names = plugin_list(path, &n), phrase[512];

    error_set(err, ST_PLUGIN, "no plugin '%s'%s", name,
              nearest_name_phrase(phrase, sizeof phrase, name,
                                  (const char *const *)names, n));
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    return err->status;
}

char *plugin_find(const struct plugin_path *path, const char *name)
{
    if (strchr(name, '/'))
        return mem_strdup(name);
    for (size_t i = 0; i < path->n; i++)
        for (size_t j = 0; j < plugin_n_providers; j++) {
            char *file = mem_printf("%s/%s%s", path->dirs[i], name,
                                    plugin_providers[j].suffix);

            if (access(file, F_OK) == 0)
                return file;
            free(file);
        }
    return NULL;
}

int plugin_load(const struct plugin_path *path, const char *name,
                struct plugin **plugin, struct error *err)
{
    char *file = plugin_find(path, name);
    int status = file ? load_file(file, plugin, err)
                      : not_found(path, name, err);

    free(file);
    return status;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_folder(const char *folder, char ***names, size_t *n)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        const char *suffix = provider_of(entry->d_name)->suffix;
        size_t length = strlen(entry->d_name), end = strlen(suffix);

        if (length <= end || strcmp(entry->d_name + length - end, suffix) != 0)
            continue;
        MEM_PUSH(*names, *n);
        (*names)[(*n)++] = mem_strndup(entry->d_name, length - end);
    }
    if (dir)
        closedir(dir);
}

char **plugin_list(const struct plugin_path *path, size_t *n)
{
    char **names = NULL;
    size_t all = 0, unique = 0;

    for (size_t i = 0; i < path->n; i++)
        list_folder(path->dirs[i], &names, &all);
    if (all)
        qsort(names, all, sizeof *names, compare_names);
    for (size_t i = 0; i < all; i++) {
        if (unique && strcmp(names[unique - 1], names[i]) == 0)
            free(names[i]);
        else
            names[unique++] = names[i];
    }
    *n = unique;
    return names;
}
