/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figures.c - the figures of svd-alignment. */
#include "svd-alignment.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <transect/figure.h>

#define MAX_LAYERS 6 /* with a panel of their own */

static const struct transect_figure_host *
drawing(const struct svd_alignment *self)
{
    return self->host->extension(self->ctx, TRANSECT_FIGURE);
}

/* Names "layer 3" of the chosen layers, to be freed; NULL after fail(). */
static char (*layer_names(const struct svd_alignment *self))[24]
{
    char (*names)[24] = calloc(self->n_chosen, sizeof *names);

    if (!names)
        self->host->fail(self->ctx, "no memory");
    for (size_t i = 0; names && i < self->n_chosen; i++)
        snprintf(names[i], sizeof names[i], "layer %d",
                 (int)self->chosen[i]);
    return names;
}

/* From 1 on, as in the table. */
static int draw_singular(const struct svd_alignment *self)
{
    size_t n = self->n_chosen, n_value = self->n_value;
    double *index = calloc(n_value, sizeof *index);
    struct transect_series *series = calloc(n, sizeof *series);
    char (*names)[24] = layer_names(self);
    struct transect_panel panel = {
        .size = sizeof panel,
        .kind = TRANSECT_LINES,
        .flags = TRANSECT_LOG,
        .x_label = "index",
        .y_label = "singular value",
        .series = series,
        .n_series = n,
    };
    int status = TRANSECT_FAILED;

    if (!index || !series || !names) {
        self->host->fail(self->ctx, "no memory");
        goto out;
    }
    for (size_t k = 0; k < n_value; k++)
        index[k] = (double)k + 1;
    for (size_t i = 0; i < n; i++)
        series[i] = (struct transect_series){
            .name = names[i], .x = index, .n = n_value,
            .y = self->layers[self->chosen[i]].values};
    status = drawing(self)->figure(self->ctx, "singular-values",
                                   "Singular values of the MLPs' output "
                                   "matrices", &panel, 1, 1);
out:
    free(index);
    free(series);
    free(names);
    return status;
}

/* A layer's tokens and the line through all that were seen. */
struct regression {
    double y[N_EVEN + N_EXTREME], x[N_EVEN + N_EXTREME];
    double line_x[2], line_y[2];
    struct transect_series series[2];
    char title[80], y_label[40];
};

static void fill_points(const struct layer *layer, int32_t column,
                        int32_t n_column, struct regression *to)
{
    size_t n = 0;

    for (size_t i = 0; i < N_EVEN + N_EXTREME; i++) {
        if (i < N_EVEN ? i >= layer->n_even
                       : i - N_EVEN >= layer->n_extreme)
            continue;
        to->x[n] = layer->shown_x[i];
        to->y[n++] = (double)layer->shown_y[i * (size_t)n_column +
                                            (size_t)column];
        to->line_x[0] = n == 1 ? to->x[0] : fmin(to->line_x[0], to->x[n - 1]);
        to->line_x[1] = n == 1 ? to->x[0] : fmax(to->line_x[1], to->x[n - 1]);
    }
    to->series[0] = (struct transect_series){
        .name = "tokens", .x = to->x, .y = to->y, .n = n};
}

static struct transect_panel regression_panel(const struct svd_alignment *self,
                                              int32_t l, int32_t dim,
                                              struct regression *to)
{
    const struct layer *layer = &self->layers[l];
    int32_t column = column_of(self, dim);
    struct fit fit = fit_of(layer, column);

    fill_points(layer, column, self->n_column, to);
    for (int i = 0; i < 2; i++)
        to->line_y[i] = fit.intercept + fit.slope * to->line_x[i];
    to->series[1] = (struct transect_series){
        .name = "least squares", .x = to->line_x, .y = to->line_y, .n = 2};
    snprintf(to->title, sizeof to->title,
             "layer %d: slope %.4g, R\u00b2 %.3f", (int)l, fit.slope, fit.r2);
    snprintf(to->y_label, sizeof to->y_label, "mlp_out, dim %d", (int)dim);
    return (struct transect_panel){
        .size = sizeof(struct transect_panel),
        .kind = TRANSECT_LINES,
        .flags = TRANSECT_SCATTER,
        .title = to->title,
        .x_label = "projection on the left vector",
        .y_label = to->y_label,
        .series = to->series,
        .n_series = 2,
    };
}

