/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* kept.c - rows of the pass at the asked positions, until their sample ends.
 */
#include "ledger.h"

#include <string.h>
#include <transect/kit/text.h>

static const int32_t points[N_KEPT] = {
    TRANSECT_EMBED,   TRANSECT_POS_EMBED, TRANSECT_RESID_PRE,
    TRANSECT_Z,       TRANSECT_ATTN_OUT,  TRANSECT_RESID_MID,
    TRANSECT_MLP_POST, TRANSECT_MLP_OUT,  TRANSECT_RESID_POST,
};

static bool is_layered(enum kind kind)
{
    return kind != KEPT_EMBED && kind != KEPT_POS_EMBED;
}

static size_t n_sites(const struct ledger *self, enum kind kind)
{
    return is_layered(kind) ? (size_t)self->model.n_layer : 1;
}

size_t kept_width(const struct ledger *self, enum kind kind)
{
    if (kind == KEPT_Z)
        return (size_t)self->model.n_head * (size_t)self->model.d_head;
    return (size_t)(kind == KEPT_MLP_POST ? self->model.d_mlp
                                          : self->model.d_model);
}

float *kept_row(const struct ledger *self, enum kind kind, int32_t slot,
                int32_t layer, int32_t place)
{
    size_t site = (size_t)slot * n_sites(self, kind) +
                  (is_layered(kind) ? (size_t)layer : 0);

    return self->kept[kind] + (site * self->n_place + (size_t)place) *
                                  kept_width(self, kind);
}

/* Of a sample, ascending by position; returns how many. */
static size_t find_places(const struct ledger *self, int32_t sample,
                          int32_t n_token, const int32_t **positions,
                          const int32_t **places)
{
    size_t n = self->n_place;

    if (!self->auto_places) {
        self->prompts->places(self->ctx, "positions", sample, places);
        return self->prompts->positions(self->ctx, "positions", sample,
                                        positions);
    }
    *positions = self->positions;
    *places = self->ascending;
    while (n > 0 && self->positions[n - 1] >= n_token)
        n--;
    return n;
}

int32_t kept_position(const struct ledger *self, int32_t sample,
                      int32_t n_token, int32_t place)
{
    const int32_t *positions, *places;
    size_t n = find_places(self, sample, n_token, &positions, &places);

    for (size_t i = 0; i < n; i++)
        if (places[i] == place)
            return positions[i];
    return -1;
}

/* `user` says of which kind it is. */
static int on_rows(void *state, const struct transect_event *event)
{
    const struct ledger *self = state;
    enum kind kind = (enum kind)((const int32_t *)event->user - points);
    const struct transect_view *view = &event->view;
    const int32_t *positions, *places;
    size_t n = find_places(self, event->sample, event->n_token, &positions,
                           &places);

    for (size_t i = 0; i < n; i++) {
        int64_t row = (int64_t)positions[i] - event->first;

        if (row >= 0 && row < view->rows)
            memcpy(kept_row(self, kind, event->slot, event->layer, places[i]),
                   view->data + row * view->row_stride,
                   kept_width(self, kind) * sizeof(float));
    }
    return TRANSECT_OK;
}

/* The option, or what the survey chose. */
static const char *position_list(const struct ledger *self)
{
    struct transect_text text = transect_text_new(self->ctx, self->host);

    if (!self->auto_places)
        return self->host->get_string(self->ctx, "positions");
    for (size_t i = 0; i < self->n_place; i++)
        transect_text_add(&text, "%d ", (int)self->positions[i]);
    return text.bytes;
}

int kept_subscribe(struct ledger *self)
{
    const char *list = position_list(self);
    int status = TRANSECT_OK;

    for (int kind = 0; kind < N_KEPT && !status; kind++) {
        struct transect_subscription sub = {
            .size = sizeof sub,
            .point = points[kind],
            .flags = kind == KEPT_Z ? TRANSECT_ALL_HEADS : 0,
            .position = list,
            .on_event = on_rows,
            .user = (void *)&points[kind],
        };

        self->kept[kind] = self->host->alloc(
            self->ctx, (size_t)self->model.n_slot * n_sites(self, kind) *
                           self->n_place,
            kept_width(self, kind) * sizeof(float));
        if (kind != KEPT_POS_EMBED || self->pos_embed)
            status = self->host->subscribe(self->ctx, &sub);
    }
    return status;
}
