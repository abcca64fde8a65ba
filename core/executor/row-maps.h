/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* row-maps.h - what a model makes of rows without looking at others: norms,
 * projections, the unembedding. A pass is made of these, and readout is. */
#ifndef CORE_EXECUTOR_ROW_MAPS_H
#define CORE_EXECUTOR_ROW_MAPS_H

#include "model/model.h"
#include "tensor/thread-team.h"

/* Rows of a matrix, the model that maps them, and what that takes. */
struct row_maps {
    const struct model *model;
    struct thread_team *team; /* shares the work, or NULL */
    float *panel; /* of stored weights; NULL: none are */
    float *word;  /* (rows, W), where the vocabulary has a width of its own */
    int64_t rows;
};

/* y (rows, D) = norm of x (rows, D), which may be y. */
void row_maps_normalize(const struct row_maps *maps, const struct norm *norm,
                        const float *x, float *y);
/* x (rows, D), the input of a branch: the stream, normalized if the model has
 * a norm there. */
void row_maps_branch_input(const struct row_maps *maps,
                           const struct norm *norm, const float *resid,
                           float *x);
/* x (rows, D), which logits are made of: likewise. */
void row_maps_final(const struct row_maps *maps, const float *resid,
                    float *x);
/* y = x W + b, with row stride `stride`, of dense x. */
void row_maps_apply(const struct row_maps *maps, const struct linear *linear,
                    const float *x, float *y, int64_t stride);
/* Queries or keys (rows, heads * d), in place, in a model that normalizes
 * them; the norm is of all these heads. */
void row_maps_normalize_heads(const struct row_maps *maps,
                              const struct norm *norm, int heads, float *x,
                              int64_t stride);
/* What attention adds to the stream, out (rows, D), of z (rows, H * d). */
void row_maps_attention(const struct row_maps *maps, int layer,
                        const float *z, float *out);
/* What of `out` (rows, D) is added to the stream, by a branch with this norm
 * behind it. */
void row_maps_branch_output(const struct row_maps *maps,
                            const struct norm *norm, float *out);
/* logits (rows, V), of rows as row_maps_final() has them. */
void row_maps_logits(const struct row_maps *maps, const float *x,
                     float *logits);

#endif
