/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-3d-axes.c - walls, floor, axes and names around bars in space. */
#include "figure-impl.h"

#include <math.h>
#include <stdlib.h>

#define LEAST_LABEL 60.0 /* beside shorter edges */

struct point space_at(const struct space *space, double along, double back,
                      double level)
{
    return (struct point){
        space->x + along * space->along_x + back * space->back_x,
        space->y + along * space->along_y + back * space->back_y -
            level * space->height,
    };
}

static struct names names_along(const struct space *space)
{
    return (struct names){space->rows_along ? space->panel->y_names
                                            : space->panel->x_names,
                          space->n_along};
}

static struct names names_back(const struct space *space)
{
    return (struct names){space->rows_along ? space->panel->x_names
                                            : space->panel->y_names,
                          space->n_back};
}

static const char *label_along(const struct space *space)
{
    return space->rows_along ? space->panel->y_label
                             : space->panel->x_label;
}

static const char *label_back(const struct space *space)
{
    return space->rows_along ? space->panel->x_label
                             : space->panel->y_label;
}

/* A label is parallel to its edge, beside the middle: it goes beyond the end
 * of the edge only where it is longer. dx, dy: the edge's extent. */
static double overhang(cairo_t *cr, const char *label, double dx, double dy,
                       double extent)
{
    double length = hypot(dx, dy);

    text_font(cr, SIZE_LABEL, false);
    return fmin(text_width(cr, label), fmax(length, LEAST_LABEL)) / 2 *
               extent / length -
           extent / 2;
}

/* From an edge to the middle of its label, beyond names of that extent. */
static double label_distance(double names)
{
    return TICK_LENGTH + names + GAP + 1.5 * SIZE_LABEL;
}

double space_room_along(cairo_t *cr, const struct space *space)
{
    struct names names = names_along(space);
    double room = plan_x_names(cr, &names, space->along_x).room;
    double dx = (double)names.n * space->along_x;
    double dy = (double)names.n * space->along_y;
    const char *label = label_along(space);

    if (!label || !*label)
        return TICK_LENGTH + room;
    return fmax(TICK_LENGTH + room, label_distance(room) + SIZE_LABEL +
                                        overhang(cr, label, dx, dy, dy));
}

double space_room_back(cairo_t *cr, const struct space *space)
{
    struct names names = names_back(space);
    double room = plan_y_names(cr, &names, -space->back_y).room;
    double dx = (double)names.n * space->back_x;
    double dy = (double)names.n * space->back_y;
    const char *label = label_back(space);

    if (!label || !*label)
        return TICK_LENGTH + room;
    return fmax(TICK_LENGTH + room, label_distance(room) + SIZE_LABEL +
                                        overhang(cr, label, dx, dy, dx));
}

static void path(cairo_t *cr, const struct point *corners, int n)
{
    cairo_new_path(cr);
    for (int i = 0; i < n; i++)
        cairo_line_to(cr, corners[i].x, corners[i].y);
}

void space_quad(cairo_t *cr, struct point a, struct point b, struct point c,
                struct point d)
{
    path(cr, (struct point[]){a, b, c, d}, 4);
    cairo_close_path(cr);
}

/* Around the walls behind the bars, at one level. */
static void draw_level(cairo_t *cr, const struct space *space, double level)
{
    double a = (double)space->n_along, b = (double)space->n_back;

    path(cr,
         (struct point[]){space_at(space, 0, 0, level),
                          space_at(space, 0, b, level),
                          space_at(space, a, b, level)},
         3);
    cairo_stroke(cr);
}

static void draw_walls(cairo_t *cr, const struct space *space)
{
    double a = (double)space->n_along, b = (double)space->n_back;

    cairo_set_source_rgb(cr, 0.97, 0.97, 0.97);
    space_quad(cr, space_at(space, 0, 0, 0), space_at(space, 0, b, 0),
               space_at(space, 0, b, 1), space_at(space, 0, 0, 1));
    cairo_fill(cr);
    cairo_set_source_rgb(cr, 0.985, 0.985, 0.985);
    space_quad(cr, space_at(space, 0, b, 0), space_at(space, a, b, 0),
               space_at(space, a, b, 1), space_at(space, 0, b, 1));
    cairo_fill(cr);
    cairo_set_source_rgb(cr, 0.95, 0.95, 0.95);
    space_quad(cr, space_at(space, 0, 0, 0), space_at(space, a, 0, 0),
               space_at(space, a, b, 0), space_at(space, 0, b, 0));
    cairo_fill(cr);
}

static void line(cairo_t *cr, struct point from, struct point to)
{
    path(cr, (struct point[]){from, to}, 2);
    cairo_stroke(cr);
}

