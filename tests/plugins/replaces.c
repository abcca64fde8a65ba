/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* replaces.c - puts the rows of another pass in the place of its own. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <transect/capture.h>
#include <transect/workers.h>

struct replaces {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_capture_host *captures;
    int32_t source;
};

/* What has no partner stays as it is. */
static int on_event(void *state, const struct transect_event *event)
{
    const struct replaces *self = state;

    for (int64_t i = 0; i < event->view.rows; i++) {
        struct transect_place place = {event->point, event->layer, event->head,
                                       event->sample,
                                       event->first + (int32_t)i};
        float *to = event->edit + i * event->view.row_stride;
        int64_t n;
        const float *row = self->captures->row(self->ctx, self->source,
                                               &place, &n);

        if (row && n > event->view.cols)
            return self->host->fail(self->ctx, "a row has %d elements, not %d",
                                    (int)n, (int)event->view.cols);
        if (row)
            memcpy(to, row, (size_t)n * sizeof *to);
    }
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    const struct transect_workers_host *workers =
        host->extension(ctx, TRANSECT_WORKERS);
    struct replaces *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    self->captures = host->extension(ctx, TRANSECT_CAPTURE);
    self->source = host->get_enum(ctx, "from");
    return workers->declare(ctx, TRANSECT_ANY_THREAD);
}

static int ready(void *state, const struct transect_model *model)
{
    const struct replaces *self = state;
    const struct transect_host *host = self->host;
    const int32_t *points, *layers;
    const struct transect_head *heads;
    bool by_head = host->is_set(self->ctx, "heads");
    size_t n_heads = by_head ? host->get_heads(self->ctx, "heads", &heads) : 0;
    size_t n_points = host->get_list(self->ctx, "points", &points);
    size_t n_layers = host->get_list(self->ctx, "layers", &layers);
    int status = TRANSECT_OK;

    (void)model;
    for (size_t i = 0; i < n_points && !status; i++) {
        struct transect_subscription sub = {
            .size = sizeof sub,
            .point = points[i],
            .layers = by_head ? NULL : layers,
            .n_layers = n_layers,
            .heads = by_head ? heads : NULL,
            .n_heads = n_heads,
            .position = host->is_set(self->ctx, "keep")
                            ? host->get_string(self->ctx, "keep") : NULL,
        };

        status = self->captures->keep(self->ctx, self->source, &sub);
        sub.flags = TRANSECT_EDIT;
        sub.on_event = on_event;
        sub.position = NULL;
        if (!status)
            status = host->subscribe(self->ctx, &sub);
    }
    return status;
}

static const struct transect_option options[] = {
    {"points", TRANSECT_POINTS, "resid_pre", NULL, 0, 0, "what to replace"},
    {"layers", TRANSECT_LAYERS, "*", NULL, 0, 0, "in which layers"},
    {"heads", TRANSECT_HEADS, NULL, NULL, 0, 0, "in which heads instead"},
    {"from", TRANSECT_ENUM, "pair", "pair prompt resample", 0, 0,
     "whose rows come there"},
    {"keep", TRANSECT_STRING, NULL, NULL, 0, 0, "positions, if not all"},
};

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "replaces",
    .summary = "puts the rows of another pass in the place of its own",
    .version = "1",
    .licence = "MIT",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .option_size = sizeof options[0],
    .capabilities = TRANSECT_CAP_EDITS | TRANSECT_CAP_THREADS,
    .create = create,
    .ready = ready,
    .destroy = free,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
