/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* contrasts.c - a number of each sample, beside those of the same sample in
 * the baseline and among the pairs; keeps rows, if it is asked to. */
#include <math.h>
#include <stdlib.h>
#include <transect/capture.h>
#include <transect/kit/describe.h>
#include <transect/state.h>
#include <transect/workers.h>

struct contrasts {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_state_host *states;
    double *sums; /* (n_sample) of the first elements */
    int32_t n_sample;
};

static int on_event(void *state, const struct transect_event *event)
{
    const struct contrasts *self = state;

    for (int64_t i = 0; i < event->view.rows; i++)
        self->sums[event->sample] +=
            (double)event->view.data[i * event->view.row_stride];
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    const struct transect_workers_host *workers =
        host->extension(ctx, TRANSECT_WORKERS);
    struct contrasts *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    self->states = host->extension(ctx, TRANSECT_STATE);
    return workers->declare(ctx, TRANSECT_ANY_THREAD);
}

static int ready(void *state, const struct transect_model *model)
{
    struct contrasts *self = state;
    const struct transect_capture_host *captures =
        self->host->extension(self->ctx, TRANSECT_CAPTURE);
    const struct transect_array array = {
        .size = sizeof array,
        .name = "sums",
        .element = TRANSECT_FLOAT64,
        .merge = TRANSECT_MERGE_SUM,
        .n = (size_t)model->n_sample,
    };
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_LN_FINAL};

    self->n_sample = model->n_sample;
    self->sums = self->states->keep(self->ctx, &array);
    if (self->host->get_bool(self->ctx, "keep") &&
        captures->keep(self->ctx, TRANSECT_FROM_PROMPT, &sub))
        return TRANSECT_FAILED;
    sub.on_event = on_event;
    return self->host->subscribe(self->ctx, &sub);
}

static int finish(void *state, const void *baseline)
{
    static const struct transect_column columns[] = {
        {"sample", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"own", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"baseline", TRANSECT_COL_REAL, TRANSECT_COL_INFO},
        {"pair", TRANSECT_COL_REAL, TRANSECT_COL_INFO}};
    const struct contrasts *self = state;
    const double *other = self->states->other(self->ctx, "sums");
    const double *pair = self->states->pair(self->ctx, "sums");
    transect_table *table = self->host->table(self->ctx, "sums", columns, 4);

    (void)baseline;
    for (int32_t i = 0; i < self->n_sample; i++) {
        self->host->put_int(table, i);
        self->host->put_real(table, self->sums[i]);
        self->host->put_real(table, other ? other[i] : NAN);
        self->host->put_real(table, pair ? pair[i] : NAN);
    }
    return TRANSECT_OK;
}

static const struct transect_option options[] = {
    {"keep", TRANSECT_BOOL, "no", NULL, 0, 0, "keep rows of the prompts"},
};

TRANSECT_PLUGIN(
    .name = "contrasts",
    .summary = "a number of each sample beside those of others",
    .version = "1",
    .licence = "MIT",
    TRANSECT_OPTION_TABLE(options),
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    .create = create,
    .ready = ready,
    .finish = finish,
    .destroy = free);
