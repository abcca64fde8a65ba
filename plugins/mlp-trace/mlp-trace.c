/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mlp-trace.c - where inside the MLPs large activations arise. */
#include "mlp-trace.h"

#include <math.h>
#include <string.h>
#include <transect/kit/arrays.h>
#include <transect/kit/describe.h>

const char *const checkpoint_names[N_CHECKPOINTS] = {
    "ln2", "mlp_pre", "mlp_gate", "mlp_post", "mlp_out"};

static const int32_t points[N_CHECKPOINTS] = {
    TRANSECT_LN2, TRANSECT_MLP_PRE, TRANSECT_MLP_GATE, TRANSECT_MLP_POST,
    TRANSECT_MLP_OUT};

double trace_max(const struct mlp_trace *self, int32_t layer, int at)
{
    return self->layers[layer].max[at] / self->n_sample;
}

double trace_median(const struct mlp_trace *self, int32_t layer, int at)
{
    return self->layers[layer].median[at] / self->n_sample;
}

double trace_ratio(const struct mlp_trace *self, int32_t layer, int at)
{
    return trace_max(self, layer, at) / trace_median(self, layer, at);
}

static int checkpoint_of(int32_t point)
{
    int at = 0;

    while (at < N_CHECKPOINTS && points[at] != point)
        at++;
    return at;
}

/* The rows of a sample among those kept of the layer under way. */
static float *kept_rows(const struct mlp_trace *self,
                        const struct transect_event *event)
{
    size_t row = (size_t)event->slot * (size_t)self->n_token +
                 (size_t)event->first;

    return self->post + row * (size_t)self->d_mlp;
}

static void take_units(struct mlp_trace *self,
                       const struct transect_event *event)
{
    struct layer *layer = &self->layers[event->layer];
    const struct transect_view *view = &event->view;
    float *kept = kept_rows(self, event);

    for (int64_t i = 0; i < view->rows; i++, kept += self->d_mlp) {
        const float *row = view->data + i * view->row_stride;

        memcpy(kept, row, (size_t)self->d_mlp * sizeof *kept);
        for (int32_t f = 0; f < self->d_mlp; f++) {
            layer->sum[f] += (double)row[f];
            layer->low[f] = row[f] < layer->low[f] ? row[f] : layer->low[f];
            layer->high[f] = row[f] > layer->high[f] ? row[f]
                                                     : layer->high[f];
        }
    }
    *layer->n_row += view->rows;
}

/* mlp_post of that sample came before. */
static void take_peak(struct mlp_trace *self,
                      const struct transect_event *event, int64_t row)
{
    const struct layer *layer = &self->layers[event->layer];
    const struct transect_view *view = &event->view;
    const float *post = kept_rows(self, event) + row * self->d_mlp;
    const float *out = view->data + row * view->row_stride;

    for (int32_t f = 0; f < self->d_mlp; f++)
        layer->peak_post[f] = (double)post[f];
    for (int32_t i = 0; i < self->d_model; i++)
        layer->peak_out[i] = (double)out[i];
}

/* top: the largest magnitude of the view, its row and its column. */
static void take_best(struct mlp_trace *self,
                      const struct transect_event *event, int at,
                      const float *top)
{
    const struct layer *layer = &self->layers[event->layer];
    double *best = layer->best[at];

    if (!((double)top[0] > best[BEST_MAGNITUDE]))
        return;
    best[BEST_MAGNITUDE] = (double)top[0];
    best[BEST_SAMPLE] = event->sample;
    best[BEST_ROW] = (double)top[1] + event->first;
    best[BEST_UNIT] = (double)top[2];
    if (at == MLP_OUT) {
        layer->peak[BEST_MAGNITUDE] = best[BEST_MAGNITUDE];
        layer->peak[BEST_SAMPLE] = best[BEST_SAMPLE];
        take_peak(self, event, (int64_t)top[1]);
    }
}

