/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* main.c - runs the unit tests and reports them as TAP: all suites, or those
 * that the command line names. */
#include "tests.h"

#include <CUnit/TestRun.h>
#include <cblas.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static CU_ErrorCode (*const add_suite[])(void) = {
#define SUITE(name) add_##name##_tests,
#include "suites.h"
#undef SUITE
};

static unsigned n_reported, n_failed;
static bool skipped; /* the running test called test_skip() */
static char skip_reason[256];

void test_skip(const char *reason, ...)
{
    va_list args;

    va_start(args, reason);
    vsnprintf(skip_reason, sizeof skip_reason, reason, args);
    va_end(args);
    skipped = true;
}

void test_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, size, file), size);
    CU_ASSERT_EQUAL_FATAL(fclose(file), 0);
}

static void report(bool ok, const char *suite, const char *test)
{
    printf("%sok %u - %s: %s", ok ? "" : "not ", ++n_reported, suite, test);
    if (ok && skipped)
        printf(" # SKIP %s", skip_reason);
    putchar('\n');
    n_failed += !ok;
    skipped = false;
}

static void on_test_complete(const CU_pTest test, const CU_pSuite suite,
                             const CU_pFailureRecord failures)
{
    report(failures == NULL, suite->pName, test->pName);
    for (CU_pFailureRecord f = failures; f != NULL; f = f->pNext)
        printf("# %s:%u: %s\n", f->strFileName, f->uiLineNumber,
               f->strCondition);
}

/* CUnit runs none of the suite's tests then, but the plan counts them. */
static void on_suite_init_failure(const CU_pSuite suite)
{
    for (CU_pTest test = suite->pTest; test != NULL; test = test->pNext)
        report(false, suite->pName, test->pName);
    printf("# the suite's set-up failed\n");
}

static void on_suite_cleanup_failure(const CU_pSuite suite)
{
    printf("# %s: the suite's clean-up failed\n", suite->pName);
    n_failed++;
}

/* Leaves only the suites in names active; false if one is unknown. */
static bool choose_suites(char *const *names, int n)
{
    CU_pSuite suite = CU_get_registry()->pSuite;

    for (; suite != NULL; suite = suite->pNext)
        CU_set_suite_active(suite, CU_FALSE);
    for (int i = 0; i < n; i++) {
        suite = CU_get_suite(names[i]);
        if (suite == NULL) {
            fprintf(stderr, "unit: there is no suite '%s'\n", names[i]);
            return false;
        }
        CU_set_suite_active(suite, CU_TRUE);
    }
    return true;
}

static unsigned count_tests(void)
{
    CU_pSuite suite = CU_get_registry()->pSuite;
    unsigned n = 0;

    for (; suite != NULL; suite = suite->pNext)
        n += suite->fActive ? suite->uiNumberOfTests : 0;
    return n;
}

static CU_ErrorCode run_suites(void)
{
    CU_set_test_complete_handler(on_test_complete);
    CU_set_suite_init_failure_handler(on_suite_init_failure);
    CU_set_suite_cleanup_failure_handler(on_suite_cleanup_failure);
    CU_set_fail_on_inactive(CU_FALSE);
    /* A crash must not take what was reported with it. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("1..%u\n", count_tests());
    return CU_run_all_tests();
}

int main(int argc, char **argv)
{
    CU_ErrorCode error = CU_initialize_registry();

    /* As in the program, whose teams multiply with one thread of BLAS each:
     * with more, BLAS splits rows where its kernels do not always give the
     * same bits. */
    openblas_set_num_threads(1);
    for (size_t i = 0; i < sizeof add_suite / sizeof *add_suite; i++)
        if (error == CUE_SUCCESS)
            error = add_suite[i]();
    if (error == CUE_SUCCESS && argc > 1 &&
        !choose_suites(argv + 1, argc - 1))
        error = CUE_NOSUITE;
    if (error == CUE_SUCCESS)
        error = run_suites();
    if (error != CUE_SUCCESS)
        fprintf(stderr, "unit: %s\n", CU_get_error_msg());
    CU_cleanup_registry();
    return error != CUE_SUCCESS || n_failed > 0;
}
