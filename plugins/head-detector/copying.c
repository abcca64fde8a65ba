/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* copying.c - does a head make its tokens more probable that it attends to?
 *
 * Its circuit from tokens to logits is W_E W_V W_O W_U (V, V), and the score
 * the sum of its eigenvalues over that of their magnitudes (Elhage et al.
 * 2021). All but d of them are 0; those are the eigenvalues of the product in
 * another turn, W_O (W_U W_E) W_V (d, d). */
#include "head-detector.h"

#include <math.h>

#define BLOCK 1024 /* tokens at a time */

/* Matrices of the whole computation. */
struct copies {
    struct transect_view embed, unembed; /* (V, D), (D, V) */
    struct transect_view gain; /* of the norm in front; data NULL: none */
    double *mean;              /* (D) of W_U over tokens */
    float *block;              /* (D, BLOCK) of W_U, without that */
    float *product;            /* (D, D) of a block */
    double *sum;               /* (D, D) */
    float *unembed_embed;      /* (D, D) W_U W_E */
    float *values, *turned;    /* (D, d) W_V, and W_U W_E W_V */
    float *out, *circuit;      /* (d, D) W_O, and (d, d) */
    double *re, *im;           /* (d) */
};

static void copies_make(const struct detector *self, struct copies *copies)
{
    const struct transect_host *host = self->host;
    const size_t d = (size_t)self->model.d_head;
    const size_t width = (size_t)self->model.d_model;

    copies->mean = host->alloc(self->ctx, width, sizeof *copies->mean);
    copies->block = host->alloc(self->ctx, width * BLOCK, sizeof(float));
    copies->product = host->alloc(self->ctx, width * width, sizeof(float));
    copies->sum = host->alloc(self->ctx, width * width, sizeof(double));
    copies->unembed_embed = copies->product; /* which is free by then */
    copies->values = host->alloc(self->ctx, width * d, sizeof(float));
    copies->turned = host->alloc(self->ctx, width * d, sizeof(float));
    copies->out = host->alloc(self->ctx, width * d, sizeof(float));
    copies->circuit = host->alloc(self->ctx, d * d, sizeof(float));
    copies->re = host->alloc(self->ctx, d, sizeof(double));
    copies->im = host->alloc(self->ctx, d, sizeof(double));
}

/* A number added to all logits changes no probability. */
static void average(struct copies *copies)
{
    const struct transect_view *w = &copies->unembed;

    for (int64_t v = 0; v < w->cols; v++)
        for (int64_t i = 0; i < w->rows; i++)
            copies->mean[i] += (double)w->data[i * w->row_stride +
                                               v * w->col_stride] /
                               (double)w->cols;
}

/* Tokens first..first+n-1. */
static int add_block(const struct detector *self, struct copies *copies,
                     int64_t first, int64_t n)
{
    const struct transect_view *w = &copies->unembed;
    struct transect_view embed = copies->embed, block;
    size_t width = (size_t)w->rows;

    embed.data += first * embed.row_stride;
    embed.rows = n;
    block = circuits_view(copies->block, width, (size_t)n);
    for (int64_t i = 0; i < w->rows; i++)
        for (int64_t v = 0; v < n; v++)
            copies->block[i * n + v] =
                (float)((double)w->data[i * w->row_stride +
                                        (first + v) * w->col_stride] -
                        copies->mean[i]);
    if (self->linalg->product(self->ctx, &block, &embed, copies->product))
        return TRANSECT_FAILED;
    for (size_t i = 0; i < width * width; i++)
        copies->sum[i] += (double)copies->product[i];
    return TRANSECT_OK;
}

static int join(const struct detector *self, struct copies *copies)
{
    const int64_t n_token = copies->unembed.cols;
    const size_t width = (size_t)self->model.d_model;
    int status = TRANSECT_OK;

    average(copies);
    for (int64_t first = 0; first < n_token && !status; first += BLOCK)
        status = add_block(self, copies, first,
                           n_token - first < BLOCK ? n_token - first : BLOCK);
    for (size_t i = 0; i < width * width && !status; i++) {
        double gain = copies->gain.data
                          ? (double)copies->gain.data[i / width]
                          : 1;

        copies->unembed_embed[i] = (float)(gain * copies->sum[i]);
    }
    return status;
}

/* The score of a circuit (d, d). */
static int score(const struct detector *self, const struct copies *copies,
                 double *score)
{
    const size_t d = (size_t)self->model.d_head;
    struct transect_view circuit = circuits_view(copies->circuit, d, d);
    double sum = 0, size = 0;

    if (self->linalg->eigenvalues(self->ctx, &circuit, copies->re,
                                  copies->im))
        return TRANSECT_FAILED;
    for (size_t i = 0; i < d; i++) {
        sum += copies->re[i];
        size += hypot(copies->re[i], copies->im[i]);
    }
    *score = sum / size;
    return TRANSECT_OK;
}

static int measure_head(const struct detector *self, struct copies *copies,
                        struct transect_head head, double *to)
{
    const size_t d = (size_t)self->model.d_head;
    const size_t width = (size_t)self->model.d_model;
    const struct transect_linalg_host *linalg = self->linalg;
    struct transect_view values = circuits_view(copies->values, width, d);
    struct transect_view turned = circuits_view(copies->turned, width, d);
    struct transect_view out = circuits_view(copies->out, d, width);
    struct transect_view joined = circuits_view(copies->unembed_embed, width,
                                                width);

    if (circuits_read(self, TRANSECT_W_V, head.layer,
                      circuits_group(self, head.head), copies->values) ||
        circuits_write(self, head.layer, head.head, copies->out) ||
        linalg->product(self->ctx, &joined, &values, copies->turned) ||
        linalg->product(self->ctx, &out, &turned, copies->circuit))
        return TRANSECT_FAILED;
    return score(self, copies, to);
}

int copying_measure(struct detector *self)
{
    const struct transect_host *host = self->host;
    struct copies copies = {0};
    int status;

    /* Some models have no such matrix, but two between tokens and stream. */
    if (host->weight(self->ctx, TRANSECT_W_E, -1, -1, &copies.embed) ||
        host->weight(self->ctx, TRANSECT_W_U, -1, -1, &copies.unembed)) {
        host->say(self->ctx, "no copying scores: the model has no single "
                  "matrix between its tokens and the stream");
        return TRANSECT_OK;
    }
    if (host->weight(self->ctx, TRANSECT_LNF_GAIN, -1, -1, &copies.gain))
        copies.gain.data = NULL;
    copies_make(self, &copies);
    self->copying = host->alloc(self->ctx, self->n_heads,
                                sizeof *self->copying);
    status = join(self, &copies);
    for (size_t i = 0; i < self->n_heads && !status; i++)
        status = measure_head(self, &copies, self->heads[i],
                              &self->copying[i]);
    return status;
}
