/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-linalg.c - products, eigenvalues and solutions against what defines
 * them, in float64. */
#include "tensor/linalg.h"
#include "base/mem.h"
#include "tests.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct error err;

static uint32_t state = 17;

static float any(void)
{
    state = state * 1664525u + 1013904223u;
    return (float)(int32_t)state / 1e9f;
}

static double at(const struct transect_view *a, int64_t i, int64_t j)
{
    return (double)a->data[i * a->row_stride + j * a->col_stride];
}

/* Random values, and none between them; the caller frees *memory. */
static struct transect_view view_of(int64_t m, int64_t n, int64_t row,
                                    int64_t col, float **memory)
{
    int64_t size = (m - 1) * row + (n - 1) * col + 1;

    *memory = mem_new((size_t)size, sizeof **memory);
    for (int64_t i = 0; i < size; i++)
        (*memory)[i] = NAN;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++)
            (*memory)[i * row + j * col] = any();
    return (struct transect_view){*memory, m, n, row, col};
}

/* Each sum of k products to k roundings of float32 of what is summed. */
static void check_product(const struct transect_view *a,
                          const struct transect_view *b)
{
    float *c = mem_new((size_t)(a->rows * b->cols), sizeof *c);

    CU_ASSERT_EQUAL_FATAL(linalg_product(a, b, c, &err), ST_OK);
    for (int64_t i = 0; i < a->rows; i++)
        for (int64_t j = 0; j < b->cols; j++) {
            double sum = 0, size = 0;

            for (int64_t e = 0; e < a->cols; e++) {
                sum += at(a, i, e) * at(b, e, j);
                size += fabs(at(a, i, e) * at(b, e, j));
            }
            CU_ASSERT_DOUBLE_EQUAL((double)c[i * b->cols + j], sum,
                                   (double)a->cols * 6e-8 * size);
        }
    free(c);
}

/* Row by row, by columns, with room between the rows, with steps both ways,
 * and with the same row again and again. */
static void test_products(void)
{
    static const int sizes[][3] = {
        {1, 1, 1}, {1, 9, 4}, {7, 1, 5}, {6, 8, 1}, {13, 17, 11}};

    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int way = 0; way < 16; way++) {
            const int64_t m = sizes[s][0], k = sizes[s][1], n = sizes[s][2];
            const int64_t rows[] = {k, 1, k + 3, 2}, cols[] = {1, m, 1, 2 * m};
            const int64_t down[] = {n, 1, n + 3, 2}, over[] = {1, k, 1, 2 * k};
            float *x, *y;
            struct transect_view a = view_of(m, k, rows[way % 4],
                                             cols[way % 4], &x);
            struct transect_view b = view_of(k, n, down[way / 4],
                                             over[way / 4], &y);

            check_product(&a, &b);
            a.row_stride = 0;
            check_product(&a, &b);
            free(x);
            free(y);
        }
}

static void test_product_refusals(void)
{
    float data[6] = {0}, c[9];
    struct transect_view a = {data, 2, 3, 3, 1}, none = {data, 0, 3, 3, 1};

    CU_ASSERT_EQUAL(linalg_product(&a, &a, c, &err), ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "2 x 3 and 2 x 3"));
    CU_ASSERT_EQUAL(linalg_product(&none, &a, c, &err), ST_FAILED);
}

/* The sums of the p-th powers of the eigenvalues are the traces of the
 * powers of the matrix, which for p = 1..n only the right ones have. */
static void check_spectrum(int64_t n, int64_t row, int64_t col)
{
    float *memory;
    struct transect_view a = view_of(n, n, row, col, &memory);
    double *re = mem_new((size_t)n, sizeof *re);
    double *im = mem_new((size_t)n, sizeof *im);
    double *power = mem_new((size_t)(n * n), sizeof *power);
    double *next = mem_new((size_t)(n * n), sizeof *next);

    for (int64_t i = 0; i < n; i++)
        power[i * n + i] = 1;
    CU_ASSERT_EQUAL_FATAL(linalg_eigenvalues(&a, re, im, &err), ST_OK);
    for (int p = 1; p <= n; p++) {
        double trace = 0, size = 0;
        double complex sum = 0;

        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++) {
                next[i * n + j] = 0;
                for (int64_t e = 0; e < n; e++)
                    next[i * n + j] += power[i * n + e] * at(&a, e, j);
            }
        memcpy(power, next, (size_t)(n * n) * sizeof *power);
        for (int64_t i = 0; i < n; i++) {
            double complex one = re[i] + im[i] * I;

            trace += power[i * n + i];
            sum += cpow(one, p);
            size += pow(cabs(one), p);
        }
        CU_ASSERT_DOUBLE_EQUAL(creal(sum), trace, 1e-11 * size);
        CU_ASSERT_DOUBLE_EQUAL(cimag(sum), 0, 1e-11 * size);
    }
    for (int64_t i = 1; i < n; i++)
        CU_ASSERT_TRUE(hypot(re[i], im[i]) <= hypot(re[i - 1], im[i - 1]));
    free(memory);
    free(re);
    free(im);
    free(power);
    free(next);
}

