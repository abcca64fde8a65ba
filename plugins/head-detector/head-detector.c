/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* head-detector.c - which heads are of a known kind. */
#include "head-detector.h"

#include <transect/kit/arrays.h>
#include <transect/kit/describe.h>

static void take_arrays(struct detector *self, struct transect_arrays *from)
{
    self->scores = transect_array(from, "scores", TRANSECT_FLOAT64,
                                  TRANSECT_MERGE_OWN,
                                  3 * self->n_heads * N_KINDS * N_MEASURES);
}

static int merge_own(void *state)
{
    const struct detector *self = state;
    struct transect_arrays from = transect_arrays_other(self->ctx, self->host);
    struct detector other = *self;

    take_arrays(&other, &from);
    for (size_t i = 0;
         i < self->n_heads * N_KINDS * N_MEASURES && !from.missing; i++)
        transect_moments_merge(&self->scores[i], &other.scores[i]);
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    static const struct transect_state merging = {
        .size = sizeof merging, .merge_own = merge_own};
    const struct transect_state_host *states = host->extension(
        ctx, TRANSECT_STATE);
    struct detector *self = *state = host->alloc(ctx, 1, sizeof *self);

    self->ctx = ctx;
    self->host = host;
    self->linalg = host->extension(ctx, TRANSECT_LINALG);
    self->exclude_bos = host->get_bool(ctx, "exclude_bos");
    self->exclude_current = host->get_bool(ctx, "exclude_current_token");
    self->n_heads = host->get_heads(ctx, "heads", &self->heads);
    return states->declare(ctx, &merging);
}

static int ready(void *state, const struct transect_model *model)
{
    struct detector *self = state;
    const struct transect_host *host = self->host;
    const size_t n = (size_t)model->n_layer * (size_t)model->n_head;
    const size_t n_slot = (size_t)model->n_slot;
    struct transect_arrays arrays = transect_arrays_new(self->ctx, host);
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_PATTERN,
        .heads = self->heads,
        .n_heads = self->n_heads,
        .on_event = patterns_event,
    };

    self->model = *model;
    self->place_of = host->alloc(self->ctx, n, sizeof *self->place_of);
    for (size_t i = 0; i < self->n_heads; i++)
        self->place_of[self->heads[i].layer * model->n_head +
                       self->heads[i].head] = (int32_t)i;
    self->under_way = host->alloc(self->ctx, n_slot * self->n_heads,
                                  sizeof *self->under_way);
    self->before = host->alloc(self->ctx, n_slot * (size_t)model->n_token,
                               sizeof *self->before);
    self->last = host->alloc(self->ctx, (size_t)model->n_vocab,
                             sizeof *self->last);
    take_arrays(self, &arrays);
    return host->subscribe(self->ctx, &sub);
}

/* A state that was restored may be any numbers; these are counts. */
static int check_counts(const struct detector *self)
{
    for (size_t i = 0; i < self->n_heads * N_KINDS * N_MEASURES; i++)
        if (!(self->scores[i].n >= 0 &&
              self->scores[i].n <= self->model.n_sample))
            return self->host->fail(self->ctx, "the state is not one of these "
                                    "samples: L%dH%d has %g scores",
                                    (int)self->heads[i / (N_KINDS *
                                                          N_MEASURES)].layer,
                                    (int)self->heads[i / (N_KINDS *
                                                          N_MEASURES)].head,
                                    self->scores[i].n);
    return TRANSECT_OK;
}

/* Edits change no weights: what is of these alone is the baseline's. */
static int finish(void *state, const void *baseline)
{
    struct detector *self = state;
    const struct transect_host *host = self->host;
    int status = check_counts(self);

    if (!status && !baseline && host->get_bool(self->ctx, "copying"))
        status = copying_measure(self);
    if (!status && !baseline && host->get_bool(self->ctx, "composition"))
        status = composition_measure(self);
    if (status)
        return status;
    tables_write(self);
    return figures_draw(self);
}

static const struct transect_option options[] = {
    {"heads", TRANSECT_HEADS, "*", NULL, 0, 0, "heads that are scored"},
    {"exclude_bos", TRANSECT_BOOL, "no", NULL, 0, 0,
     "leave attention to the first position out"},
    {"exclude_current_token", TRANSECT_BOOL, "no", NULL, 0, 0,
     "leave attention of a token to itself out"},
    {"copying", TRANSECT_BOOL, "yes", NULL, 0, 0,
     "whether heads make the tokens that they attend to more probable"},
    {"composition", TRANSECT_BOOL, "no", NULL, 0, 0,
     "how much of each head's output each later head reads"},
};

static const int32_t points[] = {TRANSECT_PATTERN};

TRANSECT_PLUGIN(
    .name = "head-detector",
    .summary = "previous-token, duplicate-token, induction and copying heads, "
               "and their composition",
    .version = "0.9.0",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    TRANSECT_OPTION_TABLE(options),
    TRANSECT_POINT_LIST(points),
    .create = create,
    .ready = ready,
    .begin = patterns_begin,
    .end = patterns_end,
    .finish = finish);
