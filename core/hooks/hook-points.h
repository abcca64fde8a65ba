/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* hook-points.h - the hook points: names, shapes, meanings. */
#ifndef CORE_HOOKS_HOOK_POINTS_H
#define CORE_HOOKS_HOOK_POINTS_H

#include "model/model.h"
#include <stdbool.h>
#include <stddef.h>

enum point_width { WIDTH_MODEL, WIDTH_HEAD, WIDTH_MLP, WIDTH_VOCAB,
                   WIDTH_KEYS };

struct point_info {
    const char *name;
    enum point_width width; /* of a row */
    bool layered;           /* once a block; else once a pass */
    bool per_head, per_kv_head;
    const char *meaning;
};

const struct point_info *point_info(int point); /* 0..TRANSECT_N_POINTS-1 */
const char *point_name(int point);
int point_heads(int point, const struct config *config); /* 0: not per head */
/* Columns of a row; n_token for WIDTH_KEYS. */
int point_columns(int point, const struct config *config, int n_token);

/* Rows of a T x T or T x V tensor that an event has at most. */
#define POINT_BLOCK 128
/* Bytes of the largest view that an event of samples of up to n_token tokens
 * can have. */
size_t point_view_bytes(const struct config *config, int n_token);

#endif
