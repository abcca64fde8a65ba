/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* order-statistics.c - order statistics of the absolute values of a matrix. */
#include "tensor/order-statistics.h"

#include "base/cpu-dispatch.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

CLONES
static void raise_largest(const float *restrict row, int64_t cols,
                  float *restrict largest)
{
    for (int64_t j = 0; j < cols; j++) {
        float x = fabsf(row[j]);

        largest[j] = x > largest[j] ? x : largest[j];
    }
}

void statistics_column_max(const struct transect_view *view, float *largest)
{
    memset(largest, 0, (size_t)view->cols * sizeof *largest);
    for (int64_t i = 0; i < view->rows; i++)
        raise_largest(view->data + i * view->row_stride, view->cols, largest);
}

CLONES
static float row_max(const float *row, int64_t cols)
{
    float largest = 0;

    SIMD_LARGEST(largest)
    for (int64_t j = 0; j < cols; j++) {
        float x = fabsf(row[j]);

        largest = x > largest ? x : largest;
    }
    return largest;
}

/* Inserts behind equal ones; the last one is dropped. */
static void insert(float *top, int n, float magnitude, int64_t row,
                   int64_t col)
{
    int at = n - 1;

    while (at > 0 && top[3 * (at - 1)] < magnitude)
        at--;
    memmove(top + 3 * (at + 1), top + 3 * at,
            3 * (size_t)(n - 1 - at) * sizeof *top);
    top[3 * at] = magnitude;
    top[3 * at + 1] = (float)row;
    top[3 * at + 2] = (float)col;
}

void statistics_top(const struct transect_view *view, int n, float *top)
{
    const float *least = top + 3 * (n - 1);

    memset(top, 0, 3 * (size_t)n * sizeof *top);
    for (int64_t i = 0; i < view->rows; i++) {
        const float *row = view->data + i * view->row_stride;

        /* Most rows hold no candidate, which their maximum tells fastest. */
        if (!(row_max(row, view->cols) > *least))
            continue;
        for (int64_t j = 0; j < view->cols; j++)
            if (fabsf(row[j]) > *least)
                insert(top, n, fabsf(row[j]), i, j);
    }
}

/* The bits of a magnitude grow with it, so that selecting a float is
 * selecting an integer. NaNs are the largest. */
static uint32_t bits_of(float x)
{
    uint32_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits & 0x7fffffffu;
}

/* The element of a rank, by radix selection from the highest bits. */
static uint32_t select_bits(const uint32_t *bits, size_t n, uint64_t rank)
{
    static const int shifts[] = {20, 9, 0}, widths[] = {11, 11, 9};
    uint32_t counts[2048], prefix = 0;
    int above = 31;

    for (int pass = 0; pass < 3; pass++) {
        uint32_t digit = 0, mask = (1u << widths[pass]) - 1;

        memset(counts, 0, sizeof counts);
        for (size_t i = 0; i < n; i++)
            if (bits[i] >> above == prefix)
                counts[bits[i] >> shifts[pass] & mask]++;
        while (rank >= counts[digit])
            rank -= counts[digit++];
        prefix = prefix << widths[pass] | digit;
        above = shifts[pass];
    }
    return prefix;
}

/* An interval that should hold the element of a rank. */
struct bracket {
    uint32_t low, high; /* bits of magnitudes, both inside */
    uint64_t n_below;   /* elements below low */
};

#define SAMPLE 4096

/* From a sample at fixed places, spread over all rows and columns: its median
 * plus and minus 4 of the median's standard deviations. */
static struct bracket guess(const struct transect_view *view)
{
    uint64_t n = (uint64_t)view->rows * (uint64_t)view->cols;
    uint32_t sample[SAMPLE];

    for (uint64_t i = 0; i < SAMPLE; i++) {
        uint64_t at = (i * 0x9e3779b9u & 0xffffffffu) * n >> 32;
        int64_t row = (int64_t)at / view->cols, col = (int64_t)at % view->cols;

        sample[i] = bits_of(view->data[row * view->row_stride + col]);
    }
    return (struct bracket){
        .low = select_bits(sample, SAMPLE, SAMPLE / 2 - 128),
        .high = select_bits(sample, SAMPLE, SAMPLE / 2 + 128),
    };
}

CLONES
static uint64_t count_below(const float *row, int64_t cols, uint32_t low)
{
    uint32_t n = 0;

#pragma omp simd reduction(+ : n)
    for (int64_t j = 0; j < cols; j++) {
        uint32_t bits;

        memcpy(&bits, &row[j], sizeof bits);
        n += (bits & 0x7fffffffu) < low;
    }
    return n;
}

/* Without a branch, which would often be mispredicted. */
static size_t gather(const float *row, int64_t cols,
                     const struct bracket *bracket, uint32_t *to)
{
    uint32_t width = bracket->high - bracket->low;
    size_t n = 0;

    for (int64_t j = 0; j < cols; j++) {
        uint32_t bits = bits_of(row[j]);

        to[n] = bits;
        n += bits - bracket->low <= width;
    }
    return n;
}

/* Copies the elements in the bracket to `to` and counts those below. It has
 * room for all elements, which may be equal, and one more. */
static size_t collect(const struct transect_view *view,
                      struct bracket *bracket, uint32_t *to)
{
    size_t n = 0;

    for (int64_t i = 0; i < view->rows; i++) {
        const float *row = view->data + i * view->row_stride;

        bracket->n_below += count_below(row, view->cols, bracket->low);
        n += gather(row, view->cols, bracket, to + n);
    }
    return n;
}

float statistics_median(const struct transect_view *view,
                        struct median_room *room)
{
    size_t n = (size_t)view->rows * (size_t)view->cols, inside;
    struct bracket all = {.high = UINT32_MAX}, bracket = all;
    uint64_t rank = (n - 1) / 2;
    uint32_t bits;
    float median;

    if (room->n <= n) {
        free(room->bits);
        room->n = n + 1; /* one is written behind the last */
        room->bits = mem_new(room->n, sizeof *room->bits);
    }
    if (n > 4 * SAMPLE)
        bracket = guess(view);
    inside = collect(view, &bracket, room->bits);
    /* The bracket missed the rank: search in all elements. */
    if (rank < bracket.n_below || rank - bracket.n_below >= inside) {
        bracket = all;
        inside = collect(view, &bracket, room->bits);
    }
    bits = select_bits(room->bits, inside, rank - bracket.n_below);
    memcpy(&median, &bits, sizeof median);
    return median;
}
