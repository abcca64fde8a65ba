/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-3d-axes.c - walls, floor, axes and names around bars in space. */
#include "figure/figure-internal.h"

#include <math.h>
#include <stdlib.h>

#define LEAST_LABEL 60.0 /* beside shorter edges */

struct figure_point figure_space_at(const struct figure_space *space,
                                    double along, double back, double level)
{
    return (struct figure_point){
        space->x + along * space->along_x + back * space->back_x,
        space->y + along * space->along_y + back * space->back_y -
            level * space->height,
    };
}

static struct figure_names names_along(const struct figure_space *space)
{
    return (struct figure_names){space->rows_along ? space->panel->y_names
                                                   : space->panel->x_names,
                                 space->n_along};
}

static struct figure_names names_back(const struct figure_space *space)
{
    return (struct figure_names){space->rows_along ? space->panel->x_names
                                                   : space->panel->y_names,
                                 space->n_back};
}

static const char *label_along(const struct figure_space *space)
{
    return space->rows_along ? space->panel->y_label
                             : space->panel->x_label;
}

static const char *label_back(const struct figure_space *space)
{
    return space->rows_along ? space->panel->x_label
                             : space->panel->y_label;
}

/* An edge of the floor with names beside it: those along the front point
 * down, or lie level; those of the side point to the right. */
struct edge {
    struct figure_names names;
    struct figure_name_plan plan;
    bool lengthwise;
    const char *label;
    double dx, dy; /* of a cell */
    double back;   /* the offset of a cell across the names' direction */
};

static struct edge edge_along(cairo_t *cr, const struct figure_space *space)
{
    struct edge edge = {.names = names_along(space),
                        .label = label_along(space),
                        .dx = space->along_x, .dy = space->along_y,
                        .back = space->along_y};

    edge.plan = figure_plan_x_names(cr, &edge.names, space->along_x);
    edge.lengthwise = edge.plan.up;
    return edge;
}

static struct edge edge_back(cairo_t *cr, const struct figure_space *space)
{
    struct edge edge = {.names = names_back(space), .lengthwise = true,
                        .label = label_back(space),
                        .dx = space->back_x, .dy = space->back_y,
                        .back = space->back_x};

    edge.plan = figure_plan_y_names(cr, &edge.names, -space->back_y);
    return edge;
}

/* How long a label is that lies beside the middle of its edge, parallel to
 * it. */
static double label_length(cairo_t *cr, const struct edge *edge)
{
    double length = (double)edge->names.n * hypot(edge->dx, edge->dy);

    figure_text_font(cr, SIZE_LABEL, false);
    return fmin(figure_text_width(cr, edge->label), fmax(length, LEAST_LABEL));
}

/* From the edge to the middle of its label, beyond the names that it would
 * touch; longer ones elsewhere do not matter. */
static double label_distance(cairo_t *cr, const struct edge *edge)
{
    double middle = (double)edge->names.n / 2;
    double half = (label_length(cr, edge) / 2 + 2 * SIZE_LABEL) /
                  hypot(edge->dx, edge->dy);

    return TICK_LENGTH +
           figure_names_reach(cr, &edge->names, &edge->plan, edge->lengthwise,
                              middle - half, middle + half, 0) +
           GAP + 1.5 * SIZE_LABEL;
}

/* Room beyond the end of the edge that is nearest to the margin: for names,
 * and for the label, which goes beyond the end only where it is longer. */
static double edge_room(cairo_t *cr, const struct edge *edge)
{
    double n = (double)edge->names.n;
    double room = TICK_LENGTH +
                  figure_names_reach(cr, &edge->names, &edge->plan,
                                     edge->lengthwise, 0, n, edge->back);
    double overhang;

    if (!edge->label || !*edge->label)
        return room;
    overhang = (label_length(cr, edge) / hypot(edge->dx, edge->dy) - n) / 2 *
               edge->back;
    return fmax(room, label_distance(cr, edge) + SIZE_LABEL + overhang);
}

