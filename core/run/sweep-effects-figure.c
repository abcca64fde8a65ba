/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sweep-effects-figure.c - the effects of a sweep over its axes: heat maps
 * over layers and heads, or over two axes; bars, lines or points over one. */
#include "run/sweep-effects.h"

#include "base/mem.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PANELS 6 /* of one figure, and lines in one panel */
#define MOST_BARS 64
#define MOST_NUMBERS 600 /* cells; more numbers nobody reads */

/* One axis lies in each figure; the product of the others makes panels,
 * lines, or columns. */
struct map {
    const struct effect *of;
    const struct sweep *sweep;
    size_t main, n_others;
    char *title, *label;
    struct transect_panel *panels;
    size_t n_panels;
    void **owned; /* all that the panels point to */
    size_t n_owned;
};

static void *own(struct map *map, void *what)
{
    MEM_PUSH(map->owned, map->n_owned);
    return map->owned[map->n_owned++] = what;
}

/* The variant with value i of the main axis and combination j of the others.
 */
static size_t variant_at(const struct map *map, size_t i, size_t j)
{
    const struct sweep *sweep = map->sweep;
    size_t inner = 1;

    for (size_t a = map->main + 1; a < sweep->n_axes; a++)
        inner *= sweep->axes[a].n;
    return (j / inner * sweep->axes[map->main].n + i) * inner + j % inner;
}

static double change_at(const struct map *map, size_t i, size_t j)
{
    return map->of->changes[variant_at(map, i, j)];
}

/* "zero" or "zero L3": the names of the others' values. */
static char *others_name(struct map *map, size_t j)
{
    size_t number = variant_at(map, 0, j);
    char *name = mem_strdup("");

    for (size_t a = 0; a < map->sweep->n_axes; a++) {
        char *longer;

        if (a == map->main)
            continue;
        longer = mem_printf("%s%s%s", name, *name ? " " : "",
                            sweep_value(map->sweep, a, number)->name);
        free(name);
        name = longer;
    }
    return own(map, name);
}

static const char **main_names(struct map *map)
{
    const struct sweep_axis *axis = &map->sweep->axes[map->main];
    const char **names = own(map, mem_new(axis->n, sizeof *names));

    for (size_t i = 0; i < axis->n; i++)
        names[i] = axis->values[i].name;
    return names;
}

static struct transect_panel *add_panel(struct map *map, int32_t kind,
                                        const char *title)
{
    struct transect_panel *panel;

    MEM_PUSH(map->panels, map->n_panels);
    panel = &map->panels[map->n_panels++];
    *panel = (struct transect_panel){.size = sizeof *panel, .kind = kind,
                                     .title = title};
    return panel;
}

/* Strikes a cell through whose mean could be chance. */
static void mark(const struct map *map, unsigned char *marks, size_t cell,
                 size_t i, size_t j)
{
    size_t variant = variant_at(map, i, j);

    marks[cell] = effect_unclear(map->of, variant) &&
                  !isnan(map->of->changes[variant]);
}

static void colour(const struct map *map, struct transect_panel *panel)
{
    panel->mark_label = "not told apart from no change (q ≥ 0.05)";
    panel->flags = TRANSECT_DIVERGING;
    if (map->sweep->n <= MOST_NUMBERS)
        panel->flags |= TRANSECT_ANNOTATE;
    panel->value_label = map->label;
}

struct extent {
    int low, high;
};

static void reach(struct extent *extent, int value)
{
    extent->low = value < extent->low ? value : extent->low;
    extent->high = value > extent->high ? value : extent->high;
}

/* From 0 on a figure numbers them by itself, and leaves some out if they are
 * many. */
static const char **numbered(struct map *map, const struct extent *extent)
{
    size_t n = (size_t)(extent->high - extent->low) + 1;
    const char **names;

    if (extent->low == 0)
        return NULL;
    names = own(map, mem_new(n, sizeof *names));
    for (size_t i = 0; i < n; i++)
        names[i] = own(map, mem_printf("%d", extent->low + (int)i));
    return names;
}

static bool is_groups(const struct sweep_axis *axis)
{
    return strchr(axis->values[0].text, 'G');
}

/* Layer x head, over those layers and heads that were swept. */
static void map_heads(struct map *map, size_t j)
{
    const struct sweep_axis *axis = &map->sweep->axes[map->main];
    struct extent layers = {INT_MAX, 0}, heads = {INT_MAX, 0};
    struct transect_panel *panel =
        add_panel(map, TRANSECT_HEATMAP,
                  map->n_others > 1 ? others_name(map, j) : NULL);
    unsigned char *marks;
    double *values;

    for (size_t i = 0; i < axis->n; i++) {
        reach(&layers, axis->values[i].layer);
        reach(&heads, axis->values[i].head);
    }
    panel->rows = (size_t)(layers.high - layers.low) + 1;
    panel->cols = (size_t)(heads.high - heads.low) + 1;
    values = own(map, mem_new(panel->rows * panel->cols, sizeof *values));
    marks = own(map, mem_new(panel->rows * panel->cols, sizeof *marks));
    for (size_t i = 0; i < panel->rows * panel->cols; i++)
        values[i] = NAN;
    for (size_t i = 0; i < axis->n; i++) {
        const struct sweep_value *value = &axis->values[i];
        size_t cell = (size_t)(value->layer - layers.low) * panel->cols +
                      (size_t)(value->head - heads.low);

        values[cell] = change_at(map, i, j);
        mark(map, marks, cell, i, j);
    }
    panel->values = values;
    panel->marks = marks;
    panel->x_label = is_groups(axis) ? "key/value head" : "head";
    panel->y_label = "layer";
    panel->x_names = numbered(map, &heads);
    panel->y_names = numbered(map, &layers);
    colour(map, panel);
}

