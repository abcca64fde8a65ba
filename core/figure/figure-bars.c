/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-bars.c - series as bars, side by side in groups. */
#include "figure/figure-internal.h"

#include <math.h>

#define WIDEST 22.0 /* bar */
#define SHARE 0.8   /* of a group's place that its bars fill */

/* Lengths are compared, so the axis holds zero. */
static void find_scale(const struct transect_panel *panel,
                       struct figure_scale *scale)
{
    struct figure_range range;

    figure_range_of(&range, panel);
    figure_scale_fit(scale, panel, &range, FROM_ZERO, 0.06);
}

static double natural_width(const struct figure_view *view)
{
    double least = view->small ? 250 : 410;
    double n = (double)figure_series_longest(view->panel);
    double bars = (double)view->panel->n_series;

    /* Bars of 3 points at least, until the page is too wide for any use. */
    return fmin(fmax(least, n * (3 * bars + 3)), fmax(least, 1400));
}

static void measure(cairo_t *cr, const struct figure_view *view,
                    struct figure_room *room)
{
    const struct transect_panel *panel = view->panel;
    struct figure_names names = {panel->x_names, figure_series_longest(panel)};
    struct figure_scale scale;

    find_scale(panel, &scale);
    if (room->width == 0) {
        room->width = natural_width(view);
        room->height = view->small ? 165 : 235;
    }
    figure_measure_y_axis(cr, &scale, panel->y_label, room);
    figure_measure_x_groups(cr, &names, room->width / (double)names.n,
                            panel->x_label, room);
}

/* A logarithmic axis has no zero: bars stand on its foot. */
static void draw_bar(cairo_t *cr, const struct figure_rect *plot,
                     const struct figure_scale *scale, double value, double x,
                     double width)
{
    double base = scale->log ? scale->low : 0;
    double y0 = plot->y + plot->h * (1 - figure_scale_at(scale, base));
    double y1 = plot->y + plot->h * (1 - figure_scale_at(scale, value));

    cairo_rectangle(cr, x, fmin(y0, y1), width, fabs(y1 - y0));
    cairo_fill(cr);
}

static void draw_spread(cairo_t *cr, const struct figure_rect *plot,
                        const struct figure_scale *scale,
                        const struct transect_series *series, size_t i,
                        double x, double width)
{
    double half = series->spread ? fabs(series->spread[i]) : NAN;

    if (!figure_value_drawn(half) || half == 0)
        return;
    figure_set_ink(cr);
    cairo_set_line_width(cr, 0.7);
    figure_error_bar_draw(
        cr, x + width / 2,
        plot->y + plot->h * (1 - figure_scale_at(scale, series->y[i] - half)),
        plot->y + plot->h * (1 - figure_scale_at(scale, series->y[i] + half)),
        fmin(2.2, width / 3));
}

static void draw_series(cairo_t *cr, const struct figure_view *view, size_t s,
                        const struct figure_scale *scale,
                        const struct figure_rect *plot)
{
    const struct transect_panel *panel = view->panel;
    const struct transect_series *series = &panel->series[s];
    double spacing = plot->w / (double)figure_series_longest(panel);
    double width = fmin(WIDEST, SHARE * spacing / (double)panel->n_series);
    double left = (spacing - width * (double)panel->n_series) / 2;

    for (size_t i = 0; i < series->n; i++) {
        double x = plot->x + (double)i * spacing + left + (double)s * width;

        if (!figure_value_drawn(series->y[i]))
            continue;
        figure_colour_set(cr, figure_series_colour(view, s));
        draw_bar(cr, plot, scale, series->y[i], x + 0.04 * width,
                 0.92 * width);
        draw_spread(cr, plot, scale, series, i, x, width);
    }
}

/* Where bars go both ways; else the frame is the zero line. */
static void draw_zero(cairo_t *cr, const struct figure_scale *scale,
                      const struct figure_rect *plot)
{
    double t = figure_scale_at(scale, 0);

    if (scale->log || t <= 0 || t >= 1)
        return;
    figure_set_ink(cr);
    cairo_set_line_width(cr, 0.8);
    cairo_move_to(cr, plot->x, plot->y + plot->h * (1 - t));
    cairo_rel_line_to(cr, plot->w, 0);
    cairo_stroke(cr);
}

static void draw(cairo_t *cr, const struct figure_view *view,
                 const struct figure_rect *plot)
{
    const struct transect_panel *panel = view->panel;
    struct figure_names names = {panel->x_names, figure_series_longest(panel)};
    double spacing = plot->w / (double)names.n;
    struct figure_scale scale;

    find_scale(panel, &scale);
    figure_draw_y_grid(cr, &scale, plot);
    cairo_save(cr);
    cairo_rectangle(cr, plot->x, plot->y, plot->w, plot->h);
    cairo_clip(cr);
    for (size_t s = 0; s < panel->n_series; s++)
        draw_series(cr, view, s, &scale, plot);
    draw_zero(cr, &scale, plot);
    cairo_restore(cr);
    figure_draw_frame(cr, plot);
    figure_draw_y_axis(cr, &scale, panel->y_label, plot);
    figure_draw_x_groups(cr, &names, plot->x + spacing / 2, spacing,
                         panel->x_label, plot);
}

const struct figure_kind figure_bars = {false, measure, draw};
