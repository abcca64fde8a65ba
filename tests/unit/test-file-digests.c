/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-file-digests.c - digests of files, with and without a thread. */
#include "base/file-digests.h"
#include "base/interrupt.h"
#include "base/sha256.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Beyond one chunk, an empty one, just one chunk, a short one. */
static const size_t sizes[] = {(3u << 20) + 5, 0, 1u << 20, 7};
#define N (sizeof sizes / sizeof *sizes)

static struct mapped_file files[N];
static struct error err;

/* Mapped as those of a model: of memory of another kind the bytes would be
 * gone when the digests let go of its pages. */
static void set_up(void)
{
    for (size_t i = 0; i < N; i++) {
        char path[] = "/tmp/transect-digests-XXXXXX";
        FILE *file = fdopen(mkstemp(path), "wb");

        for (size_t k = 0; k < sizes[i]; k++)
            putc((int)((k * 7 + i) & 255), file);
        if (fclose(file) || mapped_file_open(path, &files[i], &err))
            exit(1);
        unlink(path);
    }
}

static void tear_down(void)
{
    interrupt_signal = 0;
    for (size_t i = 0; i < N; i++)
        mapped_file_close(&files[i]);
}

static void check(struct file_digests *digests)
{
    CU_ASSERT_EQUAL_FATAL(file_digests_finish(digests, &err), ST_OK);
    for (size_t i = 0; i < N; i++) {
        char hex[65];

        sha256_bytes(files[i].bytes, files[i].size, hex);
        CU_ASSERT_STRING_EQUAL(file_digests_hex(digests, i), hex);
    }
}

static void test_thread(void)
{
    struct file_digests *digests = file_digests_new(files, N);

    file_digests_start(digests);
    check(digests);
    check(digests); /* asked again, nothing is left to do */
    file_digests_free(digests);
}

/* At whatever byte the thread is met. */
static void test_taken_over(void)
{
    for (int i = 0; i < 20; i++) {
        struct file_digests *digests = file_digests_new(files, N);
        volatile int wait = i * 20000;

        file_digests_start(digests);
        while (wait > 0)
            wait--;
        check(digests);
        file_digests_free(digests);
    }
}

static void test_no_thread(void)
{
    struct file_digests *digests = file_digests_new(files, N);

    check(digests);
    file_digests_free(digests);
}

static void test_stopped(void)
{
    struct file_digests *digests = file_digests_new(files, N);

    file_digests_start(digests);
    file_digests_free(digests);
    file_digests_free(NULL);
}

static void test_interrupted(void)
{
    struct file_digests *digests = file_digests_new(files, N);

    interrupt_signal = 2;
    CU_ASSERT_EQUAL(file_digests_finish(digests, &err), ST_FAILED);
    CU_ASSERT_STRING_EQUAL(err.text, "interrupted by signal 2");
    interrupt_signal = 0;
    check(digests);
    file_digests_free(digests);
}

CU_ErrorCode add_file_digests_tests(void)
{
    CU_pSuite suite = CU_add_suite_with_setup_and_teardown(
        "file digests", NULL, NULL, set_up, tear_down);

    CU_add_test(suite, "by the thread", test_thread);
    CU_add_test(suite, "taken over from it", test_taken_over);
    CU_add_test(suite, "without it", test_no_thread);
    CU_add_test(suite, "stopped", test_stopped);
    CU_add_test(suite, "interrupted", test_interrupted);
    return CU_get_error();
}
