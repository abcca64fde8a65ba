/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-checkpoint-file.c - files that are no whole checkpoint, or of a run
 * with other arithmetic. */
#include "tests.h"

#include "base/cpu-dispatch.h"
#include "base/mem.h"
#include "base/read-file.h"
#include "base/sha256.h"
#include "checkpoint-fixture.h"
#include "tensor/arithmetic.h"
#include "tensor/row-tiles.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

/* In front of the digest of the rest. */
static const char magic[] = "transect checkpoint 3\n";
enum { HEAD = sizeof magic - 1 + 64 };
/* What begins so is one, of whatever version. */
enum { KIND = sizeof "transect checkpoint " - 1 };

/* The file as it was written; the caller frees. */
static char *whole(size_t *size)
{
    char *bytes;

    checkpoint_plan("[run]\ncheckpoint = 2\n[plugin null]\n"
                    "[variant v]\npruner.mlps = 1\n");
    checkpoint_write_covering(4);
    CU_ASSERT_EQUAL_FATAL(read_file(checkpoint_path, &bytes, size, &trial.err),
                          ST_OK);
    CU_ASSERT(*size > HEAD + 64);
    CU_ASSERT_EQUAL(memcmp(bytes, magic, sizeof magic - 1), 0);
    return bytes;
}

static void test_damaged(void)
{
    size_t size;
    char *bytes = whole(&size);

    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= 1;
        test_write(checkpoint_path, bytes, size);
        checkpoint_refuse(CHECKPOINT_RESUME,
                          i < KIND ? CHECKPOINT_FOREIGN : CHECKPOINT_DAMAGED);
        bytes[i] ^= 1;
        test_write(checkpoint_path, bytes, i);
        checkpoint_refuse(CHECKPOINT_RESUME,
                          i < KIND ? CHECKPOINT_FOREIGN : CHECKPOINT_DAMAGED);
    }
    test_write(checkpoint_path, bytes, size);
    checkpoint_accept(CHECKPOINT_RESUME, 4);
    free(bytes);
}

/* Writes them below a digest that is right for them. */
static void write_right(char *bytes, size_t size)
{
    char hex[65];

    sha256_bytes(bytes + HEAD, size - HEAD, hex);
    memcpy(bytes + HEAD - 64, hex, 64);
    test_write(checkpoint_path, bytes, size);
}

/* Reads that file, and what is in it; returns the first error's status. */
static int resume(bool *opened, struct error *err)
{
    struct checkpoint_settings settings = checkpoint_settings_as(
        CHECKPOINT_RESUME);
    struct checkpoint *checkpoint = NULL;
    int status = checkpoint_open(trial.plan, &settings, &checkpoint, err);

    *opened = !status;
    if (!status)
        status = checkpoint_restore(checkpoint, trial.plan, err);
    checkpoint_free(checkpoint);
    return status;
}

/* Bytes whose digest is right all the same, cut at any place: what is there
 * is read, what is missing is noticed, by whoever comes to it first. */
static void test_cut(void)
{
    size_t size, n_restored = 0;
    char *bytes = whole(&size);

    for (size_t n = HEAD; n < size; n++) {
        struct error err = {0};
        bool opened;

        write_right(bytes, n);
        CU_ASSERT_NOT_EQUAL(resume(&opened, &err), ST_OK);
        n_restored += opened;
    }
    CU_ASSERT(n_restored > 0);
    free(bytes);
}

/* Each byte becomes another: what is not a state of this plan is refused by
 * name, and nothing reads where nothing is. */
static void test_forged(void)
{
    static const char scored[] = "[run]\ncheckpoint = 2\n"
                                 "[plugin head-scorer]\n"
                                 "[variant v]\npruner.mlps = 1\n";
    size_t size, n_refused = 0;
    char *bytes;

    checkpoint_plan(scored);
    checkpoint_write_covering(4);
    CU_ASSERT_EQUAL_FATAL(
        read_file(checkpoint_path, &bytes, &size, &trial.err), ST_OK);
    for (size_t n = HEAD; n < size; n++) {
        struct error err = {0};
        bool opened;

        bytes[n] ^= 1;
        write_right(bytes, size);
        bytes[n] ^= 1;
        checkpoint_plan(scored);
        if (resume(&opened, &err) == ST_OK)
            continue;
        n_refused++;
        CU_ASSERT_EQUAL(strncmp(err.text, checkpoint_path,
                                strlen(checkpoint_path)), 0);
    }
    CU_ASSERT(n_refused > 64); /* the identity, and sizes */
    CU_ASSERT(n_refused < size - HEAD); /* but not the numbers of a state */
    free(bytes);
}

/* The text, which the file has once, with another last letter. */
static void replace_text(char *bytes, size_t size, const char *text)
{
    size_t n = strlen(text), found = 0;

    for (size_t i = HEAD; i + n <= size; i++)
        if (memcmp(bytes + i, text, n) == 0) {
            bytes[i + n - 1] ^= 1;
            found++;
            break;
        }
    CU_ASSERT_EQUAL(found, 1);
    write_right(bytes, size);
}

/* Of a run with other kernels, or other libraries. */
static void test_arithmetic(void)
{
    struct arithmetic parts[ARITHMETIC_N];
    size_t size;
    char *bytes = whole(&size);

    arithmetic_in_use(parts);
    CU_ASSERT_STRING_EQUAL(parts[0].which, openblas_get_corename());
    CU_ASSERT_STRING_EQUAL(parts[1].which, openblas_get_config());
    CU_ASSERT_STRING_EQUAL(parts[2].which, cpu_dispatch_chosen());
    CU_ASSERT_STRING_EQUAL(parts[3].which, row_tiles_of(0)->name);
    for (int i = 0; i < ARITHMETIC_N; i++) {
        char *other = mem_strdup(parts[i].which), *why;

        replace_text(bytes, size, parts[i].which);
        other[strlen(other) - 1] ^= 1;
        why = mem_printf("was written with the %s '%s', not '%s' as here; "
                         "go on where it was written, or start over with "
                         "--force", parts[i].what, other, parts[i].which);
        checkpoint_refuse(CHECKPOINT_RESUME, why);
        replace_text(bytes, size, other);
        checkpoint_accept(CHECKPOINT_RESUME, 4);
        free(other);
        free(why);
    }
    free(bytes);
}

CU_ErrorCode add_checkpoint_file_tests(void)
{
    CU_pSuite suite = CU_add_suite_with_setup_and_teardown(
        "checkpoint-file", NULL, NULL, checkpoint_set_up,
        checkpoint_tear_down);

    CU_add_test(suite, "damaged at any place", test_damaged);
    CU_add_test(suite, "cut at any place", test_cut);
    CU_add_test(suite, "forged at any place", test_forged);
    CU_add_test(suite, "of other arithmetic", test_arithmetic);
    return CU_get_error();
}