/* Of a turn by 90 degrees and of a triangle, whose eigenvalues are its
 * diagonal: largest first, of equals the positive one. */
static void test_eigenvalues(void)
{
    static const float turn[] = {0, -2, 2, 0},
                       triangle[] = {-3, 7, 1, 0, 3, 2, 0, 0, -5};
    double re[3], im[3];

    check_spectrum(1, 1, 1);
    check_spectrum(2, 2, 1);
    check_spectrum(9, 9, 1);
    check_spectrum(9, 1, 12);
    check_spectrum(8, 17, 2);
    CU_ASSERT_EQUAL(linalg_eigenvalues(
        &(struct transect_view){turn, 2, 2, 2, 1}, re, im, &err), ST_OK);
    CU_ASSERT_DOUBLE_EQUAL(re[0], 0, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(im[0], 2, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(im[1], -2, 1e-15);
    CU_ASSERT_EQUAL(linalg_eigenvalues(
        &(struct transect_view){triangle, 3, 3, 3, 1}, re, im, &err), ST_OK);
    CU_ASSERT_DOUBLE_EQUAL(re[0], -5, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(re[1], 3, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(re[2], -3, 1e-14);
}

static void test_eigenvalue_refusals(void)
{
    float data[6] = {0, 1, 2, 3, 4, INFINITY};
    double re[3], im[3];

    CU_ASSERT_EQUAL(linalg_eigenvalues(
        &(struct transect_view){data, 2, 3, 3, 1}, re, im, &err), ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "2 x 3"));
    CU_ASSERT_EQUAL(linalg_eigenvalues(
        &(struct transect_view){data + 2, 2, 2, 2, 1}, re, im, &err),
        ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "not finite"));
}

/* A = G G^T + 1 of a random G, and b = A x for x that are known; above the
 * diagonal is nothing. */
static void check_solution(int64_t n, int64_t k)
{
    double *g = mem_new((size_t)(n * n), sizeof *g);
    double *a = mem_new((size_t)(n * n), sizeof *a);
    double *x = mem_new((size_t)(k * n), sizeof *x);
    double *b = mem_new((size_t)(k * n), sizeof *b);

    for (int64_t i = 0; i < n * n; i++)
        g[i] = (double)any();
    for (int64_t i = 0; i < k * n; i++)
        x[i] = (double)any();
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = i == j;

            for (int64_t e = 0; e < n; e++)
                sum += g[i * n + e] * g[j * n + e];
            a[i * n + j] = j > i ? NAN : sum;
            for (int64_t r = 0; r < k; r++)
                b[r * n + i] += sum * x[r * n + j];
        }
    CU_ASSERT_EQUAL(linalg_solve(n, a, k, b, &err), ST_OK);
    for (int64_t i = 0; i < k * n; i++)
        CU_ASSERT_DOUBLE_EQUAL(b[i], x[i], 1e-11);
    free(g);
    free(a);
    free(x);
    free(b);
}

static void test_solutions(void)
{
    double a[] = {1, 0, 2, 3}, b[] = {1, 1};

    check_solution(1, 1);
    check_solution(12, 1);
    check_solution(23, 5);
    CU_ASSERT_EQUAL(linalg_solve(2, a, 1, b, &err), ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "not positive definite"));
    a[3] = NAN;
    CU_ASSERT_EQUAL(linalg_solve(2, a, 1, b, &err), ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "not finite"));
    CU_ASSERT_EQUAL(linalg_solve(0, a, 1, b, &err), ST_FAILED);
}

CU_ErrorCode add_linalg_tests(void)
{
    CU_pSuite suite = CU_add_suite("linalg", NULL, NULL);

    CU_add_test(suite, "products of any strides", test_products);
    CU_add_test(suite, "what has no product", test_product_refusals);
    CU_add_test(suite, "eigenvalues", test_eigenvalues);
    CU_add_test(suite, "what has none", test_eigenvalue_refusals);
    CU_add_test(suite, "solutions", test_solutions);
    return CU_get_error();
}
