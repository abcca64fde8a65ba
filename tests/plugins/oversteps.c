/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* oversteps.c - subscribes to one head of z and writes into all. */
#include <stdlib.h>
#include <transect/plugin.h>

struct oversteps {
    transect_ctx *ctx;
    const struct transect_host *host;
};

static int on_event(void *state, const struct transect_event *event)
{
    (void)state;
    for (int64_t j = 0; j < event->view.cols; j++)
        event->edit[j] += 1;
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct oversteps *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    struct oversteps *self = state;
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_Z,
        .flags = TRANSECT_EDIT | TRANSECT_ALL_HEADS,
        .on_event = on_event,
    };

    (void)model;
    sub.n_heads = self->host->get_heads(self->ctx, "heads", &sub.heads);
    return self->host->subscribe(self->ctx, &sub);
}

static const struct transect_option options[] = {
    {"heads", TRANSECT_HEADS, "*", NULL, 0, 0, "to subscribe to"},
};

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "oversteps",
    .summary = "writes into heads that are not its business",
    .version = "1",
    .licence = "MIT",
    .options = options,
    .n_options = 1,
    .option_size = sizeof options[0],
    .capabilities = TRANSECT_CAP_EDITS,
    .create = create,
    .ready = ready,
    .destroy = free,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
