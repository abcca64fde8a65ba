/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-internal.h - what the parts of the figure engine share. Lengths are
 * in points (1/72 inch), y grows downwards, as Cairo has it. */
#ifndef CORE_FIGURE_FIGURE_INTERNAL_H
#define CORE_FIGURE_FIGURE_INTERNAL_H

#include "figure/figure.h"

#include <cairo.h>
#include <stdbool.h>

#define FIGURE_DPI 200

enum {
    FIGURE_MAX_TICKS = 32,
    FIGURE_MOST_TEXTS = 10000, /* cells with numbers, marks, texts */
    FIGURE_LIST = 8 /* series with colours of their own; more get a ramp */
};

/* Sizes of type, none below what print needs. */
#define SIZE_TITLE 11.0
#define SIZE_PANEL 9.5
#define SIZE_LABEL 8.5
#define SIZE_TICK 7.5
#define SIZE_CELL 7.0
#define LINE_HEIGHT 1.25 /* of a line of type, in sizes */
#define TICK_LENGTH 3.0
#define GAP 4.0 /* between neighbours: tick and label, label and label */

struct figure_rect {
    double x, y, w, h;
};

/* Room around a plot for its axes, labels and titles, and its own size. */
struct figure_room {
    double left, right, top, bottom, width, height;
};

/* A panel with what the figure as a whole decides. */
struct figure_view {
    const struct transect_panel *panel; /* plain, below */
    size_t *colour; /* of each series, (n_series) */
    size_t n_colours;
    struct transect_panel plain; /* the figure's, without labels if so asked */
    bool own_legend; /* else the figure has one for all */
    bool small;      /* one of several to a row */
};

/* figure-bytes.c */
struct figure_bytes {
    char *text; /* ends with a NUL that size does not count; or NULL */
    size_t size, room;
};

void figure_bytes_add(struct figure_bytes *to, const void *bytes, size_t size);
void figure_bytes_text(struct figure_bytes *to, const char *text);
/* As the text of an XML element. */
void figure_bytes_escaped(struct figure_bytes *to, const char *text);
/* A cairo_write_func_t. */
cairo_status_t figure_bytes_write(void *to, const unsigned char *bytes,
                                  unsigned size);

/* figure-views.c */
/* One for each panel; legend: whether one serves for all of them. */
struct figure_view *figure_views_new(const struct figure *figure,
                                     bool *legend);
void figure_views_free(struct figure_view *views, size_t n);

/* How one kind of panel is drawn. Before measure(), room's width and height
 * are 0 or the size that the layout imposes; other fields may be raised. */
struct figure_kind {
    bool grid; /* of values (rows, cols); else of series */
    void (*measure)(cairo_t *cr, const struct figure_view *view,
                    struct figure_room *room);
    void (*draw)(cairo_t *cr, const struct figure_view *view,
                 const struct figure_rect *plot);
};

extern const struct figure_kind figure_lines, figure_bars, figure_heatmap,
    figure_bars3d;

/* figure-layout.c */
enum { FIGURE_N_KINDS = TRANSECT_BARS3D + 1 };
extern const struct figure_kind *const figure_kinds[FIGURE_N_KINDS];
/* The whole figure's size, for a surface to be made; then drawn on it. */
int figure_measure(const struct figure *figure, double *w, double *h,
                   struct error *err);
void figure_draw(cairo_t *cr, const struct figure *figure);
/* Draws it and finishes the surface, which is given up. texts: as for
 * figure_text_record(), or NULL. */
int figure_draw_on(const struct figure *figure, cairo_surface_t *surface,
                   struct figure_bytes *texts, struct error *err);
/* ST_FAILED if anything could not be drawn: Cairo goes on and remembers it. */
int figure_status(const struct figure *figure, cairo_t *cr,
                  cairo_surface_t *surface, struct error *err);

/* figure-label.c */
/* A copy, safe for Cairo, with everything visible: controls as escapes,
 * U+FFFD for what is not UTF-8, in names dots for leading blanks. NULL of
 * NULL; the caller frees. */
char *figure_label(const char *text, bool is_name);

/* figure-scale.c */
struct figure_scale {
    double low, high;
    bool log;
};

struct figure_ticks {
    size_t n, n_minor;
    double at[FIGURE_MAX_TICKS];
    char text[FIGURE_MAX_TICKS][24];
    double minor[8 * FIGURE_MAX_TICKS];
};

/* The values a scale has to show. */
struct figure_range {
    double low, high; /* low > high: none yet */
    double positive;  /* the least above 0; HUGE_VAL: none */
};

enum scale_from { FROM_VALUES, FROM_ZERO };

void figure_range_init(struct figure_range *range);
/* Values that are not finite, or beyond 1e300, are not drawn. */
void figure_range_add(struct figure_range *range, double value);
/* The values that a panel draws: of its series, or of its grid. */
void figure_range_of(struct figure_range *range,
                     const struct transect_panel *panel);
