/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure.c - figures as plugins declare them: checked, and copied. */
#include "figure/figure.h"

#include "base/mem.h"
#include "figure/figure-internal.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_PANELS = 64,
    MOST_SERIES = 256,
    MOST_POINTS = 1000000,
    MOST_BARS = 10000,
    MOST_CELLS = 4096 /* a side of a heat map */
};

/* The first version of the structure ends behind this member. */
static const size_t least_size =
    offsetof(struct transect_panel, high) + sizeof(double);

static const uint32_t known_flags =
    TRANSECT_LOG | TRANSECT_ANNOTATE | TRANSECT_DIVERGING |
    TRANSECT_SCATTER | TRANSECT_DOTS;

static int check_name(const char *name, struct error *err)
{
    size_t length = name ? strlen(name) : 0;

    if (length == 0 || length > 100 || name[0] == '.' || name[0] == '-' ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                     "0123456789._-") != length)
        return error_set(err, ST_PLUGIN, "figure '%.99s': its name cannot "
                         "name a file; 1 to 100 letters, digits, '.', '_' "
                         "and '-' can, a letter or digit first",
                         name ? name : "");
    return ST_OK;
}

static int check_limits(const struct transect_panel *panel,
                        struct error *err)
{
    if (panel->low == 0 && panel->high == 0)
        return ST_OK;
    if (figure_value_drawn(panel->low) && figure_value_drawn(panel->high) &&
        panel->low < panel->high && isnormal(panel->high - panel->low))
        return ST_OK;
    return error_set(err, ST_PLUGIN, "its limits are %g and %g; they must "
                     "be finite, the lower one first, or both 0",
                     panel->low, panel->high);
}

static int check_series(const struct transect_panel *panel,
                        struct error *err)
{
    if (panel->n_series == 0 || !panel->series ||
        panel->n_series > MOST_SERIES)
        return error_set(err, ST_PLUGIN, "has %zu series%s; it must have 1 "
                         "to %d", panel->n_series,
                         panel->n_series && !panel->series ? " at NULL" : "",
                         MOST_SERIES);
    for (size_t s = 0; s < panel->n_series; s++) {
        const struct transect_series *series = &panel->series[s];

        if (series->n > MOST_POINTS)
            return error_set(err, ST_PLUGIN, "series %zu has %zu points; at "
                             "most %d can be drawn", s, series->n,
                             MOST_POINTS);
        if (series->n > 0 && !series->y)
            return error_set(err, ST_PLUGIN, "series %zu has %zu points but "
                             "no y; y must hold as many values", s,
                             series->n);
    }
    if (figure_series_longest(panel) == 0)
        return error_set(err, ST_PLUGIN, "its series have no points; one at "
                         "least must have some");
    return ST_OK;
}

static int check_grid(const struct transect_panel *panel, struct error *err)
{
    if (!panel->values)
        return error_set(err, ST_PLUGIN, "has no values; %zu x %zu were "
                         "announced", panel->rows, panel->cols);
    if (panel->rows == 0 || panel->cols == 0 || panel->rows > MOST_CELLS ||
        panel->cols > MOST_CELLS)
        return error_set(err, ST_PLUGIN, "has %zu rows and %zu columns; "
                         "each must be 1 to %d", panel->rows, panel->cols,
                         MOST_CELLS);
    if (panel->kind == TRANSECT_BARS3D &&
        panel->rows * panel->cols > MOST_BARS)
        return error_set(err, ST_PLUGIN, "has %zu bars; at most %d can be "
                         "told apart", panel->rows * panel->cols, MOST_BARS);
    return ST_OK;
}

static int check_panel(const struct transect_panel *panel, struct error *err)
{
    int status;

    if (panel->flags & ~known_flags)
        return error_set(err, ST_PLUGIN, "has flags 0x%x; this host knows "
                         "0x%x", (unsigned)panel->flags,
                         (unsigned)known_flags);
    if (panel->kind < 0 || panel->kind >= FIGURE_N_KINDS)
        return error_set(err, ST_PLUGIN, "has the kind %d; this host knows "
                         "0 to %d", (int)panel->kind, FIGURE_N_KINDS - 1);
    status = figure_kinds[panel->kind]->grid ? check_grid(panel, err)
                                             : check_series(panel, err);
    return status == ST_OK ? check_limits(panel, err) : status;
}

static double *copy_values(const double *values, size_t n)
{
    double *copy;

    if (!values)
        return NULL;
    copy = mem_new(n, sizeof *copy);
    if (n > 0)
        memcpy(copy, values, n * sizeof *copy);
    return copy;
}

static unsigned char *copy_marks(const struct transect_panel *panel)
{
    size_t n = panel->rows * panel->cols;
    unsigned char *copy = panel->marks ? mem_new(n, 1) : NULL;

    for (size_t i = 0; copy && i < n; i++)
        copy[i] = panel->marks[i] != 0;
    return copy;
}

static const char *const *copy_names(const char *const *names, size_t n)
{
    char **copy;

    if (!names)
        return NULL;
    copy = mem_new(n, sizeof *copy);
    for (size_t i = 0; i < n; i++)
        copy[i] = figure_label(names[i] ? names[i] : "", true);
    return (const char *const *)copy;
}

static const struct transect_series *
copy_series(const struct transect_series *series, size_t n)
{
    struct transect_series *copy = mem_new(n, sizeof *copy);

    for (size_t s = 0; s < n; s++) {
        copy[s].name = figure_label(series[s].name, false);
        copy[s].x = copy_values(series[s].x, series[s].n);
        copy[s].y = copy_values(series[s].y, series[s].n);
        copy[s].spread = copy_values(series[s].spread, series[s].n);
        copy[s].n = series[s].n;
    }
    return copy;
}

