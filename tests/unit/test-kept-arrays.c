/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-kept-arrays.c - arrays of states: as bytes, and merged by rules. */
#include "plugin/kept-arrays.h"

#include "base/mem.h"
#include "tests.h"

#include <math.h>
#include <string.h>

static void *add(struct kept_arrays *arrays, const char *name, int element,
                 int merge, size_t n)
{
    const struct transect_array array = {
        .name = name, .element = element, .merge = merge, .n = n,
        .record = merge == TRANSECT_MERGE_BEST ? 3 : 0};
    void *data = mem_new(n, 8);

    CU_ASSERT_PTR_NULL_FATAL(kept_arrays_objection(arrays, &array));
    kept_arrays_add(arrays, &array, data);
    return data;
}

/* Sums, extremes and records of x, and then those of y. */
static struct kept_arrays make(int32_t i, int64_t j, float f,
                               const double d[6])
{
    struct kept_arrays arrays = {0};

    *(int32_t *)add(&arrays, "sum32", TRANSECT_INT32, TRANSECT_MERGE_SUM,
                    1) = i;
    *(int64_t *)add(&arrays, "max64", TRANSECT_INT64, TRANSECT_MERGE_MAX,
                    1) = j;
    *(float *)add(&arrays, "min", TRANSECT_FLOAT32, TRANSECT_MERGE_MIN,
                  1) = f;
    memcpy(add(&arrays, "sum", TRANSECT_FLOAT64, TRANSECT_MERGE_SUM, 6), d,
           6 * sizeof *d);
    memcpy(add(&arrays, "best", TRANSECT_FLOAT64, TRANSECT_MERGE_BEST, 6), d,
           6 * sizeof *d);
    *(int32_t *)add(&arrays, "own", TRANSECT_INT32, TRANSECT_MERGE_OWN,
                    1) = i;
    return arrays;
}

static const double first[] = {1, 5, 10, 7, 2, 70};
static const double second[] = {2, 9, 20, 7, 1, 71};

static const void *data_of(const struct kept_arrays *arrays, const char *name)
{
    return kept_arrays_find(arrays, name)->data;
}

static void test_merge(void)
{
    struct kept_arrays x = make(3, INT64_C(1) << 40, 2.5f, first);
    struct kept_arrays y = make(-5, 7, 0.5f, second);
    const double *sum, *best;

    CU_ASSERT(kept_arrays_merge_own(&x));
    kept_arrays_merge(&x, &y);
    sum = data_of(&x, "sum");
    best = data_of(&x, "best");
    CU_ASSERT_EQUAL(*(const int32_t *)data_of(&x, "sum32"), -2);
    CU_ASSERT_EQUAL(*(const int64_t *)data_of(&x, "max64"), INT64_C(1) << 40);
    CU_ASSERT_EQUAL(*(const float *)data_of(&x, "min"), 0.5f);
    CU_ASSERT_EQUAL(*(const int32_t *)data_of(&x, "own"), 3);
    for (int i = 0; i < 6; i++)
        CU_ASSERT_EQUAL(sum[i], first[i] + second[i]);
    /* The larger first element; of equals the smaller second. */
    CU_ASSERT_EQUAL(memcmp(best, second, sizeof second), 0);
    kept_arrays_merge(&y, &x);
    CU_ASSERT_EQUAL(memcmp(data_of(&y, "best"), second, sizeof second), 0);
    kept_arrays_clear(&x);
    kept_arrays_clear(&y);
}

static void test_nan(void)
{
    static const double unknown[] = {NAN, 0, 0, NAN, 0, 0};
    struct kept_arrays x = make(0, 0, 1, unknown), y = make(0, 0, 1, first);
    const double *sum;

    kept_arrays_merge(&x, &y);
    sum = data_of(&x, "sum");
    CU_ASSERT(isnan(sum[0]));
    CU_ASSERT_EQUAL(sum[1], 5);
    kept_arrays_clear(&x);
    kept_arrays_clear(&y);
}

