/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mlp-trace.h - what mlp-trace knows of a variant. */
#ifndef MLP_TRACE_H
#define MLP_TRACE_H

#include "../common/carry.h"
#include "../common/magnitude.h"

#include <stdbool.h>
#include <stddef.h>

#define MAX_UNITS 100 /* of a dim */

/* On the way through an MLP, in this order. */
enum checkpoint { LN2, MLP_PRE, MLP_GATE, MLP_POST, MLP_OUT, N_CHECKPOINTS };

extern const char *const checkpoint_names[N_CHECKPOINTS];

/* Sums over samples of the statistics of a layer's checkpoint. */
struct magnitudes {
    double max, median;
    struct top best; /* the largest of all samples */
    int32_t sample;  /* the first that has it */
};

struct layer {
    struct magnitudes at[N_CHECKPOINTS];
    double *sum;       /* (F) of mlp_post over tokens and samples */
    float *low, *high; /* (F) its least and its largest value */
    int64_t n_row;     /* tokens summed up */
    /* mlp_post and mlp_out of the peak token, the one with the largest
     * magnitude in mlp_out, of all samples. */
    float *peak_post, *peak_out; /* (F), (D) */
};

struct mlp_trace {
    transect_ctx *ctx;
    const struct transect_host *host;
    bool reported[N_CHECKPOINTS];
    bool auto_dims;
    const int32_t *dims; /* as given, unless auto */
    size_t n_dims;
    int n_unit;
    const int32_t *chosen; /* (n_chosen) layers */
    size_t n_chosen;
    int32_t n_layer, d_model, d_mlp, n_sample, n_token;
    struct layer *layers;  /* (n_layer), those not chosen empty */
    float *post;           /* (n_slot, n_token, F) of the layer under way */
    float *column_max;     /* (max(D, F)) scratch */
};

extern const struct transect_state mlp_trace_state; /* in state.c */

/* The arrays of a layer that has seen nothing. False: no memory; either way
 * to be given to layer_clear(). */
bool layer_allocate(const struct mlp_trace *self, struct layer *layer);
void layer_clear(struct layer *layer);

/* Means over samples: the largest magnitude, the median; their ratio. */
double trace_max(const struct mlp_trace *self, int32_t layer, int at);
double trace_median(const struct mlp_trace *self, int32_t layer, int at);
double trace_ratio(const struct mlp_trace *self, int32_t layer, int at);

/* checkpoints.csv, and what the summary says. */
void checkpoints_write(const struct mlp_trace *self);
int findings_say(const struct mlp_trace *self,
                 const struct mlp_trace *baseline);

/* A hidden unit and what it does to a dim. */
struct unit {
    int32_t unit;
    double weight;       /* W_out[unit][dim] */
    double mean, max;    /* of mlp_post, over tokens and samples */
    double contribution; /* weight * activation of largest magnitude */
    double peak, share;  /* at the peak token: weight * activation, and its
                            part of mlp_out[dim]; NaN: there is none */
};

/* The dims of a layer: those given, or the one with the chooser's largest
 * magnitude in mlp_out, put into *one. */
const int32_t *units_dims(const struct mlp_trace *self,
                          const struct mlp_trace *chooser, int32_t layer,
                          int32_t *one, size_t *n);
/* The n_unit strongest units into a dim, by |weight|, into units (n_unit);
 * returns how many there are, or -1 after host->fail(). */
int units_strongest(const struct mlp_trace *self, int32_t layer, int32_t dim,
                    struct unit *units);
/* units.csv. */
int units_write(const struct mlp_trace *self,
                const struct mlp_trace *baseline);

/* The figures of finish(); nothing, where the host draws none. */
int figures_draw(const struct mlp_trace *self,
                 const struct mlp_trace *baseline);

#endif
