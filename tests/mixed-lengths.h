/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mixed-lengths.h - batches of samples of different lengths, in models of all
 * kinds. */
#ifndef TESTS_MIXED_LENGTHS_H
#define TESTS_MIXED_LENGTHS_H

#include "capture.h"
#include "conformance/make-model.h"

/* Samples, their rows together, and tokens of the longest, at most. */
enum { MIXED_N = 4, MIXED_ROWS = 5 + 17 + 1 + 40, MIXED_LONGEST = 40 };

/* A batch of four samples, and what its pass shows of each. */
struct mixed {
    const struct model *model;
    int32_t tokens[MIXED_ROWS];
    struct span spans[MIXED_N];
    struct batch batch;
    struct hooks *hooks;
    struct capture captures[MIXED_N];
    struct hook_owner owners[MIXED_N];
};

/* Tokens by the seed; captures listen to all points. */
void mixed_init(struct mixed *mixed, const struct model *model, unsigned seed);
void mixed_clear(struct mixed *mixed);
/* So that what is not delivered is not what was there before. */
void mixed_spoil(struct mixed *mixed);
/* That, and the pass; it must succeed. */
void mixed_run(struct mixed *mixed, struct thread_team *team);

/* Calls check for each point and layer from a stage on. */
typedef void point_fn(void *user, int point, int layer);
void mixed_each_point(const struct model *model, int stage, point_fn *check,
                      void *user);

/* Five heads, which a team of three shares unevenly. */
extern const struct model_recipe mixed_recipe;
/* Calls check after a pass over such a batch, for models of all families, and
 * for GPT-2's weights in models that see differently. */
typedef void mixed_fn(struct mixed *mixed);
void mixed_each_model(mixed_fn *check);

#endif
