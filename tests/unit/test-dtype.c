/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-dtype.c - element types: exact conversion, and the search for NaN. */
#include "tensor/dtype.h"
#include "tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_HALF 65536

static float converted(enum dtype type, uint16_t half)
{
    float value;

    dtype_to_f32(type, &half, &value, 1);
    return value;
}

/* The definition of binary16, by arithmetic. */
static double half_value(unsigned half)
{
    int exponent = half >> 10 & 31, fraction = half & 1023;
    double sign = half >> 15 ? -1 : 1;

    if (exponent == 31)
        return fraction ? NAN : sign * INFINITY;
    if (exponent == 0)
        return sign * ldexp(fraction, -24);
    return sign * ldexp(1024 + fraction, exponent - 25);
}

static void test_f16(void)
{
    uint16_t *halves = malloc(N_HALF * sizeof *halves);
    float *values = malloc(N_HALF * sizeof *values);
    int wrong = 0;

    for (unsigned i = 0; i < N_HALF; i++)
        halves[i] = (uint16_t)i;
    dtype_to_f32(DTYPE_F16, halves, values, N_HALF);
    for (unsigned i = 0; i < N_HALF; i++) {
        double right = half_value(i);

        wrong += isnan(right) ? !isnan(values[i])
                              : values[i] != right ||
                                    !signbit(values[i]) != !signbit(right);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(converted(DTYPE_F16, 0x3c00), 1);
    CU_ASSERT_EQUAL(converted(DTYPE_F16, 0x7bff), 65504);
    CU_ASSERT_EQUAL(converted(DTYPE_F16, 0x8001), -0x1p-24f);
    free(halves);
    free(values);
}

static void test_bf16(void)
{
    CU_ASSERT_EQUAL(converted(DTYPE_BF16, 0x3f80), 1);
    CU_ASSERT_EQUAL(converted(DTYPE_BF16, 0xc049), -3.140625f);
    CU_ASSERT_EQUAL(converted(DTYPE_BF16, 0x0001), 0x1p-133f);
    CU_ASSERT_EQUAL(converted(DTYPE_BF16, 0xff80), -INFINITY);
    CU_ASSERT_TRUE(isnan(converted(DTYPE_BF16, 0x7fc0)));
}

/* The definitions of arXiv 2209.05433, table 1, by arithmetic. */
static double e4m3_value(unsigned code)
{
    int exponent = code >> 3 & 15, fraction = code & 7;
    double sign = code >> 7 ? -1 : 1;

    if (exponent == 15 && fraction == 7)
        return NAN;
    if (exponent == 0)
        return sign * ldexp(fraction, -9);
    return sign * ldexp(1 + fraction / 8.0, exponent - 7);
}

static double e5m2_value(unsigned code)
{
    int exponent = code >> 2 & 31, fraction = code & 3;
    double sign = code >> 7 ? -1 : 1;

    if (exponent == 31)
        return fraction ? NAN : sign * INFINITY;
    if (exponent == 0)
        return sign * ldexp(fraction, -16);
    return sign * ldexp(1 + fraction / 4.0, exponent - 15);
}

static int n_wrong(enum dtype type, double value(unsigned code))
{
    unsigned char codes[256];
    float got[256];
    int wrong = 0;

    for (unsigned i = 0; i < 256; i++)
        codes[i] = (unsigned char)i;
    dtype_to_f32(type, codes, got, 256);
    for (unsigned i = 0; i < 256; i++) {
        double right = value(i);

        wrong += isnan(right) ? !isnan(got[i])
                              : got[i] != right ||
                                    !signbit(got[i]) != !signbit(right);
    }
    return wrong;
}

static void test_f8(void)
{
    CU_ASSERT_EQUAL(n_wrong(DTYPE_F8_E4M3, e4m3_value), 0);
    CU_ASSERT_EQUAL(n_wrong(DTYPE_F8_E5M2, e5m2_value), 0);
    CU_ASSERT_EQUAL(e4m3_value(0x7e), 448);
    CU_ASSERT_EQUAL(e5m2_value(0x7b), 57344);
}

/* To the nearest float32, and where two are as near, to the even one. */
static void test_f64(void)
{
    const double from[] = {1.5, 0x1p0 + 0x1p-24, 0x1.000003p0,
                           0x1.000001000001p0, -0x1p-150, 0x1.8p-149,
                           0x1.fffffefp127, 0x1.ffffffp127, 0.1};
    const float right[] = {1.5f, 1, 0x1.000004p0f, 0x1.000002p0f, -0.0f,
                           0x1p-148f, 0x1.fffffep127f, INFINITY, 0.1f};
    unsigned char bytes[sizeof from + 1];
    float got[9];

    memcpy(bytes + 1, from, sizeof from);
    dtype_to_f32(DTYPE_F64, bytes + 1, got, 9);
    CU_ASSERT_EQUAL(memcmp(got, right, sizeof right), 0);
}

/* Any alignment, any count; nothing is written beyond it. */
static void test_alignment(void)
{
    unsigned char from[2 * 700 + 1];
    float to[701];
    int wrong = 0;

    for (size_t i = 0; i < 700; i++) {
        from[2 * i + 1] = (unsigned char)i;
        from[2 * i + 2] = 0x3c; /* 1 + (i mod 256) / 1024 */
    }
    for (size_t n = 0; n <= 700; n += 7) {
        to[n] = -5;
        dtype_to_f32(DTYPE_F16, from + 1, to, n);
        wrong += to[n] != -5;
        for (size_t i = 0; i < n; i++)
            wrong += to[i] != 1 + (float)(i % 256) / 1024;
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void test_f32(void)
{
    const float right[2] = {1.5f, -2.25f};
    unsigned char from[9];
    float to[2];

    memcpy(from + 1, right, sizeof right);
    dtype_to_f32(DTYPE_F32, from + 1, to, 2);
    CU_ASSERT_EQUAL(to[0], 1.5f);
    CU_ASSERT_EQUAL(to[1], -2.25f);
}

static void test_nonfinite(void)
{
    const float bad[] = {NAN, -NAN, INFINITY, -INFINITY};
    float values[1000];
    int wrong = 0;

    for (size_t i = 0; i < 1000; i++)
        values[i] = i % 2 ? 3.4028235e38f : -1e-45f;
    for (size_t n = 0; n <= 1000; n += 50)
        wrong += dtype_find_nonfinite(values, n) != n;
    for (size_t i = 0; i < 1000; i += 9) {
        float kept = values[i];

        values[i] = bad[i % 4];
        wrong += dtype_find_nonfinite(values, 1000) != i;
        values[i] = kept;
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void test_names(void)
{
    enum dtype type;
    size_t size = 0;

    CU_ASSERT_TRUE(dtype_parse("BF16", &type, &size));
    CU_ASSERT_EQUAL(type, DTYPE_BF16);
    CU_ASSERT_EQUAL(size, 2);
    CU_ASSERT_TRUE(dtype_parse("I64", &type, &size));
    CU_ASSERT_EQUAL(type, DTYPE_OTHER);
    CU_ASSERT_EQUAL(size, 8);
    CU_ASSERT_FALSE(dtype_parse("f32", &type, &size));
    CU_ASSERT_EQUAL(dtype_size(DTYPE_F32), 4);
    CU_ASSERT_EQUAL(dtype_size(DTYPE_OTHER), 0);
    CU_ASSERT_STRING_EQUAL(dtype_name(DTYPE_F16), "F16");
}

CU_ErrorCode add_dtype_tests(void)
{
    CU_pSuite suite = CU_add_suite("dtype", NULL, NULL);

    if (!suite || !CU_add_test(suite, "every F16 value", test_f16) ||
        !CU_add_test(suite, "BF16", test_bf16) ||
        !CU_add_test(suite, "every F8 value", test_f8) ||
        !CU_add_test(suite, "F64", test_f64) ||
        !CU_add_test(suite, "any alignment and count", test_alignment) ||
        !CU_add_test(suite, "F32", test_f32) ||
        !CU_add_test(suite, "NaN and infinity are found", test_nonfinite) ||
        !CU_add_test(suite, "names and sizes", test_names))
        return CU_get_error();
    return CUE_SUCCESS;
}
