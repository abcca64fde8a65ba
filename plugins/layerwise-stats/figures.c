/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figures.c - the figures of layerwise-stats. */
#include "layerwise.h"

#include <string.h>
#include <transect/kit/drawing.h>

#define MAX_DIMS 4  /* in the figure of dims: more would not be read */
#define MAX_TOPS 3  /* in the figures of magnitudes */
#define MAX_LINES 16 /* variants that are told apart as lines */

/* A value of a layer; `which` chooses among several. */
typedef double value_fn(const struct layerwise *self, int32_t layer,
                        int which);

static double median_of(const struct layerwise *self, int32_t l, int which)
{
    (void)which;
    return layerwise_median(self, l);
}

static double ratio_of(const struct layerwise *self, int32_t l, int which)
{
    (void)which;
    return layerwise_ratio(self, l);
}

static double dim_of(const struct layerwise *self, int32_t l, int dim)
{
    return self->layers[l].dim_sum[dim] / self->n_sample;
}

static double percent(double before, double after)
{
    return after == before ? 0 : 100 * (after - before) / before;
}

/* A value of every layer (n_layer). */
static double *values_of(struct transect_drawing *drawing,
                         const struct layerwise *self, value_fn *value,
                         int which)
{
    double *to = transect_drawing_values(drawing, (size_t)self->n_layer);

    for (int32_t l = 0; l < self->n_layer; l++)
        to[l] = value(self, l, which);
    return to;
}

static void fill_change(const struct layerwise *self,
                        const struct layerwise *baseline, value_fn *value,
                        int which, double *to)
{
    for (int32_t l = 0; l < self->n_layer; l++)
        to[l] = percent(value(baseline, l, which), value(self, l, which));
}

static double *changes_of(struct transect_drawing *drawing,
                          const struct layerwise *self,
                          const struct layerwise *baseline, value_fn *value,
                          int which)
{
    double *to = transect_drawing_values(drawing, (size_t)self->n_layer);

    fill_change(self, baseline, value, which, to);
    return to;
}

static int tops_of(const struct layerwise *self)
{
    return self->n_top < MAX_TOPS ? self->n_top : MAX_TOPS;
}

/* Largest magnitudes and median against layer. */
static int draw_layers(const struct layerwise *self)
{
    static const char *const names[] = {"top 1", "top 2", "top 3"};
    struct transect_drawing drawing = transect_drawing_new(self->ctx,
                                                           self->host);
    struct transect_panel *panel = transect_drawing_panel(
        &drawing, TRANSECT_LINES, NULL, "layer", "magnitude");
    size_t n = (size_t)self->n_layer;
    double *spread = transect_drawing_values(&drawing, n);

    for (int32_t l = 0; l < self->n_layer; l++)
        spread[l] = layerwise_spread(self, l);
    panel->flags = TRANSECT_LOG;
    for (int i = 0; i < tops_of(self); i++)
        transect_drawing_series(&drawing, panel, names[i],
                                values_of(&drawing, self, layerwise_top, i),
                                n)->spread = i ? NULL : spread;
    transect_drawing_series(&drawing, panel, "median",
                            values_of(&drawing, self, median_of, 0), n);
    return transect_drawing_end(&drawing, "layers",
                                "Largest magnitudes of the hidden state", 1);
}

/* Against the baseline: a panel with values side by side, and one with their
 * change in %. */
static void add_pair(struct transect_drawing *drawing,
                     const struct layerwise *self,
                     const struct layerwise *baseline, const char *name,
                     const char *unit, value_fn *value, int which)
{
    size_t n = (size_t)self->n_layer;
    struct transect_panel *panel = transect_drawing_panel(
        drawing, TRANSECT_BARS, name, "layer", unit);

    transect_drawing_series(drawing, panel, "baseline",
                            values_of(drawing, baseline, value, which), n);
    transect_drawing_series(drawing, panel, "variant",
                            values_of(drawing, self, value, which), n);
    panel = transect_drawing_panel(
        drawing, TRANSECT_BARS,
        transect_text_format(self->ctx, self->host, "%s: change", name),
        "layer", "change (%)");
    transect_drawing_series(drawing, panel, "change",
                            changes_of(drawing, self, baseline, value, which),
                            n);
}

/* The reported dims with the largest mean in some layer of the baseline,
 * largest first. Returns how many, at most MAX_DIMS. */
static size_t main_dims(const struct layerwise *self,
                        const struct layerwise *baseline, const bool *marked,
                        int32_t *dims)
{
    double best[MAX_DIMS];
    size_t n = 0;

    for (int32_t d = 0; d < self->d_model; d++) {
        double largest = 0;
        size_t at;

        for (int32_t l = 0; l < self->n_layer; l++)
            if (dim_of(baseline, l, d) > largest)
                largest = dim_of(baseline, l, d);
        for (at = n; at > 0 && largest > best[at - 1]; at--)
            ;
        if (!marked[d] || at == MAX_DIMS)
            continue;
        n += n < MAX_DIMS;
        memmove(best + at + 1, best + at, (n - at - 1) * sizeof *best);
        memmove(dims + at + 1, dims + at, (n - at - 1) * sizeof *dims);
        best[at] = largest;
        dims[at] = d;
    }
    return n;
}

