/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* gemm-split.c - tries where a product can be split, and what its rows depend
 * on, on one whose sums are
 * longer than the blocks of OpenBLAS' kernels for x86-64 and whose sizes are
 * multiples of no tile. */
#include "tensor/gemm-split.h"

#include "base/mem.h"

#include <cblas.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Its last piece, of 29 rows or 75 outputs, has GEMM_SPLIT_LEAST_ALONE too. */
#define ROWS 221
#define OUTPUTS 1035
#define INPUTS 521
#define PIECE_OUTPUTS 192
#define MOST_ALIKE 128

struct trial {
    float *x; /* (ROWS, INPUTS) */
    float *w; /* (INPUTS, OUTPUTS), or the other way round */
    float *whole, *pieces; /* (ROWS, OUTPUTS) */
};

static struct gemm_split found;

/* y = x W, or y += x W^T, of so many rows, in pieces of at most so many rows
 * and outputs. */
static void multiply(const struct trial *trial, bool other, int all, int rows,
                     int outputs, float *y)
{
    for (int i = 0; i < all * OUTPUTS; i++)
        y[i] = 1;
    for (int row = 0; row < all; row += rows)
        for (int col = 0; col < OUTPUTS; col += outputs)
            cblas_sgemm(CblasRowMajor, CblasNoTrans,
                        other ? CblasTrans : CblasNoTrans,
                        all - row < rows ? all - row : rows,
                        OUTPUTS - col < outputs ? OUTPUTS - col : outputs,
                        INPUTS, 1.0f, trial->x + row * INPUTS, INPUTS,
                        trial->w + (other ? col * INPUTS : col),
                        other ? INPUTS : OUTPUTS, other ? 1.0f : 0.0f,
                        y + row * OUTPUTS + col, OUTPUTS);
}

static bool same(const struct trial *trial, int rows, int outputs)
{
    for (int other = 0; other < 2; other++) {
        multiply(trial, other, ROWS, ROWS, OUTPUTS, trial->whole);
        multiply(trial, other, ROWS, rows, outputs, trial->pieces);
        if (memcmp(trial->whole, trial->pieces,
                   sizeof(float) * ROWS * OUTPUTS) != 0)
            return false;
    }
    return true;
}

/* Values with all 24 bits set at random, so that every sum is rounded. */
static float *values(int n)
{
    float *x = mem_new((size_t)n, sizeof *x);
    uint32_t state = 1;

    for (int i = 0; i < n; i++) {
        state = state * UINT32_C(1664525) + UINT32_C(1013904223);
        x[i] = (float)(int32_t)state / 2147483648.0f;
    }
    return x;
}

static struct trial trial_new(void)
{
    return (struct trial){
        .x = values(ROWS * INPUTS),
        .w = values(INPUTS * OUTPUTS),
        .whole = mem_new(ROWS * OUTPUTS, sizeof(float)),
        .pieces = mem_new(ROWS * OUTPUTS, sizeof(float)),
    };
}

static void trial_free(struct trial *trial)
{
    free(trial->x);
    free(trial->w);
    free(trial->whole);
    free(trial->pieces);
}

static void find(void)
{
    static const int rows[] = {32, 48, 96};
    struct trial trial = trial_new();

    for (size_t i = 0; i < sizeof rows / sizeof *rows && !found.rows; i++)
        if (same(&trial, rows[i], OUTPUTS))
            found.rows = rows[i];
    if (same(&trial, ROWS, PIECE_OUTPUTS))
        found.outputs = PIECE_OUTPUTS;
    trial_free(&trial);
}

const struct gemm_split *gemm_split_of_blas(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, find);
    return &found;
}

/* Puts the first MOST_ALIKE rows of x into another order: each goes to another
 * place of a tile, between other rows. It is its own reverse. */
static void turn(const struct trial *trial)
{
    for (int i = 0; i < MOST_ALIKE / 2; i++)
        for (int j = 0; j < INPUTS; j++) {
            float *a = trial->x + i * INPUTS + j;
            float *b = trial->x + (MOST_ALIKE - 1 - i) * INPUTS + j;
            float swap = *a;

            *a = *b;
            *b = swap;
        }
}

/* Do rows that were turned around have the same bits in pieces? */
static bool alike(const struct trial *trial, bool other, int rows)
{
    multiply(trial, other, MOST_ALIKE, MOST_ALIKE, OUTPUTS, trial->whole);
    turn(trial);
    multiply(trial, other, MOST_ALIKE, rows, OUTPUTS, trial->pieces);
    turn(trial);
    for (int i = 0; i < MOST_ALIKE; i++)
        if (memcmp(trial->whole + i * OUTPUTS,
                   trial->pieces + (MOST_ALIKE - 1 - i) * OUTPUTS,
                   sizeof(float) * OUTPUTS) != 0)
            return false;
    return true;
}

static int64_t rows_alike;

static void find_alike(void)
{
    struct trial trial = trial_new();

    for (int rows = 16; rows <= MOST_ALIKE && !rows_alike; rows *= 2)
        if (alike(&trial, false, rows) && alike(&trial, true, rows))
            rows_alike = rows;
    trial_free(&trial);
}

int64_t gemm_split_alike(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, find_alike);
    return rows_alike;
}
