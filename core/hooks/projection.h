/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* projection.h - a question of a plugin: what would a point of a layer be,
 * were these the rows that it is made of? */
#ifndef CORE_HOOKS_PROJECTION_H
#define CORE_HOOKS_PROJECTION_H

#include "base/error.h"
#include "model/model.h"

/* Of ln1, q, k and v: rows of the layer's resid_pre; of attn_out: of its z,
 * all heads side by side; of ln2: of its resid_mid, or, where attention and
 * MLP are side by side, of its resid_pre; of ln_final and logits: of the last
 * resid_post. */
struct projection {
    int point, layer, head; /* -1: it has none */
    int first;   /* position of the first row */
    int longest; /* tokens of the longest sample that there is */
    int64_t n;   /* rows; 0: is there an answer at all? */
    const float *x; /* (n, D), of attn_out (n, H * d) */
    float *out;     /* (n, columns of the point) */
};

/* ST_USAGE: there is no answer; ST_FAILED: memory is out. Any thread. */
typedef int project_fn(const struct model *model,
                       const struct projection *projection,
                       struct error *err);

#endif
