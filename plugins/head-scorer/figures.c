/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figures.c - the figures of head-scorer. */
#include "head-scorer.h"

#include <inttypes.h>
#include <math.h>
#include <transect/kit/drawing.h>

/* scores (L, H), in double precision. */
static double *make_scores(const struct head_scorer *self,
                           struct transect_drawing *drawing)
{
    size_t n = (size_t)self->n_layer * (size_t)self->n_head;
    double *scores = transect_drawing_values(drawing, n);

    for (size_t i = 0; i < n; i++)
        scores[i] = self->sums[i] / self->n_sample;
    return scores;
}

/* All heads at once: where in the model the attention goes there. */
static int draw_map(const struct head_scorer *self,
                    struct transect_drawing *drawing, const double *scores,
                    const char *title)
{
    struct transect_panel *panel = transect_drawing_panel(
        drawing, TRANSECT_HEATMAP, NULL, "head", "layer");

    panel->flags = TRANSECT_ANNOTATE;
    transect_drawing_grid(panel, scores, (size_t)self->n_layer,
                          (size_t)self->n_head, "mean attention");
    return transect_drawing_end(drawing, "heads", title, 1);
}

/* Dots, since heads have no order; a colour for each layer. */
static void add_layers(const struct head_scorer *self,
                       struct transect_drawing *drawing, const double *scores)
{
    size_t n = (size_t)self->n_head;
    double *errors = transect_drawing_values(drawing,
                                             n * (size_t)self->n_layer);
    struct transect_panel *panel = transect_drawing_panel(
        drawing, TRANSECT_LINES, "by layer, \u00b1 standard error", "head",
        "mean attention");

    panel->flags = TRANSECT_DOTS;
    for (size_t l = 0; l < (size_t)self->n_layer; l++) {
        struct transect_series *series = transect_drawing_series(
            drawing, panel,
            transect_text_format(self->ctx, self->host, "layer %zu", l),
            scores + l * n, n);

        for (size_t h = 0; h < n; h++)
            errors[l * n + h] = head_scorer_error(self, l * n + h);
        if (self->n_sample > 1)
            series->spread = errors + l * n;
    }
}

/* Mean and population standard deviation over layers, for each head. */
static void add_mean(const struct head_scorer *self,
                     struct transect_drawing *drawing, const double *scores)
{
    static const char name[] = "mean \u00b1 std over layers";
    int32_t n_layer = self->n_layer, n_head = self->n_head;
    double *mean = transect_drawing_values(drawing, (size_t)n_head);
    double *spread = transect_drawing_values(drawing, (size_t)n_head);
    struct transect_panel *panel = transect_drawing_panel(
        drawing, TRANSECT_LINES, name, "head", "mean attention");

    panel->flags = TRANSECT_DOTS;
    for (int32_t h = 0; h < n_head; h++) {
        double sum = 0, squares = 0;

        for (int32_t l = 0; l < n_layer; l++)
            sum += scores[l * n_head + h];
        mean[h] = sum / n_layer;
        for (int32_t l = 0; l < n_layer; l++) {
            double x = scores[l * n_head + h] - mean[h];

            squares += x * x;
        }
        spread[h] = sqrt(squares / n_layer);
    }
    transect_drawing_series(drawing, panel, name, mean,
                            (size_t)n_head)->spread = spread;
}

int figures_draw(const struct head_scorer *self)
{
    struct transect_drawing drawing = transect_drawing_new(self->ctx,
                                                           self->host);
    const double *scores = make_scores(self, &drawing);
    char title[64];

    snprintf(title, sizeof title, "Attention to position %" PRId64,
             self->position);
    if (draw_map(self, &drawing, scores, title))
        return TRANSECT_FAILED;
    add_layers(self, &drawing, scores);
    add_mean(self, &drawing, scores);
    return transect_drawing_end(&drawing, "ranking", title, 2);
}
