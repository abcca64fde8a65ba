/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-sentencepiece.c - tokenizer.model, against ids of the sentencepiece
 * package (tests/data/sentencepiece, which
 * tests/parity/sentencepiece_models.py writes). */
#include "format/sentencepiece.h"

#include "base/folder.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/read-file.h"
#include "tests.h"
#include "tokenizer/tokenizer.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof (a) / sizeof *(a))

static struct error err;

static char *data(const char *name)
{
    const char *srcdir = getenv("srcdir");

    return mem_printf("%s/tests/data/sentencepiece%s",
                      srcdir && *srcdir ? srcdir : ".", name);
}

static void test_texts(void)
{
    char *path = data("/ids.json"), *folder = data("");
    struct tokenizer *t = NULL;
    json_t *root = NULL, *row, *text;
    size_t i;

    CU_ASSERT_EQUAL_FATAL(json_load_object(path, &root, &err), ST_OK);
    CU_ASSERT_EQUAL_FATAL(tokenizer_open(folder, &t, &err), ST_OK);
    CU_ASSERT_EQUAL(tokenizer_bos(t), 1);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "texts")), 200);
    json_array_foreach(json_object_get(root, "texts"), i, row) {
        struct token_ids list = {0};

        text = json_array_get(row, 0);
        tokenizer_encode(t, json_string_value(text),
                         json_string_length(text), &list, &err);
        CU_ASSERT(has_ids(json_array_get(row, 1), &list));
        free(list.ids);
    }
    tokenizer_close(t);
    json_decref(root);
    free(path);
    free(folder);
}

/* tokenizer_config.json beside it: its special tokens are found in texts, and
 * the class says whether there is a prefix. */
static void check_beside(const char *config, const char *ids)
{
    const char *tmp = getenv("TMPDIR");
    char *folder = mem_printf("%s/transect-spm-XXXXXX",
                              tmp && *tmp ? tmp : "/tmp");
    char *from = data("/tokenizer.model"), *bytes, *path;
    struct tokenizer *t = NULL;
    size_t size;

    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    CU_ASSERT_EQUAL_FATAL(read_file(from, &bytes, &size, &err), ST_OK);
    path = mem_path(folder, "tokenizer.model");
    test_write(path, bytes, size);
    free(path);
    path = mem_path(folder, "tokenizer_config.json");
    test_write(path, config, strlen(config));
    CU_ASSERT_EQUAL(tokenizer_open(folder, &t, &err), ST_OK);
    if (t)
        check_ids(t, "e</s>e", ids);
    tokenizer_close(t);
    CU_ASSERT_EQUAL(folder_remove(AT_FDCWD, folder), 0);
    free(path);
    free(bytes);
    free(from);
    free(folder);
}

static void test_parse_short(void)
{
    char *path = data("/tokenizer.model"), *bytes, *part;
    struct sentencepiece model;
    size_t size, n, whole = 0;

    CU_ASSERT_EQUAL_FATAL(read_file(path, &bytes, &size, &err), ST_OK);
    /* What was cut between two fields can be read, if what is needed is
     * there: what is behind the pieces says BPE. */
    for (n = 0; n < size; n++) {
        part = mem_strndup(bytes, n);
        if (sentencepiece_parse(part, n, path, &model, &err) == ST_OK) {
            sentencepiece_free(&model);
            whole++;
        }
        free(part);
    }
    CU_ASSERT(whole <= 4);
    CU_ASSERT_EQUAL(sentencepiece_parse(bytes, size, path, &model, &err),
                    ST_OK);
    CU_ASSERT_EQUAL(model.n_tokens, 500);
    sentencepiece_free(&model);
    free(bytes);
    free(path);
}

/* "a", normal; the trainer's model_type */
#define PIECE "\x0a\x05\x0a\x01" "a" "\x18\x01"
#define BPE "\x12\x02\x18\x02"

static void test_refused(void)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *part;
    } bad[] = {
#define ROW(bytes, part) {bytes, sizeof bytes - 1, part}
        ROW("", "no SentencePiece model"),
        ROW(BPE, "no SentencePiece model"),
        ROW("{\"a\": 1}", "no SentencePiece model"),
        ROW(PIECE, "of the kind unigram"),
        ROW(PIECE "\x12\x02\x18\x04", "of the kind char"),
        ROW(PIECE "\x12\x02\x18\x07", "of the kind that is not known"),
        ROW(PIECE BPE "\x0a\x02\x18\x01", "piece 1 is empty"),
        ROW(PIECE BPE "\x0a\x04\x0a\x02" "a\0", "piece 1 is one with a NUL"),
        ROW(PIECE BPE "\x0a\x05\x0a\x01" "b\x18\x05", "piece 1 is unused"),
        ROW(PIECE BPE "\x0a\x05\x0a\x01" "b\x18\x09", "of no known type"),
        ROW(PIECE BPE "\x0a\x05\x0a\x09" "b\x18\x01", "damaged"),
        ROW(PIECE BPE "\x0a\x7f", "damaged"),
        ROW(PIECE "\x12\x05\x18\x02\xc0\x01\x01", "whitespace_as_suffix"),
        ROW(PIECE BPE "\x1a\x02\x28\x00", "escape_whitespaces"),
        ROW(PIECE BPE "\x1a\x08\x0a\x03" "nmt\x12\x01x", "\"nmt\""),
        ROW(PIECE BPE "\x2a\x03\x12\x01x", "denormalizer"),
    };
    struct sentencepiece model;
    size_t i;

    for (i = 0; i < COUNT(bad); i++) {
        CU_ASSERT_EQUAL(sentencepiece_parse(bad[i].bytes, bad[i].size, "file",
                                            &model, &err), ST_DATA);
        if (!strstr(err.text, bad[i].part))
            printf("# '%s' lacks '%s'\n", err.text, bad[i].part);
        CU_ASSERT(strstr(err.text, bad[i].part) &&
                  strncmp(err.text, "file: ", 6) == 0);
    }
    CU_ASSERT_EQUAL(sentencepiece_parse(PIECE BPE, sizeof PIECE BPE - 1,
                                        "file", &model, &err), ST_OK);
    CU_ASSERT(model.adds_prefix && model.squeezes);
    CU_ASSERT_EQUAL(model.bos, -1);
    sentencepiece_free(&model);
}

static void test_beside(void)
{
#define CLASS                                                               \
    "{\"eos_token\": \"</s>\", \"tokenizer_class\": \"LlamaTokenizer\""
    check_beside("{}", "326 70 57 448 72 443");
    check_beside("{\"eos_token\": \"</s>\"}", "326 2 326");
    check_beside(CLASS ", \"legacy\": true}", "326 2 326");
    check_beside(CLASS "}", "326 2 443");
    check_beside(CLASS ", \"add_prefix_space\": false}", "443 2 443");
}

CU_ErrorCode add_sentencepiece_tests(void)
{
    CU_pSuite suite = CU_add_suite("sentencepiece", NULL, NULL);

    if (!suite || !CU_add_test(suite, "texts", test_texts) ||
        !CU_add_test(suite, "files beside", test_beside) ||
        !CU_add_test(suite, "cut short", test_parse_short) ||
        !CU_add_test(suite, "not supported", test_refused))
        return CU_get_error();
    return CUE_SUCCESS;
}
