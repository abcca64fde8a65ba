/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* null.c - subscribes to whatever it is told and does nothing. */
#include <transect/kit/describe.h>

struct null_plugin {
    transect_ctx *ctx;
    const struct transect_host *host;
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
    struct null_plugin *self = *state = host->alloc(ctx, 1, sizeof *self);

    self->ctx = ctx;
    self->host = host;
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    struct null_plugin *self = state;
    const int32_t *points;
    size_t n = self->host->get_list(self->ctx, "points", &points);

    (void)model;
    for (size_t i = 0; i < n; i++) {
        struct transect_subscription sub = {
            .size = sizeof sub,
            .point = points[i],
            .on_event = on_event,
        };
        int status = self->host->subscribe(self->ctx, &sub);

        if (status)
            return status;
    }
    return TRANSECT_OK;
}

static const struct transect_option options[] = {
    {"points", TRANSECT_POINTS, "resid_post", NULL, 0, 0,
     "hook points to subscribe to"},
};

TRANSECT_PLUGIN(
    .name = "null",
    .summary = "subscribes to hook points and does nothing, to measure "
               "what that costs",
    .version = "0.9.0",
    .licence = "MIT",
    TRANSECT_OPTION_TABLE(options),
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    .create = create,
    .ready = ready);
