/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* reductions.h - what listeners want of tensors instead of the tensors, made
 * once for all of them. */
#ifndef CORE_HOOKS_REDUCTIONS_H
#define CORE_HOOKS_REDUCTIONS_H

#include <stdbool.h>
#include <transect/reduce.h>

/* For the plan that people read. */
const char *reduction_name(int kind);

/* The reductions of one forward pass, kept for the stage of their events. */
struct reductions;
struct hooks;

struct reductions *reductions_new(void);
void reductions_free(struct reductions *reductions);
/* What follows are other tensors. */
void reductions_forget(struct reductions *reductions);
/* Replaces the view of an event, which is cut down to the positions
 * from..to-1 that are wanted, by its reduction, which lives until
 * reductions_forget. Samples of one number whose hidden states differ are told
 * apart by `only` (see struct span). false: a mean, of which more blocks are
 * to come. */
bool reductions_make(struct reductions *reductions,
                     const struct transect_reduction *reduction,
                     const struct hooks *only, int from, int to,
                     struct transect_event *event);

#endif
