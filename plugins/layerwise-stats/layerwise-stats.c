/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* layerwise-stats.c - the largest activations of every layer. */
#include "layerwise.h"

#include "../common/any-thread.h"
#include "verdict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <transect/reduce.h>

/* self->top is that of a sample in the layer. */
static void add_top(const struct layerwise *self, struct layer *layer,
                    int32_t sample)
{
    for (int i = 0; i < self->n_top; i++)
        layer->top[i] += (double)self->top[i].magnitude;
    layer->top1[sample] = (double)self->top[0].magnitude;
    if (self->top[0].magnitude > layer->best.magnitude)
        layer->best = self->top[0];
}

static void add_column_max(const struct layerwise *self, struct layer *layer,
                           const float *column_max)
{
    for (int32_t d = 0; d < self->d_model; d++) {
        float x = column_max[d];

        layer->dim_sum[d] += (double)x;
        layer->dim_max[d] = x > layer->dim_max[d] ? x : layer->dim_max[d];
    }
}

/* Of a host that makes no reductions. */
static int on_resid_post(void *state, const struct transect_event *event)
{
    struct layerwise *self = state;
    struct layer *layer = &self->layers[event->layer];

    memset(self->column_max, 0,
           (size_t)self->d_model * sizeof *self->column_max);
    magnitude_top(&event->view, self->top, self->n_top, self->column_max);
    add_top(self, layer, event->sample);
    layer->median += (double)magnitude_median(&event->view);
    add_column_max(self, layer, self->column_max);
    return TRANSECT_OK;
}

static int on_top(void *state, const struct transect_event *event)
{
    struct layerwise *self = state;
    const struct transect_view *view = &event->view;

    for (int64_t i = 0; i < view->rows; i++) {
        const float *row = view->data + i * view->row_stride;

        self->top[i] = (struct top){row[0], (int64_t)row[1],
                                    (int64_t)row[2]};
    }
    add_top(self, &self->layers[event->layer], event->sample);
    return TRANSECT_OK;
}

static int on_median(void *state, const struct transect_event *event)
{
    struct layerwise *self = state;

    self->layers[event->layer].median += (double)event->view.data[0];
    return TRANSECT_OK;
}

static int on_column_max(void *state, const struct transect_event *event)
{
    struct layerwise *self = state;

    add_column_max(self, &self->layers[event->layer], event->view.data);
    return TRANSECT_OK;
}

/* Stops at the first element that is not 0, so mostly at once. */
static bool is_silent(const struct transect_view *view)
{
    for (int64_t i = 0; i < view->rows; i++)
        for (int64_t j = 0; j < view->cols; j++)
            if (view->data[i * view->row_stride + j] != 0)
                return false;
    return true;
}

static int on_attn_out(void *state, const struct transect_event *event)
{
    struct layerwise *self = state;

    if (!self->heard_attention)
        self->heard_attention = !is_silent(&event->view);
    return TRANSECT_OK;
}

static int on_mlp_out(void *state, const struct transect_event *event)
{
    struct layerwise *self = state;

    if (!self->heard_mlps)
        self->heard_mlps = !is_silent(&event->view);
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct layerwise *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    any_thread_declare(ctx, host);
    self->n_top = (int)host->get_int(ctx, "top");
    self->auto_dims = strcmp(host->get_string(ctx, "dims"), "auto") == 0;
    self->n_dims = host->get_list(ctx, "dims", &self->dims);
    return state_declare(self);
}

static bool allocate(struct layerwise *self)
{
    size_t d = (size_t)self->d_model, n_top = (size_t)self->n_top;
    bool good;

    self->layers = calloc((size_t)self->n_layer, sizeof *self->layers);
    self->top = calloc(n_top, sizeof *self->top);
    self->column_max = calloc(d, sizeof *self->column_max);
    good = self->layers && self->top && self->column_max;
    for (int32_t l = 0; good && l < self->n_layer; l++) {
        struct layer *layer = &self->layers[l];

        layer->top = calloc(n_top, sizeof *layer->top);
        layer->top1 = calloc((size_t)self->n_sample, sizeof *layer->top1);
        layer->dim_sum = calloc(d, sizeof *layer->dim_sum);
        layer->dim_max = calloc(d, sizeof *layer->dim_max);
        good = layer->top && layer->top1 && layer->dim_sum &&
               layer->dim_max;
    }
    return good;
}

static int listen(const struct layerwise *self, int32_t point,
                  transect_event_fn on_event)
{
    struct transect_subscription sub = {
        .size = sizeof sub, .point = point, .on_event = on_event};

    return self->host->subscribe(self->ctx, &sub);
}

