/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* composition.c - how much of what a head writes the query, the key or the
 * value of a later one reads, by weights alone: |A B| / (|A| |B|) of
 * Frobenius norms, where A is W_V W_O of the one, and B of the other W_Q W_K^T
 * (q), W_K W_Q^T (k) or W_V W_O (v), each (D, D).
 *
 * None of these is made. A matrix (D, d) with orthonormal columns changes no
 * norm: at either end of the product only the *core* S V^T (d, d) of a matrix
 * U S V^T (D, d) is needed. What is left are products of half A, core(W_V) W_O
 * (d, D), with half B, such as W_Q core(W_K)^T (D, d). */
#include "head-detector.h"

#include <math.h>

struct composer {
    const struct detector *self;
    size_t d, width;
    double *values, *left, *right; /* of a decomposition */
    float *core;                   /* (d, d) */
    float *query, *key, *value;    /* (D, d) of a head */
    float *out;                    /* (d, D) */
    float *written; /* (n_heads d, D) halves of all A */
    float *read;    /* (H d, D) halves of B of a layer's heads, transposed */
    double *written_size, *read_size; /* (n_heads), (H) their norms */
    float *product; /* (H d, H d) */
};

/* Heads of a layer among those that are chosen. */
struct range {
    size_t first, n;
};

static struct range heads_of(const struct detector *self, int32_t layer)
{
    struct range range = {0, 0};

    while (range.first < self->n_heads &&
           self->heads[range.first].layer < layer)
        range.first++;
    while (range.first + range.n < self->n_heads &&
           self->heads[range.first + range.n].layer == layer)
        range.n++;
    return range;
}

static float *floats(const struct detector *self, size_t n)
{
    return self->host->alloc(self->ctx, n, sizeof(float));
}

static double *doubles(const struct detector *self, size_t n)
{
    return self->host->alloc(self->ctx, n, sizeof(double));
}

static struct composer composer_new(const struct detector *self)
{
    const size_t d = (size_t)self->model.d_head;
    const size_t width = (size_t)self->model.d_model;
    const size_t n = (size_t)self->model.n_head;

    return (struct composer){
        .self = self,
        .d = d,
        .width = width,
        .values = doubles(self, d),
        .left = doubles(self, width * d),
        .right = doubles(self, d * d),
        .core = floats(self, d * d),
        .query = floats(self, width * d),
        .key = floats(self, width * d),
        .value = floats(self, width * d),
        .out = floats(self, width * d),
        .written = floats(self, self->n_heads * d * width),
        .read = floats(self, n * d * width),
        .written_size = doubles(self, self->n_heads),
        .read_size = doubles(self, n),
        .product = floats(self, n * d * n * d),
    };
}

static double norm(const float *x, size_t rows, size_t cols, size_t stride)
{
    double squares = 0;

    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            squares += (double)x[i * stride + j] * (double)x[i * stride + j];
    return sqrt(squares);
}

static struct transect_view transposed(struct transect_view view)
{
    return (struct transect_view){view.data, view.cols, view.rows,
                                  view.col_stride, view.row_stride};
}

/* The core of a matrix (D, d) times another (d, D), as the half number `at`.
 * With less than d singular values the rest of the core is 0. */
static int make_half(struct composer *composer, struct transect_view end,
                     struct transect_view other, size_t at, float *halves,
                     double *sizes)
{
    const struct detector *self = composer->self;
    const size_t d = composer->d, width = composer->width;
    const size_t rank = d < width ? d : width;
    struct transect_view core = circuits_view(composer->core, d, d);
    float *half = halves + at * d * width;

    if (self->linalg->svd(self->ctx, &end, (int64_t)rank, composer->values,
                          composer->left, composer->right))
        return TRANSECT_FAILED;
    for (size_t i = 0; i < rank; i++)
        for (size_t j = 0; j < d; j++)
            composer->core[i * d + j] = (float)(composer->values[i] *
                                                composer->right[i * d + j]);
    if (self->linalg->product(self->ctx, &core, &other, half))
        return TRANSECT_FAILED;
    sizes[at] = norm(half, d, width, width);
    return TRANSECT_OK;
}

