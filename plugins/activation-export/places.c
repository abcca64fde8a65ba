/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* places.c - which tensors there are: points, layers and heads of the options.
 */
#include "activation-export.h"

#include <stdio.h>
#include <string.h>
#include <transect/kit/points.h>

static int refuse(const struct export *self, int32_t point, const char *why)
{
    return self->host->fail(self->ctx, "%s: %s",
                            self->host->point_name(point), why);
}

/* Options that have no meaning at this point. */
static int check_point(const struct export *self, int32_t point)
{
    const struct transect_host *host = self->host;
    transect_ctx *ctx = self->ctx;
    bool heads = host->is_set(ctx, "heads");
    int32_t n_head = transect_point_heads(&self->model, point);

    if (transect_point_has_keys(point))
        return refuse(self, point, "a row has as many numbers as its token "
                                   "sees keys, which is no matrix; "
                                   "attention-map draws it");
    if (!n_head && (heads || host->is_set(ctx, "groups")))
        return refuse(self, point, "is of no head; give layers");
    if (transect_point_shared(point) && heads &&
        self->model.n_kv_head != self->model.n_head)
        return refuse(self, point, "several heads share one here; give "
                                   "groups");
    if (!transect_point_shared(point) && host->is_set(ctx, "groups"))
        return refuse(self, point, "has heads of its own; give heads");
    return TRANSECT_OK;
}

/* layers are those of the points that are in layers; for none they would be
 * without effect. */
static int check_layers(const struct export *self, const int32_t *points,
                        size_t n)
{
    bool layered = !self->host->is_set(self->ctx, "layers");

    for (size_t i = 0; i < n; i++)
        layered |= transect_point_layered(points[i]);
    if (layered || !n)
        return TRANSECT_OK;
    return refuse(self, points[0], "is in no layer; leave layers out");
}

static struct tensor **place(const struct export *self, int32_t point,
                             int32_t layer, int32_t head)
{
    int32_t l = layer < 0 ? 0 : layer, h = head < 0 ? 0 : head;

    return &self->places[(point * self->model.n_layer + l) *
                             self->model.n_head + h];
}

struct tensor *export_tensor(const struct export *self,
                             const struct transect_event *event)
{
    return *place(self, event->point, event->layer, event->head);
}

static void add(struct export *self, int32_t point, int32_t layer,
                int32_t head)
{
    struct tensor *tensor = &self->tensors[self->n_tensors++];
    const char *word = self->host->point_name(point);
    char *name;

    *tensor = (struct tensor){
        .point = point,
        .layer = layer,
        .head = head,
        .type = self->type,
        .rows = self->n_row,
        .cols = transect_point_columns(&self->model, point),
    };
    *place(self, point, layer, head) = tensor;
    name = self->host->alloc(self->ctx, NAME_BYTES, 1);
    tensor->name = name;
    if (head >= 0)
        snprintf(name, NAME_BYTES, "%s.L%d%c%d", word, (int)layer,
                 transect_point_shared(point) && self->model.n_kv_head !=
                         self->model.n_head ? 'G' : 'H', (int)head);
    else if (layer >= 0)
        snprintf(name, NAME_BYTES, "%s.L%d", word, (int)layer);
    else
        snprintf(name, NAME_BYTES, "%s", word);
}

/* Of the heads, or groups, that are listed. */
static void add_listed(struct export *self, int32_t point)
{
    const char *option = self->host->is_set(self->ctx, "heads") ? "heads"
                                                                : "groups";
    const struct transect_head *heads;
    size_t n = self->host->get_heads(self->ctx, option, &heads);

    for (size_t i = 0; i < n; i++)
        add(self, point, heads[i].layer, heads[i].head);
}

static void add_layers(struct export *self, int32_t point)
{
    int32_t n_head = transect_point_heads(&self->model, point);
    const int32_t *layers;
    size_t n = self->host->get_list(self->ctx, "layers", &layers);

    for (int32_t l = 0; l < self->model.n_layer; l++) {
        bool wanted = !self->host->is_set(self->ctx, "layers");

        for (size_t i = 0; i < n; i++)
            wanted |= layers[i] == l;
        for (int32_t h = 0; wanted && h < n_head; h++)
            add(self, point, l, h);
        if (wanted && !n_head)
            add(self, point, l, -1);
    }
}

int export_find_tensors(struct export *self)
{
    const struct transect_host *host = self->host;
    const int32_t *points;
    size_t n = host->get_list(self->ctx, "points", &points), most = 1;

    if (check_layers(self, points, n))
        return TRANSECT_FAILED;
    for (size_t i = 0; i < n; i++) {
        int32_t heads = transect_point_heads(&self->model, points[i]);

        if (check_point(self, points[i]))
            return TRANSECT_FAILED;
        most += (size_t)self->model.n_layer * (size_t)(heads ? heads : 1);
    }
    self->tensors = host->alloc(self->ctx, most, sizeof *self->tensors);
    self->places = host->alloc(self->ctx, TRANSECT_N_POINTS *
                                              (size_t)self->model.n_layer *
                                              (size_t)self->model.n_head,
                               sizeof(struct tensor *));
    for (size_t i = 0; i < n; i++) {
        if (!transect_point_layered(points[i]))
            add(self, points[i], -1, -1);
        else if (host->is_set(self->ctx, "heads") ||
                 host->is_set(self->ctx, "groups"))
            add_listed(self, points[i]);
        else
            add_layers(self, points[i]);
    }
    return TRANSECT_OK;
}

/* The n tensors of one point, which stand one behind the other. */
static int listen(const struct export *self, const struct tensor *tensors,
                  size_t n, transect_event_fn on_event)
{
    const struct transect_host *host = self->host;
    struct transect_subscription sub = {.size = sizeof sub,
                                        .point = tensors->point,
                                        .on_event = on_event,
                                        .position = self->positions};
    struct transect_head *heads = host->alloc(self->ctx, n, sizeof *heads);
    int32_t *layers = host->alloc(self->ctx, n, sizeof *layers);

    for (size_t i = 0; i < n; i++) {
        heads[i] = (struct transect_head){tensors[i].layer, tensors[i].head};
        layers[i] = tensors[i].layer;
    }
    if (tensors->head >= 0) {
        sub.heads = heads;
        sub.n_heads = n;
    } else if (tensors->layer >= 0) {
        sub.layers = layers;
        sub.n_layers = n;
    }
    return host->subscribe(self->ctx, &sub);
}

int export_subscribe(struct export *self, transect_event_fn on_event)
{
    const struct tensor *tensors = self->tensors;
    size_t n;
    int status = TRANSECT_OK;

    for (size_t i = 0; tensors[i].point >= 0 && !status; i += n) {
        n = 1;
        while (tensors[i + n].point == tensors[i].point)
            n++;
        status = listen(self, &tensors[i], n, on_event);
    }
    return status;
}
