/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figures.c - the figures of svd-alignment. */
#include "svd-alignment.h"

#include <math.h>
#include <stdbool.h>
#include <transect/kit/drawing.h>

#define MAX_LAYERS 6 /* with a panel of their own */

static const char *layer_name(const struct svd_alignment *self, size_t i)
{
    return transect_text_format(self->ctx, self->host, "layer %d",
                                (int)self->chosen[i]);
}

/* From 1 on, as in the table. */
static int draw_singular(const struct svd_alignment *self)
{
    struct transect_drawing drawing = transect_drawing_new(self->ctx,
                                                           self->host);
    struct transect_panel *panel = transect_drawing_panel(
        &drawing, TRANSECT_LINES, NULL, "index", "singular value");
    double *index = transect_drawing_values(&drawing, self->n_value);

    for (size_t k = 0; k < self->n_value; k++)
        index[k] = (double)k + 1;
    panel->flags = TRANSECT_LOG;
    for (size_t i = 0; i < self->n_chosen; i++)
        transect_drawing_series(&drawing, panel, layer_name(self, i),
                                self->layers[self->chosen[i]].values,
                                self->n_value)->x = index;
    return transect_drawing_end(&drawing, "singular-values",
                                "Singular values of the MLPs' output matrices",
                                1);
}

/* The tokens that are kept, as points. */
static void add_points(struct transect_drawing *drawing,
                       struct transect_panel *panel, const struct layer *layer,
                       int32_t column, int32_t n_column)
{
    double *x = transect_drawing_values(drawing, N_EVEN + N_EXTREME);
    double *y = transect_drawing_values(drawing, N_EVEN + N_EXTREME);
    size_t n = 0;

    for (int64_t i = 0; i < N_EVEN + N_EXTREME; i++) {
        if (i < N_EVEN ? i >= layer->n_shown[0]
                       : i - N_EVEN >= layer->n_shown[1])
            continue;
        x[n] = layer->shown_x[i];
        y[n++] = (double)layer->shown_y[i * n_column + column];
    }
    transect_drawing_series(drawing, panel, "tokens", y, n)->x = x;
}

/* The line through all tokens that were seen, as far as the points go. */
static void add_line(struct transect_drawing *drawing,
                     struct transect_panel *panel, struct fit fit)
{
    double *x = transect_drawing_values(drawing, 2);
    double *y = transect_drawing_values(drawing, 2);
    const struct transect_series *points = panel->series;

    for (size_t i = 0; i < points->n; i++) {
        x[0] = i ? fmin(x[0], points->x[i]) : points->x[0];
        x[1] = i ? fmax(x[1], points->x[i]) : points->x[0];
    }
    for (int i = 0; i < 2; i++)
        y[i] = fit.intercept + fit.slope * x[i];
    transect_drawing_series(drawing, panel, "least squares", y, 2)->x = x;
}

static void add_regression(const struct svd_alignment *self,
                           struct transect_drawing *drawing, int32_t l,
                           int32_t dim)
{
    const struct layer *layer = &self->layers[l];
    int32_t column = column_of(self, dim);
    struct fit fit = fit_of(layer, column);
    struct transect_panel *panel = transect_drawing_panel(
        drawing, TRANSECT_LINES,
        transect_text_format(self->ctx, self->host,
                             "layer %d: slope %.4g, R\u00b2 %.3f", (int)l,
                             fit.slope, fit.r2),
        "projection on the left vector",
        transect_text_format(self->ctx, self->host, "mlp_out, dim %d",
                             (int)dim));

    panel->flags = TRANSECT_SCATTER;
    add_points(drawing, panel, layer, column, self->n_column);
    add_line(drawing, panel, fit);
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
    struct transect_drawing drawing = transect_drawing_new(self->ctx,
                                                           self->host);
    bool *marked = self->host->alloc(self->ctx, (size_t)self->n_layer,
                                     sizeof *marked);

    mark_main_layers(chooser, marked);
    for (int32_t l = 0; l < self->n_layer; l++)
        if (marked[l])
            add_regression(self, &drawing, l, dim_of(self, chooser, l));
    return transect_drawing_end(&drawing, "projection",
                                "Hidden vectors along W_out's first left "
                                "singular vector, and the output",
                                drawing.n > 1 ? 2 : 1);
}

/* Bars of the mean cosine, with the standard deviation. */
static int draw_words(const struct svd_alignment *self)
{
    struct transect_drawing drawing = transect_drawing_new(self->ctx,
                                                           self->host);
    struct transect_panel *panel = transect_drawing_panel(
        &drawing, TRANSECT_BARS, NULL, "layer", "mean cosine \u00b1 std");
    size_t n = self->n_chosen;
    const char **numbers = self->host->alloc(self->ctx, n, sizeof *numbers);

    for (int g = 0; g < N_GROUPS; g++) {
        double *mean = transect_drawing_values(&drawing, n);
        double *spread = transect_drawing_values(&drawing, n);

        for (size_t i = 0; i < n; i++) {
            const struct transect_moments *cosine =
                &self->layers[self->chosen[i]].cosines[g];

            mean[i] = transect_moments_mean(cosine);
            spread[i] = transect_moments_std(cosine);
        }
        transect_drawing_series(&drawing, panel,
                                g == FUNCTION_WORD ? "function words"
                                                   : "content words",
                                mean, n)->spread = spread;
    }
    for (size_t i = 0; i < n; i++)
        numbers[i] = transect_text_format(self->ctx, self->host, "%d",
                                          (int)self->chosen[i]);
    panel->x_names = numbers;
    return transect_drawing_end(&drawing, "words",
                                "Cosine with W_out's first left singular "
                                "vector", 1);
}

int figures_draw(const struct svd_alignment *self,
                 const struct svd_alignment *baseline)
{
    int status = baseline ? TRANSECT_OK : draw_singular(self);

    if (!status)
        status = draw_projection(self, baseline ? baseline : self);
    if (!status && has_words(self))
        status = draw_words(self);
    return status;
}
