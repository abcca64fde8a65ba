/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* survey.c - what the unedited model has at the chosen places of all samples:
 * means, and how far its numbers spread. */
#include "patcher.h"

#include <math.h>
#include <transect/survey.h>

bool patcher_needs_survey(const struct patcher *self)
{
    return self->from == FROM_MEAN || self->from == FROM_NOISE;
}

/* Of patterns the keys of the row itself. */
static int64_t seen(const struct transect_event *event, int64_t row)
{
    int64_t end = event->first + row + 1;

    return transect_point_has_keys(event->point) && end < event->view.cols
               ? end
               : event->view.cols;
}

static void add_to_mean(const struct patcher *self, struct site *site,
                        const float *row, int64_t n, int64_t position)
{
    int64_t at = self->by_position ? position : 0;
    double *sum = site->sum + at * site->cols;

    for (int64_t j = 0; j < n; j++)
        sum[j] += (double)row[j];
    site->n[at]++;
}

static void add_to_spread(const struct patcher *self, struct site *site,
                          const float *row)
{
    size_t n = self->dims ? self->n_dims : (size_t)site->cols;

    for (size_t i = 0; i < n; i++) {
        double x = (double)row[self->dims ? (size_t)self->dims[i] : i];

        site->first += x;
        site->second += x * x;
    }
    site->count += (int64_t)n;
}

static int on_survey(void *state, const struct transect_event *event)
{
    struct patcher *self = state;
    struct site *site = patcher_site(self, event);

    for (int64_t i = 0; i < event->view.rows; i++) {
        const float *row = event->view.data + i * event->view.row_stride;

        if (self->from == FROM_MEAN)
            add_to_mean(self, site, row, seen(event, i), event->first + i);
        else
            add_to_spread(self, site, row);
    }
    return TRANSECT_OK;
}

int patcher_survey(struct patcher *self, int (*surveyed)(void *state))
{
    const struct transect_host *host = self->host;
    const struct transect_survey_host *surveys =
        host->extension(self->ctx, TRANSECT_SURVEY);
    size_t rows = self->by_position ? (size_t)self->model.n_token : 1;
    int status = TRANSECT_OK;

    for (size_t i = 0; self->from == FROM_MEAN && i < self->n_sites; i++) {
        struct site *site = &self->sites[i];
        size_t n = rows * (size_t)site->cols;

        site->sum = host->alloc(self->ctx, n, sizeof *site->sum);
        site->n = host->alloc(self->ctx, rows, sizeof *site->n);
        site->mean = host->alloc(self->ctx, n, sizeof *site->mean);
    }
    for (size_t i = 0; i < self->n_targets && !status; i++) {
        struct transect_subscription sub = self->targets[i].sub;

        sub.on_event = on_survey;
        status = surveys->survey(self->ctx, &sub, surveyed);
    }
    return status;
}

static void take_mean(const struct patcher *self, struct site *site)
{
    int64_t rows = self->by_position ? self->model.n_token : 1;

    for (int64_t t = 0; t < rows; t++)
        for (int64_t j = 0; j < site->cols && site->n[t]; j++)
            site->mean[t * site->cols + j] =
                (float)(site->sum[t * site->cols + j] / (double)site->n[t]);
}

void patcher_take_survey(struct patcher *self)
{
    for (size_t i = 0; i < self->n_sites; i++) {
        struct site *site = &self->sites[i];
        double n = (double)site->count, mean, square;

        if (site->sum)
            take_mean(self, site);
        if (!site->count)
            continue;
        mean = site->first / n;
        square = site->second / n - mean * mean;
        site->deviation = square > 0 ? sqrt(square) : 0;
    }
}
