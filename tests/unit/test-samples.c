/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-samples.c - windows of token ids, and input that asks wrongly. */
#include "base/sha256.h"
#include "base/folder.h"
#include "plan/samples.h"
#include "base/mem.h"
#include "tests.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char top[4096]; /* a fresh folder for each test */
static struct error err;
static struct model *model; /* the demo's, of a larger context */
static struct model_tokenizer *tokenizer;
static struct input_spec spec; /* to be filled by the test */

/* Takes over path. */
static void open_model(char *path)
{
    if (model_configure(path, &model, &err)) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    model->config.n_context = 256;
    tokenizer = model_tokenizer_new(model->files);
    free(path);
}

/* The tokenizer becomes that of another folder. */
static void use_folder(const char *dir)
{
    free(model->files->path);
    model->files->path = mem_strdup(dir);
}

static void close_model(void)
{
    model_tokenizer_free(tokenizer);
    model_close(model);
}

static void set_up(void)
{
    const char *tmp = getenv("TMPDIR"), *srcdir = getenv("srcdir");

    snprintf(top, sizeof top, "%s/transect-input-XXXXXX",
             tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(top)) {
        perror(top);
        exit(1);
    }
    open_model(mem_path(srcdir && *srcdir ? srcdir : ".", "models/demo"));
    memset(&spec, 0, sizeof spec);
    spec.place = (struct place){"x.ini", 5};
    spec.samples_place = (struct place){"x.ini", 6};
    spec.length_place = (struct place){"x.ini", 7};
}

static void tear_down(void)
{
    close_model();
    CU_ASSERT_EQUAL(folder_remove(AT_FDCWD, top), 0);
}

static char *put(const char *name, const char *text)
{
    char *path = mem_path(top, name);

    test_write(path, text, strlen(text));
    return path;
}

static void check_windows(int n_sample, int length, size_t n_total,
                          const int32_t *tokens)
{
    struct samples *samples = NULL;
    size_t n = (size_t)n_sample * (size_t)length;
    int status = samples_load(&spec, model, tokenizer, &samples, &err);

    CU_ASSERT_EQUAL(status, ST_OK);
    if (status) {
        printf("# %s\n", err.text);
        return;
    }
    CU_ASSERT_EQUAL(samples->n_sample, n_sample);
    CU_ASSERT_EQUAL(samples->longest, length);
    CU_ASSERT_EQUAL(samples->n_total, n_total);
    CU_ASSERT(samples->n_sample == n_sample && samples->longest == length &&
              memcmp(samples->tokens, tokens, n * sizeof *tokens) == 0);
    samples_free(samples);
}

static void check_wrong(int status, const char *start, const char *part)
{
    struct samples *samples = NULL;
    bool right;

    err.text[0] = '\0';
    CU_ASSERT_EQUAL(samples_load(&spec, model, tokenizer, &samples, &err),
                    status);
    CU_ASSERT_PTR_NULL(samples);
    right = strncmp(err.text, start, strlen(start)) == 0 &&
            strstr(err.text, part) && !strchr(err.text, '\n');
    if (!right)
        printf("# '%s' is not '%s...%s'\n", err.text, start, part);
    CU_ASSERT(right);
}

static void use_ids(char *text)
{
    spec.kind = INPUT_IDS;
    spec.text = text;
}

static void test_windows(void)
{
    static const int32_t ids[] = {1, 2, 3, 4, 5, 6, 7};
    static const int32_t with_bos[] = {2047, 1, 2, 2047, 3, 4, 2047, 5, 6};

    use_ids("1 2,3\n4\t5, 6 7");
    check_windows(1, 7, 7, ids);
    spec.length = 3; /* the tail is dropped */
    check_windows(2, 3, 7, ids);
    spec.samples = 1;
    check_windows(1, 3, 7, ids);
    spec.samples = 0;
    spec.bos = BOS_YES;
    check_windows(3, 3, 7, with_bos);
    spec.samples = 2;
    check_windows(2, 3, 7, with_bos);
}

