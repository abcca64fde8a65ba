/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* circuits.c - the weights of heads as TransformerLens has them by default:
 * gains of norms belong to the matrices that read what is normalized, and of
 * norms that take the mean away, so do these matrices; what is written to the
 * stream has no mean then either. */
#include "head-detector.h"

#include <transect/model.h>

/* Do norms take the mean away of all that is read from the stream? */
static bool centers(const struct detector *self)
{
    return self->model.norm_kind == TRANSECT_NORM_LAYER &&
           !(self->model.traits & TRANSECT_STREAM_NORMS);
}

/* Takes away the mean of n elements that are `step` apart. */
static void center(float *x, int64_t n, int64_t step)
{
    double mean = 0;

    for (int64_t i = 0; i < n; i++)
        mean += (double)x[i * step] / (double)n;
    for (int64_t i = 0; i < n; i++)
        x[i * step] = (float)((double)x[i * step] - mean);
}

/* Element i of a gain; 1 where there is none. */
static float gain_at(const struct transect_view *gain, int64_t i)
{
    return gain->data ? gain->data[i * gain->col_stride] : 1;
}

static struct transect_view gain_of(const struct detector *self,
                                    int32_t weight, int32_t layer)
{
    struct transect_view gain = {0};

    /* Where the stream itself is normalized, its gain is in there. */
    if ((self->model.traits & TRANSECT_STREAM_NORMS) ||
        self->host->weight(self->ctx, weight, layer, -1, &gain))
        gain.data = NULL;
    return gain;
}

static int weight_of(const struct detector *self, int32_t weight,
                     int32_t layer, int32_t head, struct transect_view *view)
{
    if (self->host->weight(self->ctx, weight, layer, head, view) ==
        TRANSECT_OK)
        return TRANSECT_OK;
    return self->host->fail(self->ctx, "a matrix of layer %d, head %d is not "
                            "there", (int)layer, (int)head);
}

int circuits_read(const struct detector *self, int32_t weight, int32_t layer,
                  int32_t head, float *out)
{
    struct transect_view w, gain = gain_of(self, TRANSECT_LN1_GAIN, layer);

    if (weight_of(self, weight, layer, head, &w))
        return TRANSECT_FAILED;
    for (int64_t i = 0; i < w.rows; i++)
        for (int64_t j = 0; j < w.cols; j++)
            out[i * w.cols + j] = gain_at(&gain, i) *
                                  w.data[i * w.row_stride + j * w.col_stride];
    for (int64_t j = 0; j < w.cols && centers(self); j++)
        center(out + j, w.rows, w.cols);
    return TRANSECT_OK;
}

int circuits_write(const struct detector *self, int32_t layer, int32_t head,
                   float *out)
{
    struct transect_view w, gain = gain_of(self, TRANSECT_ATTN_POST_GAIN,
                                           layer);

    if (weight_of(self, TRANSECT_W_O, layer, head, &w))
        return TRANSECT_FAILED;
    for (int64_t i = 0; i < w.rows; i++) {
        float *row = out + i * w.cols;

        for (int64_t j = 0; j < w.cols; j++)
            row[j] = gain_at(&gain, j) *
                     w.data[i * w.row_stride + j * w.col_stride];
        if (centers(self))
            center(row, w.cols, 1);
    }
    return TRANSECT_OK;
}

int32_t circuits_group(const struct detector *self, int32_t head)
{
    return head / (self->model.n_head / self->model.n_kv_head);
}

struct transect_view circuits_view(const float *data, size_t rows,
                                   size_t cols)
{
    return (struct transect_view){.data = data,
                                  .rows = (int64_t)rows,
                                  .cols = (int64_t)cols,
                                  .row_stride = (int64_t)cols,
                                  .col_stride = 1};
}
