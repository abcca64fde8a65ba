/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-3d.c - a grid as bars over a floor. The projection is parallel, so
 * that equal heights are equally long wherever they stand. */
#include "figure/figure-internal.h"

#include <math.h>

#define BAR_SHARE 0.72 /* of its cell's side that a bar takes */

/* Seen from 30 degrees above, and turned by as much. */
static const double cosine = 0.8660254037844386, sine = 0.5;

/* Heights are compared, so the axis holds zero. */
static void find_scale(struct figure_space *space)
{
    struct figure_range range;

    figure_range_of(&range, space->panel);
    figure_scale_fit(&space->scale, space->panel, &range, FROM_ZERO, 0);
    space->both_signs = space->scale.low < 0;
    space->largest = fmax(fabs(space->scale.low), fabs(space->scale.high));
}

/* Sides of a cell, so that names fit beside it for grids of a usual size. */
static double cell_side(size_t n, double want, double least, double most)
{
    double side = fmin(fmax(want / (double)n, least), most);

    if ((double)n * side > 1100)
        side = fmax(1100 / (double)n, 2);
    return fmax(side, 70 / (double)n);
}

static void find_space(const struct figure_view *view,
                       struct figure_space *space)
{
    const struct transect_panel *panel = view->panel;
    double along, back;

    *space = (struct figure_space){.panel = panel};
    space->rows_along = panel->rows > panel->cols;
    space->n_along = space->rows_along ? panel->rows : panel->cols;
    space->n_back = space->rows_along ? panel->cols : panel->rows;
    along = cell_side(space->n_along, view->small ? 200 : 270, 11.5, 34);
    back = cell_side(space->n_back, view->small ? 150 : 190, 22, 34);
    space->along_x = along * cosine;
    space->along_y = along * sine * sine;
    space->back_x = back * sine;
    space->back_y = -back * cosine * sine;
    space->height = view->small ? 150 : 180;
    find_scale(space);
}

static double width_of(const struct figure_space *space)
{
    return (double)space->n_along * space->along_x +
           (double)space->n_back * space->back_x;
}

static double height_of(const struct figure_space *space)
{
    return (double)space->n_along * space->along_y -
           (double)space->n_back * space->back_y + space->height;
}

static void measure(cairo_t *cr, const struct figure_view *view,
                    struct figure_room *room)
{
    struct figure_space space;
    struct figure_ticks ticks;

    find_space(view, &space);
    if (room->width == 0) {
        room->width = width_of(&space);
        room->height = height_of(&space);
    }
    figure_y_ticks(&space.scale, space.height, &ticks);
    room->left = fmax(
        room->left,
        TICK_LENGTH + GAP / 2 + figure_ticks_width(cr, &ticks) +
            figure_label_room(cr, space.panel->value_label, space.height));
    room->bottom = fmax(room->bottom, figure_space_room_along(cr, &space));
    room->right = fmax(room->right, figure_space_room_back(cr, &space));
    room->top = fmax(room->top, SIZE_TICK / 2);
}

/* The edge is drawn in its face's colour, darker: it sets bars apart, and
 * covers the seam between two faces. */
static void face(cairo_t *cr, struct figure_colour colour, double width)
{
    figure_colour_set(cr, colour);
    cairo_fill_preserve(cr);
    figure_colour_set(cr, figure_colour_shade(colour, 0.6));
    cairo_set_line_width(cr, width);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    cairo_stroke(cr);
}

/* The three faces that can be seen, lit from the upper left. */
static void draw_box(cairo_t *cr, const struct figure_space *space,
                     double along, double back, double low, double high,
                     struct figure_colour colour)
{
    double gap = (1 - BAR_SHARE) / 2;
    double a0 = along + gap, a1 = along + 1 - gap;
    double b0 = back + gap, b1 = back + 1 - gap;
    double width = fmin(0.35, 0.05 * space->along_x);

    figure_space_quad(cr, figure_space_at(space, a0, b0, low),
                      figure_space_at(space, a1, b0, low),
                      figure_space_at(space, a1, b0, high),
                      figure_space_at(space, a0, b0, high));
    face(cr, figure_colour_shade(colour, 0.88), width);
    figure_space_quad(cr, figure_space_at(space, a1, b0, low),
                      figure_space_at(space, a1, b1, low),
                      figure_space_at(space, a1, b1, high),
                      figure_space_at(space, a1, b0, high));
    face(cr, figure_colour_shade(colour, 0.72), width);
    figure_space_quad(cr, figure_space_at(space, a0, b0, high),
                      figure_space_at(space, a1, b0, high),
                      figure_space_at(space, a1, b1, high),
                      figure_space_at(space, a0, b1, high));
    face(cr, colour, width);
}

static struct figure_colour colour_of(const struct figure_space *space,
                                      double value)
{
    if (space->both_signs)
        return figure_colour_diverging(0.5 + 0.5 * value / space->largest);
    /* From pale to dark, so that the many low bars do not stand out. */
    return figure_colour_diverging(
        0.44 - 0.44 * figure_scale_at(&space->scale, value));
}

/* From zero, or from the floor of a logarithmic axis, which has no zero. */
static void draw_bar(cairo_t *cr, const struct figure_space *space,
                     size_t along, size_t back)
{
    size_t row = space->rows_along ? along : back;
    size_t col = space->rows_along ? back : along;
    double value = space->panel->values[row * space->panel->cols + col];
    double base = space->scale.log ? space->scale.low : 0;
    double from, to;

    if (!figure_value_drawn(value))
        return;
    from = fmin(fmax(figure_scale_at(&space->scale, base), 0), 1);
    to = fmin(fmax(figure_scale_at(&space->scale, value), 0), 1);
    draw_box(cr, space, (double)along, (double)back, fmin(from, to),
             fmax(from, to), colour_of(space, value));
}

static void draw(cairo_t *cr, const struct figure_view *view,
                 const struct figure_rect *plot)
{
    struct figure_space space;

    find_space(view, &space);
    space.x = plot->x + (plot->w - width_of(&space)) / 2;
    space.y = plot->y + (plot->h + height_of(&space)) / 2 -
              (double)space.n_along * space.along_y;
    figure_space_draw(cr, &space);
    /* From back to front, so that nearer bars cover others. */
    for (size_t back = space.n_back; back-- > 0;)
        for (size_t along = 0; along < space.n_along; along++)
            draw_bar(cr, &space, along, back);
}

const struct figure_kind figure_bars3d = {true, measure, draw};
