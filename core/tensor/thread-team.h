/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* thread-team.h - threads that share the work of one forward pass. What its
 * listeners ask of BLAS is computed by the thread that asks: BLAS' own threads
 * would, between two products, keep the cores from the team. */
#ifndef CORE_TENSOR_THREAD_TEAM_H
#define CORE_TENSOR_THREAD_TEAM_H

#include <stdint.h>

struct thread_team;

/* Sets BLAS' number of threads, if it is not n: in a forked process the call
 * would first start all threads that BLAS had in the parent. With OpenMP the
 * number belongs to the calling thread. */
void team_set_blas(int n);
/* n threads, of which the calling one is the first; BLAS has one thread until
 * team_free. Where the system gives fewer, the team is smaller. */
struct thread_team *team_new(int n);
/* NULL is allowed. */
void team_free(struct thread_team *team);
/* 1 for NULL, which is the calling thread alone. */
int team_size(const struct thread_team *team);
/* Items first..first+n-1 of a job, for member 0..team_size-1. */
typedef void team_fn(void *job, int member, int64_t first, int64_t n);
/* Calls work on pieces of 0..total-1 in parallel, at most one a member; all
 * but the last have a multiple of `grain` items, at least one. Returns when
 * all are done. Only from the thread that made the team. */
void team_share(struct thread_team *team, int64_t total, int64_t grain,
                team_fn *work, void *job);

#endif
