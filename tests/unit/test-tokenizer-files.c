/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-tokenizer-files.c - the files that tokenizers are read from: which are
 * read, and what is refused in them. */
#include "base/text.h"
#include "base/folder.h"
#include "base/mem.h"
#include "tests.h"
#include "tokenizer-folder.h"
#include "tokenizer/tokenizer-internal.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof (a) / sizeof *(a))

static struct error err;

/* The bytes' symbols have ids 0-255; "ab" 256, "abc" 257, "<s>" 258. */
static json_t *small_vocab(void)
{
    json_t *vocab = json_object();
    char symbol[3];
    unsigned i;

    for (i = 0; i < 256; i++) {
        text_symbol(i, symbol);
        json_object_set_new(vocab, symbol, json_integer(i));
    }
    json_object_set_new(vocab, "ab", json_integer(256));
    json_object_set_new(vocab, "abc", json_integer(257));
    json_object_set_new(vocab, "<s>", json_integer(258));
    return vocab;
}

static void put_merges(const char *text)
{
    put("merges.txt", text, strlen(text));
}

static void check_open(const char *ids, int32_t bos)
{
    struct tokenizer *t = NULL;

    CU_ASSERT_EQUAL(tokenizer_open(top, &t, &err), ST_OK);
    if (!t)
        return;
    check_ids(t, "abc<s>aab<s", ids);
    CU_ASSERT_EQUAL(tokenizer_bos(t), bos);
    tokenizer_close(t);
}

/* The message must name the file and hold `part`, in one line. */
static void check_refused(const char *file, const char *part)
{
    struct tokenizer *t = NULL;

    err.text[0] = '\0';
    CU_ASSERT_EQUAL(tokenizer_open(top, &t, &err), ST_DATA);
    CU_ASSERT_PTR_NULL(t);
    if (!strstr(err.text, file) || !strstr(err.text, part))
        printf("# '%s' lacks '%s' or '%s'\n", err.text, file, part);
    CU_ASSERT(strstr(err.text, file) && strstr(err.text, part));
    CU_ASSERT_PTR_NULL(strchr(err.text, '\n'));
}

static void test_files(void)
{
    check_refused("vocab.json", "there is no such file");
    put_json("vocab.json", small_vocab());
    check_refused("merges.txt", "there is no such file");
    put_merges("#version: 0.2\r\na b\r\nab c");
    check_open("257 60 115 62 97 256 60 115", -1);
    put_json("tokenizer_config.json",
             json_pack("{s:{s:s}}", "bos_token", "content", "<s>"));
    check_open("257 258 97 256 60 115", 258);
    put("tokenizer_config.json",
        "{\"bos_token\": \"<s>\", \"model_max_length\":"
        " 1000000000000000019884624838656}", 73);
    check_open("257 258 97 256 60 115", 258);
    put_json("special_tokens_map.json",
             json_pack("{s:n, s:s}", "bos_token", "eos_token", "<s>"));
    check_open("257 258 97 256 60 115", 258);
    put_json("added_tokens.json", json_pack("{s:i}", "<s>a", 300));
    check_open("257 259 256 60 115", 258);
}

static void check_begins(json_t *config, int32_t bos)
{
    struct tokenizer *t = NULL;

    put_json("tokenizer_config.json", config);
    CU_ASSERT_EQUAL(tokenizer_open(top, &t, &err), ST_OK);
    if (!t)
        return;
    CU_ASSERT_EQUAL(tokenizer_begins_with(t), bos);
    tokenizer_close(t);
}

static json_t *small_tokenizer(void);

/* add_bos_token counts where there is no tokenizer.json, as for OPT. */
static void test_add_bos(void)
{
    put_json("vocab.json", small_vocab());
    put_merges("a b\nab c\n");
    check_begins(json_object(), -1);
    check_begins(json_pack("{s:s}", "bos_token", "<s>"), -1);
    check_begins(json_pack("{s:b, s:s}", "add_bos_token", 0, "bos_token",
                           "<s>"), -1);
    check_begins(json_pack("{s:b, s:s}", "add_bos_token", 1, "bos_token",
                           "<s>"), 258);
    check_begins(json_pack("{s:b, s:n}", "add_bos_token", 1, "bos_token"),
                 -1);
    put_json("tokenizer_config.json", json_pack("{s:i}", "add_bos_token", 1));
    check_refused("tokenizer_config.json", "'add_bos_token' is ");
    put_json("tokenizer.json", small_tokenizer());
    check_begins(json_pack("{s:b, s:s}", "add_bos_token", 1, "bos_token",
                           "<s>"), -1);
}

