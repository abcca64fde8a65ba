/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-heatmap.c - a grid as colours, with numbers or texts where they fit,
 * and cells with a mark in their corner. */
#include "base/mem.h"
#include "figure/figure-internal.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define WIDEST_PAGE 1300.0 /* numbers do not make a grid larger than that */
#define MOST_CELLS 2500    /* more are drawn as one image */
#define CELL_GAP 4.5       /* between what two cells say */
#define WIDEST_TEXT 52.0   /* texts do not make a cell wider than for that */
#define LEAST_TEXT 14.0    /* what is narrower is not to be read */
#define SWATCH 8.0         /* a marked cell, in the legend */
#define MARK 4.0           /* side of a mark, at most */
#define MARK_PART 0.35     /* and of a cell's side */

struct grid {
    const struct transect_panel *panel;
    struct colour_bar bar;
    double largest;    /* magnitude of a number shown */
    double text_width; /* of the widest number or text; 0: there is none */
};

static double value_at(const struct grid *grid, size_t row, size_t col)
{
    return grid->panel->values[row * grid->panel->cols + col];
}

/* From zero, if the values begin not far above it. */
static void find_scale(const struct transect_panel *panel,
                       const struct figure_range *range,
                       struct figure_scale *scale)
{
    struct transect_panel linear = *panel;
    bool near_zero = range->low > 0 && range->low < 0.25 * range->high;

    if (!(panel->flags & TRANSECT_DIVERGING)) {
        figure_scale_fit(scale, panel, range,
                         near_zero ? FROM_ZERO : FROM_VALUES, 0);
        return;
    }
    linear.flags &= ~TRANSECT_LOG; /* zero is in the middle */
    figure_scale_fit(scale, &linear, range, FROM_ZERO, 0);
    scale->high = fmax(fabs(scale->low), fabs(scale->high));
    scale->low = -scale->high;
}

/* Of the cells' texts, which may be cut to as much as a page has room for. */
static void measure_texts(cairo_t *cr, struct grid *grid)
{
    const struct transect_panel *panel = grid->panel;
    double most = fmin(WIDEST_TEXT,
                       WIDEST_PAGE / (double)panel->cols - CELL_GAP);

    figure_text_font(cr, SIZE_CELL, false);
    for (size_t i = 0; i < panel->rows * panel->cols; i++)
        grid->text_width = fmax(grid->text_width,
                                figure_text_width(cr, panel->texts[i]));
    if (grid->text_width > most)
        grid->text_width = most < LEAST_TEXT ? 0 : most;
}

/* All numbers or none: a grid with some missing would mislead. */
static void measure_numbers(cairo_t *cr, struct grid *grid)
{
    const struct transect_panel *panel = grid->panel;
    char text[24];

    if (!(panel->flags & TRANSECT_ANNOTATE) ||
        panel->rows * panel->cols > FIGURE_MOST_TEXTS)
        return;
    figure_text_font(cr, SIZE_CELL, false);
    for (size_t i = 0; i < panel->rows * panel->cols; i++) {
        figure_format_cell(text, panel->values[i], grid->largest,
                           panel->flags & TRANSECT_DIVERGING);
        grid->text_width = fmax(grid->text_width, figure_text_width(cr, text));
    }
}

static void find_grid(cairo_t *cr, const struct transect_panel *panel,
                      struct grid *grid)
{
    struct colour_bar *bar = &grid->bar;
    struct figure_range range;

    *grid = (struct grid){.panel = panel};
    figure_range_of(&range, panel);
    find_scale(panel, &range, &bar->scale);
    bar->diverging = panel->flags & TRANSECT_DIVERGING;
    bar->label = panel->value_label;
    if (range.low <= range.high)
        grid->largest = fmax(fabs(range.low), fabs(range.high));
    for (size_t i = 0; i < panel->rows * panel->cols; i++) {
        bar->below = bar->below || panel->values[i] < bar->scale.low;
        bar->above = bar->above || panel->values[i] > bar->scale.high;
    }
    if (panel->texts)
        measure_texts(cr, grid);
    else
        measure_numbers(cr, grid);
}

/* A side of n cells, as near to `want` as cells of a good size allow. */
static double side(size_t n, double want, double least, double most)
{
    if (n > 100)
        return fmax(want, 480);
    return (double)n * fmin(fmax(want / (double)n, least), most);
}

static void natural_size(const struct figure_view *view,
                         const struct grid *grid, struct figure_room *room)
{
    const struct transect_panel *panel = grid->panel;
    double cols = (double)panel->cols, rows = (double)panel->rows;
    double want = view->small ? 230 : 330;
    double w = grid->text_width + CELL_GAP, h = SIZE_CELL * 1.65;
    bool numbers = grid->text_width > 0 && cols * w <= WIDEST_PAGE &&
                   rows * h <= WIDEST_PAGE;

    room->width = side(panel->cols, want,
                       numbers ? fmax(w, 9.5) : panel->x_names ? 9.5 : 5,
                       numbers ? fmax(w, 46) : 46);
    room->height = side(panel->rows, 0.8 * want,
                        numbers ? h : panel->y_names ? 9.5 : 5, 26);
    room->width = fmax(room->width, 120);
    room->height = fmax(room->height, 70);
    /* Queries against keys and the like are square. */
    if (panel->rows == panel->cols && !numbers && panel->rows > 20)
        room->height = room->width = fmax(room->height, room->width);
}

