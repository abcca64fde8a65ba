/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* order-statistics.h - order statistics of the absolute values of a matrix.
 * Views have col_stride 1. All are exact, and make one pass over the elements.
 */
#ifndef CORE_TENSOR_ORDER_STATISTICS_H
#define CORE_TENSOR_ORDER_STATISTICS_H

#include <stddef.h>
#include <transect/plugin.h>

/* largest (cols): of each column. */
void statistics_column_max(const struct transect_view *view, float *largest);

/* top (n, 3): the n largest with row and column, largest first, of equals the
 * first in row-major order; 0 where there are fewer. */
void statistics_top(const struct transect_view *view, int n, float *top);

/* Working memory of the median, which grows; zero-initialize, free .bits. */
struct median_room {
    uint32_t *bits;
    size_t n;
};

/* The lower median, of rank (rows * cols - 1) / 2. */
float statistics_median(const struct transect_view *view,
                        struct median_room *room);

#endif
