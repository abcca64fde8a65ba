/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-gguf.c - GGUF files: what they say, and each way in which they can
 * lie. */
#include "gguf-bytes.h"
#include "format/gguf-quant.h"
#include "format/gguf.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct gguf_bytes file;
static struct error err;

/* Reads the file; its bytes lie in a block of just their size, so that a
 * sanitizer sees a step beyond. The caller clears. */
static int read_file(struct gguf *gguf)
{
    *gguf = (struct gguf){.mapping = {"test.gguf", file.bytes, file.n}};
    memset(&err, 0, sizeof err);
    return gguf_read(gguf, &err);
}

/* Takes the file, which must be refused with this message. */
static void refused(const char *message)
{
    struct gguf gguf;

    CU_ASSERT_EQUAL(read_file(&gguf), ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, message));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "test.gguf: "));
    if (!strstr(err.text, message))
        printf("# '%s' is not in '%s'\n", message, err.text);
    gguf_clear(&gguf);
    free(file.bytes);
    file = (struct gguf_bytes){NULL, 0};
}

/* Two tensors, "a" of 2 x 3 F32 and "b" of one block of Q8_0, and a value of
 * each kind. */
static void put_example(void)
{
    const uint64_t big = (uint64_t)INT64_MAX + 1;
    const int16_t negative = -2;
    const float list[2] = {0.5f, -1};

    put_header(&file, 2, 9);
    put_int(&file, "int", 7);
    put_real(&file, "real", 1e-5f);
    put_truth(&file, "truth", true);
    put_text(&file, "text", "caf\xc3\xa9");
    put_list(&file, "texts", GGUF_STRING, 2);
    put_string(&file, "");
    put_string(&file, "two");
    put_list(&file, "floats", GGUF_F32, 2);
    put_bytes(&file, list, sizeof list);
    put_string(&file, "negative");
    put_u32(&file, GGUF_I16);
    put_bytes(&file, &negative, 2);
    put_string(&file, "big");
    put_u32(&file, GGUF_U64);
    put_u64(&file, big);
    put_list(&file, "lists", GGUF_ARRAY, 1);
    put_u32(&file, GGUF_BOOL);
    put_u64(&file, 0);
    put_tensor(&file, "a", 0, 2, 3, 64);
    put_tensor(&file, "b", 8, 0, 32, 0);
    put_padding(&file);
    for (unsigned char i = 0; i < 64 + 24; i++)
        put_bytes(&file, &i, 1);
}

static void test_tensors(void)
{
    const struct gguf_tensor *a, *b;
    struct gguf gguf;

    put_example();
    CU_ASSERT_EQUAL_FATAL(read_file(&gguf), ST_OK);
    CU_ASSERT_EQUAL(gguf.version, 3);
    CU_ASSERT_EQUAL_FATAL(gguf.n_tensors, 2);
    b = &gguf.tensors[0];
    a = &gguf.tensors[1];
    CU_ASSERT_STRING_EQUAL(a->name, "a");
    CU_ASSERT_EQUAL(a->n_dim, 2);
    CU_ASSERT_EQUAL(a->dim[0], 2);
    CU_ASSERT_EQUAL(a->dim[1], 3);
    CU_ASSERT_EQUAL(a->size, 24);
    CU_ASSERT_EQUAL(a->data[0], 64);
    CU_ASSERT_STRING_EQUAL(b->block->name, "Q8_0");
    CU_ASSERT_EQUAL(b->n_dim, 1);
    CU_ASSERT_EQUAL(b->dim[0], 32);
    CU_ASSERT_EQUAL(b->size, 34);
    CU_ASSERT_EQUAL(b->data[1], 1);
    gguf_clear(&gguf);
    free(file.bytes);
    file = (struct gguf_bytes){NULL, 0};
}

