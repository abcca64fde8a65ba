/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* answer-scorer.c - how much the model prefers the right continuation of each
 * prompt to the wrong one. */
#include "answer-scorer.h"

#include <math.h>
#include <transect/kit/arrays.h>
#include <transect/kit/describe.h>
#include <transect/kit/logits.h>

static double *scores_of(const struct scorer *self,
                         const struct transect_event *event)
{
    return self->scores + (size_t)event->sample * N_SCORES;
}

/* Against the same row of the prompt in the unedited model; all: its log sum
 * exp. */
static int compare_row(struct scorer *self, const struct transect_event *event,
                       const struct transect_prompt *prompt, double all,
                       double *scores)
{
    const struct transect_place place = {
        .point = TRANSECT_LOGITS, .layer = -1, .head = -1,
        .sample = event->sample, .position = prompt->n_prompt - 1};
    int64_t n;
    const float *row = self->captures->row(self->ctx, TRANSECT_FROM_PROMPT,
                                           &place, &n);

    if (!row || n != event->view.cols)
        return self->host->fail(self->ctx, "the unedited model's logits of "
                                "sample %d are not there",
                                (int)event->sample);
    scores[KL] = row_divergence(row, event->view.data, all, n);
    scores[PROMPT_DIFF] =
        transect_logits_log_sum_of(row, prompt->answers, prompt->n_answer) -
        transect_logits_log_sum_of(row, prompt->foils, prompt->n_foil);
    return TRANSECT_OK;
}

/* The row that predicts what follows the prompt. */
static int on_last(void *state, const struct transect_event *event)
{
    struct scorer *self = state;
    const struct transect_prompt *prompt = &self->prompts[event->sample];
    double row[N_SCORES], *scores = scores_of(self, event), all;

    row[KL] = row[PROMPT_DIFF] = NAN;
    all = row_score(event->view.data, event->view.cols, prompt, row);
    if (self->captures && compare_row(self, event, prompt, all, row))
        return TRANSECT_FAILED;
    if (self->is_unedited) {
        row[KL] = isfinite(all) ? 0 : NAN;
        row[PROMPT_DIFF] = row[LOGIT_DIFF];
    }
    for (int i = 0; i < N_SCORES; i++)
        scores[i] += row[i];
    self->n_loss[event->sample]++;
    return TRANSECT_OK;
}

/* Rows of the answer itself: each predicts its next token. */
static int on_answer(void *state, const struct transect_event *event)
{
    struct scorer *self = state;
    const struct transect_view *view = &event->view;
    const int32_t *tokens = self->tokens[event->slot];
    int32_t n_prompt = self->prompts[event->sample].n_prompt;

    for (int64_t i = 0; i < view->rows; i++) {
        const float *logits = view->data + i * view->row_stride;
        int64_t position = event->first + i;

        if (position < n_prompt || position + 1 >= event->n_token)
            continue;
        scores_of(self, event)[LOSS] +=
            transect_logits_log_sum(logits, view->cols) -
            (double)logits[tokens[position + 1]];
        self->n_loss[event->sample]++;
    }
    return TRANSECT_OK;
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct scorer *self = *state = host->alloc(ctx, 1, sizeof *self);

    self->ctx = ctx;
    self->host = host;
    if (!host->get_bool(ctx, "kl"))
        return TRANSECT_OK;
    self->captures = host->extension(ctx, TRANSECT_CAPTURE);
    if (!self->captures)
        return host->fail(ctx, "kl = yes: this host keeps no rows of the "
                               "unedited model; take kl = no");
    return TRANSECT_OK;
}

/* longest: tokens of the longest answer behind its prompt. */
static int take_prompts(struct scorer *self,
                        const struct transect_prompts_host *prompts,
                        int32_t *longest)
{
    *longest = 0;
    self->prompts = self->host->alloc(self->ctx, (size_t)self->n_sample,
                                      sizeof *self->prompts);
    for (int32_t i = 0; i < self->n_sample; i++) {
        struct transect_prompt *prompt = &self->prompts[i];

        prompt->size = sizeof *prompt;
        if (prompts->prompt(self->ctx, i, prompt))
            return TRANSECT_FAILED;
        if (prompt->n_answer == 0)
            return self->host->fail(
                self->ctx, "sample %d has no answer; [input] answer names the "
                "field of the records that has the right continuation",
                (int)i);
        if (prompt->n_token - prompt->n_prompt > *longest)
            *longest = prompt->n_token - prompt->n_prompt;
    }
    return TRANSECT_OK;
}

