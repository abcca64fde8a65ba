/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-safetensors.c - safetensors files: what they say, and each way in
 * which they can lie. */
#include "base/folder.h"
#include "format/safetensors.h"
#include "tests.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SINGLE "model.safetensors"
#define INDEX "model.safetensors.index.json"

/* "a" is 2 x 3 of F32 */
#define ENTRY_A "\"a\":{\"dtype\":\"F32\",\"shape\":[2,3]," \
                "\"data_offsets\":[0,24]}"

static char top[4096]; /* a fresh folder for each test */
static struct error err;

static void set_up(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(top, sizeof top, "%s/transect-safetensors-XXXXXX",
             tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(top)) { /* nothing below may touch another folder */
        perror(top);
        exit(1);
    }
    memset(&err, 0, sizeof err);
}

static void tear_down(void)
{
    CU_ASSERT_EQUAL(folder_remove(AT_FDCWD, top), 0);
}

static void put(const char *name, const void *bytes, size_t size)
{
    char path[8192];

    snprintf(path, sizeof path, "%s/%s", top, name);
    test_write(path, bytes, size);
}

/* The header, said to be of `length` bytes, and n bytes 0, 1, 2... of data. */
static size_t compose(unsigned char *bytes, uint64_t length,
                      const char *header, size_t n)
{
    size_t at = 0;

    for (; at < 8; at++)
        bytes[at] = (unsigned char)(length >> 8 * at);
    memcpy(bytes + at, header, strlen(header));
    at += strlen(header);
    for (size_t i = 0; i < n; i++)
        bytes[at++] = (unsigned char)i;
    return at;
}

static void put_tensors(const char *name, const char *header, size_t n)
{
    unsigned char bytes[4096];

    put(name, bytes, compose(bytes, strlen(header), header, n));
}

static void put_text(const char *name, const char *text)
{
    put(name, text, strlen(text));
}

static void assert_refused(const char *message)
{
    struct tensors *tensors = NULL;
    int status = safetensors_open(top, &tensors, &err);

    CU_ASSERT_EQUAL(status, ST_DATA);
    CU_ASSERT_PTR_NULL(tensors);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, message));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, top));
    if (!strstr(err.text, message))
        printf("# '%s' is not in '%s'\n", message, err.text);
}

static void test_not_fetched(void)
{
    static const char pointer[] =
        "version https://git-lfs.github.com/spec/v1\n"
        "oid sha256:4d7a2146\nsize 12345\n";

    set_up();
    put_text(SINGLE, pointer);
    assert_refused(SINGLE ": is a Git LFS pointer and not the file itself");
    tear_down();
    set_up();
    put_text(INDEX, pointer);
    assert_refused(INDEX ": is a Git LFS pointer");
    tear_down();
    set_up();
    put_tensors("model-00001-of-00002.safetensors", "{" ENTRY_A "}", 24);
    assert_refused("has shards of weights as "
                   "model-00001-of-00002.safetensors, but no " INDEX);
    put_text(INDEX, "{\"weight_map\": "
             "{\"a\": \"model-00001-of-00002.safetensors\", "
             "\"b\": \"model-00002-of-00002.safetensors\"}}");
    assert_refused("model-00002-of-00002.safetensors: is missing; " INDEX
                   " says that tensors are in it");
    tear_down();
}

static void test_read(void)
{
    struct tensors *tensors = NULL;
    const struct tensor *a, *b;

    set_up();
    put_tensors(SINGLE, "{\"__metadata__\":{\"format\":\"pt\"},"
                "\"b\":{\"dtype\":\"I64\",\"shape\":[],"
                "\"data_offsets\":[24,32]},\"none\":{\"dtype\":\"BOOL\","
                "\"shape\":[4,0],\"data_offsets\":[24,24]}," ENTRY_A "}  ",
                32);
    CU_ASSERT_EQUAL_FATAL(safetensors_open(top, &tensors, &err), 0);
    CU_ASSERT_EQUAL(tensors->n, 3);
    a = tensors_find(tensors, "a");
    b = tensors_find(tensors, "b");
    CU_ASSERT_PTR_NULL(tensors_find(tensors, "__metadata__"));
    CU_ASSERT_PTR_NOT_NULL(tensors_find(tensors, "none"));
    CU_ASSERT_PTR_NOT_NULL_FATAL(a);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b);
    CU_ASSERT_EQUAL(a->dtype, DTYPE_F32);
    CU_ASSERT_STRING_EQUAL(a->dtype_text, "F32");
    CU_ASSERT_EQUAL(a->n_dim, 2);
    CU_ASSERT_EQUAL(a->dim[0], 2);
    CU_ASSERT_EQUAL(a->dim[1], 3);
    CU_ASSERT_EQUAL(a->size, 24);
    CU_ASSERT_EQUAL(*(const unsigned char *)a->data, 0);
    CU_ASSERT_EQUAL(b->dtype, DTYPE_OTHER);
    CU_ASSERT_EQUAL(b->n_dim, 0);
    CU_ASSERT_EQUAL(b->size, 8);
    CU_ASSERT_EQUAL(*(const unsigned char *)b->data, 24);
    tensors_close(tensors);
    tear_down();
}