static void test_bad_merges(void)
{
    static const struct {
        const char *text, *place, *part;
    } bad[] = {
        {"#version: 0.2\na b\nab\n", "merges.txt:3", "is not a merge"},
        {"a b c\n", "merges.txt:1", "is not a merge"},
        {"a b\n\nab c\n", "merges.txt:2", "is not a merge"},
        {" b\n", "merges.txt:1", "is not a merge"},
        {"a \n", "merges.txt:1", "is not a merge"},
        {"a b\na b\n", "merges.txt:2", "same pair"},
        {"a bc\n", "merges.txt:1", "right part \"bc\""},
        {"zz b\n", "merges.txt:1", "left part \"zz\""},
        {"b a\n", "merges.txt:1", "result \"ba\""},
        {"a\t b\n", "merges.txt:1", "left part \"a\\t\""},
    };
    size_t i;

    put_json("vocab.json", small_vocab());
    for (i = 0; i < COUNT(bad); i++) {
        put_merges(bad[i].text);
        check_refused(bad[i].place, bad[i].part);
    }
    put("merges.txt", "a b\0\n", 5);
    check_refused("merges.txt:1", "is not a merge");
}

static void check_bad_vocab(const char *token, json_t *id, const char *part)
{
    json_t *vocab = small_vocab();

    json_object_set_new(vocab, token, id);
    put_json("vocab.json", vocab);
    check_refused("vocab.json", part);
}

static void test_bad_vocab(void)
{
    put_merges("a b\n");
    check_bad_vocab("x", json_integer(-1), "token \"x\": its id is not");
    check_bad_vocab("x", json_integer(1LL << 40), "its id is not");
    check_bad_vocab("x", json_real(1.5), "its id is not");
    check_bad_vocab("x", json_string("1"), "its id is not");
    check_bad_vocab("new", json_integer(256), "that of another token");
    put("vocab.json", "{\"a\": 1,\n\"a\": 2}", 16);
    check_refused("vocab.json:2", "a");
    put("vocab.json", "{\"a\": 1", 7);
    check_refused("vocab.json:1", "JSON");
}

static json_t *small_tokenizer(void)
{
    return json_pack(
        "{s:n, s:{s:s, s:b}, s:{s:s}, s:n, s:[{s:i, s:s}],"
        " s:{s:s, s:n, s:b, s:o, s:[s, [s, s]]}}",
        "normalizer", "pre_tokenizer", "type", "ByteLevel",
        "add_prefix_space", 0, "decoder", "type", "ByteLevel",
        "post_processor", "added_tokens", "id", 258, "content", "<s>",
        "model", "type", "BPE", "dropout", "ignore_merges", 0,
        "vocab", small_vocab(), "merges", "a b", "ab", "c");
}

static void test_tokenizer_json(void)
{
    json_t *root = small_tokenizer();

    json_object_del(json_object_get(root, "model"), "type");
    json_object_set_new(root, "post_processor",
                        json_pack("{s:s, s:[{s:{}}]}", "type",
                                  "TemplateProcessing", "single",
                                  "Sequence"));
    put_json("tokenizer.json", root);
    put_merges("this is not read");
    check_open("257 258 97 256 60 115", -1);
}

static void check_list(const struct token_ids *list, const char *expected)
{
    char text[100] = "", *end = text;
    size_t i;

    for (i = 0; i < list->n; i++)
        end += sprintf(end, "%s%d", i > 0 ? " " : "", (int)list->ids[i]);
    CU_ASSERT_STRING_EQUAL(text, expected);
}

