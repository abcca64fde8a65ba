/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * frozen11.c - an observer that uses everything ABI 1.1 added, and the kit. It
 * is compiled with the headers of 1.1 in tests/abi/1.1, which nobody changes
 * any more, and stands for the binaries that other people keep.
 */
#include "abi/layout11.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <transect/kit/arrays.h>
#include <transect/kit/describe.h>
#include <transect/kit/drawing.h>
#include <transect/kit/statistics.h>
#include <transect/kit/text.h>

/* What is counted; a subscription's `user` is its counter. */
enum { LAST, TWO_LAST, SURVEY, N_COUNTS };

struct frozen {
    transect_ctx *ctx;
    const struct transect_host *host;
    int64_t *counts; /* (N_COUNTS) rows */
    double *sum;     /* (1) of last rows */
    double *best;    /* (3) magnitude, sample, position */
    float *least;    /* (1) */
    struct transect_moments *moments; /* (1) of magnitudes; merged here */
    struct transect_model model;
    int64_t surveyed;
    int wrong;
};

static char provider[] = "what the descriptor's user points to";

static int on_row(void *state, const struct transect_event *event)
{
    struct frozen *self = state;
    int64_t *count = event->user;
    const struct transect_view *x = &event->view;
    double first = (double)x->data[0];

    *count += x->rows;
    if (count != &self->counts[LAST])
        return TRANSECT_OK;
    *self->sum += first;
    transect_moments_add(self->moments, fabs(first));
    if (fabs(first) > self->best[0]) {
        self->best[0] = fabs(first);
        self->best[1] = event->sample;
        self->best[2] = event->first;
    }
    if (x->data[0] < *self->least)
        *self->least = x->data[0];
    self->host->log(self->ctx, TRANSECT_DEBUG, "%s: %g",
                    self->host->point_name(event->point), first);
    return TRANSECT_OK;
}

static int on_survey(void *state, const struct transect_event *event)
{
    int64_t *count = event->user;

    (void)state;
    *count += event->view.rows;
    return TRANSECT_OK;
}

static void take_arrays(struct frozen *self, struct transect_arrays *from)
{
    self->counts = transect_array(from, "counts", TRANSECT_INT64,
                                  TRANSECT_MERGE_SUM, N_COUNTS);
    self->sum = transect_array(from, "sum", TRANSECT_FLOAT64,
                               TRANSECT_MERGE_SUM, 1);
    self->best = transect_array_best(from, "best", 3, 1);
    self->least = transect_array(from, "least", TRANSECT_FLOAT32,
                                 TRANSECT_MERGE_MIN, 1);
    self->moments = transect_array(from, "moments", TRANSECT_FLOAT64,
                                   TRANSECT_MERGE_OWN, 3);
}

static int merge_own(void *state)
{
    struct frozen *self = state, other = *self;
    struct transect_arrays from = transect_arrays_other(self->ctx, self->host);

    take_arrays(&other, &from);
    if (from.missing)
        return self->host->fail_text(self->ctx, "nothing is merged");
    transect_moments_merge(self->moments, other.moments);
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    static const struct transect_state merging = {
        .size = sizeof merging, .merge_own = merge_own};
    const struct transect_state_host *states = host->extension(
        ctx, TRANSECT_STATE);
    struct frozen *self = *state = host->alloc(ctx, 1, sizeof *self);

    self->ctx = ctx;
    self->host = host;
    self->wrong = host->abi_minor < 1 || host->user(ctx) != provider ||
                  host->point_by_name("z") != TRANSECT_Z ||
                  host->point_by_name("y") != -1 ||
                  host->point_name(TRANSECT_N_POINTS) ||
                  strcmp(host->point_name(TRANSECT_LOGITS), "logits") != 0 ||
                  host->get_enum(ctx, "layers") != 0;
    if (host->get_enum(ctx, "how") == 1)
        return host->fail_text(ctx, "100 % of what was asked for");
    host->log_text(ctx, TRANSECT_INFO, "100 % created");
    return states->declare(ctx, &merging);
}

static int listen(const struct frozen *self, int which, int32_t first,
                  int32_t n, const char *position)
{
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_RESID_POST,
        .first_position = first, .n_positions = n, .on_event = on_row,
        .user = &self->counts[which], .position = position};

    return self->host->subscribe(self->ctx, &sub);
}

