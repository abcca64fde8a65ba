/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-axes.c - numeric axes: grid lines, frames, ticks, labels. */
#include "figure/figure-internal.h"

#include <math.h>

/* Least distances of neighbouring ticks. */
#define TICK_PITCH 32.0
#define MOST_Y_TICKS 10.0
#define LABEL_LINES 2
#define X_AXIS_ROOM (TICK_LENGTH + GAP / 2 + SIZE_TICK * 1.2)

void figure_set_ink(cairo_t *cr)
{
    cairo_set_source_rgb(cr, 0.13, 0.13, 0.13);
}

void figure_set_faint(cairo_t *cr)
{
    cairo_set_source_rgb(cr, 0.87, 0.87, 0.87);
}

double figure_ticks_width(cairo_t *cr, const struct figure_ticks *ticks)
{
    double width = 0;

    figure_text_font(cr, SIZE_TICK, false);
    for (size_t i = 0; i < ticks->n; i++)
        width = fmax(width, figure_text_width(cr, ticks->text[i]));
    return width;
}

void figure_y_ticks(const struct figure_scale *scale, double height,
                    struct figure_ticks *ticks)
{
    figure_scale_ticks(scale, fmin(height / TICK_PITCH, MOST_Y_TICKS), false,
                       ticks);
}

/* Fewer and fewer, until the widest label has room between two ticks. */
void figure_x_ticks(cairo_t *cr, const struct figure_scale *scale,
                    double width, bool whole, struct figure_ticks *ticks)
{
    double most = width / 20, pitch, need;

    do {
        figure_scale_ticks(scale, most, whole, ticks);
        if (ticks->n < 2)
            return;
        need = figure_ticks_width(cr, ticks) + 1.5 * GAP;
        pitch = width * (figure_scale_at(scale, ticks->at[1]) -
                         figure_scale_at(scale, ticks->at[0]));
        most *= 0.8;
    } while (pitch < need && most > 1);
}

static void horizontal(cairo_t *cr, double x, double y, double w)
{
    cairo_move_to(cr, x, y);
    cairo_line_to(cr, x + w, y);
    cairo_stroke(cr);
}

static void vertical(cairo_t *cr, double x, double y, double h)
{
    cairo_move_to(cr, x, y);
    cairo_line_to(cr, x, y + h);
    cairo_stroke(cr);
}

static double y_place(const struct figure_scale *scale,
                      const struct figure_rect *plot, double value)
{
    return plot->y + plot->h * (1 - figure_scale_at(scale, value));
}

void figure_draw_y_grid(cairo_t *cr, const struct figure_scale *scale,
                        const struct figure_rect *plot)
{
    struct figure_ticks ticks;

    figure_y_ticks(scale, plot->h, &ticks);
    figure_set_faint(cr);
    cairo_set_line_width(cr, 0.6);
    for (size_t i = 0; i < ticks.n; i++)
        horizontal(cr, plot->x, y_place(scale, plot, ticks.at[i]), plot->w);
}

static double y_axis_room(cairo_t *cr, const struct figure_ticks *ticks)
{
    return TICK_LENGTH + GAP / 2 + figure_ticks_width(cr, ticks);
}

void figure_measure_y_axis(cairo_t *cr, const struct figure_scale *scale,
                           const char *label, struct figure_room *room)
{
    struct figure_ticks ticks;

    figure_y_ticks(scale, room->height, &ticks);
    room->left = fmax(room->left,
                      y_axis_room(cr, &ticks) +
                          figure_label_room(cr, label, room->height));
    room->top = fmax(room->top, SIZE_TICK / 2);
}

void figure_measure_x_axis(cairo_t *cr, const struct figure_scale *scale,
                           bool whole, const char *label,
                           struct figure_room *room)
{
    struct figure_ticks ticks;

    figure_x_ticks(cr, scale, room->width, whole, &ticks);
    room->right = fmax(room->right, figure_ticks_width(cr, &ticks) / 2);
    room->bottom = fmax(
        room->bottom, X_AXIS_ROOM + figure_label_room(cr, label, room->width));
}

void figure_measure_x_groups(cairo_t *cr, const struct figure_names *names,
                             double spacing, const char *label,
                             struct figure_room *room)
{
    struct figure_name_plan plan = figure_plan_x_names(cr, names, spacing);

    room->right = fmax(room->right, plan.tail);
    room->left = fmax(room->left, plan.tail);
    room->bottom = fmax(room->bottom,
                        TICK_LENGTH + plan.room +
                            figure_label_room(cr, label, room->width));
}

