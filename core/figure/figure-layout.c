/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-layout.c - panels on a grid: each says what room it needs, plots of
 * a row and of a column are made alike, titles and legends go above. */
#include "base/mem.h"
#include "figure/figure-internal.h"

#include <math.h>
#include <stdlib.h>

#define MARGIN 8.0
#define BETWEEN_COLS 16.0
#define BETWEEN_ROWS 14.0
#define LEAST_WIDTH 240.0
#define LEAST_PLOT 24.0 /* a side, where the figure's size is given */
#define FITTINGS 3
#define ROOM_FOR_FONTS ((size_t)32 << 20)

struct layout {
    const struct figure *figure;
    struct figure_view *views; /* (n_panels) */
    size_t rows, cols;
    struct figure_room *row, *col; /* only heights, only widths */
    double *above;                /* titles and legends, (rows) */
    double width, height, indent; /* of all; to the left of the columns */
    bool legend;                  /* one for all panels */
};

const struct figure_kind *const figure_kinds[FIGURE_N_KINDS] = {
    [TRANSECT_LINES] = &figure_lines,
    [TRANSECT_BARS] = &figure_bars,
    [TRANSECT_HEATMAP] = &figure_heatmap,
    [TRANSECT_BARS3D] = &figure_bars3d,
};

static const char *title_of(const struct figure *figure)
{
    return figure->style.no_title ? NULL : figure->title;
}

/* How much larger than by default all is drawn. */
static double enlargement(const struct figure *figure)
{
    return figure->style.type > 0 ? figure->style.type / SIZE_LABEL : 1;
}

/* Hinting would make widths depend on the resolution. */
static void set_up(cairo_t *cr)
{
    cairo_font_options_t *options = cairo_font_options_create();

    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_set_font_options(cr, options);
    cairo_font_options_destroy(options);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
}

static void raise(double *value, double least)
{
    *value = fmax(*value, least);
}

static double col_width(const struct layout *layout, size_t col)
{
    const struct figure_room *room = &layout->col[col];

    return room->left + room->width + room->right;
}

/* impose: panels measure again, for the size that the layout gives them. */
static void measure_panels(cairo_t *cr, struct layout *layout, bool impose)
{
    for (size_t p = 0; p < layout->figure->n_panels; p++) {
        const struct figure_view *view = &layout->views[p];
        struct figure_room *row = &layout->row[p / layout->cols];
        struct figure_room *col = &layout->col[p % layout->cols];
        struct figure_room room = {0};

        if (impose) {
            room.width = col->width;
            room.height = row->height;
        }
        figure_kinds[view->panel->kind]->measure(cr, view, &room);
        raise(&col->left, room.left);
        raise(&col->width, room.width);
        raise(&col->right, room.right);
        raise(&row->top, room.top);
        raise(&row->height, room.height);
        raise(&row->bottom, room.bottom);
    }
}

static double own_legend_height(cairo_t *cr, const struct layout *layout,
                                size_t panel)
{
    const struct figure_view *view = &layout->views[panel];

    if (!view->own_legend)
        return 0;
    return figure_legend_height(cr, view,
                                layout->col[panel % layout->cols].width) +
           GAP;
}

/* Titles are centred over the plots, not the panels. */
static double title_width(const struct layout *layout, size_t col)
{
    const struct figure_room *room = &layout->col[col];

    return room->width + 2 * fmin(room->left, room->right);
}

static double panel_title_height(cairo_t *cr, const struct layout *layout,
                                 size_t panel)
{
    double height = figure_title_height(
        cr, layout->views[panel].panel->title, SIZE_PANEL,
        title_width(layout, panel % layout->cols));

    return height > 0 ? height + GAP : 0;
}

/* Panels of a row begin at one height, whatever is above each. */
static void measure_above(cairo_t *cr, struct layout *layout)
{
    for (size_t p = 0; p < layout->figure->n_panels; p++)
        raise(&layout->above[p / layout->cols],
              panel_title_height(cr, layout, p) +
                  own_legend_height(cr, layout, p));
}

/* The place for what is above all panels; over the plots too if they are one
 * column. */
static double head_place(const struct layout *layout, double *width)
{
    double left = MARGIN, right = layout->width - MARGIN;

    if (layout->cols == 1) {
        double middle = layout->indent + layout->col->left +
                        layout->col->width / 2;

        left = fmax(left, 2 * middle - right);
        right = 2 * middle - left;
    }
    *width = right - left;
    return left;
}

static double head_height(cairo_t *cr, const struct layout *layout)
{
    double width;
    double title, height;

    head_place(layout, &width);
    title = figure_title_height(cr, title_of(layout->figure), SIZE_TITLE,
                                width);
    height = title > 0 ? title + 1.5 * GAP : 0;
    if (layout->legend)
        height += figure_legend_height(cr, &layout->views[0], width) +
                  1.5 * GAP;
    return height;
}

