/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-legend.c - which colour is which series, above the plot, where it
 * hides no data: a list, or a strip where there are many. */
#include "figure/figure-internal.h"

#include <math.h>
#include <stdlib.h>

#define SAMPLE 18.0 /* a piece of line, or a swatch */
#define BETWEEN 12.0
#define ROW (SIZE_LABEL * 1.4)
#define STRIP 7.0
#define STRIP_NAME 70.0

static const char *name_of(const struct figure_view *view, size_t series)
{
    const char *name = view->panel->series[series].name;

    return name ? name : "";
}

bool figure_legend_needed(const struct figure_view *view)
{
    for (size_t s = 0; s < view->panel->n_series; s++) /* none of a grid */
        if (*name_of(view, s))
            return true;
    return false;
}

static void draw_sample(cairo_t *cr, const struct figure_view *view, size_t s,
                        double x, double y)
{
    figure_colour_set(cr, figure_series_colour(view, s));
    if (view->panel->kind == TRANSECT_BARS) {
        cairo_rectangle(cr, x + SAMPLE - 9, y - 3.5, 9, 7);
        cairo_fill(cr);
        return;
    }
    if (!figure_series_is_scatter(view->panel, s)) {
        cairo_set_line_width(cr, 1.3);
        cairo_move_to(cr, x, y);
        cairo_line_to(cr, x + SAMPLE, y);
        cairo_stroke(cr);
    }
    figure_marker_draw(cr, view->colour[s], view->n_colours, x + SAMPLE / 2, y,
                       5);
}

/* Entries of one row, from `first` on: their number and width. */
static size_t row_of(cairo_t *cr, const struct figure_view *view, size_t first,
                     double width, double *used)
{
    size_t s = first;

    *used = 0;
    for (; s < view->panel->n_series; s++) {
        double entry = SAMPLE + GAP + figure_text_width(cr, name_of(view, s));

        entry = fmin(entry, width) + (s > first ? BETWEEN : 0);
        if (s > first && *used + entry > width)
            break;
        *used += entry;
    }
    return s - first;
}

/* Draws the list, if y is given, and returns its height. */
static double list(cairo_t *cr, const struct figure_view *view, double x,
                   const double *y, double width)
{
    double used, height = 0;

    figure_text_font(cr, SIZE_LABEL, false);
    for (size_t s = 0, n; s < view->panel->n_series; s += n) {
        double at;

        n = row_of(cr, view, s, width, &used);
        at = x + (width - used) / 2;
        for (size_t i = s; y && i < s + n; i++) {
            double middle = *y + height + ROW / 2;
            char *name = figure_text_shorten(cr, name_of(view, i),
                                             width - SAMPLE - GAP);

            draw_sample(cr, view, i, at, middle);
            figure_set_ink(cr);
            figure_text_draw(cr, at + SAMPLE + GAP, middle, name, 0);
            at += SAMPLE + GAP + figure_text_width(cr, name) + BETWEEN;
            free(name);
        }
        height += ROW;
    }
    return height;
}

/* What the names below a strip need, from one to the next. */
static double strip_pitch(cairo_t *cr, const struct figure_view *view)
{
    double widest = 0;

    for (size_t s = 0; s < view->panel->n_series; s++)
        widest = fmax(widest, figure_text_width(cr, name_of(view, s)));
    return fmin(widest, STRIP_NAME) + 1.5 * GAP;
}

/* The first, every step-th, and the last if there is room. */
static void strip_names(cairo_t *cr, const struct figure_view *view, double x,
                        double y, double swatch)
{
    size_t n = view->panel->n_series;
    double pitch = strip_pitch(cr, view) / swatch;
    size_t step = figure_nice_step(pitch);

    figure_set_ink(cr);
    for (size_t s = 0; s < n; s++) {
        bool last = s == n - 1 && (double)(s % step) >= pitch;
        char *name;

        if (s % step != 0 && !last)
            continue;
        name = figure_text_shorten(cr, name_of(view, s), STRIP_NAME);
        figure_text_draw(cr, x + ((double)s + 0.45) * swatch, y, name, 0.5);
        free(name);
    }
}

static void strip(cairo_t *cr, const struct figure_view *view, double x,
                  double y, double width)
{
    size_t n = view->panel->n_series;
    double swatch = fmin(width * 0.9 / (double)n, 24);

    x += (width - swatch * (double)n) / 2;
    for (size_t s = 0; s < n; s++) {
        figure_colour_set(cr, figure_series_colour(view, s));
        cairo_rectangle(cr, x + (double)s * swatch, y, 0.9 * swatch, STRIP);
        cairo_fill(cr);
    }
    figure_text_font(cr, SIZE_TICK, false);
    strip_names(cr, view, x, y + STRIP + GAP / 2 + SIZE_TICK / 2, swatch);
}

double figure_legend_height(cairo_t *cr, const struct figure_view *view,
                            double width)
{
    if (view->panel->n_series > FIGURE_LIST)
        return STRIP + GAP / 2 + SIZE_TICK * LINE_HEIGHT;
    return list(cr, view, 0, NULL, width);
}

void figure_legend_draw(cairo_t *cr, const struct figure_view *view, double x,
                        double y, double width)
{
    if (view->panel->n_series > FIGURE_LIST)
        strip(cr, view, x, y, width);
    else
        list(cr, view, x, &y, width);
}
