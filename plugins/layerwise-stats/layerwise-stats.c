/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* layerwise-stats.c - the largest activations of every layer. */
#include "layerwise.h"

#include "verdict.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <transect/kit/arrays.h>
#include <transect/kit/columns.h>
#include <transect/kit/describe.h>
#include <transect/kit/text.h>
#include <transect/prompts.h>
#include <transect/reduce.h>
#include <transect/verdict.h>

/* The largest magnitudes of a sample: (n_top, 3) with position and dim. */
static int on_top(void *state, const struct transect_event *event)
{
    const struct layerwise *self = state;
    const struct layer *layer = &self->layers[event->layer];
    const struct transect_view *view = &event->view;
    const float *first = view->data;

    for (int i = 0; i < self->n_top; i++)
        layer->top[i] += (double)view->data[i * view->row_stride];
    layer->top1[event->sample] = (double)first[0];
    if ((double)first[0] > layer->best[BEST_MAGNITUDE]) {
        layer->best[BEST_MAGNITUDE] = (double)first[0];
        layer->best[BEST_SAMPLE] = event->sample;
        layer->best[BEST_ROW] = (double)first[1];
        layer->best[BEST_DIM] = (double)first[2];
    }
    return TRANSECT_OK;
}

static int on_median(void *state, const struct transect_event *event)
{
    const struct layerwise *self = state;

    *self->layers[event->layer].median += (double)event->view.data[0];
    return TRANSECT_OK;
}

static int on_column_max(void *state, const struct transect_event *event)
{
    const struct layerwise *self = state;
    const struct layer *layer = &self->layers[event->layer];

    for (int32_t d = 0; d < self->d_model; d++) {
        float x = event->view.data[d];

        layer->dim_sum[d] += (double)x;
        layer->dim_max[d] = x > layer->dim_max[d] ? x : layer->dim_max[d];
    }
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

/* `user` is what is to be told, of attention or of the MLPs. */
static int on_branch(void *state, const struct transect_event *event)
{
    int32_t *heard = event->user;

    (void)state;
    if (!*heard)
        *heard = !is_silent(&event->view);
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct layerwise *self = *state = host->alloc(ctx, 1, sizeof *self);

    self->ctx = ctx;
    self->host = host;
    self->n_top = (int)host->get_int(ctx, "top");
    self->auto_dims = host->get_enum(ctx, "dims") == 0;
    self->n_dims = host->get_list(ctx, "dims", &self->dims);
    return TRANSECT_OK;
}

static void take_arrays(struct layerwise *self, struct transect_arrays *from)
{
    size_t n = (size_t)self->n_layer, n_top = (size_t)self->n_top;
    size_t d = (size_t)self->d_model, n_sample = (size_t)self->n_sample;
    struct layer all = {
        .top = transect_array(from, "top", TRANSECT_FLOAT64,
                              TRANSECT_MERGE_SUM, n * n_top),
        .top1 = transect_array(from, "top1", TRANSECT_FLOAT64,
                               TRANSECT_MERGE_SUM, n * n_sample),
        .median = transect_array(from, "median", TRANSECT_FLOAT64,
                                 TRANSECT_MERGE_SUM, n),
        .best = transect_array_best(from, "best", N_BEST, n),
        .dim_sum = transect_array(from, "dim_sum", TRANSECT_FLOAT64,
                                  TRANSECT_MERGE_SUM, n * d),
        .dim_max = transect_array(from, "dim_max", TRANSECT_FLOAT32,
                                  TRANSECT_MERGE_MAX, n * d),
    };

    self->heard = transect_array(from, "heard", TRANSECT_INT32,
                                 TRANSECT_MERGE_MAX, 2);
    self->layers = self->host->alloc(self->ctx, n, sizeof *self->layers);
    for (size_t l = 0; l < n && !from->missing; l++)
        self->layers[l] = (struct layer){
            all.top + l * n_top, all.top1 + l * n_sample, all.median + l,
            all.best + l * N_BEST, all.dim_sum + l * d, all.dim_max + l * d};
}

/* The statistics of resid_post, made by the host. */
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
    static const int32_t branches[] = {TRANSECT_ATTN_OUT, TRANSECT_MLP_OUT};
    struct layerwise *self = state;
    struct transect_arrays arrays = transect_arrays_new(self->ctx, self->host);
    int status;

    self->n_layer = model->n_layer;
    self->d_model = model->d_model;
    self->n_sample = model->n_sample;
    self->n_token = model->n_token;
    take_arrays(self, &arrays);
    status = listen_to_stream(self);
    for (size_t i = 0; i < 2 && !status; i++) {
        struct transect_subscription sub = {.size = sizeof sub,
                                            .point = branches[i],
                                            .on_event = on_branch,
                                            .user = &self->heard[i]};

        status = self->host->subscribe(self->ctx, &sub);
    }
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
    host->put_int(table, (int64_t)self->layers[l].best[BEST_DIM]);
    host->put_int(table, (int64_t)self->layers[l].best[BEST_ROW]);
}

#define MAX_TOP 100