/* Lines on the floor lead from a bar to its names. */
static void draw_floor(cairo_t *cr, const struct space *space)
{
    double a = (double)space->n_along, b = (double)space->n_back;

    set_faint(cr);
    cairo_set_line_width(cr, 0.5);
    for (size_t i = 1; i < space->n_along && space->along_x > 6; i++)
        line(cr, space_at(space, (double)i, 0, 0),
             space_at(space, (double)i, b, 0));
    for (size_t i = 1; i < space->n_back && space->back_y < -4; i++)
        line(cr, space_at(space, 0, (double)i, 0),
             space_at(space, a, (double)i, 0));
}

static void draw_z_axis(cairo_t *cr, const struct space *space)
{
    struct ticks ticks;
    double right = space->x - TICK_LENGTH - GAP / 2;

    y_ticks(&space->scale, space->height, &ticks);
    for (size_t i = 0; i < ticks.n; i++) {
        double level = scale_at(&space->scale, ticks.at[i]);
        struct point mark = space_at(space, 0, 0, level);

        cairo_set_line_width(cr, 0.6);
        cairo_set_source_rgb(cr, 0.8, 0.8, 0.8);
        if (ticks.at[i] == 0)
            set_ink(cr);
        draw_level(cr, space, level);
        set_ink(cr);
        line(cr, (struct point){mark.x - TICK_LENGTH, mark.y}, mark);
        text_font(cr, SIZE_TICK, false);
        text_draw(cr, right, mark.y, ticks.text[i], 1);
    }
    right -= ticks_width(cr, &ticks) +
             label_room(cr, space->panel->value_label, space->height);
    draw_y_label(cr, space->panel->value_label, right,
                 space->y - space->height / 2, space->height);
}

static void draw_edges(cairo_t *cr, const struct space *space)
{
    double a = (double)space->n_along, b = (double)space->n_back;

    set_ink(cr);
    cairo_set_line_width(cr, 0.7);
    path(cr,
         (struct point[]){space_at(space, 0, 0, 1), space_at(space, 0, 0, 0),
                          space_at(space, a, 0, 0), space_at(space, a, b, 0)},
         4);
    cairo_stroke(cr);
}

/* A label beside an edge and parallel to it. */
static void draw_label(cairo_t *cr, const char *label, struct point from,
                       struct point to, double dx, double dy)
{
    double length = hypot(to.x - from.x, to.y - from.y);
    char *text;

    if (!label || !*label)
        return;
    set_ink(cr);
    text_font(cr, SIZE_LABEL, false);
    text = text_shorten(cr, label, fmax(length, LEAST_LABEL));
    cairo_save(cr);
    cairo_translate(cr, (from.x + to.x) / 2 + dx, (from.y + to.y) / 2 + dy);
    cairo_rotate(cr, atan2(to.y - from.y, to.x - from.x));
    text_draw(cr, 0, 0, text, 0.5);
    cairo_restore(cr);
    free(text);
}

static void draw_names_along(cairo_t *cr, const struct space *space)
{
    struct names names = names_along(space);
    struct name_plan plan = plan_x_names(cr, &names, space->along_x);

    set_ink(cr);
    cairo_set_line_width(cr, 0.7);
    text_font(cr, SIZE_TICK, false);
    for (size_t i = 0; i < names.n; i += plan.step) {
        struct point p = space_at(space, (double)i + 0.5, 0, 0);
        char *text = name_text(cr, &names, i);

        line(cr, p, (struct point){p.x, p.y + TICK_LENGTH});
        p.y += TICK_LENGTH + GAP / 2;
        if (plan.up)
            text_draw_up(cr, p.x, p.y, text, 1);
        else
            text_draw(cr, p.x, p.y + SIZE_TICK / 2, text, 0.5);
        free(text);
    }
    draw_label(cr, label_along(space), space_at(space, 0, 0, 0),
               space_at(space, (double)names.n, 0, 0), 0,
               label_distance(plan.room));
}

static void draw_names_back(cairo_t *cr, const struct space *space)
{
    struct names names = names_back(space);
    struct name_plan plan = plan_y_names(cr, &names, -space->back_y);
    double a = (double)space->n_along;

    set_ink(cr);
    cairo_set_line_width(cr, 0.7);
    text_font(cr, SIZE_TICK, false);
    for (size_t i = 0; i < names.n; i += plan.step) {
        struct point p = space_at(space, a, (double)i + 0.5, 0);
        char *text = name_text(cr, &names, i);

        line(cr, p, (struct point){p.x + TICK_LENGTH, p.y});
        text_draw(cr, p.x + TICK_LENGTH + GAP / 2, p.y, text, 0);
        free(text);
    }
    draw_label(cr, label_back(space), space_at(space, a, 0, 0),
               space_at(space, a, (double)names.n, 0),
               label_distance(plan.room), 0);
}


void space_draw(cairo_t *cr, const struct space *space)
{
    draw_walls(cr, space);
    draw_floor(cr, space);
    draw_z_axis(cr, space);
    draw_edges(cr, space);
    draw_names_along(cr, space);
    draw_names_back(cr, space);
}
