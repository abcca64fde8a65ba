/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* linear.c - linear maps: one matrix product, or one for each panel. */
#include "linear.h"

#include <cblas.h>
#include <string.h>

/* Floats of a panel. Fewer would cost more, because each product packs x
 * anew; more do not help. */
#define PANEL (1 << 20)
/* Outputs of a panel are a multiple of this, so that the edges of BLAS' tiles,
 * and with them the order of additions, are where they are without panels:
 * always with most of OpenBLAS' kernels, nearly always with all. */
#define TILE 192

static int panel_outputs(const struct linear *linear)
{
    int n = PANEL / linear->n_in / TILE * TILE;

    n = n < TILE ? TILE : n;
    return n < linear->n_out ? n : linear->n_out;
}

size_t linear_panel(const struct linear *linear)
{
    if (linear->w || !linear->stored.tensor)
        return 0;
    return (size_t)panel_outputs(linear) * (size_t)linear->n_in;
}

void linear_read(const struct linear *linear, int first, int n, float *out)
{
    const struct stored *s = &linear->stored;
    int64_t count, n_in = linear->n_in;

    for (int64_t done = 0; done < n; done += count) {
        int64_t from = first + done, left = s->run - from % s->run;
        int64_t place = s->first + from / s->run * s->period + from % s->run;

        count = left < n - done ? left : n - done;
        if (s->in_first)
            for (int64_t i = 0; i < n_in; i++)
                tensor_read_row(s->tensor, s->input + i, place, count,
                                out + i * n + done);
        else
            for (int64_t j = 0; j < count; j++)
                tensor_read_row(s->tensor, place + j, s->input, n_in,
                                out + (done + j) * n_in);
    }
}

/* y += x W, or y = x W if there is no bias in y. */
static void multiply(const struct linear *linear, const float *x,
                     int64_t x_stride, int64_t rows, float *y,
                     int64_t y_stride)
{
    /* A matrix one wide has both strides 1; only one of them is BLAS's. */
    bool plain = linear->out_stride == 1 &&
                 linear->in_stride >= linear->n_out;
    int64_t w_stride = plain ? linear->in_stride : linear->out_stride;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, plain ? CblasNoTrans : CblasTrans,
                (int)rows, linear->n_out, linear->n_in, 1.0f, x,
                (int)x_stride, linear->w, (int)w_stride,
                linear->b ? 1.0f : 0.0f, y, (int)y_stride);
}

void linear_apply(const struct linear *linear, const float *x,
                  int64_t x_stride, int64_t rows, float *y, int64_t y_stride,
                  float *panel)
{
    struct linear part = *linear;
    int step;

    for (int64_t i = 0; linear->b && i < rows; i++)
        memcpy(y + i * y_stride, linear->b,
               (size_t)linear->n_out * sizeof *y);
    if (linear->w) {
        multiply(linear, x, x_stride, rows, y, y_stride);
        return;
    }
    step = panel_outputs(linear);
    part.w = panel;
    for (int first = 0; first < linear->n_out; first += step) {
        int left = linear->n_out - first;

        part.n_out = left < step ? left : step;
        part.in_stride = linear->stored.in_first ? part.n_out : 1;
        part.out_stride = linear->stored.in_first ? 1 : part.n_in;
        linear_read(linear, first, part.n_out, panel);
        multiply(&part, x, x_stride, rows, y + first, y_stride);
    }
}

bool linear_join(const struct linear *a, const struct linear *b,
                 struct linear *both)
{
    const float *next_bias = a->b ? a->b + a->n_out : NULL;

    if (!a->w || a->n_in != b->n_in || a->in_stride != b->in_stride ||
        a->out_stride != b->out_stride || b->b != next_bias ||
        b->w != a->w + a->n_out * a->out_stride)
        return false;
    *both = *a;
    both->n_out += b->n_out;
    return true;
}

struct linear linear_inputs(const struct linear *linear, int first, int n)
{
    struct linear part = *linear;

    if (part.w)
        part.w += first * part.in_stride;
    part.stored.input += first;
    part.n_in = n;
    part.b = NULL;
    return part;
}
