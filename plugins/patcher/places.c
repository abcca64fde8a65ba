/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* places.c - where is patched: points, layers and heads of the options. */
#include "patcher.h"

#include <string.h>

static bool has_units(int32_t point)
{
    return point == TRANSECT_MLP_PRE || point == TRANSECT_MLP_GATE ||
           point == TRANSECT_MLP_POST;
}

static int refuse(const struct patcher *self, int32_t point, const char *why)
{
    return self->host->fail(self->ctx, "%s: %s",
                            self->host->point_name(point), why);
}

/* Options that have no meaning at this point. */
static int check_point(const struct patcher *self, int32_t point)
{
    const struct transect_host *host = self->host;
    transect_ctx *ctx = self->ctx;
    bool keys = transect_point_has_keys(point);
    bool heads = host->is_set(ctx, "heads");
    int32_t n_head = transect_point_heads(&self->model, point);
    int32_t cols = transect_point_columns(&self->model, point);

    if (!transect_point_layered(point) && host->is_set(ctx, "layers"))
        return refuse(self, point, "is in no layer; leave layers out");
    if (!n_head && (heads || host->is_set(ctx, "groups")))
        return refuse(self, point, "is of no head; give layers");
    if (transect_point_shared(point) && heads &&
        self->model.n_kv_head != self->model.n_head)
        return refuse(self, point, "several heads share one here; give "
                                   "groups");
    if (!keys && host->is_set(ctx, "keys"))
        return refuse(self, point, "has no keys, which are for pattern and "
                                   "attn_scores");
    if (keys && self->dims)
        return refuse(self, point, "has a column for each key; give keys, "
                                   "not dims");
    if (self->by_unit && !has_units(point))
        return refuse(self, point, "has no hidden units, which are columns of "
                                   "mlp_pre, mlp_gate and mlp_post; give "
                                   "dims");
    if (self->n_dims && self->dims[self->n_dims - 1] >= cols)
        return host->fail(ctx, "dims: %s has only %d columns",
                          host->point_name(point), (int)cols);
    if (self->renormalize && point != TRANSECT_PATTERN)
        return refuse(self, point, "has no rows that sum to 1; renormalize "
                                   "is for pattern");
    if (keys && (self->from == FROM_NOISE || self->from == FROM_FILE))
        return refuse(self, point, "has as many columns as a token sees "
                                   "keys; it takes neither noise nor a file");
    if (keys && self->from == FROM_MEAN && !self->by_position)
        return refuse(self, point, "rows differ in their number of keys; take "
                                   "their mean with by = position");
    return TRANSECT_OK;
}

static void mark_heads(const struct patcher *self, struct target *target)
{
    const struct transect_head *heads, *groups;
    size_t n = self->host->get_heads(self->ctx, "heads", &heads);
    size_t n_groups = self->host->get_heads(self->ctx, "groups", &groups);
    int32_t each = target->n_head / self->model.n_kv_head;

    for (size_t i = 0; i < n; i++)
        target->sites[heads[i].layer * target->n_head + heads[i].head] = 0;
    for (size_t i = 0; i < n_groups; i++)
        for (int32_t h = 0; h < each; h++)
            target->sites[groups[i].layer * target->n_head +
                          groups[i].head * each + h] = 0;
}

static void mark_layers(const struct patcher *self, struct target *target)
{
    const int32_t *layers;
    size_t n = self->host->get_list(self->ctx, "layers", &layers);

    if (!self->host->is_set(self->ctx, "layers"))
        n = (size_t)target->n_layer;
    for (size_t i = 0; i < n; i++)
        for (int32_t h = 0; h < target->n_head; h++)
            target->sites[(layers ? layers[i] : (int32_t)i) * target->n_head +
                          h] = 0;
}

/* Sites of what was marked with 0, layer by layer, and the subscription that
 * names them. */
static void list_sites(struct patcher *self, struct target *target)
{
    int32_t n = target->n_layer * target->n_head, point = target->point;
    bool per_head = transect_point_heads(&self->model, point) > 0;
    struct transect_head *heads = self->host->alloc(
        self->ctx, (size_t)n, sizeof *heads);
    int32_t *layers = self->host->alloc(self->ctx, (size_t)n, sizeof *layers);
    size_t n_places = 0;

    for (int32_t i = 0; i < n; i++) {
        struct site *site = &self->sites[self->n_sites];

        if (target->sites[i] < 0)
            continue;
        site->point = point;
        site->layer = transect_point_layered(point) ? i / target->n_head : -1;
        site->head = per_head ? i % target->n_head : -1;
        site->cols = transect_point_columns(&self->model, point);
        heads[n_places] = (struct transect_head){site->layer, site->head};
        layers[n_places++] = site->layer;
        target->sites[i] = (int32_t)self->n_sites++;
    }
    if (per_head) {
        target->sub.heads = heads;
        target->sub.n_heads = n_places;
    } else if (transect_point_layered(point)) {
        target->sub.layers = layers;
        target->sub.n_layers = n_places;
    }
}

static void find_target(struct patcher *self, int32_t point,
                        struct target *target)
{
    const struct transect_host *host = self->host;
    const char *positions = host->get_string(self->ctx, "positions");
    int32_t heads = transect_point_heads(&self->model, point);
    size_t n;

    target->point = point;
    target->n_layer = transect_point_layered(point) ? self->model.n_layer : 1;
    target->n_head = heads ? heads : 1;
    target->sub = (struct transect_subscription){
        .size = sizeof target->sub,
        .point = point,
        .position = strcmp(positions, "*") ? positions : NULL,
    };
    n = (size_t)target->n_layer * (size_t)target->n_head;
    target->sites = host->alloc(self->ctx, n, sizeof *target->sites);
    for (size_t i = 0; i < n; i++)
        target->sites[i] = -1;
    if (host->is_set(self->ctx, "heads") || host->is_set(self->ctx, "groups"))
        mark_heads(self, target);
    else
        mark_layers(self, target);
    list_sites(self, target);
}

int patcher_find_places(struct patcher *self)
{
    const struct transect_host *host = self->host;
    const int32_t *points;
    size_t n = host->get_list(self->ctx, "point", &points), most = 0;

    for (size_t i = 0; i < n; i++) {
        int32_t heads = transect_point_heads(&self->model, points[i]);

        if (check_point(self, points[i]))
            return TRANSECT_FAILED;
        most += (size_t)self->model.n_layer * (size_t)(heads ? heads : 1);
    }
    self->targets = host->alloc(self->ctx, n, sizeof *self->targets);
    self->sites = host->alloc(self->ctx, most, sizeof *self->sites);
    for (; self->n_targets < n; self->n_targets++)
        find_target(self, points[self->n_targets],
                    &self->targets[self->n_targets]);
    return TRANSECT_OK;
}

struct site *patcher_site(const struct patcher *self,
                          const struct transect_event *event)
{
    const struct target *target = self->targets;
    int32_t layer = event->layer < 0 ? 0 : event->layer;
    int32_t head = event->head < 0 ? 0 : event->head;

    while (target->point != event->point)
        target++;
    return &self->sites[target->sites[layer * target->n_head + head]];
}
