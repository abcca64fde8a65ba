/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figures.c - the figures of mlp-trace. */
#include "mlp-trace.h"

#include <math.h>
#include <transect/kit/drawing.h>

#define MAX_PAIRS 6  /* of layer and dim in the figure of units */
#define MAX_BARS 20  /* units of a pair */

typedef double value_fn(const struct mlp_trace *self, int32_t layer, int at);

/* What all figures are drawn from; n: chosen layers. */
struct sketch {
    const struct mlp_trace *self, *baseline;
    struct transect_drawing drawing;
    size_t n, n_point;
    int points[N_CHECKPOINTS]; /* those reported */
    const char *point_names[N_CHECKPOINTS];
    const char **names;   /* (n) "layer 3" */
    const char **numbers; /* (n) "3", parts of names */
};

static struct sketch make_sketch(const struct mlp_trace *self,
                                 const struct mlp_trace *baseline)
{
    struct sketch sketch = {
        .self = self,
        .baseline = baseline,
        .drawing = transect_drawing_new(self->ctx, self->host),
        .n = self->n_chosen,
    };

    for (int at = 0; at < N_CHECKPOINTS; at++)
        if (self->reported[at]) {
            sketch.point_names[sketch.n_point] = checkpoint_names[at];
            sketch.points[sketch.n_point++] = at;
        }
    sketch.names = self->host->alloc(self->ctx, sketch.n,
                                     sizeof *sketch.names);
    sketch.numbers = self->host->alloc(self->ctx, sketch.n,
                                       sizeof *sketch.numbers);
    for (size_t i = 0; i < sketch.n; i++) {
        sketch.names[i] = transect_text_format(self->ctx, self->host,
                                               "layer %d",
                                               (int)self->chosen[i]);
        sketch.numbers[i] = sketch.names[i] + 6;
    }
    return sketch;
}

/* A line for each layer, from checkpoint to checkpoint. */
static int draw_checkpoints(struct sketch *sketch)
{
    static value_fn *const of[] = {trace_max, trace_ratio};
    struct transect_drawing *drawing = &sketch->drawing;

    for (int i = 0; i < 2; i++) {
        struct transect_panel *panel = transect_drawing_panel(
            drawing, TRANSECT_LINES, i ? "max : median" : "max", "checkpoint",
            i ? "ratio" : "magnitude");

        panel->flags = TRANSECT_LOG;
        panel->x_names = sketch->point_names;
        for (size_t l = 0; l < sketch->n; l++) {
            double *y = transect_drawing_values(drawing, sketch->n_point);

            for (size_t p = 0; p < sketch->n_point; p++)
                y[p] = of[i](sketch->self, sketch->self->chosen[l],
                             sketch->points[p]);
            transect_drawing_series(drawing, panel, sketch->names[l], y,
                                    sketch->n_point);
        }
    }
    return transect_drawing_end(drawing, "checkpoints",
                                "Largest magnitudes on the way through the "
                                "MLPs", 2);
}

/* A layer and a dim that its strongest units are shown of. */
struct pair {
    int32_t layer, dim;
    double size; /* the largest value in that dim */
};

/* A panel of bars, one for each unit: its weight, or what it writes at the
 * peak token. */
static void add_units(struct sketch *sketch, const struct pair *pair,
                      const struct unit *units, size_t n,
                      const char *const *names, bool peak)
{
    const struct mlp_trace *self = sketch->self;
    struct transect_drawing *drawing = &sketch->drawing;
    double *y = transect_drawing_values(drawing, n);
    struct transect_panel *panel = transect_drawing_panel(
        drawing, TRANSECT_BARS,
        transect_text_format(self->ctx, self->host, "layer %d, dim %d: %s",
                             (int)pair->layer, (int)pair->dim,
                             peak ? "peak" : "weight"),
        "hidden unit", peak ? "weight \u00d7 activation" : "weight");

    for (size_t i = 0; i < n; i++)
        y[i] = peak ? units[i].peak : units[i].weight;
    panel->x_names = names;
    transect_drawing_series(drawing, panel, NULL, y, n);
}

