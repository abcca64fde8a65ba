/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* crashes.c - crashes in the callback that it is told. */
#include <stdlib.h>
#include <string.h>
#include <transect/survey.h>

struct crashes {
    transect_ctx *ctx;
    const struct transect_host *host;
};

static int asked(const struct crashes *self, const char *where)
{
    return strcmp(self->host->get_string(self->ctx, "in"), where) == 0;
}

/* Too deep for any stack; each call looks at the one before. */
static int dive(const volatile char *above, uint64_t depth)
{
    volatile char here[4096];

    here[0] = here[depth % sizeof here] = *above;
    return depth ? dive(here, depth - 1) + here[0] : 0;
}

static int on_event(void *state, const struct transect_event *event)
{
    const struct crashes *self = state;
    volatile float *volatile nowhere = NULL;
    char top = 0;

    if (event->layer == 0 || event->sample != 1)
        return TRANSECT_OK;
    if (asked(self, "overflow"))
        return dive(&top, UINT64_C(1) << 40);
    *nowhere = 1;
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct crashes *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    return TRANSECT_OK;
}

static int surveyed(void *state)
{
    (void)state;
    abort();
}

static int survey(const struct crashes *self,
                  const struct transect_subscription *sub)
{
    const struct transect_survey_host *surveys =
        self->host->extension(self->ctx, TRANSECT_SURVEY);

    return surveys->survey(self->ctx, sub,
                           asked(self, "surveyed") ? surveyed : NULL);
}

static int quiet(void *state, const struct transect_event *event)
{
    (void)state;
    (void)event;
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    const struct crashes *self = state;
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_RESID_MID,
        .on_event = on_event,
    };

    (void)model;
    if (asked(self, "surveyed"))
        sub.on_event = quiet;
    if (asked(self, "survey") || asked(self, "surveyed"))
        return survey(self, &sub);
    if (asked(self, "head"))
        sub.point = TRANSECT_PATTERN;
    if (asked(self, "unlayered"))
        sub.point = TRANSECT_LN_FINAL;
    return asked(self, "finish") ? TRANSECT_OK
                                 : self->host->subscribe(self->ctx, &sub);
}

static int begin(void *state, const struct transect_sample *sample)
{
    if (asked(state, "begin") && sample->sample == 1)
        abort();
    return TRANSECT_OK;
}

static int finish(void *state, const void *baseline)
{
    (void)state;
    (void)baseline;
    abort();
}

static const struct transect_option options[] = {
    {"in", TRANSECT_ENUM, NULL,
     "begin event head unlayered overflow survey surveyed finish", 0, 0,
     "where to crash"},
};

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "crashes",
    .summary = "crashes where it is told",
    .version = "1",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_SURVEY,
    .options = options,
    .n_options = 1,
    .option_size = sizeof options[0],
    .create = create,
    .ready = ready,
    .begin = begin,
    .finish = finish,
    .destroy = free,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
