/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-results.c - results folders: whole or not at all, and digests. */
#include "base/sha256.h"
#include "results-fixture.h"
#include "tests.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_whole(void)
{
    static const char sha[] = "ba7816bf8f01cfea414140de5dae2223"
                              "b00361a396177a9cb410ff61f20015ad";
    struct results *results = begin("x/y/first", RESULTS_NEW);
    json_t *files, *expected;

    CU_ASSERT_EQUAL(results_write(results, "base/p:l/t.csv", "abc", 3, &err),
                    ST_OK);
    CU_ASSERT_EQUAL(results_write(results, "base/empty", "", 0, &err),
                    ST_OK);
    CU_ASSERT_FALSE(exists("x/y/first"));
    CU_ASSERT_EQUAL(count_entries("x/y"), 2); /* and what locks the place */
    files = results_files(results);
    expected = json_pack("{s:s, s:i, s:s}", "path", "base/p:l/t.csv",
                         "bytes", 3, "sha256", sha);
    CU_ASSERT_EQUAL(json_array_size(files), 2);
    CU_ASSERT(json_equal(json_array_get(files, 0), expected));
    json_decref(expected);
    json_decref(files);
    CU_ASSERT_EQUAL(commit(results, true), ST_OK);
    results_end(results);
    CU_ASSERT_EQUAL(count_entries("x/y"), 1);
    expect_file("x/y/first/base/p:l/t.csv", "abc");
    expect_file("x/y/first/base/empty", "");
    expect_file("x/y/first/manifest.json",
                "{\n  \"complete\": true,\n  \"transect\": {\n"
                "    \"version\": \"0\"\n  }\n}\n");
}

static void test_nothing(void)
{
    struct results *results = begin("r", RESULTS_NEW);

    CU_ASSERT_EQUAL(results_write(results, "a/b/c", "abc", 3, &err), ST_OK);
    results_end(results);
    CU_ASSERT_EQUAL(count_entries("."), 0);
    results_end(NULL);
}

static void refuse_write(struct results *results, const char *name, int status)
{
    err.status = ST_OK;
    CU_ASSERT_EQUAL(results_write(results, name, "x", 1, &err), status);
    CU_ASSERT_EQUAL(err.status, status);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, name));
}

static void test_names(void)
{
    static const char *const bad[] = {
        "", "/etc/x", "../x", "a/../../x", "a/..", ".", "./a", "a//b", "a/",
        "/", "manifest.json", "\xff", "ok",
    };
    static const char *const good[] = { "...", ".a", "..a", "a.", "a..b/c" };
    struct results *results = begin("r", RESULTS_NEW);
    char name[257];
    json_t *files;
    size_t i;

    CU_ASSERT_EQUAL(results_write(results, "ok", "1", 1, &err), ST_OK);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuse_write(results, bad[i], ST_PLUGIN);
    memset(name, 'x', 256);
    name[256] = '\0';
    refuse_write(results, name, ST_PLUGIN);
    refuse_write(results, "ok/under-a-file", ST_FAILED);
    for (i = 0; i < sizeof good / sizeof good[0]; i++)
        CU_ASSERT_EQUAL(results_write(results, good[i], "1", 1, &err),
                        ST_OK);
    files = results_files(results);
    CU_ASSERT_EQUAL(json_array_size(files), 6);
    json_decref(files);
    CU_ASSERT_EQUAL(commit(results, true), ST_OK);
    results_end(results);
    expect_file("r/ok", "1");
    expect_file("r/a..b/c", "1");
    CU_ASSERT_EQUAL(count_entries("."), 1);
}

static void test_force(void)
{
    make("r", RESULTS_NEW, true, "old");
    refused("r", RESULTS_NEW, "/r: exists; ");
    expect_file("r/a.csv", "old");
    results_end(begin("r/", RESULTS_FORCE));
    expect_file("r/a.csv", "old");
    put("r/surplus", "x");
    make("r", RESULTS_FORCE, true, "new");
    expect_file("r/a.csv", "new");
    CU_ASSERT_FALSE(exists("r/surplus"));
    CU_ASSERT_EQUAL(count_entries("."), 1);
    make("s", RESULTS_FORCE, true, "new");
    expect_file("s/a.csv", "new");
}

