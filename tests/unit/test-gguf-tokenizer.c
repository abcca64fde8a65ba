/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-gguf-tokenizer.c - what a GGUF file says of its tokenizer. */
#include "format/gguf-tokenizer.h"
#include "gguf-fixture.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Three tokens; n values of types. 5 values. */
static void put_tokenizer(uint64_t n_types)
{
    put_text(&gguf_file, "tokenizer.ggml.model", "gpt2");
    put_list(&gguf_file, "tokenizer.ggml.tokens", GGUF_STRING, 3);
    put_string(&gguf_file, "a");
    put_string(&gguf_file, "b");
    put_string(&gguf_file, "ab");
    put_list(&gguf_file, "tokenizer.ggml.token_type", GGUF_I32, n_types);
    for (uint32_t i = 0; i < n_types; i++)
        put_u32(&gguf_file, 1 + i);
    put_list(&gguf_file, "tokenizer.ggml.merges", GGUF_STRING, 1);
    put_string(&gguf_file, "a b");
}

static void test_tokenizer(void)
{
    struct gguf_tokenizer *t = NULL;

    put_header(&gguf_file, 0, 6);
    put_tokenizer(3);
    put_int(&gguf_file, "tokenizer.ggml.bos_token_id", 2);
    put_truth(&gguf_file, "tokenizer.ggml.add_bos_token", true);
    gguf_begin();
    CU_ASSERT_EQUAL_FATAL(gguf_get_tokenizer(&gguf_opened, &t, &gguf_error),
                          0);
    CU_ASSERT_STRING_EQUAL(t->model, "gpt2");
    CU_ASSERT_PTR_NULL(t->pre);
    CU_ASSERT_PTR_NULL(t->scores);
    CU_ASSERT_EQUAL_FATAL(t->n_tokens, 3);
    CU_ASSERT_EQUAL(t->tokens[2].size, 2);
    CU_ASSERT_EQUAL(memcmp(t->tokens[2].bytes, "ab", 2), 0);
    CU_ASSERT_EQUAL(t->types[2], 3);
    CU_ASSERT_EQUAL_FATAL(t->n_merges, 1);
    CU_ASSERT_EQUAL(memcmp(t->merges[0].bytes, "a b", 3), 0);
    CU_ASSERT_EQUAL(t->bos, 2);
    CU_ASSERT_EQUAL(t->unknown, -1);
    CU_ASSERT_FALSE(t->add_space_prefix);
    CU_ASSERT_EQUAL(t->add_bos, GGUF_YES);
    gguf_tokenizer_free(t);
    gguf_end();
}

static void test_wrong_tokenizer(void)
{
    struct gguf_tokenizer *t = NULL;

    put_header(&gguf_file, 0, 0);
    gguf_begin();
    gguf_refused_with(gguf_get_tokenizer(&gguf_opened, &t, &gguf_error),
                      "no tokenizer");
    gguf_end();
    put_header(&gguf_file, 0, 4);
    put_tokenizer(2);
    gguf_begin();
    gguf_refused_with(gguf_get_tokenizer(&gguf_opened, &t, &gguf_error),
                 "'tokenizer.ggml.token_type' has 2 elements; 3 expected");
    gguf_end();
    put_header(&gguf_file, 0, 5);
    put_tokenizer(3);
    put_int(&gguf_file, "tokenizer.ggml.bos_token_id", 3);
    gguf_begin();
    gguf_refused_with(gguf_get_tokenizer(&gguf_opened, &t, &gguf_error),
                      "from 0 to 2");
    gguf_end();
}

CU_ErrorCode add_gguf_tokenizer_tests(void)
{
    CU_pSuite suite = CU_add_suite("gguf-tokenizer", NULL, NULL);

    CU_add_test(suite, "a tokenizer's lists", test_tokenizer);
    CU_add_test(suite, "tokenizers that cannot be", test_wrong_tokenizer);
    return CU_get_error();
}
