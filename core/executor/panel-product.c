/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* panel-product.c - products with a tile of keys or values, for AVX-512, for
 * AVX2, and of vectors of four floats. */
#include "executor/panel-product.h"

#include "base/cpu-dispatch.h"

#include <stddef.h>
#include <string.h>

#if defined(TRANSECT_SANITIZED) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

/* Sums are in registers only where no loop counts them; -O3 would see to it,
 * -O2 does not. */
#define UNROLL _Pragma("GCC unroll 12")

/* Two vectors of as many rows as there are registers for, and what is left of
 * rows; `rows` is a constant, which keeps the sums in registers. Of the rows'
 * tails only those are multiplied that the rows have. */
#define PANEL_KERNEL(NAME, TARGET, LANES, ROWS)                              \
    typedef float NAME##_vector                                              \
        __attribute__((vector_size(4 * LANES), aligned(4), may_alias));      \
                                                                             \
    TARGET INLINE void NAME##_rows(const struct panel_product *p, int row,   \
                                   int from, const int rows)                 \
    {                                                                        \
        const float *a = p->a + row * p->a_stride, *b = p->b + from;         \
        float *c = p->c + row * p->c_stride + from;                          \
        int n = p->n + row < p->most ? p->n + row : p->most;                 \
        NAME##_vector sum[ROWS][2] = {{{0}}};                                \
                                                                             \
        if (p->goes_on)                                                      \
            UNROLL for (int i = 0; i < rows; i++)                            \
                UNROLL for (int j = 0; j < 2; j++)                           \
                    sum[i][j] = *(const NAME##_vector *)                     \
                        (c + i * p->c_stride + j * LANES);                   \
        for (int k = 0; k < n; k++, a++, b += PANEL_COLS)                    \
            UNROLL for (int i = 0; i < rows; i++)                            \
                UNROLL for (int j = 0; j < 2; j++)                           \
                    sum[i][j] += a[i * p->a_stride] *                        \
                                 *(const NAME##_vector *)(b + j * LANES);    \
        UNROLL for (int k = 1; k < rows; k++, a++, b += PANEL_COLS) {        \
            if (n + k > p->most)                                             \
                break;                                                       \
            UNROLL for (int i = k; i < rows; i++)                            \
                UNROLL for (int j = 0; j < 2; j++)                           \
                    sum[i][j] += a[i * p->a_stride] *                        \
                                 *(const NAME##_vector *)(b + j * LANES);    \
        }                                                                    \
        UNROLL for (int i = 0; i < rows; i++)                                \
            UNROLL for (int j = 0; j < 2; j++)                               \
                *(NAME##_vector *)(c + i * p->c_stride + j * LANES) =        \
                    sum[i][j] * p->scale;                                    \
    }                                                                        \
                                                                             \
    TARGET static void NAME##_multiply(const struct panel_product *p)        \
    {                                                                        \
        for (int from = 0; from < PANEL_COLS; from += 2 * LANES) {           \
            int row = 0;                                                     \
                                                                             \
            for (; row + ROWS <= p->rows; row += ROWS)                       \
                NAME##_rows(p, row, from, ROWS);                             \
            for (; ROWS > 8 && row + 8 <= p->rows; row += 8)                 \
                NAME##_rows(p, row, from, ROWS < 8 ? ROWS : 8);              \
            for (; row + 4 <= p->rows; row += 4)                             \
                NAME##_rows(p, row, from, 4);                                \
            for (; row + 2 <= p->rows; row += 2)                             \
                NAME##_rows(p, row, from, 2);                                \
            for (; row < p->rows; row++)                                     \
                NAME##_rows(p, row, from, 1);                                \
        }                                                                    \
    }

#ifdef __x86_64__
PANEL_KERNEL(avx512, AVX512, 16, 12)
PANEL_KERNEL(avx2, AVX2, 8, 6)
#endif
PANEL_KERNEL(plain, UNWATCHED, 4, 6)

panel_product_fn *panel_product_of(int i)
{
    static panel_product_fn *const all[] = {
#ifdef __x86_64__
        avx512_multiply, avx2_multiply,
#endif
        plain_multiply,
    };
    int n = sizeof all / sizeof *all;

    i += cpu_dispatch_lacking();
    return i < n ? all[i] : NULL;
}

void panel_multiply(const struct panel_product *product)
{
    cpu_dispatch_watch(product->a, product->a_stride, product->rows,
                       product->n);
    cpu_dispatch_watch(product->b, PANEL_COLS, product->most, PANEL_COLS);
    cpu_dispatch_watch(product->c, product->c_stride, product->rows,
                       PANEL_COLS);
    panel_product_of(0)(product);
}

/* Rows from the one that is packed to the one that is fetched: neighbours may
 * be pages apart. */
enum { AHEAD = 12 };

UNWATCHED INLINE void fetch(const float *x, int cols)
{
    for (int j = 0; j < cols; j += 16)
        __builtin_prefetch(x + j);
}

void panel_put_rows(float *panels, int64_t height, int64_t at,
                    const float *x, int64_t stride, int rows, int cols)
{
    const size_t whole = PANEL_COLS * sizeof *x;

    for (int i = 0; i < rows; i++, x += stride) {
        float *to = panels + (at + i) * PANEL_COLS;
        int j = 0;

        if (i + AHEAD < rows)
            fetch(x + AHEAD * stride, cols);
        for (; j + PANEL_COLS <= cols; j += PANEL_COLS)
            memcpy(to + j * height, x + j, whole);
        if (j < cols)
            memcpy(to + j * height, x + j, (size_t)(cols - j) * sizeof *x);
    }
}

typedef float four __attribute__((vector_size(16), aligned(4), may_alias));

typedef int32_t lanes __attribute__((vector_size(16)));

/* Four of the eight lanes of a and b. */
#ifdef __clang__
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define PICK(a, b, ...) __builtin_shuffle(a, b, (lanes){__VA_ARGS__})
#endif

/* Four rows of x, as columns. */
UNWATCHED INLINE void put_four(float *to, const float *x, int64_t stride,
                               int cols)
{
    int j = 0;

    for (; j + 4 <= cols; j += 4, x += 4, to += 4 * PANEL_COLS) {
        four a = *(const four *)x, b = *(const four *)(x + stride);
        four c = *(const four *)(x + 2 * stride);
        four d = *(const four *)(x + 3 * stride);
        four e = PICK(a, b, 0, 4, 1, 5), f = PICK(c, d, 0, 4, 1, 5);
        four g = PICK(a, b, 2, 6, 3, 7), h = PICK(c, d, 2, 6, 3, 7);

        *(four *)to = PICK(e, f, 0, 1, 4, 5);
        *(four *)(to + PANEL_COLS) = PICK(e, f, 2, 3, 6, 7);
        *(four *)(to + 2 * PANEL_COLS) = PICK(g, h, 0, 1, 4, 5);
        *(four *)(to + 3 * PANEL_COLS) = PICK(g, h, 2, 3, 6, 7);
    }
    for (; j < cols; j++, x++, to += PANEL_COLS)
        for (int i = 0; i < 4; i++)
            to[i] = x[i * stride];
}

void panel_put_columns(float *panels, int64_t at, const float *x,
                       int64_t stride, int rows, int cols)
{
    for (int n; rows > 0; rows -= n, at += n, x += n * stride) {
        int64_t col = at % PANEL_COLS;
        float *to = panels + (at - col) * cols + col;

        n = rows >= 4 && col <= PANEL_COLS - 4 ? 4 : 1;
        for (int i = 0; i < n && AHEAD + i < rows; i++)
            fetch(x + (AHEAD + i) * stride, cols);
        if (n == 4)
            put_four(to, x, stride, cols);
        for (int j = 0; n == 1 && j < cols; j++)
            to[j * PANEL_COLS] = x[j];
    }
}
