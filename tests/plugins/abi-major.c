/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* abi-major.c - a plugin of the next, incompatible ABI. */
#include "plain.h"

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR + 1,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "abi-major",
    PLAIN_TEXTS,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