/* A title wants some width even above a narrow plot. */
static void sum_up(cairo_t *cr, struct layout *layout)
{
    const struct figure *figure = layout->figure;
    bool wide = title_of(figure) && !(figure->style.width > 0);
    double least = wide ? LEAST_WIDTH : 0;
    double columns = BETWEEN_COLS * (double)(layout->cols - 1);

    for (size_t c = 0; c < layout->cols; c++)
        columns += col_width(layout, c);
    layout->width = 2 * MARGIN + fmax(columns, least);
    layout->indent = (layout->width - columns) / 2;
    layout->height = 2 * MARGIN + head_height(cr, layout) +
                     BETWEEN_ROWS * (double)(layout->rows - 1);
    for (size_t r = 0; r < layout->rows; r++)
        layout->height += layout->above[r] + layout->row[r].top +
                          layout->row[r].height + layout->row[r].bottom;
}

/* With the plots' sizes as they are. */
static void measure_again(cairo_t *cr, struct layout *layout)
{
    for (size_t c = 0; c < layout->cols; c++)
        layout->col[c].left = layout->col[c].right = 0;
    for (size_t r = 0; r < layout->rows; r++)
        layout->row[r].top = layout->row[r].bottom = layout->above[r] = 0;
    measure_panels(cr, layout, true);
    measure_above(cr, layout);
    sum_up(cr, layout);
}

/* By which factor n plots, which take that much of what there is, change where
 * all that is beside them stays. */
static double fit_factor(double plots, size_t n, double is, double wanted)
{
    return fmax(plots + wanted - is, (double)n * LEAST_PLOT) / plots;
}

static void fit_width(struct layout *layout, double wanted)
{
    double plots = 0, factor;

    for (size_t c = 0; c < layout->cols; c++)
        plots += layout->col[c].width;
    factor = fit_factor(plots, layout->cols, layout->width, wanted);
    for (size_t c = 0; c < layout->cols; c++)
        layout->col[c].width *= factor;
}

static void fit_height(struct layout *layout, double wanted)
{
    double plots = 0, factor;

    for (size_t r = 0; r < layout->rows; r++)
        plots += layout->row[r].height;
    factor = fit_factor(plots, layout->rows, layout->height, wanted);
    for (size_t r = 0; r < layout->rows; r++)
        layout->row[r].height *= factor;
}

/* To the size that is asked for. What is beside plots may then need more room
 * or less, so that it takes a few times. */
static void fit(cairo_t *cr, struct layout *layout)
{
    const struct figure_style *style = &layout->figure->style;
    double by = enlargement(layout->figure);

    for (int i = 0; i < FITTINGS && style->width + style->height > 0; i++) {
        if (style->width > 0)
            fit_width(layout, style->width / by);
        if (style->height > 0)
            fit_height(layout, style->height / by);
        measure_again(cr, layout);
    }
}

static void layout_free(struct layout *layout)
{
    figure_views_free(layout->views, layout->figure->n_panels);
    free(layout->row);
    free(layout->col);
    free(layout->above);
}

static void lay_out_in(cairo_t *cr, const struct figure *figure, size_t cols,
                       struct layout *layout)
{
    *layout = (struct layout){.figure = figure, .cols = cols};
    layout->rows = (figure->n_panels + layout->cols - 1) / layout->cols;
    layout->row = mem_new(layout->rows, sizeof *layout->row);
    layout->col = mem_new(layout->cols, sizeof *layout->col);
    layout->above = mem_new(layout->rows, sizeof *layout->above);
    layout->views = figure_views_new(figure, &layout->legend);
    measure_panels(cr, layout, false);
    measure_panels(cr, layout, true);
    measure_above(cr, layout);
    sum_up(cr, layout);
    fit(cr, layout);
}

/* In fewer columns than the plugin has asked for, where these are too narrow
 * in the width that is given. */
static void lay_out(cairo_t *cr, const struct figure *figure,
                    struct layout *layout)
{
    size_t cols = (size_t)figure->columns;
    double wanted = figure->style.width / enlargement(figure);

    lay_out_in(cr, figure, cols, layout);
    while (wanted > 0 && cols > 1 && layout->width > wanted + 0.5) {
        layout_free(layout);
        lay_out_in(cr, figure, --cols, layout);
    }
}

