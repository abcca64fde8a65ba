/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* hook-set.h - all who hear of one forward pass: the hooks of one variant, or
 * of several whose hidden states are the same so far; and the delivery of
 * events to them. */
#ifndef CORE_HOOKS_HOOK_SET_H
#define CORE_HOOKS_HOOK_SET_H

#include "hooks/hooks.h"

/* Borrowed; hears in this order. */
struct hook_set {
    struct hooks **hooks;
    size_t n;
};

/* A tensor that a pass shows to its listeners: rows of all samples of a
 * batch, or a block of rows of one sample. All is borrowed. */
struct tensor_ref {
    int point, layer;          /* layer -1: a point outside the layers */
    int head;                  /* -1: not one of a head */
    int n_head;                /* heads side by side, `cols` columns each; 0:
                                  there are none, or it is one of a head */
    const struct batch *batch; /* NULL: a block */
    const struct span *span;   /* of a block */
    int first;                 /* position of a block's first row */
    float *data;               /* (rows, cols), or (batch rows, cols) */
    int64_t rows, cols, stride;
    const struct transect_reduction *reduced; /* data is what this makes of
                                  the tensor, for those who want just that;
                                  NULL: the tensor */
    struct reductions *reductions; /* where those of the pass are kept */
};

/* Those of the set who hear of a span. */
struct hook_set hook_set_of(const struct hook_set *set,
                            const struct span *span);
/* Does anybody listen to the point, in this layer (-1: none), at this head
 * (-1: any)? One pointer test for each of the hooks that have no listener. */
bool hook_set_wants(const struct hook_set *set, int point, int layer,
                    int head);
bool hook_set_wants_edit(const struct hook_set *set, int point, int layer,
                         int head);
/* All that listens there, if it is columns of a row block and no more than
 * `room` different ones: how many, and which. -1: more than that is wanted. */
int hook_set_wants_columns(const struct hook_set *set, int point, int layer,
                           int head, int32_t *columns, int room);
/* The first run of adjacent rows of a sample, from position `at` on, that
 * somebody wants of a point; false: there are none. */
bool hook_set_next_rows(const struct hook_set *set, int point, int layer,
                        const struct span *span, int at,
                        struct position_span *run);
/* The least run that has all rows of a sample that somebody wants of a point;
 * false: there are none. */
bool hook_set_hull(const struct hook_set *set, int point, int layer,
                   const struct span *span, struct position_span *hull);
/* May samples of one length have different ones? */
bool hook_set_rows_vary(const struct hook_set *set, int point, int layer);
/* Delivers a tensor, sample by sample: to editors, then to observers. What an
 * editor wrote is undone if its callback failed, and always where a row of
 * scores or of the pattern has keys that its query does not see. ST_FAILED: a
 * callback failed, or memory is out. */
int hook_set_emit(const struct hook_set *set, const struct tensor_ref *ref,
                  struct error *err);

#endif
