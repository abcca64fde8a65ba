/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* batches.h - which samples share a forward pass. */
#ifndef CORE_PLAN_BATCHES_H
#define CORE_PLAN_BATCHES_H

#include "hooks/batch.h"
#include "plan/samples.h"

/* Samples first..first+n-1, in one pass. */
struct sample_batch {
    int first, n;
    int n_token; /* of all of them */
};

/* A cut of all samples, in their order. */
struct batches {
    struct sample_batch *list;
    size_t n;
    int max_tokens; /* of one batch: the rows of a pass */
    int max_samples; /* of one batch */
};

/* Samples are taken into a batch as long as they have at most `tokens` tokens
 * together and are at most max_samples in number; one that is longer is a
 * batch of its own. Frees what *batches held. */
void batches_make(const struct samples *samples, int tokens, int max_samples,
                  struct batches *batches);
void batches_clear(struct batches *batches);

/* What of batch `number` lies in the samples first..end-1, as the executor
 * takes it; `spans` has room for its samples. False: nothing. */
bool batches_pass(const struct batches *batches, size_t number,
                  const struct samples *samples, struct sample_range range,
                  struct span *spans, struct batch *pass);
/* Batches that have samples of the range. */
size_t batches_count(const struct batches *batches, struct sample_range range);

#endif
