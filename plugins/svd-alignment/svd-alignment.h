/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* svd-alignment.h - what svd-alignment knows of a variant. */
#ifndef SVD_ALIGNMENT_H
#define SVD_ALIGNMENT_H

#include "words.h"

#include <stdbool.h>
#include <stdint.h>
#include <transect/kit/statistics.h>
#include <transect/linalg.h>
#include <transect/plugin.h>

/* Of every column of mlp_out (C): all dims, as long as nobody knows which one
 * counts, or the one that is given. */
struct layer {
    double *values;    /* (min(F, D)) singular values of W_out */
    double *left;      /* (F) the first left singular vector */
    double *right;     /* (D) the first right one */
    /* Over tokens, x being the projection on the left vector, y a column: the
     * layer's part of arrays of all layers. */
    struct transect_moments *x; /* (1) */
    struct transect_moments *y; /* (C) */
    double *xy;        /* (C) sum of products of deviations from the means */
    float *largest;    /* (C) magnitude */
    struct transect_moments *cosines; /* (N_GROUPS) */
    int64_t *above[N_GROUPS]; /* (C) tokens beyond the threshold */
    /* Tokens for a figure. */
    int64_t *n_shown; /* (2) at even distances, extreme */
    double *shown_x; /* (N_EVEN + N_EXTREME) */
    float *shown_y;  /* (N_EVEN + N_EXTREME, C) */
};

/* Tokens kept for the figure: some at even distances, and of the others
 * those with the largest projections, which a line is drawn by. */
enum { N_EVEN = 224, N_EXTREME = 32 };

struct svd_alignment {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_linalg_host *linalg;
    int32_t dim; /* -1: auto */
    int64_t first_position, n_singular;
    double threshold;
    struct words words;
    const int32_t *chosen; /* (n_chosen) layers */
    size_t n_chosen;
    int32_t n_layer, d_model, d_mlp, n_column, n_token;
    size_t n_value;       /* min(F, D) */
    bool decomposed;      /* every chosen layer's W_out */
    int64_t n_all;        /* tokens, at most */
    int64_t stride;       /* of the tokens kept at even distances */
    struct layer *layers; /* (n_layer), those not chosen empty */
    unsigned char *groups; /* (n_slot, n_token) enum group */
    /* (n_slot, n_token) of the layer under way */
    double *projection, *cosine;
};

/* Keeps a token, one of those at even distances or not, for the figure, if it
 * belongs there. y: (C) */
void layer_show(const struct svd_alignment *self, struct layer *layer,
                bool even, double x, const float *y);

/* measure.c: the singular vectors, once; begin(), and the events of mlp_post
 * and mlp_out. */
int measure_decompose(struct svd_alignment *self);
int measure_begin(void *state, const struct transect_sample *sample);
int measure_hidden(void *state, const struct transect_event *event);
int measure_output(void *state, const struct transect_event *event);

/* A regression y = intercept + slope x. */
struct fit {
    double slope, intercept, r2;
};

struct fit fit_of(const struct layer *layer, int32_t column);
/* The dim of a layer: the one given, or the one with the chooser's largest
 * magnitude in mlp_out; and its column. */
int32_t dim_of(const struct svd_alignment *self,
               const struct svd_alignment *chooser, int32_t layer);
int32_t column_of(const struct svd_alignment *self, int32_t dim);
/* The largest magnitude of that dim in mlp_out, self choosing the dim. */
float largest_of(const struct svd_alignment *self, int32_t layer);
double trigger_rate(const struct layer *layer, enum group group,
                    int32_t column);

/* Are there words? Without a tokenizer there are none, nor in numbers. */
bool has_words(const struct svd_alignment *self);

/* tables.c: what finish() writes and says. The baseline is NULL in itself. */
void tables_write(const struct svd_alignment *self,
                  const struct svd_alignment *baseline);
void findings_say(const struct svd_alignment *self,
                  const struct svd_alignment *baseline);
/* figures.c */
int figures_draw(const struct svd_alignment *self,
                 const struct svd_alignment *baseline);

#endif
