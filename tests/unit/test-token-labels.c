/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-token-labels.c - what token ids say, with and without a tokenizer. */
#include "base/mem.h"
#include "tests.h"
#include "tokenizer/token-labels.h"

#include <stdlib.h>
#include <string.h>

static struct model_files *files;
static struct model_tokenizer *tokenizer;
static struct token_labels *labels;

static void open_labels(const char *path, int32_t n_vocab)
{
    struct error err;

    CU_ASSERT_EQUAL_FATAL(model_files_open(path, &files, &err), ST_OK);
    tokenizer = model_tokenizer_new(files);
    labels = token_labels_new(tokenizer, n_vocab);
}

static void close_labels(void)
{
    token_labels_free(labels);
    model_tokenizer_free(tokenizer);
    model_files_close(files);
}

static void test_demo(void)
{
    char *dir = mem_path(getenv("srcdir"), "models/demo");
    const char *piece, *label;
    size_t size;

    open_labels(dir, 2048);

    piece = token_labels_piece(labels, 2047, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(piece);
    CU_ASSERT_EQUAL_FATAL(size, strlen("<|endoftext|>"));
    CU_ASSERT_EQUAL(memcmp(piece, "<|endoftext|>", size), 0);
    label = token_labels_label(labels, 2047);
    CU_ASSERT_STRING_EQUAL(label, "\"<|endoftext|>\"");
    CU_ASSERT_PTR_EQUAL(token_labels_label(labels, 2047), label);
    CU_ASSERT_STRING_EQUAL(token_labels_label(labels, 0), "\"\\x00\"");
    CU_ASSERT_PTR_NULL(token_labels_piece(labels, 5000, &size));
    CU_ASSERT_STRING_EQUAL(token_labels_label(labels, 5000), "");
    CU_ASSERT_STRING_EQUAL(token_labels_label(labels, -1), "");
    close_labels();
    free(dir);
}

static void test_no_tokenizer(void)
{
    size_t size = 1;

    open_labels("/", 10);
    CU_ASSERT_PTR_NULL(token_labels_piece(labels, 3, &size));
    CU_ASSERT_EQUAL(size, 0);
    CU_ASSERT_STRING_EQUAL(token_labels_label(labels, 3), "#3");
    CU_ASSERT_STRING_EQUAL(token_labels_label(labels, 4), "#4");
    close_labels();
}

CU_ErrorCode add_token_labels_tests(void)
{
    CU_pSuite suite = CU_add_suite("vocabulary", NULL, NULL);

    CU_add_test(suite, "the model that ships", test_demo);
    CU_add_test(suite, "no tokenizer", test_no_tokenizer);
    return CU_get_error();
}
