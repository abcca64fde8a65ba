/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-magnitude.c - order statistics against sorting. */
#include "magnitude.h"

#include "base/mem.h"
#include "unit/tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What fills a matrix: values that repeat, values of all sizes down to the
 * denormal ones, plain ones. */
enum filling { TIES, ALL_SIZES, PLAIN, ZEROS, N_FILLINGS };

static float value(enum filling filling, uint32_t *state)
{
    uint32_t bits;
    float x;

    *state = *state * 1664525u + 1013904223u;
    bits = *state ^ *state >> 15;
    switch (filling) {
    case TIES:
        return (float)((int)(bits >> 8 & 7) - 4);
    case ALL_SIZES:
        bits &= 0xbfffffffu; /* all below 2: finite */
        if (*state >> 30 == 0)
            bits &= 0x807fffffu;
        memcpy(&x, &bits, sizeof x);
        return x;
    case PLAIN:
        return (float)(int32_t)bits / 65536;
    default:
        return *state >> 31 ? 0.0f : -0.0f;
    }
}

static int falling(const void *a, const void *b)
{
    const struct top *x = a, *y = b;

    if (x->magnitude != y->magnitude)
        return x->magnitude < y->magnitude ? 1 : -1;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x->col < y->col ? -1 : 1;
}

/* All magnitudes of the view, the largest first. */
static struct top *sorted(const struct transect_view *view)
{
    size_t n = (size_t)(view->rows * view->cols), at = 0;
    struct top *all = mem_new(n, sizeof *all);

    for (int64_t i = 0; i < view->rows; i++)
        for (int64_t j = 0; j < view->cols; j++)
            all[at++] = (struct top){
                fabsf(view->data[i * view->row_stride + j]), i, j};
    qsort(all, n, sizeof *all, falling);
    return all;
}

static void check_top(const struct transect_view *view,
                      const struct top *all, int n)
{
    int64_t size = view->rows * view->cols;
    struct top *top = mem_new((size_t)n, sizeof *top);
    float *column_max = mem_new((size_t)view->cols, sizeof *column_max);

    magnitude_top(view, top, n, column_max);
    for (int i = 0; i < n; i++) {
        if (i >= size || all[i].magnitude <= 0) { /* nothing there */
            CU_ASSERT_EQUAL(top[i].magnitude, 0);
            continue;
        }
        CU_ASSERT_EQUAL(top[i].magnitude, all[i].magnitude);
        CU_ASSERT_EQUAL(top[i].row, all[i].row);
        CU_ASSERT_EQUAL(top[i].col, all[i].col);
    }
    for (int64_t j = 0; j < view->cols; j++) {
        int64_t i = 0;

        while (all[i].col != j)
            i++;
        CU_ASSERT_EQUAL(column_max[j], all[i].magnitude);
    }
    free(column_max);
    free(top);
}

static void check_matrix(int64_t rows, int64_t cols, int64_t stride,
                         enum filling filling)
{
    size_t n = (size_t)(rows * cols);
    float *data = mem_new((size_t)(rows * stride), sizeof *data);
    struct transect_view view = {data, rows, cols, stride, 1};
    uint32_t state = (uint32_t)(rows * 1000 + cols);
    struct top *all;
    float median;

    for (int64_t i = 0; i < rows * stride; i++)
        data[i] = i % stride < cols ? value(filling, &state) : 1e30f;
    all = sorted(&view);
    check_top(&view, all, 1);
    check_top(&view, all, 3);
    check_top(&view, all, 100);
    median = magnitude_median(&view);
    /* all[] falls, so rank (n - 1) / 2 from below is n / 2 from above. */
    CU_ASSERT_EQUAL(median, all[n / 2].magnitude);
    free(all);
    free(data);
}

static void test_magnitudes(void)
{
    static const int64_t sizes[][3] = {
        {1, 1, 1}, {1, 2, 2}, {2, 1, 5}, {3, 3, 3}, {1, 16, 16}, {4, 15, 15},
        {5, 17, 40}, {7, 33, 33}, {64, 32, 32}, {33, 101, 128}};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int filling = 0; filling < N_FILLINGS; filling++)
            check_matrix(sizes[i][0], sizes[i][1], sizes[i][2],
                         (enum filling)filling);
}

/* The maxima of a column are raised, never lowered. */
static void test_column_max(void)
{
    const float data[] = {1, -5, 3};
    struct transect_view view = {data, 1, 3, 3, 1};
    float column_max[] = {2, 2, 3};
    struct top top;

    magnitude_top(&view, &top, 1, column_max);
    CU_ASSERT_EQUAL(column_max[0], 2);
    CU_ASSERT_EQUAL(column_max[1], 5);
    CU_ASSERT_EQUAL(column_max[2], 3);
}

CU_ErrorCode add_magnitude_tests(void)
{
    CU_pSuite suite = CU_add_suite("magnitude", NULL, NULL);

    CU_add_test(suite, "top and median against sorting", test_magnitudes);
    CU_add_test(suite, "column maxima are raised", test_column_max);
    return CU_get_error();
}
