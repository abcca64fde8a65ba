/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* row-kernels.c - kernels over the rows of a matrix, shared among a team. */
#include "executor/row-kernels.h"

#include <stdatomic.h>

/* A piece has this many elements at least: some ten microseconds' work. */
#define PIECE 16384
/* ... and whole vectors, whatever the width of the matrix. */
#define VECTOR 16

/* Rows of a piece, at least. */
static int64_t grain(int64_t cols)
{
    return (PIECE / cols / VECTOR + 1) * VECTOR;
}

static void norm_piece(void *of, int member, int64_t first, int64_t n)
{
    const struct rows_norm *job = of;
    const float *x = job->x + first * job->x_stride;
    float *y = job->y + first * job->y_stride;

    (void)member;
    for (int64_t at = 0; at < job->groups * job->cols; at += job->cols) {
        struct norm part = {job->norm->gain ? job->norm->gain + at : NULL,
                            job->norm->bias ? job->norm->bias + at : NULL};

        kernel_norm(job->kind, x + at, job->x_stride, n, job->cols, &part,
                    job->epsilon, y + at, job->y_stride);
    }
}

void rows_norm(struct thread_team *team, int64_t rows,
               const struct rows_norm *job)
{
    struct rows_norm own = *job;

    team_share(team, rows, grain(job->groups * job->cols), norm_piece, &own);
}

/* Of a kernel over elements. */
struct elements {
    int64_t cols;
    float *x;
    const float *y;
    float *gate;
    enum activation activation;
    _Atomic int64_t found; /* the first index, if not negative */
};

static void add_piece(void *of, int member, int64_t first, int64_t n)
{
    const struct elements *job = of;
    int64_t at = first * job->cols;

    (void)member;
    kernel_add(job->x + at, job->y + at, n * job->cols);
}

void rows_add(struct thread_team *team, int64_t rows, int64_t cols, float *x,
              const float *y)
{
    struct elements job = {.cols = cols, .x = x, .y = y};

    team_share(team, rows, grain(cols), add_piece, &job);
}

static void activate_piece(void *of, int member, int64_t first, int64_t n)
{
    const struct elements *job = of;
    int64_t at = first * job->cols;

    (void)member;
    kernel_activation(job->activation, job->x + at, n * job->cols);
}

void rows_activate(struct thread_team *team, int64_t rows, int64_t cols,
                   enum activation activation, float *x)
{
    struct elements job = {.cols = cols, .x = x, .activation = activation};

    team_share(team, rows, grain(cols), activate_piece, &job);
}

static void gate_piece(void *of, int member, int64_t first, int64_t n)
{
    const struct elements *job = of;
    int64_t at = first * job->cols, size = n * job->cols;

    (void)member;
    kernel_activation(job->activation, job->gate + at, size);
    kernel_multiply(job->x + at, job->gate + at, size);
}

void rows_gate(struct thread_team *team, int64_t rows, int64_t cols,
               enum activation activation, float *gate, float *x)
{
    struct elements job = {
        .cols = cols, .x = x, .gate = gate, .activation = activation};

    team_share(team, rows, grain(cols), gate_piece, &job);
}

static void find_piece(void *of, int member, int64_t first, int64_t n)
{
    struct elements *job = of;
    int64_t at = first * job->cols;
    int64_t here = kernel_find_nonfinite(job->y + at, n * job->cols);
    int64_t found = atomic_load(&job->found);

    (void)member;
    while (here >= 0 && (found < 0 || at + here < found))
        if (atomic_compare_exchange_weak(&job->found, &found, at + here))
            break;
}

int64_t rows_find_nonfinite(struct thread_team *team, int64_t rows,
                            int64_t cols, const float *x)
{
    struct elements job = {.cols = cols, .y = x, .found = -1};

    team_share(team, rows, grain(cols), find_piece, &job);
    return job.found;
}