/* Headers, with the bytes of data behind them, and what is said of them. */
static const struct {
    const char *header;
    size_t n;
    const char *message;
} lies[] = {
    {"[]", 0, "not a JSON object"},
    {"{\"a\":", 0, "header:1:"},
    {"{" ENTRY_A "," ENTRY_A "}", 24, "duplicate"},
    {"{" ENTRY_A "}", 20, "out of range"},
    {"{" ENTRY_A "}", 25, "last 1 bytes belong to no tensor"},
    {"{}", 5, "last 5 bytes belong to no tensor"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[4,28]}}", 28,
     "4 bytes in front of tensor 'a'"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[1,25]}}", 25,
     "1 bytes in front of tensor 'a'"},
    {"{" ENTRY_A ",\"b\":{\"dtype\":\"U8\",\"shape\":[4],"
     "\"data_offsets\":[20,24]}}", 24, "'a' and 'b' overlap"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,24]}}", 24,
     "need 16"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[24,0]}}", 24,
     "out of range"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[-1,23]}}",
     24, "[begin, end] expected"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0]}}", 24,
     "[begin, end] expected"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":"
     "[9223372036854775800,9223372036854775807]}}", 24, "out of range"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],"
     "\"data_offsets\":[0,0]}}", 0, "more elements"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],"
     "\"data_offsets\":[0,0]}}", 0, "more elements"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-2,-3],\"data_offsets\":[0,24]}}",
     24, "size 1 of 'shape'"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[6.0],\"data_offsets\":[0,24]}}", 24,
     "size 1 of 'shape'"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":6,\"data_offsets\":[0,24]}}", 24,
     "a list of at most 8"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,6],"
     "\"data_offsets\":[0,24]}}", 24, "a list of at most 8"},
    {"{\"a\":{\"dtype\":\"F33\",\"shape\":[6],\"data_offsets\":[0,24]}}", 24,
     "tensor 'a': 'dtype' is not one"},
    {"{\"a\":{\"dtype\":4,\"shape\":[6],\"data_offsets\":[0,24]}}", 24,
     "no 'dtype'"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[6],\"data_offsets\":[0,24],"
     "\"x\":1}}", 24, "its entry is wrong"},
    {"{\"a\":[]}", 0, "its entry is wrong"},
    {"{\"a\\n\":{}}", 0, "printable"},
    {"{\"\":{}}", 0, "printable"},
    {"{\"__metadata__\":{\"x\":1}}", 0, "not strings"},
    {"{\"__metadata__\":1}", 0, "object of strings"},
};

static void test_lies(void)
{
    set_up();
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        put_tensors(SINGLE, lies[i].header, lies[i].n);
        assert_refused(lies[i].message);
    }
    tear_down();
}

static void test_header_size(void)
{
    unsigned char bytes[256];

    set_up();
    put(SINGLE, bytes, compose(bytes, 3, "{}", 0));
    assert_refused("does not fit");
    put(SINGLE, bytes, compose(bytes, UINT64_MAX, "{}", 0));
    assert_refused("at most 100000000");
    put(SINGLE, bytes, compose(bytes, 0, "{}", 0));
    assert_refused("not a JSON object");
    put(SINGLE, bytes, compose(bytes, 3, " {}", 0));
    assert_refused("not a JSON object");
    put(SINGLE, bytes, 7);
    assert_refused("has 7 bytes");
    put(SINGLE, bytes, 0);
    assert_refused("has 0 bytes");
    tear_down();
}

static void test_truncated(void)
{
    const char *header = "{" ENTRY_A "}";
    unsigned char bytes[256];
    size_t size = compose(bytes, strlen(header), header, 24);
    struct tensors *tensors;
    int accepted = 0;

    set_up();
    for (size_t n = 0; n < size; n++) {
        put(SINGLE, bytes, n);
        accepted += safetensors_open(top, &tensors, &err) != ST_DATA;
    }
    CU_ASSERT_EQUAL(accepted, 0);
    tear_down();
}

/* Whatever one changed byte does, the tensors lie within the file. */
static void test_changed_bytes(void)
{
    const char *header = "{" ENTRY_A "}";
    unsigned char bytes[256];
    size_t size = compose(bytes, strlen(header), header, 24);
    struct tensors *tensors;
    int wrong = 0;

    set_up();
    for (size_t i = 0; i < size - 24; i++)
        for (int change = 1; change < 256; change <<= 1) {
            bytes[i] ^= (unsigned char)change;
            put(SINGLE, bytes, size);
            bytes[i] ^= (unsigned char)change;
            if (safetensors_open(top, &tensors, &err))
                continue;
            for (size_t k = 0; k < tensors->n; k++)
                wrong += tensors->tensors[k].size > 24;
            tensors_close(tensors);
        }
    CU_ASSERT_EQUAL(wrong, 0);
    tear_down();
}

