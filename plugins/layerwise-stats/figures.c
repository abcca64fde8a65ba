/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figures.c - the figures of layerwise-stats. */
#include "layerwise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <transect/figure.h>

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

static const struct transect_figure_host *drawing(const struct layerwise *self)
{
    return self->host->extension(self->ctx, TRANSECT_FIGURE);
}

/* Fills to (n_layer) with a value of every layer. */
static void fill(const struct layerwise *self, value_fn *value, int which,
                 double *to)
{
    for (int32_t l = 0; l < self->n_layer; l++)
        to[l] = value(self, l, which);
}

static void fill_change(const struct layerwise *self,
                        const struct layerwise *baseline, value_fn *value,
                        int which, double *to)
{
    for (int32_t l = 0; l < self->n_layer; l++)
        to[l] = percent(value(baseline, l, which), value(self, l, which));
}

static int tops_of(const struct layerwise *self)
{
    return self->n_top < MAX_TOPS ? self->n_top : MAX_TOPS;
}

/* Largest magnitudes and median against layer. */
static int draw_layers(const struct layerwise *self)
{
    const struct transect_figure_host *figures = drawing(self);
    static const char *const names[] = {"top 1", "top 2", "top 3"};
    size_t n = (size_t)self->n_layer;
    int n_top = tops_of(self), status;
    struct transect_series series[MAX_TOPS + 1] = {0};
    double *values = calloc((MAX_TOPS + 1) * n, sizeof *values);
    double *spread = calloc(n, sizeof *spread);
    struct transect_panel panel = {
        .size = sizeof panel,
        .kind = TRANSECT_LINES,
        .flags = TRANSECT_LOG,
        .x_label = "layer",
        .y_label = "magnitude",
        .series = series,
        .n_series = (size_t)n_top + 1,
    };

    if (!values || !spread) {
        free(values);
        free(spread);
        return self->host->fail(self->ctx, "no memory");
    }
    for (int i = 0; i < n_top; i++) {
        series[i] = (struct transect_series){
            .name = names[i], .y = values + (size_t)i * n, .n = n};
        fill(self, layerwise_top, i, values + (size_t)i * n);
    }
    for (int32_t l = 0; l < self->n_layer; l++)
        spread[l] = layerwise_spread(self, l);
    series[0].spread = spread;
    series[n_top] = (struct transect_series){
        .name = "median", .y = values + (size_t)n_top * n, .n = n};
    fill(self, median_of, 0, values + (size_t)n_top * n);
    status = figures->figure(self->ctx, "layers",
                             "Largest magnitudes of the hidden state",
                             &panel, 1, 1);
    free(values);
    free(spread);
    return status;
}

/* What a figure against the baseline is made of: pairs of panels, values side
 * by side and their change in %. */
struct pairs {
    const struct layerwise *self, *baseline;
    struct transect_panel panels[2 * MAX_DIMS];
    struct transect_series series[3 * MAX_DIMS];
    char titles[2 * MAX_DIMS][64];
    double *values; /* (3 * MAX_DIMS, n_layer) */
    size_t n;       /* pairs */
};

static struct transect_panel bars(const char *title, const char *y_label,
                                  const struct transect_series *series,
                                  size_t n)
{
    return (struct transect_panel){
        .size = sizeof(struct transect_panel),
        .kind = TRANSECT_BARS,
        .title = title,
        .x_label = "layer",
        .y_label = y_label,
        .series = series,
        .n_series = n,
    };
}

static void add_pair(struct pairs *pairs, const char *name,
                     const char *unit, value_fn *value, int which)
{
    size_t n = (size_t)pairs->self->n_layer, i = pairs->n++;
    double *at = pairs->values + 3 * i * n;
    struct transect_series *series = pairs->series + 3 * i;
    char (*titles)[64] = pairs->titles + 2 * i;

    fill(pairs->baseline, value, which, at);
    fill(pairs->self, value, which, at + n);
    fill_change(pairs->self, pairs->baseline, value, which, at + 2 * n);
    series[0] = (struct transect_series){.name = "baseline", .y = at, .n = n};
    series[1] = (struct transect_series){
        .name = "variant", .y = at + n, .n = n};
    series[2] = (struct transect_series){
        .name = "change", .y = at + 2 * n, .n = n};
    snprintf(titles[0], sizeof titles[0], "%s", name);
    snprintf(titles[1], sizeof titles[1], "%s: change", name);
    pairs->panels[2 * i] = bars(titles[0], unit, series, 2);
    pairs->panels[2 * i + 1] = bars(titles[1], "change (%)", series + 2, 1);
}

static int draw_pairs(struct pairs *pairs, const char *name,
                      const char *title)
{
    int status = drawing(pairs->self)->figure(pairs->self->ctx, name, title,
                                              pairs->panels, 2 * pairs->n,
                                              2);

    pairs->n = 0;
    return status;
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
    size_t n = (size_t)self->n_layer, rows = 0;
    double *values = calloc((MAX_TOPS + 2 + MAX_DIMS) * n, sizeof *values);
    char texts[MAX_TOPS + 2 + MAX_DIMS][24];
    const char *names[MAX_TOPS + 2 + MAX_DIMS];
    struct transect_panel panel = {
        .size = sizeof panel,
        .kind = TRANSECT_HEATMAP,
        .flags = TRANSECT_ANNOTATE | TRANSECT_DIVERGING,
        .x_label = "layer",
        .values = values,
        .cols = n,
        .value_label = "change (%)",
        .y_names = names,
    };
    int status;

    if (!values)
        return self->host->fail(self->ctx, "no memory");
    for (int i = 0; i < tops_of(self); i++, rows++) {
        snprintf(texts[rows], sizeof texts[rows], "top %d", i + 1);
        fill_change(self, baseline, layerwise_top, i, values + rows * n);
    }
    snprintf(texts[rows], sizeof texts[rows], "median");
    fill_change(self, baseline, median_of, 0, values + rows++ * n);
    snprintf(texts[rows], sizeof texts[rows], "top 1 : median");
    fill_change(self, baseline, ratio_of, 0, values + rows++ * n);
    for (size_t i = 0; i < n_dims; i++, rows++) {
        snprintf(texts[rows], sizeof texts[rows], "dim %d", (int)dims[i]);
        fill_change(self, baseline, dim_of, (int)dims[i], values + rows * n);
    }
    for (size_t i = 0; i < rows; i++)
        names[i] = texts[i];
    panel.rows = rows;
    status = drawing(self)->figure(self->ctx, "change",
                                   "Change against the baseline", &panel, 1,
                                   1);
    free(values);
    return status;
}

