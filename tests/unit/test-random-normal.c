/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-random-normal.c - the generator's known answers, and that its deviates
 * are normal and independent. */
#include "tests.h"

#include "base/random-normal.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* From kat_vectors of Random123, philox4x32 10. */
static void test_known_answers(void)
{
    static const struct {
        uint64_t key, stream, block;
        uint32_t out[4];
    } answers[] = {
        {0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {UINT64_MAX, UINT64_MAX, UINT64_MAX,
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {UINT64_C(0x299f31d0a4093822), UINT64_C(0x0370734413198a2e),
         UINT64_C(0x85a308d3243f6a88),
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };

    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        uint32_t out[4];

        random_philox(answers[i].key, answers[i].stream, answers[i].block,
                      out);
        CU_ASSERT_EQUAL(memcmp(out, answers[i].out, sizeof out), 0);
    }
}

enum { N = 100000 };
static float a[N], b[N];

/* Bounds are five standard errors wide. */
static void test_moments(void)
{
    double moments[5] = {0};
    int n_within = 0;

    random_normal(random_key(1, "moments"), 7, a, N);
    for (int i = 0; i < N; i++) {
        double power = 1;

        n_within += fabsf(a[i]) < 1;
        for (int k = 1; k <= 4; k++)
            moments[k] += power *= (double)a[i];
    }
    CU_ASSERT_DOUBLE_EQUAL(moments[1] / N, 0, 5 * sqrt(1.0 / N));
    CU_ASSERT_DOUBLE_EQUAL(moments[2] / N, 1, 5 * sqrt(2.0 / N));
    CU_ASSERT_DOUBLE_EQUAL(moments[3] / N, 0, 5 * sqrt(15.0 / N));
    CU_ASSERT_DOUBLE_EQUAL(moments[4] / N, 3, 5 * sqrt(96.0 / N));
    CU_ASSERT_DOUBLE_EQUAL((double)n_within / N, erf(sqrt(0.5)),
                           5 * sqrt(0.217 / N));
}

static double correlation(const float *x, const float *y, int n)
{
    double xy = 0, xx = 0, yy = 0;

    for (int i = 0; i < n; i++) {
        xy += (double)x[i] * (double)y[i];
        xx += (double)x[i] * (double)x[i];
        yy += (double)y[i] * (double)y[i];
    }
    return xy / sqrt(xx * yy);
}

/* Streams, keys of neighbouring seeds and names, and neighbours in one
 * stream: both deviates of a Box-Muller pair, and pairs of one block. */
static void test_independence(void)
{
    const double bound = 5 / sqrt(N - 4);
    uint64_t key = random_key(1, "pruner");

    random_normal(key, 0, a, N);
    for (int lag = 1; lag <= 4; lag++)
        CU_ASSERT_DOUBLE_EQUAL(correlation(a, a + lag, N - lag), 0, bound);
    random_normal(key, 1, b, N);
    CU_ASSERT_DOUBLE_EQUAL(correlation(a, b, N), 0, bound);
    random_normal(random_key(2, "pruner"), 0, b, N);
    CU_ASSERT_DOUBLE_EQUAL(correlation(a, b, N), 0, bound);
    random_normal(random_key(1, "pruner:b"), 0, b, N);
    CU_ASSERT_DOUBLE_EQUAL(correlation(a, b, N), 0, bound);
}

/* The first n deviates are the same however many are asked for, and nothing
 * is written behind them. */
static void test_prefix(void)
{
    float some[16];

    random_normal(3, 4, a, 16);
    for (size_t n = 0; n < 16; n++) {
        for (int i = 0; i < 16; i++)
            some[i] = 99;
        random_normal(3, 4, some, n);
        CU_ASSERT_EQUAL(memcmp(some, a, n * sizeof *some), 0);
        CU_ASSERT_EQUAL(some[n], 99);
    }
}

static void test_key(void)
{
    CU_ASSERT_EQUAL(random_key(1, "pruner"), random_key(1, "pruner"));
    CU_ASSERT_NOT_EQUAL(random_key(1, "pruner"), random_key(2, "pruner"));
    CU_ASSERT_NOT_EQUAL(random_key(1, "pruner"), random_key(1, "pruner:a"));
    CU_ASSERT_NOT_EQUAL(random_key(0, ""), random_key(1, ""));
}

/* One number after the other by a word of the stream, each word once: the one
 * that is picked leaves its place to the first that is left. */
static void test_subset(void)
{
    enum { ALL = 12, SOME = 9 };
    bool picked[ALL] = {false};
    int left[ALL], set[SOME], n = 0;
    uint32_t words[4];

    for (int i = 0; i < ALL; i++)
        left[i] = i;
    for (int i = 0; i < SOME; i++) {
        int at;

        random_philox(5, 3, (uint64_t)(i / 4), words);
        at = i + (int)floor((double)words[i % 4] / 4294967296 * (ALL - i));
        picked[left[at]] = true;
        left[at] = left[i];
    }
    random_subset(5, 3, ALL, SOME, set);
    for (int i = 0; i < ALL; i++)
        if (picked[i])
            CU_ASSERT_EQUAL(set[n++], i);
    CU_ASSERT_EQUAL(n, SOME);
}

CU_ErrorCode add_random_normal_tests(void)
{
    CU_pSuite suite = CU_add_suite("random", NULL, NULL);

    CU_add_test(suite, "known answers of Philox", test_known_answers);
    CU_add_test(suite, "moments of the normal", test_moments);
    CU_add_test(suite, "streams, keys and neighbours are independent",
                test_independence);
    CU_add_test(suite, "fewer deviates are the same ones", test_prefix);
    CU_add_test(suite, "keys of seeds and names", test_key);
    CU_add_test(suite, "subsets", test_subset);
    return CU_get_error();
}
