/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-svd.c - singular values against what defines them. */
#include "tensor/svd.h"
#include "base/mem.h"
#include "tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A decomposition of an (m, n) view, all vectors of it. */
struct result {
    int64_t m, n, k;
    double *s, *u, *vt;
};

static struct error err;

static double at(const struct transect_view *a, int64_t i, int64_t j)
{
    return (double)a->data[i * a->row_stride + j * a->col_stride];
}

static struct result result_of(const struct transect_view *a, int64_t k)
{
    int64_t least = a->rows < a->cols ? a->rows : a->cols;
    struct result r = {.m = a->rows, .n = a->cols, .k = k};

    r.s = mem_new((size_t)least, sizeof *r.s);
    r.u = mem_new((size_t)(r.m * k), sizeof *r.u);
    r.vt = mem_new((size_t)(k * r.n), sizeof *r.vt);
    CU_ASSERT_EQUAL_FATAL(svd_decompose(a, k, r.s, r.u, r.vt, &err), ST_OK);
    return r;
}

static void result_free(struct result *r)
{
    free(r->s);
    free(r->u);
    free(r->vt);
}

/* A = U S V^T, to the rounding of float64 on a matrix of that norm. */
static void check_product(const struct transect_view *a,
                          const struct result *r)
{
    for (int64_t i = 0; i < r->m; i++)
        for (int64_t j = 0; j < r->n; j++) {
            double sum = 0;

            for (int64_t c = 0; c < r->k; c++)
                sum += r->u[i * r->k + c] * r->s[c] * r->vt[c * r->n + j];
            CU_ASSERT_DOUBLE_EQUAL(sum, at(a, i, j), 1e-13 * r->s[0]);
        }
}

static void check_bases(const struct result *r)
{
    for (int64_t c = 0; c < r->k; c++)
        for (int64_t e = 0; e < r->k; e++) {
            double left = 0, right = 0;

            for (int64_t i = 0; i < r->m; i++)
                left += r->u[i * r->k + c] * r->u[i * r->k + e];
            for (int64_t j = 0; j < r->n; j++)
                right += r->vt[c * r->n + j] * r->vt[e * r->n + j];
            CU_ASSERT_DOUBLE_EQUAL(left, c == e, 1e-13);
            CU_ASSERT_DOUBLE_EQUAL(right, c == e, 1e-13);
        }
}

static void check_order_and_signs(const struct result *r)
{
    for (int64_t c = 0; c < r->k; c++) {
        double largest = 0;

        CU_ASSERT_TRUE(r->s[c] >= 0);
        CU_ASSERT_TRUE(c == 0 || r->s[c] <= r->s[c - 1]);
        for (int64_t i = 0; i < r->m; i++)
            if (fabs(r->u[i * r->k + c]) > fabs(largest))
                largest = r->u[i * r->k + c];
        CU_ASSERT_TRUE(largest > 0);
    }
}

/* The first vectors alone are those of the whole. */
static void check_part(const struct transect_view *a,
                       const struct result *whole, int64_t k)
{
    struct result part = result_of(a, k);
    int64_t least = a->rows < a->cols ? a->rows : a->cols;

    for (int64_t c = 0; c < least; c++)
        CU_ASSERT_DOUBLE_EQUAL(part.s[c], whole->s[c], 1e-13 * whole->s[0]);
    for (int64_t i = 0; i < part.m; i++)
        for (int64_t c = 0; c < k; c++)
            CU_ASSERT_EQUAL(part.u[i * k + c], whole->u[i * whole->k + c]);
    CU_ASSERT_EQUAL(
        memcmp(part.vt, whole->vt,
               (size_t)(k * part.n) * sizeof *part.vt), 0);
    result_free(&part);
}

