/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/figure.h - the extension "transect.figure/1": figures as
 * declarations, drawn by the host.
 *
 *   const struct transect_figure_host *draw =
 *       host->extension(ctx, TRANSECT_FIGURE);
 *
 * A figure is one or more panels. The host copies what it is given, draws
 * NAME.png, .svg and .pdf into the variant's folder, and chooses sizes,
 * colours and the places of ticks and labels. NULL strings mean none. [main]
 */
#ifndef TRANSECT_FIGURE_H
#define TRANSECT_FIGURE_H

#include <transect/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRANSECT_FIGURE "transect.figure/1"

enum transect_panel_kind {
    TRANSECT_LINES,   /* series over x, with markers */
    TRANSECT_BARS,    /* grouped bars, one group for each x label; signed */
    TRANSECT_HEATMAP, /* grid of rows x cols; row 0 on top */
    TRANSECT_BARS3D   /* grid as bars of that height over (row, col) */
};

#define TRANSECT_LOG 1u       /* y (or colour) axis: logarithmic if the
                                 values are positive and span a decade */
#define TRANSECT_ANNOTATE 2u  /* HEATMAP: numbers in the cells, where they
                                 fit */
#define TRANSECT_DIVERGING 4u /* HEATMAP: colours centred on zero, as far
                                 out as the limit further away */
#define TRANSECT_SCATTER 8u   /* LINES: the first series as points without a
                                 line, each with its marker */
#define TRANSECT_DOTS 16u     /* [1.2] LINES: all series as points without
                                 lines, for places that have no order */

/* One line or one colour of bars. spread (n, or NULL): half the length of
 * error bars. x (n, or NULL): 0, 1, 2, ...; BARS ignore it. Values that are
 * not finite are left out. */
struct transect_series {
    const char *name; /* in the legend */
    const double *x, *y, *spread;
    size_t n;
};

struct transect_panel {
    uint32_t size; /* sizeof(struct transect_panel) */
    int32_t kind;
    uint32_t flags;
    const char *title, *x_label, *y_label;
    /* LINES, BARS */
    const struct transect_series *series;
    size_t n_series;
    /* HEATMAP, BARS3D: values (rows, cols), row-major */
    const double *values;
    size_t rows, cols;
    const char *value_label; /* of the colour bar, or of the z axis */
    /* Names of columns (cols) and rows (rows), or as x_names of the places
     * 0, 1, ... of LINES and BARS (the longest series' n); NULL: numbers */
    const char *const *x_names, *const *y_names;
    /* Limits of y (LINES, BARS), colour or z; both 0: from the values.
     * Panels that are to be compared get the same. */
    double low, high;
    /* [1.2] HEATMAP: (rows, cols), cells with a mark in their corner, or
     * NULL; what that means. Of more than 10000 cells none is marked. */
    const unsigned char *marks;
    const char *mark_label;
    /* [1.2] HEATMAP: (rows, cols) texts in the cells in place of numbers, cut
     * where they do not fit; NULL in it is none. Or NULL. Of more than 10000
     * cells none has one. */
    const char *const *texts;
};

struct transect_figure_host {
    uint32_t size;
    /* Declares a figure of n panels, `columns` to a row. finish, compare.
     * TRANSECT_FAILED after host->fail() where a panel makes no sense. */
    int (*figure)(transect_ctx *, const char *name, const char *title,
                  const struct transect_panel *panels, size_t n,
                  int32_t columns);
};

#ifdef __cplusplus
}
#endif

#endif