/* The statistics of resid_post, made by the host if it can. */
static int listen_to_stream(const struct layerwise *self)
{
    const struct transect_reduce_host *reduces =
        self->host->extension(self->ctx, TRANSECT_REDUCE);
    const struct {
        int32_t kind, n;
        transect_event_fn on_event;
    } wanted[] = {{TRANSECT_REDUCE_TOP, self->n_top, on_top},
                  {TRANSECT_REDUCE_MEDIAN, 0, on_median},
                  {TRANSECT_REDUCE_COLUMN_MAX, 0, on_column_max}};
    int status = TRANSECT_OK;

    if (!reduces)
        return listen(self, TRANSECT_RESID_POST, on_resid_post);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0] && !status; i++) {
        struct transect_subscription sub = {.size = sizeof sub,
                                            .point = TRANSECT_RESID_POST,
                                            .on_event = wanted[i].on_event};
        struct transect_reduction reduction = {
            sizeof reduction, wanted[i].kind, wanted[i].n};

        status = reduces->subscribe(self->ctx, &sub, &reduction);
    }
    return status;
}

static int ready(void *state, const struct transect_model *model)
{
    struct layerwise *self = state;
    int status;

    self->n_layer = model->n_layer;
    self->d_model = model->d_model;
    self->n_sample = model->n_sample;
    if (!allocate(self))
        return self->host->fail(self->ctx, "no memory");
    status = listen_to_stream(self);
    if (!status)
        status = listen(self, TRANSECT_ATTN_OUT, on_attn_out);
    if (!status)
        status = listen(self, TRANSECT_MLP_OUT, on_mlp_out);
    return status;
}

/* Population standard deviation of top1 over samples. */
double layerwise_spread(const struct layerwise *self, int32_t l)
{
    double mean = layerwise_top(self, l, 0), sum = 0;

    for (int32_t i = 0; i < self->n_sample; i++) {
        double x = self->layers[l].top1[i] - mean;

        sum += x * x;
    }
    return sqrt(sum / self->n_sample);
}

static void put_layer(const struct layerwise *self, transect_table *table,
                      int32_t l)
{
    const struct transect_host *host = self->host;

    host->put_int(table, l);
    for (int i = 0; i < self->n_top; i++)
        host->put_real(table, layerwise_top(self, l, i));
    host->put_real(table, layerwise_median(self, l));
    host->put_real(table, layerwise_ratio(self, l));
    host->put_real(table, layerwise_spread(self, l));
    host->put_int(table, self->layers[l].best.col);
    host->put_int(table, self->layers[l].best.row);
}

#define MAX_TOP 100

static void write_layers(const struct layerwise *self)
{
    static const char *const names[] = {"median", "ratio", "top1_std",
                                        "top1_dim", "top1_pos"};
    struct transect_column columns[MAX_TOP + 6];
    char top_names[MAX_TOP][16];
    size_t n = 0;
    transect_table *table;

    columns[n++] = (struct transect_column){"layer", TRANSECT_COL_INT,
                                            TRANSECT_COL_KEY};
    for (int i = 0; i < self->n_top; i++) {
        snprintf(top_names[i], sizeof top_names[i], "top%d", i + 1);
        columns[n++] = (struct transect_column){
            top_names[i], TRANSECT_COL_REAL, TRANSECT_COL_METRIC};
    }
    for (int i = 0; i < 5; i++)
        columns[n++] = (struct transect_column){
            names[i], i < 3 ? TRANSECT_COL_REAL : TRANSECT_COL_INT,
            i < 3 ? TRANSECT_COL_METRIC : TRANSECT_COL_INFO};
    table = self->host->table(self->ctx, "layers", columns, n);
    for (int32_t l = 0; l < self->n_layer; l++)
        put_layer(self, table, l);
}

void layerwise_mark_dims(const struct layerwise *self,
                         const struct layerwise *chooser, bool *marked)
{
    for (size_t i = 0; !self->auto_dims && i < self->n_dims; i++)
        marked[self->dims[i]] = true;
    for (int32_t l = 0; self->auto_dims && l < chooser->n_layer; l++)
        marked[chooser->layers[l].best.col] = true;
}

static int write_dims(const struct layerwise *self,
                      const struct layerwise *baseline)
{
    static const struct transect_column columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"dim", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"mean", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"max", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
    };
    const struct transect_host *host = self->host;
    transect_table *table = host->table(self->ctx, "dims", columns, 4);
    bool *marked = calloc((size_t)self->d_model, sizeof *marked);

    if (!marked)
        return host->fail(self->ctx, "no memory");
    layerwise_mark_dims(self, baseline ? baseline : self, marked);
    for (int32_t l = 0; l < self->n_layer; l++) {
        for (int32_t d = 0; d < self->d_model; d++) {
            if (!marked[d])
                continue;
            host->put_int(table, l);
            host->put_int(table, d);
            host->put_real(table,
                           self->layers[l].dim_sum[d] / self->n_sample);
            host->put_real(table, (double)self->layers[l].dim_max[d]);
        }
    }
    free(marked);
    return TRANSECT_OK;
}

static int n_massive(const struct layerwise *self)
{
    int n = 0;

    for (int32_t l = 0; l < self->n_layer; l++)
        n += verdict_is_massive(layerwise_top(self, l, 0),
                                layerwise_median(self, l));
    return n;
}

