/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plugin-tries.h - all that check-plugin tries, and the verdict. */
#ifndef CORE_PLUGIN_TRIES_H
#define CORE_PLUGIN_TRIES_H

#include "probe.h"

/* Makes models in the probe's folder, tries the plugin on them with the
 * probe's settings and with others, and prints what it did and the verdict.
 * n_mistakes were found before. ST_FAILED: the verdict is bad. */
int plugin_tries(struct probe *probe, int n_mistakes, struct error *err);

#endif
