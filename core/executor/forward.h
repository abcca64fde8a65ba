/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* forward.h - the one executor: a forward pass over a batch, with events. */
#ifndef CORE_EXECUTOR_FORWARD_H
#define CORE_EXECUTOR_FORWARD_H

#include "executor/position-encoding.h"
#include "hooks/batch.h"
#include "hooks/hook-set.h"
#include "hooks/hook-points.h"
#include "hooks/hooks.h"
#include "model/model.h"
#include "tensor/thread-team.h"

/* Buffers for batches of at most max_rows tokens, samples of at most
 * max_tokens. Everything that no listener and no later step needs is absent
 * or reused. */
struct forward {
    const struct model *model;
    struct thread_team
        *team; /* shares its work; NULL: the calling thread alone */
    int max_rows, max_tokens;
    float *resid;    /* (rows, D) the residual stream */
    float *x;        /* (rows, D) normalized input of a branch */
    float *qkv;      /* (rows, H*d + 2*Hkv*d) queries, keys, values */
    float *z;        /* (rows, H*d) */
    float *out;      /* (rows, D) output of a branch */
    float *mlp;      /* (rows, F), where qkv was */
    float *gate;     /* (rows, F), or NULL: no gate */
    struct position_encoding positions;
    float *scores;   /* (members, FORWARD_BLOCK, tile stride) of a head */
    float *columns;  /* (H, FORWARD_COLUMNS, rows) of patterns; made when
                        somebody listens to patterns */
    float *rows;     /* (blocks, 2, FORWARD_BLOCK, row stride) of heads that
                        are heard, and patterns before an edit; made when
                        somebody listens */
    float *tops;     /* (blocks, tiles, FORWARD_BLOCK) largest scores,
                        likewise */
    float *panel;    /* of stored weights, or NULL: none are */
    float *head_out; /* 2 x (rows, D), made when somebody listens */
    float *logits;   /* (FORWARD_BLOCK, V), likewise */
    struct reductions *reducer; /* of what its listeners want reduced */
    const struct hook_set *audience; /* of the pass under way; borrowed, ... */
    const struct batch *batch;       /* ... as this is */
};

/* Rows of a T x T or T x V tensor made and delivered at a time. */
#define FORWARD_BLOCK POINT_BLOCK
/* Keys whose scores are in the cache at a time. */
#define FORWARD_TILE 512
/* Columns of a head's pattern that are made without the pattern. */
#define FORWARD_COLUMNS 4

/* Blocks that are made side by side to be heard, at most. */
#define FORWARD_HEARD 16

/* Floats from row to row of a tile and of whole rows of scores, with room
 * behind the last. */
int64_t forward_tile_stride(int max_tokens);
int64_t forward_row_stride(int max_tokens);

/* The team is borrowed. */
int forward_new(const struct model *model, int max_rows, int max_tokens,
                struct thread_team *team, struct forward **forward,
                struct error *err);
void forward_free(struct forward *forward);
/* Bytes that forward_new allocates for a team of so many, without the
 * panel. */
uint64_t forward_bytes(const struct config *config, int max_rows,
                       int max_tokens, int members);

/* Blocks that a team of so many makes side by side to be heard. */
int forward_heard(int members);
/* Bytes more, once somebody listens to scores or whole patterns, and to
 * patterns at all. */
uint64_t forward_scores_bytes(int max_tokens, int members);
uint64_t forward_columns_bytes(const struct config *config, int max_rows);

/* A pass over a batch is the stages of stages.h, from 0 on. All fail with
 * ST_FAILED: a callback did, a hidden state is not finite, memory is out. The
 * audience hears of the events; it may change between two stages, since no
 * arithmetic depends on who listens. */
void forward_begin(struct forward *forward, const struct hook_set *audience,
                   const struct batch *batch);
int forward_stage(struct forward *forward, int stage, struct error *err);
/* From `stage` to the last. */
int forward_end(struct forward *forward, int stage, struct error *err);
/* All of a pass, for one audience. */
int forward_run(struct forward *forward, struct hooks *hooks,
                const struct batch *batch, struct error *err);
/* Lets `to`, of the same sizes, go on from the beginning of `stage`, where
 * `from` is, which stays as it is. */
void forward_fork(struct forward *to, const struct forward *from,
                  const struct hook_set *audience, int stage);

/* From now on the pass is over this batch, and these hear it. */
void forward_hear(struct forward *forward, const struct hook_set *audience,
                  const struct batch *batch);
/* Makes forward->rows and tops, and what block number i has of them. */
int forward_make_rows(struct forward *forward, struct error *err);
float *forward_rows(const struct forward *forward, int i);
float *forward_tops(const struct forward *forward, int i);
int forward_make_columns(struct forward *forward, struct error *err);
/* Floats of each member's forward->scores. */
size_t forward_scores_size(const struct config *config, int max_tokens);

/* In attention.c. q, k and v from forward->x, side by side, q and k as they
 * meet: normalized and rotated; their events; scores, pattern and z, head by
 * head (attention-mix.c); the heads' outputs, whose edits reach
 * forward->out. */
void attention_project(struct forward *forward, int layer);
int attention_emit_qkv(struct forward *forward, int layer,
                       struct error *err);
int attention_mix(struct forward *forward, int layer, struct error *err);
int attention_head_outs(struct forward *forward, int layer,
                        struct error *err);

#endif
