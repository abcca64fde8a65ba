/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-series.c - what lines, bars and legends know of series: values,
 * colours, markers, error bars. */
#include "figure/figure-internal.h"

#include <math.h>

size_t figure_series_longest(const struct transect_panel *panel)
{
    size_t n = 0;

    for (size_t s = 0; s < panel->n_series; s++)
        n = panel->series[s].n > n ? panel->series[s].n : n;
    return n;
}

double figure_series_x(const struct transect_series *series, size_t i)
{
    return series->x ? series->x[i] : (double)i;
}

bool figure_series_has(const struct transect_series *series, size_t i)
{
    return i < series->n && figure_value_drawn(series->y[i]) &&
           figure_value_drawn(figure_series_x(series, i));
}

bool figure_series_is_scatter(const struct transect_panel *panel,
                              size_t series)
{
    return panel->kind == TRANSECT_LINES &&
           (panel->flags & TRANSECT_DOTS ||
            (panel->flags & TRANSECT_SCATTER && series == 0));
}

struct figure_colour figure_series_colour(const struct figure_view *view,
                                          size_t series)
{
    return figure_colour_series(view->colour[series], view->n_colours);
}

void figure_error_bar_draw(cairo_t *cr, double x, double y0, double y1,
                           double cap)
{
    cairo_move_to(cr, x, y0);
    cairo_line_to(cr, x, y1);
    if (cap > 0) {
        cairo_move_to(cr, x - cap, y0);
        cairo_line_to(cr, x + cap, y0);
        cairo_move_to(cr, x - cap, y1);
        cairo_line_to(cr, x + cap, y1);
    }
    cairo_stroke(cr);
}

/* A regular polygon, its first corner at that angle. */
static void polygon(cairo_t *cr, double x, double y, double radius, int n,
                    double angle)
{
    for (int i = 0; i < n; i++) {
        double turn = angle + 2 * M_PI * i / n;

        cairo_line_to(cr, x + radius * cos(turn), y + radius * sin(turn));
    }
    cairo_close_path(cr);
}

static void cross(cairo_t *cr, double x, double y, double radius,
                  double angle)
{
    for (int i = 0; i < 4; i++) {
        cairo_move_to(cr, x, y);
        cairo_line_to(cr, x + radius * cos(angle + i * M_PI / 2),
                      y + radius * sin(angle + i * M_PI / 2));
    }
    cairo_set_line_width(cr, 1.4);
    cairo_stroke(cr);
}

void figure_marker_draw(cairo_t *cr, size_t colour, size_t n_colours, double x,
                        double y, double size)
{
    static const struct {
        int corners;
        double angle, size;
    } shapes[FIGURE_LIST] = { /* all of about the same area */
        {0, 0, 0.5},          {4, M_PI / 4, 0.63}, {3, -M_PI / 2, 0.7},
        {4, 0, 0.68},         {3, M_PI / 2, 0.7},  {-4, M_PI / 4, 0.6},
        {6, -M_PI / 2, 0.55}, {-4, 0, 0.65},
    };
    size_t i = n_colours <= FIGURE_LIST ? colour : 0;
    double radius = size * shapes[i].size;

    cairo_new_path(cr);
    figure_colour_set(cr, figure_colour_series(colour, n_colours));
    if (shapes[i].corners < 0) {
        cross(cr, x, y, radius, shapes[i].angle);
        return;
    }
    if (shapes[i].corners == 0)
        cairo_arc(cr, x, y, radius, 0, 2 * M_PI);
    else
        polygon(cr, x, y, radius, shapes[i].corners, shapes[i].angle);
    cairo_fill_preserve(cr);
    cairo_set_source_rgb(cr, 1, 1, 1); /* keeps neighbours apart */
    cairo_set_line_width(cr, 0.4);
    cairo_stroke(cr);
}
