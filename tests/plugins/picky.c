/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* picky.c - an editor whose options need and exclude each other, and which
 * forgets its state with one of them. */
#include <stdlib.h>
#include <string.h>
#include <transect/state.h>

struct picky {
    transect_ctx *ctx;
    const struct transect_host *host;
    double sum;
    int by;
};

static int is_set(const struct picky *self, const char *option)
{
    return self->host->is_set(self->ctx, option);
}

static int save(void *state)
{
    const struct picky *self = state;
    const struct transect_state_host *states =
        self->host->extension(self->ctx, TRANSECT_STATE);

    states->put(self->ctx, &self->sum, sizeof self->sum);
    return TRANSECT_OK;
}

static int restore(void *state, const void *bytes, size_t size)
{
    struct picky *self = state;
    double sum;

    if (size != sizeof sum)
        return TRANSECT_FAILED;
    memcpy(&sum, bytes, size);
    if (!is_set(self, "forget"))
        self->sum += sum;
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    static const struct transect_state calls = {
        .size = sizeof calls, .save = save, .restore = restore,
        .merge = restore};
    const struct transect_state_host *states =
        host->extension(ctx, TRANSECT_STATE);
    struct picky *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    return states->declare(ctx, &calls);
}

static int check(const struct picky *self)
{
    const char *side = self->host->get_string(self->ctx, "side");

    if (!is_set(self, "way"))
        return self->host->fail(self->ctx, "there is no way");
    if (!is_set(self, "side"))
        return self->host->fail(self->ctx, "way has no side");
    if (strcmp(side, "larboard") != 0 && strcmp(side, "starboard") != 0)
        return self->host->fail(self->ctx, "side is larboard or starboard, "
                                "not '%s'", side);
    if (is_set(self, "sink") == (is_set(self, "float")))
        return self->host->fail(self->ctx, "float or sink, one of them");
    return TRANSECT_OK;
}

static int on_event(void *state, const struct transect_event *event)
{
    struct picky *self = state;

    self->sum += (double)event->edit[0];
    event->edit[0] += (float)self->by;
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    struct picky *self = state;
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_RESID_POST,
        .flags = TRANSECT_EDIT,
        .on_event = on_event,
    };

    (void)model;
    if (check(self))
        return TRANSECT_FAILED;
    self->by = (int)self->host->get_int(self->ctx, "way");
    return self->host->subscribe(self->ctx, &sub);
}

static int finish(void *state, const void *baseline)
{
    static const struct transect_column column = {
        "sum", TRANSECT_COL_REAL, TRANSECT_COL_METRIC};
    const struct picky *self = state;

    (void)baseline;
    self->host->put_real(self->host->table(self->ctx, "sum", &column, 1),
                         self->sum);
    return TRANSECT_OK;
}

static const struct transect_option options[] = {
    {"way", TRANSECT_INT, NULL, NULL, 0, 2, "how far"},
    {"side", TRANSECT_STRING, NULL, NULL, 0, 0, "on which side"},
    {"float", TRANSECT_BOOL, NULL, NULL, 0, 0, "stays above"},
    {"sink", TRANSECT_BOOL, NULL, NULL, 0, 0, "goes below"},
    {"forget", TRANSECT_BOOL, NULL, NULL, 0, 0, "restores nothing"},
};

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "picky",
    .summary = "has options that need and exclude each other",
    .version = "1",
    .licence = "MIT",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .option_size = sizeof options[0],
    .capabilities = TRANSECT_CAP_EDITS | TRANSECT_CAP_STATE,
    .create = create,
    .ready = ready,
    .finish = finish,
    .destroy = free,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
