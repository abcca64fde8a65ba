/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-paired-statistics.c - standard errors, p and q as SciPy has them
 * (tests/data/paired-statistics.json, which tests/parity/paired_statistics.py
 * writes), and what SciPy says nothing of. */
#include "tests.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/random-normal.h"
#include "results/paired-statistics.h"

#include <math.h>
#include <stdlib.h>

static json_t *golden(const char *key)
{
    char *path = mem_path(getenv("top_srcdir"),
                          "tests/data/paired-statistics.json");
    struct error err;
    json_t *all, *part;

    CU_ASSERT_EQUAL_FATAL(json_load_object(path, &all, &err), ST_OK);
    part = json_incref(json_object_get(all, key));
    json_decref(all);
    free(path);
    return part;
}

static double *numbers(const json_t *list, size_t *n)
{
    double *all;

    *n = json_array_size(list);
    all = mem_new(*n, sizeof *all);
    for (size_t i = 0; i < *n; i++)
        all[i] = json_number_value(json_array_get(list, i));
    return all;
}

static void expect(double got, const json_t *want)
{
    double value = json_number_value(want);

    CU_ASSERT_PTR_NOT_NULL(want);
    CU_ASSERT_DOUBLE_EQUAL(got, value, 1e-9 * fabs(value));
}

/* With signs of its own. */
static struct paired paired_by(const double *changes, size_t n, uint64_t key)
{
    struct paired_signs *signs = paired_signs_new(key);
    struct paired paired = paired_of(changes, n, signs);

    paired_signs_free(signs);
    return paired;
}

static void test_changes(void)
{
    json_t *all = golden("changes"), *one;
    size_t i, n;

    CU_ASSERT_EQUAL(json_array_size(all), 11);
    json_array_foreach(all, i, one) {
        double *changes = numbers(json_object_get(one, "changes"), &n);
        struct paired paired = paired_by(changes, n, i);

        CU_ASSERT_EQUAL(paired.n, n);
        expect(paired.mean, json_object_get(one, "mean"));
        expect(paired.se, json_object_get(one, "se"));
        expect(paired.p, json_object_get(one, "p"));
        free(changes);
    }
    json_decref(all);
}

static void test_rates(void)
{
    json_t *all = golden("rates"), *one;
    size_t i, n;

    CU_ASSERT_EQUAL(json_array_size(all), 5);
    json_array_foreach(all, i, one) {
        const json_t *right = json_object_get(one, "q");
        double *p = numbers(json_object_get(one, "p"), &n);
        double *q = mem_new(n, sizeof *q);

        paired_q(p, n, q);
        for (size_t j = 0; j < n; j++)
            expect(q[j], json_array_get(right, j));
        free(p);
        free(q);
    }
    json_decref(all);
}

/* What is NaN is no test: the others' q are those without it. */
static void test_rates_missing(void)
{
    double with[] = {NAN, 0.01, 0.04, NAN, 0.03}, q[5];
    double without[] = {0.01, 0.04, 0.03}, right[3];

    paired_q(with, 5, q);
    paired_q(without, 3, right);
    CU_ASSERT(isnan(q[0]) && isnan(q[3]));
    CU_ASSERT_EQUAL(q[1], right[0]);
    CU_ASSERT_EQUAL(q[2], right[1]);
    CU_ASSERT_EQUAL(q[4], right[2]);
}

static void test_missing(void)
{
    double some[] = {NAN, 1, NAN, 3}, endless[] = {1, INFINITY, 2};
    double none[] = {0, 0, 0};
    struct paired paired = paired_by(some, 4, 0);

    CU_ASSERT_EQUAL(paired.n, 2);
    CU_ASSERT_EQUAL(paired.mean, 2);
    CU_ASSERT_EQUAL(paired.se, 1);
    CU_ASSERT_EQUAL(paired.p, 0.5);
    paired = paired_by(some, 1, 0);
    CU_ASSERT_EQUAL(paired.n, 0);
    CU_ASSERT(isnan(paired.mean) && isnan(paired.se) && isnan(paired.p));
    paired = paired_by(some + 1, 1, 0);
    CU_ASSERT_EQUAL(paired.mean, 1);
    CU_ASSERT(isnan(paired.se) && isnan(paired.p));
    paired = paired_by(endless, 3, 0);
    CU_ASSERT_EQUAL(paired.mean, INFINITY);
    CU_ASSERT(isnan(paired.se) && isnan(paired.p));
    paired = paired_by(none, 3, 0);
    CU_ASSERT(paired.mean == 0 && paired.se == 0 && paired.p == 1);
}