static void check_scalars(const struct gguf *gguf)
{
    struct gguf_text text = {NULL, 0};
    int64_t n = -1;
    double real = 0;
    bool truth = false;
    char *word = NULL;

    CU_ASSERT_EQUAL(gguf_get_int(gguf, "int", 0, 9, &n, &err), 0);
    CU_ASSERT_EQUAL(n, 7);
    CU_ASSERT_EQUAL(gguf_get_int(gguf, "int", 0, 6, &n, &err), ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "from 0 to 6"));
    CU_ASSERT_EQUAL(gguf_get_int(gguf, "negative", -9, 9, &n, &err), 0);
    CU_ASSERT_EQUAL(n, -2);
    CU_ASSERT_EQUAL(gguf_get_int(gguf, "none", -9, 9, &n, &err), 0);
    CU_ASSERT_EQUAL(n, -2);
    CU_ASSERT_EQUAL(gguf_get_int(gguf, "big", INT64_MIN, INT64_MAX, &n,
                                 &err), ST_DATA);
    CU_ASSERT_EQUAL(gguf_get_real(gguf, "real", &real, &err), 0);
    CU_ASSERT_EQUAL(real, 1e-5); /* not (double)1e-5f */
    CU_ASSERT_EQUAL(gguf_get_real(gguf, "int", &real, &err), 0);
    CU_ASSERT_EQUAL(real, 7);
    CU_ASSERT_EQUAL(gguf_get_bool(gguf, "truth", &truth, &err), 0);
    CU_ASSERT_TRUE(truth);
    CU_ASSERT_EQUAL(gguf_get_bool(gguf, "int", &truth, &err), ST_DATA);
    CU_ASSERT_EQUAL(gguf_get_text(gguf, "text", &text, &err), 0);
    CU_ASSERT_EQUAL(text.size, 5);
    CU_ASSERT_EQUAL(gguf_get_word(gguf, "text", &word, &err), ST_DATA);
    CU_ASSERT_PTR_NULL(word);
    CU_ASSERT_EQUAL(gguf_get_text(gguf, "texts", &text, &err), ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "'texts'"));
}

static void check_lists(const struct gguf *gguf)
{
    struct gguf_text *texts = NULL;
    float *floats = NULL;
    int32_t *ints = NULL;
    size_t n = 0;

    CU_ASSERT_EQUAL(gguf_get_texts(gguf, "texts", &texts, &n, &err), 0);
    CU_ASSERT_EQUAL_FATAL(n, 2);
    CU_ASSERT_EQUAL(texts[0].size, 0);
    CU_ASSERT_EQUAL(texts[1].size, 3);
    CU_ASSERT_EQUAL(memcmp(texts[1].bytes, "two", 3), 0);
    CU_ASSERT_EQUAL(gguf_get_floats(gguf, "floats", &floats, &n, &err), 0);
    CU_ASSERT_EQUAL_FATAL(n, 2);
    CU_ASSERT_EQUAL(floats[1], -1);
    CU_ASSERT_EQUAL(gguf_get_ints(gguf, "floats", &ints, &n, &err), ST_DATA);
    CU_ASSERT_EQUAL(gguf_get_ints(gguf, "int", &ints, &n, &err), ST_DATA);
    CU_ASSERT_EQUAL(gguf_get_ints(gguf, "lists", &ints, &n, &err), ST_DATA);
    CU_ASSERT_PTR_NULL(ints);
    free(texts);
    free(floats);
}

static void test_values(void)
{
    struct gguf gguf;

    put_example();
    CU_ASSERT_EQUAL_FATAL(read_file(&gguf), ST_OK);
    check_scalars(&gguf);
    check_lists(&gguf);
    gguf_clear(&gguf);
    free(file.bytes);
    file = (struct gguf_bytes){NULL, 0};
}

