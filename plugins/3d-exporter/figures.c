/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figures.c - the figures of 3d-exporter. */
#include "surface.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_DRAWN 1500 /* more would hide each other: a map is drawn */
#define NARROW 24      /* positions of panels that fit side by side */

/* What the panels of one site have in common. */
struct drawing {
    const struct surface *self;
    const struct site *site, *old; /* old NULL: nothing to compare with */
    char title[64];
    char **tokens;       /* (T) "3 Summer" */
    char (*dims)[16];    /* (n_shown) */
    const char **names;  /* (n_shown) of dims */
    double *values;      /* (3, n_shown, T): old, new, change */
    double *total;       /* (n_shown) of the magnitudes of the changes */
};

/* Tokens repeat, and where there are many not all of them are named: each has
 * its position with it. */
static char *token_name(const struct surface *self, size_t row)
{
    const char *label = surface_label(self, row);
    size_t size = strlen(label) + 16;
    char *name = malloc(size);

    if (name)
        snprintf(name, size, "%d %s", (int)self->first + (int)row, label);
    return name;
}

static void clear(struct drawing *drawing)
{
    for (size_t t = 0; drawing->tokens && t < drawing->self->n_rows; t++)
        free(drawing->tokens[t]);
    free(drawing->tokens);
    free(drawing->dims);
    free(drawing->names);
    free(drawing->values);
    free(drawing->total);
}

static bool allocate(struct drawing *drawing)
{
    const struct surface *self = drawing->self;
    size_t n = self->n_shown, n_rows = self->n_rows;

    drawing->tokens = calloc(n_rows, sizeof *drawing->tokens);
    drawing->dims = calloc(n, sizeof *drawing->dims);
    drawing->names = calloc(n, sizeof *drawing->names);
    drawing->values = calloc(3 * n * n_rows, sizeof *drawing->values);
    drawing->total = calloc(n, sizeof *drawing->total);
    if (!drawing->tokens || !drawing->dims || !drawing->names ||
        !drawing->values || !drawing->total)
        return false;
    for (size_t t = 0; t < n_rows; t++)
        if (!(drawing->tokens[t] = token_name(self, t)))
            return false;
    return true;
}

static void fill(struct drawing *drawing, const struct surface *baseline)
{
    const struct surface *self = drawing->self;
    const struct site *site = drawing->site;
    size_t n_rows = self->n_rows, size = self->n_shown * n_rows;

    site_title(site, drawing->title, sizeof drawing->title);
    for (size_t i = 0; i < self->n_shown; i++) {
        snprintf(drawing->dims[i], sizeof *drawing->dims, "%d",
                 (int)surface_dim(self, site->shown[i]));
        drawing->names[i] = drawing->dims[i];
        for (size_t t = 0; t < n_rows; t++) {
            double *at = drawing->values + i * n_rows + t;

            at[size] = surface_at(self, site, site, t, i);
            if (!drawing->old)
                continue;
            at[0] = surface_at(baseline, drawing->old, site, t, i);
            at[2 * size] = at[size] - at[0];
            drawing->total[i] += fabs(at[2 * size]);
        }
    }
}

/* Which of the three grids; all have dims as rows and tokens as columns. */
static struct transect_panel grid(const struct drawing *drawing, int which)
{
    const struct surface *self = drawing->self;
    size_t size = self->n_shown * self->n_rows;

    return (struct transect_panel){
        .size = sizeof(struct transect_panel),
        .kind = size > MOST_DRAWN ? TRANSECT_HEATMAP : TRANSECT_BARS3D,
        .x_label = "token",
        .y_label = "dim",
        .values = drawing->values + (size_t)which * size,
        .rows = self->n_shown,
        .cols = self->n_rows,
        .value_label = "magnitude",
        .x_names = (const char *const *)drawing->tokens,
        .y_names = drawing->names,
    };
}

/* Before and after on one axis, from zero: the highest bar of either. */
static int draw_surfaces(const struct drawing *drawing)
{
    const struct surface *self = drawing->self;
    size_t size = self->n_shown * self->n_rows, n = drawing->old ? 2 : 1;
    struct transect_panel panels[2] = {grid(drawing, drawing->old ? 0 : 1),
                                       grid(drawing, 1)};
    char name[64], title[128];

    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < 2 * size; j++)
            panels[i].high = fmax(panels[i].high, drawing->values[j]);
    if (drawing->old) {
        panels[0].title = "baseline";
        panels[1].title = "variant";
    }
    site_name(drawing->site, "surface", name, sizeof name);
    snprintf(title, sizeof title, "%s: magnitude by token and dim",
             drawing->title);
    return self->draw->figure(self->ctx, name, title, panels, n,
                              self->n_rows > NARROW ? 1 : 2);
}

static int draw_change(const struct drawing *drawing)
{
    const struct surface *self = drawing->self;
    struct transect_series series = {.y = drawing->total,
                                     .n = self->n_shown};
    struct transect_panel panels[2] = {grid(drawing, 2), {0}};
    char name[64], title[128];

    panels[0].kind = TRANSECT_HEATMAP;
    panels[0].flags = TRANSECT_DIVERGING | TRANSECT_ANNOTATE;
    panels[0].title = "change of each magnitude";
    panels[0].value_label = "change";
    panels[1] = (struct transect_panel){
        .size = sizeof panels[1],
        .kind = TRANSECT_BARS,
        .title = "total absolute change over the tokens",
        .x_label = "dim",
        .y_label = "sum of |change|",
        .series = &series,
        .n_series = 1,
        .x_names = drawing->names,
    };
    site_name(drawing->site, "change", name, sizeof name);
    snprintf(title, sizeof title, "%s: change against the baseline",
             drawing->title);
    return self->draw->figure(self->ctx, name, title, panels, 2,
                              self->n_rows > NARROW ? 1 : 2);
}

int figures_of_site(const struct surface *self, const struct site *site,
                    const struct surface *baseline, const struct site *old)
{
    struct drawing drawing = {.self = self, .site = site, .old = old};
    int status;

    if (!self->draw)
        return TRANSECT_OK;
    if (!allocate(&drawing)) {
        clear(&drawing);
        return self->host->fail(self->ctx, "no memory");
    }
    fill(&drawing, baseline);
    status = draw_surfaces(&drawing);
    if (!status && old)
        status = draw_change(&drawing);
    clear(&drawing);
    return status;
}
