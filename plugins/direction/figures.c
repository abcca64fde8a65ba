/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figures.c - accuracy by layer, beside that of shuffled labels and of
 * chance. */
#include "direction.h"

#include <transect/kit/drawing.h>

#define MAX_PANELS 12 /* more would not be read */

/* What is drawn against layers: sites of one point and place. */
struct row {
    size_t n;
    const struct site **sites; /* (n) */
};

static struct row row_of(const struct direction *self,
                         const struct site *first)
{
    struct row row = {0};

    row.sites = self->host->alloc(self->ctx, (size_t)self->n_sites,
                                  sizeof *row.sites);
    for (int32_t i = 0; i < self->n_sites; i++)
        if (self->sites[i].point == first->point &&
            self->sites[i].place == first->place)
            row.sites[row.n++] = &self->sites[i];
    return row;
}

static void add_series(const struct direction *self,
                       struct transect_drawing *drawing,
                       struct transect_panel *panel, const struct row *row,
                       int method)
{
    double *layers = transect_drawing_values(drawing, row->n);
    double *accuracy = transect_drawing_values(drawing, row->n);
    double *control = transect_drawing_values(drawing, row->n);
    double *chance = transect_drawing_values(drawing, row->n);
    double *spread = transect_drawing_values(drawing, row->n);
    double *control_spread = transect_drawing_values(drawing, row->n);
    struct transect_series *series;

    for (size_t i = 0; i < row->n; i++) {
        const struct result *result = &row->sites[i]->results[method];

        layers[i] = row->sites[i]->layer;
        accuracy[i] = result->accuracy.mean;
        spread[i] = result->accuracy.se;
        control[i] = result->control.mean;
        control_spread[i] = result->control.se;
        chance[i] = direction_chance(self);
    }
    series = transect_drawing_series(drawing, panel, "held-out samples",
                                     accuracy, row->n);
    series->x = layers;
    series->spread = spread;
    series = transect_drawing_series(drawing, panel, "shuffled labels",
                                     control, row->n);
    series->x = layers;
    series->spread = control_spread;
    transect_drawing_series(drawing, panel, "larger class", chance,
                            row->n)->x = layers;
}

static void add_panel(const struct direction *self,
                      struct transect_drawing *drawing,
                      const struct row *row, int method)
{
    const struct site *site = row->sites[0];
    struct transect_panel *panel = transect_drawing_panel(
        drawing, TRANSECT_LINES,
        transect_text_format(self->ctx, self->host, "%s, %s, position %s",
                             direction_methods[method],
                             self->host->point_name(site->point),
                             self->places[site->place]),
        "layer", "accuracy \u00b1 standard error");

    panel->low = 0;
    panel->high = 1;
    add_series(self, drawing, panel, row, method);
}

/* Is it the first site of its point and place? */
static bool begins_row(const struct direction *self, int32_t i)
{
    for (int32_t j = 0; j < i; j++)
        if (self->sites[j].point == self->sites[i].point &&
            self->sites[j].place == self->sites[i].place)
            return false;
    return true;
}

int direction_draw(const struct direction *self)
{
    struct transect_drawing drawing = transect_drawing_new(self->ctx,
                                                           self->host);
    int32_t n_methods = 0;

    for (int method = 0; method < N_METHODS; method++)
        n_methods += self->wanted[method];
    for (int32_t i = 0; i < self->n_sites; i++) {
        struct row row;

        if (!begins_row(self, i) || self->sites[i].layer < 0 ||
            drawing.n + (size_t)n_methods > MAX_PANELS)
            continue;
        row = row_of(self, &self->sites[i]);
        for (int method = 0; method < N_METHODS; method++)
            if (self->wanted[method])
                add_panel(self, &drawing, &row, method);
    }
    if (!drawing.n)
        return TRANSECT_OK;
    return transect_drawing_end(&drawing, "accuracy", "Two classes told apart "
                                "by one direction", n_methods);
}