/* How many names x_names and y_names hold. */
static size_t n_x_names(const struct transect_panel *panel)
{
    return panel->n_series ? figure_series_longest(panel) : panel->cols;
}

static const char *const *copy_texts(const struct transect_panel *panel)
{
    size_t n = panel->rows * panel->cols;

    return panel->kind == TRANSECT_HEATMAP && n <= FIGURE_MOST_TEXTS
               ? copy_names(panel->texts, n)
               : NULL;
}

/* Replaces all that a checked panel points to by copies. What its kind does
 * not use is dropped. */
static void copy_panel(struct transect_panel *panel)
{
    bool grid = figure_kinds[panel->kind]->grid;

    panel->size = sizeof *panel;
    panel->title = figure_label(panel->title, false);
    panel->x_label = figure_label(panel->x_label, false);
    panel->y_label = figure_label(panel->y_label, false);
    panel->value_label = figure_label(panel->value_label, false);
    panel->n_series = grid ? 0 : panel->n_series;
    panel->series = grid ? NULL
                         : copy_series(panel->series, panel->n_series);
    panel->rows = grid ? panel->rows : 0;
    panel->cols = grid ? panel->cols : 0;
    panel->values = grid ? copy_values(panel->values,
                                       panel->rows * panel->cols)
                         : NULL;
    panel->marks = panel->kind == TRANSECT_HEATMAP ? copy_marks(panel) : NULL;
    panel->mark_label = figure_label(panel->mark_label, false);
    panel->texts = copy_texts(panel);
    panel->x_names = copy_names(panel->x_names, n_x_names(panel));
    panel->y_names = grid ? copy_names(panel->y_names, panel->rows) : NULL;
}

static int check_count(const struct transect_panel *panels, size_t n,
                       int columns, struct error *err)
{
    if (n == 0 || !panels || n > MOST_PANELS)
        return error_set(err, ST_PLUGIN, "has %zu panels%s; it must have 1 "
                         "to %d", n, n && !panels ? " at NULL" : "",
                         MOST_PANELS);
    if (columns < 1)
        return error_set(err, ST_PLUGIN, "has %d panels to a row; it must "
                         "be 1 or more", columns);
    if (panels->size < least_size || panels->size > 4096 ||
        panels->size % _Alignof(struct transect_panel) != 0)
        return error_set(err, ST_PLUGIN, "says that a panel has %u bytes; "
                         "sizeof(struct transect_panel) is %zu",
                         (unsigned)panels->size,
                         sizeof(struct transect_panel));
    return ST_OK;
}

/* Panels lie as far apart as the plugin's header has it. */
static int take_panels(struct figure *figure,
                       const struct transect_panel *panels, size_t n,
                       struct error *err)
{
    size_t stride = panels->size;

    for (size_t i = 0; i < n; i++) {
        const char *from = (const char *)panels + i * stride;
        struct transect_panel panel = {0};
        int status;

        memcpy(&panel, from,
               stride < sizeof panel ? stride : sizeof panel);
        status = panel.size != stride
                     ? error_set(err, ST_PLUGIN, "says that it has %u "
                                 "bytes; the first one has %zu",
                                 (unsigned)panel.size, stride)
                     : check_panel(&panel, err);
        if (status != ST_OK)
            return error_within(err, "panel %zu", i);
        copy_panel(&panel);
        figure->panels[figure->n_panels++] = panel;
    }
    return ST_OK;
}

int figure_new(const char *name, const char *title,
               const struct transect_panel *panels, size_t n, int columns,
               struct figure **figure, struct error *err)
{
    struct figure *made;
    int status = check_name(name, err);

    if (status != ST_OK)
        return status;
    if (check_count(panels, n, columns, err) != ST_OK)
        return error_within(err, "figure '%s'", name);
    made = mem_new(1, sizeof *made);
    made->name = mem_strdup(name);
    made->title = figure_label(title, false);
    made->panels = mem_new(n, sizeof *made->panels);
    made->columns = (size_t)columns < n ? columns : (int)n;
    if (take_panels(made, panels, n, err) != ST_OK) {
        figure_free(made);
        return error_within(err, "figure '%s'", name);
    }
    *figure = made;
    return ST_OK;
}

static void free_names(const char *const *names, size_t n)
{
    for (size_t i = 0; names && i < n; i++)
        free((char *)names[i]);
    free((void *)names);
}

static void free_panel(struct transect_panel *panel)
{
    free_names(panel->x_names, n_x_names(panel));
    free_names(panel->y_names, panel->rows);
    free_names(panel->texts, panel->rows * panel->cols);
    for (size_t s = 0; s < panel->n_series; s++) {
        free((char *)panel->series[s].name);
        free((double *)panel->series[s].x);
        free((double *)panel->series[s].y);
        free((double *)panel->series[s].spread);
    }
    free((void *)panel->series);
    free((double *)panel->values);
    free((unsigned char *)panel->marks);
    free((char *)panel->mark_label);
    free((char *)panel->title);
    free((char *)panel->x_label);
    free((char *)panel->y_label);
    free((char *)panel->value_label);
}

void figure_free(struct figure *figure)
{
    if (!figure)
        return;
    for (size_t i = 0; i < figure->n_panels; i++)
        free_panel(&figure->panels[i]);
    free(figure->panels);
    free(figure->name);
    free(figure->title);
    free(figure);
}
