/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* linear.c - linear maps: one matrix product, or one for each panel of a
 * stored matrix. */
#include "tensor/linear.h"

#include "tensor/bfloat16-weights.h"
#include "tensor/row-product.h"

#include <assert.h>
#include <string.h>

/* Floats of a panel. More do not help. */
#define PANEL (1 << 20)
/* Outputs of a panel are a multiple of this. On the way back, where they are
 * what is added up, so many are added to y at a time, whether they are in a
 * panel or in memory. */
#define TILE 192
/* Elements below which another thread costs more than it saves. */
#define LEAST_CONVERSION 16384

static int panel_outputs(const struct linear *linear)
{
    int n = PANEL / linear->n_in / TILE * TILE;

    n = n < TILE ? TILE : n;
    return n < linear->n_out ? n : linear->n_out;
}

size_t linear_panel(const struct linear *linear)
{
    size_t floats, of_split;

    if (linear->w || !linear->stored.tensor)
        return 0;
    floats = (size_t)panel_outputs(linear) * (size_t)linear->n_in;
    of_split = linear->split ? bfloat16_weights_panel(linear->split) : 0;
    return floats > of_split ? floats : of_split;
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

/* y = x W + b for a matrix in memory. */
static void multiply(const struct linear *linear,
                     const struct product *product, struct thread_team *team)
{
    const struct row_product all = {
        .x = product->x, .w = linear->w, .y = product->y,
        .x_stride = product->x_stride, .in_stride = linear->in_stride,
        .out_stride = linear->out_stride, .y_stride = product->y_stride,
        .rows = product->rows, .n_in = linear->n_in, .n_out = linear->n_out,
        .addend = linear->b};

    row_product_multiply(&all, row_tiles_of(0), team);
}

/* Outputs first..first+n_out-1 of a stored matrix, to be converted. */
struct conversion {
    const struct linear *linear;
    int first, n_out;
    float *panel;
};

/* A piece of the panel, in consecutive memory: of inputs if they are rows of
 * the tensor, else of outputs. */
static void convert_piece(void *of, int member, int64_t first, int64_t n)
{
    const struct conversion *job = of;
    struct linear part;

    (void)member;
    if (job->linear->stored.in_first) {
        part = linear_inputs(job->linear, (int)first, (int)n);
        linear_read(&part, job->first, job->n_out,
                    job->panel + first * job->n_out);
    } else {
        linear_read(job->linear, job->first + (int)first, (int)n,
                    job->panel + first * job->linear->n_in);
    }
}

static void convert(const struct conversion *job, struct thread_team *team)
{
    struct conversion own = *job;
    bool in_first = job->linear->stored.in_first;
    int64_t across = in_first ? job->n_out : job->linear->n_in;

    team_share(team, in_first ? job->linear->n_in : job->n_out,
               LEAST_CONVERSION / across + 1, convert_piece, &own);
}

/* The map to at most n outputs of a stored matrix, converted. */
static struct linear convert_panel(const struct linear *linear, int first,
                                   int n, float *panel,
                                   struct thread_team *team)
{
    struct linear part = *linear;
    int left = linear->n_out - first;

    part.w = panel;
    part.n_out = left < n ? left : n;
    part.in_stride = linear->stored.in_first ? part.n_out : 1;
    part.out_stride = linear->stored.in_first ? 1 : part.n_in;
    part.b = linear->b ? linear->b + first : NULL;
    convert(&(struct conversion){linear, first, part.n_out, panel}, team);
    return part;
}

void linear_apply(const struct linear *linear, const struct product *product,
                  float *panel, struct thread_team *team)
{
    struct product piece = *product;
    int step;

    if (linear->split) {
        bfloat16_weights_apply(linear->split, linear->b, product, panel, team);
        return;
    }
    if (linear->w) {
        multiply(linear, product, team);
        return;
    }
    step = panel_outputs(linear);
    for (int first = 0; first < linear->n_out; first += step) {
        struct linear part = convert_panel(linear, first, step, panel, team);

        piece.y = product->y + first;
        multiply(&part, &piece, team);
    }
}

/* y (rows, n_in) += x (rows, n_out) W^T for a matrix in memory. */
static void multiply_transposed(const struct linear *linear,
                                const struct product *product)
{
    struct row_product part = {
        .y = product->y,
        .x_stride = product->x_stride, .in_stride = linear->out_stride,
        .out_stride = linear->in_stride, .y_stride = product->y_stride,
        .rows = product->rows, .n_out = linear->n_in,
        .addend = product->y, .addend_stride = product->y_stride};

    for (int first = 0; first < linear->n_out; first += TILE) {
        int left = linear->n_out - first;

        part.x = product->x + first;
        part.w = linear->w + first * linear->out_stride;
        part.n_in = left < TILE ? left : TILE;
        row_product_multiply(&part, row_tiles_of(0), NULL);
    }
}

void linear_apply_transposed(const struct linear *linear,
                             const struct product *product, float *panel)
{
    struct linear part = *linear;
    struct product piece = *product;
    int step = linear->w ? linear->n_out : panel_outputs(linear);

    for (int64_t i = 0; i < product->rows; i++)
        memset(product->y + i * product->y_stride, 0,
               (size_t)linear->n_in * sizeof *product->y);
    for (int first = 0; first < linear->n_out; first += step) {
        piece.x = product->x + first;
        if (!linear->w)
            part = convert_panel(linear, first, step, panel, NULL);
        multiply_transposed(&part, &piece);
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
    part.split = NULL;
    part.stored.input += first;
    part.n_in = n;
    part.b = NULL;
    return part;
}

struct linear linear_outputs(const struct linear *linear, int first, int n)
{
    struct linear part = *linear;
    struct stored *s = &part.stored;

    part.n_out = n;
    part.split = NULL;
    part.b = part.b ? part.b + first : NULL;
    if (part.w)
        part.w += first * part.out_stride;
    if (!s->tensor)
        return part;
    assert(first % s->run == 0 || first % s->run + n <= s->run);
    s->first += first / s->run * s->period + first % s->run;
    if (first % s->run)
        s->run = n;
    return part;
}
