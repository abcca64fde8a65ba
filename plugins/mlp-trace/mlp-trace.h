/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mlp-trace.h - what mlp-trace knows of a variant. */
#ifndef MLP_TRACE_H
#define MLP_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <transect/reduce.h>

#define MAX_UNITS 100 /* of a dim */

/* On the way through an MLP, in this order. */
enum checkpoint { LN2, MLP_PRE, MLP_GATE, MLP_POST, MLP_OUT, N_CHECKPOINTS };

extern const char *const checkpoint_names[N_CHECKPOINTS];

/* The largest magnitude of all samples. */
enum best { BEST_MAGNITUDE, BEST_SAMPLE, BEST_ROW, BEST_UNIT, N_BEST };
#define N_PEAK 2 /* the first two of them, before the values of a peak */

/* A chosen layer's part of arrays of all of them. */
struct layer {
    double *max, *median; /* (N_CHECKPOINTS) sums over samples */
    double (*best)[N_BEST]; /* (N_CHECKPOINTS) */
    double *sum;       /* (F) of mlp_post over tokens and samples */
    float *low, *high; /* (F) its least and its largest value */
    int64_t *n_row;    /* (1) tokens summed up */
    /* Of the peak token, the one with the largest magnitude in mlp_out of all
     * samples: that and the sample, mlp_post (F) and mlp_out (D). */
    double *peak, *peak_post, *peak_out;
};

struct mlp_trace {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_reduce_host *reduces;
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
};

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

/* The figures of finish(). */
int figures_draw(const struct mlp_trace *self,
                 const struct mlp_trace *baseline);

#endif