/* Writes the reason into an empty plot. */
static void draw_remark(cairo_t *cr, const struct transect_panel *panel,
                        const struct figure_rect *plot)
{
    struct figure_range range;

    figure_range_of(&range, panel);
    if (range.low <= range.high)
        return;
    figure_set_ink(cr);
    figure_text_font(cr, SIZE_LABEL, false);
    figure_text_draw(cr, plot->x + plot->w / 2, plot->y + plot->h / 2,
                     "no finite values", 0.5);
}

/* left, top: of the panel's place on the grid. */
static void draw_panel(cairo_t *cr, const struct layout *layout, size_t p,
                       double left, double top)
{
    const struct figure_view *view = &layout->views[p];
    const struct figure_room *row = &layout->row[p / layout->cols];
    const struct figure_room *col = &layout->col[p % layout->cols];
    struct figure_rect plot = {
        left + col->left, top + layout->above[p / layout->cols] + row->top,
        col->width, row->height};
    double legend = own_legend_height(cr, layout, p);
    double width = title_width(layout, p % layout->cols);
    double foot = plot.y - row->top;

    figure_title_draw(
        cr, view->panel->title, SIZE_PANEL, plot.x + plot.w / 2 - width / 2,
        foot - legend - panel_title_height(cr, layout, p), width);
    if (view->own_legend)
        figure_legend_draw(cr, view, plot.x, foot - legend, plot.w);
    figure_kinds[view->panel->kind]->draw(cr, view, &plot);
    draw_remark(cr, view->panel, &plot);
}

static void draw_head(cairo_t *cr, const struct layout *layout)
{
    double width;
    double left = head_place(layout, &width);
    const char *text = title_of(layout->figure);
    double title = figure_title_height(cr, text, SIZE_TITLE, width);

    figure_title_draw(cr, text, SIZE_TITLE, left, MARGIN,
                      width);
    if (layout->legend)
        figure_legend_draw(cr, &layout->views[0], left,
                           MARGIN + title + (title > 0 ? 1.5 * GAP : 0),
                           width);
}

void figure_draw(cairo_t *cr, const struct figure *figure)
{
    struct layout layout;
    double x = 0, y;

    set_up(cr);
    cairo_scale(cr, enlargement(figure), enlargement(figure));
    lay_out(cr, figure, &layout);
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_paint(cr);
    draw_head(cr, &layout);
    y = MARGIN + head_height(cr, &layout);
    for (size_t p = 0; p < figure->n_panels; p++) {
        const struct figure_room *row = &layout.row[p / layout.cols];

        if (p % layout.cols == 0)
            x = layout.indent;
        draw_panel(cr, &layout, p, x, y);
        x += col_width(&layout, p % layout.cols) + BETWEEN_COLS;
        if (p % layout.cols == layout.cols - 1)
            y += layout.above[p / layout.cols] + row->top + row->height +
                 row->bottom + BETWEEN_ROWS;
    }
    layout_free(&layout);
}

int figure_status(const struct figure *figure, cairo_t *cr,
                  cairo_surface_t *surface, struct error *err)
{
    cairo_status_t status = cairo_status(cr);

    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        return ST_OK;
    return error_set(err, ST_FAILED, "figure '%s': cannot be drawn: %s",
                     figure->name, cairo_status_to_string(status));
}

int figure_draw_on(const struct figure *figure, cairo_surface_t *surface,
                   struct figure_bytes *texts, struct error *err)
{
    cairo_t *cr = cairo_create(surface);
    int status;

    if (texts)
        figure_text_record(cr, texts);
    figure_draw(cr, figure);
    cairo_surface_finish(surface);
    status = figure_status(figure, cr, surface, err);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    return status;
}

/* Without memory Fontconfig crashes, and it or FreeType finds other fonts:
 * what a few fonts take is looked for before. */
static int check_memory(const struct figure *figure, struct error *err)
{
    if (mem_have(ROOM_FOR_FONTS))
        return ST_OK;
    return error_set(err, ST_FAILED, "figure '%s': there is no memory to draw "
                     "it; figures of fewer variants can be chosen by "
                     "[run] figures", figure->name);
}

/* The size that is asked for, if what was laid out has it but for rounding. */
static double side(double is, double wanted)
{
    return fabs(is - wanted) < 0.5 ? wanted : ceil(is);
}

int figure_measure(const struct figure *figure, double *w, double *h,
                   struct error *err)
{
    cairo_surface_t *surface;
    cairo_t *cr;
    struct layout layout;
    int status = check_memory(figure, err);

    if (status)
        return status;
    surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
    cr = cairo_create(surface);
    set_up(cr);
    lay_out(cr, figure, &layout);
    status = figure_status(figure, cr, surface, err);
    *w = side(layout.width * enlargement(figure), figure->style.width);
    *h = side(layout.height * enlargement(figure), figure->style.height);
    layout_free(&layout);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    return status;
}
