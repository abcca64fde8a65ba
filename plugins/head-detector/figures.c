/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figures.c - the figure of head-detector: its scores by layer and head. */
#include "head-detector.h"

#include <math.h>
#include <transect/kit/drawing.h>

/* Heads that are not chosen have no colour. */
static struct transect_panel *add_map(const struct detector *self,
                                      struct transect_drawing *drawing,
                                      const char *title,
                                      const char *value_label,
                                      double **values)
{
    const size_t rows = (size_t)self->model.n_layer;
    const size_t cols = (size_t)self->model.n_head;
    struct transect_panel *panel = transect_drawing_panel(
        drawing, TRANSECT_HEATMAP, title, "head", "layer");

    *values = transect_drawing_values(drawing, rows * cols);
    for (size_t i = 0; i < rows * cols; i++)
        (*values)[i] = NAN;
    panel->flags = TRANSECT_ANNOTATE;
    transect_drawing_grid(panel, *values, rows, cols, value_label);
    return panel;
}

static size_t cell_of(const struct detector *self, size_t place)
{
    return (size_t)(self->heads[place].layer * self->model.n_head +
                    self->heads[place].head);
}

int figures_draw(const struct detector *self)
{
    struct transect_drawing drawing = transect_drawing_new(self->ctx,
                                                           self->host);
    double *values;

    for (int kind = 0; kind < N_KINDS; kind++) {
        if (!detector_counts(self, kind))
            continue;
        add_map(self, &drawing, kind_names[kind], "part of the attention",
                &values);
        for (size_t i = 0; i < self->n_heads; i++)
            values[cell_of(self, i)] = transect_moments_mean(
                detector_scores(self, i, kind, MUL));
    }
    if (self->copying) {
        add_map(self, &drawing, "copying", "eigenvalues over magnitudes",
                &values)->flags |= TRANSECT_DIVERGING;
        for (size_t i = 0; i < self->n_heads; i++)
            values[cell_of(self, i)] = self->copying[i];
    }
    return transect_drawing_end(&drawing, "heads",
                                "Heads by what they attend to", 3);
}
