/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* places.c - where rows are taken: points, layers and positions. */
#include "direction.h"

#include <string.h>
#include <transect/kit/points.h>
#include <transect/kit/text.h>

static int choose_positions(struct direction *self, int32_t *n_token)
{
    self->chosen = self->host->alloc(self->ctx, (size_t)self->n_sample,
                                     sizeof *self->chosen);
    for (int32_t i = 0; i < self->n_sample; i++) {
        struct transect_prompt prompt = {.size = sizeof prompt};
        size_t n = self->prompts->positions(self->ctx, "positions", i,
                                            &self->chosen[i]);

        if (self->prompts->prompt(self->ctx, i, &prompt))
            return TRANSECT_FAILED;
        n_token[i] = prompt.n_token;
        if (n < 1 || (i && n != (size_t)self->n_place))
            return self->host->fail(
                self->ctx, "positions = %s are %zu positions of sample %d, "
                "and %d of sample 0; choose as many of each, and one at "
                "least, such as last or NAME.last",
                self->host->get_string(self->ctx, "positions"), n, (int)i,
                i ? (int)self->n_place : 1);
        self->n_place = (int32_t)n;
    }
    return TRANSECT_OK;
}

/* Is chosen position k that many tokens in front of the end (or behind the
 * begin) of every sample, as it is in sample 0? */
static bool is_common(const struct direction *self, int32_t k,
                      const int32_t *n_token, bool from_end)
{
    int32_t first = self->chosen[0][k] - (from_end ? n_token[0] : 0);

    for (int32_t i = 1; i < self->n_sample; i++)
        if (self->chosen[i][k] - (from_end ? n_token[i] : 0) != first)
            return false;
    return true;
}

/* One position is called as in the option, of several each by its number. */
static int name_places(struct direction *self, const int32_t *n_token)
{
    const char *list = self->host->get_string(self->ctx, "positions");

    self->places = self->host->alloc(self->ctx, (size_t)self->n_place,
                                     sizeof *self->places);
    self->places[0] = list;
    for (int32_t k = 0; self->n_place > 1 && k < self->n_place; k++) {
        bool from_end = !is_common(self, k, n_token, false);
        int32_t at = self->chosen[0][k];

        if (from_end && !is_common(self, k, n_token, true))
            return self->host->fail(
                self->ctx, "positions = %s: number %d of them is at another "
                "distance from the begin and from the end in each sample; "
                "choose such places one by one, in sections "
                "[plugin direction:NAME] of their own", list, (int)k + 1);
        if (from_end)
            at -= n_token[0];
        self->places[k] = transect_text_format(self->ctx, self->host, "%d",
                                               (int)at);
    }
    return TRANSECT_OK;
}

static int32_t *first_of(const struct direction *self, int32_t point,
                         int32_t layer)
{
    return &self->first_site[point * (self->model.n_layer + 1) + layer + 1];
}

static void add_sites(struct direction *self, int32_t point, int32_t layer)
{
    *first_of(self, point, layer) = self->n_sites;
    for (int32_t k = 0; k < self->n_place; k++)
        self->sites[self->n_sites++] = (struct site){
            .point = point, .layer = layer, .place = k,
            .width = transect_point_columns(&self->model, point)};
}

static int listen(struct direction *self, int32_t point, const int32_t *layers,
                  size_t n_layers)
{
    struct transect_subscription sub = {
        .size = sizeof sub, .point = point,
        .on_event = direction_on_rows,
        .position = self->host->get_string(self->ctx, "positions")};

    if (transect_point_heads(&self->model, point))
        return self->host->fail(self->ctx, "points: %s has heads; choose "
                                "points with one row for each token, such as "
                                "attn_out", self->host->point_name(point));
    if (transect_point_layered(point)) {
        sub.layers = layers;
        sub.n_layers = n_layers;
        for (size_t i = 0; i < n_layers; i++)
            add_sites(self, point, layers[i]);
    } else {
        add_sites(self, point, -1);
    }
    return self->host->subscribe(self->ctx, &sub);
}

int direction_find_places(struct direction *self)
{
    const struct transect_host *host = self->host;
    size_t n_layer = (size_t)self->model.n_layer + 1;
    int32_t *n_token = host->alloc(self->ctx, (size_t)self->n_sample,
                                   sizeof *n_token);
    const int32_t *points, *layers;
    size_t n_points = host->get_list(self->ctx, "points", &points);
    size_t n_layers = host->get_list(self->ctx, "layers", &layers);
    int status = TRANSECT_OK;

    if (!n_points || !n_layers)
        return host->fail(self->ctx, "points and layers name no place");
    if (choose_positions(self, n_token) || name_places(self, n_token))
        return TRANSECT_FAILED;
    self->first_site = host->alloc(self->ctx, TRANSECT_N_POINTS * n_layer,
                                   sizeof *self->first_site);
    self->sites = host->alloc(self->ctx,
                              n_points * n_layer * (size_t)self->n_place,
                              sizeof *self->sites);
    for (size_t i = 0; i < n_points && !status; i++)
        status = listen(self, points[i], layers, n_layers);
    return status;
}

int direction_on_rows(void *state, const struct transect_event *event)
{
    struct direction *self = state;
    const struct transect_view *view = &event->view;
    const int32_t *chosen = self->chosen[event->sample];
    struct site *sites = self->sites +
                         *first_of(self, event->point, event->layer);

    for (int32_t k = 0; k < self->n_place; k++) {
        struct site *site = &sites[k];
        int64_t row = chosen[k] - event->first;

        if (row < 0 || row >= view->rows)
            continue;
        if (view->cols != site->width)
            return self->host->fail(self->ctx, "%s has %d columns, not %d",
                                    self->host->point_name(event->point),
                                    (int)view->cols, (int)site->width);
        memcpy(site->rows + (size_t)event->sample * (size_t)site->width,
               view->data + row * view->row_stride,
               (size_t)site->width * sizeof *site->rows);
        site->seen[event->sample]++;
    }
    return TRANSECT_OK;
}
