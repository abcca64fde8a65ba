/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fork-workers.h - worker threads, each with the buffers of a forward pass. */
#ifndef CORE_EXECUTOR_FORK_WORKERS_H
#define CORE_EXECUTOR_FORK_WORKERS_H

#include "executor/forward.h"

struct fork_workers;
struct fork_worker;

/* n workers for passes of these sizes, see forward_new; fewer, where the
 * system gives fewer threads. n = 0: one that works on the thread that starts
 * it, with the team, which is borrowed. ST_FAILED. */
int fork_workers_new(const struct model *model, int n, int max_rows,
                     int max_tokens, struct thread_team *team,
                     struct fork_workers **pool, struct error *err);
/* The work must have ended. NULL is allowed. */
void fork_workers_free(struct fork_workers *pool);
/* Worker threads; 0: the work is done on the thread that starts it. */
int fork_workers_size(const struct fork_workers *pool);
/* Waits for a worker that has nothing to do. Its forward is the caller's until
 * it is started. All calls come from one thread. */
struct fork_worker *fork_workers_idle(struct fork_workers *pool);
/* From 0 on, its place among them. */
int fork_worker_number(const struct fork_worker *worker);
struct forward *fork_worker_forward(struct fork_worker *worker);
typedef void work_fn(struct forward *forward, void *job);
/* Lets it do work(its forward, job). */
void fork_worker_start(struct fork_worker *worker, work_fn *work, void *job);
/* Waits until all work has ended; what it wrote can then be read. */
void fork_workers_wait(struct fork_workers *pool);

#endif
