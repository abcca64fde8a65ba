/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* thread-team.c - threads that share the work of one forward pass. */
#include "tensor/thread-team.h"

#include "base/mem.h"
#include "sandbox/crash-report.h"

#include <cblas.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

/* Polls before a thread sleeps, about 10 us: the next job, or the end of this
 * one, mostly comes sooner, and waking takes as long. */
#define LOOKS 64

struct member {
    struct thread_team *team;
    pthread_t thread;
    int index;
};

struct thread_team {
    struct member *members; /* (n); number 0 is the thread that made them */
    int n;
    int blas_threads; /* to be set again */
    team_fn *work;
    void *job;
    int64_t total, piece;
    atomic_uint turn; /* counts jobs */
    atomic_int busy;  /* members that have not ended the job */
    atomic_bool leaving;
    pthread_mutex_t lock;
    pthread_cond_t begun, ended;
};

void team_set_blas(int n)
{
    if (openblas_get_parallel() == OPENBLAS_OPENMP ||
        openblas_get_num_threads() != n)
        openblas_set_num_threads(n);
}

static void do_piece(struct thread_team *team, int member)
{
    int64_t first = member * team->piece, left = team->total - first;

    if (left > 0)
        team->work(team->job, member, first,
                   left < team->piece ? left : team->piece);
}

/* Waits until `turn` is not `seen`; returns it. */
static unsigned next_turn(struct thread_team *team, unsigned seen)
{
    for (int i = 0; i < LOOKS && atomic_load(&team->turn) == seen; i++)
        sched_yield();
    pthread_mutex_lock(&team->lock);
    while (atomic_load(&team->turn) == seen)
        pthread_cond_wait(&team->begun, &team->lock);
    pthread_mutex_unlock(&team->lock);
    return atomic_load(&team->turn);
}

static void *live(void *argument)
{
    struct member *self = argument;
    struct thread_team *team = self->team;
    unsigned turn = 0;

    crash_begin_thread();
    team_set_blas(1);
    while (turn = next_turn(team, turn), !atomic_load(&team->leaving)) {
        do_piece(team, self->index);
        pthread_mutex_lock(&team->lock);
        if (atomic_fetch_sub(&team->busy, 1) == 1)
            pthread_cond_signal(&team->ended);
        pthread_mutex_unlock(&team->lock);
    }
    crash_end_thread();
    return NULL;
}

struct thread_team *team_new(int n)
{
    struct thread_team *team = mem_new(1, sizeof *team);

    team->blas_threads = openblas_get_num_threads();
    team_set_blas(1);
    team->members = mem_new((size_t)n, sizeof *team->members);
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->begun, NULL);
    pthread_cond_init(&team->ended, NULL);
    for (team->n = 1; team->n < n; team->n++) {
        struct member *member = &team->members[team->n];

        *member = (struct member){.team = team, .index = team->n};
        if (pthread_create(&member->thread, NULL, live, member) != 0)
            break;
    }
    return team;
}

/* Publishes the job and wakes the members that sleep. */
static void begin_turn(struct thread_team *team)
{
    pthread_mutex_lock(&team->lock);
    atomic_fetch_add(&team->turn, 1);
    pthread_cond_broadcast(&team->begun);
    pthread_mutex_unlock(&team->lock);
}

void team_free(struct thread_team *team)
{
    if (!team)
        return;
    atomic_store(&team->leaving, true);
    begin_turn(team);
    for (int i = 1; i < team->n; i++)
        pthread_join(team->members[i].thread, NULL);
    team_set_blas(team->blas_threads);
    pthread_mutex_destroy(&team->lock);
    pthread_cond_destroy(&team->begun);
    pthread_cond_destroy(&team->ended);
    free(team->members);
    free(team);
}

int team_size(const struct thread_team *team)
{
    return team ? team->n : 1;
}

static void await_others(struct thread_team *team)
{
    for (int i = 0; i < LOOKS && atomic_load(&team->busy) > 0; i++)
        sched_yield();
    pthread_mutex_lock(&team->lock);
    while (atomic_load(&team->busy) > 0)
        pthread_cond_wait(&team->ended, &team->lock);
    pthread_mutex_unlock(&team->lock);
}

void team_share(struct thread_team *team, int64_t total, int64_t grain,
                team_fn *work, void *job)
{
    int64_t grains = (total + grain - 1) / grain;

    if (team_size(team) == 1 || grains < 2) {
        if (total > 0)
            work(job, 0, 0, total);
        return;
    }
    team->work = work;
    team->job = job;
    team->total = total;
    team->piece = (grains + team->n - 1) / team->n * grain;
    atomic_store(&team->busy, team->n - 1);
    begin_turn(team);
    do_piece(team, 0);
    await_others(team);
}
