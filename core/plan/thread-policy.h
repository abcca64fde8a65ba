/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* thread-policy.h - what the threads of a run do. Either they are a team,
 * which shares the work of one pass (thread-team.h), or they are workers, each
 * of which takes variants that have forked and computes them by itself. The
 * rule: if at least as many variants fork as there are threads, and events of
 * all plugins may come on any thread, and the buffers fit into memory, there
 * are as many workers as threads, for then plugins share them as well; else
 * there is a team. [run] workers overrules it. */
#ifndef CORE_PLAN_THREAD_POLICY_H
#define CORE_PLAN_THREAD_POLICY_H

#include "plan/plan.h"

/* Variants that need a stream of their own beside that of all the others: all
 * that edit, but the last if there is none that does not. */
int thread_policy_forks(const struct plan *plan);
/* Threads that share the work of a pass. */
int thread_policy_team(const struct plan *plan);
/* Rows of the passes of forks, which travel together as far as that leaves
 * work for all workers. */
int thread_policy_train(const struct plan *plan);
/* Forward passes that are under way at the same time. */
int thread_policy_passes(const struct plan *plan);

#endif
