/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* train.h - a forward pass of variants that have forked: each boards it at
 * the stage of its first edit, with a span for each sample of the batch. */
#ifndef CORE_RUN_TRAIN_H
#define CORE_RUN_TRAIN_H

#include "plan/variant-run.h"
#include "run/train-stop.h"

/* One variant. */
struct fork {
    const struct variant_run *variant;
    int stage; /* where it leaves the shared pass; behind the last: never */
    struct error err; /* of what it does after that */
};

struct train;

struct train *train_new(const struct config *config);
void train_free(struct train *train); /* NULL is allowed */
/* None is in it any more, and none of them waits at a stop. */
void train_clear(struct train *train);
/* One that is to board with the rows that it needs of a batch of the shared
 * pass, as that is before the fork's stage. Stages do not go down from one to
 * the next. The batch is used in the call alone. */
void train_add(struct train *train, struct fork *fork,
               const struct batch *batch);
/* Takes out the one that was added last, which has no stop yet. */
void train_drop(struct train *train);
/* The forks in it, and rows of all of them. */
size_t train_forks(const struct train *train);
int64_t train_rows(const struct train *train);
struct fork *train_fork(const struct train *train, size_t i);
/* Those that have no stop yet, which are all of one stage, wait at this. */
void train_wait(struct train *train, struct train_stop *stop);
/* Begins the pass with those of the first stage; those that have no stop get
 * what they need of the shared pass, which is before that stage now. */
void train_begin(struct train *train, struct forward *forward,
                 const struct forward *shared);
/* The pass to its end; a failure is left in the fork whose it is. */
void train_run(struct forward *forward, void *train);

#endif