static void test_default_length(void)
{
    static const int32_t two[] = {2047, 1, 2, 2047, 3, 4};

    use_ids("1 2 3 4 5");
    model->config.n_context = 3;
    spec.bos = BOS_YES;
    check_windows(2, 3, 5, two);
    use_ids("1 2");
    check_windows(1, 3, 2, two);
    use_ids("1");
    check_windows(1, 2, 1, two);
}

static void test_text(void)
{
    static const int32_t ids[] = {83, 469, 1169, 368, 261, 1371, 46};
    static const int32_t with_bos[] = {2047, 83, 469, 2047, 1169, 368};

    spec.kind = INPUT_TEXT;
    spec.text = "Summer is warm.";
    check_windows(1, 7, 7, ids);
    spec.bos = BOS_YES;
    spec.length = 3;
    spec.samples = 2;
    check_windows(2, 3, 7, with_bos);
    model->config.bos = -1; /* then the tokenizer knows it */
    check_windows(2, 3, 7, with_bos);
    model->config.bos = 50; /* and better than the family */
    model->config.bos_assumed = true;
    check_windows(2, 3, 7, with_bos);
}

/* Where there is no tokenizer, the family's is all there is. */
static void test_assumed_bos(void)
{
    static const int32_t ids[] = {50, 1, 2, 50, 3, 4};

    use_ids("1 2 3 4");
    spec.bos = BOS_YES;
    spec.length = 3;
    spec.samples = 2;
    model->config.bos = 50;
    model->config.bos_assumed = true;
    use_folder(top);
    check_windows(2, 3, 4, ids);
}

/* What GLM does: two tokens in front, by the tokenizer's own template. */
static void put_template(void)
{
    free(put("tokenizer.json",
             "{\"model\": {\"vocab\": {\"a\": 0, \"b\": 1, \"c\": 2},"
             " \"merges\": []}, \"added_tokens\": [{\"id\": 3, \"content\":"
             " \"[gMASK]\"}, {\"id\": 4, \"content\": \"<sop>\"}],"
             " \"pre_tokenizer\": {\"type\": \"ByteLevel\","
             " \"add_prefix_space\": false}, \"post_processor\": {\"type\":"
             " \"TemplateProcessing\", \"single\": [{\"SpecialToken\":"
             " {\"id\": \"[gMASK]\"}}, {\"SpecialToken\":"
             " {\"id\": \"<sop>\"}}, {\"Sequence\": {\"id\": \"A\"}}],"
             " \"special_tokens\": {\"[gMASK]\": {\"ids\": [3]},"
             " \"<sop>\": {\"ids\": [4]}}}}"));
    use_folder(top);
}

static void test_own_front(void)
{
    static const int32_t with[] = {3, 4, 0, 1, 3, 4, 2, 0};
    static const int32_t without[] = {0, 1, 2, 0};

    put_template();
    spec.kind = INPUT_TEXT;
    spec.text = "abca";
    spec.length = 4;
    check_windows(2, 4, 4, with);
    spec.bos = BOS_YES;
    check_windows(2, 4, 4, with);
    spec.bos = BOS_NO;
    check_windows(1, 4, 4, without);
    spec.bos = BOS_AUTO;
    spec.length = 2;
    check_wrong(ST_USAGE, "x.ini:7: ", "beside the BOS token");
    spec.length = 4;
    model->config.n_vocab = 4;
    check_wrong(ST_DATA, model->files->path, "puts id 4 in front");
    model->config.n_vocab = 10;
    spec.length = 0;
    model->config.n_context = 2;
    check_wrong(ST_DATA, model->files->path, "puts 2 tokens in front");
    model->config.n_context = 256;
    spec.length = 0;
    use_ids("0 1 2 0");
    check_windows(1, 4, 4, without);
}