double figure_space_room_along(cairo_t *cr, const struct figure_space *space)
{
    struct edge edge = edge_along(cr, space);

    return edge_room(cr, &edge);
}

double figure_space_room_back(cairo_t *cr, const struct figure_space *space)
{
    struct edge edge = edge_back(cr, space);

    return edge_room(cr, &edge);
}

static void path(cairo_t *cr, const struct figure_point *corners, int n)
{
    cairo_new_path(cr);
    for (int i = 0; i < n; i++)
        cairo_line_to(cr, corners[i].x, corners[i].y);
}

void figure_space_quad(cairo_t *cr, struct figure_point a,
                       struct figure_point b, struct figure_point c,
                       struct figure_point d)
{
    path(cr, (struct figure_point[]){a, b, c, d}, 4);
    cairo_close_path(cr);
}

/* A line around the two walls behind the bars, at one level. */
static void draw_level(cairo_t *cr, const struct figure_space *space,
                       double level)
{
    double a = (double)space->n_along, b = (double)space->n_back;

    path(cr,
         (struct figure_point[]){figure_space_at(space, 0, 0, level),
                                 figure_space_at(space, 0, b, level),
                                 figure_space_at(space, a, b, level)},
         3);
    cairo_stroke(cr);
}

static void draw_walls(cairo_t *cr, const struct figure_space *space)
{
    double a = (double)space->n_along, b = (double)space->n_back;

    cairo_set_source_rgb(cr, 0.97, 0.97, 0.97);
    figure_space_quad(
        cr, figure_space_at(space, 0, 0, 0), figure_space_at(space, 0, b, 0),
        figure_space_at(space, 0, b, 1), figure_space_at(space, 0, 0, 1));
    cairo_fill(cr);
    cairo_set_source_rgb(cr, 0.985, 0.985, 0.985);
    figure_space_quad(
        cr, figure_space_at(space, 0, b, 0), figure_space_at(space, a, b, 0),
        figure_space_at(space, a, b, 1), figure_space_at(space, 0, b, 1));
    cairo_fill(cr);
    cairo_set_source_rgb(cr, 0.95, 0.95, 0.95);
    figure_space_quad(
        cr, figure_space_at(space, 0, 0, 0), figure_space_at(space, a, 0, 0),
        figure_space_at(space, a, b, 0), figure_space_at(space, 0, b, 0));
    cairo_fill(cr);
}

static void line(cairo_t *cr, struct figure_point from, struct figure_point to)
{
    path(cr, (struct figure_point[]){from, to}, 2);
    cairo_stroke(cr);
}

/* Lines on the floor lead from a bar to its names. */
static void draw_floor(cairo_t *cr, const struct figure_space *space)
{
    double a = (double)space->n_along, b = (double)space->n_back;

    figure_set_faint(cr);
    cairo_set_line_width(cr, 0.5);
    for (size_t i = 1; i < space->n_along && space->along_x > 6; i++)
        line(cr, figure_space_at(space, (double)i, 0, 0),
             figure_space_at(space, (double)i, b, 0));
    for (size_t i = 1; i < space->n_back && space->back_y < -4; i++)
        line(cr, figure_space_at(space, 0, (double)i, 0),
             figure_space_at(space, a, (double)i, 0));
}

static void draw_z_axis(cairo_t *cr, const struct figure_space *space)
{
    struct figure_ticks ticks;
    double right = space->x - TICK_LENGTH - GAP / 2;

    figure_y_ticks(&space->scale, space->height, &ticks);
    for (size_t i = 0; i < ticks.n; i++) {
        double level = figure_scale_at(&space->scale, ticks.at[i]);
        struct figure_point mark = figure_space_at(space, 0, 0, level);

        cairo_set_line_width(cr, 0.6);
        cairo_set_source_rgb(cr, 0.8, 0.8, 0.8);
        if (ticks.at[i] == 0)
            figure_set_ink(cr);
        draw_level(cr, space, level);
        figure_set_ink(cr);
        line(cr, (struct figure_point){mark.x - TICK_LENGTH, mark.y}, mark);
        figure_text_font(cr, SIZE_TICK, false);
        figure_text_draw(cr, right, mark.y, ticks.text[i], 1);
    }
    right -= figure_ticks_width(cr, &ticks) +
             figure_label_room(cr, space->panel->value_label, space->height);
    figure_draw_y_label(cr, space->panel->value_label, right,
                        space->y - space->height / 2, space->height);
}

