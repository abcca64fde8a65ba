/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sources.c - what takes the place of an output where it comes from other
 * samples: the mean of all of them, or the row of another one. */
#include "pruner.h"

#include <transect/survey.h>

static struct sums *sums_at(const struct pruner *self, int32_t layer,
                            int32_t part)
{
    return &self->sums[layer * (self->model.n_head + 2) + part];
}

static int32_t part_of(const struct pruner *self,
                       const struct transect_event *event)
{
    if (event->head >= 0)
        return event->head;
    return event->point == TRANSECT_MLP_OUT ? PART_MLP(self)
                                            : PART_ATTENTION(self);
}

/* One head's, or a whole output (rows, cols) of a sample. */
static int on_survey(void *state, const struct transect_event *event)
{
    struct pruner *self = state;
    struct sums *sums = sums_at(self, event->layer, part_of(self, event));
    const struct transect_view *view = &event->view;

    if (!sums->sum)
        sums->sum = self->host->alloc(self->ctx, (size_t)view->cols,
                                      sizeof *sums->sum);
    for (int64_t i = 0; i < view->rows; i++)
        for (int64_t j = 0; j < view->cols; j++)
            sums->sum[j] += (double)view->data[i * view->row_stride + j];
    sums->n += view->rows;
    return TRANSECT_OK;
}

static size_t columns_of(const struct pruner *self, int32_t part)
{
    return part < PART_ATTENTION(self) && self->semantics != SEM_RESULT
               ? (size_t)self->model.d_head
               : (size_t)self->model.d_model;
}

void pruner_take_means(struct pruner *self)
{
    for (int32_t l = 0; l < self->model.n_layer; l++)
        for (int32_t part = 0; part < self->model.n_head + 2; part++) {
            struct sums *sums = sums_at(self, l, part);
            size_t n = columns_of(self, part);

            if (!sums->sum)
                continue;
            sums->mean = self->host->alloc(self->ctx, n, sizeof *sums->mean);
            for (size_t j = 0; j < n; j++)
                sums->mean[j] = (float)(sums->sum[j] / (double)sums->n);
        }
}

const float *pruner_mean(const struct pruner *self, int32_t layer,
                         int32_t part)
{
    return sums_at(self, layer, part)->mean;
}

const float *pruner_row(const struct pruner *self,
                        const struct transect_event *event, int32_t head,
                        int64_t row)
{
    struct transect_place place = {
        event->point, event->layer, head, event->sample,
        event->first + (int32_t)row};
    int64_t n;

    return self->captures->row(self->ctx, TRANSECT_FROM_RESAMPLE, &place, &n);
}

static int survey(struct pruner *self,
                  const struct transect_subscription *outputs)
{
    const struct transect_survey_host *surveys =
        self->host->extension(self->ctx, TRANSECT_SURVEY);
    struct transect_subscription sub = *outputs;

    if (!self->sums)
        self->sums = self->host->alloc(
            self->ctx,
            (size_t)self->model.n_layer * (size_t)(self->model.n_head + 2),
            sizeof *self->sums);
    sub.on_event = on_survey;
    return surveys->survey(self->ctx, &sub, pruner_surveyed);
}

int pruner_sources(struct pruner *self,
                   const struct transect_subscription *outputs)
{
    if (self->method == METHOD_DATASET_MEAN)
        return survey(self, outputs);
    if (self->method != METHOD_RESAMPLE)
        return TRANSECT_OK;
    self->captures = self->host->extension(self->ctx, TRANSECT_CAPTURE);
    if (!self->captures)
        return self->host->fail(self->ctx, "method = resample: this transect "
                                           "keeps no rows of other samples");
    return self->captures->keep(self->ctx, TRANSECT_FROM_RESAMPLE, outputs);
}
