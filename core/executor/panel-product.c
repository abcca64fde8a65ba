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
    for (int from = 0; from < cols; from += PANEL_COLS) {
        int n = cols - from < PANEL_COLS ? cols - from : PANEL_COLS;
        float *to = panels + from * height + at * PANEL_COLS;

        for (int i = 0; i < rows; i++, to += PANEL_COLS) {
            memcpy(to, x + i * stride + from, (size_t)n * sizeof *to);
            memset(to + n, 0, (size_t)(PANEL_COLS - n) * sizeof *to);
        }
    }
}

CLONES
void panel_put_columns(float *panels, int64_t at, const float *x,
                       int64_t stride, int rows, int cols)
{
    for (int i = 0; i < rows; i++, at++) {
        float *to = panels + at / PANEL_COLS * PANEL_COLS * cols +
                    at % PANEL_COLS;

        for (int64_t j = 0; j < cols; j++)
            to[j * PANEL_COLS] = x[i * stride + j];
    }
    for (; at % PANEL_COLS; at++) {
        float *to = panels + at / PANEL_COLS * PANEL_COLS * cols +
                    at % PANEL_COLS;

        for (int64_t j = 0; j < cols; j++)
            to[j * PANEL_COLS] = 0;
    }
}
