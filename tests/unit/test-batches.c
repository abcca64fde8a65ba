/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-batches.c - which samples share a pass: lengths that fit together, in
 * their order, every sample once; and what of it lies in a range. */
#include "tests.h"

#include "base/mem.h"
#include "plan/batches.h"

#include <limits.h>
#include <string.h>

static struct samples *make(const int *lengths, int n)
{
    struct samples *samples = mem_new(1, sizeof *samples);
    int32_t tokens[100];

    for (int i = 0; i < n; i++) {
        for (int j = 0; j < lengths[i]; j++)
            tokens[j] = 1000 * i + j;
        samples_add(samples, tokens, lengths[i]);
    }
    return samples;
}

static void test_offsets(void)
{
    static const int lengths[] = {3, 1, 7, 3};
    static const int n_of_length[] = {0, 1, 0, 2, 0, 0, 0, 1};
    struct samples *samples = make(lengths, 4);

    CU_ASSERT_EQUAL(samples->n_sample, 4);
    CU_ASSERT_EQUAL(samples->longest, 7);
    CU_ASSERT_EQUAL(samples->shortest, 1);
    CU_ASSERT_EQUAL(samples->n_token, 14);
    CU_ASSERT_EQUAL(memcmp(samples->n_of_length, n_of_length,
                           sizeof n_of_length), 0);
    CU_ASSERT_EQUAL(samples->list[2].first, 4);
    CU_ASSERT_EQUAL(samples_tokens(samples, 2)[6], 2006);
    CU_ASSERT_EQUAL(samples_tokens(samples, 1)[0], 1000);
    samples_free(samples);
}

static void check_list(const struct batches *batches, const int *ns, size_t n)
{
    int first = 0;

    CU_ASSERT_EQUAL_FATAL(batches->n, n);
    for (size_t i = 0; i < n; i++) {
        CU_ASSERT_EQUAL(batches->list[i].first, first);
        CU_ASSERT_EQUAL(batches->list[i].n, ns[i]);
        first += ns[i];
    }
}

static void test_limits(void)
{
    static const int lengths[] = {3, 5, 2, 20, 4, 4, 4};
    struct samples *samples = make(lengths, 7);
    struct batches batches = {0};

    /* A sample that is longer than the limit is alone. */
    batches_make(samples, 10, INT_MAX, &batches);
    check_list(&batches, (int[]){3, 1, 2, 1}, 4);
    CU_ASSERT_EQUAL(batches.max_tokens, 20);
    CU_ASSERT_EQUAL(batches.max_samples, 3);
    batches_make(samples, 9, INT_MAX, &batches);
    check_list(&batches, (int[]){2, 1, 1, 2, 1}, 5);
    batches_make(samples, 10, 2, &batches);
    check_list(&batches, (int[]){2, 1, 1, 2, 1}, 5);
    CU_ASSERT_EQUAL(batches.max_samples, 2);
    batches_make(samples, INT_MAX / 2, INT_MAX, &batches);
    check_list(&batches, (int[]){7}, 1);
    CU_ASSERT_EQUAL(batches.max_tokens, 42);
    batches_make(samples, 1, INT_MAX, &batches);
    CU_ASSERT_EQUAL(batches.n, 7);
    batches_clear(&batches);
    CU_ASSERT_EQUAL(batches.n, 0);
    samples_free(samples);
}

static void test_ranges(void)
{
    static const int lengths[] = {3, 5, 2, 20, 4, 4, 4};
    struct samples *samples = make(lengths, 7);
    struct batches batches = {0};
    struct span spans[7];
    struct batch pass;

    batches_make(samples, 10, INT_MAX, &batches);
    CU_ASSERT_TRUE_FATAL(batches_pass(
        &batches, 0, samples, (struct sample_range){0, 7}, spans, &pass));
    CU_ASSERT_EQUAL(pass.n_span, 3);
    CU_ASSERT_EQUAL(pass.n_row, 10);
    CU_ASSERT(spans[1].row == 3 && spans[1].n_token == 5 &&
              spans[1].sample == 1 && spans[1].slot == 1);
    CU_ASSERT_EQUAL(pass.tokens[spans[2].row], 2000);
    /* Cut at both ends. */
    CU_ASSERT_TRUE(batches_pass(&batches, 0, samples,
                                (struct sample_range){1, 2}, spans, &pass));
    CU_ASSERT(pass.n_span == 1 && pass.n_row == 5 && spans[0].row == 0 &&
              spans[0].sample == 1 && pass.tokens[0] == 1000);
    CU_ASSERT_FALSE(batches_pass(&batches, 0, samples,
                                 (struct sample_range){3, 7}, spans, &pass));
    CU_ASSERT_EQUAL(batches_count(&batches, (struct sample_range){0, 7}), 4);
    CU_ASSERT_EQUAL(batches_count(&batches, (struct sample_range){2, 4}), 2);
    CU_ASSERT_EQUAL(batches_count(&batches, (struct sample_range){4, 4}), 0);
    batches_clear(&batches);
    samples_free(samples);
}

CU_ErrorCode add_batches_tests(void)
{
    CU_pSuite suite = CU_add_suite("batches", NULL, NULL);

    if (!suite || !CU_add_test(suite, "samples of any length", test_offsets) ||
        !CU_add_test(suite, "limits of tokens and samples", test_limits) ||
        !CU_add_test(suite, "ranges", test_ranges))
        return CU_get_error();
    return CUE_SUCCESS;
}
