/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-gguf-tokenizer.c - what a GGUF file says of its tokenizer. */
#include "format/gguf-tokenizer.h"
#include "gguf-bytes.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct gguf_bytes file;
static struct gguf gguf;
static struct error err;

/* Reads what was composed. */
static void begin(void)
{
    gguf = (struct gguf){.mapping = {"test.gguf", file.bytes, file.n}};
    memset(&err, 0, sizeof err);
    if (gguf_read(&gguf, &err))
        printf("# %s\n", err.text);
    CU_ASSERT_EQUAL_FATAL(err.status, ST_OK);
}

static void end(void)
{
    gguf_clear(&gguf);
    free(file.bytes);
    file = (struct gguf_bytes){NULL, 0};
}

static void refused_with(int status, const char *message)
{
    CU_ASSERT_EQUAL(status, ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, message));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "test.gguf: "));
    if (!strstr(err.text, message))
        printf("# '%s' is not in '%s'\n", message, err.text);
}

/* Three tokens; n values of types. 5 values. */
static void put_tokenizer(uint64_t n_types)
{
    put_text(&file, "tokenizer.ggml.model", "gpt2");
    put_list(&file, "tokenizer.ggml.tokens", GGUF_STRING, 3);
    put_string(&file, "a");
    put_string(&file, "b");
    put_string(&file, "ab");
    put_list(&file, "tokenizer.ggml.token_type", GGUF_I32, n_types);
    for (uint32_t i = 0; i < n_types; i++)
        put_u32(&file, 1 + i);
    put_list(&file, "tokenizer.ggml.merges", GGUF_STRING, 1);
    put_string(&file, "a b");
}

static void test_tokenizer(void)
{
    struct gguf_tokenizer *t = NULL;

    put_header(&file, 0, 6);
    put_tokenizer(3);
    put_int(&file, "tokenizer.ggml.bos_token_id", 2);
    put_truth(&file, "tokenizer.ggml.add_bos_token", true);
    begin();
    CU_ASSERT_EQUAL_FATAL(gguf_get_tokenizer(&gguf, &t, &err), 0);
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
    gguf_tokenizer_free(t);
    end();
}

static void test_wrong_tokenizer(void)
{
    struct gguf_tokenizer *t = NULL;

    put_header(&file, 0, 0);
    begin();
    refused_with(gguf_get_tokenizer(&gguf, &t, &err), "no tokenizer");
    end();
    put_header(&file, 0, 4);
    put_tokenizer(2);
    begin();
    refused_with(gguf_get_tokenizer(&gguf, &t, &err),
                 "'tokenizer.ggml.token_type' has 2 elements; 3 expected");
    end();
    put_header(&file, 0, 5);
    put_tokenizer(3);
    put_int(&file, "tokenizer.ggml.bos_token_id", 3);
    begin();
    refused_with(gguf_get_tokenizer(&gguf, &t, &err), "from 0 to 2");
    end();
}

CU_ErrorCode add_gguf_tokenizer_tests(void)
{
    CU_pSuite suite = CU_add_suite("gguf-tokenizer", NULL, NULL);

    CU_add_test(suite, "a tokenizer's lists", test_tokenizer);
    CU_add_test(suite, "tokenizers that cannot be", test_wrong_tokenizer);
    return CU_get_error();
}
