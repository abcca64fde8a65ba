/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* bump.c - adds to the first element of each row; or edits nothing; or fails
 * after the edit. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <transect/survey.h>
#include <transect/workers.h>

struct bump {
    transect_ctx *ctx;
    const struct transect_host *host;
    float by;
};

static int on_event(void *state, const struct transect_event *event)
{
    const struct bump *self = state;
    const char *how = self->host->get_string(self->ctx, "fail");

    for (int64_t i = 0; i < event->view.rows && self->by != 0; i++)
        event->edit[i * event->view.row_stride] += self->by;
    if (strcmp(how, "no") == 0)
        return TRANSECT_OK;
    self->host->fail(self->ctx, "asked to fail");
    return strcmp(how, "yes") == 0 ? TRANSECT_FAILED : TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    const struct transect_workers_host *workers =
        host->extension(ctx, TRANSECT_WORKERS);
    struct bump *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    self->by = (float)host->get_real(ctx, "by");
    if (host->get_bool(ctx, "nan"))
        self->by = NAN;
    return workers->declare(ctx, TRANSECT_ANY_THREAD);
}

static int subscribe(void *state)
{
    const struct bump *self = state;
    const struct transect_host *host = self->host;
    const int32_t *points, *layers;
    size_t n_points = host->get_list(self->ctx, "points", &points);
    size_t n_layers = host->get_list(self->ctx, "layers", &layers);

    for (size_t i = 0; i < n_points; i++) {
        struct transect_subscription sub = {
            .size = sizeof sub,
            .point = points[i],
            .flags = TRANSECT_EDIT,
            .layers = layers,
            .n_layers = n_layers,
            .on_event = on_event,
            .position = host->get_string(self->ctx, "positions"),
        };
        int status = host->subscribe(self->ctx, &sub);

        if (status)
            return status;
    }
    return TRANSECT_OK;
}

static int on_survey(void *state, const struct transect_event *event)
{
    const struct bump *self = state;

    return event->edit ? self->host->fail(self->ctx, "edits the survey")
                       : TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    const struct bump *self = state;
    const char *how = self->host->get_string(self->ctx, "survey");
    const struct transect_survey_host *surveys =
        self->host->extension(self->ctx, TRANSECT_SURVEY);
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_LOGITS,
        .on_event = on_survey,
    };

    (void)model;
    if (strcmp(how, "no") == 0)
        return subscribe(state);
    if (strcmp(how, "edits") == 0)
        sub.flags = TRANSECT_EDIT;
    return surveys->survey(self->ctx, &sub, subscribe);
}

static const struct transect_option options[] = {
    {"points", TRANSECT_POINTS, "resid_post", NULL, 0, 0, "what to edit"},
    {"layers", TRANSECT_LAYERS, "*", NULL, 0, 0, "in which layers"},
    {"positions", TRANSECT_POSITIONS, "*", NULL, 0, 0, "at which rows"},
    {"by", TRANSECT_REAL, "1", NULL, 0, 0, "what to add"},
    {"fail", TRANSECT_ENUM, "no", "no yes forgets", 0, 0,
     "fail in the event, or forget to return so"},
    {"nan", TRANSECT_BOOL, "no", NULL, 0, 0, "add not-a-number instead"},
    {"survey", TRANSECT_ENUM, "no", "no yes edits", 0, 0,
     "subscribe after a survey only, or edit in it"},
};

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "bump",
    .summary = "adds to the first element of each row",
    .version = "1",
    .licence = "MIT",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .option_size = sizeof options[0],
    .capabilities = TRANSECT_CAP_EDITS | TRANSECT_CAP_SURVEY |
                    TRANSECT_CAP_THREADS,
    .create = create,
    .ready = ready,
    .destroy = free,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
