/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figures.c - the parts as pictures. */
#include "attribution.h"

#include <transect/kit/drawing.h>

static int draw_heads(const struct attribution *self,
                      struct transect_drawing *drawing)
{
    size_t n_layer = (size_t)self->model.n_layer;
    size_t n_head = (size_t)self->model.n_head;
    double *values = transect_drawing_values(drawing, n_layer * n_head);
    struct transect_panel *panel = transect_drawing_panel(
        drawing, TRANSECT_HEATMAP, NULL, "head", "layer");

    for (size_t i = 0; i < n_layer * n_head; i++)
        values[i] = transect_moments_mean(
            &self->moments[part_at(self, HEAD, (int32_t)(i / n_head),
                                   (int32_t)(i % n_head))]);
    panel->flags = TRANSECT_ANNOTATE | TRANSECT_DIVERGING;
    transect_drawing_grid(panel, values, n_layer, n_head,
                          about(self, "part of the %s"));
    return transect_drawing_end(drawing, "heads",
                                about(self, "What each head adds to the %s"),
                                1);
}

static void add_layers(const struct attribution *self,
                       struct transect_drawing *drawing,
                       struct transect_panel *panel, enum part_kind kind,
                       const char *name)
{
    size_t n = (size_t)self->model.n_layer;
    double *values = transect_drawing_values(drawing, 2 * n);
    struct transect_series *series = transect_drawing_series(drawing, panel,
                                                             name, values, n);

    for (size_t l = 0; l < n; l++) {
        const struct transect_moments *moments =
            &self->moments[part_at(self, kind, (int32_t)l, -1)];

        values[l] = transect_moments_mean(moments);
        values[n + l] = transect_moments_error(moments);
    }
    if (!isnan(values[n]))
        series->spread = values + n;
}

int figures_draw(const struct attribution *self)
{
    struct transect_drawing drawing = transect_drawing_new(self->ctx,
                                                           self->host);
    struct transect_panel *panel;

    if (draw_heads(self, &drawing))
        return TRANSECT_FAILED;
    panel = transect_drawing_panel(&drawing, TRANSECT_LINES, NULL, "layer",
                                   about(self, "part of the %s"));
    add_layers(self, &drawing, panel, ATTENTION, "attention");
    add_layers(self, &drawing, panel, MLPS, "MLP");
    return transect_drawing_end(&drawing, "layers",
                                about(self, "What each layer adds to the %s"),
                                1);
}
