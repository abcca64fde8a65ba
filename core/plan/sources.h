/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sources.h - the passes whose rows instances put into those of a variant:
 * over the records' pairs, the prompts themselves, other prompts. Before a
 * batch goes through the variants, each source that is asked for has a pass
 * over the partners of the batch's samples. */
#ifndef CORE_PLAN_SOURCES_H
#define CORE_PLAN_SOURCES_H

#include "hooks/batch.h"
#include "hooks/captures.h"
#include "plan/batches.h"

struct plan;

struct source {
    struct captures *captures; /* what instances want of its pass */
    const struct samples *samples; /* that it runs; borrowed; NULL: none */
    const struct samples *prompts; /* the plan's, whose partners they are;
                                      borrowed */
    int *donors;      /* (samples of the plan) whose partners are these; NULL:
                         those of their own numbers */
    const int32_t *partner; /* (tokens of the plan's samples) positions in the
                               partner, -1: none; NULL: those of the same
                               numbers; borrowed, or what is here: */
    int32_t *aligned;
};

/* Once the plan has its samples. Sources that the input does not have refuse
 * what is asked of them. */
void sources_make(struct plan *plan);
void sources_clear(struct plan *plan);

/* "pair", "prompt", "resample". */
const char *source_name(int kind);
/* Does any variant need its pass? */
bool source_runs(const struct plan *plan, int kind);
/* Of the pass: those who hear of it; room for two. */
size_t source_hooks(const struct plan *plan, int kind, struct hooks **hooks);
/* Rows of the largest pass, and tokens of the longest sample, of the variants
 * and of all sources that run. */
int sources_rows(const struct plan *plan);
int sources_longest(const struct plan *plan);
/* Tokens of its passes. */
size_t source_tokens(const struct plan *plan, int kind);
/* Floats that its captures have at most, in any batch. */
size_t source_size(const struct plan *plan, int kind);

/* The pass of a source that goes before a batch. */
struct source_batch {
    struct batch given; /* samples with the numbers of the batch's */
    struct span *spans; /* owned, as the tokens are */
    int32_t *tokens;    /* of donors */
};

/* Room for the largest one. */
void source_batch_make(const struct plan *plan, struct source_batch *made);
/* The partners of the batch's samples; the captures forget the batch before,
 * and expect these. */
void source_batch_fill(const struct plan *plan, int kind,
                       const struct batch *batch, struct source_batch *made);
void source_batch_clear(struct source_batch *made);

#endif
