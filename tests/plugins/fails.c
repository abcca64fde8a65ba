/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fails.c - fails in the callback that it is told. */
#include <stdlib.h>
#include <string.h>
#include <transect/survey.h>
#include <transect/verdict.h>

struct fails {
    transect_ctx *ctx;
    const struct transect_host *host;
};

/* The result of a callback. */
static int pass(const struct fails *self, const char *callback)
{
    const struct transect_host *host = self->host;

    if (strcmp(host->get_string(self->ctx, "in"), callback) != 0)
        return TRANSECT_OK;
    if (host->get_bool(self->ctx, "silent"))
        return TRANSECT_FAILED;
    return host->fail(self->ctx, "asked to fail in %s", callback);
}

static int on_event(void *state, const struct transect_event *event)
{
    if (event->layer != 1 || event->sample != 1)
        return TRANSECT_OK;
    return pass(state, event->head < 0 ? "event" : "head");
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct fails *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    return pass(self, "create");
}

static int on_survey(void *state, const struct transect_event *event)
{
    return event->layer == 1 && event->sample == 1 ? pass(state, "survey")
                                                   : TRANSECT_OK;
}

static int surveyed(void *state)
{
    return pass(state, "surveyed");
}

static int survey(const struct fails *self)
{
    const struct transect_survey_host *surveys =
        self->host->extension(self->ctx, TRANSECT_SURVEY);
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_MLP_OUT,
        .on_event = on_survey,
    };

    if (strncmp(self->host->get_string(self->ctx, "in"), "survey", 6) != 0)
        return TRANSECT_OK;
    return surveys->survey(self->ctx, &sub, surveyed);
}

static int ready(void *state, const struct transect_model *model)
{
    struct fails *self = state;
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_MLP_OUT,
        .on_event = on_event,
    };

    (void)model;
    if (strcmp(self->host->get_string(self->ctx, "in"), "head") == 0)
        sub.point = TRANSECT_PATTERN;
    if (self->host->subscribe(self->ctx, &sub))
        return TRANSECT_FAILED;
    return survey(self) ? TRANSECT_FAILED : pass(self, "ready");
}

static int begin(void *state, const struct transect_sample *sample)
{
    return sample->sample == 1 ? pass(state, "begin") : TRANSECT_OK;
}

static int end(void *state, const struct transect_sample *sample)
{
    return sample->sample == 1 ? pass(state, "end") : TRANSECT_OK;
}

static int finish(void *state, const void *baseline)
{
    const struct fails *self = state;
    const struct transect_verdict_host *judge =
        self->host->extension(self->ctx, TRANSECT_VERDICT);

    (void)baseline;
    judge->verdict(self->ctx, "none", "all is well");
    return pass(self, "finish");
}

static const struct transect_option options[] = {
    {"in", TRANSECT_ENUM, NULL,
     "create ready survey surveyed begin event head end finish nowhere",
     0, 0, "which callback"},
    {"silent", TRANSECT_BOOL, "no", NULL, 0, 0, "do not say why"},
};

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "fails",
    .summary = "fails where it is told",
    .version = "1",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_SURVEY,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .option_size = sizeof options[0],
    .create = create,
    .ready = ready,
    .begin = begin,
    .end = end,
    .finish = finish,
    .destroy = free,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
