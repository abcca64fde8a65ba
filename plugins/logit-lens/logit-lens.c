/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* logit-lens.c - what the model would say next if it ended at each layer. */
#include "lens.h"

#include <stdlib.h>
#include <transect/kit/describe.h>

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct lens *self = *state = host->alloc(ctx, 1, sizeof *self);

    self->ctx = ctx;
    self->host = host;
    self->top = (int32_t)host->get_int(ctx, "top");
    self->drawn = (int32_t)host->get_int(ctx, "sample");
    self->n_token = (int32_t)host->get_list(ctx, "tokens", &self->tokens);
    return TRANSECT_OK;
}

/* What is kept of samples. */
static void take_arrays(struct lens *self)
{
    struct transect_arrays arrays = transect_arrays_new(self->ctx, self->host);
    size_t n = self->n_row, top = (size_t)self->top;
    size_t tokens = (size_t)self->n_token;

    self->scores = transect_array(&arrays, "scores", TRANSECT_FLOAT64,
                                  TRANSECT_MERGE_SUM, n * N_SCORES);
    self->top_ids = transect_array(&arrays, "top_ids", TRANSECT_INT32,
                                   TRANSECT_MERGE_SUM, n * top);
    self->top_logits = transect_array(&arrays, "top_logits", TRANSECT_FLOAT32,
                                      TRANSECT_MERGE_SUM, n * top);
    self->token_ranks = transect_array(&arrays, "token_ranks", TRANSECT_INT32,
                                       TRANSECT_MERGE_SUM, n * tokens);
    self->token_logits = transect_array(&arrays, "token_logits",
                                        TRANSECT_FLOAT32, TRANSECT_MERGE_SUM,
                                        n * tokens);
    self->drawn_tokens = transect_array(
        &arrays, "drawn_tokens", TRANSECT_INT32, TRANSECT_MERGE_SUM,
        (size_t)self->n_position[self->drawn]);
}

static int take_host(struct lens *self)
{
    self->readout = self->host->extension(self->ctx, TRANSECT_READOUT);
    self->prompts = self->host->extension(self->ctx, TRANSECT_PROMPTS);
    self->text = self->host->extension(self->ctx, TRANSECT_TEXT);
    if (!self->readout || !self->prompts || !self->text)
        return self->host->fail(self->ctx, "this host reads nothing out for "
                                           "plugins");
    return self->readout->project(self->ctx, TRANSECT_LOGITS, -1, -1, 0, 0,
                                  NULL, NULL);
}

static int ready(void *state, const struct transect_model *model)
{
    struct lens *self = state;
    size_t d = (size_t)model->d_model, v = (size_t)model->n_vocab;

    self->model = *model;
    if (self->top > model->n_vocab)
        self->top = model->n_vocab;
    if (self->drawn >= model->n_sample)
        return self->host->fail(self->ctx, "there is no sample %d; the input "
                                "has %d, which count from 0",
                                (int)self->drawn, (int)model->n_sample);
    if (take_host(self) || lens_find_sites(self) || lens_find_rows(self))
        return TRANSECT_FAILED;
    if (self->host->is_set(self->ctx, "translators") &&
        lens_read_translators(self,
                              self->host->get_string(self->ctx,
                                                     "translators")))
        return TRANSECT_FAILED;
    take_arrays(self);
    self->kept = self->host->alloc(self->ctx, (size_t)model->n_slot,
                                   sizeof *self->kept);
    self->rows = self->host->alloc(self->ctx, LENS_BLOCK * d,
                                   sizeof *self->rows);
    self->logits = self->host->alloc(self->ctx, LENS_BLOCK * v,
                                     sizeof *self->logits);
    self->reference = self->host->alloc(self->ctx, v, sizeof(float));
    return lens_subscribe(self);
}

static int begin(void *state, const struct transect_sample *sample)
{
    return lens_begin(state, sample);
}

static int end(void *state, const struct transect_sample *sample)
{
    lens_end(state, sample->slot);
    return TRANSECT_OK;
}

static int finish(void *state, const void *baseline)
{
    (void)baseline;
    return lens_write(state) || lens_draw(state) ? TRANSECT_FAILED
                                                 : TRANSECT_OK;
}

static void destroy(void *state)
{
    struct lens *self = state;

    for (int32_t i = 0; self->kept && i < self->model.n_slot; i++)
        free(self->kept[i]);
}

static const struct transect_option options[] = {
    {"points", TRANSECT_POINTS, "resid_post", NULL, 0, 0,
     "what is read: resid_pre, attn_out, resid_mid, mlp_out, resid_post"},
    {"layers", TRANSECT_LAYERS, "*", NULL, 0, 0, "of which layers"},
    {"positions", TRANSECT_POSITIONS, "last", NULL, 0, 0,
     "at which tokens of each sample"},
    {"top", TRANSECT_INT, "5", NULL, 1, 1000,
     "how many of the most probable tokens are listed"},
    {"tokens", TRANSECT_TOKENS, NULL, NULL, 0, 0,
     "tokens whose logit, probability and rank are listed, too"},
    {"translators", TRANSECT_PATH, NULL, NULL, 0, 0,
     "a tuned lens: .safetensors with a matrix and a bias for each layer"},
    {"sample", TRANSECT_INT, "0", NULL, 0, 1e9, "the sample that is drawn"},
    {"colour", TRANSECT_ENUM, "prob", "prob kl entropy", 0, 0,
     "what the colours of the drawing say"},
};

static const int32_t points[] = {TRANSECT_RESID_PRE, TRANSECT_ATTN_OUT,
                                 TRANSECT_RESID_MID, TRANSECT_MLP_OUT,
                                 TRANSECT_RESID_POST};

TRANSECT_PLUGIN(
    .name = "logit-lens",
    .summary = "what the model would say next if it ended at each layer",
    .version = "0.9.0",
    .licence = "MIT",
    .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_THREADS,
    TRANSECT_OPTION_TABLE(options),
    TRANSECT_POINT_LIST(points),
    .create = create,
    .ready = ready,
    .begin = begin,
    .end = end,
    .finish = finish,
    .destroy = destroy,
    .compare = lens_compare);