static void test_said(void)
{
    struct samples *samples = NULL;

    put_template();
    use_ids("3 4 1 3 1 4 2");
    spec.length = 3;
    CU_ASSERT_EQUAL_FATAL(
        samples_load(&spec, model, tokenizer, &samples, &err), ST_OK);
    CU_ASSERT_EQUAL(samples->n_dropped, 1);
    CU_ASSERT_EQUAL(samples->n_front, 0);
    CU_ASSERT_PTR_NULL(samples->tokenizer);
    CU_ASSERT_STRING_EQUAL(samples->bos, "as the ids are (auto: ids are taken "
                           "as they are)");
    CU_ASSERT_STRING_EQUAL(
        samples->bos_warning, "the model's tokenizer begins every text with "
        "[gMASK] <sop> (the tokenizer's post-processor); here 1 of 2 samples "
        "begin without it");
    samples_free(samples);
    samples = NULL;
    spec.kind = INPUT_TEXT;
    spec.text = "[gMASK]<sop>ab";
    spec.length = 0;
    CU_ASSERT_EQUAL_FATAL(
        samples_load(&spec, model, tokenizer, &samples, &err), ST_OK);
    CU_ASSERT_EQUAL(samples->n_front, 2);
    CU_ASSERT_EQUAL(samples->front[1], 4);
    CU_ASSERT_EQUAL(samples->n_fronted, 1);
    CU_ASSERT_STRING_EQUAL(samples->bos_warning,
                           "1 of 1 samples begin with [gMASK] <sop> twice");
    samples_free(samples);
}

static void test_encoding(void)
{
    static const int32_t ids[] = {99, 97, 102, 233};
    char *path = put("latin", "caf\xe9");

    spec.kind = INPUT_FILES;
    spec.files = &path;
    spec.n_files = 1;
    check_wrong(ST_DATA, "x.ini:5: ", "latin: the byte at offset 3, 0xE9, is "
                                      "not UTF-8");
    spec.any_bytes = true;
    check_windows(1, 4, 4, ids);
    spec.any_bytes = false;
    spec.kind = INPUT_TEXT;
    spec.text = "\xc3\xa9\xc3";
    check_wrong(ST_DATA, "x.ini:5: ", "offset 2, 0xC3");
    free(path);
}

static void test_files(void)
{
    static const int32_t ids[] = {97, 10, 10, 98, 10, 10, 10, 99};
    char *files[] = {put("a", "a"), put("b", "b\n"), put("c", "c")};
    size_t i;

    spec.kind = INPUT_FILES;
    spec.files = files;
    spec.n_files = 3;
    check_windows(1, 8, 8, ids);
    for (i = 0; i < 3; i++)
        free(files[i]);
}

static void test_ids_file(void)
{
    static const int32_t ids[] = {0, 2047, 7};
    char *path = put("ids", "\n0 2047\r\n7\n");

    spec.kind = INPUT_IDS_FILE;
    spec.files = &path;
    spec.n_files = 1;
    check_windows(1, 3, 3, ids);
    model->config.n_vocab = 2047;
    check_wrong(ST_DATA, path, "ids:2: \"2047\" is not a token id; ids are "
                "numbers from 0 to 2046");
    free(path);
}

static void test_digest(void)
{
    static const unsigned char bytes[] = {2, 1, 0, 0, 7, 0, 0, 0};
    struct samples *samples = NULL;
    char hex[65];

    use_ids("258 7 9");
    spec.length = 2; /* the dropped tail does not count */
    CU_ASSERT_EQUAL_FATAL(
        samples_load(&spec, model, tokenizer, &samples, &err), ST_OK);
    sha256_bytes(bytes, sizeof bytes, hex);
    CU_ASSERT_STRING_EQUAL(samples->sha256, hex);
    samples_free(samples);
}

static void test_bad_ids(void)
{
    static const char *const bad[] = {"2048", "-1", "1.5", "0x10", "a",
                                      "99999999999999999999999", "1;2"};
    char text[40], quoted[40];
    size_t i;

    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, "5 %s 6", bad[i]);
        snprintf(quoted, sizeof quoted, "\"%s\" is not", bad[i]);
        use_ids(text);
        check_wrong(ST_USAGE, "x.ini:5: ", quoted);
    }
    use_ids("");
    check_wrong(ST_USAGE, "x.ini:5: ", "the input is empty");
    spec.kind = INPUT_NONE;
    check_wrong(ST_USAGE, "there is no input", "ids_file");
}

