/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plugin-provider.h - where descriptors of plugins come from: for each kind of
 * file somebody who opens it. The loader finds files, and decides whether to
 * trust them. */
#ifndef CORE_PLUGIN_PLUGIN_PROVIDER_H
#define CORE_PLUGIN_PLUGIN_PROVIDER_H

#include "base/error.h"
#include "plugin/plugin-trust.h"

#include <stddef.h>
#include <transect/plugin.h>

struct plugin_provider {
    const char *suffix; /* of the files: NAME.so is the plugin NAME */
    /* The descriptor that a trusted file gives; it and all that it points to
     * stay for good. The loader checks it. `path` is for messages. ST_PLUGIN.
     */
    int (*open)(const char *path, struct trusted_file *file,
                const struct transect_plugin **desc, struct error *err);
};

/* In the order in which a folder is searched; the first also explains what is
 * wrong with files of none. */
extern const struct plugin_provider plugin_providers[];
extern const size_t plugin_n_providers;

/* plugin-dlopen.c: shared objects. */
int plugin_dlopen(const char *path, struct trusted_file *file,
                  const struct transect_plugin **desc, struct error *err);

#endif
