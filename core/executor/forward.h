/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* forward.h - the one executor: a forward pass over a batch, with events. */
#ifndef CORE_EXECUTOR_FORWARD_H
#define CORE_EXECUTOR_FORWARD_H

#include "hooks/batch.h"
#include "hooks/hook-points.h"
#include "hooks/hook-set.h"
#include "model/model.h"
#include "tensor/thread-team.h"

struct forward;

/* Rows of a T x T or T x V tensor made and delivered at a time. */
#define FORWARD_BLOCK POINT_BLOCK
/* Keys whose scores are in the cache at a time. */
#define FORWARD_TILE 512
/* Columns of a head's pattern that are made without the pattern. */
#define FORWARD_COLUMNS 4

/* Rows of the block that begins at a position, of rows up to `end`. Blocks end
 * at multiples of their size, wherever the rows of a pass begin: a listener's
 * events are cut alike whatever else is needed. */
static inline int forward_block(int first, int end)
{
    int rows = FORWARD_BLOCK - first % FORWARD_BLOCK;

    return end - first < rows ? end - first : rows;
}

/* Buffers for batches whose samples have at most max_rows rows together, and
 * at most max_tokens tokens each. The team is borrowed. */
int forward_new(const struct model *model, int max_rows, int max_tokens,
                struct thread_team *team, struct forward **forward,
                struct error *err);
void forward_free(struct forward *forward);
/* Bytes that forward_new allocates for a team of so many, without the
 * panel. */
uint64_t forward_bytes(const struct config *config, int max_rows,
                       int max_tokens, int members);

/* Bytes more, once somebody listens to scores or whole patterns, and to
 * patterns at all. */
uint64_t forward_scores_bytes(int max_tokens, int members);
uint64_t forward_columns_bytes(const struct config *config, int max_rows);

/* A pass over a batch is the stages of stages.h, from 0 on. All fail with
 * ST_FAILED: a callback did, a hidden state is not finite, memory is out. The
 * set hears of the events; hooks may leave it between two stages, since no
 * arithmetic depends on who listens. Of each stage those rows are made that
 * somebody of the set needs (needs.h), and none that nobody does. */
void forward_begin(struct forward *forward, const struct hook_set *set,
                   const struct batch *batch);
/* The same for a pass that is made for others than hear it, as one is from
 * which they will fork; NULL: for all rows in all stages. */
void forward_begin_for(struct forward *forward, const struct hook_set *set,
                       const struct hook_set *needs,
                       const struct batch *batch);
int forward_stage(struct forward *forward, int stage, struct error *err);
/* From `stage` to the last. Both this and forward_run return early, with
 * ST_OK, if interrupt_signal is set: a caller that goes on has to look. */
int forward_end(struct forward *forward, int stage, struct error *err);
/* All of a pass, for the hooks of one variant. */
int forward_run(struct forward *forward, struct hooks *hooks,
                const struct batch *batch, struct error *err);
/* From now on the pass is over a copy of this batch, and these hear it, for
 * whom alone it is made. What it has of the rows is for the caller to put
 * there, see stage-rows.h. */
void forward_hear(struct forward *forward, const struct hook_set *set,
                  const struct batch *batch);
/* The rows that a pass has now, which are those of its batch as far as they
 * are needed; until the next stage. */
const struct batch *forward_batch(const struct forward *forward);
/* Between two stages: adds spans, whose rows come behind those that the pass
 * has, one after the other, and which the set hears of, with the others, from
 * now on. Returns the first of these rows: what they have before the stage is
 * for the caller to put there. */
int forward_board(struct forward *forward, const struct hook_set *set,
                  const struct span *spans, int n);
/* Of a pass that has failed because a hidden state is not finite: who alone
 * hears of its span, or NULL. */
const struct hooks *forward_broken(const struct forward *forward);

#endif
