/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* panel-product.c - products with a tile of keys or values, for AVX-512, for
 * AVX2, and of vectors of four floats. */
#include "executor/panel-product.h"

#include <stddef.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
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
        for (int i = 0; p->goes_on && i < rows; i++)                         \
            for (int j = 0; j < 2; j++)                                      \
                sum[i][j] = *(const NAME##_vector *)                         \
                    (c + i * p->c_stride + j * LANES);                       \
        for (int k = 0; k < n; k++, a++, b += PANEL_COLS)                    \
            for (int i = 0; i < rows; i++)                                   \
                for (int j = 0; j < 2; j++)                                  \
                    sum[i][j] += a[i * p->a_stride] *                        \
                                 *(const NAME##_vector *)(b + j * LANES);    \
        UNROLL for (int k = 1; k < rows; k++, a++, b += PANEL_COLS) {        \
            if (n + k > p->most)                                             \
                break;                                                       \
            for (int i = k; i < rows; i++)                                   \
                for (int j = 0; j < 2; j++)                                  \
                    sum[i][j] += a[i * p->a_stride] *                        \
                                 *(const NAME##_vector *)(b + j * LANES);    \
        }                                                                    \
        for (int i = 0; i < rows; i++)                                       \
            for (int j = 0; j < 2; j++)                                      \
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
PANEL_KERNEL(avx512, __attribute__((target("avx512f,avx2,fma"))), 16, 12)
PANEL_KERNEL(avx2, __attribute__((target("avx2,fma"))), 8, 6)
#endif
PANEL_KERNEL(plain, , 4, 6)

panel_product_fn *panel_product_of(int i)
{
    static panel_product_fn *const all[] = {
#ifdef __x86_64__
        avx512_multiply, avx2_multiply,
#endif
        plain_multiply,
    };
    int n = sizeof all / sizeof *all, missing = 0;

#ifdef __x86_64__
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        missing = 2;
    else if (!__builtin_cpu_supports("avx512f"))
        missing = 1;
#endif
    return i + missing < n ? all[i + missing] : NULL;
}

void panel_multiply(const struct panel_product *product)
{
    panel_product_of(0)(product);
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
INLINE void put_corner(float *to, const float *x, int64_t stride)
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
