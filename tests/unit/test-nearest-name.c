/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-nearest-name.c - which valid name a mistyped one is taken for. */
#include "base/nearest-name.h"
#include "tests.h"

#include <string.h>

#define N(array) (sizeof(array) / sizeof *(array))

static const char *const keys[] = {"samples", "length", "bos", "files"};

static void expect(const char *name, const char *nearest)
{
    const char *found = nearest_name(name, keys, N(keys));

    if (nearest) {
        CU_ASSERT_PTR_NOT_NULL_FATAL(found);
        CU_ASSERT_STRING_EQUAL(found, nearest);
    } else {
        CU_ASSERT_PTR_NULL(found);
    }
}

static void nearest(void)
{
    expect("sample", "samples");
    expect("smaples", "samples");
    expect("LENGTH", "length");
    expect("lenght", "length");
    expect("fils", "files");
    expect("bos", "bos");
}

static void nothing_near(void)
{
    char longest[200];

    memset(longest, 's', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    expect("temperature", NULL);
    expect("xy", NULL);
    expect("", NULL);
    expect(longest, NULL);
    CU_ASSERT_PTR_NULL(nearest_name("bos", keys, 0));
}

static void phrases(void)
{
    char buf[64], small[30], tiny[4];

    CU_ASSERT_STRING_EQUAL(
        nearest_name_phrase(buf, sizeof buf, "lengt", keys, N(keys)),
        "; did you mean 'length'?");
    CU_ASSERT_STRING_EQUAL(
        nearest_name_phrase(buf, sizeof buf, "temperature", keys, N(keys)),
        "; valid are samples, length, bos, files");
    CU_ASSERT_STRING_EQUAL(
        nearest_name_phrase(small, sizeof small, "temperature", keys, N(keys)),
        "; valid are samples, ...");
    CU_ASSERT_STRING_EQUAL(
        nearest_name_phrase(buf, sizeof buf, "bos", keys, 0),
        "; there are none");
    CU_ASSERT(strlen(nearest_name_phrase(tiny, sizeof tiny, "temperature",
                                         keys, N(keys))) < sizeof tiny);
}

CU_ErrorCode add_nearest_name_tests(void)
{
    CU_pSuite suite = CU_add_suite("suggest", NULL, NULL);

    if (!suite || !CU_add_test(suite, "nearest", nearest) ||
        !CU_add_test(suite, "nothing near", nothing_near) ||
        !CU_add_test(suite, "phrases", phrases))
        return CU_get_error();
    return CUE_SUCCESS;
}
