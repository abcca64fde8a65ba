/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figures.c - the figures of attention-map. */
#include "attention-map.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <transect/figure.h>

#define PAGE 12 /* panels of a figure: more would not be read */
#define ABREAST 3

/* A figure in the making. */
struct page {
    const struct attention_map *self;
    struct transect_panel panels[PAGE];
    char titles[PAGE][64];
    size_t n;
    double high; /* of attention, in all panels of all pages */
};

static const struct transect_figure_host *
drawing(const struct attention_map *self)
{
    return self->host->extension(self->ctx, TRANSECT_FIGURE);
}

/* Of the tokens, where there are some and the host knows what they say. */
static const char *const *names_of(const struct attention_map *self)
{
    return self->labels && self->labels[0][0] ? self->labels : NULL;
}

static void name_map(char *name, size_t size, const struct map *map)
{
    if (map->head < 0)
        snprintf(name, size, "layer %d", (int)map->layer);
    else
        snprintf(name, size, "L%dH%d", (int)map->layer, (int)map->head);
}

/* Largest value of all maps, which makes their colours comparable, but for
 * the first query: it sees nothing but itself, and its 1 would darken the
 * rest. */
static double largest(const struct attention_map *self)
{
    size_t width = (size_t)self->n_window, n = width * width;
    double found = 0;

    for (size_t i = 0; i < self->n_maps; i++)
        for (size_t j = n > 1 ? width : 0; j < n; j++)
            found = fmax(found, self->maps[i].cells[j]);
    return found;
}

/* values (W, W); what: "", or what the panel shows of the map. */
static void add_panel(struct page *page, const struct map *map,
                      const double *values, const char *what, bool change)
{
    const struct attention_map *self = page->self;
    char *title = page->titles[page->n];
    size_t size = sizeof page->titles[0];

    name_map(title, size, map);
    strncat(title, what, size - strlen(title) - 1);
    page->panels[page->n++] = (struct transect_panel){
        .size = sizeof page->panels[0],
        .kind = TRANSECT_HEATMAP,
        .flags = change ? TRANSECT_DIVERGING : 0,
        .title = title,
        .x_label = "key",
        .y_label = "query",
        .values = values,
        .rows = (size_t)self->n_window,
        .cols = (size_t)self->n_window,
        .value_label = change ? "change" : "attention",
        .x_names = names_of(self),
        .y_names = names_of(self),
        .high = change ? 0 : page->high,
    };
}

/* The figure NAME, or NAME-1, NAME-2 ... of several; empties the page. */
static int draw_page(struct page *page, const char *name, size_t number,
                     bool several)
{
    const struct attention_map *self = page->self;
    char file[40], title[128], of[40] = "";
    size_t n = page->n, columns = n < ABREAST ? n : ABREAST;

    snprintf(file, sizeof file, several ? "%s-%zu" : "%s", name, number);
    if (self->maps[0].head < 0)
        snprintf(of, sizeof of, ", mean over %d heads", (int)self->n_head);
    if (self->sample >= 0)
        snprintf(title, sizeof title, "Attention in sample %d%s",
                 (int)self->sample, of);
    else
        snprintf(title, sizeof title, "Attention%s%s%d samples", of,
                 *of ? " and " : ", mean over ", (int)self->n_sample);
    page->n = 0;
    return drawing(self)->figure(self->ctx, file, title, page->panels, n,
                                 (int32_t)columns);
}

static int draw_maps(const struct attention_map *self)
{
    struct page page = {.self = self, .high = largest(self)};
    int status = TRANSECT_OK;

    for (size_t i = 0; i < self->n_maps && !status; i++) {
        add_panel(&page, &self->maps[i], self->maps[i].cells, "", false);
        if (page.n == PAGE || i + 1 == self->n_maps)
            status = draw_page(&page, "maps", i / PAGE + 1,
                               self->n_maps > PAGE);
    }
    return status;
}

/* Each map of the baseline, of the variant, and their difference. */
static int draw_against(const struct attention_map *self,
                        const struct attention_map *baseline)
{
    const size_t per_page = PAGE / 3;
    size_t n = (size_t)self->n_window * (size_t)self->n_window;
    double *changes = calloc(self->n_maps * n, sizeof *changes);
    struct page page = {.self = self,
                        .high = fmax(largest(self), largest(baseline))};
    int status = TRANSECT_OK;

    if (!changes)
        return self->host->fail(self->ctx, "no memory");
    for (size_t i = 0; i < self->n_maps && !status; i++) {
        const struct map *before = &baseline->maps[i];
        const struct map *after = &self->maps[i];

        for (size_t j = 0; j < n; j++)
            changes[i * n + j] = after->cells[j] - before->cells[j];
        add_panel(&page, before, before->cells, ": baseline", false);
        add_panel(&page, after, after->cells, ": variant", false);
        add_panel(&page, after, changes + i * n, ": change", true);
        if ((i + 1) % per_page == 0 || i + 1 == self->n_maps)
            status = draw_page(&page, "against-baseline", i / per_page + 1,
                               self->n_maps > per_page);
    }
    free(changes);
    return status;
}

static int draw_keys(const struct attention_map *self, const char *title,
                     const struct transect_series *series, size_t n)
{
    struct transect_panel panel = {
        .size = sizeof panel,
        .kind = TRANSECT_LINES,
        .flags = TRANSECT_LOG,
        .x_label = "key",
        .y_label = "attention, mean over queries",
        .series = series,
        .n_series = n,
        .x_names = names_of(self),
    };

    return drawing(self)->figure(self->ctx, "keys", title, &panel, 1, 1);
}

/* Which key gets how much, a line for each map. */
static int draw_own_keys(const struct attention_map *self)
{
    struct transect_series *series = calloc(self->n_maps, sizeof *series);
    char (*names)[64] = calloc(self->n_maps, sizeof *names);
    int status = TRANSECT_OK;

    if (!series || !names)
        status = self->host->fail(self->ctx, "no memory");
    for (size_t i = 0; i < self->n_maps && !status; i++) {
        name_map(names[i], sizeof names[i], &self->maps[i]);
        series[i] = (struct transect_series){
            .name = names[i], .y = self->maps[i].keys,
            .n = (size_t)self->n_token};
    }
    if (!status)
        status = draw_keys(self, "Attention that each key gets", series,
                           self->n_maps);
    free(series);
    free(names);
    return status;
}

int figures_of_variant(const struct attention_map *self,
                       const struct attention_map *baseline)
{
    int status;

    if (!drawing(self))
        return TRANSECT_OK;
    status = draw_maps(self);
    if (!status)
        status = draw_own_keys(self);
    if (!status && baseline)
        status = draw_against(self, baseline);
    return status;
}

int figures_compare(void *const *states, const char *const *names, size_t n)
{
    const struct attention_map *first = states[0];
    size_t n_key = (size_t)first->n_token;
    struct transect_series *series = calloc(n, sizeof *series);
    double *values = calloc(n * n_key, sizeof *values);
    int status = TRANSECT_OK;

    if (!series || !values)
        status = first->host->fail(first->ctx, "no memory");
    for (size_t i = 0; i < n && !status; i++) {
        for (size_t key = 0; key < n_key; key++)
            values[i * n_key + key] = attention_to(states[i], (int32_t)key);
        series[i] = (struct transect_series){
            .name = names[i], .y = values + i * n_key, .n = n_key};
    }
    if (!status && drawing(first))
        status = draw_keys(first, "Attention that each key gets, mean over "
                                  "all maps", series, n);
    free(series);
    free(values);
    return status;
}
