/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* magnitude.c - order statistics of the magnitudes of a matrix. */
#include "magnitude.h"

#include <math.h>
#include <string.h>

/* Raises column_max and returns the largest magnitude of the row. Several
 * running maxima, so that the compiler can keep them in one register. */
static float row_max(const float *row, int64_t cols, float *column_max)
{
    enum { LANES = 16 };
    float lanes[LANES] = {0}, largest = 0;
    int64_t j = 0;

    for (; j + LANES <= cols; j += LANES)
        for (int k = 0; k < LANES; k++) {
            float x = fabsf(row[j + k]);

            lanes[k] = x > lanes[k] ? x : lanes[k];
            column_max[j + k] = x > column_max[j + k] ? x
                                                      : column_max[j + k];
        }
    for (; j < cols; j++) {
        float x = fabsf(row[j]);

        largest = x > largest ? x : largest;
        column_max[j] = x > column_max[j] ? x : column_max[j];
    }
    for (int k = 0; k < LANES; k++)
        largest = lanes[k] > largest ? lanes[k] : largest;
    return largest;
}

static void insert(struct top *top, int n, struct top found)
{
    int at = n - 1;

    while (at > 0 && top[at - 1].magnitude < found.magnitude) {
        top[at] = top[at - 1];
        at--;
    }
    top[at] = found;
}

void magnitude_top(const struct transect_view *view, struct top *top, int n,
                   float *column_max)
{
    memset(top, 0, (size_t)n * sizeof *top);
    for (int64_t i = 0; i < view->rows; i++) {
        const float *row = view->data + i * view->row_stride;

        /* Few rows hold a candidate; the others are read once, fast. */
        if (row_max(row, view->cols, column_max) <= top[n - 1].magnitude)
            continue;
        for (int64_t j = 0; j < view->cols; j++) {
            float x = fabsf(row[j]);

            if (x > top[n - 1].magnitude)
                insert(top, n, (struct top){x, i, j});
        }
    }
}

/* The bits of a magnitude grow with it, so that selecting a float is
 * selecting an integer, a digit at a time from the highest. */
static uint32_t bits_of(float x)
{
    uint32_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits & 0x7fffffffu;
}

/* Counts the digits (`shift`, `mask`) of the elements that agree with
 * `prefix` above them. */
static void count(const struct transect_view *view, uint32_t prefix,
                  int prefix_shift, int shift, uint32_t mask,
                  uint64_t *counts)
{
    memset(counts, 0, (mask + 1) * sizeof *counts);
    for (int64_t i = 0; i < view->rows; i++) {
        const float *row = view->data + i * view->row_stride;

        for (int64_t j = 0; j < view->cols; j++) {
            uint32_t bits = bits_of(row[j]);

            if (bits >> prefix_shift == prefix)
                counts[bits >> shift & mask]++;
        }
    }
}

float magnitude_median(const struct transect_view *view)
{
    static const int shifts[] = {20, 9, 0}, widths[] = {11, 11, 9};
    uint64_t rank = ((uint64_t)view->rows * (uint64_t)view->cols - 1) / 2;
    uint64_t counts[2048];
    uint32_t prefix = 0;
    int above = 31;
    float median;

    for (int i = 0; i < 3; i++) {
        uint32_t digit = 0;

        count(view, prefix, above, shifts[i], (1u << widths[i]) - 1, counts);
        while (rank >= counts[digit])
            rank -= counts[digit++];
        prefix = prefix << widths[i] | digit;
        above = shifts[i];
    }
    memcpy(&median, &prefix, sizeof median);
    return median;
}
