/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* row-maps.c - what a model makes of rows without looking at others. */
#include "executor/row-maps.h"

#include "executor/row-kernels.h"

#include <string.h>

void row_maps_normalize(const struct row_maps *maps, const struct norm *norm,
                        const float *x, float *y)
{
    const struct config *config = &maps->model->config;
    int64_t d = config->d_model;

    rows_norm(maps->team, maps->rows,
              &(struct rows_norm){.kind = config->norm,
                                  .norm = norm,
                                  .epsilon = config->norm_epsilon,
                                  .x = x,
                                  .y = y,
                                  .groups = 1,
                                  .cols = d,
                                  .x_stride = d,
                                  .y_stride = d});
}

static void copy(const struct row_maps *maps, const float *from, float *to)
{
    memcpy(to, from, (size_t)maps->rows *
                         (size_t)maps->model->config.d_model * sizeof *to);
}

void row_maps_branch_input(const struct row_maps *maps,
                           const struct norm *norm, const float *resid,
                           float *x)
{
    if (maps->model->config.bare)
        copy(maps, resid, x);
    else
        row_maps_normalize(maps, norm, resid, x);
}

void row_maps_final(const struct row_maps *maps, const float *resid, float *x)
{
    if (maps->model->config.no_final_norm)
        copy(maps, resid, x);
    else
        row_maps_normalize(maps, &maps->model->final_norm, resid, x);
}

void row_maps_apply(const struct row_maps *maps, const struct linear *linear,
                    const float *x, float *y, int64_t stride)
{
    const struct product product = {x, y, linear->n_in, stride, maps->rows};

    linear_apply(linear, &product, maps->panel, maps->team);
}

void row_maps_normalize_heads(const struct row_maps *maps,
                              const struct norm *norm, int heads, float *x,
                              int64_t stride)
{
    const struct config *config = &maps->model->config;
    bool all = config->qk_norm == QK_ALL;

    rows_norm(maps->team, maps->rows,
              &(struct rows_norm){.kind = config->norm,
                                  .norm = norm,
                                  .epsilon = config->norm_epsilon,
                                  .x = x,
                                  .y = x,
                                  .groups = all ? 1 : heads,
                                  .cols = (all ? heads : 1) * config->d_head,
                                  .x_stride = stride,
                                  .y_stride = stride});
}

void row_maps_branch_output(const struct row_maps *maps,
                            const struct norm *norm, float *out)
{
    if (maps->model->config.post_norm)
        row_maps_normalize(maps, norm, out, out);
}

void row_maps_attention(const struct row_maps *maps, int layer,
                        const float *z, float *out)
{
    const struct block *block = &maps->model->blocks[layer];

    row_maps_apply(maps, &block->o, z, out, block->o.n_out);
    row_maps_branch_output(maps, &block->attn_post, out);
}

void row_maps_logits(const struct row_maps *maps, const float *x,
                     float *logits)
{
    const struct model *model = maps->model;
    int64_t v = model->config.n_vocab;
    double cap = model->config.logit_cap;

    if (model->config.d_word) {
        row_maps_apply(maps, &model->project_out, x, maps->word,
                       model->project_out.n_out);
        x = maps->word;
    }
    row_maps_apply(maps, &model->unembed, x, logits, v);
    if (cap > 0)
        kernel_soft_cap(logits, maps->rows, v, v, (float)cap);
}