/* Of n changes of one size and sign, 2 of 2^n signs reach as far. */
static void test_many_exact(void)
{
    double same[PAIRED_MOST_EXACT];

    for (int i = 0; i < PAIRED_MOST_EXACT; i++)
        same[i] = -0.1;
    CU_ASSERT_EQUAL(paired_by(same, PAIRED_MOST_EXACT, 0).p,
                    ldexp(2, -PAIRED_MOST_EXACT));
}

enum { MANY = PAIRED_MOST_EXACT + 1 };

/* One change more than are tried with all signs. */
static void make_many(double *changes)
{
    float normal[MANY];

    random_normal(16, 0, normal, MANY);
    for (int i = 0; i < MANY; i++)
        changes[i] = 0.3 + (double)normal[i];
}

/* By plain definition, with the same signs. */
static double p_at_random(const double *changes, uint64_t key)
{
    double found = 0, all = 0;

    for (int i = 0; i < MANY; i++)
        all += changes[i];
    for (uint64_t flip = 0; flip < PAIRED_FLIPS; flip++) {
        uint32_t words[4];
        double sum = 0;

        random_philox(key, flip, 0, words);
        for (int i = 0; i < MANY; i++)
            sum += words[i / 32] >> i % 32 & 1 ? fabs(changes[i])
                                               : -fabs(changes[i]);
        found += fabs(sum) >= fabs(all);
    }
    return (found + 1) / (PAIRED_FLIPS + 1);
}

/* A key gives the same p always; a change too small to matter leaves the p of
 * all signs, within four standard errors of a part of so many. */
static void test_random(void)
{
    double changes[MANY], p;

    make_many(changes);
    for (uint64_t key = 1; key < 4; key++)
        CU_ASSERT_EQUAL(paired_by(changes, MANY, key).p,
                        p_at_random(changes, key));
    CU_ASSERT_NOT_EQUAL(paired_by(changes, MANY, 1).p,
                        paired_by(changes, MANY, 2).p);
    changes[MANY - 1] = 1e-12;
    p = paired_by(changes, MANY - 1, 0).p;
    CU_ASSERT(p > 0.001 && p < 0.9);
    CU_ASSERT_DOUBLE_EQUAL(paired_by(changes, MANY, 5).p, p,
                           4 * sqrt(p * (1 - p) / PAIRED_FLIPS));
}

/* Signs that are kept are those that a test alone would have, whether others
 * asked for fewer of them before, for more, or for more than are kept. */
static void test_kept(void)
{
    static const size_t sizes[] = {40, 300, 8400, 129, 8400, 40};
    enum { MOST = 8400 };
    struct paired_signs *signs = paired_signs_new(3);
    double *changes = calloc(MOST, sizeof *changes);
    float *normal = calloc(MOST, sizeof *normal);

    CU_ASSERT_FATAL(changes && normal);
    random_normal(17, 0, normal, MOST);
    for (size_t i = 0; i < MOST; i++)
        changes[i] = 0.01 + (double)normal[i];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        double p = paired_of(changes, sizes[i], signs).p;

        CU_ASSERT(p > 0 && p < 1);
        CU_ASSERT_EQUAL(p, paired_by(changes, sizes[i], 3).p);
    }
    paired_signs_free(signs);
    free(changes);
    free(normal);
}

/* 2^n signs of n changes that are all of one sign have a p of 2 / 2^n. */
static void test_least(void)
{
    double changes[40];

    for (size_t i = 0; i < 40; i++)
        changes[i] = 1 + (double)i / 7;
    for (size_t n = 2; n <= 20; n++)
        CU_ASSERT_DOUBLE_EQUAL(paired_least_p(n),
                               paired_by(changes, n, 0).p, 1e-15);
    CU_ASSERT_EQUAL(paired_least_p(40), paired_by(changes, 40, 0).p);
    CU_ASSERT_EQUAL(paired_least_p(0), 1);
    /* 2 / 2^6 = 0.031; 168 * 2 / 2^12 = 0.082, and half of it. */
    CU_ASSERT_EQUAL(paired_enough(1), 6);
    CU_ASSERT_EQUAL(paired_enough(168), 13);
    CU_ASSERT_EQUAL(paired_enough((size_t)1 << 40), 0);
}

CU_ErrorCode add_paired_statistics_tests(void)
{
    CU_pSuite suite = CU_add_suite("paired-statistics", NULL, NULL);

    CU_add_test(suite, "changes against SciPy", test_changes);
    CU_add_test(suite, "the least p", test_least);
    CU_add_test(suite, "rates against SciPy", test_rates);
    CU_add_test(suite, "rates without some", test_rates_missing);
    CU_add_test(suite, "changes that are no numbers", test_missing);
    CU_add_test(suite, "all signs of many", test_many_exact);
    CU_add_test(suite, "random signs of more", test_random);
    CU_add_test(suite, "signs that are kept", test_kept);
    return CU_get_error();
}
