/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* first-event.c - when the first event came: nanoseconds of the monotonic
 * clock, which all processes share. */
#include <stdlib.h>
#include <time.h>
#include <transect/plugin.h>

struct first_event {
    transect_ctx *ctx;
    const struct transect_host *host;
    int64_t nanoseconds; /* 0: none came yet */
};

static int on_event(void *state, const struct transect_event *event)
{
    struct first_event *self = state;
    struct timespec now;

    (void)event;
    if (self->nanoseconds)
        return TRANSECT_OK;
    clock_gettime(CLOCK_MONOTONIC, &now);
    self->nanoseconds = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct first_event *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    const struct first_event *self = state;
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_EMBED, /* no other is made before it */
        .on_event = on_event,
    };

    (void)model;
    return self->host->subscribe(self->ctx, &sub);
}

static int finish(void *state, const void *baseline)
{
    static const struct transect_column columns[] = {
        {"nanoseconds", TRANSECT_COL_INT, TRANSECT_COL_INFO},
    };
    const struct first_event *self = state;
    transect_table *table = self->host->table(self->ctx, "first", columns, 1);

    (void)baseline;
    self->host->put_int(table, self->nanoseconds);
    return TRANSECT_OK;
}

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "first-event",
    .summary = "when the first event came",
    .version = "1",
    .licence = "MIT",
    .create = create,
    .ready = ready,
    .finish = finish,
    .destroy = free,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
