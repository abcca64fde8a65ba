/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* shares.c - says that its events may come on any thread, though its
 * instances share what they write. */
#include <stdlib.h>
#include <transect/workers.h>
#include <unistd.h>

/* What no plugin should have. */
static volatile int under_way;

struct shares {
    transect_ctx *ctx;
    const struct transect_host *host;
    int64_t met; /* events at the same time as another instance's */
};

static int on_event(void *state, const struct transect_event *event)
{
    struct shares *self = state;

    under_way++;
    usleep(event->sample ? 300 : 20000); /* so that the first ones meet */
    self->met += under_way != 1;
    under_way--;
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    const struct transect_workers_host *workers =
        host->extension(ctx, TRANSECT_WORKERS);
    struct shares *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    return workers->declare(ctx, TRANSECT_ANY_THREAD);
}

static int ready(void *state, const struct transect_model *model)
{
    const struct shares *self = state;
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_RESID_POST,
        .on_event = on_event,
    };

    (void)model;
    return self->host->subscribe(self->ctx, &sub);
}

static int finish(void *state, const void *baseline)
{
    static const struct transect_column column = {
        "met", TRANSECT_COL_INT, TRANSECT_COL_METRIC};
    const struct shares *self = state;

    (void)baseline;
    self->host->put_int(self->host->table(self->ctx, "met", &column, 1),
                        self->met);
    return TRANSECT_OK;
}

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "shares",
    .summary = "has instances that share what they write",
    .version = "1",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_THREADS,
    .create = create,
    .ready = ready,
    .finish = finish,
    .destroy = free,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
