/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-kernels.c - the element-wise kernels against float64. */
#include "tests.h"

#include "kernels.h"

#include <math.h>
#include <stdlib.h>

/* Lengths that are and are not multiples of any vector. */
static const int64_t lengths[] = {1, 2, 3, 7, 16, 31, 64, 100, 257};
#define N_LENGTHS (sizeof lengths / sizeof lengths[0])
#define LONGEST 257

static float wave(int64_t i, float scale)
{
    return scale * sinf(0.7f * (float)i + 0.1f * (float)(i % 13));
}

static double activation_of(enum activation activation, double x)
{
    switch (activation) {
    case ACT_GELU_TANH:
        return 0.5 * x *
               (1 + tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
    case ACT_GELU_ERF:
        return 0.5 * x * erfc(-x / sqrt(2));
    default:
        return x > 0 ? x : 0;
    }
}

static void test_activation(void)
{
    static const enum activation all[] = {ACT_GELU_TANH, ACT_GELU_ERF,
                                          ACT_RELU};

    for (int a = 0; a < 3; a++) {
        for (float from = -12; from < 12; from += 0.37f) {
            float x[5] = {from, from + 0.01f, from + 0.1f, from * 3, 1e-6f};
            double want[5];

            for (int i = 0; i < 5; i++)
                want[i] = activation_of(all[a], (double)x[i]);
            kernel_activation(all[a], x, 5);
            for (int i = 0; i < 5; i++)
                CU_ASSERT_DOUBLE_EQUAL((double)x[i], want[i],
                                       4e-7 * fabs(want[i]) + 3e-7);
        }
    }
}

/* Values far out keep their meaning, and a NaN stays one. */
static void test_activation_extremes(void)
{
    for (int a = ACT_GELU_TANH; a <= ACT_RELU; a++) {
        float x[] = {1e6f, -1e6f, 3e38f, -3e38f, NAN, INFINITY};

        kernel_activation((enum activation)a, x, 6);
        CU_ASSERT_EQUAL(x[0], 1e6f);
        CU_ASSERT_DOUBLE_EQUAL((double)x[1], 0, 1e-6);
        CU_ASSERT(isnan(x[4]));
        CU_ASSERT(isinf(x[5]));
    }
}

static void check_softmax(int64_t keys, float scale)
{
    float x[LONGEST];
    double e[LONGEST], sum = 0, largest = -INFINITY;

    for (int64_t j = 0; j < keys; j++) {
        sum += e[j] = exp((double)wave(j, scale));
        largest = fmax(largest, (double)wave(j, scale));
    }
    for (int64_t j = 0; j < keys; j++)
        x[j] = wave(j, scale);
    kernel_softmax_causal(x, 1, keys, keys, keys - 1, 0);
    /* The rounding of x - largest to float32 is that of its exponential. */
    for (int64_t j = 0; j < keys; j++) {
        double below = largest - (double)wave(j, scale);

        CU_ASSERT_DOUBLE_EQUAL((double)x[j], e[j] / sum,
                               (1e-6 + 1.2e-7 * below) * e[j] / sum);
    }
}

static void test_softmax(void)
{
    for (size_t i = 0; i < N_LENGTHS; i++) {
        check_softmax(lengths[i], 0.5f);
        check_softmax(lengths[i], 30.0f);
    }
}

static void test_softmax_causal(void)
{
    float x[4 * 6];

    for (int i = 0; i < 24; i++)
        x[i] = wave(i, 3);
    x[0 * 6 + 5] = NAN; /* beyond what row 0 may see */
    kernel_mask_causal(x, 4, 6, 6, 2, 0);
    CU_ASSERT(isinf(x[0 * 6 + 3]) && isinf(x[0 * 6 + 5]));
    CU_ASSERT(isfinite(x[3 * 6 + 5]));
    kernel_softmax_causal(x, 4, 6, 6, 2, 0);
    for (int i = 0; i < 4; i++) {
        double sum = 0;

        for (int j = 0; j < 6; j++) {
            sum += (double)x[i * 6 + j];
            if (j > i + 2)
                CU_ASSERT_EQUAL(x[i * 6 + j], 0);
        }
        CU_ASSERT_DOUBLE_EQUAL(sum, 1, 1e-6);
    }
}

static void check_norm(int64_t cols, float offset, bool with_bias)
{
    float x[2 * LONGEST], y[2 * LONGEST], gain[LONGEST], bias[LONGEST];
    struct norm norm = {gain, with_bias ? bias : NULL};
    double epsilon = 1e-5;

    for (int64_t j = 0; j < cols; j++) {
        gain[j] = 1 + wave(j, 0.2f);
        bias[j] = wave(j + 5, 0.3f);
        x[j] = wave(j, 2) + offset;
        x[cols + j] = wave(j + 9, 2) - offset;
    }
    x[0] = 3000; /* a massive activation */
    kernel_norm(NORM_LAYER, x, cols, 2, cols, &norm, epsilon, y, cols);
    for (int i = 0; i < 2; i++) {
        double mean = 0, variance = 0;

        for (int64_t j = 0; j < cols; j++)
            mean += (double)x[i * cols + j] / (double)cols;
        for (int64_t j = 0; j < cols; j++)
            variance += pow((double)x[i * cols + j] - mean, 2) /
                        (double)cols;
        for (int64_t j = 0; j < cols; j++) {
            double want = ((double)x[i * cols + j] - mean) /
                              sqrt(variance + epsilon) * (double)gain[j] +
                          (with_bias ? (double)bias[j] : 0);

            CU_ASSERT_DOUBLE_EQUAL((double)y[i * cols + j], want,
                                   3e-6 * sqrt((double)cols));
        }
    }
}

static void test_layer_norm(void)
{
    for (size_t i = 1; i < N_LENGTHS; i++) {
        check_norm(lengths[i], 0, true);
        check_norm(lengths[i], 10, false);
    }
}

static void test_find_nonfinite(void)
{
    const int64_t n = 5000;
    float *x = calloc((size_t)n, sizeof *x);

    x[7] = 3e38f;
    CU_ASSERT_EQUAL(kernel_find_nonfinite(x, n), -1);
    CU_ASSERT_EQUAL(kernel_find_nonfinite(x, 0), -1);
    for (int64_t at = 0; at < n; at += 613) {
        x[at] = at % 2 ? NAN : -INFINITY;
        CU_ASSERT_EQUAL(kernel_find_nonfinite(x, n), at);
        x[at] = 0;
    }
    x[n - 1] = INFINITY;
    CU_ASSERT_EQUAL(kernel_find_nonfinite(x, n), n - 1);
    free(x);
}

CU_ErrorCode add_kernels_tests(void)
{
    CU_pSuite suite = CU_add_suite("kernels", NULL, NULL);

    CU_add_test(suite, "activations", test_activation);
    CU_add_test(suite, "activations of extremes", test_activation_extremes);
    CU_add_test(suite, "softmax", test_softmax);
    CU_add_test(suite, "softmax of causal rows", test_softmax_causal);
    CU_add_test(suite, "layer norm", test_layer_norm);
    CU_add_test(suite, "finding what is not finite", test_find_nonfinite);
    return CU_get_error();
}