static int on_event(void *state, const struct transect_event *event)
{
    struct mlp_trace *self = state;
    const struct layer *layer = &self->layers[event->layer];
    int at = checkpoint_of(event->point);
    float top[3];

    self->reduces->top(self->ctx, &event->view, 1, top);
    layer->max[at] += (double)top[0];
    layer->median[at] += (double)self->reduces->median(self->ctx,
                                                       &event->view);
    if (at == MLP_POST)
        take_units(self, event);
    take_best(self, event, at, top);
    return TRANSECT_OK;
}

/* points: `*` stands for those that the model has. */
static int choose_points(struct mlp_trace *self)
{
    const int32_t *list;
    size_t n = self->host->get_list(self->ctx, "points", &list);
    bool all = strcmp(self->host->get_string(self->ctx, "points"), "*") == 0;

    for (size_t i = 0; i < n; i++) {
        int at = checkpoint_of(list[i]);

        if (at < N_CHECKPOINTS)
            self->reported[at] = true;
        else if (!all)
            return self->host->fail(self->ctx,
                                    "points = %s: an MLP has the points ln2, "
                                    "mlp_pre, mlp_gate (if it is gated), "
                                    "mlp_post and mlp_out",
                                    self->host->get_string(self->ctx,
                                                           "points"));
    }
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct mlp_trace *self = *state = host->alloc(ctx, 1, sizeof *self);

    self->ctx = ctx;
    self->host = host;
    self->reduces = host->extension(ctx, TRANSECT_REDUCE);
    self->auto_dims = host->get_enum(ctx, "dims") == 0;
    self->n_dims = host->get_list(ctx, "dims", &self->dims);
    self->n_chosen = host->get_list(ctx, "layers", &self->chosen);
    self->n_unit = (int)host->get_int(ctx, "units");
    return choose_points(self);
}

static void take_arrays(struct mlp_trace *self, struct transect_arrays *from)
{
    size_t n = self->n_chosen, f = (size_t)self->d_mlp;
    size_t record = N_PEAK + f + (size_t)self->d_model;
    double *max = transect_array(from, "max", TRANSECT_FLOAT64,
                                 TRANSECT_MERGE_SUM, n * N_CHECKPOINTS);
    double *median = transect_array(from, "median", TRANSECT_FLOAT64,
                                    TRANSECT_MERGE_SUM, n * N_CHECKPOINTS);
    double *best = transect_array_best(from, "best", N_BEST,
                                       n * N_CHECKPOINTS);
    double *sum = transect_array(from, "sum", TRANSECT_FLOAT64,
                                 TRANSECT_MERGE_SUM, n * f);
    float *low = transect_array(from, "low", TRANSECT_FLOAT32,
                                TRANSECT_MERGE_MIN, n * f);
    float *high = transect_array(from, "high", TRANSECT_FLOAT32,
                                 TRANSECT_MERGE_MAX, n * f);
    int64_t *n_row = transect_array(from, "n_row", TRANSECT_INT64,
                                    TRANSECT_MERGE_SUM, n);
    double *peak = transect_array_best(from, "peak", record, n);

    self->layers = self->host->alloc(self->ctx, (size_t)self->n_layer,
                                     sizeof *self->layers);
    for (size_t i = 0; i < n && !from->missing; i++)
        self->layers[self->chosen[i]] = (struct layer){
            .max = max + i * N_CHECKPOINTS,
            .median = median + i * N_CHECKPOINTS,
            .best = (double (*)[N_BEST])best + i * N_CHECKPOINTS,
            .sum = sum + i * f,
            .low = low + i * f,
            .high = high + i * f,
            .n_row = n_row + i,
            .peak = peak + i * record,
            .peak_post = peak + i * record + N_PEAK,
            .peak_out = peak + i * record + N_PEAK + f,
        };
}