/* Of the last row of each prompt, and of the rows of answers behind them but
 * the last ones, behind which nothing is known. */
static int subscribe(struct scorer *self, int32_t longest)
{
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_LOGITS,
        .position = "last",
    };

    if (self->captures &&
        self->captures->keep(self->ctx, TRANSECT_FROM_PROMPT, &sub))
        return TRANSECT_FAILED;
    sub.on_event = on_last;
    if (self->host->subscribe(self->ctx, &sub))
        return TRANSECT_FAILED;
    if (longest < 2)
        return TRANSECT_OK;
    sub.position = NULL;
    sub.first_position = -longest;
    sub.n_positions = longest - 1;
    sub.on_event = on_answer;
    return self->host->subscribe(self->ctx, &sub);
}

static int ready(void *state, const struct transect_model *model)
{
    struct scorer *self = state;
    const struct transect_prompts_host *prompts =
        self->host->extension(self->ctx, TRANSECT_PROMPTS);
    struct transect_arrays arrays = transect_arrays_new(self->ctx, self->host);
    size_t n = (size_t)model->n_sample;
    int32_t longest;

    if (!prompts)
        return self->host->fail(self->ctx, "this host does not tell plugins "
                                           "of answers");
    self->n_sample = model->n_sample;
    self->is_pair = prompts->role(self->ctx) == TRANSECT_ROLE_PAIR;
    if (self->is_pair) /* it runs other prompts */
        self->captures = NULL;
    if (self->captures && self->captures->unedited(self->ctx)) {
        self->is_unedited = true;
        self->captures = NULL;
    }
    if (take_prompts(self, prompts, &longest))
        return TRANSECT_FAILED;
    self->scores = transect_array(&arrays, "scores", TRANSECT_FLOAT64,
                                  TRANSECT_MERGE_SUM, n * N_SCORES);
    self->n_loss = transect_array(&arrays, "n_loss", TRANSECT_INT64,
                                  TRANSECT_MERGE_SUM, n);
    self->tokens = self->host->alloc(self->ctx, (size_t)model->n_slot,
                                     sizeof *self->tokens);
    return subscribe(self, longest);
}

static int begin(void *state, const struct transect_sample *sample)
{
    struct scorer *self = state;

    self->tokens[sample->slot] = sample->tokens;
    return TRANSECT_OK;
}

/* A state that was restored may be any numbers; these are counts and ids. */
static int check_state(const struct scorer *self)
{
    for (int32_t i = 0; i < self->n_sample; i++) {
        double top = self->scores[(size_t)i * N_SCORES + TOP_ID];

        if (self->n_loss[i] < 1 || !(top >= -1 && top <= INT32_MAX))
            return self->host->fail(self->ctx, "the state is not one of these "
                                    "samples: sample %d has no scores",
                                    (int)i);
    }
    return TRANSECT_OK;
}

static int finish(void *state, const void *baseline)
{
    const struct scorer *self = state;

    (void)baseline;
    if (check_state(self))
        return TRANSECT_FAILED;
    scorer_write(self);
    return TRANSECT_OK;
}

static const struct transect_option options[] = {
    {"kl", TRANSECT_BOOL, "yes", NULL, 0, 0,
     "the divergence from the unedited model, which then runs once more"},
};

static const int32_t points[] = {TRANSECT_LOGITS};

TRANSECT_PLUGIN(
    .name = "answer-scorer",
    .summary = "how much the model prefers the right continuation",
    .version = "0.9.0",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    TRANSECT_OPTION_TABLE(options),
    TRANSECT_POINT_LIST(points),
    .create = create,
    .ready = ready,
    .begin = begin,
    .finish = finish,
    .compare = scorer_compare);