bool figure_value_drawn(double value);
/* From a panel's limits if it has some, else from the values, with `margin`
 * (a share of the span) on either side; FROM_ZERO: a linear one holds 0. */
void figure_scale_fit(struct figure_scale *scale,
                      const struct transect_panel *panel,
                      const struct figure_range *range, enum scale_from from,
                      double margin);
/* 0 at low, 1 at high; clamped to -10 ... 11, which Cairo can draw. */
double figure_scale_at(const struct figure_scale *scale, double value);
/* Ticks at 1, 2 or 5 times a power of ten: at most about `most`, whole
 * numbers only on request. */
void figure_scale_ticks(const struct figure_scale *scale, double most,
                        bool whole, struct figure_ticks *ticks);
/* 1, 2, 5, 10, 20, ...: the first that is at least n. */
size_t figure_nice_step(double n);

/* figure-number.c */
/* value as an axis shows it whose ticks are `step` apart and whose largest
 * one, which decides on the notation of all, has that magnitude. */
void figure_format_tick(char text[24], double value, double step,
                        double largest);
/* value in a cell of a grid whose largest magnitude is `largest`. */
void figure_format_cell(char text[24], double value, double largest,
                        bool sign);

/* figure-colour.c */
struct figure_colour {
    double r, g, b; /* sRGB, 0 ... 1 */
};

/* t from 0 to 1; NaN is grey. */
struct figure_colour figure_colour_sequential(double t);
struct figure_colour figure_colour_diverging(double t);
/* Of series i of n: the list of Okabe and Ito, or a ramp where n is large. */
struct figure_colour figure_colour_series(size_t i, size_t n);
struct figure_colour figure_colour_shade(struct figure_colour colour,
                                         double light);
/* Whether black rather than white is to be read on it. */
bool figure_colour_is_light(struct figure_colour colour);
void figure_colour_set(cairo_t *cr, struct figure_colour colour);

/* figure-text.c */
void figure_text_font(cairo_t *cr, double size, bool bold);
double figure_text_width(cairo_t *cr, const char *text);
/* From now on texts are not drawn on cr but become elements of SVG, in the
 * coordinates of the surface. */
void figure_text_record(cairo_t *cr, struct figure_bytes *texts);
/* At the middle of the line's height; align: 0 left, .5 centred, 1 right. */
void figure_text_draw(cairo_t *cr, double x, double y, const char *text,
                      double align);
/* The same, read upwards; y is where `align` of its length lies. */
void figure_text_draw_up(cairo_t *cr, double x, double y, const char *text,
                         double align);
/* As much as fits, with an ellipsis; the caller frees. */
char *figure_text_shorten(cairo_t *cr, const char *text, double width);
/* In at most `most` lines of that width; the caller frees with
 * figure_text_lines_free(). */
struct figure_text_lines {
    char **line;
    size_t n;
};
struct figure_text_lines figure_text_wrap(cairo_t *cr, const char *text,
                                          double width, size_t most);
void figure_text_lines_free(struct figure_text_lines *lines);
/* In bold, centred, in a few lines; NULL and "" need no height. */
double figure_title_height(cairo_t *cr, const char *title, double size,
                           double width);
void figure_title_draw(cairo_t *cr, const char *title, double size, double x,
                       double y, double width);

/* figure-names.c */
/* Names beside an axis: n of them, or numbers from 0 if text is NULL. */
struct figure_names {
    const char *const *text;
    size_t n;
};

/* How names fit beside an axis. */
struct figure_name_plan {
    size_t step; /* every step-th is shown */
    bool up;     /* read upwards */
    double room; /* across the axis */
    double tail; /* how far the last one sticks out along the axis */
};

/* The name with that number, shortened to fit an axis; the caller frees. */
char *figure_name_text(cairo_t *cr, const struct figure_names *names,
                       size_t i);
struct figure_name_plan figure_plan_x_names(cairo_t *cr,
                                            const struct figure_names *names,
                                            double spacing);
struct figure_name_plan figure_plan_y_names(cairo_t *cr,
                                            const struct figure_names *names,
                                            double spacing);
/* How far those of the shown names that lie between two places, in cells,
 * reach from their axis; it lies `back` further back in each cell before the
 * last. lengthwise: they point away from it, else they lie along it. */
double figure_names_reach(cairo_t *cr, const struct figure_names *names,
                          const struct figure_name_plan *plan, bool lengthwise,
                          double from, double to, double back);
/* x, y: where name 0 belongs; the next is `spacing` further. */
void figure_draw_x_names(cairo_t *cr, const struct figure_names *names,
                         double x, double y, double spacing);
void figure_draw_y_names(cairo_t *cr, const struct figure_names *names,
                         double x, double y, double spacing);

