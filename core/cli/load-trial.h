/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* load-trial.h - a plugin loaded and looked at in a process of its own, since
 * neither its constructors nor its descriptor need be sound. */
#ifndef CORE_CLI_LOAD_TRIAL_H
#define CORE_CLI_LOAD_TRIAL_H

#include "plugin/plugin-loader.h"

/* Loads NAME there, within so many seconds, and has `look` print something of
 * it; the caller frees *printed. Statuses of plugin_load(); ST_FAILED: the
 * process did not survive it. */
int load_trial(const struct plugin_path *path, const char *name, int seconds,
               void (*look)(const struct plugin *plugin), char **printed,
               struct error *err);

#endif