/* Change in % of every metric in every layer, on one scale. */
static int draw_change(const struct layerwise *self,
                       const struct layerwise *baseline, const int32_t *dims,
                       size_t n_dims)
{
    struct transect_drawing drawing = transect_drawing_new(self->ctx,
                                                           self->host);
    struct transect_panel *panel = transect_drawing_panel(
        &drawing, TRANSECT_HEATMAP, NULL, "layer", NULL);
    const size_t most = MAX_TOPS + 2 + MAX_DIMS, n = (size_t)self->n_layer;
    double *values = transect_drawing_values(&drawing, most * n);
    const char **names = self->host->alloc(self->ctx, most, sizeof *names);
    size_t rows = 0;

    for (int i = 0; i < tops_of(self); i++, rows++) {
        names[rows] = transect_text_format(self->ctx, self->host, "top %d",
                                           i + 1);
        fill_change(self, baseline, layerwise_top, i, values + rows * n);
    }
    names[rows] = "median";
    fill_change(self, baseline, median_of, 0, values + rows++ * n);
    names[rows] = "top 1 : median";
    fill_change(self, baseline, ratio_of, 0, values + rows++ * n);
    for (size_t i = 0; i < n_dims; i++, rows++) {
        names[rows] = transect_text_format(self->ctx, self->host, "dim %d",
                                           (int)dims[i]);
        fill_change(self, baseline, dim_of, (int)dims[i], values + rows * n);
    }
    panel->flags = TRANSECT_ANNOTATE | TRANSECT_DIVERGING;
    panel->y_names = names;
    transect_drawing_grid(panel, values, rows, n, "change (%)");
    return transect_drawing_end(&drawing, "change",
                                "Change against the baseline", 1);
}

static int draw_against(const struct layerwise *self,
                        const struct layerwise *baseline, const bool *marked)
{
    struct transect_drawing drawing = transect_drawing_new(self->ctx,
                                                           self->host);
    int32_t dims[MAX_DIMS];
    size_t n_dims = main_dims(self, baseline, marked, dims);
    int status;

    add_pair(&drawing, self, baseline, "top 1", "magnitude", layerwise_top, 0);
    add_pair(&drawing, self, baseline, "median", "magnitude", median_of, 0);
    add_pair(&drawing, self, baseline, "top 1 : median", "ratio", ratio_of, 0);
    status = transect_drawing_end(&drawing, "against-baseline",
                                  "The variant against the baseline", 2);
    for (size_t i = 0; i < n_dims && !status; i++)
        add_pair(&drawing, self, baseline,
                 transect_text_format(self->ctx, self->host, "dim %d",
                                      (int)dims[i]),
                 "magnitude", dim_of, (int)dims[i]);
    if (!status && n_dims)
        status = transect_drawing_end(&drawing, "dims-against-baseline",
                                      "Dims that hold the largest magnitudes "
                                      "(largest magnitude over tokens)", 2);
    return status ? status : draw_change(self, baseline, dims, n_dims);
}

int figures_of_variant(const struct layerwise *self,
                       const struct layerwise *baseline)
{
    bool *marked;

    if (draw_layers(self))
        return TRANSECT_FAILED;
    if (!baseline)
        return TRANSECT_OK;
    marked = self->host->alloc(self->ctx, (size_t)self->d_model,
                               sizeof *marked);
    layerwise_mark_dims(self, baseline, marked);
    return draw_against(self, baseline, marked);
}

/* "change against baseline (%)" */
static const char *change_label(const struct layerwise *first,
                                const char *const *names)
{
    return transect_text_format(first->ctx, first->host,
                                "change against %.80s (%%)", names[0]);
}

/* Top 1 of every variant by layer, and its change against the first, as
 * lines. */
static int draw_few(void *const *states, const char *const *names, size_t n)
{
    const struct layerwise *first = states[0];
    struct transect_drawing drawing = transect_drawing_new(first->ctx,
                                                           first->host);
    size_t n_layer = (size_t)first->n_layer;
    struct transect_panel *tops = transect_drawing_panel(
        &drawing, TRANSECT_LINES, "top 1", "layer", "magnitude");
    struct transect_panel *changes = transect_drawing_panel(
        &drawing, TRANSECT_LINES, "change of top 1", "layer",
        change_label(first, names));

    tops->flags = TRANSECT_LOG;
    for (size_t i = 0; i < n; i++) {
        transect_drawing_series(&drawing, tops, names[i],
                                values_of(&drawing, states[i], layerwise_top,
                                          0),
                                n_layer);
        transect_drawing_series(&drawing, changes, names[i],
                                changes_of(&drawing, states[i], first,
                                           layerwise_top, 0),
                                n_layer);
    }
    return transect_drawing_end(&drawing, "variants",
                                "Largest magnitude by layer and variant", 2);
}

/* The change of top 1 of every variant but the first, as a map. */
static int draw_many(void *const *states, const char *const *names, size_t n)
{
    const struct layerwise *first = states[0];
    struct transect_drawing drawing = transect_drawing_new(first->ctx,
                                                           first->host);
    struct transect_panel *panel = transect_drawing_panel(
        &drawing, TRANSECT_HEATMAP, NULL, "layer", NULL);
    size_t n_layer = (size_t)first->n_layer;
    double *values = transect_drawing_values(&drawing, n * n_layer);

    for (size_t i = 1; i < n; i++)
        fill_change(states[i], first, layerwise_top, 0,
                    values + (i - 1) * n_layer);
    panel->flags = TRANSECT_DIVERGING;
    panel->y_names = names + 1;
    transect_drawing_grid(panel, values, n - 1, n_layer,
                          change_label(first, names));
    return transect_drawing_end(
        &drawing, "variants",
        "Change of the largest magnitude by layer and variant", 1);
}

int figures_compare(void *const *states, const char *const *names, size_t n)
{
    return n <= MAX_LINES ? draw_few(states, names, n)
                          : draw_many(states, names, n);
}
