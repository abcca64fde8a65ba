/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plugin-loader.h - finding, trusting and loading plugins. */
#ifndef CORE_PLUGIN_PLUGIN_LOADER_H
#define CORE_PLUGIN_PLUGIN_LOADER_H

#include "base/error.h"
#include <stddef.h>
#include <transect/plugin.h>

/* A loaded plugin; stays in memory until the process ends. */
struct plugin {
    struct transect_plugin desc; /* as large as this host knows it */
    char *path; /* as it was found */
    char sha256[65]; /* of the descriptor that was loaded */
    const char *changed; /* what loading it changed of the floating-point
                          * environment, a sentence; NULL: nothing */
};

/* Folders where bare names are looked up, first match first. */
struct plugin_path {
    char **dirs;
    size_t n;
};

/* `first` (may be NULL: --plugin-dir), $TRANSECT_PLUGIN_PATH (not when
 * set-uid), $XDG_DATA_HOME/transect/plugins, $(libdir)/transect/plugins. */
void plugin_path_init(struct plugin_path *path, const char *first);
void plugin_path_clear(struct plugin_path *path);

/* The file that a name means, owned: NAME.so from the path, or the name itself
 * if it has a slash. NULL: none of the path. */
char *plugin_find(const struct plugin_path *path, const char *name);
/* Loads NAME.so from the path, or the file itself if name has a slash. Refused
 * is what others could change, or the way to it (plugin-trust.h). ST_PLUGIN.
 */
int plugin_load(const struct plugin_path *path, const char *name,
                struct plugin **plugin, struct error *err);
void plugin_free(struct plugin *plugin); /* the code stays loaded */

/* Names of all plugins on the path, sorted; free each and the array. */
char **plugin_list(const struct plugin_path *path, size_t *n);

/* Is this a plugin for this host? `path` is for messages. Fills `desc`. */
int plugin_check(const struct transect_plugin *found, const char *path,
                 struct transect_plugin *desc, struct error *err);

#endif
