/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* crashes.c - crashes, ends or hangs in the callback that it is told. */
#include <stdlib.h>
#include <string.h>
#include <transect/state.h>
#include <transect/survey.h>
#include <unistd.h>

struct crashes {
    transect_ctx *ctx;
    const struct transect_host *host;
};

static int asked(const struct crashes *self, const char *where)
{
    return strcmp(self->host->get_string(self->ctx, "in"), where) == 0;
}

/* If it is asked to here. */
static void die(const struct crashes *self, const char *where)
{
    const char *how = self->host->get_string(self->ctx, "by");

    if (!asked(self, where))
        return;
    if (strcmp(how, "exit") == 0)
        exit(0);
    while (strcmp(how, "sleep") == 0)
        sleep(1);
    abort();
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

static int save(void *state)
{
    die(state, "save");
    return TRANSECT_OK;
}

static int restore(void *state, const void *bytes, size_t size)
{
    (void)bytes;
    (void)size;
    die(state, "restore");
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    static const struct transect_state calls = {
        .size = sizeof calls, .save = save, .restore = restore};
    const struct transect_state_host *states = host->extension(ctx,
                                                               TRANSECT_STATE);
    struct crashes *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    die(self, "create");
    return states->declare(ctx, &calls);
}

static int surveyed(void *state)
{
    die(state, "surveyed");
    return TRANSECT_OK;
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
    die(self, "ready");
    if (!asked(self, "event") && !asked(self, "head") &&
        !asked(self, "unlayered") && !asked(self, "overflow") &&
        !asked(self, "survey"))
        sub.on_event = quiet;
    if (asked(self, "survey") || asked(self, "surveyed"))
        return survey(self, &sub);
    if (asked(self, "head"))
        sub.point = TRANSECT_PATTERN;
    if (asked(self, "unlayered"))
        sub.point = TRANSECT_LN_FINAL;
    return self->host->subscribe(self->ctx, &sub);
}

static int begin(void *state, const struct transect_sample *sample)
{
    if (sample->sample == 1)
        die(state, "begin");
    return TRANSECT_OK;
}

static int end(void *state, const struct transect_sample *sample)
{
    if (sample->sample == 1)
        die(state, "end");
    return TRANSECT_OK;
}

static int finish(void *state, const void *baseline)
{
    (void)baseline;
    die(state, "finish");
    return TRANSECT_OK;
}

static int compare(void *const *states, const char *const *names, size_t n)
{
    (void)names;
    (void)n;
    die(states[0], "compare");
    return TRANSECT_OK;
}

static const struct transect_option options[] = {
    {"in", TRANSECT_ENUM, NULL,
     "create ready begin event head unlayered overflow survey surveyed end "
     "finish compare save restore",
     0, 0, "where to crash"},
    {"by", TRANSECT_ENUM, "abort", "abort exit sleep", 0, 0,
     "how, where there is a choice"},
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
    .capabilities = TRANSECT_CAP_SURVEY | TRANSECT_CAP_STATE,
    .options = options,
    .n_options = 2,
    .option_size = sizeof options[0],
    .create = create,
    .ready = ready,
    .begin = begin,
    .end = end,
    .finish = finish,
    .compare = compare,
    .destroy = free,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
