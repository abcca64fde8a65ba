/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* rows.c - what a pass shows at the positions asked for, kept until the
 * samples of the pass are done: only the end of a row tells what its beginning
 * is weighted by. */
#include "attribution.h"

#include <string.h>
#include <transect/kit/points.h>

float *rows_of(const struct attribution *self, enum store_kind kind,
               int32_t layer)
{
    return self->stores[kind].rows[layer];
}

static void *grown(const struct attribution *self, const void *old, size_t n,
                   size_t room, size_t size)
{
    void *array = self->host->alloc(self->ctx, room, size);

    if (n)
        memcpy(array, old, n * size);
    return array;
}

/* Room for n rows more. What is given up is less than what there is. */
static void make_room(struct attribution *self, size_t n)
{
    size_t room = self->n_row + n;

    if (room <= self->room)
        return;
    room = room > 2 * self->room ? room : 2 * self->room;
    self->rows = grown(self, self->rows, self->n_row, room,
                       sizeof *self->rows);
    self->constants = grown(self, NULL, 0, room, sizeof *self->constants);
    for (int kind = 0; kind < N_STORES; kind++) {
        struct store *store = &self->stores[kind];

        for (int32_t l = 0; l < store->n_layer; l++)
            store->rows[l] = grown(self, store->rows[l], self->n_row, room,
                                   (size_t)store->width * sizeof(float));
    }
    self->room = room;
}

/* One sample more. */
static struct entry *add_entry(struct attribution *self)
{
    size_t n = (size_t)self->n_entry, room = n ? 2 * n : 1;

    if (n == self->entry_room) {
        self->entries = grown(self, self->entries, n, room,
                              sizeof *self->entries);
        self->values = grown(self, self->values, n, room,
                             self->n_part * sizeof *self->values);
        self->entry_room = room;
    }
    memset(self->values + n * self->n_part, 0,
           self->n_part * sizeof *self->values);
    return &self->entries[self->n_entry++];
}

void rows_begin(struct attribution *self, int32_t sample, int32_t slot)
{
    struct entry *entry = add_entry(self);
    size_t n = self->prompts->positions(self->ctx, "positions", sample,
                                        &entry->positions);

    make_room(self, n);
    self->entry_of[slot] = self->n_entry - 1;
    entry->sample = sample;
    entry->first = (int32_t)self->n_row;
    entry->n = (int32_t)n;
    for (size_t i = 0; i < n; i++)
        self->rows[self->n_row++] = (struct row){.entry = self->n_entry - 1};
}

/* The row of a position; -1: it was not asked for. */
static int32_t find_row(const struct attribution *self, int32_t slot,
                        int64_t position)
{
    const struct entry *entry = &self->entries[self->entry_of[slot]];
    int32_t at = transect_position_find(entry->positions, entry->n, position);

    return at < 0 ? -1 : entry->first + at;
}

static void take(const struct transect_event *event, bool added)
{
    const struct store *store = event->user;
    int32_t layer = store->n_layer > 1 ? event->layer : 0;

    for (int64_t i = 0; i < event->view.rows; i++) {
        const float *from = event->view.data + i * event->view.row_stride;
        int32_t row = find_row(store->owner, event->slot, event->first + i);
        float *to;

        if (row < 0)
            continue;
        to = store->rows[layer] + (size_t)row * (size_t)store->width;
        for (int32_t j = 0; j < store->width; j++)
            to[j] = added ? to[j] + from[j] : from[j];
    }
}

static int on_rows(void *state, const struct transect_event *event)
{
    (void)state;
    take(event, false);
    return TRANSECT_OK;
}

/* Of a sum whose first summand came before. */
static int on_summand(void *state, const struct transect_event *event)
{
    (void)state;
    take(event, true);
    return TRANSECT_OK;
}

/* NaN is not 0. */
static int on_output(void *state, const struct transect_event *event)
{
    const struct attribution *self = state;
    const struct store *store = event->user;

    for (int64_t i = 0; i < event->view.rows; i++) {
        const float *from = event->view.data + i * event->view.row_stride;
        int32_t row = find_row(self, event->slot, event->first + i);
        int64_t j = 0;

        while (row >= 0 && j < event->view.cols && from[j] == 0)
            j++;
        if (row >= 0)
            store->rows[event->layer][row] = j < event->view.cols;
    }
    return TRANSECT_OK;
}

