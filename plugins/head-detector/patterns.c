/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* patterns.c - what head-detector takes from attention patterns. */
#include "head-detector.h"

#include <math.h>
#include <string.h>

/* For each position, where its token stood before. */
int patterns_begin(void *state, const struct transect_sample *sample)
{
    struct detector *self = state;
    int32_t *before = self->before +
                      (size_t)sample->slot * (size_t)self->model.n_token;

    memset(self->under_way + (size_t)sample->slot * self->n_heads, 0,
           self->n_heads * sizeof *self->under_way);
    for (int32_t i = 0; i < sample->n_token; i++) {
        before[i] = self->last[sample->tokens[i]] - 1;
        self->last[sample->tokens[i]] = i + 1;
    }
    for (int32_t i = 0; i < sample->n_token; i++)
        self->last[sample->tokens[i]] = 0;
    return TRANSECT_OK;
}

/* A query's row of a pattern, and the keys of it that count. */
struct row {
    const float *keys;
    int32_t query, first, end;
};

static void add_key(struct attention *attention, enum kind kind,
                    const struct row *row, int32_t key)
{
    double a;

    if (key < row->first || key >= row->end)
        return;
    a = (double)row->keys[key];
    attention->ones[kind]++;
    attention->on[kind] += a;
    attention->off[kind] += fabs(1 - a) - fabs(a);
}

/* The detection patterns' ones are few; the zeros are in `size`. */
static void add_row(struct attention *attention, const struct row *row,
                    const int32_t *before)
{
    for (int32_t key = row->first; key < row->end; key++) {
        attention->sum += (double)row->keys[key];
        attention->size += fabs((double)row->keys[key]);
    }
    add_key(attention, PREVIOUS, row, row->query - 1);
    add_key(attention, FIRST, row, 0);
    add_key(attention, CURRENT, row, row->query);
    for (int32_t key = before[row->query]; key >= 0; key = before[key]) {
        add_key(attention, DUPLICATE, row, key);
        add_key(attention, INDUCTION, row, key + 1);
    }
}

int patterns_event(void *state, const struct transect_event *event)
{
    const struct detector *self = state;
    const struct transect_view *view = &event->view;
    int32_t place = self->place_of[event->layer * self->model.n_head +
                                   event->head];
    struct attention *attention =
        &self->under_way[(size_t)event->slot * self->n_heads + (size_t)place];
    const int32_t *before = self->before + (size_t)event->slot *
                                               (size_t)self->model.n_token;

    for (int64_t i = 0; i < view->rows; i++) {
        int32_t query = event->first + (int32_t)i;
        struct row row = {
            .keys = view->data + i * view->row_stride,
            .query = query,
            .first = self->exclude_bos,
            .end = self->exclude_current ? query : query + 1,
        };

        add_row(attention, &row, before);
    }
    return TRANSECT_OK;
}

/* Where all attention goes to what is excluded, there is no part of it. Where
 * all that a kind attends to is, there is no kind: its distance would be of
 * other attention alone. Without exclusions TransformerLens' numbers stay. */
static bool has_score(const struct detector *self,
                      const struct attention *attention, int kind, int measure)
{
    bool excludes = self->exclude_bos || self->exclude_current;

    if (excludes && !(attention->ones[kind] > 0))
        return false;
    return measure == ABS || attention->sum != 0;
}

int patterns_end(void *state, const struct transect_sample *sample)
{
    const struct detector *self = state;
    const struct attention *attention =
        &self->under_way[(size_t)sample->slot * self->n_heads];

    for (size_t place = 0; place < self->n_heads; place++, attention++)
        for (int kind = 0; kind < N_KINDS; kind++) {
            double scores[N_MEASURES] = {
                [MUL] = attention->on[kind] / attention->sum,
                [ABS] = 1 - (attention->size + attention->off[kind]) /
                                sample->n_token,
            };

            for (int measure = 0; measure < N_MEASURES; measure++)
                if (has_score(self, attention, kind, measure))
                    transect_moments_add(
                        detector_scores(self, place, kind, measure),
                        scores[measure]);
        }
    return TRANSECT_OK;
}
