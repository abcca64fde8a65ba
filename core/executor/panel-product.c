/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* panel-product.c - products with a tile of keys or values. */
#include "executor/panel-product.h"

#include "base/cpu-dispatch.h"

#include <string.h>

#ifdef CLONES_CHOSEN
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4")
#define KERNEL(name) name##_v4
#define WIDTH 16
#define ROWS 12
#include "executor/panel-product-body.h"
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
#define KERNEL(name) name##_v3
#define WIDTH 8
#define ROWS 6
#include "executor/panel-product-body.h"
#pragma GCC pop_options
#endif

#define KERNEL(name) name
#ifdef __AVX512F__
#define WIDTH 16
#define ROWS 12
#elif defined __AVX__
#define WIDTH 8
#define ROWS 6
#else
#define WIDTH 4
#define ROWS 6
#endif
#include "executor/panel-product-body.h"

void panel_multiply(const struct panel_product *product)
{
#ifdef CLONES_CHOSEN
    if (__builtin_cpu_supports("x86-64-v4")) {
        multiply_v4(product);
        return;
    }
    if (__builtin_cpu_supports("x86-64-v3")) {
        multiply_v3(product);
        return;
    }
#endif
    multiply(product);
}

void panel_put_rows(float *panels, int64_t height, int64_t at,
                    const float *x, int64_t stride, int rows, int cols)
{
    const size_t whole = PANEL_COLS * sizeof *x;

    for (int from = 0; from < cols; from += PANEL_COLS) {
        size_t size = (size_t)(cols - from) * sizeof *x;
        float *to = panels + from * height + at * PANEL_COLS;

        for (int i = 0; i < rows; i++, to += PANEL_COLS)
            if (size < whole)
                memcpy(to, x + i * stride + from, size);
            else
                memcpy(to, x + i * stride + from, whole);
    }
}

typedef float four __attribute__((vector_size(16), aligned(4), may_alias));

/* A corner of rows of x, as columns. */
static inline void put_corner(float *to, const float *x, int64_t stride)
{
    four a = *(const four *)x, b = *(const four *)(x + stride);
    four c = *(const four *)(x + 2 * stride);
    four d = *(const four *)(x + 3 * stride);
    four e = {a[0], b[0], a[1], b[1]}, f = {c[0], d[0], c[1], d[1]};
    four g = {a[2], b[2], a[3], b[3]}, h = {c[2], d[2], c[3], d[3]};

    *(four *)to = (four){e[0], e[1], f[0], f[1]};
    *(four *)(to + PANEL_COLS) = (four){e[2], e[3], f[2], f[3]};
    *(four *)(to + 2 * PANEL_COLS) = (four){g[0], g[1], h[0], h[1]};
    *(four *)(to + 3 * PANEL_COLS) = (four){g[2], g[3], h[2], h[3]};
}

void panel_put_columns(float *panels, int64_t at, const float *x,
                       int64_t stride, int rows, int cols)
{
    for (int n; rows > 0; rows -= n, at += n, x += n * stride) {
        float *to = panels + at / PANEL_COLS * PANEL_COLS * cols +
                    at % PANEL_COLS;
        int j = 0;

        n = rows >= 4 && at % PANEL_COLS <= PANEL_COLS - 4 ? 4 : 1;
        for (; n == 4 && j + 4 <= cols; j += 4)
            put_corner(to + j * PANEL_COLS, x + j, stride);
        for (; j < cols; j++)
            for (int i = 0; i < n; i++)
                to[j * PANEL_COLS + i] = x[i * stride + j];
    }
}
