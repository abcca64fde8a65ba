/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figures.c - the figures of mlp-trace. */
#include "mlp-trace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <transect/figure.h>

#define MAX_PAIRS 6  /* of layer and dim in the figure of units */
#define MAX_BARS 20  /* units of a pair */

typedef double value_fn(const struct mlp_trace *self, int32_t layer, int at);

/* What all figures are drawn from; n: layers. */
struct sketch {
    const struct mlp_trace *self, *baseline;
    const struct transect_figure_host *figures;
    size_t n, n_point;
    int points[N_CHECKPOINTS]; /* those reported */
    const char *point_names[N_CHECKPOINTS];
    double *values;                 /* (2 * N_CHECKPOINTS, n) */
    struct transect_series *series; /* (2 * max(n, N_CHECKPOINTS)) */
    char (*names)[24];              /* (n) "layer 3" */
    const char **numbers;           /* (n) "3", parts of names */
};

static bool sketch_make(struct sketch *sketch)
{
    const struct mlp_trace *self = sketch->self;
    size_t n = self->n_chosen;

    sketch->n = n;
    for (int at = 0; at < N_CHECKPOINTS; at++)
        if (self->reported[at]) {
            sketch->point_names[sketch->n_point] = checkpoint_names[at];
            sketch->points[sketch->n_point++] = at;
        }
    sketch->values = calloc(2 * N_CHECKPOINTS * n, sizeof(double));
    sketch->series = calloc(2 * (n + N_CHECKPOINTS), sizeof *sketch->series);
    sketch->names = calloc(n, sizeof *sketch->names);
    sketch->numbers = calloc(n, sizeof *sketch->numbers);
    if (!sketch->values || !sketch->series || !sketch->names ||
        !sketch->numbers)
        return false;
    for (size_t i = 0; i < n; i++) {
        snprintf(sketch->names[i], sizeof sketch->names[i], "layer %d",
                 (int)self->chosen[i]);
        sketch->numbers[i] = sketch->names[i] + 6;
    }
    return true;
}

static void sketch_free(struct sketch *sketch)
{
    free(sketch->values);
    free(sketch->series);
    free(sketch->names);
    free(sketch->numbers);
}

/* A line for each layer, from checkpoint to checkpoint. */
static int draw_checkpoints(struct sketch *sketch)
{
    static value_fn *const of[] = {trace_max, trace_ratio};
    struct transect_panel panels[2];
    double *to = sketch->values;

    for (int i = 0; i < 2; i++) {
        struct transect_series *series = sketch->series + (size_t)i *
                                                              sketch->n;

        for (size_t l = 0; l < sketch->n; l++) {
            series[l] = (struct transect_series){
                .name = sketch->names[l], .y = to, .n = sketch->n_point};
            for (size_t p = 0; p < sketch->n_point; p++)
                *to++ = of[i](sketch->self, sketch->self->chosen[l],
                              sketch->points[p]);
        }
        panels[i] = (struct transect_panel){
            .size = sizeof panels[i],
            .kind = TRANSECT_LINES,
            .flags = TRANSECT_LOG,
            .title = i ? "max : median" : "max",
            .x_label = "checkpoint",
            .y_label = i ? "ratio" : "magnitude",
            .series = series,
            .n_series = sketch->n,
            .x_names = sketch->point_names,
        };
    }
    return sketch->figures->figure(sketch->self->ctx, "checkpoints",
                                   "Largest magnitudes on the way through "
                                   "the MLPs", panels, 2, 2);
}

/* The strongest units into a dim, as two panels of bars. */
struct pair {
    int32_t layer, dim;
    double size; /* the largest value in that dim */
    int n;
    double weight[MAX_BARS], peak[MAX_BARS];
    char names[MAX_BARS][12], titles[2][48];
    const char *name_of[MAX_BARS];
    struct transect_series series[2];
};

static int fill_pair(const struct mlp_trace *self, struct pair *pair,
                     struct transect_panel *panels)
{
    struct unit *units = calloc((size_t)self->n_unit, sizeof *units);

    if (!units)
        return self->host->fail(self->ctx, "no memory");
    pair->n = units_strongest(self, pair->layer, pair->dim, units);
    pair->n = pair->n < MAX_BARS ? pair->n : MAX_BARS;
    for (int i = 0; i < pair->n; i++) {
        pair->weight[i] = units[i].weight;
        pair->peak[i] = units[i].peak;
        snprintf(pair->names[i], sizeof pair->names[i], "%d",
                 (int)units[i].unit);
        pair->name_of[i] = pair->names[i];
    }
    free(units);
    if (pair->n < 0)
        return TRANSECT_FAILED;
    for (int i = 0; i < 2; i++) {
        snprintf(pair->titles[i], sizeof pair->titles[i],
                 "layer %d, dim %d: %s", (int)pair->layer, (int)pair->dim,
                 i ? "contribution" : "weight");
        pair->series[i] = (struct transect_series){
            .y = i ? pair->peak : pair->weight, .n = (size_t)pair->n};
        panels[i] = (struct transect_panel){
            .size = sizeof *panels,
            .kind = TRANSECT_BARS,
            .title = pair->titles[i],
            .x_label = "hidden unit",
            .y_label = i ? "weight \u00d7 activation" : "weight",
            .series = &pair->series[i],
            .n_series = 1,
            .x_names = pair->name_of,
        };
    }
    return TRANSECT_OK;
}

