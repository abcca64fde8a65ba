/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sweep-effects-figure.c - the effects of a sweep over its axes: heat maps
 * over layers and heads, layers and positions, or any two axes; bars, lines or
 * points over one. */
#include "run/sweep-effects.h"

#include "base/mem.h"
#include "base/parse.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PANELS 6 /* of one figure, and lines in one panel */
#define MOST_BARS 64
#define MOST_TOKENS 60 /* positions that show theirs */
#define MOST_NUMBERS 600 /* cells; more numbers nobody reads */
#define WIDE 12 /* columns of a panel that has a line of the figure alone */
#define NONE SIZE_MAX

/* One axis lies in each figure; the product of the others makes panels,
 * lines, or columns: with an axis across, columns by that and panels by the
 * rest. */
struct map {
    const struct effect *of;
    const struct sweep *sweep;
    const struct plan *plan;
    size_t main, n_others;
    size_t across; /* NONE: no axis by itself */
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

/* The combination of the others with value k of the axis across and
 * combination j of the rest. */
static size_t others_at(const struct map *map, size_t k, size_t j)
{
    const struct sweep *sweep = map->sweep;
    size_t inner = 1;

    if (map->across == NONE)
        return k;
    for (size_t a = map->across + 1; a < sweep->n_axes; a++)
        inner *= a == map->main ? 1 : sweep->axes[a].n;
    return (j / inner * sweep->axes[map->across].n + k) * inner + j % inner;
}

/* "zero" or "zero L3": the names of the others' values, but not of the one
 * that lies across. */
static char *others_name(struct map *map, size_t j)
{
    size_t number = variant_at(map, 0, j);
    char *name = mem_strdup("");

    for (size_t a = 0; a < map->sweep->n_axes; a++) {
        char *longer;

        if (a == map->main || a == map->across)
            continue;
        longer = mem_printf("%s%s%s", name, *name ? " " : "",
                            sweep_value(map->sweep, a, number)->name);
        free(name);
        name = longer;
    }
    return own(map, name);
}

/* The first sample's token at a position, which counts from the end if it is
 * below 0. NULL: there is none, or the value is no number. */
static const char *token_at(const struct map *map,
                            const struct sweep_value *value)
{
    const struct samples *samples = map->plan->samples;
    int64_t position;

    if (!parse_int(value->text, &position))
        return NULL;
    position += position < 0 ? samples->list[0].n_token : 0;
    if (position < 0 || position >= samples->list[0].n_token)
        return NULL;
    return token_labels_label(map->plan->labels,
                              samples_tokens(samples, 0)[position]);
}

/* Do names of its values say which tokens are there? */
static bool has_tokens(const struct map *map, const struct sweep_axis *axis)
{
    for (size_t i = 0; axis->positions && axis->n <= MOST_TOKENS &&
                       i < axis->n; i++)
        if (token_at(map, &axis->values[i]))
            return true;
    return false;
}

/* Are they the numbers from 0 on? A figure then numbers them by itself, and
 * leaves some out if they are many. */
static bool is_counted(const struct sweep_axis *axis)
{
    for (size_t i = 0; i < axis->n; i++)
        if ((axis->places == SWEEP_LAYERS ? axis->values[i].layer
             : axis->places == SWEEP_NUMBERS ? axis->values[i].number : -1)
            != (int)i)
            return false;
    return true;
}

/* As 9 ' Mary' where positions have tokens; NULL: as a figure numbers them. */
static const char **names_of(struct map *map, const struct sweep_axis *axis)
{
    bool tokens = has_tokens(map, axis);
    const char **names;

    if (!tokens && is_counted(axis))
        return NULL;
    names = own(map, mem_new(axis->n, sizeof *names));
    for (size_t i = 0; i < axis->n; i++) {
        const char *token = tokens ? token_at(map, &axis->values[i]) : NULL;

        names[i] = token ? own(map, mem_printf("%s %s", axis->values[i].name,
                                               token))
                         : axis->values[i].name;
    }
    return names;
}

static bool is_groups(const struct sweep_axis *axis)
{
    return strchr(axis->values[0].text, 'G');
}

static const char *label_of(struct map *map, const struct sweep_axis *axis)
{
    if (has_tokens(map, axis) && map->plan->samples->n_sample > 1)
        return own(map, mem_printf("%s (tokens of sample 0)", axis->label));
    if (axis->places == SWEEP_HEADS)
        return is_groups(axis) ? "key/value head" : "head";
    return axis->label ? axis->label : axis->key;
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

/* Marks a cell whose mean could be chance. */
static void mark(const struct map *map, unsigned char *marks, size_t cell,
                 size_t i, size_t j)
{
    size_t variant = variant_at(map, i, j);

    marks[cell] = effect_unclear(map->of, variant) &&
                  !isnan(map->of->changes[variant]);
}

static void colour(const struct map *map, struct transect_panel *panel)
{
    panel->mark_label = "n.s. (q ≥ 0.05)";
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
    panel->x_label = label_of(map, axis);
    panel->y_label = "layer";
    panel->x_names = numbered(map, &heads);
    panel->y_names = numbered(map, &layers);
    colour(map, panel);
}

/* Columns of a grid, of the axis across or of all combinations of others. */
static void name_columns(struct map *map, struct transect_panel *panel)
{
    const struct sweep *sweep = map->sweep;
    const char **names;

    if (map->across != NONE) {
        panel->x_names = names_of(map, &sweep->axes[map->across]);
        panel->x_label = label_of(map, &sweep->axes[map->across]);
        return;
    }
    names = own(map, mem_new(panel->cols, sizeof *names));
    for (size_t j = 0; j < panel->cols; j++)
        names[j] = others_name(map, j);
    panel->x_names = names;
}

/* The main axis down, the one across or all others across; number j of the
 * combinations of the rest. */
static void map_grid(struct map *map, size_t j)
{
    const struct sweep_axis *axis = &map->sweep->axes[map->main];
    size_t cols = map->across == NONE ? map->n_others
                                      : map->sweep->axes[map->across].n;
    bool several = cols < map->n_others;
    struct transect_panel *panel = add_panel(
        map, TRANSECT_HEATMAP,
        several ? others_name(map, others_at(map, 0, j)) : NULL);
    double *values = own(map, mem_new(axis->n * cols, sizeof *values));
    unsigned char *marks = own(map, mem_new(axis->n * cols, sizeof *marks));

    for (size_t k = 0; k < cols; k++)
        for (size_t i = 0; i < axis->n; i++) {
            values[i * cols + k] = change_at(map, i, others_at(map, k, j));
            mark(map, marks, i * cols + k, i, others_at(map, k, j));
        }
    panel->rows = axis->n;
    panel->cols = cols;
    panel->values = values;
    panel->marks = marks;
    panel->y_names = names_of(map, axis);
    panel->y_label = label_of(map, axis);
    name_columns(map, panel);
    colour(map, panel);
}

/* A bar, a point of a line or a dot for each value, in a colour for each
 * combination of the others. */
static void map_series(struct map *map)
{
    const struct sweep_axis *axis = &map->sweep->axes[map->main];
    bool bars = axis->n <= MOST_BARS &&
                (axis->places != SWEEP_NUMBERS || has_tokens(map, axis));
    bool tested = effect_is_tested(map->of);
    struct transect_panel *panel =
        add_panel(map, bars ? TRANSECT_BARS : TRANSECT_LINES, NULL);
    struct transect_series *series =
        own(map, mem_new(map->n_others, sizeof *series));

    for (size_t j = 0; j < map->n_others; j++) {
        double *x = own(map, mem_new(axis->n, sizeof *x));
        double *y = own(map, mem_new(axis->n, sizeof *y));
        double *spread = own(map, mem_new(axis->n, sizeof *spread));

        for (size_t i = 0; i < axis->n; i++) {
            x[i] = bars ? (double)i
                   : axis->places == SWEEP_LAYERS ? axis->values[i].layer
                   : axis->places == SWEEP_NUMBERS ? axis->values[i].number
                                                   : (double)i;
            y[i] = change_at(map, i, j);
            if (tested)
                spread[i] = map->of->means[variant_at(map, i, j)].se;
        }
        series[j] = (struct transect_series){
            .name = map->n_others > 1 ? others_name(map, j) : NULL,
            .x = x, .y = y, .spread = tested ? spread : NULL,
            .n = axis->n};
    }
    panel->series = series;
    panel->n_series = map->n_others;
    if (tested)
        panel->title = "mean over samples ± standard error";
    panel->x_label = label_of(map, axis);
    panel->y_label = map->label;
    if (bars)
        panel->x_names = names_of(map, axis);
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

/* The first axis with such places that is not of positions, or NONE. */
static size_t find(const struct sweep *sweep, enum sweep_places places)
{
    for (size_t a = 0; a < sweep->n_axes; a++)
        if (sweep->axes[a].places == places && !sweep->axes[a].positions)
            return a;
    return NONE;
}

static size_t find_positions(const struct sweep *sweep)
{
    for (size_t a = 0; a < sweep->n_axes; a++)
        if (sweep->axes[a].positions)
            return a;
    return NONE;
}

/* Positions across, with layers, heads or names down; or names across, with
 * layers down. What neighbours on an axis have to do with each other is
 * lost in lines, one for each of the other's values. */
static bool choose_grid(struct map *map)
{
    static const enum sweep_places down[] = {SWEEP_LAYERS, SWEEP_HEADS,
                                             SWEEP_NAMES};
    const struct sweep *sweep = map->sweep;

    map->across = find_positions(sweep);
    map->main = NONE;
    for (int i = 0; i < 3 && map->main == NONE; i++)
        map->main = find(sweep, down[i]);
    if (map->across == NONE && map->main != NONE &&
        sweep->axes[map->main].places == SWEEP_LAYERS)
        map->across = find(sweep, SWEEP_NAMES);
    if (map->across != NONE && map->main != NONE) {
        map->n_others = sweep->n / sweep->axes[map->main].n;
        if (map->n_others / sweep->axes[map->across].n <= MOST_PANELS)
            return true;
    }
    map->across = NONE;
    return false;
}

static void lay_out_grids(struct map *map)
{
    size_t n = map->across == NONE
                   ? 1 : map->n_others / map->sweep->axes[map->across].n;

    for (size_t j = 0; j < n; j++)
        map_grid(map, j);
    same_scale(map);
}

static void lay_out(struct map *map)
{
    if (choose(map, SWEEP_HEADS)) {
        for (size_t j = 0; j < map->n_others; j++)
            map_heads(map, j);
        same_scale(map);
    } else if (choose_grid(map)) {
        lay_out_grids(map);
    } else if (choose(map, SWEEP_NUMBERS)) {
        map_series(map);
    } else {
        map->main = 0;
        map->n_others = map->sweep->n / map->sweep->axes[0].n;
        if (map->sweep->n_axes == 1)
            map_series(map);
        else
            lay_out_grids(map);
    }
}

static size_t panels_in_line(const struct map *map)
{
    return map->n_panels > 1 && map->panels[0].cols <= WIDE ? 2 : 1;
}

/* What cannot be drawn, as more rows than a figure has, is in the tables: a
 * run does not fail of it at its end. */
void effect_draw(const struct plan *plan, struct effect *effect)
{
    struct map map = {.of = effect, .sweep = effect->sweep, .plan = plan,
                      .across = NONE};
    const char *against = effect->sweep->section.reference;
    struct error err;

    if (!effect_any(effect))
        return;
    map.title = own(&map, mem_printf("Sweep %s: change of %s%s%s (%s, %s)",
                                     effect->sweep->section.name,
                                     effect->metric,
                                     against ? " against " : "",
                                     against ? against : "", effect->plugin,
                                     effect->table));
    map.label = own(&map, mem_printf("%s of %s%s",
                                     effect_is_tested(effect) ? "mean change"
                                                              : "change",
                                     effect->metric,
                                     effect->rows[effect->order[0]]
                                         ? ", largest of all rows" : ""));
    lay_out(&map);
    if (figure_new(strrchr(effect->stem, '/') + 1, map.title, map.panels,
                   map.n_panels, panels_in_line(&map), &effect->figure,
                   &err))
        effect->figure = NULL;
    for (size_t i = 0; i < map.n_owned; i++)
        free(map.owned[i]);
    free(map.owned);
    free(map.panels);
}
