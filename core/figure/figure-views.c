/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-views.c - what panels of a figure share: the colours of names, and
 * perhaps a legend. */
#include "base/mem.h"
#include "figure/figure-internal.h"

#include <stdlib.h>
#include <string.h>

static const char *series_name(const struct transect_panel *panel, size_t i)
{
    return panel->series[i].name ? panel->series[i].name : "";
}

static bool has_series(const struct transect_panel *panel)
{
    return !figure_kinds[panel->kind]->grid;
}

static bool same_series(const struct transect_panel *a,
                        const struct transect_panel *b)
{
    if (!has_series(a) || !has_series(b) || a->n_series != b->n_series)
        return false;
    for (size_t i = 0; i < a->n_series; i++)
        if (strcmp(series_name(a, i), series_name(b, i)) != 0)
            return false;
    return true;
}

/* The number of a name among those met so far, FIGURE_LIST at most. */
static size_t number_of(const char **known, size_t *n, const char *name)
{
    size_t i = 0;

    while (i < *n && strcmp(known[i], name) != 0)
        i++;
    if (i == *n && *n <= FIGURE_LIST)
        known[(*n)++] = name;
    return i;
}

/* Two series of one panel in one colour could not be told apart. */
static bool repeats(const struct figure_view *view)
{
    for (size_t s = 1; s < view->panel->n_series; s++)
        for (size_t i = 0; i < s; i++)
            if (view->colour[i] == view->colour[s])
                return true;
    return false;
}

/* One name has one colour in the whole figure, if there are enough and no
 * panel uses a name twice. */
static void colour_by_name(const struct figure *figure,
                           struct figure_view *views)
{
    const char *known[FIGURE_LIST + 1];
    size_t n = 0;

    for (size_t p = 0; p < figure->n_panels; p++) {
        struct figure_view *view = &views[p];

        for (size_t s = 0; s < view->panel->n_series; s++)
            view->colour[s] = number_of(known, &n,
                                        series_name(view->panel, s));
        if (repeats(view))
            n = FIGURE_LIST + 1;
    }
    for (size_t p = 0; p < figure->n_panels; p++) {
        struct figure_view *view = &views[p];
        size_t own = view->panel->n_series;

        view->n_colours = n <= FIGURE_LIST ? n : own;
        for (size_t s = 0; n > FIGURE_LIST && s < own; s++)
            view->colour[s] = s;
    }
}

/* What is left is for a caption to explain. */
static void drop_labels(struct transect_panel *panel)
{
    panel->x_label = panel->y_label = panel->value_label = NULL;
}

struct figure_view *figure_views_new(const struct figure *figure, bool *legend)
{
    struct figure_view *views = mem_new(figure->n_panels, sizeof *views);
    bool shared = figure->n_panels > 1;

    for (size_t p = 0; p < figure->n_panels; p++) {
        const struct transect_panel *panel = &figure->panels[p];

        views[p].plain = *panel;
        if (figure->style.no_labels)
            drop_labels(&views[p].plain);
        views[p].panel = &views[p].plain;
        views[p].small = figure->columns > 1;
        views[p].colour = mem_new(panel->n_series, sizeof *views[p].colour);
        shared = shared && same_series(panel, &figure->panels[0]);
    }
    colour_by_name(figure, views);
    *legend = shared && figure_legend_needed(&views[0]);
    for (size_t p = 0; p < figure->n_panels; p++)
        views[p].own_legend = !*legend && figure_legend_needed(&views[p]);
    return views;
}

void figure_views_free(struct figure_view *views, size_t n)
{
    for (size_t p = 0; p < n; p++)
        free(views[p].colour);
    free(views);
}
