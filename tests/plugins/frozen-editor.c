/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* frozen-editor.c - an editor, built for ABI 1.0 as frozen.c is. */
#include <stdlib.h>
#include <transect/plugin.h>

struct frozen {
    transect_ctx *ctx;
    const struct transect_host *host;
};

static int on_event(void *state, const struct transect_event *event)
{
    (void)state;
    for (int64_t i = 0; i < event->view.rows; i++)
        for (int64_t j = 0; j < event->view.cols; j++)
            event->edit[i * event->view.row_stride + j] = 0;
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct frozen *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    struct frozen *self = state;
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_MLP_OUT,
        .flags = TRANSECT_EDIT, .on_event = on_event};

    (void)model;
    sub.n_layers = self->host->get_list(self->ctx, "layers", &sub.layers);
    return self->host->subscribe(self->ctx, &sub);
}

static const struct transect_option options[] = {
    {"layers", TRANSECT_LAYERS, NULL, NULL, 0, 0, "whose MLPs are off"},
};

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "frozen-editor",
    .summary = "turns MLPs off, as one could with ABI 1.0",
    .version = "1.0",
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