void figure_draw_y_axis(cairo_t *cr, const struct figure_scale *scale,
                        const char *label, const struct figure_rect *plot)
{
    struct figure_ticks ticks;

    figure_y_ticks(scale, plot->h, &ticks);
    figure_draw_y_label(cr, label,
                        plot->x - y_axis_room(cr, &ticks) -
                            figure_label_room(cr, label, plot->h),
                        plot->y + plot->h / 2, plot->h);
    figure_set_ink(cr);
    figure_text_font(cr, SIZE_TICK, false);
    cairo_set_line_width(cr, 0.7);
    for (size_t i = 0; i < ticks.n; i++) {
        double y = y_place(scale, plot, ticks.at[i]);

        horizontal(cr, plot->x - TICK_LENGTH, y, TICK_LENGTH);
        figure_text_draw(cr, plot->x - TICK_LENGTH - GAP / 2, y, ticks.text[i],
                         1);
    }
    cairo_set_line_width(cr, 0.5);
    for (size_t i = 0; i < ticks.n_minor; i++)
        horizontal(cr, plot->x - TICK_LENGTH / 2,
                   y_place(scale, plot, ticks.minor[i]), TICK_LENGTH / 2);
}

void figure_draw_x_axis(cairo_t *cr, const struct figure_scale *scale,
                        bool whole, const char *label,
                        const struct figure_rect *plot)
{
    double foot = plot->y + plot->h;
    struct figure_ticks ticks;

    figure_x_ticks(cr, scale, plot->w, whole, &ticks);
    figure_set_ink(cr);
    figure_text_font(cr, SIZE_TICK, false);
    cairo_set_line_width(cr, 0.7);
    for (size_t i = 0; i < ticks.n; i++) {
        double x = plot->x + plot->w * figure_scale_at(scale, ticks.at[i]);

        vertical(cr, x, foot, TICK_LENGTH);
        figure_text_draw(cr, x, foot + TICK_LENGTH + GAP / 2 + SIZE_TICK / 2,
                         ticks.text[i], 0.5);
    }
    figure_draw_x_label(cr, label, plot->x + plot->w / 2, foot + X_AXIS_ROOM,
                        plot->w);
}

void figure_draw_x_groups(cairo_t *cr, const struct figure_names *names,
                          double first, double spacing, const char *label,
                          const struct figure_rect *plot)
{
    double foot = plot->y + plot->h;
    struct figure_name_plan plan = figure_plan_x_names(cr, names, spacing);

    figure_set_ink(cr);
    cairo_set_line_width(cr, 0.7);
    for (size_t i = 0; i < names->n; i += plan.step)
        vertical(cr, first + (double)i * spacing, foot, TICK_LENGTH);
    figure_draw_x_names(cr, names, first, foot + TICK_LENGTH, spacing);
    figure_draw_x_label(cr, label, plot->x + plot->w / 2,
                        foot + TICK_LENGTH + plan.room, plot->w);
}

void figure_draw_frame(cairo_t *cr, const struct figure_rect *plot)
{
    figure_set_ink(cr);
    cairo_set_line_width(cr, 0.7);
    cairo_rectangle(cr, plot->x, plot->y, plot->w, plot->h);
    cairo_stroke(cr);
}

/* Long labels take a second line rather than end in an ellipsis. */
double figure_label_room(cairo_t *cr, const char *label, double length)
{
    struct figure_text_lines lines;
    double room;

    if (!label || !*label)
        return 0;
    figure_text_font(cr, SIZE_LABEL, false);
    lines = figure_text_wrap(cr, label, length, LABEL_LINES);
    room = GAP + (double)lines.n * SIZE_LABEL * LINE_HEIGHT;
    figure_text_lines_free(&lines);
    return room;
}

void figure_draw_x_label(cairo_t *cr, const char *label, double middle,
                         double top, double width)
{
    struct figure_text_lines lines;

    if (!label)
        return;
    figure_set_ink(cr);
    figure_text_font(cr, SIZE_LABEL, false);
    lines = figure_text_wrap(cr, label, width, LABEL_LINES);
    for (size_t i = 0; i < lines.n; i++)
        figure_text_draw(cr, middle,
                         top + GAP +
                             ((double)i + 0.5) * SIZE_LABEL * LINE_HEIGHT,
                         lines.line[i], 0.5);
    figure_text_lines_free(&lines);
}

void figure_draw_y_label(cairo_t *cr, const char *label, double left,
                         double middle, double height)
{
    struct figure_text_lines lines;

    if (!label)
        return;
    figure_set_ink(cr);
    figure_text_font(cr, SIZE_LABEL, false);
    lines = figure_text_wrap(cr, label, height, LABEL_LINES);
    for (size_t i = 0; i < lines.n; i++)
        figure_text_draw_up(
            cr, left + ((double)i + 0.5) * SIZE_LABEL * LINE_HEIGHT, middle,
            lines.line[i], 0.5);
    figure_text_lines_free(&lines);
}