static void write_layers(const struct layerwise *self)
{
    static const struct transect_described
        layer = {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
                 "the layer, from 0"},
        top = {NULL, TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
               "the mean over samples of the magnitude of that rank"},
        rest[] = {
            {"median", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
             "the mean over samples of the median magnitude"},
            {"ratio", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
             "top1 over median"},
            {"top1_std", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
             "the standard deviation of top1 over samples"},
            {"top1_dim", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
             "the dim of the largest magnitude of all samples"},
            {"top1_pos", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
             "its position"},
        };
    struct transect_described columns[MAX_TOP + 6];
    char top_names[MAX_TOP][16];
    size_t n = 0;
    transect_table *table;

    columns[n++] = layer;
    for (int i = 0; i < self->n_top; i++) {
        snprintf(top_names[i], sizeof top_names[i], "top%d", i + 1);
        columns[n] = top;
        columns[n++].name = top_names[i];
    }
    for (int i = 0; i < 5; i++)
        columns[n++] = rest[i];
    table = transect_table_described(self->ctx, self->host, "layers", columns,
                                     n);
    for (int32_t l = 0; l < self->n_layer; l++)
        put_layer(self, table, l);
}

void layerwise_mark_dims(const struct layerwise *self,
                         const struct layerwise *chooser, bool *marked)
{
    for (size_t i = 0; !self->auto_dims && i < self->n_dims; i++)
        marked[self->dims[i]] = true;
    for (int32_t l = 0; self->auto_dims && l < chooser->n_layer; l++)
        marked[(size_t)chooser->layers[l].best[BEST_DIM]] = true;
}

static void write_dims(const struct layerwise *self,
                      const struct layerwise *baseline)
{
    static const struct transect_described columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the layer, from 0"},
        {"dim", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the dim, from 0"},
        {"mean", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the mean over samples of the dim's largest magnitude"},
        {"max", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the dim's largest magnitude in any sample"},
    };
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(
        self->ctx, host, "dims", columns, 4);
    bool *marked = host->alloc(self->ctx, (size_t)self->d_model,
                               sizeof *marked);

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
                    "highest ratio to its layer's median: layer %d, %.4g = "
                    "%.4g x median, at position %d, dim %d; massive "
                    "(> 100 and > 1000 x median) in %d of %d layers",
                    (int)best, layerwise_top(self, best, 0),
                    layerwise_ratio(self, best),
                    (int)self->layers[best].best[BEST_ROW],
                    (int)self->layers[best].best[BEST_DIM], n_massive(self),
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
    return (self->heard[0] ? 0u : NO_ATTENTION) |
           (self->heard[1] ? 0u : NO_MLPS);
}

static bool is_elsewhere(const double *was, const double *is)
{
    return was[BEST_ROW] < is[BEST_ROW] || was[BEST_ROW] > is[BEST_ROW] ||
           was[BEST_DIM] < is[BEST_DIM] || was[BEST_DIM] > is[BEST_DIM];
}

/* Of a variant its change, of a baseline what it holds. */
static void give_verdict(const struct layerwise *self,
                         const struct layerwise *baseline)
{
    const struct transect_verdict_host *judge =
        self->host->extension(self->ctx, TRANSECT_VERDICT);
    const struct transect_prompts_host *prompts =
        self->host->extension(self->ctx, TRANSECT_PROMPTS);
    size_t n = (size_t)self->n_layer;
    double *first = self->host->alloc(self->ctx, 2 * n, sizeof *first);
    bool *moved = self->host->alloc(self->ctx, n, sizeof *moved);
    struct change change = {
        .before = first, .after = first + n, .n_layer = self->n_layer,
        .massive = baseline && n_massive(baseline) > 0,
        .missing = missing(self),
        .pair = prompts && prompts->role(self->ctx) == TRANSECT_ROLE_PAIR,
        .moved = moved};
    struct transect_text text = transect_text_new(self->ctx, self->host);

    for (int32_t l = 0; l < self->n_layer; l++) {
        first[l] = layerwise_top(baseline ? baseline : self, l, 0);
        first[(int32_t)n + l] = baseline ? layerwise_top(self, l, 0)
                                         : layerwise_median(self, l);
        moved[l] = baseline && is_elsewhere(baseline->layers[l].best,
                                            self->layers[l].best);
    }
    if (baseline)
        verdict_change(&change, &text);
    else
        verdict_massive(first, first + n, self->n_layer, &text);
    judge->verdict_text(self->ctx, baseline ? verdict_change_rule
                                            : verdict_massive_rule,
                        text.bytes);
}

/* A state that was restored may be any numbers; these are places. */
static int check_places(const struct layerwise *self)
{
    for (int32_t l = 0; l < self->n_layer; l++) {
        const double *best = self->layers[l].best;

        if (!(best[BEST_ROW] >= 0 && best[BEST_ROW] < self->n_token &&
              best[BEST_DIM] >= 0 && best[BEST_DIM] < self->d_model))
            return self->host->fail(self->ctx,
                                    "the state is not one of these samples: "
                                    "the largest value of layer %d is at "
                                    "position %g, dim %g",
                                    (int)l, best[BEST_ROW], best[BEST_DIM]);
    }
    return TRANSECT_OK;
}

static int finish(void *state, const void *unused)
{
    struct layerwise *self = state, other = *self, *baseline = &other;
    struct transect_arrays from = transect_arrays_other(self->ctx, self->host);

    (void)unused;
    if (check_places(self))
        return TRANSECT_FAILED;
    take_arrays(&other, &from);
    if (from.missing)
        baseline = NULL;
    write_layers(self);
    say_largest(self);
    if (baseline)
        say_change(self, baseline);
    give_verdict(self, baseline);
    write_dims(self, baseline);
    return figures_of_variant(self, baseline);
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

TRANSECT_PLUGIN(
    .name = "layerwise-stats",
    .summary = "largest and median magnitudes of the hidden state of every "
               "layer",
    .version = "0.9.0",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    TRANSECT_OPTION_TABLE(options),
    TRANSECT_POINT_LIST(points),
    .create = create,
    .ready = ready,
    .finish = finish,
    .compare = figures_compare);
