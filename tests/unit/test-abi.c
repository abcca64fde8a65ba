/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-abi.c - the present headers have the layout of ABI 1.0 and 1.1, or this
 * file does not compile; and the host has all functions of its tables. */
#include "abi/layout.h"
#include "abi/layout11.h"

#include "plugin/host-internal.h"
#include "tests.h"

#include <string.h>
#include <transect/columns.h>
#include <transect/readout.h>

/* Of a table of functions that begins with its size, no member is missing. */
static void check_table(const void *table, size_t first)
{
    const char *bytes = table;
    void (*function)(void);
    uint32_t size;

    memcpy(&size, bytes, sizeof size);
    CU_ASSERT(size > first);
    for (size_t at = first; at < size; at += sizeof function) {
        memcpy(&function, bytes + at, sizeof function);
        CU_ASSERT(function != NULL);
    }
}

static void test_tables(void)
{
    static const char *const ids[] = {
        TRANSECT_CAPTURE, TRANSECT_COLUMNS, TRANSECT_FIGURE, TRANSECT_FILES,
        TRANSECT_LINALG, TRANSECT_PROMPTS, TRANSECT_READOUT, TRANSECT_REDUCE,
        TRANSECT_STATE, TRANSECT_SURVEY, TRANSECT_TEXT, TRANSECT_VERDICT,
        TRANSECT_WORKERS};
    struct transect_ctx ctx = {0};

    CU_ASSERT_EQUAL(host_table.size, sizeof host_table);
    CU_ASSERT_EQUAL(host_table.abi_major, TRANSECT_ABI_MAJOR);
    CU_ASSERT_EQUAL(host_table.abi_minor, TRANSECT_ABI_MINOR);
    check_table(&host_table, offsetof(struct transect_host, fail));
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        const void *table = host_table.extension(&ctx, ids[i]);

        CU_ASSERT_PTR_NOT_NULL_FATAL(table);
        check_table(table, sizeof(void *));
    }
    CU_ASSERT_PTR_NULL(host_table.extension(&ctx, "transect.figure/2"));
    CU_ASSERT_PTR_NULL(host_table.extension(&ctx, "transect.figure/"));
}

CU_ErrorCode add_abi_tests(void)
{
    CU_pSuite suite = CU_add_suite("abi", NULL, NULL);

    CU_add_test(suite, "all functions are there", test_tables);
    return CU_get_error();
}
