/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* crew.c - worker threads, each with the buffers of a forward pass. */
#include "executor/fork-workers.h"

#include "sandbox/crash-report.h"
#include "base/alloc.h"
#include "tensor/thread-team.h"

#include <pthread.h>
#include <stdlib.h>

struct worker {
    struct crew *crew;
    struct forward *forward;
    pthread_t thread;
    work_fn *work; /* NULL: nothing to do */
    void *job;
};

struct crew {
    struct worker *workers;
    int n, n_threads;
    pthread_mutex_t lock;
    pthread_cond_t begun, ended; /* some work; some work, or all */
    bool leaving;
};

static void *live(void *argument)
{
    struct worker *self = argument;
    struct crew *crew = self->crew;

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
static void start_threads(struct crew *crew, int n)
{
    for (; crew->n_threads < n; crew->n_threads++) {
        struct worker *worker = &crew->workers[crew->n_threads];

        if (pthread_create(&worker->thread, NULL, live, worker) != 0)
            return;
    }
}

int crew_new(const struct model *model, int n, int max_rows, int max_tokens,
             struct team *team, struct crew **out, struct error *err)
{
    struct crew *crew = mem_new(1, sizeof *crew);
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
        crew_free(crew);
    else
        *out = crew;
    return status;
}

void crew_free(struct crew *crew)
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

int crew_size(const struct crew *crew)
{
    return crew->n_threads;
}

/* Or NULL. The lock is held. */
static struct worker *find_idle(struct crew *crew)
{
    for (int i = 0; i < crew->n; i++)
        if (!crew->workers[i].work)
            return &crew->workers[i];
    return NULL;
}

struct worker *crew_idle(struct crew *crew)
{
    struct worker *worker;

    pthread_mutex_lock(&crew->lock);
    while (!(worker = find_idle(crew)))
        pthread_cond_wait(&crew->ended, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
    return worker;
}

struct forward *worker_forward(struct worker *worker)
{
    return worker->forward;
}

void worker_start(struct worker *worker, work_fn *work, void *job)
{
    struct crew *crew = worker->crew;

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

static bool all_idle(const struct crew *crew)
{
    for (int i = 0; i < crew->n; i++)
        if (crew->workers[i].work)
            return false;
    return true;
}

void crew_wait(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    while (!all_idle(crew))
        pthread_cond_wait(&crew->ended, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
}
