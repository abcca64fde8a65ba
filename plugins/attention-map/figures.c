/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figures.c - the figures of attention-map. */
#include "attention-map.h"

#include <math.h>
#include <stdbool.h>
#include <transect/kit/drawing.h>

#define PAGE 12 /* panels of a figure: more would not be read */
#define ABREAST 3

/* Of the tokens, where there are some and the host knows what they say. */
static const char *const *names_of(const struct attention_map *self)
{
    return self->labels && self->labels[0][0] ? self->labels : NULL;
}

/* "layer 3", "L3H1", with what a panel shows of the map behind it. */
static const char *name_map(const struct attention_map *self,
                            const struct map *map, const char *what)
{
    if (map->head < 0)
        return transect_text_format(self->ctx, self->host, "layer %d%s",
                                    (int)map->layer, what);
    return transect_text_format(self->ctx, self->host, "L%dH%d%s",
                                (int)map->layer, (int)map->head, what);
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

/* values (W, W); high: of the colours of all panels, but for changes. */
static void add_panel(struct transect_drawing *page,
                      const struct attention_map *self, const char *title,
                      const double *values, double high, bool change)
{
    struct transect_panel *panel = transect_drawing_panel(
        page, TRANSECT_HEATMAP, title, "key", "query");
    size_t w = (size_t)self->n_window;

    transect_drawing_grid(panel, values, w, w, change ? "change"
                                                      : "attention");
    panel->flags = change ? TRANSECT_DIVERGING : 0;
    panel->x_names = panel->y_names = names_of(self);
    panel->high = change ? 0 : high;
}

/* The figure NAME, or NAME-1, NAME-2 ... of several; empties the page. */
static int draw_page(struct transect_drawing *page,
                     const struct attention_map *self, const char *name,
                     size_t number, bool several)
{
    size_t columns = page->n < ABREAST ? page->n : ABREAST;
    char file[40], title[128], of[40] = "";

    snprintf(file, sizeof file, several ? "%s-%zu" : "%s", name, number);
    if (self->maps[0].head < 0)
        snprintf(of, sizeof of, ", mean over %d heads", (int)self->n_head);
    if (self->sample >= 0)
        snprintf(title, sizeof title, "Attention in sample %d%s",
                 (int)self->sample, of);
    else
        snprintf(title, sizeof title, "Attention%s%s%d samples", of,
                 *of ? " and " : ", mean over ", (int)self->n_sample);
    return transect_drawing_end(page, file, title, (int32_t)columns);
}

static int draw_maps(const struct attention_map *self)
{
    struct transect_drawing page = transect_drawing_new(self->ctx, self->host);
    double high = largest(self);
    int status = TRANSECT_OK;

    for (size_t i = 0; i < self->n_maps && !status; i++) {
        const struct map *map = &self->maps[i];

        add_panel(&page, self, name_map(self, map, ""), map->cells, high,
                  false);
        if (page.n == PAGE || i + 1 == self->n_maps)
            status = draw_page(&page, self, "maps", i / PAGE + 1,
                               self->n_maps > PAGE);
    }
    return status;
}

/* Each map of the baseline, of the variant, and their difference. */
static int draw_against(const struct attention_map *self,
                        const struct attention_map *baseline)
{
    struct transect_drawing page = transect_drawing_new(self->ctx, self->host);
    const size_t per_page = PAGE / 3;
    size_t n = (size_t)self->n_window * (size_t)self->n_window;
    double high = fmax(largest(self), largest(baseline));
    int status = TRANSECT_OK;

    for (size_t i = 0; i < self->n_maps && !status; i++) {
        const struct map *map = &self->maps[i];
        const double *before = baseline->maps[i].cells;
        double *change = transect_drawing_values(&page, n);

        for (size_t j = 0; j < n; j++)
            change[j] = map->cells[j] - before[j];
        add_panel(&page, self, name_map(self, map, ": baseline"), before,
                  high, false);
        add_panel(&page, self, name_map(self, map, ": variant"), map->cells,
                  high, false);
        add_panel(&page, self, name_map(self, map, ": change"), change, high,
                  true);
        if ((i + 1) % per_page == 0 || i + 1 == self->n_maps)
            status = draw_page(&page, self, "against-baseline",
                               i / per_page + 1, self->n_maps > per_page);
    }
    return status;
}

/* The panel of the figure keys. */
static struct transect_panel *begin_keys(struct transect_drawing *drawing,
                                         const struct attention_map *self)
{
    struct transect_panel *panel = transect_drawing_panel(
        drawing, TRANSECT_LINES, NULL, "key", "attention, mean over queries");

    panel->flags = TRANSECT_LOG;
    panel->x_names = names_of(self);
    return panel;
}

/* Which key gets how much, a line for each map. */
static int draw_own_keys(const struct attention_map *self)
{
    struct transect_drawing drawing = transect_drawing_new(self->ctx,
                                                           self->host);
    struct transect_panel *panel = begin_keys(&drawing, self);

    for (size_t i = 0; i < self->n_maps; i++)
        transect_drawing_series(&drawing, panel,
                                name_map(self, &self->maps[i], ""),
                                self->maps[i].keys, (size_t)self->n_token);
    return transect_drawing_end(&drawing, "keys",
                                "Attention that each key gets", 1);
}

int figures_of_variant(const struct attention_map *self,
                       const struct attention_map *baseline)
{
    int status = draw_maps(self);

    if (!status)
        status = draw_own_keys(self);
    if (!status && baseline)
        status = draw_against(self, baseline);
    return status;
}

int figures_compare(void *const *states, const char *const *names, size_t n)
{
    const struct attention_map *first = states[0];
    struct transect_drawing drawing = transect_drawing_new(first->ctx,
                                                           first->host);
    struct transect_panel *panel = begin_keys(&drawing, first);
    size_t n_key = (size_t)first->n_token;

    for (size_t i = 0; i < n; i++) {
        double *values = transect_drawing_values(&drawing, n_key);

        for (size_t key = 0; key < n_key; key++)
            values[key] = attention_to(states[i], (int32_t)key);
        transect_drawing_series(&drawing, panel, names[i], values, n_key);
    }
    return transect_drawing_end(&drawing, "keys",
                                "Attention that each key gets, mean over all "
                                "maps", 1);
}
