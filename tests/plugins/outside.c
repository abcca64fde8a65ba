/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* outside.c - counts the rows it sees; built as a stranger would build it. */
#include <stdlib.h>
#include <transect/plugin.h>

struct outside {
    transect_ctx *ctx;
    const struct transect_host *host;
    int64_t rows;
};

static int on_event(void *state, const struct transect_event *event)
{
    struct outside *self = state;

    self->rows += event->view.rows;
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct outside *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    struct outside *self = state;
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
        "rows", TRANSECT_COL_INT, TRANSECT_COL_METRIC};
    const struct outside *self = state;

    (void)baseline;
    self->host->put_int(self->host->table(self->ctx, "rows", &column, 1),
                        self->rows);
    return TRANSECT_OK;
}

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "outside",
    .summary = "counts the rows it sees",
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