/* The main axis down, the others across. */
static void map_grid(struct map *map)
{
    const struct sweep_axis *axis = &map->sweep->axes[map->main];
    struct transect_panel *panel = add_panel(map, TRANSECT_HEATMAP, NULL);
    size_t n_cells = axis->n * map->n_others;
    double *values = own(map, mem_new(n_cells, sizeof *values));
    unsigned char *marks = own(map, mem_new(n_cells, sizeof *marks));
    const char **names = own(map, mem_new(map->n_others, sizeof *names));

    for (size_t j = 0; j < map->n_others; j++) {
        names[j] = others_name(map, j);
        for (size_t i = 0; i < axis->n; i++) {
            values[i * map->n_others + j] = change_at(map, i, j);
            mark(map, marks, i * map->n_others + j, i, j);
        }
    }
    panel->rows = axis->n;
    panel->cols = map->n_others;
    panel->values = values;
    panel->marks = marks;
    panel->x_names = names;
    panel->y_names = main_names(map);
    panel->y_label = axis->key;
    if (map->sweep->n_axes == 2)
        panel->x_label = map->sweep->axes[1].key;
    colour(map, panel);
}

/* A bar, a point of a line or a dot for each value, in a colour for each
 * combination of the others. */
static void map_series(struct map *map)
{
    const struct sweep_axis *axis = &map->sweep->axes[map->main];
    bool bars = axis->n <= MOST_BARS && axis->places != SWEEP_NUMBERS;
    struct transect_panel *panel =
        add_panel(map, bars ? TRANSECT_BARS : TRANSECT_LINES, NULL);
    struct transect_series *series =
        own(map, mem_new(map->n_others, sizeof *series));

    for (size_t j = 0; j < map->n_others; j++) {
        double *x = own(map, mem_new(axis->n, sizeof *x));
        double *y = own(map, mem_new(axis->n, sizeof *y));
        double *spread = own(map, mem_new(axis->n, sizeof *spread));

        for (size_t i = 0; i < axis->n; i++) {
            x[i] = axis->places == SWEEP_NUMBERS  ? axis->values[i].number
                   : axis->places == SWEEP_LAYERS ? axis->values[i].layer
                                                  : (double)i;
            y[i] = change_at(map, i, j);
            if (map->of->paired)
                spread[i] = map->of->means[variant_at(map, i, j)].se;
        }
        series[j] = (struct transect_series){
            .name = map->n_others > 1 ? others_name(map, j) : NULL,
            .x = x, .y = y, .spread = map->of->paired ? spread : NULL,
            .n = axis->n};
    }
    panel->series = series;
    panel->n_series = map->n_others;
    if (map->of->paired)
        panel->title = "mean over samples ± standard error";
    panel->x_label = axis->label ? axis->label : axis->key;
    panel->y_label = map->label;
    if (bars)
        panel->x_names = main_names(map);
    if (axis->unordered)
        panel->flags = TRANSECT_SCATTER;
}

/* Panels that are to be compared have one scale. */
static void same_scale(struct map *map)
{
    double most = 0;

    for (size_t i = 0; i < map->sweep->n; i++)
        if (fabs(map->of->changes[i]) > most &&
            isfinite(map->of->changes[i]))
            most = fabs(map->of->changes[i]);
    for (size_t i = 0; map->n_panels > 1 && most > 0 && i < map->n_panels;
         i++) {
        map->panels[i].low = -most;
        map->panels[i].high = most;
    }
}

/* The first axis with such places, if the others are few enough. */
static bool choose(struct map *map, enum sweep_places places)
{
    for (size_t i = 0; i < map->sweep->n_axes; i++) {
        map->main = i;
        map->n_others = map->sweep->n / map->sweep->axes[i].n;
        if (map->sweep->axes[i].places == places &&
            map->n_others <= MOST_PANELS)
            return true;
    }
    return false;
}

static void lay_out(struct map *map)
{
    if (choose(map, SWEEP_HEADS)) {
        for (size_t j = 0; j < map->n_others; j++)
            map_heads(map, j);
        same_scale(map);
    } else if (choose(map, SWEEP_NUMBERS)) {
        map_series(map);
    } else {
        map->main = 0;
        map->n_others = map->sweep->n / map->sweep->axes[0].n;
        if (map->sweep->n_axes == 1)
            map_series(map);
        else
            map_grid(map);
    }
}

/* What cannot be drawn, as more rows than a figure has, is in the tables: a
 * run does not fail of it at its end. */
void effect_draw(struct effect *effect)
{
    struct map map = {.of = effect, .sweep = effect->sweep};
    struct error err;

    if (!effect_any(effect))
        return;
    map.title = own(&map, mem_printf("Sweep %s: change of %s (%s, %s)",
                                     effect->sweep->section.name,
                                     effect->metric, effect->plugin,
                                     effect->table));
    map.label = own(&map, mem_printf("%s of %s%s",
                                     effect->paired ? "mean change" : "change",
                                     effect->metric,
                                     effect->rows[effect->order[0]]
                                         ? ", largest of all rows" : ""));
    lay_out(&map);
    if (figure_new(strrchr(effect->stem, '/') + 1, map.title, map.panels,
                   map.n_panels, map.n_panels > 1 ? 2 : 1, &effect->figure,
                   &err))
        effect->figure = NULL;
    for (size_t i = 0; i < map.n_owned; i++)
        free(map.owned[i]);
    free(map.owned);
    free(map.panels);
}
