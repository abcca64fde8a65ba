/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* pruner.h - what the parts of the pruner share. */
#ifndef PRUNER_H
#define PRUNER_H

#include <stdbool.h>
#include <stdint.h>
#include <transect/capture.h>

enum method { METHOD_ZERO, METHOD_MEAN, METHOD_RANDOM, METHOD_DATASET_MEAN,
              METHOD_RESAMPLE };
enum semantics { SEM_Z, SEM_Z_INPUT, SEM_RESULT, SEM_SLICE, SEM_Z_FOLDED };

/* What the survey saw of a head's, an attention's or an MLP's output. */
struct sums {
    double *sum; /* (cols) over all rows of all samples; NULL: not seen */
    int64_t n;   /* rows */
    float *mean; /* (cols) when all were seen */
};

struct pruner {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_capture_host *captures; /* resample */
    struct transect_model model;
    enum method method;
    enum semantics semantics;
    struct transect_head *heads; /* (n_heads) ordered by layer, head: those
                                    of the options heads and groups */
    size_t n_heads;
    int32_t *layers; /* (n_layers) those with pruned heads, ascending */
    size_t n_layers;
    const int32_t *attention, *mlps; /* layers */
    size_t n_attention, n_mlps;
    bool *pruned;   /* (L, H) */
    const float **kept; /* (L, H) of (d): what counts as zero of a head's z,
                           in layers with pruned heads; NULL: 0 */
    float **deltas; /* result: (n_slot) of (n_token, D), the layer's change
                       of attn_out so far */
    float *noise;   /* (n_token * D, or d if that is larger) scratch */
    float *mean;    /* (d) scratch */
    struct sums *sums; /* dataset-mean: (L, H + 2), by layer and part */
};

/* A writable matrix: one head, one slice, or a whole output. */
struct region {
    float *data;
    int64_t rows, cols, stride;
    /* Where its noise comes from: what distinguishes it in the layer. */
    int32_t layer, sample, part;
};

/* Parts beyond the heads 0..H-1. */
#define PART_ATTENTION(self) ((self)->model.n_head)
#define PART_MLP(self) ((self)->model.n_head + 1)

bool pruner_is_pruned(const struct pruner *self, int32_t layer,
                      int32_t head);
int pruner_survivors(const struct pruner *self, int32_t layer);

/* Fills a region: with noise if that is the method, Gaussian with the standard
 * deviation of the region itself. offset (cols) is what counts as zero, or
 * NULL. */
void pruner_fill(struct pruner *self, const struct region *region,
                 const float *offset);

/* sources.c: what takes the place comes from other samples. pruner_sources()
 * asks for it, of what `outputs` names, once for each point; mean (cols) of
 * all samples, from dataset-mean; row, of the sample that takes this one's
 * place, from resample (NULL: none has this position). */
int pruner_sources(struct pruner *self,
                   const struct transect_subscription *outputs);
int pruner_surveyed(void *state); /* in pruner.c */
void pruner_take_means(struct pruner *self);
const float *pruner_mean(const struct pruner *self, int32_t layer,
                         int32_t part);
const float *pruner_row(const struct pruner *self,
                        const struct transect_event *event, int32_t head,
                        int64_t row);

/* Event handlers, one for each semantics and for whole outputs. */
int pruner_on_z(void *state, const struct transect_event *event);
int pruner_on_head_out(void *state, const struct transect_event *event);
int pruner_on_attn_out_result(void *state,
                              const struct transect_event *event);
int pruner_on_attn_out_slices(void *state,
                              const struct transect_event *event);
int pruner_on_whole(void *state, const struct transect_event *event);

#endif