/* Before the first sample no unit has a least and a largest value. */
static void clear_ranges(const struct mlp_trace *self)
{
    for (size_t i = 0; i < self->n_chosen; i++)
        for (int32_t f = 0; f < self->d_mlp; f++) {
            self->layers[self->chosen[i]].low[f] = INFINITY;
            self->layers[self->chosen[i]].high[f] = -INFINITY;
        }
}

static int ready(void *state, const struct transect_model *model)
{
    struct mlp_trace *self = state;
    struct transect_arrays arrays = transect_arrays_new(self->ctx, self->host);
    int status = TRANSECT_OK;

    self->n_layer = model->n_layer;
    self->d_model = model->d_model;
    self->d_mlp = model->d_mlp;
    self->n_sample = model->n_sample;
    self->n_token = model->n_token;
    self->post = self->host->alloc(
        self->ctx, (size_t)model->n_slot * (size_t)model->n_token,
        (size_t)model->d_mlp * sizeof *self->post);
    take_arrays(self, &arrays);
    clear_ranges(self);
    for (int at = 0; at < N_CHECKPOINTS && !status; at++) {
        const struct transect_subscription sub = {
            .size = sizeof sub,
            .point = points[at],
            .layers = self->chosen,
            .n_layers = self->n_chosen,
            .on_event = on_event,
        };

        if (self->reported[at] || at == MLP_POST || at == MLP_OUT)
            status = self->host->subscribe(self->ctx, &sub);
    }
    return status;
}

/* A state that was restored may be any numbers; these are places. */
static int check_places(const struct mlp_trace *self)
{
    for (size_t i = 0; i < self->n_chosen; i++)
        for (int at = 0; at < N_CHECKPOINTS; at++) {
            const double *best = self->layers[self->chosen[i]].best[at];
            bool wide = at == LN2 || at == MLP_OUT;

            if (!(best[BEST_ROW] >= 0 && best[BEST_ROW] < self->n_token &&
                  best[BEST_UNIT] >= 0 &&
                  best[BEST_UNIT] < (wide ? self->d_model : self->d_mlp)))
                return self->host->fail(
                    self->ctx,
                    "the state is not one of these samples: the largest "
                    "value of %s in layer %d is at position %g, in unit %g",
                    checkpoint_names[at], (int)self->chosen[i], best[BEST_ROW],
                    best[BEST_UNIT]);
        }
    return TRANSECT_OK;
}

static int finish(void *state, const void *unused)
{
    const struct mlp_trace *self = state;
    struct mlp_trace other = *self, *baseline = &other;
    struct transect_arrays from = transect_arrays_other(self->ctx, self->host);

    (void)unused;
    if (check_places(self))
        return TRANSECT_FAILED;
    take_arrays(&other, &from);
    if (from.missing)
        baseline = NULL;
    checkpoints_write(self);
    if (units_write(self, baseline) || findings_say(self, baseline))
        return TRANSECT_FAILED;
    return figures_draw(self, baseline);
}

static const struct transect_option options[] = {
    {"layers", TRANSECT_LAYERS, "*", NULL, 0, 0, "layers to trace"},
    {"points", TRANSECT_POINTS, "*", NULL, 0, 0,
     "checkpoints to report, of ln2, mlp_pre, mlp_gate, mlp_post and "
     "mlp_out; *: those that the model has"},
    {"dims", TRANSECT_DIMS, "auto", "auto", 0, 0,
     "dims whose strongest units are reported; auto: in each layer the one "
     "with the largest magnitude in mlp_out"},
    {"units", TRANSECT_INT, "5", NULL, 1, MAX_UNITS,
     "how many of the strongest hidden units to report"},
};

TRANSECT_PLUGIN(
    .name = "mlp-trace",
    .summary = "magnitudes on the way through an MLP, and the hidden units "
               "that write its largest output",
    .version = "0.9.0",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    TRANSECT_OPTION_TABLE(options),
    TRANSECT_POINT_LIST(points),
    .create = create,
    .ready = ready,
    .finish = finish);