/* Puts a pair among the MAX_PAIRS of the largest size; returns how many. */
static size_t keep_pair(struct pair *pairs, size_t n, struct pair found)
{
    size_t at = n, least = 0;

    for (size_t i = 1; i < n; i++)
        if (pairs[i].size < pairs[least].size)
            least = i;
    if (n < MAX_PAIRS) {
        pairs[at] = found;
        return n + 1;
    }
    if (found.size <= pairs[least].size)
        return n;
    for (at = least; at + 1 < n; at++) /* they stay in the order of layers */
        pairs[at] = pairs[at + 1];
    pairs[at] = found;
    return n;
}

static size_t main_pairs(const struct sketch *sketch, struct pair *pairs)
{
    const struct mlp_trace *self = sketch->self;
    size_t n = 0;

    for (size_t i = 0; i < self->n_chosen; i++) {
        int32_t layer = self->chosen[i], one;
        size_t n_dims;
        const int32_t *dims = units_dims(
            self, sketch->baseline ? sketch->baseline : self, layer, &one,
            &n_dims);

        for (size_t d = 0; d < n_dims; d++)
            n = keep_pair(pairs, n,
                          (struct pair){
                              .layer = layer, .dim = dims[d],
                              .size = fabs((double)self->layers[layer]
                                               .peak_out[dims[d]])});
    }
    return n;
}

/* Weights into the dims with the largest values, and what the units write
 * there at the peak token. */
static int draw_units(const struct sketch *sketch)
{
    const struct mlp_trace *self = sketch->self;
    struct pair *pairs = calloc(MAX_PAIRS, sizeof *pairs);
    struct transect_panel panels[2 * MAX_PAIRS];
    size_t n, n_drawn = 0;
    int status = TRANSECT_OK;

    if (!pairs)
        return self->host->fail(self->ctx, "no memory");
    n = main_pairs(sketch, pairs);
    for (size_t i = 0; i < n && !status; i++) {
        status = fill_pair(self, &pairs[i], panels + 2 * n_drawn);
        n_drawn += pairs[i].n > 0;
    }
    if (!status && n_drawn)
        status = sketch->figures->figure(
            self->ctx, "units",
            "Strongest hidden units, and what they write at the peak token",
            panels, 2 * n_drawn, n_drawn > 1 ? 4 : 2);
    free(pairs);
    return status;
}

/* Fills to (n) with a value of every layer. */
static void fill_layers(const struct sketch *sketch,
                        const struct mlp_trace *of, value_fn *value, int at,
                        double *to)
{
    for (size_t l = 0; l < sketch->n; l++)
        to[l] = value(of, sketch->self->chosen[l], at);
}

/* A panel for each checkpoint: both against layer. */
static int draw_against(struct sketch *sketch)
{
    struct transect_panel panels[N_CHECKPOINTS];
    size_t n = sketch->n;

    for (size_t p = 0; p < sketch->n_point; p++) {
        struct transect_series *series = sketch->series + 2 * p;
        double *to = sketch->values + 2 * p * n;

        fill_layers(sketch, sketch->baseline, trace_max, sketch->points[p],
                    to);
        fill_layers(sketch, sketch->self, trace_max, sketch->points[p],
                    to + n);
        series[0] = (struct transect_series){
            .name = "baseline", .y = to, .n = n};
        series[1] = (struct transect_series){
            .name = "variant", .y = to + n, .n = n};
        panels[p] = (struct transect_panel){
            .size = sizeof panels[p],
            .kind = TRANSECT_LINES,
            .flags = TRANSECT_LOG,
            .title = sketch->point_names[p],
            .x_label = "layer",
            .y_label = "max",
            .series = series,
            .n_series = 2,
            .x_names = sketch->numbers,
        };
    }
    return sketch->figures->figure(sketch->self->ctx, "against-baseline",
                                   "Largest magnitude at each checkpoint",
                                   panels, sketch->n_point, 2);
}

/* Change of max in %, checkpoints by layers. */
static int draw_change(struct sketch *sketch)
{
    size_t n = sketch->n;
    struct transect_panel panel = {
        .size = sizeof panel,
        .kind = TRANSECT_HEATMAP,
        .flags = TRANSECT_ANNOTATE | TRANSECT_DIVERGING,
        .x_label = "layer",
        .values = sketch->values,
        .rows = sketch->n_point,
        .cols = n,
        .value_label = "change of max (%)",
        .x_names = sketch->numbers,
        .y_names = sketch->point_names,
    };

    for (size_t p = 0; p < sketch->n_point; p++)
        for (size_t l = 0; l < n; l++) {
            int32_t layer = sketch->self->chosen[l];
            int at = sketch->points[p];
            double before = trace_max(sketch->baseline, layer, at);
            double change = trace_max(sketch->self, layer, at) - before;

            /* Nothing to nothing is no change. */
            sketch->values[p * n + l] = change == 0 ? 0
                                                    : 100 * change / before;
        }
    return sketch->figures->figure(sketch->self->ctx, "change",
                                   "Largest magnitude: change against the "
                                   "baseline", &panel, 1, 1);
}

int figures_draw(const struct mlp_trace *self,
                 const struct mlp_trace *baseline)
{
    struct sketch sketch = {
        .self = self,
        .baseline = baseline,
        .figures = self->host->extension(self->ctx, TRANSECT_FIGURE),
    };
    int status = TRANSECT_OK;

    if (!sketch.figures)
        return TRANSECT_OK;
    if (!sketch_make(&sketch))
        status = self->host->fail(self->ctx, "no memory");
    if (!status)
        status = draw_checkpoints(&sketch);
    if (!status)
        status = draw_units(&sketch);
    if (!status && baseline)
        status = draw_against(&sketch);
    if (!status && baseline)
        status = draw_change(&sketch);
    sketch_free(&sketch);
    return status;
}
