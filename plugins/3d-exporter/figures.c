/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figures.c - the figures of 3d-exporter. */
#include "surface.h"

#include <math.h>

#define MOST_DRAWN 1500 /* more would hide each other: a map is drawn */
#define NARROW 24      /* positions of panels that fit side by side */

/* What the panels of one site have in common. */
struct site_figures {
    const struct surface *self;
    const struct site *site, *old; /* old NULL: nothing to compare with */
    struct transect_drawing drawing;
    char title[64];
    const char **tokens; /* (T) "3 Summer": tokens repeat, and where there are
                            many not all of them are named */
    const char **dims;   /* (n_shown) */
    double *values;      /* (3, n_shown, T): old, new, change */
    double *total;       /* (n_shown) of the magnitudes of the changes */
};

static void name_axes(struct site_figures *figures)
{
    const struct surface *self = figures->self;
    const struct transect_host *host = self->host;

    figures->tokens = host->alloc(self->ctx, self->n_rows,
                                  sizeof *figures->tokens);
    figures->dims = host->alloc(self->ctx, self->n_shown,
                                sizeof *figures->dims);
    for (size_t t = 0; t < self->n_rows; t++)
        figures->tokens[t] = transect_text_format(self->ctx, host, "%d %s",
                                                  (int)self->first + (int)t,
                                                  surface_label(self, t));
    for (size_t i = 0; i < self->n_shown; i++)
        figures->dims[i] = transect_text_format(
            self->ctx, host, "%d",
            (int)surface_dim(self, figures->site->shown[i]));
}

static void fill(struct site_figures *figures, const struct surface *baseline)
{
    const struct surface *self = figures->self;
    const struct site *site = figures->site;
    size_t n_rows = self->n_rows, size = self->n_shown * n_rows;

    figures->values = transect_drawing_values(&figures->drawing, 3 * size);
    figures->total = transect_drawing_values(&figures->drawing,
                                             self->n_shown);
    for (size_t i = 0; i < self->n_shown; i++)
        for (size_t t = 0; t < n_rows; t++) {
            double *at = figures->values + i * n_rows + t;

            at[size] = surface_at(self, site, site, t, i);
            if (!figures->old)
                continue;
            at[0] = surface_at(baseline, figures->old, site, t, i);
            at[2 * size] = at[size] - at[0];
            figures->total[i] += fabs(at[2 * size]);
        }
}

/* Which of the three grids; all have dims as rows and tokens as columns. */
static struct transect_panel *add_grid(struct site_figures *figures,
                                       const char *title, int which)
{
    const struct surface *self = figures->self;
    size_t size = self->n_shown * self->n_rows;
    struct transect_panel *panel = transect_drawing_panel(
        &figures->drawing,
        size > MOST_DRAWN ? TRANSECT_HEATMAP : TRANSECT_BARS3D, title, "token",
        "dim");

    transect_drawing_grid(panel, figures->values + (size_t)which * size,
                          self->n_shown, self->n_rows, "magnitude");
    panel->x_names = figures->tokens;
    panel->y_names = figures->dims;
    return panel;
}

/* "surface-L2", "resid_post of layer 2: magnitude by token and dim". */
static int draw(struct site_figures *figures, const char *word,
                const char *title)
{
    char name[64], whole[128];

    site_name(figures->site, word, name, sizeof name);
    snprintf(whole, sizeof whole, "%s: %s", figures->title, title);
    return transect_drawing_end(&figures->drawing, name, whole,
                                figures->self->n_rows > NARROW ? 1 : 2);
}

/* Before and after on one axis, from zero: the highest bar of either. */
static int draw_surfaces(struct site_figures *figures)
{
    const struct surface *self = figures->self;
    size_t size = self->n_shown * self->n_rows;
    double high = 0;

    for (size_t i = 0; i < 2 * size; i++)
        high = fmax(high, figures->values[i]);
    if (figures->old)
        add_grid(figures, "baseline", 0)->high = high;
    add_grid(figures, figures->old ? "variant" : NULL, 1)->high = high;
    return draw(figures, "surface", "magnitude by token and dim");
}

static int draw_change(struct site_figures *figures)
{
    struct transect_panel *panel = add_grid(figures,
                                            "change of each magnitude", 2);

    panel->kind = TRANSECT_HEATMAP;
    panel->flags = TRANSECT_DIVERGING | TRANSECT_ANNOTATE;
    panel->value_label = "change";
    panel = transect_drawing_panel(&figures->drawing, TRANSECT_BARS,
                                   "total absolute change over the tokens",
                                   "dim", "sum of |change|");
    panel->x_names = figures->dims;
    transect_drawing_series(&figures->drawing, panel, NULL, figures->total,
                            figures->self->n_shown);
    return draw(figures, "change", "change against the baseline");
}

int figures_of_site(const struct surface *self, const struct site *site,
                    const struct surface *baseline, const struct site *old)
{
    struct site_figures figures = {
        .self = self,
        .site = site,
        .old = old,
        .drawing = transect_drawing_new(self->ctx, self->host),
    };
    int status;

    site_title(site, figures.title, sizeof figures.title);
    name_axes(&figures);
    fill(&figures, baseline);
    status = draw_surfaces(&figures);
    if (!status && old)
        status = draw_change(&figures);
    return status;
}