/* figure-axes.c */
/* Ticks that fit a length without their labels colliding. */
void figure_x_ticks(cairo_t *cr, const struct figure_scale *scale,
                    double width, bool whole, struct figure_ticks *ticks);
void figure_y_ticks(const struct figure_scale *scale, double height,
                    struct figure_ticks *ticks);
double figure_ticks_width(cairo_t *cr, const struct figure_ticks *ticks);
/* Lines behind the data. */
void figure_draw_y_grid(cairo_t *cr, const struct figure_scale *scale,
                        const struct figure_rect *plot);
/* An axis with its label: the room it takes, then itself. groups: names at
 * places that are `spacing` apart, the first one at `first`. */
void figure_measure_y_axis(cairo_t *cr, const struct figure_scale *scale,
                           const char *label, struct figure_room *room);
void figure_measure_x_axis(cairo_t *cr, const struct figure_scale *scale,
                           bool whole, const char *label,
                           struct figure_room *room);
void figure_measure_x_groups(cairo_t *cr, const struct figure_names *names,
                             double spacing, const char *label,
                             struct figure_room *room);
void figure_draw_y_axis(cairo_t *cr, const struct figure_scale *scale,
                        const char *label, const struct figure_rect *plot);
void figure_draw_x_axis(cairo_t *cr, const struct figure_scale *scale,
                        bool whole, const char *label,
                        const struct figure_rect *plot);
void figure_draw_x_groups(cairo_t *cr, const struct figure_names *names,
                          double first, double spacing, const char *label,
                          const struct figure_rect *plot);
void figure_draw_frame(cairo_t *cr, const struct figure_rect *plot);
/* Labels of axes of that length, and the room they need; NULL: none. */
double figure_label_room(cairo_t *cr, const char *label, double length);
void figure_draw_x_label(cairo_t *cr, const char *label, double middle,
                         double top, double width);
void figure_draw_y_label(cairo_t *cr, const char *label, double left,
                         double middle, double height);
/* Ink of text and axes, and of what is less important. */
void figure_set_ink(cairo_t *cr);
void figure_set_faint(cairo_t *cr);

/* figure-series.c */
size_t figure_series_longest(const struct transect_panel *panel);
double figure_series_x(const struct transect_series *series, size_t i);
bool figure_series_has(const struct transect_series *series, size_t i);
/* Is it drawn as points without a line? */
bool figure_series_is_scatter(const struct transect_panel *panel,
                              size_t series);
/* An error bar at x from y0 to y1, its caps `cap` long on either side. */
void figure_error_bar_draw(cairo_t *cr, double x, double y0, double y1,
                           double cap);
/* A series' marker, of its own shape where there are few. */
void figure_marker_draw(cairo_t *cr, size_t colour, size_t n_colours, double x,
                        double y, double size);
struct figure_colour figure_series_colour(const struct figure_view *view,
                                          size_t series);

/* figure-colour-bar.c */
/* Colours of a scale, low ones at the bottom. */
struct colour_bar {
    struct figure_scale scale;
    bool diverging;
    bool below, above; /* some values are beyond the limits */
    const char *label;
};

double figure_colour_bar_room(cairo_t *cr, const struct colour_bar *bar,
                              double height);
/* To the right of the plot, as high as that. */
void figure_colour_bar_draw(cairo_t *cr, const struct colour_bar *bar,
                            const struct figure_rect *plot);
struct figure_colour figure_colour_bar_at(const struct colour_bar *bar,
                                          double value);

/* figure-3d-axes.c */
/* The floor's axes: `along` runs to the right and a little towards the
 * reader, `back` away from the reader. The longer side of the grid lies
 * along, where names need the least room. */
struct figure_space {
    const struct transect_panel *panel;
    bool rows_along;
    size_t n_along, n_back;
    double along_x, along_y, back_x, back_y; /* of a cell, on paper */
    double height;
    double x, y; /* of the floor's left corner */
    struct figure_scale scale;
    bool both_signs;
    double largest;
};

struct figure_point {
    double x, y;
};

/* Where on paper a place is, in cells, and from 0 to 1 for the level. */
struct figure_point figure_space_at(const struct figure_space *space,
                                    double along, double back, double level);
void figure_space_quad(cairo_t *cr, struct figure_point a,
                       struct figure_point b, struct figure_point c,
                       struct figure_point d);
/* Room below the lowest corner, and to the right of the rightmost one. */
double figure_space_room_along(cairo_t *cr, const struct figure_space *space);
double figure_space_room_back(cairo_t *cr, const struct figure_space *space);
/* All but the bars. */
void figure_space_draw(cairo_t *cr, const struct figure_space *space);

/* figure-legend.c */
bool figure_legend_needed(const struct figure_view *view);
double figure_legend_height(cairo_t *cr, const struct figure_view *view,
                            double width);
void figure_legend_draw(cairo_t *cr, const struct figure_view *view, double x,
                        double y, double width);

#endif
