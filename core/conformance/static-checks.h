/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* static-checks.h - checks of a plugin's symbols, descriptor and options,
 * which call none of its callbacks. */
#ifndef CORE_CONFORMANCE_STATIC_CHECKS_H
#define CORE_CONFORMANCE_STATIC_CHECKS_H

#include "plugin/plugin-loader.h"

/* An option of the plugin's table, as large as this host knows it. */
struct transect_option static_checks_option(const struct transect_plugin *desc,
                                            uint32_t i);
/* Looks at symbols, descriptor and options of a loaded plugin, prints what it
 * did, and returns the number of mistakes. */
int static_checks(const struct plugin *plugin);

#endif