static void test_empty(void)
{
    CU_ASSERT_EQUAL(mkdir(at("r"), 0777), 0);
    refused("r", RESULTS_NEW, "/r: exists; ");
    make("r", RESULTS_FORCE, true, "new");
    expect_file("r/a.csv", "new");
    CU_ASSERT_EQUAL(count_entries("."), 1);
}

/* What is not ours stays, whatever its manifest.json looks like. */
static void test_foreign(void)
{
    static const char *const manifests[] = {
        NULL, "", "{}", "[]", "{\"transect\": ", "{\"transect\": 1}",
        "{\"name\": \"an extension\", \"complete\": true}", "\xff\xfe",
    };
    size_t i;

    CU_ASSERT_EQUAL(mkdir(at("r"), 0777), 0);
    put("r/thesis.tex", "years of work");
    for (i = 0; i < sizeof manifests / sizeof manifests[0]; i++) {
        if (manifests[i])
            put("r/manifest.json", manifests[i]);
        refused("r", RESULTS_NEW, "never replaced");
        refused("r", RESULTS_FORCE, "never replaced");
        refused("r", RESULTS_RESUME, "never replaced");
    }
    CU_ASSERT_EQUAL(unlink(at("r/manifest.json")), 0);
    CU_ASSERT_EQUAL(mkfifo(at("r/manifest.json"), 0666), 0);
    refused("r", RESULTS_FORCE, "never replaced");
    CU_ASSERT_EQUAL(unlink(at("r/manifest.json")), 0);
    make("ours", RESULTS_NEW, true, "x");
    CU_ASSERT_EQUAL(symlink("../ours/manifest.json",
                            at("r/manifest.json")), 0);
    refused("r", RESULTS_FORCE, "never replaced");
    expect_file("r/thesis.tex", "years of work");
    CU_ASSERT_EQUAL(count_entries("."), 2);
}

static void test_no_folder(void)
{
    put("file", "x");
    make("ours", RESULTS_NEW, true, "x");
    CU_ASSERT_EQUAL(symlink("ours", at("link")), 0);
    CU_ASSERT_EQUAL(symlink("nowhere", at("dangling")), 0);
    refused("file", RESULTS_FORCE, "not a folder");
    refused("link", RESULTS_FORCE, "not a folder");
    refused("dangling", RESULTS_NEW, "not a folder");
    refused("file/r", RESULTS_NEW, "file: ");
    refused(".", RESULTS_FORCE, "cannot be the results folder");
    refused("ours/..", RESULTS_FORCE, "cannot be the results folder");
    expect_file("ours/a.csv", "x");
    expect_file("file", "x");
    CU_ASSERT_EQUAL(count_entries("."), 4);
}

static void test_root(void)
{
    static const char *const names[] = { "", "/", "//", ".", ".." };
    struct results *results;
    bool done;
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        CU_ASSERT_EQUAL(results_begin(names[i], RESULTS_FORCE, &done,
                                      &results, &err), ST_USAGE);
}

static void test_links_survive(void)
{
    CU_ASSERT_EQUAL(mkdir(at("precious"), 0777), 0);
    put("precious/file", "x");
    make("r", RESULTS_NEW, true, "old");
    CU_ASSERT_EQUAL(symlink("../precious", at("r/link")), 0);
    make("r", RESULTS_FORCE, true, "new");
    CU_ASSERT_FALSE(exists("r/link"));
    expect_file("precious/file", "x");
    CU_ASSERT_EQUAL(count_entries("."), 2);
}

static void test_resume(void)
{
    struct results *results = NULL;
    bool done = false;

    make("r", RESULTS_RESUME, false, "half");
    make("r", RESULTS_RESUME, true, "whole");
    expect_file("r/a.csv", "whole");
    CU_ASSERT_EQUAL(results_begin(at("r"), RESULTS_RESUME, &done, &results,
                                  &err), ST_OK);
    CU_ASSERT_TRUE(done);
    CU_ASSERT_PTR_NULL(results);
    expect_file("r/a.csv", "whole");
    CU_ASSERT_EQUAL(count_entries("."), 1);
}

/* Left by a killed process of the same number. */
static void test_leftovers(void)
{
    char name[64];

    snprintf(name, sizeof name, ".r.partial-%ld", (long)getpid());
    CU_ASSERT_EQUAL(mkdir(at(name), 0777), 0);
    make("r", RESULTS_NEW, true, "old");
    put(".r.lock", "");
    make("r", RESULTS_FORCE, true, "new");
    expect_file("r/a.csv", "new");
    CU_ASSERT_EQUAL(count_entries("."), 2);
}