/* However much of the file is missing, it is refused. */
static void test_truncated(void)
{
    struct gguf_bytes whole;

    put_example();
    whole = file;
    for (size_t n = 0; n < whole.n; n++) {
        file = (struct gguf_bytes){NULL, 0};
        put_bytes(&file, whole.bytes, n);
        refused("");
    }
    free(whole.bytes);
}

/* Any byte may be wrong: no more is asked than to survive. */
static void test_spoiled(void)
{
    struct gguf gguf;

    put_example();
    for (size_t i = 0; i < file.n; i++)
        for (int k = 0; k < 8; k++) {
            file.bytes[i] ^= (unsigned char)(1 << k);
            if (read_file(&gguf))
                CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "test.gguf: "));
            gguf_clear(&gguf);
            file.bytes[i] ^= (unsigned char)(1 << k);
        }
    free(file.bytes);
    file = (struct gguf_bytes){NULL, 0};
}

static void test_header(void)
{
    put_bytes(&file, "GGML", 4);
    refused("byte 0: does not begin with 'GGUF'");
    put_bytes(&file, "GGUF", 4);
    put_u32(&file, 1);
    refused("version of GGUF is 1; 2 or 3 expected");
    put_bytes(&file, "GGUF\0\0\0\3", 8);
    refused("big-endian");
    put_header(&file, 0, UINT64_MAX);
    refused("18446744073709551615 entries of metadata");
    put_header(&file, (uint64_t)1 << 61, 0);
    refused("byte 24: there are to be 2305843009213693952 tensors");
}

static void test_metadata(void)
{
    put_header(&file, 0, 2);
    put_int(&file, "same", 1);
    put_int(&file, "same", 2);
    refused("metadata have 'same' twice");
    put_header(&file, 0, 1);
    put_string(&file, "bad\n");
    put_u32(&file, GGUF_U32);
    put_u32(&file, 1);
    refused("byte 24: metadata entry 1: its name has 4 bytes");
    put_header(&file, 0, 1);
    put_u64(&file, UINT64_MAX - 7);
    put_u64(&file, 0);
    refused("a string is to have 18446744073709551608 bytes");
    put_header(&file, 0, 1);
    put_string(&file, "kind");
    put_u32(&file, 13);
    refused("metadata 'kind': its kind is 13; kinds are 0 to 12");
    put_header(&file, 0, 1);
    put_string(&file, "truth");
    put_u32(&file, GGUF_BOOL);
    put_bytes(&file, "\2", 1);
    refused("metadata 'truth': a truth value is 2");
    put_header(&file, 0, 1);
    put_list(&file, "list", GGUF_U64, (uint64_t)1 << 61);
    refused("metadata 'list': there are to be 2305843009213693952 numbers");
    put_header(&file, 0, 1);
    put_list(&file, "list", GGUF_STRING, UINT64_MAX);
    refused("metadata 'list': 8 bytes are to follow");
}

/* A list of lists of lists..., each saying that the next is its element: as
 * near to a cycle as the format comes. */
static void test_nesting(void)
{
    put_header(&file, 0, 1);
    put_list(&file, "deep", GGUF_ARRAY, 1);
    for (int i = 0; i < 100000; i++) {
        put_u32(&file, GGUF_ARRAY);
        put_u64(&file, 1);
    }
    refused("metadata 'deep': lists are nested more than 4 levels deep");
}

static void refused_tensor(const char *name, uint32_t type, uint64_t rows,
                           uint64_t cols, uint64_t offset,
                           const char *message)
{
    put_header(&file, 1, 0);
    put_tensor(&file, name, type, rows, cols, offset);
    put_padding(&file);
    put_padding(&file);
    put_u64(&file, 0);
    refused(message);
}

