/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* rows.c - rows of the stream, read through the model's own final norm, head
 * and caps. The divergence from the last layer's distribution can be told once
 * that layer's row is there: until then rows are kept, which are shorter than
 * their logits. */
#include "lens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <transect/kit/logits.h>
#include <transect/kit/points.h>

size_t lens_row(const struct lens *self, int32_t sample, int32_t site,
                int32_t at)
{
    return self->first[sample] +
           (size_t)site * (size_t)self->n_position[sample] + (size_t)at;
}

double lens_top_prob(const struct lens *self, size_t row)
{
    return exp((double)self->top_logits[row * (size_t)self->top] -
               self->scores[row * N_SCORES + LOG_SUM]);
}

int lens_begin(struct lens *self, const struct transect_sample *sample)
{
    size_t n = (size_t)self->n_position[sample->sample];
    size_t size = (size_t)self->n_site * (size_t)self->model.d_model;

    for (size_t i = 0; sample->sample == self->drawn && i < n; i++)
        self->drawn_tokens[i] =
            sample->tokens[self->positions[sample->sample][i]];
    free(self->kept[sample->slot]);
    self->kept[sample->slot] = calloc(n * size + 1, sizeof(float));
    if (!self->kept[sample->slot])
        return self->host->fail(self->ctx, "there is no memory for %zu rows "
                                "of sample %d", n * (size_t)self->n_site,
                                (int)sample->sample);
    return TRANSECT_OK;
}

void lens_end(struct lens *self, int32_t slot)
{
    free(self->kept[slot]);
    self->kept[slot] = NULL;
}

/* Which of the sample's positions it is; -1: none. */
static int32_t find_position(const struct lens *self, int32_t sample,
                             int64_t position)
{
    return transect_position_find(self->positions[sample],
                                  self->n_position[sample], position);
}

static float *kept_row(const struct lens *self, int32_t slot, int32_t at,
                       int32_t site)
{
    return self->kept[slot] + ((size_t)at * (size_t)self->n_site +
                               (size_t)site) * (size_t)self->model.d_model;
}

int lens_on_site(void *state, const struct transect_event *event)
{
    struct lens *self = state;
    int32_t site = self->site_of[event->point * self->model.n_layer +
                                 event->layer];

    for (int64_t i = 0; i < event->view.rows; i++) {
        int32_t at = find_position(self, event->sample, event->first + i);

        if (at >= 0)
            memcpy(kept_row(self, event->slot, at, site),
                   event->view.data + i * event->view.row_stride,
                   (size_t)self->model.d_model * sizeof(float));
    }
    return TRANSECT_OK;
}

/* What is asked of an answer, and of the tokens that are wanted besides. */
static void score_tokens(struct lens *self, int32_t sample, size_t row,
                         const float *logits)
{
    const struct transect_prompt *asked = &self->asked[sample];
    double *scores = self->scores + row * N_SCORES;
    int64_t v = self->model.n_vocab;
    bool sound = isfinite(scores[LOG_SUM]);

    scores[ANSWER_LOGPROB] = transect_logits_log_sum_of(logits, asked->answers,
                                                        asked->n_answer) -
                             scores[LOG_SUM];
    scores[ANSWER_RANK] = NAN;
    if (sound && asked->n_answer)
        scores[ANSWER_RANK] = (double)transect_logits_rank(
            logits, v, asked->answers, asked->n_answer);
    for (int32_t i = 0; i < self->n_token; i++) {
        size_t at = row * (size_t)self->n_token + (size_t)i;

        self->token_logits[at] = logits[self->tokens[i]];
        self->token_ranks[at] =
            sound ? (int32_t)transect_logits_rank(logits, v, &self->tokens[i],
                                                  1)
                  : -1;
    }
}

static void score_row(struct lens *self, int32_t sample, size_t row,
                      const float *logits)
{
    int64_t v = self->model.n_vocab;
    size_t top = (size_t)self->top;
    int32_t *ids = self->top_ids + row * top;
    double *scores = self->scores + row * N_SCORES;
    double all = transect_logits_log_sum(logits, v);

    scores[LOG_SUM] = all;
    scores[ENTROPY] = transect_logits_entropy(logits, v, all);
    scores[KL] = transect_logits_divergence(
        self->reference, self->reference_sum, logits, all, v);
    score_tokens(self, sample, row, logits);
    if (isfinite(all))
        transect_logits_top(logits, v, ids, self->top);
    for (size_t i = 0; i < top; i++) {
        if (!isfinite(all))
            ids[i] = -1; /* such a row has no order */
        self->top_logits[row * top + i] = ids[i] < 0 ? NAN : logits[ids[i]];
    }
}

/* Reads the rows of the block. */
static int read_block(struct lens *self, int32_t sample)
{
    size_t v = (size_t)self->model.n_vocab;

    if (self->readout->project(self->ctx, TRANSECT_LOGITS, -1, -1, 0,
                               self->n_pending, self->rows, self->logits))
        return TRANSECT_FAILED;
    for (int32_t i = 0; i < self->n_pending; i++) {
        const struct pending *pending = &self->pending[i];
        const float *logits = self->logits + (size_t)i * v;
        int32_t site = pending->site;

        if (site < 0) {
            memcpy(self->reference, logits, v * sizeof *logits);
            self->reference_sum = transect_logits_log_sum(logits, (int64_t)v);
            site = self->last_site;
        }
        if (site >= 0)
            score_row(self, sample, lens_row(self, sample, site, pending->at),
                      logits);
    }
    self->n_pending = 0;
    return TRANSECT_OK;
}

/* x, or x + W x + b; to: the next row of the block. */
static void translate(const struct site *site, int32_t d, const float *x,
                      float *to)
{
    for (int32_t i = 0; i < d; i++) {
        double sum = (double)x[i] + (double)(site->bias ? site->bias[i] : 0);
        const float *weight = site->weight + (size_t)i * (size_t)d;

        for (int32_t j = 0; j < d; j++)
            sum += (double)weight[j] * (double)x[j];
        to[i] = (float)sum;
    }
}

/* Adds a row to the block, which is read when it is full. site -1: as it is.
 */
static int push(struct lens *self, int32_t sample, int32_t at, int32_t site,
                const float *x)
{
    int32_t d = self->model.d_model;
    float *to = self->rows + (size_t)self->n_pending * (size_t)d;

    if (site >= 0 && self->sites[site].weight)
        translate(&self->sites[site], d, x, to);
    else
        memcpy(to, x, (size_t)d * sizeof *to);
    self->pending[self->n_pending++] = (struct pending){at, site};
    return self->n_pending == LENS_BLOCK ? read_block(self, sample)
                                         : TRANSECT_OK;
}

/* The last layer's rows: with each all of its position are there. */
int lens_on_last(void *state, const struct transect_event *event)
{
    struct lens *self = state;
    int status = TRANSECT_OK;

    for (int64_t i = 0; i < event->view.rows && !status; i++) {
        const float *x = event->view.data + i * event->view.row_stride;
        int32_t at = find_position(self, event->sample, event->first + i);

        if (at < 0)
            continue;
        status = push(self, event->sample, at, -1, x);
        for (int32_t site = 0; site < self->n_site && !status; site++)
            if (site != self->last_site)
                status = push(self, event->sample, at, site,
                              kept_row(self, event->slot, at, site));
    }
    if (!status && self->n_pending)
        status = read_block(self, event->sample);
    return status;
}