/* Something comes to the place during the run. */
static void test_race(void)
{
    struct results *results = begin("r", RESULTS_FORCE);

    CU_ASSERT_EQUAL(mkdir(at("r"), 0777), 0);
    put("r/theirs", "x");
    CU_ASSERT_EQUAL(commit(results, true), ST_USAGE);
    results_end(results);
    expect_file("r/theirs", "x");
    CU_ASSERT_EQUAL(count_entries("."), 1);

    results = begin("s", RESULTS_NEW);
    make("s", RESULTS_NEW, true, "quicker");
    CU_ASSERT_EQUAL(commit(results, true), ST_USAGE);
    results_end(results);
    expect_file("s/a.csv", "quicker");
    CU_ASSERT_EQUAL(count_entries("."), 2);
}

/* A limit on the size of files behaves as a full disk does: a write is cut
 * short, the next one fails. */
static void test_disk_full(void)
{
    static char large[1 << 16];
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    struct results *results = begin("r", RESULTS_NEW);
    struct rlimit old, limit;
    int status;

    CU_ASSERT_EQUAL(results_write(results, "small", "x", 1, &err), ST_OK);
    getrlimit(RLIMIT_FSIZE, &old);
    limit = old;
    limit.rlim_cur = sizeof large / 2;
    setrlimit(RLIMIT_FSIZE, &limit);
    status = results_write(results, "v/p/t.csv", large, sizeof large, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, before);
    CU_ASSERT_EQUAL(status, ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "/r/v/p/t.csv: cannot write: "));
    results_end(results);
    CU_ASSERT_EQUAL(count_entries("."), 0);
}

static void test_bad_manifest(void)
{
    struct results *results = begin("r", RESULTS_NEW);

    CU_ASSERT_EQUAL(results_commit(results, NULL, &err), ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "/r/manifest.json: "));
    results_end(results);
    CU_ASSERT_EQUAL(count_entries("."), 0);
}

static void test_digest(void)
{
    static const char empty[] = "e3b0c44298fc1c149afbf4c8996fb924"
                                "27ae41e4649b934ca495991b7852b855";
    static char large[200001]; /* more than one read */
    char whole[65], hex[65];

    sha256_bytes("", 0, hex);
    CU_ASSERT_STRING_EQUAL(hex, empty);
    memset(large, 'a', sizeof large - 1);
    put("large", large);
    sha256_bytes(large, sizeof large - 1, whole);
    CU_ASSERT_EQUAL(sha256_file(at("large"), hex, &err), ST_OK);
    CU_ASSERT_STRING_EQUAL(hex, whole);
    CU_ASSERT_EQUAL(sha256_file(at("none"), hex, &err), ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "/none: cannot open"));
    CU_ASSERT_EQUAL(sha256_file(at("."), hex, &err), ST_DATA);
    CU_ASSERT_EQUAL(mkfifo(at("fifo"), 0666), 0);
    CU_ASSERT_EQUAL(sha256_file(at("fifo"), hex, &err), ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "not a regular file"));
}

CU_ErrorCode add_results_tests(void)
{
    CU_pSuite suite = CU_add_suite_with_setup_and_teardown(
        "results", NULL, NULL, set_up, tear_down);

    if (!suite)
        return CU_get_error();
    CU_add_test(suite, "whole", test_whole);
    CU_add_test(suite, "or nothing", test_nothing);
    CU_add_test(suite, "names", test_names);
    CU_add_test(suite, "replaced", test_force);
    CU_add_test(suite, "empty folder", test_empty);
    CU_add_test(suite, "foreign folder", test_foreign);
    CU_add_test(suite, "no folder", test_no_folder);
    CU_add_test(suite, "the root folder", test_root);
    CU_add_test(suite, "links are not followed", test_links_survive);
    CU_add_test(suite, "resumed", test_resume);
    CU_add_test(suite, "leftovers", test_leftovers);
    CU_add_test(suite, "changes during the run", test_race);
    CU_add_test(suite, "disk full", test_disk_full);
    CU_add_test(suite, "bad manifest", test_bad_manifest);
    CU_add_test(suite, "digest", test_digest);
    return CU_get_error();
}