static void test_tensor_entries(void)
{
    refused_tensor("", 0, 0, 2, 0, "tensor 1: its name has 0 bytes");
    refused_tensor("zero", 0, 0, 0, 0, "'zero': a dimension of it is 0");
    refused_tensor("huge", 0, UINT64_MAX, 2, 0, "a dimension of it is 18446");
    refused_tensor("huge", 0, (uint64_t)1 << 40, (uint64_t)1 << 40, 0,
                   "no more than memory could hold");
    refused_tensor("huge", 0, (uint64_t)1 << 32, (uint64_t)1 << 30, 0,
                   "more elements than memory could hold");
    refused_tensor("huge", 0, (uint64_t)1 << 30, (uint64_t)1 << 30, 0,
                   "'huge' needs 4611686018427387904 bytes");
    refused_tensor("type", 99, 0, 2, 0, "type is 99, which is no type");
    refused_tensor("type", 21, 0, 256, 0, "type is IQ3_S, which is not");
    refused_tensor("row", 8, 0, 48, 0, "a multiple of 32 expected");
    refused_tensor("odd", 0, 0, 2, 4, "begins at byte 4 of the data");
    refused_tensor("far", 0, 0, 2, UINT64_MAX - 31, "the file has 8 bytes");
    refused_tensor("long", 0, 0, 3, 0, "needs 12 bytes from byte 0");
    put_header(&file, 1, 0);
    put_string(&file, "dims");
    put_u32(&file, 5);
    put_padding(&file);
    refused("tensor 'dims': it has 5 dimensions; 1 to 4 expected");
}

static void test_tensor_pairs(void)
{
    put_header(&file, 2, 0);
    put_tensor(&file, "same", 0, 0, 1, 0);
    put_tensor(&file, "same", 0, 0, 1, 32);
    put_padding(&file);
    put_u64(&file, 0);
    put_padding(&file);
    put_u64(&file, 0);
    refused("there are two tensors 'same'");
    put_header(&file, 2, 0);
    put_tensor(&file, "long", 0, 0, 10, 0);
    put_tensor(&file, "next", 0, 0, 1, 32);
    put_padding(&file);
    for (int i = 0; i < 5; i++)
        put_u64(&file, 0);
    refused("the data of tensors 'long' and 'next' overlap");
    put_header(&file, 2, 0); /* float16, by one element */
    put_tensor(&file, "long", 1, 0, 17, 0);
    put_tensor(&file, "next", 1, 0, 1, 32);
    put_padding(&file);
    for (int i = 0; i < 5; i++)
        put_u64(&file, 0);
    refused("the data of tensors 'long' and 'next' overlap");
}

static void test_alignment(void)
{
    put_header(&file, 0, 1);
    put_int(&file, "general.alignment", 0);
    refused("'general.alignment' is 0");
    put_header(&file, 0, 1);
    put_int(&file, "general.alignment", 24);
    refused("a power of two expected");
    put_header(&file, 0, 1);
    put_text(&file, "general.alignment", "32");
    refused("'general.alignment' is a string");
}

static void test_no_file(void)
{
    struct gguf *gguf = NULL;

    CU_ASSERT_EQUAL(gguf_open("/nowhere/x.gguf", &gguf, &err), ST_DATA);
    CU_ASSERT_PTR_NULL(gguf);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "/nowhere/x.gguf"));
}

CU_ErrorCode add_gguf_tests(void)
{
    CU_TestInfo tests[] = {
        {"tensors are as the file says", test_tensors},
        {"values have their types", test_values},
        {"a truncated file is refused wherever it ends", test_truncated},
        {"a wrong bit anywhere does no harm", test_spoiled},
        {"headers", test_header},
        {"metadata that cannot be", test_metadata},
        {"lists of lists end", test_nesting},
        {"tensors that cannot be", test_tensor_entries},
        {"tensors that cannot be together", test_tensor_pairs},
        {"alignment", test_alignment},
        {"no such file", test_no_file},
        CU_TEST_INFO_NULL,
    };
    CU_SuiteInfo suites[] = {
        {"gguf", NULL, NULL, NULL, NULL, tests},
        CU_SUITE_INFO_NULL,
    };

    return CU_register_suites(suites);
}