static void draw_edges(cairo_t *cr, const struct figure_space *space)
{
    double a = (double)space->n_along, b = (double)space->n_back;

    figure_set_ink(cr);
    cairo_set_line_width(cr, 0.7);
    path(cr,
         (struct figure_point[]){
             figure_space_at(space, 0, 0, 1), figure_space_at(space, 0, 0, 0),
             figure_space_at(space, a, 0, 0), figure_space_at(space, a, b, 0)},
         4);
    cairo_stroke(cr);
}

/* The label of an edge, parallel to it. */
static void draw_label(cairo_t *cr, const struct edge *edge,
                       struct figure_point begin, bool to_the_right)
{
    double n = (double)edge->names.n, distance;
    char *text;

    if (!edge->label || !*edge->label)
        return;
    distance = label_distance(cr, edge);
    figure_set_ink(cr);
    figure_text_font(cr, SIZE_LABEL, false);
    text = figure_text_shorten(
        cr, edge->label, fmax(n * hypot(edge->dx, edge->dy), LEAST_LABEL));
    cairo_save(cr);
    cairo_translate(cr, begin.x + n / 2 * edge->dx,
                    begin.y + n / 2 * edge->dy);
    cairo_translate(cr, to_the_right ? distance : 0,
                    to_the_right ? 0 : distance);
    cairo_rotate(cr, atan2(edge->dy, edge->dx));
    figure_text_draw(cr, 0, 0, text, 0.5);
    cairo_restore(cr);
    free(text);
}

static void draw_names_along(cairo_t *cr, const struct figure_space *space)
{
    struct edge edge = edge_along(cr, space);

    figure_set_ink(cr);
    cairo_set_line_width(cr, 0.7);
    figure_text_font(cr, SIZE_TICK, false);
    for (size_t i = 0; i < edge.names.n; i += edge.plan.step) {
        struct figure_point p = figure_space_at(space, (double)i + 0.5, 0, 0);
        char *text = figure_name_text(cr, &edge.names, i);

        line(cr, p, (struct figure_point){p.x, p.y + TICK_LENGTH});
        p.y += TICK_LENGTH + GAP / 2;
        if (edge.plan.up)
            figure_text_draw_up(cr, p.x, p.y, text, 1);
        else
            figure_text_draw(cr, p.x, p.y + SIZE_TICK / 2, text, 0.5);
        free(text);
    }
    draw_label(cr, &edge, figure_space_at(space, 0, 0, 0), false);
}

static void draw_names_back(cairo_t *cr, const struct figure_space *space)
{
    struct edge edge = edge_back(cr, space);
    double a = (double)space->n_along;

    figure_set_ink(cr);
    cairo_set_line_width(cr, 0.7);
    figure_text_font(cr, SIZE_TICK, false);
    for (size_t i = 0; i < edge.names.n; i += edge.plan.step) {
        struct figure_point p = figure_space_at(space, a, (double)i + 0.5, 0);
        char *text = figure_name_text(cr, &edge.names, i);

        line(cr, p, (struct figure_point){p.x + TICK_LENGTH, p.y});
        figure_text_draw(cr, p.x + TICK_LENGTH + GAP / 2, p.y, text, 0);
        free(text);
    }
    draw_label(cr, &edge, figure_space_at(space, a, 0, 0), true);
}

void figure_space_draw(cairo_t *cr, const struct figure_space *space)
{
    draw_walls(cr, space);
    draw_floor(cr, space);
    draw_z_axis(cr, space);
    draw_edges(cr, space);
    draw_names_along(cr, space);
    draw_names_back(cr, space);
}
