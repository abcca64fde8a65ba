/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* abi-older.c - a plugin of an older ABI, in which options had no help, and
 * descriptors ended before compare: what lies there is something else. */
#include "plain.h"

struct older_option {
    const char *name;
    int32_t type;
    const char *fallback, *choices;
    double min, max;
};

static const struct older_option options[] = {
    {"first", TRANSECT_INT, "1", 0, 0, 9},
    {"second", TRANSECT_BOOL, "yes", 0, 0, 0},
};

static int no_member(void *const *states, const char *const *names, size_t n)
{
    (void)states;
    (void)names;
    (void)n;
    return TRANSECT_FAILED;
}

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = offsetof(struct transect_plugin, compare),
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = 0,
    .name = "abi-older",
    .options = (const struct transect_option *)(const void *)options,
    .n_options = 2,
    .option_size = sizeof options[0],
    PLAIN_TEXTS,
    .compare = no_member,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
