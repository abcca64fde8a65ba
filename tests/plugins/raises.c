/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* raises.c - sends $RAISE_SIGNAL to the program in the callback $RAISE_IN, in
 * the last sample where there is one. The environment is no part of what a
 * checkpoint is known by. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <transect/state.h>
#include <transect/survey.h>
#include <unistd.h>

struct raises {
    transect_ctx *ctx;
    const struct transect_host *host;
    double sum;
};

/* Also for an isolated instance, which is in a child of the program. */
static pid_t program;

__attribute__((constructor)) static void remember(void)
{
    program = getpid();
}

/* Once, since a second signal ends the program in no order. */
static void here(const char *callback)
{
    const char *in = getenv("RAISE_IN"), *number = getenv("RAISE_SIGNAL");
    static int raised;

    if (!raised && in && number && strcmp(in, callback) == 0) {
        raised = 1;
        kill(program, atoi(number));
    }
}

static int on_event(void *state, const struct transect_event *event)
{
    struct raises *self = state;

    if (event->sample == 3)
        here("event");
    self->sum += (double)event->view.data[0];
    return TRANSECT_OK;
}

static int on_survey(void *state, const struct transect_event *event)
{
    (void)state;
    if (event->sample == 3)
        here("survey");
    return TRANSECT_OK;
}

static int surveyed(void *state)
{
    (void)state;
    here("surveyed");
    return TRANSECT_OK;
}

static int save(void *state)
{
    const struct raises *self = state;
    const struct transect_state_host *states =
        self->host->extension(self->ctx, TRANSECT_STATE);

    here("save");
    states->put(self->ctx, &self->sum, sizeof self->sum);
    return TRANSECT_OK;
}

static int restore(void *state, const void *bytes, size_t size)
{
    struct raises *self = state;

    here("restore");
    if (size != sizeof self->sum)
        return TRANSECT_FAILED;
    memcpy(&self->sum, bytes, size);
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    static const struct transect_state calls = {
        .size = sizeof calls, .save = save, .restore = restore};
    const struct transect_state_host *states =
        host->extension(ctx, TRANSECT_STATE);
    struct raises *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    here("create");
    self->ctx = ctx;
    self->host = host;
    *state = self;
    return states->declare(ctx, &calls);
}

static int ready(void *state, const struct transect_model *model)
{
    const struct raises *self = state;
    const struct transect_survey_host *surveys =
        self->host->extension(self->ctx, TRANSECT_SURVEY);
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_RESID_POST,
        .on_event = on_survey,
    };

    (void)model;
    here("ready");
    if (surveys->survey(self->ctx, &sub, surveyed))
        return TRANSECT_FAILED;
    sub.on_event = on_event;
    return self->host->subscribe(self->ctx, &sub);
}

static int begin(void *state, const struct transect_sample *sample)
{
    (void)state;
    if (sample->sample == 3)
        here("begin");
    return TRANSECT_OK;
}

static int end(void *state, const struct transect_sample *sample)
{
    (void)state;
    if (sample->sample == 3)
        here("end");
    return TRANSECT_OK;
}

static int finish(void *state, const void *baseline)
{
    static const struct transect_column column = {
        "sum", TRANSECT_COL_REAL, TRANSECT_COL_METRIC};
    const struct raises *self = state;

    (void)baseline;
    here("finish");
    self->host->put_real(self->host->table(self->ctx, "sum", &column, 1),
                         self->sum);
    return TRANSECT_OK;
}

static int compare(void *const *states, const char *const *names, size_t n)
{
    (void)states;
    (void)names;
    (void)n;
    here("compare");
    return TRANSECT_OK;
}

static void destroy(void *state)
{
    here("destroy");
    free(state);
}

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "raises",
    .summary = "interrupts the program",
    .version = "1",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_SURVEY,
    .create = create,
    .ready = ready,
    .begin = begin,
    .end = end,
    .finish = finish,
    .compare = compare,
    .destroy = destroy,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
