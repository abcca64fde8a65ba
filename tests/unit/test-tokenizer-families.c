/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-tokenizer-families.c - the steps of model families' tokenizer.json,
 * against ids of Hugging Face's tokenizers (tests/data/tokenizers.json, which
 * tests/parity/tokenizer_golden.py writes). */
#include "base/read-file.h"
#include "base/folder.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests.h"
#include "tokenizer/tokenizer-ggml.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct error err;
static json_t *golden; /* tokenizers.json */
static json_t *vocab, *merges; /* of models/demo */

static char *source(const char *name)
{
    const char *srcdir = getenv("srcdir");

    return mem_path(srcdir && *srcdir ? srcdir : ".", name);
}

static json_t *read_json(const char *name)
{
    char *path = source(name);
    json_t *root = NULL;

    if (json_load_object(path, &root, &err))
        printf("# %s\n", err.text);
    free(path);
    return root;
}

static json_t *read_merges(void)
{
    char *path = source("models/demo/merges.txt"), *text, *line, *rest;
    json_t *list = json_array();
    size_t size;

    if (read_file(path, &text, &size, &err) == ST_OK) {
        text = mem_grow(text, size + 1, 1);
        text[size] = '\0';
        strtok_r(text, "\n", &rest); /* #version */
        while ((line = strtok_r(NULL, "\n", &rest)))
            json_array_append_new(list, json_string(line));
        free(text);
    }
    free(path);
    return list;
}

static int start(void)
{
    golden = read_json("tests/data/tokenizers.json");
    vocab = read_json("models/demo/vocab.json");
    merges = read_merges();
    return !golden || !vocab || json_array_size(merges) == 0;
}

static int finish(void)
{
    json_decref(golden);
    json_decref(vocab);
    json_decref(merges);
    return 0;
}

static bool is_byte_level(json_t *root)
{
    json_t *type = json_object_get(json_object_get(root, "decoder"), "type");

    return strcmp(json_string_value(type), "ByteLevel") == 0;
}

/* A family's tokenizer, from a folder with its tokenizer.json. */
static struct tokenizer *open_family(json_t *family)
{
    const char *tmp = getenv("TMPDIR");
    char *folder = mem_printf("%s/transect-family-XXXXXX",
                              tmp && *tmp ? tmp : "/tmp"), *path;
    json_t *root = json_deep_copy(json_object_get(family, "tokenizer"));
    json_t *model = json_object_get(root, "model");
    bool own = !is_byte_level(root);
    struct tokenizer *tokenizer = NULL;

    json_object_set(model, "vocab",
                    own ? json_object_get(golden, "vocab") : vocab);
    json_object_set(model, "merges",
                    own ? json_object_get(golden, "merges") : merges);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    path = mem_path(folder, "tokenizer.json");
    CU_ASSERT_EQUAL(json_dump_file(root, path, 0), 0);
    if (tokenizer_open(folder, &tokenizer, &err))
        printf("# %s\n", err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tokenizer);
    CU_ASSERT_EQUAL(folder_remove(AT_FDCWD, folder), 0);
    json_decref(root);
    free(path);
    free(folder);
    return tokenizer;
}

/* FNV-1a, a value a step */
static uint64_t step(uint64_t h, uint64_t value)
{
    return (h ^ value) * UINT64_C(0x100000001b3);
}

static const uint64_t basis = UINT64_C(0xcbf29ce484222325);

static void check_fingerprint(const char *name, json_t *family,
                              const char *key, uint64_t h)
{
    json_t *right = json_object_get(family, key);
    char text[17];

    snprintf(text, sizeof text, "%016" PRIx64, h);
    if (strcmp(text, json_string_value(right)) != 0)
        printf("# %s: %s differs\n", name, key);
    CU_ASSERT_STRING_EQUAL(text, json_string_value(right));
}

static void check_text(const char *name, json_t *family,
                       struct tokenizer *tokenizer)
{
    json_t *text = json_object_get(golden, "text"), *id;
    json_t *right = json_object_get(family, "ids");
    struct token_ids list = {NULL, 0};
    size_t i;

    CU_ASSERT_EQUAL(tokenizer_encode(tokenizer, json_string_value(text),
                                     json_string_length(text), &list, &err),
                    ST_OK);
    json_array_foreach(right, i, id) {
        if (i >= list.n || list.ids[i] != json_integer_value(id))
            break;
    }
    if (i < json_array_size(right) || list.n != i)
        printf("# %s: id %zu differs\n", name, i);
    CU_ASSERT(i == json_array_size(right) && list.n == i);
    free(list.ids);
}

static void check_file(const char *name, json_t *family,
                       struct tokenizer *tokenizer)
{
    char *path = source(json_string_value(json_object_get(family, "file")));
    struct token_ids list = {NULL, 0};
    struct buffer bytes = {0};
    uint64_t h = basis;
    char *text;
    size_t size, i;

    CU_ASSERT_EQUAL_FATAL(read_file(path, &text, &size, &err), ST_OK);
    CU_ASSERT_EQUAL(tokenizer_encode(tokenizer, text, size, &list, &err),
                    ST_OK);
    CU_ASSERT_EQUAL(list.n, (size_t)json_integer_value(
                                json_object_get(family, "n")));
    for (i = 0; i < list.n; i++)
        h = step(h, (uint64_t)list.ids[i]);
    check_fingerprint(name, family, "fingerprint", h);
    CU_ASSERT_EQUAL(tokenizer_decode(tokenizer, list.ids, list.n, &bytes),
                    -1);
    for (i = 0, h = basis; i < bytes.n; i++)
        h = step(h, (unsigned char)bytes.bytes[i]);
    check_fingerprint(name, family, "decoded", h);
    free(bytes.bytes);
    free(list.ids);
    free(text);
    free(path);
}

