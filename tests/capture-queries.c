/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* capture-queries.c - queries and keys in float64 from what attention reads:
 * projected, normalized and rotated as the model's configuration has it. */
#include "capture.h"

#include "base/mem.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Queries or keys: what they are made with. */
struct side {
    int point, heads;
    const struct linear *linear;
    const float *w; /* all of it, though it may be stored */
    const struct norm *norm;
};

/* All heads of one row: x W + b. */
static void project(const struct side *side, const float *x, double *y)
{
    const struct linear *linear = side->linear;

    for (int j = 0; j < linear->n_out; j++) {
        y[j] = linear->b ? (double)linear->b[j] : 0;
        for (int i = 0; i < linear->n_in; i++)
            y[j] += (double)x[i] *
                    (double)side->w[i * linear->in_stride +
                                    j * linear->out_stride];
    }
}

static void normalize(const struct config *config, const struct norm *norm,
                      int first, int n, double *y)
{
    double mean = 0, squares = 0;

    for (int j = 0; j < n && config->norm == NORM_LAYER; j++)
        mean += y[first + j] / n;
    for (int j = 0; j < n; j++)
        squares += pow(y[first + j] - mean, 2) / n;
    for (int j = first; j < first + n; j++)
        y[j] = (y[j] - mean) / sqrt(squares + config->norm_epsilon) *
                   (norm->gain ? (double)norm->gain[j] : 1) +
               (norm->bias ? (double)norm->bias[j] : 0);
}

/* A pair of dims as a complex number, turned by position times angle. */
static void rotate(const struct rope *rope, int n_token, int position,
                   double *y)
{
    float angles[ROPE_PAIRS];
    int pairs = rope->dim / 2;

    rope_angles(rope, n_token, angles);
    for (int i = 0; i < pairs; i++) {
        double angle = position * (double)angles[i];
        double *re = &y[rope->interleaved ? 2 * i : i];
        double *im = &y[rope->interleaved ? 2 * i + 1 : i + pairs];
        double a = *re, b = *im;

        *re = (a * cos(angle) - b * sin(angle)) * rope->scale;
        *im = (a * sin(angle) + b * cos(angle)) * rope->scale;
    }
}

/* One row of all heads, as attention takes them. */
static void make_row(const struct capture *c, const struct side *side,
                     int layer, int row, double *y)
{
    const struct config *config = c->config;
    const int d = config->d_head, point = config->bare ? TRANSECT_RESID_PRE
                                                       : TRANSECT_LN1;
    const struct rope *rope = config->local[layer] && config->local_rope.kind
                                  ? &config->local_rope
                                  : &config->rope;

    project(side, capture_tensor(c, point, layer, -1) +
                      row * config->d_model, y);
    if (config->qk_norm == QK_ALL)
        normalize(config, side->norm, 0, side->heads * d, y);
    for (int h = 0; h < side->heads; h++) {
        if (config->qk_norm == QK_HEAD)
            normalize(config, side->norm, h * d, d, y);
        if (rope->kind)
            rotate(rope, c->n_token, row, y + h * d);
    }
}

/* An angle is a float32 product, wrong by up to 1e-5 where it is large. */
static void check_side(const struct capture *c, const struct side *side,
                       int layer)
{
    const int d = c->config->d_head;
    double *y = mem_new((size_t)(side->heads * d), sizeof *y);
    double worst = 0;

    for (int t = 0; t < c->n_token; t++) {
        make_row(c, side, layer, t, y);
        for (int h = 0; h < side->heads; h++)
            worst = fmax(worst, capture_worst_row(
                                    capture_tensor(c, side->point, layer,
                                                   h) + t * d,
                                    y + h * d, 1, d, NULL));
    }
    if (!(worst <= 3e-5)) {
        fprintf(stderr, "# %s, layer %d: %.3g\n", c->config->model_type,
                layer, worst);
        CU_FAIL("queries or keys are not made as the model says");
    }
    free(y);
}

void capture_check_queries(const struct capture *c,
                           const struct model *model)
{
    for (int l = 0; l < c->config->n_layer; l++) {
        const struct block *block = &model->blocks[l];
        const struct side queries = {TRANSECT_Q, c->config->n_head,
                                     &block->q,
                                     model_floats(model, &block->q),
                                     &block->q_norm};
        const struct side keys = {TRANSECT_K, c->config->n_kv_head,
                                  &block->k, model_floats(model, &block->k),
                                  &block->k_norm};

        check_side(c, &queries, l);
        check_side(c, &keys, l);
    }
}
