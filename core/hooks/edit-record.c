/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* edit-record.c - what an edit really did to a tensor. */
#include "hooks/edit-record.h"

#include <math.h>
#include <string.h>

/* Equal numbers, or the same NaN, which compares as different from itself. */
static bool same(const float *a, const float *b)
{
    return *a == *b || memcmp(a, b, sizeof *a) == 0;
}

void edit_record_add(struct edit_record *record, const float *before,
                     int64_t before_stride, const float *after,
                     int64_t after_stride, int64_t rows, int64_t cols)
{
    double change, sum = 0, largest = record->max_change;
    uint64_t changed = 0;

    for (int64_t i = 0; i < rows; i++) {
        const float *a = before + i * before_stride;
        const float *b = after + i * after_stride;

        for (int64_t j = 0; j < cols; j++) {
            if (same(&a[j], &b[j]))
                continue;
            changed++;
            change = fabs((double)b[j] - a[j]);
            sum += change * change;
            /* A NaN counts as the largest change there is, and stays. */
            if (!(change <= largest || isnan(largest)))
                largest = change;
        }
    }
    record->changed += changed;
    record->sum_squares += sum;
    record->max_change = largest;
}
