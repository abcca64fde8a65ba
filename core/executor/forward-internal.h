/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* forward-internal.h - the buffers of a forward pass, and what its stages
 * share. */
#ifndef CORE_EXECUTOR_FORWARD_INTERNAL_H
#define CORE_EXECUTOR_FORWARD_INTERNAL_H

#include "executor/forward.h"
#include "executor/position-encoding.h"
#include "executor/row-maps.h"

/* What a member of the team makes a head's rows in, and what of its keys and
 * values it has packed: of positions low..high-1, of the heads of a group. */
struct forward_room {
    float *s;    /* (FORWARD_BLOCK, tile stride) scores of a tile */
    float *z;    /* (FORWARD_BLOCK, d to a whole panel) sums of values */
    float *k, *v; /* keys, values: see panel-product.h */
    int64_t height; /* of a panel of values, which has those of a tile */
    const struct span *span;
    int own_first; /* of that span: where keys of its own begin, which may be
                      before its first query */
    int group, low, high;
};

/* For batches of at most max_rows tokens, samples of at most max_tokens.
 * Everything that no listener and no later stage needs is absent or reused. */
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
    float *mlp;      /* (rows, F), where qkv was: what must outlive its layer
                        is copied to the span's KV store */
    float *gate;     /* (rows, F), or NULL: no gate */
    struct position_encoding positions;
    struct forward_room *rooms; /* (members) */
    float *packed;   /* (members) what they point to */
    float *columns;  /* (H, FORWARD_COLUMNS, rows) of patterns; made when
                        somebody listens to patterns */
    float *rows;     /* (blocks, 2, FORWARD_BLOCK, row stride) of heads that
                        are heard, and patterns before an edit; made when
                        somebody listens */
    float *tops;     /* (blocks, tiles, FORWARD_BLOCK) largest scores,
                        likewise */
    float *panel;    /* of stored weights, or NULL: none are */
    float *head_out; /* 2 x (rows, D), made when somebody listens */
    float *word;     /* (FORWARD_BLOCK, W) between vocabulary and stream, or
                        NULL: they have one width */
    float *logits;   /* (FORWARD_BLOCK, V), made when somebody listens */
    float *gathered; /* (FORWARD_BLOCK, D) what they are made of, likewise */
    struct reductions *reductions; /* of what its listeners want reduced */
    const struct hook_set *set;    /* of the pass under way; borrowed, ... */
    const struct hook_set *needs;  /* ... as those are for whom its rows are
                                      made; NULL: all are made */
    const struct batch *batch;     /* the pass's own */
    struct batch own;
    int32_t *tokens;               /* (max_rows) of it */
    struct span *spans;            /* (n_room) of it; ... */
    struct span *were;             /* ... where their rows were before they
                                      became fewer, the last time; ... */
    struct position_span *wanted;  /* ... and what is left of each */
    int n_room;
    const struct span *keys;       /* while queries meet keys and values that
                                      are more rows: the spans as they lie in
                                      qkv; NULL: as in the batch */
    int narrows;                   /* the next stage that needs fewer rows */
    size_t n_needs;                /* of how many hooks that is so */
    const struct hooks *broken;    /* see forward_broken() */
};

/* Blocks that are made side by side to be heard, at most. */
#define FORWARD_HEARD 16

/* Floats from row to row of a tile and of whole rows of scores, with room
 * behind the last to the end of a panel. */
int64_t forward_tile_stride(int max_tokens);
int64_t forward_row_stride(int max_tokens);
/* Blocks that a team of so many makes side by side to be heard. */
int forward_heard(int members);
/* Makes forward->rows and tops, and what block number i has of them. */
int forward_make_rows(struct forward *forward, struct error *err);
float *forward_rows(const struct forward *forward, int i);
float *forward_tops(const struct forward *forward, int i);
int forward_make_columns(struct forward *forward, struct error *err);

/* A span of the batch as it lies in qkv. */
static inline const struct span *forward_keys(const struct forward *forward,
                                              const struct span *span)
{
    return forward->keys ? &forward->keys[span - forward->spans] : span;
}

/* Leaves the batch those rows that are needed from the beginning of the stage
 * on, in all buffers that are read; but keys and values stay as they are when
 * queries are to meet them (forward->keys). ST_FAILED: one of the rows that
 * leave it is not finite, for which nobody looks afterwards. */
int forward_narrow(struct forward *forward, int stage, struct error *err);
/* The same before the first stage, when there are tokens alone. */
void forward_narrow_tokens(struct forward *forward);
/* For so many rows, with the pass's team and room. */
struct row_maps forward_maps(const struct forward *forward, int rows);
/* y (batch rows, n_out) = x (batch rows, n_in) W + b, dense. */
void forward_apply(struct forward *forward, const struct linear *linear,
                   const float *x, float *y);
/* Delivers a tensor of the pass, which is of the batch unless it has a span.
 * Status as hook_set_emit. */
int forward_emit(const struct forward *forward, struct tensor_ref ref,
                 struct error *err);
/* One of all the batch's rows, dense. */
int forward_emit_rows(const struct forward *forward, int point, int layer,
                      float *data, int64_t cols, struct error *err);
/* Heads side by side, row stride `stride`. */
int forward_emit_heads(const struct forward *forward, int point, int layer,
                       float *data, int64_t stride, struct error *err);
/* The event of a branch's input, forward->x, which a bare model does not
 * have. */
int forward_emit_input(const struct forward *forward, int point, int layer,
                       struct error *err);

/* Fails with a value of a row of the span. */
int forward_not_finite(struct forward *forward, const struct span *span,
                       int row, int dim, double value, int layer,
                       struct error *err);

/* Stages (see stages.h) around attention and MLP, in forward-stream.c. */
int forward_embed(struct forward *forward, int layer, struct error *err);
int forward_add_positions(struct forward *forward, int layer,
                          struct error *err);
int forward_begin_layer(struct forward *forward, int layer,
                        struct error *err);
int forward_add_attention(struct forward *forward, int layer,
                          struct error *err);
int forward_begin_mlp(struct forward *forward, int layer, struct error *err);
int forward_add_mlp(struct forward *forward, int layer, struct error *err);
int forward_end_layer(struct forward *forward, int layer, struct error *err);
int forward_head(struct forward *forward, int layer, struct error *err);
/* unembed.c: logits of what forward->x is in the end. */
int forward_unembed(struct forward *forward, struct error *err);
/* The residual stream of the batch's tokens, before the first stage. */
void forward_embed_tokens(struct forward *forward);

#endif
