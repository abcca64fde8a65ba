/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* choose.c - which coordinates, in which layers: as the options have it, or
 * the largest ones of the unedited model. */
#include "ledger.h"

#include <math.h>
#include <transect/survey.h>

/* Of the largest dim's magnitude, what another one needs. */
#define LEAST_PART 0.1

bool choose_needs_survey(const struct ledger *self)
{
    return !self->n_layers || !self->n_dims || self->auto_places;
}

/* Of the option, or all. */
static size_t n_surveyed(const struct ledger *self)
{
    return self->n_layers ? self->n_layers : (size_t)self->model.n_layer;
}

static int32_t surveyed_layer(const struct ledger *self, size_t i)
{
    return self->n_layers ? self->layers[i] : (int32_t)i;
}

static size_t peak_at(const struct ledger *self, int32_t layer, int32_t dim)
{
    return (size_t)layer * (size_t)self->model.d_model + (size_t)dim;
}

static int on_survey(void *state, const struct transect_event *event)
{
    struct ledger *self = state;
    const struct transect_view *view = &event->view;
    size_t first = peak_at(self, event->layer, 0);

    for (int64_t i = 0; i < view->rows; i++) {
        const float *row = view->data + i * view->row_stride;

        for (size_t d = 0; d < (size_t)view->cols; d++)
            if (fabsf(row[d]) > self->peaks[first + d]) {
                self->peaks[first + d] = fabsf(row[d]);
                self->peak_positions[first + d] = event->first + (int32_t)i;
            }
    }
    return TRANSECT_OK;
}

int choose_survey(struct ledger *self, int (*surveyed)(void *state))
{
    const struct transect_survey_host *surveys =
        self->host->extension(self->ctx, TRANSECT_SURVEY);
    const struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_RESID_POST,
        .layers = self->n_layers ? self->layers : NULL,
        .n_layers = self->n_layers,
        .position = self->auto_places
                        ? NULL
                        : self->host->get_string(self->ctx, "positions"),
        .on_event = on_survey,
    };
    size_t n = peak_at(self, self->model.n_layer, 0);

    self->peaks = self->host->alloc(self->ctx, n, sizeof *self->peaks);
    self->peak_positions = self->host->alloc(self->ctx, n,
                                             sizeof *self->peak_positions);
    return surveys->survey(self->ctx, &sub, surveyed);
}

/* Where the dim is largest, of equals first. */
static int32_t peak_layer(const struct ledger *self, int32_t dim)
{
    int32_t best = surveyed_layer(self, 0);

    for (size_t i = 1; i < n_surveyed(self); i++) {
        int32_t layer = surveyed_layer(self, i);

        if (self->peaks[peak_at(self, layer, dim)] >
            self->peaks[peak_at(self, best, dim)])
            best = layer;
    }
    return best;
}

static float peak_of(const struct ledger *self, int32_t dim)
{
    return self->peaks[peak_at(self, peak_layer(self, dim), dim)];
}

static int32_t largest_dim(const struct ledger *self, int32_t layer)
{
    const float *peaks = self->peaks + peak_at(self, layer, 0);
    int32_t best = 0;

    for (int32_t d = 1; d < self->model.d_model; d++)
        if (peaks[d] > peaks[best])
            best = d;
    return best;
}

/* Puts a dim among those of the largest peaks, which it may be already. */
static size_t keep_dim(const struct ledger *self, int32_t *dims, size_t n,
                       int32_t dim)
{
    size_t at = 0;

    for (size_t i = 0; i < n; i++)
        if (dims[i] == dim)
            return n;
    while (at < n && peak_of(self, dims[at]) >= peak_of(self, dim))
        at++;
    if (at == MOST_AUTO)
        return n;
    n += n < MOST_AUTO;
    for (size_t i = n - 1; i > at; i--)
        dims[i] = dims[i - 1];
    dims[at] = dim;
    return n;
}

/* Dims that hold the largest magnitude of a layer. */
static size_t massive_dims(const struct ledger *self, int32_t *dims)
{
    size_t n = 0;

    for (size_t i = 0; i < n_surveyed(self); i++)
        n = keep_dim(self, dims, n,
                     largest_dim(self, surveyed_layer(self, i)));
    while (n > 1 && !((double)peak_of(self, dims[n - 1]) >=
                      LEAST_PART * (double)peak_of(self, dims[0])))
        n--;
    return n;
}

/* The place of a position that the survey chose. */
static int32_t add_position(struct ledger *self, int32_t position)
{
    size_t n = self->n_place, at = 0;

    while (at < n && self->positions[at] < position)
        at++;
    if (at < n && self->positions[at] == position)
        return (int32_t)at;
    for (size_t i = n; i > at; i--)
        self->positions[i] = self->positions[i - 1];
    for (size_t i = 0; i < self->n_spot; i++)
        self->spots[i].place += self->spots[i].place >= (int32_t)at;
    self->positions[at] = position;
    self->n_place++;
    return (int32_t)at;
}

static void add_target(struct ledger *self, int32_t layer, int32_t spot)
{
    size_t at = self->n_functional;
    bool shares = !self->stream_norms && at &&
                  self->functionals[at - 1].spot == spot;

    at -= shares;
    self->functionals[at] = (struct functional){layer, spot}; /* ascending */
    self->n_functional = at + 1;
    self->targets[self->n_target++] = (struct target){
        layer, spot, (int32_t)at};
}

/* The coordinate in each layer that was asked for, or where it is largest. */
static void add_spot(struct ledger *self, int32_t place, int32_t dim)
{
    int32_t spot = (int32_t)self->n_spot++;

    self->spots[spot] = (struct spot){place, dim};
    if (!self->n_layers)
        add_target(self, peak_layer(self, dim), spot);
    for (size_t i = 0; i < self->n_layers; i++)
        add_target(self, self->layers[i], spot);
}

void choose_targets(struct ledger *self)
{
    int32_t massive[MOST_AUTO];
    size_t n_dims = self->n_dims;
    const int32_t *dims = self->dims;

    if (!n_dims) {
        n_dims = massive_dims(self, massive);
        dims = massive;
    }
    for (size_t d = 0; d < n_dims && self->auto_places; d++) {
        size_t at = peak_at(self, peak_layer(self, dims[d]), dims[d]);

        add_spot(self, add_position(self, self->peak_positions[at]), dims[d]);
    }
    for (size_t p = 0; !self->auto_places && p < self->n_place; p++)
        for (size_t d = 0; d < n_dims; d++)
            add_spot(self, (int32_t)p, dims[d]);
}