static int draw_against(const struct layerwise *self,
                        const struct layerwise *baseline, const bool *marked)
{
    struct pairs pairs = {.self = self, .baseline = baseline};
    int32_t dims[MAX_DIMS];
    size_t n_dims = main_dims(self, baseline, marked, dims);
    int status;

    pairs.values = calloc(3 * MAX_DIMS * (size_t)self->n_layer,
                          sizeof *pairs.values);
    if (!pairs.values)
        return self->host->fail(self->ctx, "no memory");
    add_pair(&pairs, "top 1", "magnitude", layerwise_top, 0);
    add_pair(&pairs, "median", "magnitude", median_of, 0);
    add_pair(&pairs, "top 1 : median", "ratio", ratio_of, 0);
    status = draw_pairs(&pairs, "against-baseline",
                        "The variant against the baseline");
    for (size_t i = 0; i < n_dims && !status; i++) {
        char name[24];

        snprintf(name, sizeof name, "dim %d", (int)dims[i]);
        add_pair(&pairs, name, "magnitude", dim_of, (int)dims[i]);
    }
    if (!status && n_dims)
        status = draw_pairs(&pairs, "dims-against-baseline",
                            "Dims that hold the largest magnitudes (largest "
                            "magnitude over tokens)");
    free(pairs.values);
    return status ? status : draw_change(self, baseline, dims, n_dims);
}

int figures_of_variant(const struct layerwise *self,
                       const struct layerwise *baseline)
{
    bool *marked;
    int status;

    if (!drawing(self))
        return TRANSECT_OK;
    status = draw_layers(self);
    if (status || !baseline)
        return status;
    marked = calloc((size_t)self->d_model, sizeof *marked);
    if (!marked)
        return self->host->fail(self->ctx, "no memory");
    layerwise_mark_dims(self, baseline, marked);
    status = draw_against(self, baseline, marked);
    free(marked);
    return status;
}

/* Top 1 of every variant by layer, and its change against the first, as
 * lines. */
static int draw_few(void *const *states, const char *const *names, size_t n)
{
    const struct layerwise *first = states[0];
    const struct transect_figure_host *figures = drawing(first);
    size_t n_layer = (size_t)first->n_layer;
    double *values = calloc(2 * n * n_layer, sizeof *values);
    struct transect_series *series = calloc(2 * n, sizeof *series);
    char change[128];
    struct transect_panel panels[2];
    int status = TRANSECT_OK;

    if (!values || !series)
        status = first->host->fail(first->ctx, "no memory");
    for (size_t i = 0; i < n && !status; i++) {
        double *top = values + 2 * i * n_layer;

        fill(states[i], layerwise_top, 0, top);
        fill_change(states[i], first, layerwise_top, 0, top + n_layer);
        series[i] = (struct transect_series){
            .name = names[i], .y = top, .n = n_layer};
        series[n + i] = (struct transect_series){
            .name = names[i], .y = top + n_layer, .n = n_layer};
    }
    snprintf(change, sizeof change, "change against %.80s (%%)", names[0]);
    for (size_t i = 0; i < 2; i++)
        panels[i] = (struct transect_panel){
            .size = sizeof panels[i],
            .kind = TRANSECT_LINES,
            .flags = i ? 0 : TRANSECT_LOG,
            .title = i ? "change of top 1" : "top 1",
            .x_label = "layer",
            .y_label = i ? change : "magnitude",
            .series = series + i * n,
            .n_series = n,
        };
    if (!status)
        status = figures->figure(first->ctx, "variants",
                                 "Largest magnitude by layer and variant",
                                 panels, 2, 2);
    free(values);
    free(series);
    return status;
}

/* The change of top 1 of every variant but the first, as a map. */
static int draw_many(void *const *states, const char *const *names, size_t n)
{
    const struct layerwise *first = states[0];
    size_t n_layer = (size_t)first->n_layer;
    double *values = calloc(n * n_layer, sizeof *values);
    struct transect_panel panel = {
        .size = sizeof panel,
        .kind = TRANSECT_HEATMAP,
        .flags = TRANSECT_DIVERGING,
        .x_label = "layer",
        .values = values,
        .rows = n - 1,
        .cols = n_layer,
        .value_label = "change of top 1 (%)",
        .y_names = names + 1,
    };
    int status;

    if (!values)
        return first->host->fail(first->ctx, "no memory");
    for (size_t i = 1; i < n; i++)
        fill_change(states[i], first, layerwise_top, 0,
                    values + (i - 1) * n_layer);
    status = drawing(first)->figure(
        first->ctx, "variants",
        "Change of the largest magnitude by layer and variant", &panel, 1,
        1);
    free(values);
    return status;
}

int figures_compare(void *const *states, const char *const *names, size_t n)
{
    if (!drawing(states[0]))
        return TRANSECT_OK;
    return n <= MAX_LINES ? draw_few(states, names, n)
                          : draw_many(states, names, n);
}