/* The ids of tokens that a post_processor puts around every text. */
static void check_around(const char *post, int32_t first,
                         const char *front, const char *behind)
{
    json_t *root = small_tokenizer();
    struct tokenizer *t = NULL;

    json_object_set_new(root, "post_processor", json_loads(post, 0, NULL));
    put_json("tokenizer.json", root);
    CU_ASSERT_EQUAL(tokenizer_open(top, &t, &err), ST_OK);
    if (!t)
        return;
    CU_ASSERT_EQUAL(tokenizer_begins_with(t), first);
    check_list(&t->front, front);
    check_list(&t->behind, behind);
    tokenizer_close(t);
}

#define TEMPLATE                                                            \
    "{\"type\": \"TemplateProcessing\", \"special_tokens\": {"                \
    "\"<s>\": {\"ids\": [258]}, \"two\": {\"ids\": [97, 98]}}, \"single\": ["
#define TEXT "{\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}"
#define PUT(id) "{\"SpecialToken\": {\"id\": \"" id "\", \"type_id\": 0}}"
#define AROUND(kind)                                                        \
    "{\"type\": \"" kind "Processing\", \"cls\": [\"<s>\", 258],"           \
    " \"sep\": [\"a\", 97]}"

static void test_post_processor(void)
{
    check_around("{\"type\": \"ByteLevel\"}", -1, "", "");
    check_around(TEMPLATE TEXT "]}", -1, "", "");
    check_around(TEMPLATE TEXT "," PUT("<s>") "]}", -1, "", "258");
    check_around(TEMPLATE PUT("<s>") "," TEXT "]}", 258, "258", "");
    check_around(TEMPLATE PUT("two") "," TEXT "," PUT("<s>") "," PUT("two")
                 "]}", 97, "97 98", "258 97 98");
    check_around("{\"type\": \"TemplateProcessing\", \"single\": ["
                 PUT("<s>") "," TEXT "]}", 258, "258", "");
    check_around(AROUND("Roberta"), 258, "258", "97");
    check_around(AROUND("Bert"), 258, "258", "97");
    check_around("{\"type\": \"Sequence\", \"processors\": [{\"type\":"
                 " \"ByteLevel\"}, " AROUND("Bert") ","
                 TEMPLATE PUT("two") "," TEXT "," PUT("<s>") "]}]}",
                 97, "97 98 258", "97 258");
}

/* Tokens that are not in the vocabulary get ids behind it, as Hugging Face's
 * libraries count them; what is said last of a token counts. */
static void test_new_tokens(void)
{
    json_t *root = small_tokenizer(), *vocab;
    struct tokenizer *t = NULL;

    vocab = json_object_get(json_object_get(root, "model"), "vocab");
    json_object_set_new(vocab, "far", json_integer(400));
    json_object_del(vocab, "\u00c0");
    json_object_set_new(root, "added_tokens",
                        json_pack("[{s:i, s:s}, {s:i, s:s}]",
                                  "id", 1000, "content", "<y>",
                                  "id", 400, "content", "far"));
    put_json("tokenizer.json", root);
    put_json("tokenizer_config.json",
             json_pack("{s:s, s:s, s:s, s:[s], s:{s:{s:s, s:b}}}",
                       "pad_token", "[PAD]", "sep_token", "[SEP]",
                       "other_token", "[O]", "extra_special_tokens", "[X]",
                       "added_tokens_decoder", "1000", "content", "<y>",
                       "rstrip", 1));
    CU_ASSERT_EQUAL_FATAL(tokenizer_open(top, &t, &err), ST_OK);
    check_ids(t, "<y>  a[PAD]far[SEP][X]", "259 97 402 400 401 404");
    CU_ASSERT_EQUAL(tokenizer_size(t), 405);
    tokenizer_close(t);
}

/* Special tokens: the longest wins; those for normalized text come second. */
static void test_special_order(void)
{
    json_t *root = small_tokenizer();

    json_object_set_new(root, "added_tokens",
                        json_pack("[{s:i, s:s}, {s:i, s:s},"
                                  " {s:i, s:s, s:b}]",
                                  "id", 258, "content", "<s>",
                                  "id", 300, "content", "<s>a",
                                  "id", 301, "content", "c<s>aa",
                                  "normalized", 1));
    put_json("tokenizer.json", root);
    check_open("257 259 256 60 115", -1);
}