static int on_logits(void *state, const struct transect_event *event)
{
    struct attribution *self = state;

    for (int64_t i = 0; i < event->view.rows; i++) {
        const float *logits = event->view.data + i * event->view.row_stride;
        int32_t row = find_row(self, event->slot, event->first + i);
        const int32_t *tokens;
        const double *weights;
        size_t n = tokens_of(self, event->sample, &tokens, &weights);

        for (size_t k = 0; row >= 0 && k < n; k++)
            self->rows[row].diff += weights[k] * (double)logits[tokens[k]];
    }
    return TRANSECT_OK;
}

static void shape_store(struct attribution *self, enum store_kind kind,
                        int32_t n_layer, int32_t width)
{
    struct store *store = &self->stores[kind];

    store->owner = self;
    store->width = width;
    store->n_layer = n_layer;
    store->rows = self->host->alloc(self->ctx, (size_t)n_layer,
                                    sizeof *store->rows);
}

static void shape_stores(struct attribution *self)
{
    const struct transect_model *model = &self->model;
    int32_t layers = model->n_layer, d = model->d_model, f = model->d_mlp;
    int32_t z = model->n_head * model->d_head;
    bool summed = model->traits & TRANSECT_STREAM_NORMS;

    shape_store(self, EMBEDDED, 1, d);
    if (self->parts[part_at(self, POS_EMBED, -1, -1)].there)
        shape_store(self, POSITIONS, 1, d);
    shape_store(self, HEADS, layers, z);
    shape_store(self, UNITS, layers, f);
    if (summed) {
        shape_store(self, MID, layers, d);
        shape_store(self, POST, layers, d);
    }
    shape_store(self, START, 1, d);
    shape_store(self, STREAM, layers, d);
    shape_store(self, ATTENTION_WROTE, layers, 1);
    shape_store(self, MLP_WROTE, layers, 1);
    if (model->logit_cap > 0 && !(model->traits & TRANSECT_NO_FINAL_NORM))
        shape_store(self, FINAL, 1, d);
    shape_store(self, WEIGHTING, 1, d);
    shape_store(self, PULLED, 1, d);
    shape_store(self, BRANCH, 1, f > z ? f : z);
}

int rows_subscribe(struct attribution *self)
{
    static const struct {
        int32_t point, store;
        transect_event_fn on_event;
    } sources[] = {
        {TRANSECT_EMBED, EMBEDDED, on_rows},
        {TRANSECT_POS_EMBED, POSITIONS, on_rows},
        {TRANSECT_Z, HEADS, on_rows},
        {TRANSECT_MLP_POST, UNITS, on_rows},
        {TRANSECT_RESID_PRE, MID, on_rows},
        {TRANSECT_ATTN_OUT, MID, on_summand},
        {TRANSECT_RESID_MID, POST, on_rows},
        {TRANSECT_MLP_OUT, POST, on_summand},
        {TRANSECT_RESID_PRE, START, on_rows},
        {TRANSECT_RESID_POST, STREAM, on_rows},
        {TRANSECT_ATTN_OUT, ATTENTION_WROTE, on_output},
        {TRANSECT_MLP_OUT, MLP_WROTE, on_output},
        {TRANSECT_LN_FINAL, FINAL, on_rows},
        {TRANSECT_LOGITS, N_STORES, on_logits},
    };
    const char *positions = self->host->get_string(self->ctx, "positions");
    static const int32_t first = 0;

    shape_stores(self);
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        struct store *store = sources[i].store < N_STORES
                                  ? &self->stores[sources[i].store]
                                  : NULL;
        struct transect_subscription sub = {
            .size = sizeof sub,
            .point = sources[i].point,
            .on_event = sources[i].on_event,
            .user = store,
            .position = strcmp(positions, "*") ? positions : NULL,
        };

        if (store ? !store->n_layer : self->model.logit_cap > 0)
            continue;
        if (sub.point == TRANSECT_Z)
            sub.flags = TRANSECT_ALL_HEADS;
        if (sources[i].store == START) {
            sub.layers = &first;
            sub.n_layers = 1;
        }
        if (self->host->subscribe(self->ctx, &sub))
            return TRANSECT_FAILED;
    }
    return TRANSECT_OK;
}