static void test_families(void)
{
    struct tokenizer *tokenizer;
    json_t *family;
    const char *name;

    CU_ASSERT_EQUAL(json_object_size(json_object_get(golden, "families")),
                    21);
    json_object_foreach(json_object_get(golden, "families"), name, family) {
        tokenizer = open_family(family);
        check_text(name, family, tokenizer);
        check_file(name, family, tokenizer);
        tokenizer_close(tokenizer);
    }
}

/* What a GGUF file names by tokenizer.ggml.pre. */
static void test_ggml_names(void)
{
    static const char *const names[][2] = {
        {"gpt-2", "gpt2"}, {"llama-bpe", "llama3"}, {"qwen2", "qwen2"},
        {"glm4", "glm4"}, {"tekken", "tekken"}, {"smollm", "smollm"},
        {"olmo", "gpt_neox"}, {"falcon", "falcon"}, {"bloom", "bloom"},
        {"deepseek-llm", "deepseek_llm"}, {"deepseek-coder", "deepseek"},
        {"gpt-4o", "gpt4o"},
    };
    json_t *families = json_object_get(golden, "families");

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *family = json_deep_copy(json_object_get(families,
                                                        names[i][1]));
        json_t *root = json_object_get(family, "tokenizer");
        struct tokenizer *tokenizer;
        struct ggml_steps steps;
        const char *all;

        CU_ASSERT_FATAL(ggml_find_steps(names[i][0], &steps, &all));
        json_object_set_new(root, "pre_tokenizer", steps.pretokenizer);
        json_object_set_new(root, "normalizer",
                            steps.normalizer ? steps.normalizer
                                             : json_null());
        json_object_set_new(json_object_get(root, "model"), "ignore_merges",
                            json_boolean(steps.ignore_merges));
        tokenizer = open_family(family);
        check_text(names[i][0], family, tokenizer);
        check_file(names[i][0], family, tokenizer);
        tokenizer_close(tokenizer);
        json_decref(family);
    }
}

/* 10,000 times the same: no step may take quadratic time. */
static void check_runs(const char *name, struct tokenizer *tokenizer)
{
    static const char *const repeated[] = {"^", "0", "a", "'s", " ", "\n",
                                           "\u0301", "\xff"};
    struct token_ids list = {NULL, 0};
    struct buffer text = {0};
    clock_t begin;
    size_t i;
    int n;

    for (i = 0; i < sizeof repeated / sizeof *repeated; i++) {
        for (n = 0, text.n = 0; n < 10000; n++)
            buffer_add(&text, repeated[i], strlen(repeated[i]));
        list.n = 0;
        begin = clock();
        CU_ASSERT_EQUAL(tokenizer_encode(tokenizer, text.bytes, text.n,
                                         &list, &err), ST_OK);
        if (clock() - begin >= CLOCKS_PER_SEC)
            printf("# %s: a run of '%s' is slow\n", name, repeated[i]);
        CU_ASSERT(clock() - begin < CLOCKS_PER_SEC);
    }
    free(text.bytes);
    free(list.ids);
}

static void test_runs(void)
{
    struct tokenizer *tokenizer;
    json_t *family;
    const char *name;

    json_object_foreach(json_object_get(golden, "families"), name, family) {
        tokenizer = open_family(family);
        check_runs(name, tokenizer);
        tokenizer_close(tokenizer);
    }
}

/* What Hugging Face's tokenizers cannot be given must come back. */
static void test_invalid_bytes(void)
{
    static const char text[] = "a\xff\xfe b\x80'\xed\xa0\x80 1\xc0\xaf  c\xe2";
    static const char *const names[] = {"llama3", "smollm", "falcon",
                                        "deepseek", "llama2", "gemma"};
    json_t *families = json_object_get(golden, "families");
    struct token_ids list = {NULL, 0};
    struct buffer bytes = {0};
    struct tokenizer *tokenizer;
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++) {
        tokenizer = open_family(json_object_get(families, names[i]));
        list.n = 0;
        CU_ASSERT_EQUAL(tokenizer_encode(tokenizer, text, sizeof text - 1,
                                         &list, &err), ST_OK);
        CU_ASSERT_EQUAL(tokenizer_decode(tokenizer, list.ids, list.n,
                                         &bytes), -1);
        CU_ASSERT(bytes.n == sizeof text - 1 &&
                  memcmp(bytes.bytes, text, bytes.n) == 0);
        tokenizer_close(tokenizer);
    }
    free(bytes.bytes);
    free(list.ids);
}

CU_ErrorCode add_tokenizer_families_tests(void)
{
    CU_pSuite suite = CU_add_suite("tokenizer-families", start, finish);

    if (!suite || !CU_add_test(suite, "golden ids", test_families) ||
        !CU_add_test(suite, "names in GGUF files", test_ggml_names) ||
        !CU_add_test(suite, "invalid bytes", test_invalid_bytes) ||
        !CU_add_test(suite, "long runs", test_runs))
        return CU_get_error();
    return CUE_SUCCESS;
}