static int make_written(struct composer *composer, size_t place)
{
    const struct detector *self = composer->self;
    const struct transect_head head = self->heads[place];
    const size_t d = composer->d, width = composer->width;

    if (circuits_read(self, TRANSECT_W_V, head.layer,
                      circuits_group(self, head.head), composer->value) ||
        circuits_write(self, head.layer, head.head, composer->out))
        return TRANSECT_FAILED;
    return make_half(composer, circuits_view(composer->value, width, d),
                     circuits_view(composer->out, d, width), place,
                     composer->written, composer->written_size);
}

/* Number `at` of its layer. */
static int make_read(struct composer *composer, struct transect_head head,
                     enum path path, size_t at)
{
    const struct detector *self = composer->self;
    const size_t d = composer->d, width = composer->width;
    const int32_t group = circuits_group(self, head.head);
    struct transect_view query = circuits_view(composer->query, width, d);
    struct transect_view key = circuits_view(composer->key, width, d);
    struct transect_view value = circuits_view(composer->value, width, d);
    struct transect_view out = circuits_view(composer->out, d, width);
    const struct {
        struct transect_view end, reads;
    } ways[] = {[PATH_Q] = {key, query},
                [PATH_K] = {query, key},
                [PATH_V] = {transposed(out), value}};

    if (circuits_read(self, TRANSECT_W_Q, head.layer, head.head,
                      composer->query) ||
        circuits_read(self, TRANSECT_W_K, head.layer, group, composer->key) ||
        circuits_read(self, TRANSECT_W_V, head.layer, group,
                      composer->value) ||
        circuits_write(self, head.layer, head.head, composer->out))
        return TRANSECT_FAILED;
    return make_half(composer, ways[path].end, transposed(ways[path].reads),
                     at, composer->read, composer->read_size);
}

/* All heads of two layers, whose halves are made. */
static int compose(struct composer *composer, struct range from,
                   struct range to, enum path path, float *scores)
{
    const struct detector *self = composer->self;
    const size_t d = composer->d, width = composer->width;
    struct transect_view written = circuits_view(
        composer->written + from.first * d * width, from.n * d, width);
    struct transect_view read = transposed(
        circuits_view(composer->read, to.n * d, width));

    if (!from.n || !to.n)
        return TRANSECT_OK;
    if (self->linalg->product(self->ctx, &written, &read, composer->product))
        return TRANSECT_FAILED;
    for (size_t i = 0; i < from.n; i++)
        for (size_t j = 0; j < to.n; j++) {
            size_t pair = (from.first + i) * self->n_heads + to.first + j;
            double size = norm(composer->product + i * d * to.n * d + j * d,
                               d, d, to.n * d);

            scores[pair * N_PATHS + path] =
                (float)(size / composer->written_size[from.first + i] /
                        composer->read_size[j]);
        }
    return TRANSECT_OK;
}

static int compose_layer(struct composer *composer, int32_t layer,
                         enum path path, float *scores)
{
    const struct detector *self = composer->self;
    struct range to = heads_of(self, layer);
    int status = TRANSECT_OK;

    for (size_t i = 0; i < to.n && !status; i++)
        status = make_read(composer, self->heads[to.first + i], path, i);
    for (int32_t l = 0; l < layer && !status; l++)
        status = compose(composer, heads_of(self, l), to, path, scores);
    return status;
}

int composition_measure(struct detector *self)
{
    struct composer composer = composer_new(self);
    int status = TRANSECT_OK;

    self->composition = floats(self, self->n_heads * self->n_heads * N_PATHS);
    for (size_t i = 0; i < self->n_heads && !status; i++)
        status = make_written(&composer, i);
    for (int32_t layer = 1; layer < self->model.n_layer && !status; layer++)
        for (int path = 0; path < N_PATHS && !status; path++)
            status = compose_layer(&composer, layer, (enum path)path,
                                   self->composition);
    return status;
}
