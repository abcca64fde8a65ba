/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* magnitude.h - order statistics of the magnitudes of a matrix. */
#ifndef COMMON_MAGNITUDE_H
#define COMMON_MAGNITUDE_H

#include <stdint.h>
#include <transect/plugin.h>

struct top {
    float magnitude;
    int64_t row, col;
};

/* The n largest magnitudes of a view, largest first; of equals the first in
 * row-major order. column_max (cols) is raised to the largest magnitude of
 * each column. A view of fewer than n elements leaves the rest at 0. */
void magnitude_top(const struct transect_view *view, struct top *top, int n,
                   float *column_max);

/* The lower median of all magnitudes (rank (n - 1) / 2, as torch.median),
 * exact, in O(n). */
float magnitude_median(const struct transect_view *view);

#endif