static int ready(void *state, const struct transect_model *model)
{
    struct frozen *self = state;
    const struct transect_survey_host *surveys = self->host->extension(
        self->ctx, TRANSECT_SURVEY);
    struct transect_arrays own = transect_arrays_new(self->ctx, self->host);
    struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_EMBED, .on_event = on_survey,
        .user = &self->surveyed, .first_position = -3, .n_positions = 1};

    self->model = *model;
    take_arrays(self, &own);
    *self->least = INFINITY;
    if (listen(self, LAST, 0, 0, "last") ||
        listen(self, TWO_LAST, -2, 0, NULL))
        return TRANSECT_FAILED;
    return surveys->survey(self->ctx, &sub, NULL);
}

/* Of a matrix with known order statistics, whose columns lie apart. */
static int statistics_are_right(const struct frozen *self)
{
    static const float data[] = {1, 0, -9, 0, 5, 0, 3, 0, -7, 0};
    const struct transect_reduce_host *reduces = self->host->extension(
        self->ctx, TRANSECT_REDUCE);
    const struct transect_view view = {data, 1, 5, 10, 2};
    float top[2][3];

    reduces->top(self->ctx, &view, 2, top[0]);
    return top[0][0] > 8 && top[0][2] > 0 && top[0][2] < 2 && top[1][0] > 6 &&
           top[1][2] > 3 && fabsf(reduces->median(self->ctx, &view) - 5) < 1;
}

static int facts_are_right(const struct frozen *self)
{
    const struct transect_model *model = &self->model;
    struct transect_view gain;

    return strcmp(model->family, "gpt2") == 0 &&
           model->norm_kind == TRANSECT_NORM_LAYER &&
           model->norm_epsilon > 0 && model->score_scale > 0 &&
           model->rotary_kind == TRANSECT_ROTARY_NONE && !model->traits &&
           self->host->weight(self->ctx, TRANSECT_Q_NORM_GAIN, 0, 0, &gain) ==
               TRANSECT_ABSENT;
}

static int draw(const struct frozen *self)
{
    struct transect_drawing drawing = transect_drawing_new(self->ctx,
                                                           self->host);
    struct transect_panel *panel = transect_drawing_panel(
        &drawing, TRANSECT_BARS, NULL, "what", "value");

    transect_drawing_series(&drawing, panel, "sum", self->sum, 1);
    transect_drawing_series(&drawing, panel, "best", self->best, 3);
    return transect_drawing_end(&drawing, "bars", "Bars", 1);
}

static int finish(void *state, const void *baseline)
{
    static const struct transect_column columns[] = {
        {"what", TRANSECT_COL_TEXT, TRANSECT_COL_KEY},
        {"value", TRANSECT_COL_INT, TRANSECT_COL_METRIC},
    };
    const struct frozen *self = state;
    const struct transect_host *host = self->host;
    const struct transect_verdict_host *judge = host->extension(
        self->ctx, TRANSECT_VERDICT);
    struct transect_arrays from = transect_arrays_other(self->ctx, host);
    struct frozen other = *self;
    struct {
        const char *what;
        int64_t value;
    } rows[] = {
        {"last", self->counts[LAST]},
        {"two last", self->counts[TWO_LAST]},
        {"surveyed", self->surveyed},
        {"merged", (int64_t)self->moments->n},
        {"best", self->best[0] >= fabs((double)*self->least)},
        {"statistics", statistics_are_right(self)},
        {"facts", facts_are_right(self)},
        {"wrong", self->wrong},
        {"baseline", 0},
    };
    transect_table *table = host->table(self->ctx, "frozen11", columns, 2);

    take_arrays(&other, &from);
    rows[8].value = !from.missing && other.sum[0] != self->sum[0];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        host->put_text(table, rows[i].what);
        host->put_int(table, rows[i].value);
    }
    if (from.missing != !baseline)
        return host->fail_text(self->ctx, "the baseline is half there");
    host->say_text(self->ctx, "100 % said");
    judge->verdict_text(self->ctx, "100 % rule", "100 % verdict");
    return draw(self);
}

static const struct transect_option options[] = {
    {"how", TRANSECT_ENUM, "well", "well fail", 0, 0,
     "what to do"},
    {"layers", TRANSECT_LAYERS, "auto", "auto all", 0, 0, "nothing"},
};

static const int32_t points[] = {TRANSECT_EMBED, TRANSECT_RESID_POST};

TRANSECT_PLUGIN(
    .name = "frozen11",
    .summary = "uses what ABI 1.1 added",
    .version = "1.1",
    .licence = "MIT",
    TRANSECT_OPTION_TABLE(options),
    TRANSECT_POINT_LIST(points),
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_SURVEY |
                    TRANSECT_CAP_THREADS,
    .create = create,
    .ready = ready,
    .finish = finish,
    .user = provider);
