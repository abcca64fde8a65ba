/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* panel-product.h - products with a tile of keys or values, which lies in
 * panels: columns that a processor has registers for, side by side. */
#ifndef CORE_EXECUTOR_PANEL_PRODUCT_H
#define CORE_EXECUTOR_PANEL_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

/* Columns of a panel, and columns to the end of a whole one. */
#define PANEL_COLS 32
#define PANEL_ROOM(cols) \
    (((cols) + PANEL_COLS - 1) & ~(int64_t)(PANEL_COLS - 1))

/* c (rows, PANEL_COLS) = a b, scaled; c is added to first, if it goes on.
 * Row 0 of a is n long, each other one more than the row before it, up to
 * `most`. An element is c + a[0] b[0] + a[1] b[1] + ..., one product after the
 * other: it has the same bits whatever rows and columns are beside it, and
 * wherever its row of a is cut. */
struct panel_product {
    const float *a, *b; /* (rows, most), dense (most, PANEL_COLS) */
    float *c;
    int64_t a_stride, c_stride;
    int rows, n, most;
    float scale;
    bool goes_on;
};

void panel_multiply(const struct panel_product *product);
/* For the i-th instruction set that this processor has, the fastest first;
 * NULL: no more. */
typedef void panel_product_fn(const struct panel_product *product);
panel_product_fn *panel_product_of(int i);

/* Rows of x as rows at..at+rows-1 of a matrix of `height` rows in panels
 * (height, PANEL_COLS), one behind the other. What is beside the columns of x
 * stays as it is. */
void panel_put_rows(float *panels, int64_t height, int64_t at,
                    const float *x, int64_t stride, int rows, int cols);
/* The same as its columns at..at+rows-1; the panels have `cols` rows. */
void panel_put_columns(float *panels, int64_t at, const float *x,
                       int64_t stride, int rows, int cols);

#endif
