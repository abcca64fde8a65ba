/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plain.h - what plugins share that exist to be loaded, or refused. */
#ifndef TESTS_PLUGINS_PLAIN_H
#define TESTS_PLUGINS_PLAIN_H

#include <transect/plugin.h>

static int plain_create(transect_ctx *ctx, const struct transect_host *host,
                        void **state)
{
    (void)ctx;
    (void)host;
    (void)state;
    return TRANSECT_OK;
}

static int plain_ready(void *state, const struct transect_model *model)
{
    (void)state;
    (void)model;
    return TRANSECT_OK;
}

/* Members of a descriptor that is good but for what its file is about. */
#define PLAIN_TEXTS                                                         \
    .summary = "for tests", .version = "1", .licence = "MIT",               \
    .create = plain_create, .ready = plain_ready

#endif
