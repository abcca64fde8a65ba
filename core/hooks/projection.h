/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* projection.h - questions of a plugin: what would a point of a layer be, were
 * these the rows that it is made of? And which of their numbers would make
 * it? */
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

/* As `pull` of transect/readout.h: for each row,
 * sum_j u[j] made[j] = constant + sum_k out[k] x[k]. */
struct pull {
    int point, layer;
    int64_t n; /* rows; 0: is there an answer at all? */
    const float *x, *u; /* (n, what it is made of), (n, what is made) */
    float *out;         /* (n, what it is made of) */
    double *constant;   /* (n), or NULL */
};

/* Weights of tokens' logits, before a cap, as weights of a row of ln_final. */
struct unembedding {
    const int32_t *tokens;
    const double *weights;
    size_t n_tokens;
    float *out; /* (D) */
    double *constant;
};

/* Logits of these tokens alone. */
struct token_logits {
    int64_t n;
    const float *x; /* (n, D) of the last resid_post */
    const int32_t *tokens;
    size_t n_tokens;
    float *out; /* (n, n_tokens) */
};

/* Who answers; statuses and threads as of project_fn. */
struct readout_functions {
    project_fn *project;
    int (*pull)(const struct model *model, const struct pull *asked,
                struct error *err);
    int (*unembed)(const struct model *model, const struct unembedding *asked,
                   struct error *err);
    int (*logits)(const struct model *model, const struct token_logits *asked,
                  struct error *err);
};

#endif
