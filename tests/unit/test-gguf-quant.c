/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-gguf-quant.c - element types of GGUF, bit for bit. tests/data/
 * blocks.gguf has random blocks of each, and what the gguf package makes of
 * them (tests/parity/gguf-blocks.py wrote it). */
#include "format/gguf-quant.h"
#include "format/gguf.h"
#include "base/mem.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const types[] = {
    "F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0",
    "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS",
};

static struct gguf *open_blocks(void)
{
    char *path = mem_path(getenv("srcdir"), "tests/data/blocks.gguf");
    struct gguf *gguf = NULL;
    struct error err;

    CU_ASSERT_EQUAL_FATAL(gguf_open(path, &gguf, &err), 0);
    free(path);
    return gguf;
}

static const struct gguf_tensor *tensor_of(const struct gguf *gguf,
                                           const char *type,
                                           const char *suffix)
{
    const struct gguf_tensor *tensor;
    char name[64];

    snprintf(name, sizeof name, "%s%s", type, suffix);
    tensor = gguf_find_tensor(gguf, name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tensor);
    return tensor;
}

static void check_type(const struct gguf *gguf, const char *type)
{
    const struct gguf_tensor *blocks = tensor_of(gguf, type, "");
    const struct gguf_tensor *right = tensor_of(gguf, type, ".float32");
    float got[256];

    CU_ASSERT_STRING_EQUAL(blocks->block->name, type);
    CU_ASSERT_EQUAL_FATAL(blocks->dim[1], 256);
    CU_ASSERT_EQUAL_FATAL(right->size, sizeof got);
    gguf_dequantize(blocks->block, blocks->data, got, 256);
    if (memcmp(got, right->data, sizeof got) != 0)
        printf("# %s differs\n", type);
    CU_ASSERT_EQUAL(memcmp(got, right->data, sizeof got), 0);
}

static void test_bits(void)
{
    struct gguf *gguf = open_blocks();

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        check_type(gguf, types[i]);
    gguf_close(gguf);
}

/* Messages name exactly the types that are read. */
static void test_names(void)
{
    size_t n = 0;

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        CU_ASSERT_PTR_NOT_NULL(strstr(gguf_block_names(), types[i]));
    for (uint32_t id = 0; id < 100; id++)
        n += gguf_block_find(id) && gguf_block_find(id)->bytes;
    CU_ASSERT_EQUAL(n, sizeof types / sizeof *types);
    CU_ASSERT_PTR_NULL(gguf_block_find(4)); /* removed from the format */
    CU_ASSERT_STRING_EQUAL(gguf_block_find(21)->name, "IQ3_S");
}

CU_ErrorCode add_gguf_quant_tests(void)
{
    CU_TestInfo tests[] = {
        {"every type has the reference's bits", test_bits},
        {"messages name the types that are read", test_names},
        CU_TEST_INFO_NULL,
    };
    CU_SuiteInfo suites[] = {
        {"gguf-quant", NULL, NULL, NULL, NULL, tests},
        CU_SUITE_INFO_NULL,
    };

    return CU_register_suites(suites);
}
