/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* points.h - the hook points: names, shapes, meanings. */
#ifndef CORE_POINTS_H
#define CORE_POINTS_H

#include "model/model.h"
#include <stdbool.h>

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

#endif
