/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plugin-provider.c - where descriptors of plugins come from. */
#include "plugin/plugin-provider.h"

const struct plugin_provider plugin_providers[] = {
    {.suffix = ".so", .open = plugin_dlopen},
};

const size_t plugin_n_providers = sizeof plugin_providers /
                                  sizeof plugin_providers[0];
