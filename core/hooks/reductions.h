/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* reduce.h - what listeners want of tensors instead of the tensors, made once
 * for all of them. */
#ifndef CORE_REDUCE_H
#define CORE_REDUCE_H

#include <stdbool.h>
#include <transect/reduce.h>

/* For the plan that people read. */
const char *reduction_name(int kind);

/* The reductions of one forward pass, kept for the stage of their events. */
struct reducer;

struct reducer *reducer_new(void);
void reducer_free(struct reducer *reducer);
/* What follows are other tensors. */
void reducer_forget(struct reducer *reducer);
/* Replaces the view of an event, which is cut down to the positions
 * from..to-1 that are wanted, by its reduction. That lives until
 * reducer_forget. false: a mean, of
 * which more blocks are to come. */
bool reducer_reduce(struct reducer *reducer,
                    const struct transect_reduction *reduction, int from,
                    int to, struct transect_event *event);

#endif
