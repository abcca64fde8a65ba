/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-list-syntax.c - lists of numbers, heads, hook points and
 * tokens. */
#include "plugin/list-syntax.h"

#include "base/folder.h"
#include "base/mem.h"
#include "tests.h"

#include <fcntl.h>

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The numbers below `limit` that text chooses are these n. */
static void expect(const char *text, int limit, int n, ...)
{
    struct error err = {0};
    int32_t *list = NULL;
    size_t got = 0;
    va_list numbers;

    CU_ASSERT_EQUAL_FATAL(
        list_numbers(text, "layer", limit, &list, &got, &err), ST_OK);
    CU_ASSERT_PTR_NOT_NULL(list);
    CU_ASSERT_EQUAL_FATAL(got, (size_t)n);
    va_start(numbers, n);
    for (int i = 0; i < n; i++)
        CU_ASSERT_EQUAL(list[i], va_arg(numbers, int));
    va_end(numbers);
    free(list);
}

static void refuse(const char *text, int limit, const char *message)
{
    struct error err = {0};
    int32_t *list = NULL;
    size_t n = 77;

    CU_ASSERT_EQUAL(list_numbers(text, "layer", limit, &list, &n, &err),
                    ST_USAGE);
    CU_ASSERT_EQUAL(err.status, ST_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, message);
    CU_ASSERT_PTR_NULL(list);
    CU_ASSERT_EQUAL(n, 77);
}

static void numbers(void)
{
    expect("0-3 7", 12, 5, 0, 1, 2, 3, 7);
    expect("7,3 , 5\t3", 12, 3, 3, 5, 7);
    expect("*", 3, 3, 0, 1, 2);
    expect("2-2", 3, 1, 2);
    expect("1 *", 2, 2, 0, 1);
    expect("", 3, 0);
    expect(" ,, ", 3, 0);
    expect("*", 0, 0);
    expect("007", 12, 1, 7);
}

static void wrong_numbers(void)
{
    refuse("12", 12, "there is no layer 12; the model has layers 0 to 11");
    refuse("0 3-12", 12,
           "there is no layer 12; the model has layers 0 to 11");
    refuse("99999999999999999999999", 12,
           "there is no layer 99999999999999999999999; the model has layers "
           "0 to 11");
    refuse("4294967296", 12,
           "there is no layer 4294967296; the model has layers 0 to 11");
    refuse("0", 0, "there is no layer 0; the model has no layers");
    refuse("5-2", 12, "the range 5-2 runs backwards; write 2-5");
    refuse("two", 12, "'two' is not a layer; write a number such as 3, a "
                      "range such as 0-3, or *");
    refuse("-1", 12, "'-1' is not a layer; write a number such as 3, a "
                     "range such as 0-3, or *");
    refuse("1-", 12, "'' is not a layer; write a number such as 3, a "
                     "range such as 0-3, or *");
    refuse("0x1", 12, "'0x1' is not a layer; write a number such as 3, a "
                      "range such as 0-3, or *");
}

static void expect_heads(const char *text, int n_layer, int n_head, int n,
                         ...)
{
    struct error err = {0};
    struct transect_head *list;
    struct head_set *set = NULL;
    size_t got = 0;
    va_list args;

    CU_ASSERT_EQUAL_FATAL(list_heads(text, n_layer, n_head, &set, &err),
                          ST_OK);
    list = list_of_heads(set, &got);
    head_set_free(set);
    CU_ASSERT_EQUAL_FATAL(got, (size_t)n);
    va_start(args, n);
    for (int i = 0; i < n; i++) {
        CU_ASSERT_EQUAL(list[i].layer, va_arg(args, int));
        CU_ASSERT_EQUAL(list[i].head, va_arg(args, int));
    }
    va_end(args);
    free(list);
}

static void heads(void)
{
    expect_heads("L2H7", 12, 12, 1, 2, 7);
    expect_heads("L2H1, L0H3 L2H1", 3, 4, 2, 0, 3, 2, 1);
    expect_heads("L1H*", 2, 3, 3, 1, 0, 1, 1, 1, 2);
    expect_heads("L*H0", 3, 2, 3, 0, 0, 1, 0, 2, 0);
    expect_heads("L0-1H1", 3, 2, 2, 0, 1, 1, 1);
    expect_heads("L1H0-1", 3, 2, 2, 1, 0, 1, 1);
    expect_heads("*", 1, 2, 2, 0, 0, 0, 1);
    expect_heads("", 1, 2, 0);
}

