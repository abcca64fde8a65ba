/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* attention-core.h - scores, pattern and z of one head of one sample, in
 * blocks of rows and in tiles of keys. */
#ifndef CORE_EXECUTOR_ATTENTION_CORE_H
#define CORE_EXECUTOR_ATTENTION_CORE_H

#include "executor/forward-internal.h"
#include "executor/kernels.h"

/* Keys and values of neighbouring positions, row stride `stride`. */
struct kv_rows {
    const float *k, *v; /* (positions, d) */
    int64_t stride;
};

/* One head of one sample: where its rows begin and how they lie. Queries are
 * those of the span; keys and values are of more rows where the pass narrows
 * (forward->keys), and before the first of those they are of another pass. */
struct head {
    int layer, index, group; /* of heads that share keys and values */
    const struct span *span;
    const float *q; /* (n_token, d), row stride q_stride */
    struct kv_rows before, own; /* from position 0, from own_first */
    int own_first;
    float *z;                   /* (n_token, d), row stride z_stride */
    int64_t q_stride, z_stride;
    float scale;
    int window;         /* keys that a query sees; 0: all before it */
    const float *alibi; /* biases by key, or NULL */
    bool scores;        /* somebody listens to them */
    int n_columns;      /* of the pattern that listeners want; -1: all */
    int32_t columns[FORWARD_COLUMNS];
    float *kept;        /* (n_columns, max_rows), this sample's rows */
};

/* Rows row..row+rows-1 of a head's span, which are the queries at positions
 * first..first+rows-1; and keys low..keys-1, which are those that one of them
 * sees. Scores of key j are in column j - origin. */
struct row_block {
    const struct head *head;
    int row, first, rows, low, keys;
    float *s;
    int64_t stride, origin;
    struct forward_room *room; /* of the member that makes it */
    float *tops; /* (tiles, FORWARD_BLOCK) largest scores, if s is kept */
    struct softmax_row softmax[FORWARD_BLOCK];
};

struct head attention_head(const struct forward *forward, int layer,
                           const struct span *span, int index);
/* Has no room for scores yet. The head is borrowed. */
struct row_block attention_block(const struct head *head, int row);

/* z of a block, and the columns of its pattern that are wanted, a tile at a
 * time in the room of a member of the team, which is not kept. */
void attention_stream(const struct forward *forward, struct row_block *block,
                      int member);
/* Where rows from `row` on of column number c are then. */
float *attention_column(const struct forward *forward,
                        const struct head *head, int c, int row);
/* All scores of a block, masked, side by side in block->s. */
void attention_scores(const struct forward *forward, struct row_block *block);
/* z as attention_stream makes it, of the same tiles, which stay side by side;
 * made here, unless the head's scores are heard, which are there already. */
void attention_keep(const struct forward *forward, struct row_block *block,
                    int member);
/* Makes what attention_keep left the pattern. */
void attention_normalize(const struct row_block *block);
/* z of the rows whose pattern is not as it was before. */
void attention_mix_edited(const struct forward *forward,
                          struct row_block *block, const float *before);

#endif