static bool has_marks(const struct transect_panel *panel)
{
    size_t n = panel->rows * panel->cols;

    for (size_t i = 0; panel->marks && n <= FIGURE_MOST_TEXTS && i < n; i++)
        if (panel->marks[i])
            return true;
    return false;
}

static void measure(cairo_t *cr, const struct figure_view *view,
                    struct figure_room *room)
{
    const struct transect_panel *panel = view->panel;
    struct figure_names x = {panel->x_names, panel->cols};
    struct figure_names y = {panel->y_names, panel->rows};
    struct grid grid;
    struct figure_name_plan plan;

    find_grid(cr, panel, &grid);
    if (room->width == 0)
        natural_size(view, &grid, room);
    figure_measure_x_groups(cr, &x, room->width / (double)x.n, panel->x_label,
                            room);
    if (has_marks(panel))
        room->bottom += GAP + SIZE_TICK * LINE_HEIGHT;
    plan = figure_plan_y_names(cr, &y, room->height / (double)y.n);
    room->left = fmax(room->left,
                      plan.room + TICK_LENGTH +
                          figure_label_room(cr, panel->y_label, room->height));
    room->right = fmax(room->right,
                       figure_colour_bar_room(cr, &grid.bar, room->height));
    room->top = fmax(room->top, SIZE_TICK / 2);
}

static void draw_cells(cairo_t *cr, const struct grid *grid,
                       const struct figure_rect *plot)
{
    size_t rows = grid->panel->rows, cols = grid->panel->cols;
    double w = plot->w / (double)cols, h = plot->h / (double)rows;

    cairo_save(cr);
    cairo_rectangle(cr, plot->x, plot->y, plot->w, plot->h);
    cairo_clip(cr);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++) {
            figure_colour_set(
                cr, figure_colour_bar_at(&grid->bar, value_at(grid, i, j)));
            /* Cells overlap the next ones, so that no seam shows. */
            cairo_rectangle(cr, plot->x + (double)j * w,
                            plot->y + (double)i * h, w + 0.4, h + 0.4);
            cairo_fill(cr);
        }
    cairo_restore(cr);
}

static uint32_t pixel(struct figure_colour c)
{
    return (uint32_t)lround(255 * c.r) << 16 |
           (uint32_t)lround(255 * c.g) << 8 | (uint32_t)lround(255 * c.b);
}

/* One pixel for each cell: a path for each would make files of megabytes. */
static void draw_image(cairo_t *cr, const struct grid *grid,
                       const struct figure_rect *plot)
{
    int rows = (int)grid->panel->rows, cols = (int)grid->panel->cols;
    cairo_surface_t *image =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, cols, rows);
    unsigned char *data = cairo_image_surface_get_data(image);

    for (int i = 0; data && i < rows; i++) {
        uint32_t *line =
            (void *)(data + i * cairo_image_surface_get_stride(image));

        for (int j = 0; j < cols; j++)
            line[j] = pixel(figure_colour_bar_at(
                &grid->bar, value_at(grid, (size_t)i, (size_t)j)));
    }
    cairo_surface_mark_dirty(image);
    cairo_save(cr);
    cairo_rectangle(cr, plot->x, plot->y, plot->w, plot->h);
    cairo_translate(cr, plot->x, plot->y);
    cairo_scale(cr, plot->w / cols, plot->h / rows);
    cairo_set_source_surface(cr, image, 0, 0);
    /* Cells smaller than a pixel are averaged, not dropped. */
    cairo_pattern_set_filter(cairo_get_source(cr),
                             plot->w * FIGURE_DPI / 72 >= cols &&
                                     plot->h * FIGURE_DPI / 72 >= rows
                                 ? CAIRO_FILTER_NEAREST
                                 : CAIRO_FILTER_GOOD);
    cairo_fill(cr);
    cairo_restore(cr);
    cairo_surface_destroy(image);
}

/* A triangle in the upper right corner, which leaves a number its room. */
static void corner(cairo_t *cr, double x, double y, double w, double h)
{
    double side = fmin(MARK, MARK_PART * fmin(w, h));

    cairo_move_to(cr, x + w, y);
    cairo_line_to(cr, x + w, y + side);
    cairo_line_to(cr, x + w - side, y);
    cairo_close_path(cr);
}

