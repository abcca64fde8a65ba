/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* pruner.h - what the parts of the pruner share. */
#ifndef PRUNER_H
#define PRUNER_H

#include <stdbool.h>
#include <stdint.h>
#include <transect/plugin.h>

enum method { METHOD_ZERO, METHOD_MEAN, METHOD_RANDOM };
enum semantics { SEM_Z, SEM_Z_INPUT, SEM_RESULT, SEM_SLICE, SEM_Z_FOLDED };

struct pruner {
    transect_ctx *ctx;
    const struct transect_host *host;
    struct transect_model model;
    enum method method;
    enum semantics semantics;
    struct transect_head *heads; /* (n_heads) ordered by layer, head: those
                                    of the options heads and groups */
    size_t n_heads;
    const int32_t *attention, *mlps; /* layers */
    size_t n_attention, n_mlps;
    bool *pruned;   /* (L, H) */
    const float **kept; /* (L, H) of (d): what counts as zero of a head's z,
                           in layers with pruned heads; NULL: 0 */
    float **deltas; /* result: (n_slot) of (n_token, D), the layer's change
                       of attn_out so far */
    float *noise;   /* (n_token * D, or d if that is larger) scratch */
    float *mean;    /* (d) scratch */
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

/* Fills a region by `method` zero or random. Noise is Gaussian with the
 * standard deviation of the region itself. offset (cols) is what counts as
 * zero, or NULL. */
void pruner_fill(struct pruner *self, const struct region *region,
                 const float *offset);

/* Event handlers, one for each semantics and for whole outputs. */
int pruner_on_z(void *state, const struct transect_event *event);
int pruner_on_head_out(void *state, const struct transect_event *event);
int pruner_on_attn_out_result(void *state,
                              const struct transect_event *event);
int pruner_on_attn_out_slices(void *state,
                              const struct transect_event *event);
int pruner_on_whole(void *state, const struct transect_event *event);

#endif