static void test_refused(void)
{
    static const struct {
        const char *at, *key, *json, *part;
    } bad[] = {
        {NULL, "normalizer", "{\"type\": \"NF\\nC\"}", "\"NF\\nC\""},
        {NULL, "normalizer", "{\"type\": \"Sequence\"}", "its list"},
        {NULL, "normalizer", "{\"type\": \"Sequence\", \"normalizers\":"
         " [{\"type\": \"Nmt\"}]}", "\"Nmt\""},
        {NULL, "normalizer", "{\"type\": \"Strip\"}", "strip_left"},
        {NULL, "normalizer", "{\"type\": \"Prepend\"}", "prepend"},
        {NULL, "normalizer", "{\"type\": \"Replace\", \"content\": \"\"}",
         "no pattern"},
        {NULL, "pre_tokenizer", "{\"type\": \"Whitespace\"}",
         "\"Whitespace\""},
        {NULL, "pre_tokenizer", "{\"type\": \"Split\"}", "no pattern"},
        {NULL, "pre_tokenizer", "{\"type\": \"Split\", \"pattern\":"
         " {\"Regex\": \"\\\\p{Xyz}\"}}", "the class xyz"},
        {NULL, "pre_tokenizer", "{\"type\": \"Split\", \"pattern\":"
         " {\"Regex\": \"(a\"}}", "lacks a )"},
        {NULL, "pre_tokenizer", "{\"type\": \"Split\", \"pattern\":"
         " {\"String\": \"a\"}, \"behavior\": \"Cut\"}", "\"Cut\""},
        {NULL, "pre_tokenizer", "{\"type\": \"Metaspace\","
         " \"replacement\": \"_\", \"prepend_scheme\": \"last\"}", "\"last\""},
        {NULL, "pre_tokenizer", "{\"type\": \"Metaspace\","
         " \"replacement\": \"\"}", "empty"},
        {NULL, "pre_tokenizer", "null", "what undoes the pre_tokenizer"},
        {NULL, "pre_tokenizer", "[]", "without a type"},
        {NULL, "pre_tokenizer", "{\"type\": \"Sequence\","
         " \"pretokenizers\": [{\"type\": \"ByteLevel\","
         " \"add_prefix_space\": false}, {\"type\": \"ByteLevel\","
         " \"add_prefix_space\": false}]}", "two ByteLevel"},
        {"pre_tokenizer", "add_prefix_space", "null", "add_prefix_space"},
        {"pre_tokenizer", "use_regex", "0", "use_regex"},
        {NULL, "added_tokens", "[{\"id\": 258, \"content\": \"<s>\","
         " \"lstrip\": \"yes\"}]", "'lstrip' is a string"},
        {NULL, "post_processor", "{\"type\": \"WordPiece\"}", "WordPiece"},
        {NULL, "post_processor", "{\"type\": \"BertProcessing\"}",
         "post_processor: a token whose id is that of none"},
        {NULL, "post_processor", "{\"type\": \"BertProcessing\","
         " \"cls\": [\"a\", 97], \"sep\": [\"b\", 259]}", "that of none"},
        {NULL, "post_processor", "{\"type\": \"Sequence\"}", "its list"},
        {NULL, "post_processor", "{\"type\": \"TemplateProcessing\"}",
         "the text once"},
        {NULL, "post_processor", "{\"type\": \"TemplateProcessing\","
         " \"single\": [{\"Sequence\": {}}, {\"Sequence\": {}}]}",
         "the text once"},
        {NULL, "post_processor", "{\"type\": \"TemplateProcessing\","
         " \"single\": [{\"SpecialToken\": {\"id\": \"<t>\"}}]}",
         "no ids in special_tokens"},
        {NULL, "decoder", "{\"type\": \"WordPiece\"}", "WordPiece"},
        {NULL, "model", "7", "not an object"},
        {NULL, "added_tokens", "[{\"content\": \"x\"}]", "no \"id\""},
        {NULL, "added_tokens", "{\"x\": 300}", "not a list"},
        {NULL, "added_tokens", "[{\"id\": 300}]", "without text"},
        {NULL, "added_tokens", "[{\"id\": 300, \"content\": \"\"}]",
         "without text"},
        {NULL, "added_tokens", "[{\"id\": 256, \"content\": \"x!\"}]",
         "that of another token"},
        {NULL, "added_tokens", "[{\"id\": 99999999, \"content\": \"x!\"}]",
         "has no id from 0"},
        {NULL, "added_tokens", "[{\"id\": 300, \"content\": \"<s>\"}]",
         "another id"},
        {"model", "type", "\"WordPiece\"", "WordPiece"},
        {"model", "type", "3", "without a type"},
        {"model", "dropout", "0.1", "dropout"},
        {"model", "byte_fallback", "1", "byte_fallback"},
        {"model", "unk_token", "\"<unk>\"", "\"<unk>\": is the unk_token"},
        {"model", "end_of_word_suffix", "\"</w>\"", "\"</w>\""},
        {"model", "vocab", "[]", "no \"vocab\""},
        {"model", "merges", "{}", "no \"merges\""},
        {"model", "merges", "[\"a b\", \"b\"]", "merge 2: is not a pair"},
        {"model", "merges", "[[\"a\", \"b\", \"c\"]]", "merge 1: is not"},
        {"model", "merges", "[[\"a\", 1]]", "merge 1: is not a pair"},
        {"model", "merges", "[[\"a\", \"z\"]]", "merge 1: the result"},
    };
    json_t *root, *part;
    size_t i;

    for (i = 0; i < COUNT(bad); i++) {
        root = small_tokenizer();
        part = bad[i].at ? json_object_get(root, bad[i].at) : root;
        json_object_set_new(part, bad[i].key,
                            json_loads(bad[i].json, JSON_DECODE_ANY, NULL));
        put_json("tokenizer.json", root);
        check_refused("tokenizer.json", bad[i].part);
    }
}