/* Dark marks on light cells, then light ones on dark. */
static void draw_marks(cairo_t *cr, const struct grid *grid,
                       const struct figure_rect *plot)
{
    const struct transect_panel *panel = grid->panel;
    double w = plot->w / (double)panel->cols;
    double h = plot->h / (double)panel->rows;

    for (int light = 0; light < 2; light++) {
        for (size_t i = 0; i < panel->rows * panel->cols; i++) {
            size_t row = i / panel->cols, col = i % panel->cols;
            struct figure_colour paper =
                figure_colour_bar_at(&grid->bar, panel->values[i]);

            if (panel->marks[i] && figure_colour_is_light(paper) == light)
                corner(cr, plot->x + (double)col * w,
                       plot->y + (double)row * h, w, h);
        }
        cairo_set_source_rgba(cr, !light, !light, !light, 0.4);
        cairo_fill(cr);
    }
}

/* A cell with its mark, and what that means, as the last line below. */
static void draw_mark_legend(cairo_t *cr, const struct transect_panel *panel,
                             double below, const struct figure_rect *plot)
{
    char *text;
    double width, x, y = plot->y + plot->h + below + GAP +
                         SIZE_TICK * LINE_HEIGHT / 2;

    figure_text_font(cr, SIZE_TICK, false);
    text = figure_text_shorten(cr, panel->mark_label ? panel->mark_label : "",
                               plot->w - SWATCH - GAP);
    width = SWATCH + GAP + figure_text_width(cr, text);
    x = plot->x + (plot->w - width) / 2;
    figure_set_ink(cr);
    figure_text_draw(cr, x + SWATCH + GAP, y, text, 0);
    cairo_set_line_width(cr, 0.6);
    cairo_rectangle(cr, x, y - SWATCH / 2, SWATCH, SWATCH);
    cairo_stroke(cr);
    corner(cr, x, y - SWATCH / 2, SWATCH, SWATCH);
    cairo_fill(cr);
    free(text);
}

/* What cell i says, in that width; the caller frees. */
static char *cell_text(cairo_t *cr, const struct grid *grid, size_t i,
                       double width)
{
    const struct transect_panel *panel = grid->panel;
    char number[24];

    if (panel->texts)
        return figure_text_shorten(cr, panel->texts[i], width);
    figure_format_cell(number, panel->values[i], grid->largest,
                       panel->flags & TRANSECT_DIVERGING);
    return mem_strdup(number);
}

/* Texts can be cut, numbers cannot. */
static void draw_texts(cairo_t *cr, const struct grid *grid,
                       const struct figure_rect *plot)
{
    const struct transect_panel *panel = grid->panel;
    double w = plot->w / (double)panel->cols;
    double h = plot->h / (double)panel->rows;
    double least = panel->texts ? fmin(grid->text_width, LEAST_TEXT)
                                : grid->text_width;

    if (grid->text_width == 0 || least + 1.5 > w || SIZE_CELL * 1.2 > h)
        return;
    figure_text_font(cr, SIZE_CELL, false);
    for (size_t i = 0; i < panel->rows * panel->cols; i++) {
        struct figure_colour paper =
            figure_colour_bar_at(&grid->bar, panel->values[i]);
        double ink = figure_colour_is_light(paper) ? 0 : 1;
        double row = (double)(i / panel->cols);
        double col = (double)(i % panel->cols);
        char *text = cell_text(cr, grid, i, w - 1.5);

        cairo_set_source_rgb(cr, ink, ink, ink);
        figure_text_draw(cr, plot->x + (col + 0.5) * w,
                         plot->y + (row + 0.5) * h, text, 0.5);
        free(text);
    }
}

static void draw(cairo_t *cr, const struct figure_view *view,
                 const struct figure_rect *plot)
{
    const struct transect_panel *panel = view->panel;
    struct figure_names x = {panel->x_names, panel->cols};
    struct figure_names y = {panel->y_names, panel->rows};
    double w = plot->w / (double)x.n, h = plot->h / (double)y.n;
    struct figure_room below = {.width = plot->w, .height = plot->h};
    struct figure_name_plan plan;
    struct grid grid;

    find_grid(cr, panel, &grid);
    if (panel->rows * panel->cols > MOST_CELLS)
        draw_image(cr, &grid, plot);
    else
        draw_cells(cr, &grid, plot);
    if (has_marks(panel)) {
        draw_marks(cr, &grid, plot);
        figure_measure_x_groups(cr, &x, w, panel->x_label, &below);
        draw_mark_legend(cr, panel, below.bottom, plot);
    }
    draw_texts(cr, &grid, plot);
    figure_draw_frame(cr, plot);
    figure_draw_x_groups(cr, &x, plot->x + w / 2, w, panel->x_label, plot);
    figure_draw_y_names(cr, &y, plot->x - TICK_LENGTH, plot->y + h / 2, h);
    plan = figure_plan_y_names(cr, &y, h);
    figure_draw_y_label(cr, panel->y_label,
                        plot->x - TICK_LENGTH - plan.room -
                            figure_label_room(cr, panel->y_label, plot->h),
                        plot->y + plot->h / 2, plot->h);
    figure_colour_bar_draw(cr, &grid.bar, plot);
}

const struct figure_kind figure_heatmap = {true, measure, draw};
