/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* abi-minor.c - a plugin of a newer ABI that still fits: descriptor and
 * options have members that this host does not know. */
#include "plain.h"

struct newer_option {
    struct transect_option known;
    const char *unit;
};

static const struct newer_option options[] = {
    {{"first", TRANSECT_INT, "1", 0, 0, 9, "a number"}, "m"},
    {{"second", TRANSECT_BOOL, "yes", 0, 0, 0, "a switch"}, "kg"},
};

static const struct {
    struct transect_plugin known;
    const char *newer[2];
} plugin = {
    .known = {
        .magic = TRANSECT_MAGIC,
        .size = sizeof plugin,
        .abi_major = TRANSECT_ABI_MAJOR,
        .abi_minor = TRANSECT_ABI_MINOR + 1,
        .name = "abi-minor",
        .options = &options[0].known,
        .n_options = 2,
        .option_size = sizeof options[0],
        PLAIN_TEXTS,
    },
    .newer = {"what comes", "later"},
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin.known;
}