/* The strongest units into a dim, as two panels of bars. */
static int add_pair(struct sketch *sketch, const struct pair *pair)
{
    const struct mlp_trace *self = sketch->self;
    const struct transect_host *host = self->host;
    struct unit *units = host->alloc(self->ctx, (size_t)self->n_unit,
                                     sizeof *units);
    int n = units_strongest(self, pair->layer, pair->dim, units);
    const char **names;

    if (n <= 0)
        return n < 0 ? TRANSECT_FAILED : TRANSECT_OK;
    n = n < MAX_BARS ? n : MAX_BARS;
    names = host->alloc(self->ctx, (size_t)n, sizeof *names);
    for (int i = 0; i < n; i++)
        names[i] = transect_text_format(self->ctx, host, "%d",
                                        (int)units[i].unit);
    add_units(sketch, pair, units, (size_t)n, names, false);
    add_units(sketch, pair, units, (size_t)n, names, true);
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
                              .size = fabs(
                                  self->layers[layer].peak_out[dims[d]])});
    }
    return n;
}

/* Weights into the dims with the largest values, and what the units write
 * there at the peak token. */
static int draw_units(struct sketch *sketch)
{
    struct pair pairs[MAX_PAIRS];
    size_t n = main_pairs(sketch, pairs);

    for (size_t i = 0; i < n; i++)
        if (add_pair(sketch, &pairs[i]))
            return TRANSECT_FAILED;
    if (!sketch->drawing.n)
        return TRANSECT_OK;
    return transect_drawing_end(
        &sketch->drawing, "units",
        "Strongest hidden units, and what they write at the peak token",
        sketch->drawing.n > 2 ? 4 : 2);
}

/* A value of every layer. */
static double *values_of(struct sketch *sketch, const struct mlp_trace *of,
                         int at)
{
    double *to = transect_drawing_values(&sketch->drawing, sketch->n);

    for (size_t l = 0; l < sketch->n; l++)
        to[l] = trace_max(of, sketch->self->chosen[l], at);
    return to;
}

/* A panel for each checkpoint: both against layer. */
static int draw_against(struct sketch *sketch)
{
    struct transect_drawing *drawing = &sketch->drawing;
    size_t n = sketch->n;

    for (size_t p = 0; p < sketch->n_point; p++) {
        struct transect_panel *panel = transect_drawing_panel(
            drawing, TRANSECT_LINES, sketch->point_names[p], "layer", "max");
        int at = sketch->points[p];

        panel->flags = TRANSECT_LOG;
        panel->x_names = sketch->numbers;
        transect_drawing_series(drawing, panel, "baseline",
                                values_of(sketch, sketch->baseline, at), n);
        transect_drawing_series(drawing, panel, "variant",
                                values_of(sketch, sketch->self, at), n);
    }
    return transect_drawing_end(drawing, "against-baseline",
                                "Largest magnitude at each checkpoint", 2);
}

/* Change of max in %, checkpoints by layers. */
static int draw_change(struct sketch *sketch)
{
    struct transect_drawing *drawing = &sketch->drawing;
    struct transect_panel *panel = transect_drawing_panel(
        drawing, TRANSECT_HEATMAP, NULL, "layer", NULL);
    size_t n = sketch->n;
    double *values = transect_drawing_values(drawing, sketch->n_point * n);

    for (size_t p = 0; p < sketch->n_point; p++)
        for (size_t l = 0; l < n; l++) {
            int32_t layer = sketch->self->chosen[l];
            int at = sketch->points[p];
            double before = trace_max(sketch->baseline, layer, at);
            double change = trace_max(sketch->self, layer, at) - before;

            /* Nothing to nothing is no change. */
            values[p * n + l] = change == 0 ? 0 : 100 * change / before;
        }
    panel->flags = TRANSECT_ANNOTATE | TRANSECT_DIVERGING;
    panel->x_names = sketch->numbers;
    panel->y_names = sketch->point_names;
    transect_drawing_grid(panel, values, sketch->n_point, n,
                          "change of max (%)");
    return transect_drawing_end(drawing, "change",
                                "Largest magnitude: change against the "
                                "baseline", 1);
}

int figures_draw(const struct mlp_trace *self,
                 const struct mlp_trace *baseline)
{
    struct sketch sketch = make_sketch(self, baseline);
    int status = draw_checkpoints(&sketch);

    if (!status)
        status = draw_units(&sketch);
    if (!status && baseline)
        status = draw_against(&sketch);
    if (!status && baseline)
        status = draw_change(&sketch);
    return status;
}
