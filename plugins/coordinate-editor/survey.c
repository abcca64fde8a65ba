/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* survey.c - what the unedited model does: means over samples. */
#include "editor.h"

#include <math.h>
#include <transect/reduce.h>
#include <transect/survey.h>

static int32_t n_sites(const struct editor *self)
{
    return self->layered ? self->model.n_layer : 1;
}

static struct sums *sums_at(const struct editor *self, int32_t layer)
{
    return &self->sums[layer < 0 ? 0 : layer];
}

static size_t place(const struct editor *self, struct coordinate at)
{
    return (size_t)at.position * (size_t)self->model.d_model +
           (size_t)at.dim;
}

bool editor_surveyed(const struct editor *self, int32_t layer)
{
    return self->sums && sums_at(self, layer)->magnitude;
}

double editor_magnitude(const struct editor *self, int32_t layer,
                        struct coordinate at)
{
    const struct sums *sums = sums_at(self, layer);
    int32_t n = sums->n[at.position];

    return n ? sums->magnitude[place(self, at)] / n : 0;
}

double editor_mean(const struct editor *self, int32_t layer,
                   struct coordinate at)
{
    const struct sums *sums = sums_at(self, layer);
    int32_t n = sums->n[at.position];

    return n ? sums->value[place(self, at)] / n : 0;
}

double editor_median(const struct editor *self, int32_t layer)
{
    const struct sums *sums = sums_at(self, layer);

    return sums->median / sums->n_median;
}

double editor_ratio(const struct editor *self, int32_t layer,
                    struct coordinate at)
{
    double magnitude = editor_magnitude(self, layer, at);
    double median = editor_median(self, layer);

    if (median > 0)
        return magnitude / median;
    return magnitude > 0 ? INFINITY : 0;
}

/* One whole tensor (rows, D) of a sample. */
static int on_survey(void *state, const struct transect_event *event)
{
    struct editor *self = state;
    struct sums *sums = sums_at(self, event->layer);
    const struct transect_view *view = &event->view;

    for (int64_t i = 0; i < view->rows; i++) {
        const float *row = view->data + i * view->row_stride;
        size_t first = place(self, (struct coordinate){
                                       event->first + (int32_t)i, 0});

        for (int64_t j = 0; j < view->cols; j++) {
            sums->magnitude[first + (size_t)j] += fabs((double)row[j]);
            sums->value[first + (size_t)j] += (double)row[j];
        }
        sums->n[event->first + i]++;
    }
    sums->median += (double)self->reduces->median(self->ctx, view);
    sums->n_median++;
    return TRANSECT_OK;
}

static void allocate(struct editor *self, struct sums *sums)
{
    const struct transect_host *host = self->host;
    size_t rows = (size_t)self->model.n_token;
    size_t n = rows * (size_t)self->model.d_model;

    sums->magnitude = host->alloc(self->ctx, n, sizeof *sums->magnitude);
    sums->value = host->alloc(self->ctx, n, sizeof *sums->value);
    sums->n = host->alloc(self->ctx, rows, sizeof *sums->n);
}

int editor_survey(struct editor *self, int (*surveyed)(void *state))
{
    const struct transect_survey_host *surveys =
        self->host->extension(self->ctx, TRANSECT_SURVEY);
    bool all = self->auto_layer || !self->layered;
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = self->point,
        .layers = all ? NULL : self->layers,
        .n_layers = all ? 0 : self->n_layers,
        .on_event = on_survey,
    };
    int32_t n = all ? n_sites(self) : (int32_t)self->n_layers;

    self->reduces = self->host->extension(self->ctx, TRANSECT_REDUCE);
    self->sums = self->host->alloc(self->ctx, (size_t)n_sites(self),
                                   sizeof *self->sums);
    for (int32_t i = 0; i < n; i++)
        allocate(self, sums_at(self, all ? i : self->layers[i]));
    return surveys->survey(self->ctx, &sub, surveyed);
}