static void test_bad_windows(void)
{
    use_ids("1 2 3 4 5");
    spec.length = 257;
    check_wrong(ST_USAGE, "x.ini:7: ", "context, 256");
    spec.length = 6;
    check_wrong(ST_USAGE, "x.ini:7: ", "the input has 5 tokens");
    spec.length = 2;
    spec.samples = 3;
    check_wrong(ST_USAGE, "x.ini:6: ", "at most 2");
    spec.bos = BOS_YES;
    spec.length = 1;
    check_wrong(ST_USAGE, "x.ini:7: ", "beside the BOS token");
    model->config.bos = 2048;
    check_wrong(ST_USAGE, "x.ini:5: bos = yes", "no BOS token");
}

/* Neither the model nor a tokenizer tells which it is. */
static void test_unknown_bos(void)
{
    use_ids("1 2 3 4 5");
    spec.bos = BOS_YES;
    model->config.bos = -1;
    use_folder(top);
    check_wrong(ST_DATA, top, "there is no such file");
}

static void test_unreadable(void)
{
    char *path = mem_path(top, "absent");
    char *why = mem_printf("absent: cannot open: %s", strerror(ENOENT));

    spec.files = &path;
    spec.n_files = 1;
    spec.kind = INPUT_FILES;
    check_wrong(ST_DATA, "x.ini:5: ", why);
    spec.kind = INPUT_IDS_FILE;
    check_wrong(ST_DATA, "x.ini:5: ", why);
    spec.kind = INPUT_TEXT;
    spec.text = "warm";
    model->config.n_vocab = 256;
    check_wrong(ST_DATA, model->files->path, "do not belong together");
    free(path);
    free(why);
}

/* A regular expression that takes for ever on some texts: PCRE2 gives up. */
static void test_text_that_cannot_be_split(void)
{
    char *path = put("tokenizer.json",
                     "{\"model\": {\"vocab\": {\"a\": 0}, \"merges\": []},"
                     " \"pre_tokenizer\": {\"type\": \"Sequence\","
                     " \"pretokenizers\": [{\"type\": \"Split\","
                     " \"pattern\": {\"Regex\": \"(?:a|aa)+(?=c)\"}},"
                     " {\"type\": \"ByteLevel\","
                     " \"add_prefix_space\": false}]}}");

    use_folder(top);
    spec.kind = INPUT_TEXT;
    spec.text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";
    check_wrong(ST_DATA, "x.ini:5: ", "cannot split the text: match limit");
    free(path);
}

CU_ErrorCode add_samples_tests(void)
{
    CU_pSuite suite = CU_add_suite_with_setup_and_teardown(
        "input", NULL, NULL, set_up, tear_down);

    if (!suite || !CU_add_test(suite, "windows", test_windows) ||
        !CU_add_test(suite, "default length", test_default_length) ||
        !CU_add_test(suite, "text", test_text) ||
        !CU_add_test(suite, "BOS token of a family", test_assumed_bos) ||
        !CU_add_test(suite, "what the tokenizer puts in front",
                     test_own_front) ||
        !CU_add_test(suite, "what is said of it", test_said) ||
        !CU_add_test(suite, "texts that are not UTF-8", test_encoding) ||
        !CU_add_test(suite, "files", test_files) ||
        !CU_add_test(suite, "ids_file", test_ids_file) ||
        !CU_add_test(suite, "digest", test_digest) ||
        !CU_add_test(suite, "bad ids", test_bad_ids) ||
        !CU_add_test(suite, "bad windows", test_bad_windows) ||
        !CU_add_test(suite, "unknown BOS", test_unknown_bos) ||
        !CU_add_test(suite, "unreadable", test_unreadable) ||
        !CU_add_test(suite, "text that cannot be split",
                     test_text_that_cannot_be_split))
        return CU_get_error();
    return CUE_SUCCESS;
}
