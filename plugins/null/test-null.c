/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-null.c - the null plugin subscribes to what it is told, and changes
 * nothing. */
#include "experiment-fixture.h"
#include "hooks/hook-set.h"
#include "unit/tests.h"

#include <string.h>

static const struct model_recipe recipe = {
    .layers = 2, .heads = 2, .width = 32, .seed = 41};

/* Does only this point have listeners? */
static bool only(const struct trial *trial, int point)
{
    const struct hook_set set = {&trial_variant(trial, "baseline")->hooks, 1};

    for (int p = 0; p < TRANSECT_N_POINTS; p++)
        if (hook_set_wants(&set, p, 0, -1) != (p == point))
            return false;
    return true;
}

static void test_points(void)
{
    struct trial trial;

    if (!trial_make(&trial, &recipe, 2, 8))
        return;
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin null]\n"), ST_OK);
    CU_ASSERT(only(&trial, TRANSECT_RESID_POST));
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin null]\n"
                                       "points = pattern\n"), ST_OK);
    CU_ASSERT(only(&trial, TRANSECT_PATTERN));
    CU_ASSERT(hook_set_wants(
        &(struct hook_set){&trial.plan->variants[0].hooks, 1},
        TRANSECT_PATTERN, 1, 1));
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin null]\n"
                                       "points = resid_psot\n"), ST_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, "resid_post"));
    trial_remove(&trial);
}

/* A point that the model does not have is refused by name. */
static void test_absent_point(void)
{
    struct trial trial;

    if (!trial_make(&trial, &recipe, 1, 8))
        return;
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin null]\n"
                                       "points = mlp_gate\n"), ST_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, "mlp_gate"));
    trial_remove(&trial);
}

/* Hidden states are the same bit for bit with it and without. */
static void test_neutral(void)
{
    struct watch with, without;
    struct trial trial;

    if (!trial_make(&trial, &recipe, 3, 20))
        return;
    CU_ASSERT_EQUAL_FATAL(trial_plan(&trial, ""), ST_OK);
    watch_begin(&without, &trial, "baseline", TRANSECT_RESID_POST);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    CU_ASSERT_EQUAL_FATAL(
        trial_plan(&trial,
                   "[plugin null]\npoints = embed pos_embed resid_pre ln1 q "
                   "k v\n  attn_scores pattern z head_out attn_out "
                   "resid_mid ln2\n  mlp_pre mlp_post mlp_out resid_post "
                   "ln_final logits\n"), ST_OK);
    watch_begin(&with, &trial, "baseline", TRANSECT_RESID_POST);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    CU_ASSERT_EQUAL(memcmp(with.data, without.data,
                           2 * 3 * 20 * 32 * sizeof *with.data), 0);
    watch_end(&with);
    watch_end(&without);
    trial_remove(&trial);
}

CU_ErrorCode add_null_tests(void)
{
    CU_pSuite suite = CU_add_suite("null", NULL, NULL);

    CU_add_test(suite, "subscribes to the points it is told", test_points);
    CU_add_test(suite, "a point that the model lacks", test_absent_point);
    CU_add_test(suite, "hidden states stay as they are", test_neutral);
    return CU_get_error();
}
