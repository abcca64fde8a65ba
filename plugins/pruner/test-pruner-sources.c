/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-pruner-sources.c - what takes the place of heads, attention and MLPs
 * where it comes from other samples. */
#include "experiment-fixture.h"
#include "unit/tests.h"

#include <math.h>
#include <string.h>

enum { LAYERS = 2, HEADS = 4, WIDTH = 32, D = WIDTH / HEADS };
enum { SAMPLES = 3, TOKENS = 9 };

static const struct model_recipe recipe = {
    .layers = LAYERS, .heads = HEADS, .width = WIDTH, .seed = 53};

#define MEAN "[variant v]\npruner.method = dataset-mean\n"

static bool start(struct trial *trial)
{
    return trial_make(trial, &recipe, SAMPLES, TOKENS);
}

/* The mean over all rows of all samples, of one element. */
static double mean_of(const struct watch *watch, int layer, int head, int j)
{
    double sum = 0;

    for (int s = 0; s < SAMPLES; s++)
        for (int t = 0; t < TOKENS; t++)
            sum += (double)watch_at(watch, s, layer,
                                    head)[t * watch->cols + j];
    return sum / (SAMPLES * TOKENS);
}

/* In all rows of all samples, the columns from..to-1 are the mean that the
 * unedited model has there. */
static void check_mean(const struct watch *after, const struct watch *before,
                       int layer, int head, int from, int to)
{
    for (int j = from; j < to; j++) {
        double want = mean_of(before, layer, head, j);

        CU_ASSERT(fabs(want) > 1e-7);
        for (int s = 0; s < SAMPLES; s++)
            for (int t = 0; t < TOKENS; t++)
                CU_ASSERT_DOUBLE_EQUAL(
                    watch_at(after, s, layer, head)[t * after->cols + j],
                    want, 1e-6 * fabs(want));
    }
}

static bool watch_both(struct trial *trial, const char *sections, int point,
                       struct watch *after, struct watch *before)
{
    *after = *before = (struct watch){0};
    return trial_watch(trial, sections, "v", point, after) &&
           trial_watch(trial, "", "baseline", point, before);
}

/* Whatever counts as zero of a head, its mean is the same. */
static void test_heads(void)
{
    static const char *const semantics[] = {"z", "z-input", "z-folded"};
    struct watch after, before;
    struct trial trial;

    if (!start(&trial))
        return;
    for (size_t i = 0; i < sizeof semantics / sizeof *semantics; i++) {
        char sections[200];

        snprintf(sections, sizeof sections, MEAN "pruner.heads = L0H1 L1H*\n"
                 "pruner.semantics = %s\n", semantics[i]);
        if (watch_both(&trial, sections, TRANSECT_Z, &after, &before)) {
            check_mean(&after, &before, 0, 1, 0, D);
            for (int h = 0; h < HEADS; h++)
                check_mean(&after, &before, 1, h, 0, D);
            CU_ASSERT_EQUAL(memcmp(watch_at(&after, 1, 0, 2),
                                   watch_at(&before, 1, 0, 2),
                                   TOKENS * D * sizeof(float)), 0);
        }
        watch_end(&after);
        watch_end(&before);
    }
    trial_remove(&trial);
}

/* The mean goes through the projection as each of its parts does. */
static void test_result(void)
{
    struct watch z, result = {0};
    struct trial trial;

    if (!start(&trial))
        return;
    if (trial_watch(&trial, MEAN "pruner.heads = L0H1 L1H0 L1H3\n", "v",
                    TRANSECT_RESID_POST, &z) &&
        trial_watch(&trial, MEAN "pruner.heads = L0H1 L1H0 L1H3\n"
                            "pruner.semantics = result\n", "v",
                    TRANSECT_RESID_POST, &result))
        CU_ASSERT(watch_error(&result, &z) <= 1e-6);
    watch_end(&z);
    watch_end(&result);
    trial_remove(&trial);
}

static void test_whole(void)
{
    struct watch after, before;
    struct trial trial;

    if (!start(&trial))
        return;
    if (watch_both(&trial, MEAN "pruner.attention = 1\npruner.mlps = 0\n",
                   TRANSECT_ATTN_OUT, &after, &before))
        check_mean(&after, &before, 1, 0, 0, WIDTH);
    watch_end(&after);
    watch_end(&before);
    if (watch_both(&trial, MEAN "pruner.attention = 1\npruner.mlps = 0\n",
                   TRANSECT_MLP_OUT, &after, &before))
        check_mean(&after, &before, 0, 0, 0, WIDTH);
    watch_end(&after);
    watch_end(&before);
    if (watch_both(&trial, MEAN "pruner.heads = L1H2\n"
                   "pruner.semantics = post-projection-slice\n",
                   TRANSECT_ATTN_OUT, &after, &before))
        check_mean(&after, &before, 1, 0, 2 * D, 3 * D);
    watch_end(&after);
    watch_end(&before);
    trial_remove(&trial);
}

CU_ErrorCode add_pruner_sources_tests(void)
{
    CU_pSuite suite = CU_add_suite("pruner-sources", NULL, NULL);

    CU_add_test(suite, "means over the data in place of z", test_heads);
    CU_add_test(suite, "and of the result", test_result);
    CU_add_test(suite, "and of whole outputs and slices", test_whole);
    return CU_get_error();
}
