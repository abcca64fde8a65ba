/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/kit/drawing.h - figures put together panel by panel, in memory of
 * the host's, which is freed with the instance.
 *
 *   struct transect_drawing drawing = transect_drawing_new(ctx, host);
 *   struct transect_panel *panel = transect_drawing_panel(
 *       &drawing, TRANSECT_LINES, NULL, "layer", "norm");
 *
 *   transect_drawing_series(&drawing, panel, "mean", means, n_layer);
 *   return transect_drawing_end(&drawing, "norms", "Norms by layer", 1);
 */
#ifndef TRANSECT_KIT_DRAWING_H
#define TRANSECT_KIT_DRAWING_H

#include <transect/figure.h>
#include <transect/kit/text.h>

#ifdef __cplusplus
extern "C" {
#endif

struct transect_drawing {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_figure_host *figures;
    struct transect_panel **panels; /* (n) */
    size_t n;
};

static inline struct transect_drawing
transect_drawing_new(transect_ctx *ctx, const struct transect_host *host)
{
    struct transect_drawing drawing;

    drawing.ctx = ctx;
    drawing.host = host;
    drawing.figures = (const struct transect_figure_host *)
        host->extension(ctx, TRANSECT_FIGURE);
    drawing.panels = NULL;
    drawing.n = 0;
    return drawing;
}

/* n numbers, all 0. */
static inline double *transect_drawing_values(struct transect_drawing *drawing,
                                              size_t n)
{
    return (double *)drawing->host->alloc(drawing->ctx, n, sizeof(double));
}

/* n elements with room for one more: where n is a power of two, or 0, a copy
 * of twice the size. */
static inline void *transect_drawing_grow(struct transect_drawing *drawing,
                                          const void *array, size_t n,
                                          size_t size)
{
    void *grown;

    if (n & (n - 1))
        return (void *)array;
    grown = drawing->host->alloc(drawing->ctx, n ? 2 * n : 1, size);
    if (n)
        memcpy(grown, array, n * size);
    return grown;
}

/* Adds a panel without series or values. Texts are borrowed until the end of
 * the figure, as everything is that panels point to; NULL: none. */
static inline struct transect_panel *
transect_drawing_panel(struct transect_drawing *drawing, int32_t kind,
                       const char *title, const char *x_label,
                       const char *y_label)
{
    struct transect_panel *panel = (struct transect_panel *)
        drawing->host->alloc(drawing->ctx, 1, sizeof *panel);

    panel->size = sizeof *panel;
    panel->kind = kind;
    panel->title = title;
    panel->x_label = x_label;
    panel->y_label = y_label;
    drawing->panels = (struct transect_panel **)transect_drawing_grow(
        drawing, drawing->panels, drawing->n, sizeof *drawing->panels);
    drawing->panels[drawing->n++] = panel;
    return panel;
}

/* Adds a line, or a colour of bars: y (n). It is moved when the panel gets the
 * next one. All series of a panel are added here: behind an array that the
 * caller put in panel->series there may be no memory for another one. */
static inline struct transect_series *
transect_drawing_series(struct transect_drawing *drawing,
                        struct transect_panel *panel, const char *name,
                        const double *y, size_t n)
{
    struct transect_series *all = (struct transect_series *)
        transect_drawing_grow(drawing, panel->series, panel->n_series,
                              sizeof *all);
    struct transect_series *series = &all[panel->n_series++];

    panel->series = all;
    series->name = name;
    series->y = y;
    series->n = n;
    return series;
}

/* The grid (rows, cols) of a heat map, or of bars in space. */
static inline void transect_drawing_grid(struct transect_panel *panel,
                                         const double *values, size_t rows,
                                         size_t cols, const char *value_label)
{
    panel->values = values;
    panel->rows = rows;
    panel->cols = cols;
    panel->value_label = value_label;
}

/* Declares the figure, `columns` panels to a row, and begins another one. */
static inline int transect_drawing_end(struct transect_drawing *drawing,
                                       const char *name, const char *title,
                                       int32_t columns)
{
    struct transect_panel *panels = (struct transect_panel *)
        drawing->host->alloc(drawing->ctx, drawing->n, sizeof *panels);
    size_t n = drawing->n;

    for (size_t i = 0; i < n; i++)
        panels[i] = *drawing->panels[i];
    drawing->panels = NULL;
    drawing->n = 0;
    return drawing->figures->figure(drawing->ctx, name, title, panels, n,
                                    columns);
}

#ifdef __cplusplus
}
#endif

#endif
