/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gemm-rate.c - how fast this machine multiplies matrices right now. */
#include "tensor/gemm-rate.h"

#include "base/mem.h"
#include "tensor/linear.h"

#include <stdlib.h>
#include <time.h>

/* A product of a block of rows: small enough that even an emulator soon has
 * one, large enough that its kernel is at full speed. */
#define ROWS 128
#define WIDTH 256
#define SECONDS 0.05

struct job {
    float *x, *w; /* (ROWS, WIDTH), (WIDTH, WIDTH) */
    float *y;     /* (threads, ROWS, WIDTH) */
    double *rates; /* (threads) */
};

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void multiply(const struct job *job, int member)
{
    const struct linear linear = {.w = job->w, .n_in = WIDTH, .n_out = WIDTH,
                                  .in_stride = WIDTH, .out_stride = 1};
    float *y = job->y + (size_t)member * ROWS * WIDTH;

    linear_apply(&linear, &(struct product){job->x, y, WIDTH, WIDTH, ROWS},
                 NULL, NULL);
}

/* The first product is not timed: memory is touched first in it. */
static void work(void *user, int member, int64_t first, int64_t n)
{
    const struct job *job = user;
    double began, elapsed, products = 0;

    (void)first;
    (void)n;
    multiply(job, member);
    began = now();
    do {
        multiply(job, member);
        products++;
        elapsed = now() - began;
    } while (elapsed < SECONDS);
    job->rates[member] = products * 2 * ROWS * WIDTH * WIDTH / elapsed;
}

double gemm_rate(int threads)
{
    struct thread_team *team = team_new(threads);
    int members = team_size(team);
    struct job job = {.x = mem_new(ROWS * WIDTH, sizeof(float)),
                      .w = mem_new(WIDTH * WIDTH, sizeof(float)),
                      .y = mem_new((size_t)members * ROWS * WIDTH,
                                   sizeof(float)),
                      .rates = mem_new((size_t)members, sizeof(double))};
    double rate = 0;

    for (int i = 0; i < ROWS * WIDTH; i++)
        job.x[i] = 1;
    for (int i = 0; i < WIDTH * WIDTH; i++)
        job.w[i] = 1;
    team_share(team, members, 1, work, &job);
    team_free(team);
    for (int i = 0; i < members; i++)
        rate += job.rates[i];
    free(job.x);
    free(job.w);
    free(job.y);
    free(job.rates);
    return rate;
}
