/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* abi-minor.c - a plugin of a newer ABI that still fits: descriptor, options
 * and subscriptions have members that this host does not know, and it does
 * without a function that this host does not have. */
#include <stdbool.h>
#include <stdlib.h>
#include <transect/plugin.h>

struct newer_host {
    struct transect_host known;
    int (*newer)(transect_ctx *);
};

struct newer_option {
    struct transect_option known;
    const char *unit;
};

struct newer_subscription {
    struct transect_subscription known;
    int32_t every[4];
};

struct minor {
    transect_ctx *ctx;
    const struct newer_host *host;
};

static int on_event(void *state, const struct transect_event *event)
{
    (void)state;
    (void)event;
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct minor *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = (const struct newer_host *)(const void *)host;
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    const struct minor *self = state;
    struct newer_subscription sub = {
        .known = {.size = sizeof sub, .point = TRANSECT_EMBED,
                  .on_event = on_event},
        .every = {1, 2, 3, 4}};

    (void)model;
    return self->host->known.subscribe(self->ctx, &sub.known);
}

static int finish(void *state, const void *baseline)
{
    const struct minor *self = state;
    bool has = self->host->known.size >= sizeof *self->host;

    (void)baseline;
    if (has)
        return self->host->newer(self->ctx);
    self->host->known.say(self->ctx, "made do with ABI %d.%d",
                          self->host->known.abi_major,
                          self->host->known.abi_minor);
    return TRANSECT_OK;
}

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
        .summary = "for tests",
        .version = "1",
        .licence = "MIT",
        .options = &options[0].known,
        .n_options = 2,
        .option_size = sizeof options[0],
        .create = create,
        .ready = ready,
        .finish = finish,
        .destroy = free,
    },
    .newer = {"what comes", "later"},
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin.known;
}
