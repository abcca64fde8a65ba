/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* crew.h - worker threads, each with the buffers of a forward pass. */
#ifndef CORE_CREW_H
#define CORE_CREW_H

#include "executor/forward.h"

struct crew;
struct worker;

/* n workers for passes of these sizes, see forward_new; fewer, where the
 * system gives fewer threads. n = 0: one that works on the thread that starts
 * it, with the team, which is borrowed. ST_FAILED. */
int crew_new(const struct model *model, int n, int max_rows, int max_tokens,
             struct team *team, struct crew **crew, struct error *err);
/* The work must have ended. NULL is allowed. */
void crew_free(struct crew *crew);
/* Worker threads; 0: the work is done on the thread that starts it. */
int crew_size(const struct crew *crew);
/* Waits for a worker that has nothing to do. Its forward is the caller's until
 * it is started. All calls come from one thread. */
struct worker *crew_idle(struct crew *crew);
struct forward *worker_forward(struct worker *worker);
typedef void work_fn(struct forward *forward, void *job);
/* Lets it do work(its forward, job). */
void worker_start(struct worker *worker, work_fn *work, void *job);
/* Waits until all work has ended; what it wrote can then be read. */
void crew_wait(struct crew *crew);

#endif
