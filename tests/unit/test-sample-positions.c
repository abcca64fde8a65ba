/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-sample-positions.c - which rows of a sample a subscription means. */
#include "hooks/sample-positions.h"

#include "tests.h"

#include <stdint.h>

static void test_numbers(void)
{
    static const struct {
        struct sample_positions positions;
        int n_token, from, to; /* from >= to: none */
    } cases[] = {
        {{0, 0, NULL}, 5, 0, 5},   {{3, 0, NULL}, 5, 3, 5},
        {{3, 1, NULL}, 5, 3, 4},   {{3, 9, NULL}, 5, 3, 5},
        {{3, INT32_MAX, NULL}, 5, 3, 5},
        {{-1, 0, NULL}, 5, 4, 5},  {{-1, 1, NULL}, 5, 4, 5},
        {{-3, 2, NULL}, 5, 2, 4},  {{-3, 2, NULL}, 2, 0, 1},
        {{-9, 0, NULL}, 5, 0, 5},  {{-5, 5, NULL}, 5, 0, 5},
        {{INT32_MIN, INT32_MAX, NULL}, 5, 0, 4},
        {{0, 0, "last"}, 5, 4, 5}, {{0, 0, "last"}, 1, 0, 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int from, to;

        sample_positions_find(&cases[i].positions, cases[i].n_token, &from,
                              &to);
        CU_ASSERT_EQUAL(from, cases[i].from);
        CU_ASSERT_EQUAL(to, cases[i].to);
    }
}

/* Of samples that are too short there are no rows. */
static void test_none(void)
{
    static const struct sample_positions late = {3, 2, NULL};
    static const struct sample_positions early = {-5, 2, NULL};
    int from, to;

    sample_positions_find(&late, 3, &from, &to);
    CU_ASSERT(from >= to);
    sample_positions_find(&early, 3, &from, &to);
    CU_ASSERT(from >= to);
}

static void test_names(void)
{
    CU_ASSERT_STRING_EQUAL(sample_positions_name("last"), "last");
    CU_ASSERT_PTR_NULL(sample_positions_name("subject"));
    CU_ASSERT_PTR_NULL(sample_positions_name(""));
}

CU_ErrorCode add_sample_positions_tests(void)
{
    CU_pSuite suite = CU_add_suite("sample-positions", NULL, NULL);

    CU_add_test(suite, "numbers, and names as numbers", test_numbers);
    CU_add_test(suite, "samples that are too short", test_none);
    CU_add_test(suite, "names", test_names);
    return CU_get_error();
}
