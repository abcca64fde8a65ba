/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mlp-trace.c - where inside the MLPs large activations arise. */
#include "mlp-trace.h"

#include "../common/any-thread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const checkpoint_names[N_CHECKPOINTS] = {
    "ln2", "mlp_pre", "mlp_gate", "mlp_post", "mlp_out"};

static const int32_t points[N_CHECKPOINTS] = {
    TRANSECT_LN2, TRANSECT_MLP_PRE, TRANSECT_MLP_GATE, TRANSECT_MLP_POST,
    TRANSECT_MLP_OUT};

double trace_max(const struct mlp_trace *self, int32_t layer, int at)
{
    return self->layers[layer].at[at].max / self->n_sample;
}

double trace_median(const struct mlp_trace *self, int32_t layer, int at)
{
    return self->layers[layer].at[at].median / self->n_sample;
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
    layer->n_row += view->rows;
}

/* mlp_post of that sample came before. */
static void take_peak(struct mlp_trace *self,
                      const struct transect_event *event, int64_t row)
{
    struct layer *layer = &self->layers[event->layer];
    const struct transect_view *view = &event->view;

    memcpy(layer->peak_post, kept_rows(self, event) + row * self->d_mlp,
           (size_t)self->d_mlp * sizeof *layer->peak_post);
    memcpy(layer->peak_out, view->data + row * view->row_stride,
           (size_t)self->d_model * sizeof *layer->peak_out);
}

static int on_event(void *state, const struct transect_event *event)
{
    struct mlp_trace *self = state;
    int at = checkpoint_of(event->point);
    struct magnitudes *magnitudes = &self->layers[event->layer].at[at];
    struct top top;

    magnitude_top(&event->view, &top, 1, self->column_max);
    magnitudes->max += (double)top.magnitude;
    magnitudes->median += (double)magnitude_median(&event->view);
    if (at == MLP_POST)
        take_units(self, event);
    if (top.magnitude > magnitudes->best.magnitude) {
        if (at == MLP_OUT)
            take_peak(self, event, top.row);
        top.row += event->first;
        magnitudes->best = top;
        magnitudes->sample = event->sample;
    }
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
    struct mlp_trace *self = calloc(1, sizeof *self);

    if (!self)
        return host->fail(ctx, "no memory");
    *state = self;
    self->ctx = ctx;
    self->host = host;
    any_thread_declare(ctx, host);
    self->auto_dims = strcmp(host->get_string(ctx, "dims"), "auto") == 0;
    self->n_dims = host->get_list(ctx, "dims", &self->dims);
    self->n_chosen = host->get_list(ctx, "layers", &self->chosen);
    self->n_unit = (int)host->get_int(ctx, "units");
    if (choose_points(self))
        return TRANSECT_FAILED;
    return carry_declare(ctx, host, &mlp_trace_state);
}

bool layer_allocate(const struct mlp_trace *self, struct layer *layer)
{
    size_t f = (size_t)self->d_mlp;

    layer->sum = calloc(f, sizeof *layer->sum);
    layer->low = calloc(f, sizeof *layer->low);
    layer->high = calloc(f, sizeof *layer->high);
    layer->peak_post = calloc(f, sizeof *layer->peak_post);
    layer->peak_out = calloc((size_t)self->d_model, sizeof *layer->peak_out);
    if (!layer->sum || !layer->low || !layer->high || !layer->peak_post ||
        !layer->peak_out)
        return false;
    for (size_t i = 0; i < f; i++) {
        layer->low[i] = INFINITY;
        layer->high[i] = -INFINITY;
    }
    return true;
}

void layer_clear(struct layer *layer)
{
    free(layer->sum);
    free(layer->low);
    free(layer->high);
    free(layer->peak_post);
    free(layer->peak_out);
}

static bool allocate(struct mlp_trace *self, int32_t n_slot)
{
    size_t widest = (size_t)(self->d_mlp > self->d_model ? self->d_mlp
                                                         : self->d_model);
    bool good;

    self->layers = calloc((size_t)self->n_layer, sizeof *self->layers);
    self->post = calloc((size_t)n_slot * (size_t)self->n_token,
                        (size_t)self->d_mlp * sizeof *self->post);
    self->column_max = calloc(widest, sizeof *self->column_max);
    good = self->layers && self->post && self->column_max;
    for (size_t i = 0; good && i < self->n_chosen; i++)
        good = layer_allocate(self, &self->layers[self->chosen[i]]);
    return good;
}

static int ready(void *state, const struct transect_model *model)
{
    struct mlp_trace *self = state;
    int status = TRANSECT_OK;

    self->n_layer = model->n_layer;
    self->d_model = model->d_model;
    self->d_mlp = model->d_mlp;
    self->n_sample = model->n_sample;
    self->n_token = model->n_token;
    if (!allocate(self, model->n_slot))
        return self->host->fail(self->ctx, "no memory");
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

static int finish(void *state, const void *baseline)
{
    const struct mlp_trace *self = state;

    checkpoints_write(self);
    if (units_write(self, baseline) || findings_say(self, baseline))
        return TRANSECT_FAILED;
    return figures_draw(self, baseline);
}

static void destroy(void *state)
{
    struct mlp_trace *self = state;

    for (int32_t l = 0; self->layers && l < self->n_layer; l++)
        layer_clear(&self->layers[l]);
    free(self->layers);
    free(self->post);
    free(self->column_max);
    free(self);
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

static const struct transect_plugin plugin = {
    .magic = TRANSECT_MAGIC,
    .size = sizeof plugin,
    .abi_major = TRANSECT_ABI_MAJOR,
    .abi_minor = TRANSECT_ABI_MINOR,
    .name = "mlp-trace",
    .summary = "magnitudes on the way through an MLP, and the hidden units "
               "that write its largest output",
    .version = "0.9.0",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .option_size = sizeof options[0],
    .n_points = N_CHECKPOINTS,
    .points = points,
    .create = create,
    .ready = ready,
    .finish = finish,
    .destroy = destroy,
};

const struct transect_plugin *transect_plugin_describe(void)
{
    return &plugin;
}
