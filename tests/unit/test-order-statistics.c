/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-order-statistics.c - order statistics against sorting. */
#include "tensor/order-statistics.h"

#include "base/mem.h"
#include "tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An element, as the three floats of statistics_top() have it. */
struct place {
    float magnitude;
    int64_t row, col;
};

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
    const struct place *x = a, *y = b;

    if (x->magnitude != y->magnitude)
        return x->magnitude < y->magnitude ? 1 : -1;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x->col < y->col ? -1 : 1;
}

/* All magnitudes of the view, the largest first. */
static struct place *sorted(const struct transect_view *view)
{
    size_t n = (size_t)(view->rows * view->cols), at = 0;
    struct place *all = mem_new(n, sizeof *all);

    for (int64_t i = 0; i < view->rows; i++)
        for (int64_t j = 0; j < view->cols; j++)
            all[at++] = (struct place){
                fabsf(view->data[i * view->row_stride + j]), i, j};
    qsort(all, n, sizeof *all, falling);
    return all;
}

static void check_top(const struct transect_view *view,
                      const struct place *all, int n)
{
    int64_t size = view->rows * view->cols;
    float *top = mem_new(3 * (size_t)n, sizeof *top);

    statistics_top(view, n, top);
    for (int i = 0; i < n; i++) {
        if (i >= size || all[i].magnitude <= 0) { /* nothing there */
            CU_ASSERT_EQUAL(top[3 * i], 0);
            continue;
        }
        CU_ASSERT_EQUAL(top[3 * i], all[i].magnitude);
        CU_ASSERT_EQUAL(top[3 * i + 1], (float)all[i].row);
        CU_ASSERT_EQUAL(top[3 * i + 2], (float)all[i].col);
    }
    free(top);
}

static void check_column_max(const struct transect_view *view,
                             const struct place *all)
{
    float *column_max = mem_new((size_t)view->cols, sizeof *column_max);

    statistics_column_max(view, column_max);
    for (int64_t j = 0; j < view->cols; j++) {
        int64_t i = 0;

        while (all[i].col != j)
            i++;
        CU_ASSERT_EQUAL(column_max[j], all[i].magnitude);
    }
    free(column_max);
}

static void check_matrix(int64_t rows, int64_t cols, int64_t stride,
                         enum filling filling)
{
    size_t n = (size_t)(rows * cols);
    float *data = mem_new((size_t)(rows * stride), sizeof *data);
    struct transect_view view = {data, rows, cols, stride, 1};
    uint32_t state = (uint32_t)(rows * 1000 + cols);
    struct place *all;
    struct median_room room = {0};

    for (int64_t i = 0; i < rows * stride; i++)
        data[i] = i % stride < cols ? value(filling, &state) : 1e30f;
    all = sorted(&view);
    check_top(&view, all, 1);
    check_top(&view, all, 3);
    check_top(&view, all, 100);
    check_column_max(&view, all);
    /* all[] falls, so rank (n - 1) / 2 from below is n / 2 from above. */
    CU_ASSERT_EQUAL(statistics_median(&view, &room), all[n / 2].magnitude);
    free(room.bits);
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

CU_ErrorCode add_order_statistics_tests(void)
{
    CU_pSuite suite = CU_add_suite("order-statistics", NULL, NULL);

    CU_add_test(suite, "against sorting", test_magnitudes);
    return CU_get_error();
}