static void test_bad_settings(void)
{
    static const char *const bad[][2] = {
        {"{\"tokenizer_class\": \"CLIPTokenizer\"}", "CLIPTokenizer"},
        {"{\"tokenizer_class\": 3}", "tokenizer_class"},
        {"{\"add_prefix_space\": true}", "add_prefix_space"},
        {"{\"additional_special_tokens\": [7]}", "without text"},
        {"{\"extra_special_tokens\": 1}", "not a list"},
        {"{\"added_tokens_decoder\": {\"x\": {\"content\": \"<s>\"}}}",
         "not an id"},
        {"{\"added_tokens_decoder\": {\"7\": {\"content\": \"<s>\"}}}",
         "another id"},
    };
    size_t i;

    put_json("vocab.json", small_vocab());
    put_merges("a b\n");
    for (i = 0; i < COUNT(bad); i++) {
        put("tokenizer_config.json", bad[i][0], strlen(bad[i][0]));
        check_refused("tokenizer_config.json", bad[i][1]);
    }
}

CU_ErrorCode add_tokenizer_files_tests(void)
{
    CU_pSuite suite = CU_add_suite_with_setup_and_teardown(
        "tokenizer-files", NULL, NULL, tokenizer_folder_new,
        tokenizer_folder_remove);

    if (!suite || !CU_add_test(suite, "vocab.json", test_files) ||
        !CU_add_test(suite, "add_bos_token", test_add_bos) ||
        !CU_add_test(suite, "bad merges", test_bad_merges) ||
        !CU_add_test(suite, "bad vocabulary", test_bad_vocab) ||
        !CU_add_test(suite, "tokenizer.json", test_tokenizer_json) ||
        !CU_add_test(suite, "post_processor", test_post_processor) ||
        !CU_add_test(suite, "new tokens", test_new_tokens) ||
        !CU_add_test(suite, "special tokens", test_special_order) ||
        !CU_add_test(suite, "not supported", test_refused) ||
        !CU_add_test(suite, "bad settings", test_bad_settings))
        return CU_get_error();
    return CUE_SUCCESS;
}
