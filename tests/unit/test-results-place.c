/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-results-place.c - the place of results: what never gives way to what,
 * who may work there, and what is there when a run is stopped or killed. */
#include "base/folder.h"
#include "base/interrupt.h"
#include "base/process.h"
#include "results-fixture.h"
#include "results/results-place.h"
#include "tests.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* One run that fails, over what others left. */
static void fail_over(const char *text)
{
    make("r", RESULTS_FORCE, false, text);
}

/* What is complete stays, and the other goes beside it; what is not gives
 * way. */
static void test_failed(void)
{
    make("r", RESULTS_NEW, false, "half");
    fail_over("other half");
    expect_file("r/a.csv", "other half");
    CU_ASSERT_EQUAL(count_entries("."), 1);
    make("r", RESULTS_FORCE, true, "whole");
    fail_over("first");
    expect_file("r/a.csv", "whole");
    expect_file("r.failed/a.csv", "first");
    fail_over("second");
    expect_file("r/a.csv", "whole");
    expect_file("r.failed/a.csv", "second");
    CU_ASSERT_EQUAL(count_entries("."), 2);
}

/* Beside it there may be what must stay, too. */
static void refuse_beside(void)
{
    struct results *results = begin("r", RESULTS_FORCE);

    CU_ASSERT_EQUAL(results_write(results, "a.csv", "x", 1, &err), ST_OK);
    CU_ASSERT_EQUAL(commit(results, false), ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "/r.failed: is the place for"));
    results_end(results);
    expect_file("r/a.csv", "whole");
    CU_ASSERT_EQUAL(count_entries("."), 2);
}

static void test_failed_beside(void)
{
    make("r", RESULTS_NEW, true, "whole");
    make("r.failed", RESULTS_NEW, true, "of another");
    refuse_beside();
    expect_file("r.failed/a.csv", "of another");
    CU_ASSERT_EQUAL(folder_remove(AT_FDCWD, at("r.failed")), 0);
    CU_ASSERT_EQUAL(mkdir(at("r.failed"), 0777), 0);
    put("r.failed/thesis.tex", "years of work");
    refuse_beside();
    expect_file("r.failed/thesis.tex", "years of work");
    CU_ASSERT_EQUAL(folder_remove(AT_FDCWD, at("r.failed")), 0);
    put("r.failed", "x");
    refuse_beside();
}

/* A status that is not "ok" makes complete tables those of a failed run. */
static void test_failed_status(void)
{
    struct results *results;
    json_t *manifest = json_pack("{s:{}, s:b, s:s}", "transect", "complete",
                                 true, "status", "failed");

    make("r", RESULTS_NEW, true, "whole");
    results = begin("r", RESULTS_FORCE);
    CU_ASSERT_PTR_NULL(results_beside(results));
    CU_ASSERT_EQUAL(results_commit(results, manifest, &err), ST_OK);
    CU_ASSERT_STRING_EQUAL(results_beside(results), at("r.failed"));
    results_end(results);
    json_decref(manifest);
    expect_file("r/a.csv", "whole");
    CU_ASSERT_TRUE(exists("r.failed/manifest.json"));
    CU_ASSERT_EQUAL(count_entries("."), 2);
}

/* Up to which step of an exchange a process came that was killed in it. */
static void test_killed_between(void)
{
    make("r", RESULTS_NEW, true, "old");
    CU_ASSERT_EQUAL(rename(at("r"), at(".r.replaced")), 0);
    refused("r", RESULTS_NEW, "/r: exists; ");
    expect_file("r/a.csv", "old");
    CU_ASSERT_EQUAL(count_entries("."), 1);
    CU_ASSERT_EQUAL(rename(at("r"), at(".r.replaced")), 0);
    make("r", RESULTS_FORCE, true, "new");
    expect_file("r/a.csv", "new");
    CU_ASSERT_EQUAL(count_entries("."), 1);

    make("s", RESULTS_NEW, true, "old");
    CU_ASSERT_EQUAL(rename(at("s"), at(".r.replaced")), 0);
    refused("r", RESULTS_NEW, "/r: exists; ");
    expect_file("r/a.csv", "new");
    CU_ASSERT_EQUAL(count_entries("."), 1);
    /* What is of somebody else stays. */
    CU_ASSERT_EQUAL(mkdir(at(".r.replaced"), 0777), 0);
    put(".r.replaced/thesis.tex", "years of work");
    refused("r", RESULTS_NEW, "/r: exists; ");
    expect_file(".r.replaced/thesis.tex", "years of work");
    CU_ASSERT_EQUAL(rename(at("r"), at("s")), 0);
    make("r", RESULTS_FORCE, true, "newer");
    expect_file(".r.replaced/thesis.tex", "years of work");
}

/* Where no call exchanges two folders. */
static void test_exchange_in_steps(void)
{
    struct results_place place;

    make("r", RESULTS_NEW, true, "old");
    make("new", RESULTS_NEW, true, "new");
    CU_ASSERT_EQUAL(place_open(at("r"), &place, &err), ST_OK);
    CU_ASSERT_EQUAL(place_exchange_in_steps(&place, "new"), 0);
    expect_file("r/a.csv", "new");
    expect_file("new/a.csv", "old");
    CU_ASSERT_EQUAL(place_exchange_in_steps(&place, "none"), -1);
    CU_ASSERT_EQUAL(errno, ENOENT);
    expect_file("r/a.csv", "new");
    CU_ASSERT_EQUAL(mkdir(at(".r.replaced"), 0777), 0);
    put(".r.replaced/thesis.tex", "years of work");
    CU_ASSERT_EQUAL(place_exchange_in_steps(&place, "new"), -1);
    expect_file("r/a.csv", "new");
    expect_file("new/a.csv", "old");
    expect_file(".r.replaced/thesis.tex", "years of work");
    place_close(&place);
    CU_ASSERT_EQUAL(count_entries("."), 3);
}

