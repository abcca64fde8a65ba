/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* blas-room.c - whether OpenBLAS gets the memory that its threads work in. */
#include "tensor/blas-room.h"

#include "base/mem.h"
#include "base/process.h"

#include <cblas.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Seconds of the processor after which those that ask for memory are taken for
 * lost. With memory it takes some milliseconds. */
#define PATIENCE 1.0

/* A thread tries; it is left alone if it does not come back. */
struct trial {
    int n; /* buffers */
    atomic_bool done;
};

static bool lacks;

#ifdef HAVE_BLAS_MEMORY_ALLOC
/* In no header of OpenBLAS, which keeps what is freed for the next. */
void *blas_memory_alloc(int);
void blas_memory_free(void *);

static void take_buffers(int n)
{
    void **buffers = mem_new((size_t)n, sizeof *buffers);

    for (int i = 0; i < n; i++)
        buffers[i] = blas_memory_alloc(0);
    for (int i = 0; i < n; i++)
        blas_memory_free(buffers[i]);
    free(buffers);
}
#else
/* One of them at least. */
static void take_buffers(int n)
{
    float one[64 * 64] = {0}, product[64 * 64];

    (void)n;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 64, 64, 64, 1, one,
                64, one, 64, 0, product, 64);
}
#endif

/* Before a fork OpenBLAS waits for its own threads, each of which takes a
 * buffer when it begins: they got theirs if it comes back. They are made
 * again when they are needed, and find their buffers there. */
static void *try(void *context)
{
    struct trial *trial = context;
    pid_t child = fork();

    if (child == 0)
        process_end(0);
    if (child > 0)
        waitpid(child, NULL, 0);
    take_buffers(trial->n);
    atomic_store(&trial->done, true);
    return NULL;
}

static double processor_seconds(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* *most: the smaller of the two limits, in bytes. */
static bool is_limited(rlim_t *most)
{
    static const int kinds[] = {RLIMIT_AS, RLIMIT_DATA};
    struct rlimit limit;

    *most = RLIM_INFINITY;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (getrlimit(kinds[i], &limit) == 0 && limit.rlim_cur < *most)
            *most = limit.rlim_cur;
    return *most != RLIM_INFINITY;
}

static int no_room(rlim_t most, struct error *err)
{
    lacks = true;
    return error_set(err, ST_FAILED, "the limit of address space or data "
                     "(ulimit -v, -d), %.0f MB, leaves OpenBLAS no room for "
                     "%d threads; raise it, or set OPENBLAS_NUM_THREADS=1 in "
                     "the environment", (double)most / 1e6,
                     openblas_get_num_threads());
}

int blas_room_check(int threads, struct error *err)
{
    static struct trial trial; /* outlives this function with the thread */
    const struct timespec pause = {.tv_nsec = 1000000};
    double until = processor_seconds() + PATIENCE;
    pthread_t thread;
    rlim_t most;

    if (!is_limited(&most))
        return ST_OK;
    trial.n = threads + openblas_get_num_threads() - 1;
    atomic_store(&trial.done, false);
    if (pthread_create(&thread, NULL, try, &trial) != 0)
        return no_room(most, err);
    while (!atomic_load(&trial.done) && processor_seconds() < until)
        nanosleep(&pause, NULL);
    if (!atomic_load(&trial.done))
        return no_room(most, err);
    pthread_join(thread, NULL);
    return ST_OK;
}

bool blas_room_lacks(void)
{
    return lacks;
}
