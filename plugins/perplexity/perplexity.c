/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* perplexity.c - how well the model predicts each next token. */
#include "perplexity.h"

#include <inttypes.h>
#include <math.h>
#include <transect/kit/arrays.h>
#include <transect/kit/columns.h>
#include <transect/kit/describe.h>
#include <transect/kit/logits.h>
#include <transect/prompts.h>

/* -log softmax(logits)[target], in float64. */
static double surprise(const float *logits, int64_t n, int32_t target)
{
    return transect_logits_log_sum(logits, n) - (double)logits[target];
}

/* One block of rows: row i predicts the token behind position first + i. */
static int on_logits(void *state, const struct transect_event *event)
{
    struct perplexity *self = state;
    const struct transect_view *view = &event->view;
    const int32_t *tokens = self->tokens[event->slot];

    for (int64_t i = 0; i < view->rows; i++) {
        int64_t position = event->first + i;

        if (position < self->skip || position + 1 >= event->n_token)
            continue;
        self->loss[event->sample] +=
            surprise(view->data + i * view->row_stride, view->cols,
                     tokens[position + 1]);
        self->n[event->sample]++;
    }
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct perplexity *self = *state = host->alloc(ctx, 1, sizeof *self);

    self->ctx = ctx;
    self->host = host;
    self->skip = host->get_int(ctx, "skip");
    return TRANSECT_OK;
}

static void take_arrays(struct perplexity *self, struct transect_arrays *from)
{
    size_t n = (size_t)self->n_sample;

    self->loss = transect_array(from, "loss", TRANSECT_FLOAT64,
                                TRANSECT_MERGE_SUM, n);
    self->n = transect_array(from, "n", TRANSECT_INT64, TRANSECT_MERGE_SUM, n);
}

static int ready(void *state, const struct transect_model *model)
{
    struct perplexity *self = state;
    const struct transect_prompts_host *prompts =
        self->host->extension(self->ctx, TRANSECT_PROMPTS);
    struct transect_arrays arrays = transect_arrays_new(self->ctx, self->host);
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_LOGITS,
        .on_event = on_logits,
    };

    if (self->skip + 1 >= model->n_token)
        return self->host->fail(self->ctx,
                                "samples of %d tokens leave nothing to "
                                "predict with skip = %" PRId64 "; take "
                                "longer samples",
                                (int)model->n_token, self->skip);
    self->is_pair = prompts &&
                    prompts->role(self->ctx) == TRANSECT_ROLE_PAIR;
    self->n_sample = model->n_sample;
    self->n_token = model->n_token;
    take_arrays(self, &arrays);
    self->tokens = self->host->alloc(self->ctx, (size_t)model->n_slot,
                                     sizeof *self->tokens);
    return self->host->subscribe(self->ctx, &sub);
}

static int begin(void *state, const struct transect_sample *sample)
{
    struct perplexity *self = state;

    self->tokens[sample->slot] = sample->tokens;
    return TRANSECT_OK;
}

/* Over all predictions of all samples alike. */
static double mean_loss(const struct perplexity *self, int64_t *n)
{
    double sum = 0;

    *n = 0;
    for (int32_t i = 0; i < self->n_sample; i++) {
        sum += self->loss[i];
        *n += self->n[i];
    }
    return sum / (double)*n;
}

static void write_samples(const struct perplexity *self)
{
    static const struct transect_described columns[] = {
        {"sample", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "the sample, from 0"},
        {"predictions", TRANSECT_COL_INT, TRANSECT_COL_INFO, "tokens",
         "how many the loss is over"},
        {"loss", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         "the mean loss of the next token"},
        {"perplexity", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the exponential of the loss"},
    };
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(
        self->ctx, host, "samples", columns, 4);

    for (int32_t i = 0; i < self->n_sample; i++) {
        double loss = self->loss[i] / (double)self->n[i];

        host->put_int(table, i);
        host->put_int(table, self->n[i]);
        host->put_real(table, loss);
        host->put_real(table, exp(loss));
    }
}

static void write_summary(const struct perplexity *self)
{
    static const struct transect_described columns[] = {
        {"predictions", TRANSECT_COL_INT, TRANSECT_COL_INFO, "tokens",
         "how many the loss is over"},
        {"loss", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         "the mean loss of the next token over all samples"},
        {"perplexity", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the exponential of the loss"},
    };
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(
        self->ctx, host, "summary", columns, 3);
    int64_t n;
    double loss = mean_loss(self, &n);

    host->put_int(table, n);
    host->put_real(table, loss);
    host->put_real(table, exp(loss));
}

/* A state that was restored may be any numbers; these are counts. */
static int check_counts(const struct perplexity *self)
{
    for (int32_t i = 0; i < self->n_sample; i++)
        if (self->n[i] < 0 || self->n[i] >= self->n_token)
            return self->host->fail(self->ctx,
                                    "the state is not one of these samples: "
                                    "sample %d has %" PRId64 " predictions",
                                    (int)i, self->n[i]);
    return TRANSECT_OK;
}

static int finish(void *state, const void *baseline)
{
    const struct perplexity *self = state;
    struct transect_arrays from = transect_arrays_other(self->ctx, self->host);
    struct perplexity before = *self;
    double loss, change;
    int64_t n;

    (void)baseline;
    if (check_counts(self))
        return TRANSECT_FAILED;
    loss = mean_loss(self, &n);
    write_samples(self);
    write_summary(self);
    self->host->say(self->ctx,
                    "loss %.5g nats per token, perplexity %.5g, over %" PRId64
                    " predictions", loss, exp(loss), n);
    take_arrays(&before, &from);
    if (from.missing)
        return TRANSECT_OK;
    change = loss - mean_loss(&before, &n);
    self->host->say(self->ctx,
                    "loss against baseline: %+.4g; perplexity x %.4g", change,
                    exp(change));
    return TRANSECT_OK;
}

static const struct transect_option options[] = {
    {"skip", TRANSECT_INT, "0", NULL, 0, 1e9,
     "first predictions of each sample to leave out, for want of context"},
};

static const int32_t points[] = {TRANSECT_LOGITS};

TRANSECT_PLUGIN(
    .name = "perplexity",
    .summary = "how well the model predicts each next token",
    .version = "0.9.0",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    TRANSECT_OPTION_TABLE(options),
    TRANSECT_POINT_LIST(points),
    .create = create,
    .ready = ready,
    .begin = begin,
    .finish = finish,
    .compare = perplexity_compare);