/* Element (i, j) at i * row + j * col of more memory than that takes. */
static void check_random(int64_t m, int64_t n, int64_t row, int64_t col)
{
    int64_t size = (m - 1) * row + (n - 1) * col + 1;
    float *data = mem_new((size_t)size, sizeof *data);
    struct transect_view view = {data, m, n, row, col};
    uint32_t state = (uint32_t)(m * 1000 + n);
    struct result all;

    for (int64_t i = 0; i < size; i++)
        data[i] = NAN;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            state = state * 1664525u + 1013904223u;
            data[i * row + j * col] = (float)(int32_t)state / 1e9f;
        }
    all = result_of(&view, m < n ? m : n);
    check_product(&view, &all);
    check_bases(&all);
    check_order_and_signs(&all);
    check_part(&view, &all, 0);
    check_part(&view, &all, 1);
    result_free(&all);
    free(data);
}

static void test_definition(void)
{
    check_random(1, 1, 1, 1);
    check_random(1, 7, 7, 1);
    check_random(6, 1, 3, 1);
    check_random(12, 12, 12, 1);
    check_random(40, 9, 9, 1);
    check_random(9, 40, 50, 1);
    check_random(40, 10, 1, 40); /* transposed */
    check_random(10, 30, 2, 21); /* with holes */
}

/* Of a matrix whose Gram matrix has the eigenvalues 45 and 5; of an outer
 * product, whose only one is the product of the norms; of permuted
 * multiples of unit vectors. */
static void test_known_values(void)
{
    static const float two[] = {3, 0, 4, 5},
                       outer[] = {3, 6, -6, 4, 8, -8},
                       permuted[] = {0, -2, 0, 0, 0, 0.5f, 7, 0, 0};
    struct result r = result_of(&(struct transect_view){two, 2, 2, 2, 1}, 1);

    CU_ASSERT_DOUBLE_EQUAL(r.s[0], sqrt(45), 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(r.s[1], sqrt(5), 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(r.u[0], 1 / sqrt(10), 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(r.u[1], 3 / sqrt(10), 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(r.vt[0], 1 / sqrt(2), 1e-14);
    result_free(&r);
    r = result_of(&(struct transect_view){outer, 2, 3, 3, 1}, 1);
    CU_ASSERT_DOUBLE_EQUAL(r.s[0], 5 * 3, 1e-13);
    CU_ASSERT_DOUBLE_EQUAL(r.s[1], 0, 1e-13);
    CU_ASSERT_DOUBLE_EQUAL(r.u[1], 0.8, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(r.vt[2], -2.0 / 3, 1e-14);
    result_free(&r);
    r = result_of(&(struct transect_view){permuted, 3, 3, 3, 1}, 3);
    CU_ASSERT_DOUBLE_EQUAL(r.s[0], 7, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(r.s[1], 2, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(r.s[2], 0.5, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(r.u[1], 1, 1e-14); /* of row 0 in U: second */
    CU_ASSERT_DOUBLE_EQUAL(r.vt[3 + 1], -1, 1e-14);
    result_free(&r);
}

static void refuse(float *data, int64_t m, int64_t n, int64_t k,
                   const char *message)
{
    struct transect_view view = {data, m, n, n, 1};
    double s[4], u[16], vt[16];

    CU_ASSERT_EQUAL(svd_decompose(&view, k, s, u, vt, &err), ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, message));
}

static void test_refusals(void)
{
    float data[] = {1, 2, 3, 4};

    refuse(data, 0, 4, 0, "0 x 4");
    refuse(data, 2, 2, 3, "it has 2");
    refuse(data, 2, 2, -1, "-1 singular vectors");
    data[3] = NAN;
    refuse(data, 2, 2, 1, "not finite");
    data[3] = INFINITY;
    refuse(data, 2, 2, 0, "not finite");
}

CU_ErrorCode add_svd_tests(void)
{
    CU_pSuite suite = CU_add_suite("svd", NULL, NULL);

    CU_add_test(suite, "product, orthogonality, signs", test_definition);
    CU_add_test(suite, "known singular values", test_known_values);
    CU_add_test(suite, "what has no decomposition", test_refusals);
    return CU_get_error();
}
