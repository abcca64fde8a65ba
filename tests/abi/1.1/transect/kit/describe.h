/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/kit/describe.h - a plugin's descriptor in a few lines. For C; C++
 * before C++20 has no designated initializers.
 *
 *   TRANSECT_PLUGIN(
 *       .name = "norms",
 *       .summary = "the norm of the residual stream, by layer",
 *       .version = "1.0",
 *       .licence = "MIT",
 *       TRANSECT_OPTION_TABLE(options),
 *       TRANSECT_POINT_LIST(points),
 *       .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
 *       .create = create,
 *       .ready = ready,
 *       .finish = finish);
 */
#ifndef TRANSECT_KIT_DESCRIBE_H
#define TRANSECT_KIT_DESCRIBE_H

#include <transect/plugin.h>

/* Members of struct transect_plugin for an array of options, or of points. */
#define TRANSECT_OPTION_TABLE(table)                                          \
    .options = (table), .n_options = sizeof(table) / sizeof(table)[0],        \
    .option_size = sizeof(table)[0]
#define TRANSECT_POINT_LIST(list)                                             \
    .points = (list), .n_points = sizeof(list) / sizeof(list)[0]

/* Defines the descriptor of these members and the one exported function. A
 * semicolon follows. */
#define TRANSECT_PLUGIN(...)                                                  \
    static const struct transect_plugin transect_descriptor;                  \
    const struct transect_plugin *transect_plugin_describe(void)              \
    {                                                                         \
        return &transect_descriptor;                                          \
    }                                                                         \
    static const struct transect_plugin transect_descriptor = {               \
        .magic = TRANSECT_MAGIC,                                              \
        .size = sizeof(struct transect_plugin),                               \
        .abi_major = TRANSECT_ABI_MAJOR,                                      \
        .abi_minor = TRANSECT_ABI_MINOR,                                      \
        __VA_ARGS__}

#endif
