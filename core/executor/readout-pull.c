/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* readout-pull.c - the way back: what a weighting of a point's numbers is as a
 * weighting of those that it is made of, with the scales of norms held. */
#include "executor/readout.h"

#include "base/mem.h"
#include "executor/forward.h"
#include "executor/row-maps.h"
#include "hooks/hook-points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a point is made by: a map, then a norm, each if there is one. */
struct way {
    const struct pull *asked;
    struct row_maps maps;
    const struct linear *linear; /* or NULL */
    const struct norm *norm;     /* or NULL */
    float *y; /* (rows, D) the map's output, if there is a norm behind it */
    float *v; /* (rows, D) a weighting of y */
};

static int check(const struct model *model, const struct pull *asked,
                 struct error *err)
{
    int layers = model->config.n_layer;
    bool layered = true;

    switch (asked->point) {
    case TRANSECT_ATTN_OUT:
    case TRANSECT_MLP_OUT:
    case TRANSECT_RESID_MID:
    case TRANSECT_RESID_POST:
        break;
    case TRANSECT_RESID_PRE:
        layers = 1; /* of others it is the resid_post before */
        break;
    case TRANSECT_LN_FINAL:
        layered = false;
        break;
    default:
        return error_set(err, ST_USAGE, "no way back from %s: it is made of "
                         "more than one row, or of none that is told of",
                         point_name(asked->point));
    }
    if (layered ? asked->layer < 0 || asked->layer >= layers
                : asked->layer != -1)
        return error_set(err, ST_USAGE, "no way back from %s: there is no "
                         "layer %d of it", point_name(asked->point),
                         asked->layer);
    if (asked->n < 0)
        return error_set(err, ST_USAGE, "no way back from %s: %d rows",
                         point_name(asked->point), (int)asked->n);
    return ST_OK;
}

static void choose(struct way *way)
{
    const struct model *model = way->maps.model;
    const struct config *config = &model->config;
    const struct block *block = &model->blocks[0];
    int point = way->asked->point;

    if (way->asked->layer > 0)
        block += way->asked->layer;
    if (point == TRANSECT_LN_FINAL && !config->no_final_norm)
        way->norm = &model->final_norm;
    if (point == TRANSECT_ATTN_OUT || point == TRANSECT_RESID_MID)
        way->norm = &block->attn_post;
    if (point == TRANSECT_MLP_OUT || point == TRANSECT_RESID_POST)
        way->norm = &block->mlp_post;
    if (point == TRANSECT_ATTN_OUT)
        way->linear = &block->o;
    if (point == TRANSECT_MLP_OUT)
        way->linear = &block->mlp.out;
    if (point != TRANSECT_LN_FINAL &&
        !(way->linear ? config->post_norm : config->stream_norm))
        way->norm = NULL;
}

static int make_room(struct way *way, struct error *err)
{
    size_t rows = FORWARD_BLOCK, d = (size_t)way->maps.model->config.d_model;
    size_t panel = way->linear ? linear_panel(way->linear) : 0;

    if (way->asked->n < FORWARD_BLOCK)
        rows = (size_t)way->asked->n;
    if ((way->linear && way->norm &&
         (!(way->y = mem_tensor(rows, d, err)) ||
          !(way->v = mem_tensor(rows, d, err)))) ||
        (panel && !(way->maps.panel = mem_tensor(panel, 1, err))))
        return err->status;
    return ST_OK;
}

/* 1 / sqrt(variance + epsilon), or of the mean square. */
static double scale_of(const struct config *config, const float *x)
{
    double mean = 0, squares = 0;
    int d = config->d_model;

    for (int j = 0; config->norm == NORM_LAYER && j < d; j++)
        mean += (double)x[j] / d;
    for (int j = 0; j < d; j++)
        squares += ((double)x[j] - mean) * ((double)x[j] - mean);
    return 1 / sqrt(squares / d + config->norm_epsilon);
}

/* Of y = (x - mean) scale gain + bias, of which RMS has no mean: out is u
 * scale gain, less its own mean, as that of x is a sum over x. Returns what
 * of u y is the bias'. */
static double pull_norm(const struct config *config, const struct norm *norm,
                        const float *x, const float *u, float *out)
{
    double scale = scale_of(config, x), mean = 0, constant = 0;
    int d = config->d_model;

    for (int j = 0; j < d; j++) {
        double v = (double)u[j] * scale;

        if (norm->gain)
            v *= (double)norm->gain[j];
        if (norm->bias)
            constant += (double)u[j] * (double)norm->bias[j];
        mean += v / d;
        out[j] = (float)v;
    }
    for (int j = 0; config->norm == NORM_LAYER && j < d; j++)
        out[j] = (float)((double)out[j] - mean);
    return constant;
}

/* Likewise, of rows. */
static void pull_norms(const struct way *way, const float *x, const float *u,
                       float *out, double *constant)
{
    const struct config *config = &way->maps.model->config;
    int64_t d = config->d_model;

    for (int64_t i = 0; i < way->maps.rows; i++)
        constant[i] += pull_norm(config, way->norm, x + i * d, u + i * d,
                                 out + i * d);
}

/* Of y = x W + b: out = u W^T, and u b. */
static void pull_linear(const struct way *way, const float *u, float *out,
                        double *constant)
{
    const struct linear *linear = way->linear;
    int64_t d = linear->n_out;
    const struct product product = {u, out, d, linear->n_in, way->maps.rows};

    linear_apply_transposed(linear, &product, way->maps.panel);
    for (int64_t i = 0; linear->b && i < way->maps.rows; i++)
        for (int64_t j = 0; j < d; j++)
            constant[i] += (double)u[i * d + j] * (double)linear->b[j];
}

/* Rows of the block from `at` on. */
static void pull_rows(const struct way *way, int64_t at)
{
    int64_t d = way->maps.model->config.d_model;
    int64_t width = way->linear ? way->linear->n_in : d;
    const float *x = way->asked->x + at * width;
    const float *u = way->asked->u + at * d;
    float *out = way->asked->out + at * width;
    double constant[FORWARD_BLOCK] = {0};

    if (way->linear && way->norm) {
        row_maps_apply(&way->maps, way->linear, x, way->y, d);
        pull_norms(way, way->y, u, way->v, constant);
        u = way->v;
    } else if (way->norm) {
        pull_norms(way, x, u, out, constant);
    } else if (!way->linear) {
        memcpy(out, u, (size_t)(way->maps.rows * d) * sizeof *out);
    }
    if (way->linear)
        pull_linear(way, u, out, constant);
    for (int64_t i = 0; way->asked->constant && i < way->maps.rows; i++)
        way->asked->constant[at + i] = constant[i];
}

int readout_pull(const struct model *model, const struct pull *asked,
                 struct error *err)
{
    struct way way = {.asked = asked, .maps = {.model = model}};
    int status = check(model, asked, err);

    if (status || !asked->n)
        return status;
    choose(&way);
    status = make_room(&way, err);
    for (int64_t at = 0; at < asked->n && !status; at += FORWARD_BLOCK) {
        way.maps.rows = asked->n - at;
        if (way.maps.rows > FORWARD_BLOCK)
            way.maps.rows = FORWARD_BLOCK;
        pull_rows(&way, at);
    }
    free(way.y);
    free(way.v);
    free(way.maps.panel);
    return status;
}