static void say_largest(const struct layerwise *self)
{
    int32_t best = 0;

    for (int32_t l = 1; l < self->n_layer; l++)
        if (layerwise_ratio(self, l) > layerwise_ratio(self, best))
            best = l;
    self->host->say(self->ctx,
                    "largest activation for its layer: layer %d, %.4g = "
                    "%.4g x median, at position %d, dim %d; massive "
                    "(> 100 and > 1000 x median) in %d of %d layers",
                    (int)best, layerwise_top(self, best, 0),
                    layerwise_ratio(self, best),
                    (int)self->layers[best].best.row,
                    (int)self->layers[best].best.col, n_massive(self),
                    (int)self->n_layer);
}

/* Largest magnitude of every layer against the baseline's. */
static void say_change(const struct layerwise *self,
                       const struct layerwise *baseline)
{
    double sum = 0, largest = 0;
    int32_t at = 0;

    for (int32_t l = 0; l < self->n_layer; l++) {
        double before = layerwise_top(baseline, l, 0);
        double change = 100 * (layerwise_top(self, l, 0) - before) / before;

        sum += change;
        if (fabs(change) > fabs(largest)) {
            largest = change;
            at = l;
        }
    }
    self->host->say(self->ctx,
                    "top1 against baseline: mean change %+.2f %%; largest "
                    "%+.2f %% in layer %d (%.4g -> %.4g)",
                    sum / self->n_layer, largest, (int)at,
                    layerwise_top(baseline, at, 0),
                    layerwise_top(self, at, 0));
}

static enum missing missing(const struct layerwise *self)
{
    return (self->heard_attention ? 0u : NO_ATTENTION) |
           (self->heard_mlps ? 0u : NO_MLPS);
}

static bool is_elsewhere(const struct top *was, const struct top *is)
{
    return was->row != is->row || was->col != is->col;
}

/* Of a variant its change, of a baseline what it holds. */
static int give_verdict(const struct layerwise *self,
                        const struct layerwise *baseline)
{
    const struct transect_verdict_host *judge =
        self->host->extension(self->ctx, TRANSECT_VERDICT);
    size_t n = (size_t)self->n_layer;
    double *first = calloc(2 * n, sizeof *first);
    bool *moved = calloc(n, sizeof *moved);
    struct change change = {first, first + n, self->n_layer,
                            baseline && n_massive(baseline) > 0,
                            missing(self), moved};
    char text[2000];

    if (!first || !moved) {
        free(first);
        free(moved);
        return self->host->fail(self->ctx, "no memory");
    }
    for (int32_t l = 0; l < self->n_layer; l++) {
        first[l] = layerwise_top(baseline ? baseline : self, l, 0);
        first[(int32_t)n + l] = baseline ? layerwise_top(self, l, 0)
                                         : layerwise_median(self, l);
        moved[l] = baseline && is_elsewhere(&baseline->layers[l].best,
                                            &self->layers[l].best);
    }
    if (baseline)
        verdict_change(&change, text, sizeof text);
    else
        verdict_massive(first, first + n, self->n_layer, text, sizeof text);
    if (judge)
        judge->verdict(self->ctx, baseline ? verdict_change_rule
                                           : verdict_massive_rule,
                       "%s", text);
    free(first);
    free(moved);
    return TRANSECT_OK;
}

static int finish(void *state, const void *baseline)
{
    struct layerwise *self = state;

    write_layers(self);
    say_largest(self);
    if (baseline)
        say_change(self, baseline);
    if (give_verdict(self, baseline) || write_dims(self, baseline))
        return TRANSECT_FAILED;
    return figures_of_variant(self, baseline);
}

static void destroy(void *state)
{
    struct layerwise *self = state;

    for (int32_t l = 0; self->layers && l < self->n_layer; l++) {
        free(self->layers[l].top);
        free(self->layers[l].top1);
        free(self->layers[l].dim_sum);
        free(self->layers[l].dim_max);
    }
    free(self->layers);
    free(self->top);
    free(self->column_max);
    free(self);
}

static const struct transect_option options[] = {
    {"top", TRANSECT_INT, "3", NULL, 1, MAX_TOP,
     "how many of the largest magnitudes to report"},
    {"dims", TRANSECT_DIMS, "auto", "auto", 0, 0,
     "dims to track; auto: each that holds the largest value of some "
     "layer"},
};

static const int32_t points[] = {TRANSECT_ATTN_OUT, TRANSECT_MLP_OUT,
                                 TRANSECT_RESID_POST};

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "layerwise-stats",
    .summary = "largest and median magnitudes of the hidden state of every "
               "layer",
    .version = "0.9.0",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .option_size = sizeof options[0],
    .n_points = sizeof points / sizeof points[0],
    .points = points,
    .create = create,
    .ready = ready,
    .finish = finish,
    .destroy = destroy,
    .compare = figures_compare,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