/* Marks the MAX_LAYERS chosen layers of the largest outputs. */
static void mark_main_layers(const struct svd_alignment *chooser,
                             bool *marked)
{
    for (int k = 0; k < MAX_LAYERS; k++) {
        int32_t best = -1;

        for (size_t i = 0; i < chooser->n_chosen; i++) {
            int32_t l = chooser->chosen[i];

            if (!marked[l] && (best < 0 || largest_of(chooser, l) >
                                               largest_of(chooser, best)))
                best = l;
        }
        if (best >= 0)
            marked[best] = true;
    }
}

static int draw_projection(const struct svd_alignment *self,
                           const struct svd_alignment *chooser)
{
    struct regression *regressions = calloc(MAX_LAYERS, sizeof *regressions);
    bool *marked = calloc((size_t)self->n_layer, sizeof *marked);
    struct transect_panel panels[MAX_LAYERS];
    size_t n = 0;
    int status;

    if (!regressions || !marked) {
        status = self->host->fail(self->ctx, "no memory");
        goto out;
    }
    mark_main_layers(chooser, marked);
    for (int32_t l = 0; l < self->n_layer; l++)
        if (marked[l]) {
            panels[n] = regression_panel(self, l, dim_of(self, chooser, l),
                                         &regressions[n]);
            n++;
        }
    status = drawing(self)->figure(self->ctx, "projection",
                                   "Hidden vectors along W_out's first left "
                                   "singular vector, and the output",
                                   panels, n, n > 1 ? 2 : 1);
out:
    free(regressions);
    free(marked);
    return status;
}

/* Bars of the mean cosine, with the standard deviation. */
static int draw_words(const struct svd_alignment *self)
{
    size_t n = self->n_chosen;
    double *values = calloc(2 * N_GROUPS * n, sizeof *values);
    const char **numbers = calloc(n, sizeof *numbers);
    char (*names)[24] = layer_names(self);
    struct transect_series series[N_GROUPS];
    struct transect_panel panel = {
        .size = sizeof panel,
        .kind = TRANSECT_BARS,
        .x_label = "layer",
        .y_label = "mean cosine \u00b1 std",
        .series = series,
        .n_series = N_GROUPS,
        .x_names = numbers,
    };
    int status = TRANSECT_FAILED;

    if (!values || !numbers || !names) {
        self->host->fail(self->ctx, "no memory");
        goto out;
    }
    for (int g = 0; g < N_GROUPS; g++) {
        double *mean = values + 2 * (size_t)g * n, *spread = mean + n;

        for (size_t i = 0; i < n; i++) {
            const struct moments *cosine =
                &self->layers[self->chosen[i]].cosines[g];

            mean[i] = moments_mean(cosine);
            spread[i] = moments_std(cosine);
            numbers[i] = names[i] + sizeof "layer" /* and its blank */;
        }
        series[g] = (struct transect_series){
            .name = g == FUNCTION_WORD ? "function words" : "content words",
            .y = mean, .spread = spread, .n = n};
    }
    status = drawing(self)->figure(self->ctx, "words",
                                   "Cosine with W_out's first left singular "
                                   "vector",
                                   &panel, 1, 1);
out:
    free(values);
    free(numbers);
    free(names);
    return status;
}

int figures_draw(const struct svd_alignment *self,
                 const struct svd_alignment *baseline)
{
    int status = TRANSECT_OK;

    if (!drawing(self))
        return TRANSECT_OK;
    if (!baseline)
        status = draw_singular(self);
    if (!status)
        status = draw_projection(self, baseline ? baseline : self);
    if (!status && has_words(self))
        status = draw_words(self);
    return status;
}