static void groups(void)
{
    struct head_set *set = NULL;
    struct error err;

    CU_ASSERT_EQUAL_FATAL(list_groups("L1G*", 2, 2, &set, &err), ST_OK);
    CU_ASSERT_EQUAL(head_set_count(set), 2);
    CU_ASSERT_FALSE(head_set_any(set, 0));
    CU_ASSERT_TRUE(head_set_any(set, 1));
    CU_ASSERT_TRUE(head_set_layer(set, 1)[1]);
    head_set_free(set);
    set = NULL;
    CU_ASSERT_EQUAL(list_groups("L1G2", 2, 2, &set, &err), ST_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, "in 'L1G2': there is no group 2; the "
                                     "model has groups 0 to 1");
    CU_ASSERT_EQUAL(list_groups("L1H0", 2, 2, &set, &err), ST_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, "'L1H0' is not a group; write L2G7, "
                                     "L2G*, L*G0, L0-3G1 or *");
}

static void wrong_heads(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"L12H0", "in 'L12H0': there is no layer 12; the model has layers 0 "
                  "to 11"},
        {"L0H4", "in 'L0H4': there is no head 4; the model has heads 0 to 3"},
        {"2.7", "'2.7' is not a head; write L2H7, L2H*, L*H0, L0-3H1 or *"},
        {"LH1", "'LH1' is not a head; write L2H7, L2H*, L*H0, L0-3H1 or *"},
        {"L1H", "'L1H' is not a head; write L2H7, L2H*, L*H0, L0-3H1 or *"},
        {"L1", "'L1' is not a head; write L2H7, L2H*, L*H0, L0-3H1 or *"},
        {"L1HH2", "in 'L1HH2': 'H2' is not a head; write a number such as "
                  "3, a range such as 0-3, or *"},
    };
    struct head_set *set = NULL;
    struct error err;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CU_ASSERT_EQUAL(list_heads(cases[i].text, 12, 4, &set, &err),
                        ST_USAGE);
        CU_ASSERT_STRING_EQUAL(err.text, cases[i].message);
        CU_ASSERT_PTR_NULL(set);
    }
}

static void points(void)
{
    struct error err = {0};
    int32_t *list = NULL;
    size_t n = 0;

    CU_ASSERT_EQUAL_FATAL(
        list_points("resid_post, mlp_out resid_post", &list, &n, &err), ST_OK);
    CU_ASSERT_EQUAL_FATAL(n, 2);
    CU_ASSERT_EQUAL(list[0], TRANSECT_MLP_OUT);
    CU_ASSERT_EQUAL(list[1], TRANSECT_RESID_POST);
    free(list);
    CU_ASSERT_EQUAL_FATAL(list_points("*", &list, &n, &err), ST_OK);
    CU_ASSERT_EQUAL_FATAL(n, TRANSECT_N_POINTS);
    CU_ASSERT_EQUAL(list[n - 1], TRANSECT_N_POINTS - 1);
    free(list);
    CU_ASSERT_EQUAL(list_points("resid_pots", &list, &n, &err), ST_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, "'resid_pots' is not a hook point; did "
                                     "you mean 'resid_post'?");
}

/* Ids or texts of a folder's tokenizer, as ids in their order; or a refusal.
 */
static void expect_tokens(const char *dir, const char *text, const char *ids)
{
    struct error err = {0};
    struct model_files *files;
    struct model_tokenizer *tokenizer;
    char *found = mem_strdup(""), *longer;
    int32_t *list = NULL;
    size_t n = 0;

    CU_ASSERT_EQUAL_FATAL(model_files_open(dir, &files, &err), ST_OK);
    tokenizer = model_tokenizer_new(files);
    if (list_tokens(text, tokenizer, 2048, &list, &n, &err)) {
        CU_ASSERT_EQUAL(err.status, ST_USAGE);
        CU_ASSERT_PTR_NULL(list);
        CU_ASSERT_STRING_EQUAL(err.text, ids);
        ids = "";
    }
    for (size_t i = 0; i < n; i++) {
        longer = mem_printf("%s%s%d", found, i ? " " : "", (int)list[i]);
        free(found);
        found = longer;
    }
    CU_ASSERT_STRING_EQUAL(found, ids);
    free(found);
    free(list);
    model_tokenizer_free(tokenizer);
    model_files_close(files);
}

