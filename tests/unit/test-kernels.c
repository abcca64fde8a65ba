/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-kernels.c - the element-wise kernels against float64. */
#include "tests.h"

#include "executor/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    case ACT_SILU:
        return x / (1 + exp(-x));
    default:
        return x > 0 ? x : 0;
    }
}

static void test_activation(void)
{
    static const enum activation all[] = {ACT_GELU_TANH, ACT_GELU_ERF,
                                          ACT_RELU, ACT_SILU};

    for (int a = 0; a < 4; a++) {
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

/* To the last places of the result, however small it is. */
static void test_gelu_tail(void)
{
    double worst = 0;

    for (float from = -13.0f; from < 13; from += 0.000613f) {
        float x = from;
        double want = activation_of(ACT_GELU_ERF, (double)x);

        kernel_activation(ACT_GELU_ERF, &x, 1);
        worst = fmax(worst, fabs((double)x - want) / fabs(want));
    }
    CU_ASSERT(worst < 6e-7);
}

/* Values far out keep their meaning, and a NaN stays one. */
static void test_activation_extremes(void)
{
    for (int a = ACT_GELU_TANH; a <= ACT_SILU; a++) {
        float x[] = {1e6f, -1e6f, 3e38f, -3e38f, NAN, INFINITY};

        kernel_activation((enum activation)a, x, 6);
        CU_ASSERT_EQUAL(x[0], 1e6f);
        CU_ASSERT_DOUBLE_EQUAL((double)x[1], 0, 1e-6);
        CU_ASSERT(isnan(x[4]));
        CU_ASSERT(isinf(x[5]));
    }
}

/* Probabilities, in tiles of `step` columns. Behind x there is room. */
static void softmax(float *x, int rows, int cols, int stride, int first,
                    int window, int step)
{
    struct softmax_row row[4], at[LONGEST][4];

    for (int i = 0; i < rows; i++)
        row[i] = (struct softmax_row){.largest = -INFINITY};
    for (int low = 0, t = 0; low < cols; low += step, t++) {
        struct tile tile = {.s = x + low, .stride = stride, .rows = rows,
                            .first = first - low, .window = window};

        tile.room = tile.cols = step < cols - low ? step : cols - low;
        kernel_softmax_tile(&tile, row);
        memcpy(at[t], row, sizeof row);
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < cols; j++)
            x[i * stride + j] *= kernel_softmax_factor(
                &row[i], at[j / step][i].largest);
}

static void check_softmax(int keys, float scale, int step)
{
    float x[LONGEST], score[LONGEST];
    double e[LONGEST], sum = 0, largest = -INFINITY;

    /* Made once: a compiler that fuses products with sums may round wave()
     * in another way where it is called again. */
    for (int j = 0; j < keys; j++) {
        x[j] = score[j] = wave(j, scale);
        sum += e[j] = exp((double)score[j]);
        if ((double)score[j] > largest)
            largest = (double)score[j];
    }
    softmax(x, 1, keys, keys, keys - 1, 0, step);
    /* The rounding of x - largest to float32 is that of its exponential. */
    for (int j = 0; j < keys; j++) {
        double below = largest - (double)score[j];

        CU_ASSERT_DOUBLE_EQUAL((double)x[j], e[j] / sum,
                               (1.5e-6 + 1.2e-7 * below) * e[j] / sum);
    }
}

static void test_softmax(void)
{
    for (size_t i = 0; i < N_LENGTHS; i++) {
        for (int step = 1; step < 300; step = 3 * step + 2) {
            check_softmax((int)lengths[i], 0.5f, step);
            check_softmax((int)lengths[i], 30.0f, step);
        }
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
    softmax(x, 4, 6, 6, 2, 0, 4);
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

/* Rows 2..5 with a window of 3, of 6 keys. */
static void test_softmax_window(void)
{
    float x[4 * 6], masked[4 * 6];

    for (int i = 0; i < 24; i++)
        masked[i] = x[i] = wave(i, 3);
    x[3 * 6 + 0] = NAN; /* before what row 3 may see */
    kernel_mask_causal(masked, 4, 6, 6, 2, 3);
    softmax(x, 4, 6, 6, 2, 3, 2);
    for (int i = 0; i < 4; i++) {
        double sum = 0;

        for (int j = 0; j < 6; j++) {
            bool seen = j <= i + 2 && j > i - 1;

            CU_ASSERT_EQUAL(x[i * 6 + j] > 0, seen);
            CU_ASSERT_EQUAL(isinf(masked[i * 6 + j]) != 0, !seen);
            sum += (double)x[i * 6 + j];
        }
        CU_ASSERT_DOUBLE_EQUAL(sum, 1, 1e-6);
    }
}

/* Two heads of 6 dims, of which 4 rotate; the rotation of a pair is that of a
 * complex number. */
static void check_rotation(bool interleaved)
{
    static const int halves[2][2] = {{0, 2}, {1, 3}};
    static const int neighbours[2][2] = {{0, 1}, {2, 3}};
    struct rope rope = {.kind = ROPE_PLAIN, .dim = 4, .theta = 100,
                        .scale = 1.5, .interleaved = interleaved};
    const int (*pairs)[2] = interleaved ? neighbours : halves;
    float x[3 * 14], before[3 * 14], cosine[6], sine[6];

    for (int i = 0; i < 42; i++)
        before[i] = x[i] = wave(i, 2);
    rope_table(&rope, 3, 0, 3, cosine, sine);
    kernel_rotate(&rope, x, 3, 14, 2, 6, cosine, sine);
    for (int t = 0; t < 3; t++)
        for (int h = 0; h < 2; h++) {
            const float *a = before + t * 14 + h * 6, *b = x + t * 14 + h * 6;

            for (int i = 0; i < 2; i++) {
                double angle = t * pow(100, -i / 2.0);
                double re = (double)a[pairs[i][0]];
                double im = (double)a[pairs[i][1]];

                CU_ASSERT_DOUBLE_EQUAL(
                    (double)b[pairs[i][0]],
                    1.5 * (re * cos(angle) - im * sin(angle)), 1e-6);
                CU_ASSERT_DOUBLE_EQUAL(
                    (double)b[pairs[i][1]],
                    1.5 * (re * sin(angle) + im * cos(angle)), 1e-6);
            }
            CU_ASSERT_EQUAL(b[4], a[4]);
            CU_ASSERT_EQUAL(b[5], a[5]);
        }
    CU_ASSERT_EQUAL(x[12], before[12]); /* beyond the heads */
}

static void test_rotation(void)
{
    check_rotation(false);
    check_rotation(true);
}

/* Over all sizes, relative to what is left. */
static void check_cap(void)
{
    for (float from = 1e-6f; from < 1e4f; from *= 1.13f) {
        float x[3] = {from, -from, NAN};

        kernel_soft_cap(x, 1, 3, 3, 7);
        CU_ASSERT_DOUBLE_EQUAL((double)x[0] / (7 * tanh((double)from / 7)),
                               1, 3e-7);
        CU_ASSERT_EQUAL(x[1], -x[0]);
        CU_ASSERT(isnan(x[2]));
    }
}

static void test_caps_and_biases(void)
{
    float x[2 * 5], bias[6] = {0, 1, 2, 3, 4, 5}, y[3] = {2, 3, 4};

    for (int i = 0; i < 10; i++)
        x[i] = wave(i, 9);
    kernel_soft_cap(x, 2, 4, 5, 2.5f);
    for (int i = 0; i < 10; i++)
        CU_ASSERT_DOUBLE_EQUAL(
            (double)x[i], i % 5 < 4 ? 2.5 * tanh((double)wave(i, 9) / 2.5)
                                    : (double)wave(i, 9), 1e-6);
    check_cap();
    for (int i = 0; i < 10; i++)
        x[i] = 0;
    kernel_add_alibi(x, 2, 4, 5, 2, bias); /* queries 2 and 3 */
    CU_ASSERT_EQUAL(x[0], -2);
    CU_ASSERT_EQUAL(x[2], 0);
    CU_ASSERT_EQUAL(x[5 + 0], -3);
    CU_ASSERT_EQUAL(x[5 + 3], 0);
    CU_ASSERT_EQUAL(x[4], 0);
    kernel_scale(y, 0.5f, 3);
    kernel_multiply(y, bias + 1, 3);
    CU_ASSERT_EQUAL(y[0], 1);
    CU_ASSERT_EQUAL(y[2], 6);
}

/* In place, on rows that lie apart, with and without a gain. */
static void test_rms_norm(void)
{
    float gain[4] = {1, 2, -1, 0.5f}, x[2 * 6], before[2 * 6];
    struct norm norm = {gain, NULL};

    for (int pass = 0; pass < 2; pass++, norm.gain = NULL) {
        for (int i = 0; i < 12; i++)
            before[i] = x[i] = wave(i, 3);
        kernel_norm(NORM_RMS, x, 6, 2, 4, &norm, 1e-3, x, 6);
        for (int i = 0; i < 12; i++) {
            const float *row = before + i / 6 * 6;
            double squares = 1e-3, want = (double)before[i];

            for (int j = 0; j < 4; j++)
                squares += (double)row[j] * (double)row[j] / 4;
            if (i % 6 < 4)
                want *= (pass ? 1 : (double)gain[i % 6]) / sqrt(squares);
            CU_ASSERT_DOUBLE_EQUAL((double)x[i], want, 1e-6);
        }
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
    CU_add_test(suite, "the exact GELU's tail", test_gelu_tail);
    CU_add_test(suite, "activations of extremes", test_activation_extremes);
    CU_add_test(suite, "softmax", test_softmax);
    CU_add_test(suite, "softmax of causal rows", test_softmax_causal);
    CU_add_test(suite, "softmax of a window", test_softmax_window);
    CU_add_test(suite, "layer norm", test_layer_norm);
    CU_add_test(suite, "RMS norm", test_rms_norm);
    CU_add_test(suite, "rotation", test_rotation);
    CU_add_test(suite, "soft caps and ALiBi", test_caps_and_biases);
    CU_add_test(suite, "finding what is not finite", test_find_nonfinite);
    return CU_get_error();
}
