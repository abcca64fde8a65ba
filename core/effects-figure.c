/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* effects-figure.c - the effects of a sweep over its axes: a heat map over
 * layers and heads, or over two axes; bars or a line over one. */
#include "effects.h"

#include "mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More bars than these are a line. */
#define MAX_BARS 48
/* Rows or columns of a product with names; more have no figure. */
#define MAX_CELLS 160

/* The figure while it is put together. */
struct drawing {
    struct transect_panel panel;
    struct transect_series series;
    double *values, *x;
    const char **x_names, **y_names;
    char **owned; /* names that were put together */
    size_t n_owned;
};

static double *not_measured(size_t n)
{
    double *values = mem_new(n, sizeof *values);

    for (size_t i = 0; i < n; i++)
        values[i] = NAN;
    return values;
}

/* All layers and heads of the model; what was not swept stays empty. */
static void by_layer_and_head(struct drawing *drawing,
                              const struct effect *effect,
                              const struct config *config)
{
    const struct sweep_axis *axis = &effect->sweep->axes[0];
    bool groups = axis->n && axis->values[0].text &&
                  strchr(axis->values[0].text, 'G');
    size_t cols = (size_t)(groups ? config->n_kv_head : config->n_head);
    size_t rows = (size_t)config->n_layer;

    drawing->values = not_measured(rows * cols);
    for (size_t i = 0; i < axis->n; i++)
        drawing->values[(size_t)axis->values[i].layer * cols +
                        (size_t)axis->values[i].head] = effect->changes[i];
    drawing->panel.rows = rows;
    drawing->panel.cols = cols;
    drawing->panel.x_label = groups ? "key/value head" : "head";
    drawing->panel.y_label = "layer";
}

/* Over one axis: bars with names, or a line. */
static void by_one_axis(struct drawing *drawing, const struct effect *effect)
{
    const struct sweep_axis *axis = &effect->sweep->axes[0];
    struct transect_panel *panel = &drawing->panel;

    panel->kind = axis->n > MAX_BARS || axis->places == SWEEP_NUMBERS
                      ? TRANSECT_LINES : TRANSECT_BARS;
    panel->flags = axis->unordered ? TRANSECT_SCATTER : 0;
    panel->x_label = axis->label ? axis->label : axis->key;
    panel->y_label = panel->value_label;
    panel->series = &drawing->series;
    panel->n_series = 1;
    drawing->values = mem_new(axis->n, sizeof *drawing->values);
    drawing->x = mem_new(axis->n, sizeof *drawing->x);
    drawing->x_names = mem_new(axis->n, sizeof *drawing->x_names);
    for (size_t i = 0; i < axis->n; i++) {
        const struct sweep_value *value = &axis->values[i];

        drawing->values[i] = effect->changes[i];
        drawing->x[i] = value->number >= 0 ? value->number : (double)i;
        drawing->x_names[i] = value->name;
    }
    drawing->series = (struct transect_series){
        .y = drawing->values, .x = drawing->x, .n = axis->n};
    if (panel->kind == TRANSECT_BARS)
        panel->x_names = drawing->x_names;
}

/* "L0H1, zero": all axes but the last. */
static char *row_name(const struct sweep *sweep, size_t number)
{
    char *name = mem_strdup(sweep_value(sweep, 0, number)->name);

    for (size_t i = 1; i + 1 < sweep->n_axes; i++) {
        char *longer = mem_printf("%s, %s", name,
                                  sweep_value(sweep, i, number)->name);

        free(name);
        name = longer;
    }
    return name;
}

/* The last axis across, the others down. */
static void by_axes(struct drawing *drawing, const struct effect *effect)
{
    const struct sweep *sweep = effect->sweep;
    const struct sweep_axis *last = &sweep->axes[sweep->n_axes - 1];
    size_t cols = last->n, rows = sweep->n / cols;

    drawing->values = mem_new(sweep->n, sizeof *drawing->values);
    drawing->x_names = mem_new(cols, sizeof *drawing->x_names);
    drawing->y_names = mem_new(rows, sizeof *drawing->y_names);
    drawing->owned = mem_new(rows, sizeof *drawing->owned);
    for (size_t i = 0; i < sweep->n; i++)
        drawing->values[i] = effect->changes[i];
    for (size_t i = 0; i < cols; i++)
        drawing->x_names[i] = last->values[i].name;
    for (size_t i = 0; i < rows; i++)
        drawing->y_names[i] = drawing->owned[drawing->n_owned++] =
            row_name(sweep, i * cols);
    drawing->panel.rows = rows;
    drawing->panel.cols = cols;
    drawing->panel.x_label = last->label ? last->label : last->key;
    drawing->panel.y_label = sweep->n_axes == 2 ? sweep->axes[0].key : NULL;
    drawing->panel.x_names = drawing->x_names;
    drawing->panel.y_names = drawing->y_names;
}

static bool too_large(const struct sweep *sweep)
{
    size_t cols = sweep->axes[sweep->n_axes - 1].n;

    return sweep->n_axes > 1 &&
           (cols > MAX_CELLS || sweep->n / cols > MAX_CELLS);
}

static void clear(struct drawing *drawing)
{
    for (size_t i = 0; i < drawing->n_owned; i++)
        free(drawing->owned[i]);
    free(drawing->owned);
    free(drawing->x_names);
    free(drawing->y_names);
    free(drawing->values);
    free(drawing->x);
}

/* A figure that cannot be had (of a product too large to be seen, of a metric
 * whose name no file can have) is no reason to lose what was measured. */
void effect_draw(struct effect *effect, const struct config *config)
{
    const struct sweep *sweep = effect->sweep;
    struct drawing drawing = {
        .panel = {.size = sizeof drawing.panel,
                  .kind = TRANSECT_HEATMAP,
                  .flags = TRANSECT_DIVERGING}};
    char *name, *title, *label;
    struct error ignored;

    if (!effect_any(effect) || too_large(effect->sweep))
        return;
    name = mem_printf("%s-%s-%s", sweep->section.name, effect->table,
                      effect->metric);
    title = mem_printf("Sweep %s: change of %s (%s, %s)",
                       sweep->section.name, effect->metric, effect->plugin,
                       effect->table);
    label = mem_printf("change of %s%s", effect->metric,
                       effect->rows[effect->order[0]]
                           ? ", largest of all rows" : "");
    drawing.panel.value_label = label;
    if (sweep->n_axes > 1)
        by_axes(&drawing, effect);
    else if (sweep->axes[0].places == SWEEP_HEADS)
        by_layer_and_head(&drawing, effect, config);
    else
        by_one_axis(&drawing, effect);
    drawing.panel.values = drawing.values;
    if (figure_new(name, title, &drawing.panel, 1, 1, &effect->figure,
                   &ignored))
        effect->figure = NULL;
    clear(&drawing);
    free(name);
    free(title);
    free(label);
}