static void put_shards(void)
{
    put_tensors("one.safetensors", "{" ENTRY_A "}", 24);
    put_tensors("two.safetensors", "{\"b\":{\"dtype\":\"U8\",\"shape\":[5],"
                "\"data_offsets\":[0,5]}}", 5);
}

static void test_shards(void)
{
    struct tensors *tensors = NULL;
    const struct tensor *b;

    set_up();
    put_shards();
    put_text(INDEX, "{\"metadata\":{},\"weight_map\":{"
             "\"b\":\"two.safetensors\",\"a\":\"one.safetensors\"}}");
    CU_ASSERT_EQUAL_FATAL(safetensors_open(top, &tensors, &err), 0);
    CU_ASSERT_EQUAL(tensors->n, 2);
    CU_ASSERT_EQUAL(tensors->n_mappings, 2);
    CU_ASSERT_PTR_NOT_NULL(tensors_find(tensors, "a"));
    b = tensors_find(tensors, "b");
    CU_ASSERT_PTR_NOT_NULL_FATAL(b);
    CU_ASSERT_STRING_EQUAL(strrchr(b->path, '/'), "/two.safetensors");
    tensors_close(tensors);
    tear_down();
}

static void test_wrong_index(void)
{
    static const struct {
        const char *map, *message;
    } cases[] = {
        {"{\"a\":\"one.safetensors\",\"b\":\"one.safetensors\"}",
         "'b' is in no file"},
        {"{\"a\":\"two.safetensors\",\"b\":\"one.safetensors\"}",
         "'a' is in one.safetensors; 'weight_map' says two.safetensors"},
        {"{\"a\":\"one.safetensors\",\"b\":\"two.safetensors\","
         "\"c\":\"two.safetensors\"}", "'c' is in no file"},
        {"{\"a\":\"one.safetensors\",\"b\":\"three.safetensors\"}",
         "three.safetensors: is missing; model.safetensors.index.json says"},
        {"{\"a\":\"../one.safetensors\"}", "plain file name"},
        {"{\"a\":\"..\"}", "plain file name"},
        {"{\"a\":\"\"}", "plain file name"},
        {"{\"a\":7}", "plain file name"},
        {"{\"a\\u0007\":\"one.safetensors\"}", "plain file name"},
        {"{}", "no 'weight_map'"},
        {"[]", "no 'weight_map'"},
    };
    char text[1000];

    set_up();
    put_shards();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(text, sizeof text, "{\"weight_map\":%s}", cases[i].map);
        put_text(INDEX, text);
        assert_refused(cases[i].message);
    }
    put_text(INDEX, "{\"weight_map\":{\"a\":\"one.safetensors\"");
    assert_refused(INDEX ":1:");
    put_tensors("two.safetensors", "{" ENTRY_A "}", 24);
    put_text(INDEX, "{\"weight_map\":{\"a\":\"one.safetensors\","
             "\"b\":\"two.safetensors\"}}");
    assert_refused("tensor 'a' is also in");
    tear_down();
}

/* Tensors that the index does not speak of. */
static void test_surplus_in_shard(void)
{
    set_up();
    put_tensors("one.safetensors", "{" ENTRY_A ",\"b\":{\"dtype\":\"U8\","
                "\"shape\":[5],\"data_offsets\":[24,29]}}", 29);
    put_text(INDEX, "{\"weight_map\":{\"a\":\"one.safetensors\"}}");
    assert_refused("'b' is in one.safetensors; 'weight_map' says nothing");
    tear_down();
}

static void test_no_weights(void)
{
    char path[8192];

    set_up();
    assert_refused("model.safetensors.index.json expected");
    put_text("pytorch_model.bin", "");
    assert_refused("save_pretrained");
    snprintf(path, sizeof path, "%s/%s", top, SINGLE);
    CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
    assert_refused("not a regular file");
    CU_ASSERT_EQUAL(folder_remove(AT_FDCWD, path), 0);
    CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
    assert_refused("not a regular file");
    tear_down();
}

CU_ErrorCode add_safetensors_tests(void)
{
    CU_pSuite s = CU_add_suite("safetensors", NULL, NULL);

    if (!s || !CU_add_test(s, "a file", test_read) ||
        !CU_add_test(s, "what was not fetched", test_not_fetched) ||
        !CU_add_test(s, "lying headers", test_lies) ||
        !CU_add_test(s, "wrong header sizes", test_header_size) ||
        !CU_add_test(s, "truncated at any byte", test_truncated) ||
        !CU_add_test(s, "changed in any bit", test_changed_bytes) ||
        !CU_add_test(s, "shards", test_shards) ||
        !CU_add_test(s, "wrong indexes", test_wrong_index) ||
        !CU_add_test(s, "a tensor outside of the index",
                     test_surplus_in_shard) ||
        !CU_add_test(s, "no weights", test_no_weights))
        return CU_get_error();
    return CUE_SUCCESS;
}
