/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* misnamed.c - a plugin whose descriptor gives another name than its file. */
#include "plain.h"

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "somebody-else",
    PLAIN_TEXTS,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
