/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* readout-tokens.c - logits of some tokens alone, forward and back. */
#include "executor/readout.h"

#include "base/mem.h"
#include "executor/forward.h"
#include "executor/kernels.h"
#include "executor/row-maps.h"

#include <stdlib.h>
#include <string.h>

/* Tokens whose vectors are beside each other at a time. */
#define TOKENS 256

static int check(const struct model *model, const int32_t *tokens, size_t n,
                 struct error *err)
{
    for (size_t i = 0; i < n; i++)
        if (tokens[i] < 0 || tokens[i] >= model->config.n_vocab)
            return error_set(err, ST_USAGE, "no logit of token %d: the "
                             "vocabulary has ids 0 to %d", (int)tokens[i],
                             model->config.n_vocab - 1);
    return ST_OK;
}

/* A token's column of the unembedding (W). */
static void read_token(const struct model *model, int32_t token, float *row)
{
    const struct linear *unembed = &model->unembed;
    const float *w = unembed->w;

    if (!w)
        linear_read(unembed, token, 1, row);
    for (int i = 0; w && i < unembed->n_in; i++)
        row[i] = w[i * unembed->in_stride + token * unembed->out_stride];
}

/* word (W) = the weighted sum of tokens' columns, with room for one; returns
 * that of their biases. */
static double sum_tokens(const struct model *model,
                         const struct unembedding *asked, float *column,
                         float *word)
{
    const float *b = model->unembed.b;
    size_t width = (size_t)model->unembed.n_in;
    double *sum = mem_new(width, sizeof *sum), constant = 0;

    for (size_t i = 0; i < asked->n_tokens; i++) {
        read_token(model, asked->tokens[i], column);
        for (size_t j = 0; j < width; j++)
            sum[j] += asked->weights[i] * (double)column[j];
        if (b)
            constant += asked->weights[i] * (double)b[asked->tokens[i]];
    }
    for (size_t j = 0; j < width; j++)
        word[j] = (float)sum[j];
    free(sum);
    return constant;
}

/* The same through project_out. */
static int widen(const struct model *model, const float *word, float *out,
                 double *constant, struct error *err)
{
    const struct linear *linear = &model->project_out;
    const struct product product = {word, out, linear->n_out, linear->n_in,
                                    1};
    size_t size = linear_panel(linear);
    float *panel = NULL;

    if (size && !(panel = mem_tensor(size, 1, err)))
        return err->status;
    linear_apply_transposed(linear, &product, panel);
    for (int j = 0; linear->b && j < linear->n_out; j++)
        *constant += (double)word[j] * (double)linear->b[j];
    free(panel);
    return ST_OK;
}

int readout_unembed(const struct model *model, const struct unembedding *asked,
                    struct error *err)
{
    int status = check(model, asked->tokens, asked->n_tokens, err);
    size_t width = (size_t)model->unembed.n_in;
    bool wide = model->config.d_word > 0;
    double constant;
    float *room;

    if (status)
        return status;
    if (!(room = mem_tensor(2, width, err)))
        return err->status;
    constant = sum_tokens(model, asked, room,
                          wide ? room + width : asked->out);
    if (wide)
        status = widen(model, room + width, asked->out, &constant, err);
    if (asked->constant)
        *asked->constant = constant;
    free(room);
    return status;
}

/* What logits of chosen tokens are made with. */
struct chosen {
    const struct token_logits *asked;
    struct row_maps maps;
    float *x, *word; /* (rows, D), (rows, W) or NULL */
    float *columns;  /* (TOKENS, W) */
    float *biases;   /* (TOKENS) */
};

static int make_room(struct chosen *self, struct error *err)
{
    const struct model *model = self->maps.model;
    size_t rows = FORWARD_BLOCK, w = (size_t)model->unembed.n_in, panel = 0;

    if (self->asked->n < FORWARD_BLOCK)
        rows = (size_t)self->asked->n;
    if (model->config.d_word)
        panel = linear_panel(&model->project_out);
    if (!(self->x = mem_tensor(rows, (size_t)model->config.d_model, err)) ||
        !(self->columns = mem_tensor(TOKENS, w, err)) ||
        !(self->biases = mem_tensor(TOKENS, 1, err)) ||
        (model->config.d_word && !(self->word = mem_tensor(rows, w, err))) ||
        (panel && !(self->maps.panel = mem_tensor(panel, 1, err))))
        return err->status;
    return ST_OK;
}

/* Logits of at most TOKENS tokens, from `first` on. */
static void multiply(const struct chosen *self, const float *word,
                     size_t first, float *out)
{
    const struct model *model = self->maps.model;
    const float *b = model->unembed.b;
    size_t n = self->asked->n_tokens - first;
    struct linear linear = {.w = self->columns, .n_in = model->unembed.n_in,
                            .in_stride = 1,
                            .out_stride = model->unembed.n_in};

    n = n < TOKENS ? n : TOKENS;
    linear.n_out = (int)n;
    linear.b = b ? self->biases : NULL;
    for (size_t i = 0; i < n; i++) {
        int32_t token = self->asked->tokens[first + i];

        read_token(model, token, self->columns + i * (size_t)linear.n_in);
        self->biases[i] = b ? b[token] : 0;
    }
    row_maps_apply(&self->maps, &linear, word, out + first,
                   (int64_t)self->asked->n_tokens);
}

/* Rows of the block from `at` on. */
static void map_rows(struct chosen *self, int64_t at)
{
    const struct model *model = self->maps.model;
    const float *word = self->x;
    int64_t v = (int64_t)self->asked->n_tokens;
    double cap = model->config.logit_cap;
    float *out = self->asked->out + at * v;

    row_maps_final(&self->maps,
                   self->asked->x + at * model->config.d_model, self->x);
    if (self->word) {
        row_maps_apply(&self->maps, &model->project_out, self->x, self->word,
                       model->project_out.n_out);
        word = self->word;
    }
    for (size_t first = 0; first < self->asked->n_tokens; first += TOKENS)
        multiply(self, word, first, out);
    if (cap > 0)
        kernel_soft_cap(out, self->maps.rows, v, v, (float)cap);
}

int readout_logits(const struct model *model, const struct token_logits *asked,
                   struct error *err)
{
    struct chosen self = {.asked = asked, .maps = {.model = model}};
    int status = check(model, asked->tokens, asked->n_tokens, err);

    if (!status && asked->n < 0)
        status = error_set(err, ST_USAGE, "no logits of %d rows",
                           (int)asked->n);
    if (status || !asked->n || !asked->n_tokens)
        return status;
    status = make_room(&self, err);
    for (int64_t at = 0; at < asked->n && !status; at += FORWARD_BLOCK) {
        self.maps.rows = asked->n - at;
        if (self.maps.rows > FORWARD_BLOCK)
            self.maps.rows = FORWARD_BLOCK;
        map_rows(&self, at);
    }
    free(self.x);
    free(self.word);
    free(self.columns);
    free(self.biases);
    free(self.maps.panel);
    return status;
}
