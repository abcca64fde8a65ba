/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sites.c - which rows of the stream are read: points, layers, positions. */
#include "lens.h"

static bool is_readable(int32_t point)
{
    return point == TRANSECT_RESID_PRE || point == TRANSECT_ATTN_OUT ||
           point == TRANSECT_RESID_MID || point == TRANSECT_MLP_OUT ||
           point == TRANSECT_RESID_POST;
}

static int check_points(const struct lens *self, const int32_t *points,
                        size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_readable(points[i]))
            return self->host->fail(
                self->ctx, "%s has no rows of the stream, which the lens "
                "reads; points are resid_pre, attn_out, resid_mid, mlp_out "
                "and resid_post", self->host->point_name(points[i]));
    if (!n)
        return self->host->fail(self->ctx, "points names nothing to read");
    return TRANSECT_OK;
}

int lens_find_sites(struct lens *self)
{
    const struct transect_host *host = self->host;
    const int32_t *points, *layers;
    size_t n_point = host->get_list(self->ctx, "points", &points);
    size_t n_layer = host->get_list(self->ctx, "layers", &layers);
    size_t all = (size_t)self->model.n_layer * TRANSECT_N_POINTS;

    if (check_points(self, points, n_point))
        return TRANSECT_FAILED;
    if (!n_layer)
        return host->fail(self->ctx, "layers names no layer to read");
    self->sites = host->alloc(self->ctx, n_layer * n_point,
                              sizeof *self->sites);
    self->site_of = host->alloc(self->ctx, all, sizeof *self->site_of);
    for (size_t i = 0; i < all; i++)
        self->site_of[i] = -1;
    for (size_t l = 0; l < n_layer; l++)
        for (size_t p = 0; p < n_point; p++) {
            self->site_of[points[p] * self->model.n_layer + layers[l]] =
                self->n_site;
            self->sites[self->n_site++] = (struct site){.point = points[p],
                                                        .layer = layers[l]};
        }
    self->last_site = self->site_of[TRANSECT_RESID_POST * self->model.n_layer +
                                    self->model.n_layer - 1];
    return TRANSECT_OK;
}

int lens_find_rows(struct lens *self)
{
    size_t n = (size_t)self->model.n_sample;

    self->asked = self->host->alloc(self->ctx, n, sizeof *self->asked);
    self->positions = self->host->alloc(self->ctx, n, sizeof *self->positions);
    self->places = self->host->alloc(self->ctx, n, sizeof *self->places);
    self->n_position = self->host->alloc(self->ctx, n,
                                         sizeof *self->n_position);
    self->first = self->host->alloc(self->ctx, n, sizeof *self->first);
    for (int32_t i = 0; i < self->model.n_sample; i++) {
        self->asked[i].size = sizeof self->asked[i];
        if (self->prompts->prompt(self->ctx, i, &self->asked[i]))
            return TRANSECT_FAILED;
        self->n_position[i] = (int32_t)self->prompts->positions(
            self->ctx, "positions", i, &self->positions[i]);
        self->prompts->places(self->ctx, "positions", i, &self->places[i]);
        self->first[i] = self->n_row;
        self->n_row += (size_t)self->n_site * (size_t)self->n_position[i];
    }
    return TRANSECT_OK;
}

/* A point in its layers but the last resid_post, which is asked for anyway:
 * with its rows all is there. */
static int subscribe_point(struct lens *self, int32_t point)
{
    int32_t *layers = self->host->alloc(
        self->ctx, (size_t)self->model.n_layer, sizeof *layers);
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = point,
        .layers = layers,
        .position = self->host->get_string(self->ctx, "positions"),
        .on_event = lens_on_site,
    };

    for (int32_t l = 0; l < self->model.n_layer; l++) {
        int32_t site = self->site_of[point * self->model.n_layer + l];

        if (site >= 0 && site != self->last_site)
            layers[sub.n_layers++] = l;
    }
    return sub.n_layers ? self->host->subscribe(self->ctx, &sub)
                        : TRANSECT_OK;
}

int lens_subscribe(struct lens *self)
{
    int32_t last = self->model.n_layer - 1;
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_RESID_POST,
        .layers = &last,
        .n_layers = 1,
        .position = self->host->get_string(self->ctx, "positions"),
        .on_event = lens_on_last,
    };
    int status = TRANSECT_OK;

    for (int32_t point = 0; point < TRANSECT_N_POINTS && !status; point++)
        status = subscribe_point(self, point);
    return status ? status : self->host->subscribe(self->ctx, &sub);
}
