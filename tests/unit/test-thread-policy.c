/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-thread-policy.c - workers or a team: the rule, what overrules it, and
 * how many passes are under way. */
#include "tests.h"

#include "plan/plan-internal.h"
#include "plan/thread-policy.h"

#include <cblas.h>
#include <string.h>

enum { MOST = 5 };

/* What the policy looks at of a plan: variants, and the instance of each. */
struct fake {
    struct plan plan;
    struct experiment experiment;
    struct variant_run variants[MOST];
    struct transect_ctx instances[MOST];
    struct transect_ctx *pointers[MOST];
};

/* The first `plain` of n variants do not edit; workers -1: not given. */
static void make(struct fake *fake, int plain, int n, int workers)
{
    *fake = (struct fake){
        .experiment = {.workers = workers, .workers_place = {"x.ini", 7}},
    };
    for (int i = 0; i < n; i++) {
        fake->instances[i] = (struct transect_ctx){
            .owner.id = "p", .any_thread = true};
        fake->pointers[i] = &fake->instances[i];
        fake->variants[i] = (struct variant_run){
            .instances = &fake->pointers[i],
            .n_instances = 1,
            .n_edits = i < plain ? 0 : 1,
        };
    }
    fake->plan = (struct plan){.experiment = &fake->experiment,
                               .variants = fake->variants,
                               .n_variants = (size_t)n,
                               .instances = fake->pointers,
                               .n_instances = (size_t)n,
                               .workers = 77};
}

/* Workers, members of the team, and passes that the policy comes to. */
static void expect(struct fake *fake, int workers, int team, int passes)
{
    struct error err = {0};

    CU_ASSERT_EQUAL(thread_policy_plan(&fake->plan, &err), ST_OK);
    CU_ASSERT_EQUAL(fake->plan.workers, workers);
    CU_ASSERT_EQUAL(thread_policy_team(&fake->plan), team);
    CU_ASSERT_EQUAL(thread_policy_passes(&fake->plan), passes);
}

/* Of so many variants without edits and others, with so many threads. */
static void rule(int threads, int plain, int editing, int workers, int passes)
{
    struct fake fake;

    openblas_set_num_threads(threads);
    make(&fake, plain, plain + editing, -1);
    expect(&fake, workers, workers ? 1 : threads, passes);
}

static void test_rule(void)
{
    int before = openblas_get_num_threads();

    rule(2, 1, 0, 0, 1);
    rule(2, 1, 1, 0, 2);
    rule(2, 1, 2, 2, 3);
    rule(2, 1, 4, 2, 3);
    rule(3, 1, 2, 0, 2);
    rule(3, 2, 3, 3, 4);
    /* One thread is no worker. */
    rule(1, 1, 4, 0, 2);
    /* Where all edit, one of them stays in the shared pass. */
    rule(2, 0, 1, 0, 1);
    rule(2, 0, 2, 0, 2);
    rule(2, 0, 3, 2, 3);
    rule(3, 0, 3, 0, 2);
    openblas_set_num_threads(before);
}

static void test_forks(void)
{
    struct fake fake;

    make(&fake, 1, 4, -1);
    CU_ASSERT_EQUAL(thread_policy_forks(&fake.plan), 3);
    make(&fake, 0, 4, -1);
    CU_ASSERT_EQUAL(thread_policy_forks(&fake.plan), 3);
    make(&fake, 2, 2, -1);
    CU_ASSERT_EQUAL(thread_policy_forks(&fake.plan), 0);
}

/* workers = N, with so many forks and more threads than the rule asks for. */
static void ask(int asked, int forks, int workers)
{
    struct fake fake;

    make(&fake, 1, 1 + forks, asked);
    expect(&fake, workers, workers ? 1 : 4,
           forks ? 1 + (workers ? workers : 1) : 1);
}

static void test_asked(void)
{
    int before = openblas_get_num_threads();

    openblas_set_num_threads(4);
    ask(1, 3, 1);
    ask(3, 3, 3);
    ask(64, 3, 3);
    ask(4, 0, 0);
    ask(0, 4, 0);
    openblas_set_num_threads(before);
}

/* One instance, of any variant, whose events come on the main thread. */
static void test_serial(void)
{
    int before = openblas_get_num_threads();
    struct error err = {0};
    struct fake fake;

    openblas_set_num_threads(2);
    for (int i = 0; i < 4; i++) {
        make(&fake, 1, 4, -1);
        fake.instances[i].any_thread = false;
        expect(&fake, 0, 2, 2);
        fake.experiment.workers = 0;
        expect(&fake, 0, 2, 2);
        fake.experiment.workers = 1;
        fake.instances[i].owner.id = "alone";
        CU_ASSERT_EQUAL(thread_policy_plan(&fake.plan, &err), ST_USAGE);
        CU_ASSERT_STRING_EQUAL(err.text,
                               "x.ini:7: workers = 1, but events of plugin "
                               "alone come on the main thread only; use "
                               "workers = 0");
    }
    openblas_set_num_threads(before);
}

CU_ErrorCode add_thread_policy_tests(void)
{
    CU_pSuite suite = CU_add_suite("thread-policy", NULL, NULL);

    if (!suite || !CU_add_test(suite, "the rule", test_rule) ||
        !CU_add_test(suite, "variants that fork", test_forks) ||
        !CU_add_test(suite, "workers that were asked for", test_asked) ||
        !CU_add_test(suite, "a plugin of one thread", test_serial))
        return CU_get_error();
    return CUE_SUCCESS;
}
