/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fork-workers.c - worker threads, each with the buffers of a forward pass. */
#include "executor/fork-workers.h"

#include "base/mem.h"
#include "sandbox/crash-report.h"
#include "tensor/thread-team.h"

#include <pthread.h>
#include <stdlib.h>

struct fork_worker {
    struct fork_workers *crew;
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
    struct fork_workers *crew = self->crew;

    crash_begin_thread();
    team_set_blas(1);
    pthread_mutex_lock(&crew->lock);
    while (!crew->leaving) {
        if (!self->work) {
            pthread_cond_wait(&crew->begun, &crew->lock);
            continue;
        }
        pthread_mutex_unlock(&crew->lock);
        self->work(self->forward, self->job);
        pthread_mutex_lock(&crew->lock);
        self->work = NULL;
        pthread_cond_signal(&crew->ended);
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

/* As many as the system gives. */
static void start_threads(struct fork_workers *crew, int n)
{
    for (; crew->n_threads < n; crew->n_threads++) {
        struct fork_worker *worker = &crew->workers[crew->n_threads];

        if (pthread_create(&worker->thread, NULL, live, worker) != 0)
            return;
    }
}

int fork_workers_new(const struct model *model, int n, int max_rows,
                     int max_tokens, struct thread_team *team,
                     struct fork_workers **out, struct error *err)
{
    struct fork_workers *crew = mem_new(1, sizeof *crew);
    int status = ST_OK, room = n ? n : 1;

    crew->workers = mem_new((size_t)room, sizeof *crew->workers);
    for (int i = 0; i < room; i++)
        crew->workers[i].crew = crew;
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->begun, NULL);
    pthread_cond_init(&crew->ended, NULL);
    start_threads(crew, n);
    crew->n = crew->n_threads ? crew->n_threads : 1;
    for (int i = 0; i < crew->n && !status; i++)
        status = forward_new(model, max_rows, max_tokens, n ? NULL : team,
                             &crew->workers[i].forward, err);
    if (status)
        fork_workers_free(crew);
    else
        *out = crew;
    return status;
}

void fork_workers_free(struct fork_workers *crew)
{
    if (!crew)
        return;
    pthread_mutex_lock(&crew->lock);
    crew->leaving = true;
    pthread_cond_broadcast(&crew->begun);
    pthread_mutex_unlock(&crew->lock);
    for (int i = 0; i < crew->n_threads; i++)
        pthread_join(crew->workers[i].thread, NULL);
    for (int i = 0; i < crew->n; i++)
        forward_free(crew->workers[i].forward);
    pthread_mutex_destroy(&crew->lock);
    pthread_cond_destroy(&crew->begun);
    pthread_cond_destroy(&crew->ended);
    free(crew->workers);
    free(crew);
}

int fork_workers_size(const struct fork_workers *crew)
{
    return crew->n_threads;
}

/* Or NULL. The lock is held. */
static struct fork_worker *find_idle(struct fork_workers *crew)
{
    for (int i = 0; i < crew->n; i++)
        if (!crew->workers[i].work)
            return &crew->workers[i];
    return NULL;
}

struct fork_worker *fork_workers_idle(struct fork_workers *crew)
{
    struct fork_worker *worker;

    pthread_mutex_lock(&crew->lock);
    while (!(worker = find_idle(crew)))
        pthread_cond_wait(&crew->ended, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
    return worker;
}

struct forward *fork_worker_forward(struct fork_worker *worker)
{
    return worker->forward;
}

void fork_worker_start(struct fork_worker *worker, work_fn *work, void *job)
{
    struct fork_workers *crew = worker->crew;

    if (!crew->n_threads) {
        work(worker->forward, job);
        return;
    }
    pthread_mutex_lock(&crew->lock);
    worker->work = work;
    worker->job = job;
    pthread_cond_broadcast(&crew->begun);
    pthread_mutex_unlock(&crew->lock);
}

static bool all_idle(const struct fork_workers *crew)
{
    for (int i = 0; i < crew->n; i++)
        if (crew->workers[i].work)
            return false;
    return true;
}

void fork_workers_wait(struct fork_workers *crew)
{
    pthread_mutex_lock(&crew->lock);
    while (!all_idle(crew))
        pthread_cond_wait(&crew->ended, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
}