static void test_bytes(void)
{
    struct kept_arrays x = make(3, 4, 2.5f, first);
    struct kept_arrays like = kept_arrays_like(&x), other = {0};
    struct serializer bytes = {0};
    struct error err = {0};

    CU_ASSERT_EQUAL(kept_arrays_serialize(&x, &bytes, &err), ST_OK);
    bytes.unpacking = true;
    CU_ASSERT_EQUAL(kept_arrays_serialize(&like, &bytes, &err), ST_OK);
    CU_ASSERT_EQUAL(memcmp(data_of(&like, "sum"), first, sizeof first), 0);
    CU_ASSERT_EQUAL(*(const float *)data_of(&like, "min"), 2.5f);

    bytes.at = 0;
    add(&other, "sum32", TRANSECT_INT32, TRANSECT_MERGE_SUM, 2);
    CU_ASSERT_EQUAL(kept_arrays_serialize(&other, &bytes, &err), ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "2 elements of 'sum32'"));
    bytes.at = 0;
    bytes.size--;
    CU_ASSERT_EQUAL(kept_arrays_serialize(&like, &bytes, &err), ST_FAILED);
    bytes.at = bytes.size = 0;
    CU_ASSERT_EQUAL(kept_arrays_serialize(&like, &bytes, &err), ST_FAILED);
    serialize_clear(&bytes);
    kept_arrays_clear(&x);
    kept_arrays_clear(&like);
    kept_arrays_clear(&other);
}

/* Neither going on from a state nor adding another overflows. */
static void check_room(int element, int merge, const void *value, bool good)
{
    struct kept_arrays x = {0}, like;
    struct serializer bytes = {0};
    struct error err = {0};

    add(&x, "n", element, merge, 1);
    like = kept_arrays_like(&x);
    memcpy(x.all[0].data, value, kept_arrays_element_size(element));
    CU_ASSERT_EQUAL(kept_arrays_serialize(&x, &bytes, &err), ST_OK);
    bytes.unpacking = true;
    CU_ASSERT_EQUAL(!kept_arrays_serialize(&like, &bytes, &err), good);
    if (!good)
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "an integer of 'n'"));
    serialize_clear(&bytes);
    kept_arrays_clear(&x);
    kept_arrays_clear(&like);
}

static void test_room(void)
{
    static const int32_t small[] = {INT32_MAX / 2, INT32_MIN / 2,
                                    INT32_MAX / 2 + 1, INT32_MIN / 2 - 1};
    static const int64_t large[] = {INT64_MAX / 2, INT64_MIN / 2,
                                    INT64_MAX / 2 + 1, INT64_MIN / 2 - 1};

    for (int i = 0; i < 4; i++) {
        check_room(TRANSECT_INT32, TRANSECT_MERGE_SUM, &small[i], i < 2);
        check_room(TRANSECT_INT64, TRANSECT_MERGE_SUM, &large[i], i < 2);
        check_room(TRANSECT_INT64, TRANSECT_MERGE_MAX, &large[i], true);
    }
}

static void test_objections(void)
{
    static const struct transect_array bad[] = {
        {.name = "", .n = 1},
        {.name = NULL, .n = 1},
        {.name = "sum32", .n = 1},
        {.name = "a", .element = TRANSECT_FLOAT64 + 1},
        {.name = "a", .merge = -1},
        {.name = "a", .merge = TRANSECT_MERGE_BEST, .n = 4, .record = 2},
        {.name = "a", .element = TRANSECT_FLOAT64,
         .merge = TRANSECT_MERGE_BEST, .n = 4, .record = 3},
        {.name = "a", .element = TRANSECT_FLOAT64,
         .merge = TRANSECT_MERGE_BEST, .n = 4, .record = 0},
    };
    struct kept_arrays arrays = make(1, 1, 1, first);

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_PTR_NOT_NULL(kept_arrays_objection(&arrays, &bad[i]));
    CU_ASSERT_PTR_NULL(kept_arrays_find(&arrays, "a"));
    kept_arrays_clear(&arrays);
}

CU_ErrorCode add_kept_arrays_tests(void)
{
    CU_pSuite suite = CU_add_suite("kept-arrays", NULL, NULL);

    CU_add_test(suite, "merged by rules", test_merge);
    CU_add_test(suite, "what is no number stays so in a sum", test_nan);
    CU_add_test(suite, "as bytes and back", test_bytes);
    CU_add_test(suite, "sums have room", test_room);
    CU_add_test(suite, "arrays that cannot be", test_objections);
    return CU_get_error();
}
