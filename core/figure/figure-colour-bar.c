/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-colour-bar.c - values as colours, and the bar that explains them. */
#include "figure/figure-internal.h"

#include <math.h>

#define BAR_GAP 10.0
#define BAR_WIDTH 9.0
#define LEAST_TICKS 3
#define ARROW 6.0
#define STOPS 80 /* a multiple of the steps of both maps */

static struct figure_colour map(const struct colour_bar *bar, double t)
{
    return bar->diverging ? figure_colour_diverging(t)
                          : figure_colour_sequential(t);
}

struct figure_colour figure_colour_bar_at(const struct colour_bar *bar,
                                          double value)
{
    if (isnan(value))
        return map(bar, NAN);
    if (isinf(value))
        return map(bar, value < 0 ? 0 : 1);
    return map(bar, figure_scale_at(&bar->scale, value));
}

/* Three at least, without which colours cannot be read, if a low bar has room
 * for so many lines. */
static void find_ticks(const struct colour_bar *bar, double height,
                       struct figure_ticks *ticks)
{
    figure_y_ticks(&bar->scale, height, ticks);
    for (double most = 2;
         ticks->n < LEAST_TICKS && most * SIZE_TICK * 1.1 < height; most++)
        figure_scale_ticks(&bar->scale, most, false, ticks);
}

double figure_colour_bar_room(cairo_t *cr, const struct colour_bar *bar,
                              double height)
{
    struct figure_ticks ticks;

    find_ticks(bar, height, &ticks);
    return BAR_GAP + BAR_WIDTH + TICK_LENGTH + GAP / 2 +
           figure_ticks_width(cr, &ticks) +
           figure_label_room(cr, bar->label, height);
}

/* What lies beyond an end has that end's colour; an arrow says so. */
static void draw_arrow(cairo_t *cr, const struct figure_rect *box, double y,
                       double up, struct figure_colour colour)
{
    cairo_move_to(cr, box->x, y);
    cairo_line_to(cr, box->x + box->w / 2, y - up);
    cairo_line_to(cr, box->x + box->w, y);
    cairo_close_path(cr);
    figure_colour_set(cr, colour);
    cairo_fill(cr);
}

static void draw_ramp(cairo_t *cr, const struct colour_bar *bar,
                      const struct figure_rect *box)
{
    cairo_pattern_t *ramp =
        cairo_pattern_create_linear(0, box->y + box->h, 0, box->y);

    for (int i = 0; i <= STOPS; i++) {
        double t = (double)i / STOPS;
        struct figure_colour c = map(bar, t);

        cairo_pattern_add_color_stop_rgb(ramp, t, c.r, c.g, c.b);
    }
    cairo_set_source(cr, ramp);
    cairo_rectangle(cr, box->x, box->y, box->w, box->h);
    cairo_fill(cr);
    cairo_pattern_destroy(ramp);
    if (bar->above)
        draw_arrow(cr, box, box->y, ARROW, map(bar, 1));
    if (bar->below)
        draw_arrow(cr, box, box->y + box->h, -ARROW, map(bar, 0));
}

void figure_colour_bar_draw(cairo_t *cr, const struct colour_bar *bar,
                            const struct figure_rect *plot)
{
    struct figure_rect box = {plot->x + plot->w + BAR_GAP, plot->y, BAR_WIDTH,
                              plot->h};
    double right = box.x + box.w;
    struct figure_ticks ticks;

    draw_ramp(cr, bar, &box);
    figure_draw_frame(cr, &box);
    find_ticks(bar, box.h, &ticks);
    figure_text_font(cr, SIZE_TICK, false);
    for (size_t i = 0; i < ticks.n; i++) {
        double y = box.y +
                   box.h * (1 - figure_scale_at(&bar->scale, ticks.at[i]));

        cairo_move_to(cr, right, y);
        cairo_line_to(cr, right + TICK_LENGTH, y);
        cairo_stroke(cr);
        figure_text_draw(cr, right + TICK_LENGTH + GAP / 2, y, ticks.text[i],
                         0);
    }
    right += TICK_LENGTH + GAP / 2 + figure_ticks_width(cr, &ticks) + GAP;
    figure_draw_y_label(cr, bar->label, right, box.y + box.h / 2, box.h);
}
