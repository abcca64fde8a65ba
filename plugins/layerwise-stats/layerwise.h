/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* layerwise.h - what layerwise-stats knows of a variant. */
#ifndef LAYERWISE_H
#define LAYERWISE_H

#include <stdbool.h>
#include <stddef.h>
#include <transect/plugin.h>

/* The largest magnitude of all samples. */
enum best { BEST_MAGNITUDE, BEST_SAMPLE, BEST_ROW, BEST_DIM, N_BEST };

/* Sums over samples of one layer's per-sample statistics: the layer's part of
 * arrays of all layers. */
struct layer {
    double *top;     /* (n_top) */
    double *top1;    /* (n_sample) for the spread */
    double *median;  /* (1) */
    double *best;    /* (N_BEST) */
    double *dim_sum; /* (D) of the largest magnitude of a dim */
    float *dim_max;  /* (D) */
};

struct layerwise {
    transect_ctx *ctx;
    const struct transect_host *host;
    int n_top;
    bool auto_dims;
    const int32_t *dims; /* as given, unless auto */
    size_t n_dims;
    int32_t n_layer, d_model, n_sample, n_token;
    struct layer *layers;
    int32_t *heard; /* (2) attention, MLPs: some layer had an output but 0 */
};

/* Means over samples: of the i-th largest magnitude, of the median; the ratio
 * of the first of the one to the other. */
static inline double layerwise_top(const struct layerwise *self, int32_t l,
                                   int i)
{
    return self->layers[l].top[i] / self->n_sample;
}

static inline double layerwise_median(const struct layerwise *self,
                                      int32_t l)
{
    return *self->layers[l].median / self->n_sample;
}

static inline double layerwise_ratio(const struct layerwise *self, int32_t l)
{
    return layerwise_top(self, l, 0) / layerwise_median(self, l);
}

/* Population standard deviation over samples of the largest magnitude. */
double layerwise_spread(const struct layerwise *self, int32_t l);

/* Marks the dims to report (D): those given, or each that holds the largest
 * value of some layer of the chooser. The baseline chooses for all variants,
 * so that their tables can be compared. */
void layerwise_mark_dims(const struct layerwise *self,
                         const struct layerwise *chooser, bool *marked);

/* The figures of finish() and, across variants, of compare(). */
int figures_of_variant(const struct layerwise *self,
                       const struct layerwise *baseline);
int figures_compare(void *const *states, const char *const *names, size_t n);

#endif
