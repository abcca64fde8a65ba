/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* stages.h - a forward pass as a row of stages, and the table of them. Each
 * begins with the events of its hook points and ends where the next one's
 * tensor is made, so that a pass can go on, in buffers of its own, from the
 * beginning of any of them. */
#ifndef CORE_EXECUTOR_STAGES_H
#define CORE_EXECUTOR_STAGES_H

#include "hooks/hook-set.h"
#include "model/model.h"

/* Buffers of struct forward, besides the residual stream, which a stage or
 * one after it reads as they are when it begins. */
enum {
    STAGE_X = 1,
    STAGE_QKV = 2,
    STAGE_Z = 4,
    STAGE_OUT = 8,
    STAGE_MLP = 16,
    STAGE_GATE = 32,
    STAGE_X_BESIDE = 64 /* x, where the MLP is beside attention: it waits */
};

struct forward;

/* A row of the table: one stage of a pass, or one of each layer (layer -1:
 * it is of none). All that the program knows of stages stands there. */
struct stage {
    uint32_t points; /* 1 << TRANSECT_...: those whose events it has */
    int (*run)(struct forward *forward, int layer, struct error *err);
    unsigned reads; /* STAGE_X... */
    /* Multiply-adds of its matrix products over the span, with those that
     * the set's listeners make necessary; NULL: it has none. */
    double (*macs)(const struct config *config, const struct hook_set *set,
                   int layer, const struct span *span);
};

/* Stages of a pass, which are numbered from 0 in their order. */
int stages_count(const struct config *config);
const struct stage *stages_at(const struct config *config, int stage,
                              int *layer);
/* The first stage with an event that may be edited; stages_count() if there
 * is none. */
int stages_first_edit(const struct config *config, struct hooks *hooks);
/* Buffers that a pass needs to go on from the stage; none behind the last. */
unsigned stages_reads(const struct config *config, int stage);
/* Does the stage mix the rows of a sample: what it makes of one is of all
 * before it? */
bool stages_mixes(const struct config *config, int stage);
/* Floating-point operations of the matrix products from the stage to the end
 * of the pass, over those rows of one span that the set needs (needs.h): two
 * for each multiply-add. */
double stages_flops(const struct config *config, const struct hook_set *set,
                    int stage, const struct span *span);
/* Those of one stage, over these rows of the span. */
double stages_flops_of_one(const struct config *config,
                           const struct hook_set *set, int stage,
                           const struct span *span,
                           const struct position_span *rows);
/* Those of all its rows to the last resid_post, whoever hears them. */
double stages_flops_of_all(const struct config *config,
                           const struct span *span);

#endif
