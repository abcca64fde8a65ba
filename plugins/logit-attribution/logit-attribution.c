/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* logit-attribution.c - how much of a logit difference each part of the model
 * wrote. */
#include "attribution.h"

#include <transect/kit/arrays.h>
#include <transect/kit/describe.h>

static void take_arrays(struct attribution *self,
                        struct transect_arrays *from)
{
    size_t n = self->first[self->model.n_sample];
    size_t units = self->n_strongest ? (size_t)self->model.n_layer *
                                           (size_t)self->model.d_mlp
                                     : 0;
    size_t each = sizeof *self->moments / sizeof(double);

    self->all_parts = transect_array(from, "parts", TRANSECT_FLOAT64,
                                     TRANSECT_MERGE_SUM, n);
    self->all_diffs = transect_array(from, "logit_diff", TRANSECT_FLOAT64,
                                     TRANSECT_MERGE_SUM, n);
    self->all_largest = transect_array(from, "largest", TRANSECT_FLOAT64,
                                       TRANSECT_MERGE_SUM, n);
    self->all_magnitudes = transect_array(from, "magnitude", TRANSECT_FLOAT64,
                                          TRANSECT_MERGE_SUM, n);
    self->moments = transect_array(from, "moments", TRANSECT_FLOAT64,
                                   TRANSECT_MERGE_OWN, self->n_part * each);
    if (units)
        self->unit_moments = transect_array(from, "units", TRANSECT_FLOAT64,
                                            TRANSECT_MERGE_OWN, units * each);
}

static int merge_own(void *state)
{
    struct attribution *self = state;
    struct attribution other = *self;
    struct transect_arrays from = transect_arrays_other(self->ctx, self->host);
    size_t units = (size_t)self->model.n_layer * (size_t)self->model.d_mlp;

    take_arrays(&other, &from);
    if (from.missing)
        return self->host->fail(self->ctx, "there is no state to add");
    for (size_t i = 0; i < self->n_part; i++)
        transect_moments_merge(&self->moments[i], &other.moments[i]);
    for (size_t i = 0; self->unit_moments && i < units; i++)
        transect_moments_merge(&self->unit_moments[i],
                               &other.unit_moments[i]);
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    static const struct transect_state merges = {
        .size = sizeof merges,
        .merge_own = merge_own,
    };
    struct attribution *self = *state = host->alloc(ctx, 1, sizeof *self);
    const struct transect_state_host *states =
        host->extension(ctx, TRANSECT_STATE);

    self->ctx = ctx;
    self->host = host;
    self->n_strongest = (int32_t)host->get_int(ctx, "units");
    self->readout = host->extension(ctx, TRANSECT_READOUT);
    self->prompts = host->extension(ctx, TRANSECT_PROMPTS);
    return states->declare(ctx, &merges);
}

/* Where the answer's tokens stand behind the prompt, its first one is foretold
 * by the prompt alone: behind it is what foretells the others. */
static int check_answers(struct attribution *self, int32_t sample,
                         const int32_t *positions, size_t n)
{
    struct transect_prompt prompt = {.size = sizeof prompt};

    if (n == 0 || self->host->is_set(self->ctx, "tokens"))
        return TRANSECT_OK;
    if (self->prompts->prompt(self->ctx, sample, &prompt))
        return TRANSECT_FAILED;
    if (positions[n - 1] < prompt.n_prompt)
        return TRANSECT_OK;
    return self->host->fail(
        self->ctx, "positions: position %d of sample %d is in its answer, "
        "whose first token it cannot foretell; \"last\" is the last one of "
        "the prompt", (int)positions[n - 1], (int)sample);
}

static int count_rows(struct attribution *self)
{
    int32_t n_sample = self->model.n_sample;
    const int32_t *positions;

    self->first = self->host->alloc(self->ctx, (size_t)n_sample + 1,
                                    sizeof *self->first);
    for (int32_t i = 0; i < n_sample; i++) {
        size_t n = self->prompts->positions(self->ctx, "positions", i,
                                            &positions);

        if (check_answers(self, i, positions, n))
            return TRANSECT_FAILED;
        self->first[i + 1] = self->first[i] + n;
    }
    if (!self->first[n_sample])
        return self->host->fail(self->ctx, "positions: no sample has any of "
                                           "them");
    return TRANSECT_OK;
}

static int ready(void *state, const struct transect_model *model)
{
    struct attribution *self = state;
    struct transect_arrays arrays = transect_arrays_new(self->ctx, self->host);
    const struct transect_host *host = self->host;

    if (!self->readout || !self->prompts)
        return host->fail(self->ctx, "this host does not tell plugins of "
                                     "answers and of what logits are made of");
    self->model = *model;
    if (tokens_take(self) || count_rows(self))
        return TRANSECT_FAILED;
    parts_list(self);
    take_arrays(self, &arrays);
    self->entry_of = host->alloc(self->ctx, (size_t)model->n_slot,
                                 sizeof *self->entry_of);
    return rows_subscribe(self);
}

static int begin(void *state, const struct transect_sample *sample)
{
    struct attribution *self = state;

    rows_begin(self, sample->sample, sample->slot);
    self->n_open++;
    return TRANSECT_OK;
}

/* Samples of a pass are traced together when the last of them ends: of stored
 * weights each is then converted once for all. */
static int end(void *state, const struct transect_sample *sample)
{
    struct attribution *self = state;

    (void)sample;
    if (--self->n_open)
        return TRANSECT_OK;
    if (trace_rows(self))
        return TRANSECT_FAILED;
    self->n_entry = 0;
    self->n_row = 0;
    return TRANSECT_OK;
}

static int finish(void *state, const void *baseline)
{
    const struct attribution *self = state;

    (void)baseline;
    tables_write(self);
    return figures_draw(self);
}

static const struct transect_option options[] = {
    {"positions", TRANSECT_POSITIONS, "last", NULL, 0, 0,
     "where logits are taken apart"},
    {"tokens", TRANSECT_TOKENS, NULL, NULL, 0, 0,
     "whose mean logit is taken apart, in place of answers and foils"},
    {"against", TRANSECT_TOKENS, NULL, NULL, 0, 0,
     "whose mean logit is taken from that of tokens"},
    {"units", TRANSECT_INT, "0", NULL, 0, 1000,
     "how many of the strongest hidden units to report"},
};

static const int32_t points[] = {
    TRANSECT_EMBED,    TRANSECT_POS_EMBED,  TRANSECT_RESID_PRE,
    TRANSECT_Z,        TRANSECT_ATTN_OUT,   TRANSECT_RESID_MID,
    TRANSECT_MLP_POST, TRANSECT_MLP_OUT,    TRANSECT_RESID_POST,
    TRANSECT_LN_FINAL, TRANSECT_LOGITS};

TRANSECT_PLUGIN(
    .name = "logit-attribution",
    .summary = "how much of a logit difference each part of the model wrote",
    .version = "0.9.0",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    TRANSECT_OPTION_TABLE(options),
    TRANSECT_POINT_LIST(points),
    .create = create,
    .ready = ready,
    .begin = begin,
    .end = end,
    .finish = finish);
