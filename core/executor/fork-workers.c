/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fork-workers.c - worker threads, each with the buffers of a forward pass. */
#include "executor/fork-workers.h"

#include "base/mem.h"
#include "base/process.h"
#include "sandbox/crash-report.h"
#include "tensor/thread-team.h"

#include <pthread.h>
#include <stdlib.h>

struct fork_worker {
    struct fork_workers *pool;
    struct forward *forward;
    pthread_t thread;
    work_fn *work; /* NULL: nothing to do */
    void *job;
};

struct fork_workers {
    struct fork_worker *workers;
    int n, n_threads;
    pthread_mutex_t lock;
    pthread_cond_t begun, ended; /* some work; some work, or all */
    bool leaving;
};

static void *live(void *argument)
{
    struct fork_worker *self = argument;
    struct fork_workers *pool = self->pool;

    process_fix_locale();
    crash_begin_thread();
    team_set_blas(1);
    pthread_mutex_lock(&pool->lock);
    while (!pool->leaving) {
        if (!self->work) {
            pthread_cond_wait(&pool->begun, &pool->lock);
            continue;
        }
        pthread_mutex_unlock(&pool->lock);
        self->work(self->forward, self->job);
        pthread_mutex_lock(&pool->lock);
        self->work = NULL;
        pthread_cond_signal(&pool->ended);
    }
    pthread_mutex_unlock(&pool->lock);
    crash_end_thread();
    return NULL;
}

/* As many as the system gives. */
static void start_threads(struct fork_workers *pool, int n)
{
    for (; pool->n_threads < n; pool->n_threads++) {
        struct fork_worker *worker = &pool->workers[pool->n_threads];

        if (pthread_create(&worker->thread, NULL, live, worker) != 0)
            return;
    }
}

int fork_workers_new(const struct model *model, int n, int max_rows,
                     int max_tokens, struct thread_team *team,
                     struct fork_workers **out, struct error *err)
{
    struct fork_workers *pool = mem_new(1, sizeof *pool);
    int status = ST_OK, room = n ? n : 1;

    pool->workers = mem_new((size_t)room, sizeof *pool->workers);
    for (int i = 0; i < room; i++)
        pool->workers[i].pool = pool;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->begun, NULL);
    pthread_cond_init(&pool->ended, NULL);
    start_threads(pool, n);
    pool->n = pool->n_threads ? pool->n_threads : 1;
    for (int i = 0; i < pool->n && !status; i++)
        status = forward_new(model, max_rows, max_tokens, n ? NULL : team,
                             &pool->workers[i].forward, err);
    if (status)
        fork_workers_free(pool);
    else
        *out = pool;
    return status;
}

void fork_workers_free(struct fork_workers *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->leaving = true;
    pthread_cond_broadcast(&pool->begun);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->n_threads; i++)
        pthread_join(pool->workers[i].thread, NULL);
    for (int i = 0; i < pool->n; i++)
        forward_free(pool->workers[i].forward);
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->begun);
    pthread_cond_destroy(&pool->ended);
    free(pool->workers);
    free(pool);
}

int fork_workers_size(const struct fork_workers *pool)
{
    return pool->n_threads;
}

/* Or NULL. The lock is held. */
static struct fork_worker *find_idle(struct fork_workers *pool)
{
    for (int i = 0; i < pool->n; i++)
        if (!pool->workers[i].work)
            return &pool->workers[i];
    return NULL;
}

struct fork_worker *fork_workers_idle(struct fork_workers *pool)
{
    struct fork_worker *worker;

    pthread_mutex_lock(&pool->lock);
    while (!(worker = find_idle(pool)))
        pthread_cond_wait(&pool->ended, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    return worker;
}

int fork_worker_number(const struct fork_worker *worker)
{
    return (int)(worker - worker->pool->workers);
}

struct forward *fork_worker_forward(struct fork_worker *worker)
{
    return worker->forward;
}

void fork_worker_start(struct fork_worker *worker, work_fn *work, void *job)
{
    struct fork_workers *pool = worker->pool;

    if (!pool->n_threads) {
        work(worker->forward, job);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    worker->work = work;
    worker->job = job;
    pthread_cond_broadcast(&pool->begun);
    pthread_mutex_unlock(&pool->lock);
}

static bool all_idle(const struct fork_workers *pool)
{
    for (int i = 0; i < pool->n; i++)
        if (pool->workers[i].work)
            return false;
    return true;
}

void fork_workers_wait(struct fork_workers *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (!all_idle(pool))
        pthread_cond_wait(&pool->ended, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}