static void tokens(void)
{
    char *demo = mem_path(getenv("srcdir"), "models/demo");

    expect_tokens(demo, "\" of\", 2047 \"\\n\"\t\"\\\"\" 0",
                  "281 2047 10 34 0");
    expect_tokens(demo, "", "");
    expect_tokens(demo, "\"<|endoftext|>\"", "2047");
    expect_tokens(demo, "\" of Paris\"",
                  "no token of the model stands for \" of Paris\"; its "
                  "tokenizer makes \" of\" (281), \" P\" (477), \"ar\" "
                  "(292), \"is\" (273) of it");
    expect_tokens(demo, "2048", "there is no token 2048; the model has tokens "
                                "0 to 2047");
    expect_tokens(demo, "of", "'of' is not a token; write a text in quotes, "
                              "such as \" Paris\", or an id");
    expect_tokens(demo, "-1", "'-1' is not a token; write a text in quotes, "
                              "such as \" Paris\", or an id");
    expect_tokens(demo, "\" of", "\" of is no text in quotes, where a quote "
                                 "is written \\\" and other escapes are \\n, "
                                 "\\t and \\\\");
    expect_tokens(demo, "\"\"", "\"\" is no text in quotes, where a quote "
                                "is written \\\" and other escapes are \\n, "
                                "\\t and \\\\");
    expect_tokens(demo, "\" of\"281", "blanks or commas stand between "
                                      "tokens, as behind \" of\"");
    expect_tokens(demo, "\" of\" 281", "token 281 is there twice");
    free(demo);
}

/* A tokenizer that puts a blank in front of texts, and has " a" and "b" twice,
 * as a byte and as a letter. */
static void tokens_by_their_texts(void)
{
    static const char json[] =
        "{\"model\": {\"type\": \"BPE\", \"byte_fallback\": true, "
        "\"unk_token\": \"<unk>\", \"vocab\": {\"<unk>\": 0, \"<0x62>\": 1, "
        "\"a\": 2, \"b\": 3, \"\u2581\": 4, \"\u2581a\": 5}, \"merges\": "
        "[\"\u2581 a\"]}, \"normalizer\": {\"type\": \"Sequence\", "
        "\"normalizers\": [{\"type\": \"Prepend\", \"prepend\": \"\u2581\"}, "
        "{\"type\": \"Replace\", \"pattern\": {\"String\": \" \"}, "
        "\"content\": \"\u2581\"}]}, \"decoder\": {\"type\": \"Sequence\", "
        "\"decoders\": [{\"type\": \"Replace\", \"pattern\": {\"String\": "
        "\"\u2581\"}, \"content\": \" \"}, {\"type\": \"ByteFallback\"}, "
        "{\"type\": \"Fuse\"}, {\"type\": \"Strip\", \"content\": \" \", "
        "\"start\": 1, \"stop\": 0}]}}";
    const char *tmp = getenv("TMPDIR");
    char *dir = mem_path(tmp && *tmp ? tmp : "/tmp", "transect-lists-XXXXXX");
    char *path;

    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    path = mem_path(dir, "tokenizer.json");
    expect_tokens(dir, "3 2", "3 2");
    test_write(path, json, sizeof json - 1);
    expect_tokens(dir, "\"a\" \" a\" \" \"", "2 5 4");
    expect_tokens(dir, "\"b\"", "\"b\" is the text of several tokens, as 1 "
                                "and 3; write an id");
    expect_tokens(dir, "\"ab\"",
                  "no token of the model stands for \"ab\"; its tokenizer "
                  "makes \" a\" (5), \"b\" (3) of it");
    CU_ASSERT_EQUAL(folder_remove(AT_FDCWD, dir), 0);
    free(path);
    free(dir);
}

CU_ErrorCode add_list_syntax_tests(void)
{
    CU_pSuite suite = CU_add_suite("select", NULL, NULL);

    if (!suite || !CU_add_test(suite, "numbers", numbers) ||
        !CU_add_test(suite, "wrong numbers", wrong_numbers) ||
        !CU_add_test(suite, "heads", heads) ||
        !CU_add_test(suite, "groups", groups) ||
        !CU_add_test(suite, "wrong heads", wrong_heads) ||
        !CU_add_test(suite, "points", points) ||
        !CU_add_test(suite, "tokens", tokens) ||
        !CU_add_test(suite, "tokens by their texts", tokens_by_their_texts))
        return CU_get_error();
    return CUE_SUCCESS;
}
