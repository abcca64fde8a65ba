/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-svd-alignment-refusals.c - runs in which there is nothing to align, and
 * options that make no sense. */
#include "base/mem.h"
#include "experiment-fixture.h"
#include "unit/tests.h"

#include <stdlib.h>
#include <string.h>

/* Without a baseline, and without anything that MLPs write. */
static void test_silence(void)
{
    static const struct model_recipe recipe = {
        .layers = 2, .heads = 2, .width = 16, .seed = 46};
    const struct transect_ctx *instance;
    struct trial trial;

    if (!trial_make(&trial, &recipe, 2, 12))
        return;
    if (trial_do(&trial, "[run]\nbaseline = no\n[plugin svd-alignment]\n"
                         "[variant off]\npruner.mlps = *\n")) {
        instance = trial_instance(&trial, "off", "svd-alignment");
        CU_ASSERT_EQUAL_FATAL(instance->own.n_sayings, 1);
        CU_ASSERT_STRING_EQUAL(instance->own.sayings[0],
                               "no MLP writes anything");
    }
    trial_remove(&trial);
}

static void refuse(struct trial *trial, const char *option,
                   const char *message)
{
    char *text = mem_printf("[plugin svd-alignment]\n%s\n", option);

    CU_ASSERT_EQUAL(trial_plan(trial, text), ST_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial->err.text, message));
    free(text);
}

static void test_refusals(void)
{
    static const struct model_recipe recipe = {.seed = 45};
    struct trial trial;

    if (!trial_make(&trial, &recipe, 1, 4))
        return;
    refuse(&trial, "dim = 1 2", "it takes one dim");
    refuse(&trial, "dim = 32", "dim");
    refuse(&trial, "first_position = 4", "leaves nothing");
    refuse(&trial, "threshold = -1", "at least 0");
    refuse(&trial, "singular = -1", "singular");
    trial_remove(&trial);
}

CU_ErrorCode add_svd_alignment_refusals_tests(void)
{
    CU_pSuite suite = CU_add_suite("svd-alignment-refusals", NULL, NULL);

    CU_add_test(suite, "MLPs that write nothing", test_silence);
    CU_add_test(suite, "options that make no sense", test_refusals);
    return CU_get_error();
}
