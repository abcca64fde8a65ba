/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-lines.c - series as lines with markers and error bars. */
#include "figure/figure-internal.h"

#include <math.h>

#define MARKER 5.0
#define MARKER_PITCH 11.0 /* markers closer than that are thinned out */

struct axes {
    struct figure_scale x, y;
    bool whole; /* all x are whole numbers */
};

static void find_axes(const struct transect_panel *panel, struct axes *axes)
{
    static const struct transect_panel no_limits;
    struct figure_range x, y;

    figure_range_init(&x);
    axes->whole = true;
    for (size_t s = 0; s < panel->n_series; s++)
        for (size_t i = 0; i < panel->series[s].n; i++)
            if (figure_series_has(&panel->series[s], i)) {
                double at = figure_series_x(&panel->series[s], i);

                figure_range_add(&x, at);
                axes->whole = axes->whole && at == floor(at);
            }
    figure_scale_fit(&axes->x, &no_limits, &x, FROM_VALUES, 0.03);
    figure_range_of(&y, panel);
    figure_scale_fit(&axes->y, panel, &y, FROM_VALUES, 0.05);
}

/* From one whole number on the x axis to the next: i has the name i. */
static double spacing_of(const struct axes *axes, double width)
{
    return width *
           (figure_scale_at(&axes->x, 1) - figure_scale_at(&axes->x, 0));
}

static void measure(cairo_t *cr, const struct figure_view *view,
                    struct figure_room *room)
{
    const struct transect_panel *panel = view->panel;
    struct figure_names names = {panel->x_names, figure_series_longest(panel)};
    struct axes axes;

    find_axes(panel, &axes);
    if (room->width == 0) {
        room->width = view->small ? 250 : 410;
        room->height = view->small ? 165 : 235;
    }
    figure_measure_y_axis(cr, &axes.y, panel->y_label, room);
    if (names.text)
        figure_measure_x_groups(cr, &names, spacing_of(&axes, room->width),
                                panel->x_label, room);
    else
        figure_measure_x_axis(cr, &axes.x, axes.whole, panel->x_label, room);
}

static double place_x(const struct axes *axes, const struct figure_rect *plot,
                      double x)
{
    return plot->x + plot->w * figure_scale_at(&axes->x, x);
}

static double place_y(const struct axes *axes, const struct figure_rect *plot,
                      double y)
{
    return plot->y + plot->h * (1 - figure_scale_at(&axes->y, y));
}

/* A missing value interrupts the line; nothing is interpolated. */
static void draw_line(cairo_t *cr, const struct transect_series *series,
                      const struct axes *axes, const struct figure_rect *plot,
                      double width)
{
    cairo_new_path(cr);
    for (size_t i = 0; i < series->n; i++) {
        if (!figure_series_has(series, i)) {
            cairo_new_sub_path(cr);
            continue;
        }
        cairo_line_to(cr, place_x(axes, plot, figure_series_x(series, i)),
                      place_y(axes, plot, series->y[i]));
    }
    cairo_set_line_width(cr, width);
    cairo_stroke(cr);
}

/* Caps only where neighbours leave room for them. */
static void draw_spread(cairo_t *cr, const struct transect_series *series,
                        const struct axes *axes,
                        const struct figure_rect *plot)
{
    double pitch = plot->w / (double)(series->n ? series->n : 1);

    cairo_set_line_width(cr, 0.7);
    for (size_t i = 0; i < series->n && series->spread; i++) {
        double half = fabs(series->spread[i]);

        if (figure_series_has(series, i) && figure_value_drawn(half))
            figure_error_bar_draw(
                cr, place_x(axes, plot, figure_series_x(series, i)),
                place_y(axes, plot, series->y[i] - half),
                place_y(axes, plot, series->y[i] + half), pitch > 8 ? 2.2 : 0);
    }
}

/* Is the point seen only by its marker? */
static bool alone(const struct figure_view *view, size_t s, size_t i)
{
    const struct transect_series *series = &view->panel->series[s];

    return figure_series_is_scatter(view->panel, s) ||
           (!(i > 0 && figure_series_has(series, i - 1)) &&
            !figure_series_has(series, i + 1));
}

static void draw_markers(cairo_t *cr, const struct figure_view *view, size_t s,
                         const struct axes *axes,
                         const struct figure_rect *plot)
{
    const struct transect_series *series = &view->panel->series[s];
    size_t n = figure_series_longest(view->panel);
    size_t step = figure_nice_step(MARKER_PITCH * (double)n / plot->w);
    bool many = view->n_colours > FIGURE_LIST;
    bool crowded = many && step > 1; /* one shape, too often to help */
    bool small = many ||
                 (figure_series_is_scatter(view->panel, s) && step > 1);

    for (size_t i = 0; i < series->n; i++) {
        double x, y;

        /* Each series begins at another point, so that fewer coincide. */
        if (!figure_series_has(series, i) ||
            (!alone(view, s, i) && (crowded || (i + s) % step != 0)))
            continue;
        x = figure_scale_at(&axes->x, figure_series_x(series, i));
        y = figure_scale_at(&axes->y, series->y[i]);
        if (x >= 0 && x <= 1 && y >= 0 && y <= 1)
            figure_marker_draw(
                cr, view->colour[s], view->n_colours, plot->x + x * plot->w,
                plot->y + (1 - y) * plot->h, small ? 0.6 * MARKER : MARKER);
    }
}

static void draw_axes(cairo_t *cr, const struct transect_panel *panel,
                      const struct axes *axes, const struct figure_rect *plot)
{
    struct figure_names names = {panel->x_names, figure_series_longest(panel)};

    figure_draw_frame(cr, plot);
    figure_draw_y_axis(cr, &axes->y, panel->y_label, plot);
    if (names.text)
        figure_draw_x_groups(cr, &names, place_x(axes, plot, 0),
                             spacing_of(axes, plot->w), panel->x_label, plot);
    else
        figure_draw_x_axis(cr, &axes->x, axes->whole, panel->x_label, plot);
}

static void draw(cairo_t *cr, const struct figure_view *view,
                 const struct figure_rect *plot)
{
    const struct transect_panel *panel = view->panel;
    struct axes axes;

    find_axes(panel, &axes);
    figure_draw_y_grid(cr, &axes.y, plot);
    draw_axes(cr, panel, &axes, plot);
    for (size_t s = 0; s < panel->n_series; s++) {
        cairo_save(cr);
        cairo_rectangle(cr, plot->x, plot->y, plot->w, plot->h);
        cairo_clip(cr);
        figure_colour_set(cr, figure_series_colour(view, s));
        draw_spread(cr, &panel->series[s], &axes, plot);
        if (!figure_series_is_scatter(panel, s))
            draw_line(cr, &panel->series[s], &axes, plot,
                      view->n_colours > FIGURE_LIST ? 0.9 : 1.3);
        cairo_restore(cr);
        /* Not clipped: half a marker at the frame would look like another. */
        draw_markers(cr, view, s, &axes, plot);
    }
}

const struct figure_kind figure_lines = {false, measure, draw};
