/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* choose.c - which layer, which coordinates, which values. */
#include "editor.h"

#include <math.h>
#include <string.h>

static bool *taken(const struct editor *self, struct coordinate at)
{
    return &self->taken[(size_t)at.position * (size_t)self->model.d_model +
                        (size_t)at.dim];
}

static float value_of(const struct editor *self, int32_t layer,
                      struct coordinate at)
{
    if (self->value == VALUE_MEAN)
        return (float)editor_mean(self, layer, at);
    return self->value == VALUE_NUMBER ? self->number : 0.0f;
}

static void make_room(struct editor *self)
{
    size_t room = self->room ? 2 * self->room : 16;
    struct edit *edits = self->host->alloc(self->ctx, room, sizeof *edits);

    for (size_t i = 0; i < self->n_edits; i++)
        edits[i] = self->edits[i];
    self->edits = edits;
    self->room = room;
}

/* Nothing, where it is one already. */
static void add(struct editor *self, int32_t layer, struct coordinate at)
{
    if (*taken(self, at))
        return;
    if (self->n_edits == self->room)
        make_room(self);
    *taken(self, at) = true;
    self->edits[self->n_edits++] = (struct edit){
        layer, at, value_of(self, layer, at)};
}

/* Raises the peak to the largest ratio among positions from..to-1 of dims
 * first..last-1, over all layers. */
static void raise_peak(struct editor *self, int32_t from, int32_t to,
                       int32_t first, int32_t last)
{
    struct coordinate at;

    for (int32_t l = 0; l < self->model.n_layer; l++)
        for (at.position = from; at.position < to; at.position++)
            for (at.dim = first; at.dim < last; at.dim++) {
                double ratio = editor_ratio(self, l, at);

                if (ratio > self->peak.ratio)
                    self->peak = (struct peak){l, at, ratio};
            }
}

/* Of the coordinates in question, the one with the largest ratio anywhere
 * appears in the first layer where it has half of that. */
static int32_t find_layer(struct editor *self)
{
    int32_t layer = 0;

    if (self->choice != CHOICE_GIVEN)
        raise_peak(self, 0, self->model.n_token, 0, self->model.d_model);
    for (size_t i = 0; i < self->n_given; i++) {
        struct coordinate at = self->given[i];
        bool all = at.position == ALL_POSITIONS;

        raise_peak(self, all ? 0 : at.position,
                   all ? self->model.n_token : at.position + 1, at.dim,
                   at.dim + 1);
    }
    while (editor_ratio(self, layer, self->peak.at) < self->peak.ratio / 2)
        layer++;
    return layer;
}

/* The one with the largest mean magnitude that is not taken; of equals the
 * first. */
static struct coordinate next_largest(const struct editor *self,
                                      int32_t layer)
{
    struct coordinate at, found = {0, 0};
    double most = -1;

    for (at.position = 0; at.position < self->model.n_token; at.position++)
        for (at.dim = 0; at.dim < self->model.d_model; at.dim++) {
            double magnitude = editor_magnitude(self, layer, at);

            if (magnitude > most && !*taken(self, at)) {
                most = magnitude;
                found = at;
            }
        }
    return found;
}

/* The free coordinate of this position whose mean magnitude is nearest to
 * the layer's median; dim -1: none is free. */
static struct coordinate most_ordinary(const struct editor *self,
                                       int32_t layer, int32_t position)
{
    struct coordinate at = {position, 0}, found = {position, -1};
    double median = editor_median(self, layer), least = INFINITY;

    for (; at.dim < self->model.d_model; at.dim++) {
        double off = fabs(editor_magnitude(self, layer, at) - median);

        if (off < least && !*taken(self, at)) {
            least = off;
            found = at;
        }
    }
    return found;
}

/* For each of the edits from `first` on, another at its position. */
static int replace_by_ordinary(struct editor *self, size_t first)
{
    for (size_t i = first; i < self->n_edits; i++) {
        struct edit *edit = &self->edits[i];

        edit->at = most_ordinary(self, edit->layer, edit->at.position);
        if (edit->at.dim < 0)
            return self->host->fail(self->ctx, "no dim is left for the "
                                    "control; use a smaller top");
        *taken(self, edit->at) = true;
        edit->value = value_of(self, edit->layer, edit->at);
    }
    return TRANSECT_OK;
}

static int choose_found(struct editor *self, int32_t layer)
{
    size_t first = self->n_edits;

    for (int32_t i = 0; i < self->n_top; i++)
        add(self, layer, next_largest(self, layer));
    return self->choice == CHOICE_CONTROL ? replace_by_ordinary(self, first)
                                          : TRANSECT_OK;
}

static int choose_given(struct editor *self, int32_t layer)
{
    for (size_t i = 0; i < self->n_given; i++) {
        struct coordinate at = self->given[i];
        bool all = at.position == ALL_POSITIONS;
        int32_t end = all ? self->model.n_token : at.position + 1;

        for (at.position = all ? 0 : at.position; at.position < end;
             at.position++)
            add(self, layer, at);
    }
    return TRANSECT_OK;
}

static int choose_in(struct editor *self, int32_t layer)
{
    memset(self->taken, 0,
           (size_t)self->model.n_token * (size_t)self->model.d_model *
               sizeof *self->taken);
    return self->choice == CHOICE_GIVEN ? choose_given(self, layer)
                                        : choose_found(self, layer);
}

int editor_choose(struct editor *self)
{
    int status = TRANSECT_OK;

    self->taken = self->host->alloc(self->ctx,
                                    (size_t)self->model.n_token *
                                        (size_t)self->model.d_model,
                                    sizeof *self->taken);
    if (!self->layered)
        return choose_in(self, -1);
    if (self->auto_layer)
        return choose_in(self, find_layer(self));
    for (size_t i = 0; i < self->n_layers && !status; i++)
        status = choose_in(self, self->layers[i]);
    return status;
}
