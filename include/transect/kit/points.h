/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/kit/points.h - what the tensors of a hook point are shaped like,
 * and where a position is in a list.
 */
#ifndef TRANSECT_KIT_POINTS_H
#define TRANSECT_KIT_POINTS_H

#include <transect/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Is there one in each layer? */
static inline int transect_point_layered(int32_t point)
{
    return point != TRANSECT_EMBED && point != TRANSECT_POS_EMBED &&
           point != TRANSECT_LN_FINAL && point != TRANSECT_LOGITS;
}

/* Is a row as long as its token sees keys? */
static inline int transect_point_has_keys(int32_t point)
{
    return point == TRANSECT_PATTERN || point == TRANSECT_ATTN_SCORES;
}

/* Keys and values, of which several heads may share one. */
static inline int transect_point_shared(int32_t point)
{
    return point == TRANSECT_K || point == TRANSECT_V;
}

/* Of a layer, one for each head, or key/value head; 0: it has none. */
static inline int32_t
transect_point_heads(const struct transect_model *model, int32_t point)
{
    if (transect_point_shared(point))
        return model->n_kv_head;
    return point == TRANSECT_Q || point == TRANSECT_Z ||
                   point == TRANSECT_HEAD_OUT || transect_point_has_keys(point)
               ? model->n_head
               : 0;
}

/* Numbers of a row, of one head; where it has keys, of the longest sample. */
static inline int32_t
transect_point_columns(const struct transect_model *model, int32_t point)
{
    if (transect_point_has_keys(point))
        return model->n_token;
    switch (point) {
    case TRANSECT_Q:
    case TRANSECT_K:
    case TRANSECT_V:
    case TRANSECT_Z:
        return model->d_head;
    case TRANSECT_MLP_PRE:
    case TRANSECT_MLP_GATE:
    case TRANSECT_MLP_POST:
        return model->d_mlp;
    case TRANSECT_LOGITS:
        return model->n_vocab;
    default:
        return model->d_model;
    }
}

/* Which of n positions, ascending as prompts.h gives them, this one is; -1:
 * none. */
static inline int32_t transect_position_find(const int32_t *positions,
                                             int32_t n, int64_t position)
{
    int32_t low = 0, high = n;

    while (low < high) {
        int32_t middle = low + (high - low) / 2;

        if (positions[middle] < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && positions[low] == position ? low : -1;
}

#ifdef __cplusplus
}
#endif

#endif
