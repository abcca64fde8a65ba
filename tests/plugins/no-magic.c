/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* no-magic.c - a shared object that exports something else by our name. */
#include "plain.h"

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC + 1,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "no-magic",
    PLAIN_TEXTS,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