/* In one step, here at least: nothing is moved aside. */
static void test_exchange(void)
{
    int parent = open(top, O_RDONLY | O_DIRECTORY);

    make("r", RESULTS_NEW, true, "old");
    make("new", RESULTS_NEW, true, "new");
    if (folder_exchange(parent, "r", "new") == 0) {
        expect_file("r/a.csv", "new");
        expect_file("new/a.csv", "old");
    } else {
        CU_ASSERT_EQUAL(errno, ENOSYS);
        expect_file("r/a.csv", "old");
        expect_file("new/a.csv", "new");
    }
    CU_ASSERT_EQUAL(folder_exchange(parent, "r", "none"), -1);
    CU_ASSERT_EQUAL(count_entries("."), 2);
    close(parent);
}

/* What a process says that begins at "r" meanwhile; 0: it may. */
static int begin_elsewhere(const char *name)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        struct results *results;
        bool done;

        status = results_begin(at(name), RESULTS_FORCE, &done, &results, &err);
        if (!status)
            results_end(results);
        else if (!strstr(err.text, "another run is at work there"))
            status = 100;
        process_end(status);
    }
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A lock ends with its run, and with a process that is killed. */
static void test_locked(void)
{
    /* Where leak checkers find it in processes that end in a function. */
    static struct results *results;
    pid_t child;

    results = begin("r", RESULTS_FORCE);
    CU_ASSERT_EQUAL(begin_elsewhere("r"), ST_USAGE);
    CU_ASSERT_EQUAL(begin_elsewhere("r/"), ST_USAGE);
    CU_ASSERT_EQUAL(begin_elsewhere("s"), ST_OK);
    CU_ASSERT_EQUAL(commit(results, true), ST_OK);
    CU_ASSERT_EQUAL(begin_elsewhere("r"), ST_USAGE);
    results_end(results);
    CU_ASSERT_EQUAL(begin_elsewhere("r"), ST_OK);
    CU_ASSERT_EQUAL(count_entries("."), 1);
    child = fork();
    if (child == 0) {
        begin("r", RESULTS_FORCE);
        raise(SIGKILL);
    }
    CU_ASSERT_EQUAL(waitpid(child, NULL, 0), child);
    CU_ASSERT_TRUE(exists(".r.lock"));
    CU_ASSERT_EQUAL(begin_elsewhere("r"), ST_OK);
    CU_ASSERT_FALSE(exists(".r.lock"));
}

/* A file of somebody else in the place of the lock. */
static void test_no_lock(void)
{
    put(".r.lock", "precious");
    refused("r", RESULTS_NEW, "/r: cannot lock it by a file beside it");
    expect_file(".r.lock", "precious");
    CU_ASSERT_EQUAL(unlink(at(".r.lock")), 0);
    CU_ASSERT_EQUAL(symlink("nowhere", at(".r.lock")), 0);
    refused("r", RESULTS_NEW, ".r.lock: ");
    CU_ASSERT_FALSE(exists("nowhere"));
    CU_ASSERT_EQUAL(unlink(at(".r.lock")), 0);
    CU_ASSERT_EQUAL(mkfifo(at(".r.lock"), 0666), 0);
    refused("r", RESULTS_NEW, ".r.lock: ");
    CU_ASSERT_TRUE(exists(".r.lock"));
}

/* A signal that comes before the results have their place. */
static void test_interrupted(void)
{
    struct results *results;

    make("r", RESULTS_NEW, true, "old");
    results = begin("r", RESULTS_FORCE);
    interrupt_signal = SIGTERM;
    CU_ASSERT_EQUAL(results_write(results, "a.csv", "new", 3, &err),
                    ST_FAILED);
    CU_ASSERT_STRING_EQUAL(err.text, "interrupted by signal 15");
    CU_ASSERT_EQUAL(commit(results, true), ST_FAILED);
    CU_ASSERT_STRING_EQUAL(err.text, "interrupted by signal 15");
    CU_ASSERT_EQUAL(commit(results, false), ST_FAILED);
    interrupt_signal = 0;
    results_end(results);
    expect_file("r/a.csv", "old");
    CU_ASSERT_EQUAL(count_entries("."), 1);
}

CU_ErrorCode add_results_place_tests(void)
{
    CU_pSuite suite = CU_add_suite_with_setup_and_teardown(
        "results-place", NULL, NULL, set_up, tear_down);

    if (!suite)
        return CU_get_error();
    CU_add_test(suite, "a run that failed", test_failed);
    CU_add_test(suite, "no place beside", test_failed_beside);
    CU_add_test(suite, "failed although complete", test_failed_status);
    CU_add_test(suite, "killed between two renames", test_killed_between);
    CU_add_test(suite, "exchange in steps", test_exchange_in_steps);
    CU_add_test(suite, "exchange", test_exchange);
    CU_add_test(suite, "locked", test_locked);
    CU_add_test(suite, "a lock that is none", test_no_lock);
    CU_add_test(suite, "interrupted", test_interrupted);
    return CU_get_error();
}
