/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-tokenizer.c - text to ids and back; files that are wrong. */
#include "bpe.h"
#include "bytes.h"
#include "file.h"
#include "folder.h"
#include "mem.h"
#include "pretokenize.h"
#include "tests.h"
#include "tokenizer.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(a) (sizeof (a) / sizeof *(a))

static struct error err;

static char *source(const char *name)
{
    const char *srcdir = getenv("srcdir");

    return mem_path(srcdir && *srcdir ? srcdir : ".", name);
}

static struct tokenizer *open_demo(void)
{
    struct tokenizer *tokenizer = NULL;
    char *dir = source("models/demo");

    CU_ASSERT_EQUAL_FATAL(tokenizer_open(dir, &tokenizer, &err), ST_OK);
    free(dir);
    return tokenizer;
}

static struct ids encode(struct tokenizer *tokenizer, const char *text,
                         size_t size)
{
    struct ids list = {NULL, 0};

    CU_ASSERT_EQUAL(tokenizer_encode(tokenizer, text, size, &list, &err),
                    ST_OK);
    return list;
}

/* expected: ids separated by blanks */
static void check_ids(struct tokenizer *tokenizer, const char *text,
                      const char *expected)
{
    struct ids list = encode(tokenizer, text, strlen(text));
    struct ids right = {NULL, 0};
    int line;

    CU_ASSERT_EQUAL(ids_parse(expected, strlen(expected), INT32_MAX, &right,
                              &line, &err), ST_OK);
    CU_ASSERT_EQUAL(list.n, right.n);
    CU_ASSERT(list.n == right.n &&
              (list.n == 0 || memcmp(list.ids, right.ids,
                                     list.n * sizeof *list.ids) == 0));
    free(list.ids);
    free(right.ids);
}

static void check_round_trip(struct tokenizer *tokenizer, const char *text,
                             size_t size)
{
    struct ids list = encode(tokenizer, text, size);
    const char *piece;
    size_t i, n, at = 0;

    for (i = 0; i < list.n; i++) {
        piece = tokenizer_piece(tokenizer, list.ids[i], &n);
        if (!piece || at + n > size || memcmp(piece, text + at, n) != 0)
            break;
        at += n;
    }
    CU_ASSERT_EQUAL(i, list.n);
    CU_ASSERT_EQUAL(at, size);
    free(list.ids);
}

/* Ids of Hugging Face tokenizers 0.23, as those of test_nasty(). */
static void test_demo(void)
{
    struct tokenizer *demo = open_demo();
    size_t size;

    check_ids(demo, "", "");
    check_ids(demo, "Summer is warm. Winter is cold.",
              "83 469 1169 368 261 1371 46 434 259 363 368 1552 46");
    check_ids(demo, "It's  they'LL don't \n\n x",
              "760 367 32 451 39 76 76 764 458 396 10 32 120");
    check_ids(demo, "caf\u00e9 \u2014 \u05e9\U0001f600",
              "99 97 102 195 169 32 226 128 148 32 215 169 240 159 152 128");
    check_ids(demo, "hello <|endoftext|>", "257 288 111 32 2047");
    check_ids(demo, "<|endoftext|><|endoftext|>", "2047 2047");
    check_ids(demo, "12 345\t6", "49 50 32 51 52 53 9 54");
    CU_ASSERT_EQUAL(tokenizer_size(demo), 2048);
    CU_ASSERT_EQUAL(tokenizer_bos(demo), 2047);
    CU_ASSERT_PTR_NULL(tokenizer_piece(demo, 2048, &size));
    CU_ASSERT_PTR_NULL(tokenizer_piece(demo, -1, &size));
    CU_ASSERT(strstr(tokenizer_files(demo)[0], "vocab.json") != NULL);
    tokenizer_close(demo);
}

/* FNV-1a, an id a step */
static uint64_t fingerprint(const struct ids *list)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    size_t i;

    for (i = 0; i < list->n; i++)
        h = (h ^ (uint64_t)list->ids[i]) * UINT64_C(0x100000001b3);
    return h;
}

static void test_nasty(void)
{
    struct tokenizer *demo = open_demo();
    char *path = source("tests/data/nasty-unicode.txt"), *text;
    struct ids list;
    size_t size;

    CU_ASSERT_EQUAL_FATAL(file_read(path, &text, &size, &err), ST_OK);
    list = encode(demo, text, size);
    CU_ASSERT_EQUAL(list.n, 36246);
    CU_ASSERT_EQUAL(fingerprint(&list), UINT64_C(0xc570f46f19d77bc4));
    check_round_trip(demo, text, size);
    free(list.ids);
    free(text);
    free(path);
    tokenizer_close(demo);
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static void test_random_bytes(void)
{
    static const char common[] = " \n'sa\xc3\xa9\xe1\xa0\x8e\xf0\x9f\x98\xed";
    struct tokenizer *demo = open_demo();
    char text[600];
    uint32_t state = 1;
    size_t size, i;
    int round;

    for (round = 0; round < 300; round++) {
        size = next_random(&state) % sizeof text;
        for (i = 0; i < size; i++) {
            uint32_t r = next_random(&state);

            text[i] = (char)(r >> 1);
            if (r & 1)
                text[i] = common[(r >> 1) % (sizeof common - 1)];
        }
        check_round_trip(demo, text, size);
    }
    tokenizer_close(demo);
}

struct joined {
    char text[400];
};

static void join(void *context, const char *piece, size_t size)
{
    struct joined *joined = context;
    size_t n = strlen(joined->text);

    snprintf(joined->text + n, sizeof joined->text - n, "%s%.*s",
             n ? "|" : "", (int)size, piece);
}

/* All but the last two are what Hugging Face's ByteLevel splits. */
static void test_pretokenize(void)
{
    static const char *const right[] = {
        "it|'s| they|'|LL| we|'ve|\u2019|s",
        "x|\u180e| y| \u180e\u180e!|a",
        "a| | b| \n\n| c|\t|\t|d| ",
        "a|\u00a0|\u00a0|b|\u3000|c|\u2028|\u2028|d",
        "12\u0661\u00bd|ab\u01c5| \U00011f02\U00011f04x|\U00011f50",
        "  \r\n\r\n | z",
        "a| |\xff\xfe|b|\x80|'s",         /* invalid bytes */
        "a|  |\xed\xa0\x80|b|\xc0\xaf|c", /* surrogate, over-long */
    };
    struct pretokenizer *p = NULL;
    struct joined joined;
    char text[400];
    const char *s;
    size_t i, n;

    CU_ASSERT_EQUAL_FATAL(pretokenizer_new(&p, &err), ST_OK);
    for (i = 0; i < COUNT(right); i++) {
        for (s = right[i], n = 0; *s; s++)
            if (*s != '|')
                text[n++] = *s;
        joined.text[0] = '\0';
        CU_ASSERT_EQUAL(pretokenize(p, text, n, join, &joined, &err), ST_OK);
        CU_ASSERT_STRING_EQUAL(joined.text, right[i]);
    }
    pretokenizer_free(p);
}

struct rule {
    int32_t left, right, result;
};

/* The definition, word for word: O(n * rules) for each merge. */
static size_t encode_slowly(const struct rule *rules, size_t n_rules,
                            int32_t *ids, size_t n)
{
    size_t r, i;

again:
    for (r = 0; r < n_rules; r++)
        for (i = 0; i + 1 < n; i++)
            if (ids[i] == rules[r].left && ids[i + 1] == rules[r].right) {
                ids[i] = rules[r].result;
                memmove(ids + i + 1, ids + i + 2, (n - i - 2) * sizeof *ids);
                n--;
                goto again;
            }
    return n;
}

static struct bpe *new_bpe(void)
{
    int32_t bytes[256], i;

    for (i = 0; i < 256; i++)
        bytes[i] = i;
    return bpe_new(bytes);
}

/* Rules among few symbols, in any order, on texts of few letters. */
static void check_random_rules(uint32_t *state)
{
    struct bpe *bpe = new_bpe();
    struct rule rules[40];
    struct ids list = {NULL, 0};
    int32_t ids[64];
    char text[64];
    size_t n_rules = 0, n = next_random(state) % 64, i;

    for (i = 0; i < COUNT(rules); i++) {
        struct rule *rule = &rules[n_rules];

        rule->left = (int32_t)(97 + next_random(state) % (2 + i));
        rule->right = (int32_t)(97 + next_random(state) % (2 + i));
        rule->result = (int32_t)(99 + i);
        n_rules += bpe_add(bpe, rule->left, rule->right, rule->result);
    }
    for (i = 0; i < n; i++) {
        text[i] = (char)('a' + next_random(state) % 2);
        ids[i] = text[i];
    }
    bpe_encode(bpe, text, n, &list);
    n = encode_slowly(rules, n_rules, ids, n);
    CU_ASSERT_EQUAL(list.n, n);
    CU_ASSERT(list.n == n &&
              (n == 0 || memcmp(list.ids, ids, n * sizeof *ids) == 0));
    free(list.ids);
    bpe_free(bpe);
}

static void test_merge_order(void)
{
    uint32_t state = 7;
    int round;

    for (round = 0; round < 400; round++)
        check_random_rules(&state);
}

/* aa, aaaa, ... of 2, 4, ... 1024 letters: a quadratic merge would need
 * hours. */
static void test_long_runs(void)
{
    const size_t n = 1000000;
    struct bpe *bpe = new_bpe();
    struct tokenizer *demo = open_demo();
    struct ids list = {NULL, 0};
    char *text = mem_new(n, 1);
    const char *c;
    int32_t id;

    CU_ASSERT(bpe_add(bpe, 'a', 'a', 256));
    CU_ASSERT_FALSE(bpe_add(bpe, 'a', 'a', 256));
    for (id = 256; id < 265; id++)
        CU_ASSERT(bpe_add(bpe, id, id, id + 1));
    memset(text, 'a', n);
    bpe_encode(bpe, text, n, &list);
    /* 976 * 1024, then 576 = 512 + 64 */
    CU_ASSERT_EQUAL_FATAL(list.n, 978);
    CU_ASSERT_EQUAL(list.ids[975], 265);
    CU_ASSERT_EQUAL(list.ids[976], 264);
    CU_ASSERT_EQUAL(list.ids[977], 261);
    for (c = "al ^\n\xff"; *c; c++) {
        memset(text, *c, n);
        check_round_trip(demo, text, n);
    }
    free(list.ids);
    free(text);
    tokenizer_close(demo);
    bpe_free(bpe);
}

static void test_gpt2(void)
{
    static const char *const zeros[] = {"15", "405", "830", "2388", "20483",
                                        "10535", "24598", "8269"};
    const char *dir = getenv("TRANSECT_GPT2");
    struct tokenizer *gpt2 = NULL;
    size_t i;

    if (!dir || !*dir) {
        test_skip("TRANSECT_GPT2 does not name a folder with GPT-2");
        return;
    }
    CU_ASSERT_EQUAL_FATAL(tokenizer_open(dir, &gpt2, &err), ST_OK);
    check_ids(gpt2, "hello world", "31373 995");
    check_ids(gpt2, "hello <|endoftext|>", "31373 220 50256");
    check_ids(gpt2, "Summer is warm. Winter is cold.",
              "33560 318 5814 13 10633 318 4692 13");
    check_ids(gpt2, "GPT2 inference runtime in C++ and CUDA",
              "38 11571 17 32278 19124 287 327 4880 290 29369 5631");
    for (i = 0; i < COUNT(zeros); i++)
        check_ids(gpt2, &"00000000"[7 - i], zeros[i]);
    tokenizer_close(gpt2);
}

static char top[4096]; /* a fresh folder for each of the tests below */

static void set_up(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(top, sizeof top, "%s/transect-tokenizer-XXXXXX",
             tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(top)) {
        perror(top);
        exit(1);
    }
}

static void tear_down(void)
{
    CU_ASSERT_EQUAL(folder_remove(AT_FDCWD, top), 0);
}

static void put(const char *name, const char *text, size_t size)
{
    char *path = mem_path(top, name);
    FILE *file = fopen(path, "wb");

    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(text, 1, size, file), size);
    CU_ASSERT_EQUAL(fclose(file), 0);
    free(path);
}

static void put_json(const char *name, json_t *root)
{
    char *text = json_dumps(root, JSON_COMPACT);

    put(name, text, strlen(text));
    free(text);
    json_decref(root);
}

/* The bytes' symbols have ids 0-255; "ab" 256, "abc" 257, "<s>" 258. */
static json_t *small_vocab(void)
{
    json_t *vocab = json_object();
    char symbol[3];
    unsigned i;

    for (i = 0; i < 256; i++) {
        bytes_symbol(i, symbol);
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
    put_json("special_tokens_map.json",
             json_pack("{s:n, s:s}", "bos_token", "eos_token", "<s>"));
    check_open("257 258 97 256 60 115", 258);
    put_json("added_tokens.json", json_pack("{s:i}", "<s>a", 300));
    check_open("257 300 256 60 115", 258);
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

    if (id)
        json_object_set_new(vocab, token, id);
    else
        json_object_del(vocab, token);
    put_json("vocab.json", vocab);
    check_refused("vocab.json", part);
}

static void test_bad_vocab(void)
{
    put_merges("a b\n");
    check_bad_vocab("\u0120", NULL, "token \"\u0120\": is missing");
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
    check_open("257 300 256 60 115", -1);
}

static void test_refused(void)
{
    static const struct {
        const char *at, *key, *json, *part;
    } bad[] = {
        {NULL, "normalizer", "{\"type\": \"NF\\nC\"}", "\"NF\\nC\""},
        {NULL, "pre_tokenizer", "{\"type\": \"Split\"}", "\"Split\""},
        {NULL, "pre_tokenizer", "null", "ByteLevel"},
        {NULL, "pre_tokenizer", "[]", "without a type"},
        {"pre_tokenizer", "add_prefix_space", "true", "add_prefix_space"},
        {"pre_tokenizer", "add_prefix_space", "null", "add_prefix_space"},
        {"pre_tokenizer", "use_regex", "false", "use_regex"},
        {NULL, "post_processor", "{\"type\": \"BertProcessing\"}", "Bert"},
        {NULL, "post_processor", "{\"type\": \"TemplateProcessing\","
         " \"single\": [{\"SpecialToken\": {}}, {\"Sequence\": {}}]}",
         "TemplateProcessing"},
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
        {NULL, "added_tokens", "[{\"id\": 300, \"content\": \"x!\","
         " \"lstrip\": true}]", "lstrip"},
        {NULL, "added_tokens", "[{\"id\": 300, \"content\": \"x!\","
         " \"single_word\": true}]", "single_word"},
        {"model", "type", "\"WordPiece\"", "WordPiece"},
        {"model", "type", "3", "without a type"},
        {"model", "dropout", "0.1", "dropout"},
        {"model", "byte_fallback", "true", "byte_fallback"},
        {"model", "ignore_merges", "true", "ignore_merges"},
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
        {"{\"pad_token\": \"[PAD]\"}", "\"[PAD]\": has no id"},
        {"{\"mask_token\": {\"content\": \"<s>\", \"rstrip\": true}}",
         "rstrip"},
        {"{\"additional_special_tokens\": [7]}", "without text"},
        {"{\"extra_special_tokens\": {\"x\": \"<x>\"}}", "not a list"},
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

static void test_quote(void)
{
    static const char bytes[] = "a\"\\\n\t\r\0\x7f\xff\u00e9"
                                "\xc2\x85\u2028\xe2";
    char *text = bytes_quote(bytes, sizeof bytes - 1);

    CU_ASSERT_STRING_EQUAL(text, "\"a\\\"\\\\\\n\\t\\x0d\\x00\\x7f\\xff\u00e9"
                           "\\xc2\\x85\\xe2\\x80\\xa8\\xe2\"");
    free(text);
}

static void test_symbols(void)
{
    char symbol[3], byte;
    unsigned i;
    size_t n;

    for (i = 0; i < 256; i++) {
        bytes_symbol(i, symbol);
        CU_ASSERT(bytes_from_symbols(symbol, &byte, &n));
        CU_ASSERT_EQUAL(n, 1);
        CU_ASSERT_EQUAL((unsigned char)byte, i);
    }
    bytes_symbol(' ', symbol);
    CU_ASSERT_STRING_EQUAL(symbol, "\u0120");
    bytes_symbol(0xad, symbol);
    CU_ASSERT_STRING_EQUAL(symbol, "\u0143");
    CU_ASSERT_FALSE(bytes_from_symbols(" ", &byte, &n));
    CU_ASSERT_FALSE(bytes_from_symbols("\u0144", &byte, &n));
}

CU_ErrorCode add_tokenizer_tests(void)
{
    CU_pSuite files, suite = CU_add_suite("tokenizer", NULL, NULL);

    if (!suite || !CU_add_test(suite, "symbols", test_symbols) ||
        !CU_add_test(suite, "quote", test_quote) ||
        !CU_add_test(suite, "pretokenize", test_pretokenize) ||
        !CU_add_test(suite, "merge order", test_merge_order) ||
        !CU_add_test(suite, "demo vocabulary", test_demo) ||
        !CU_add_test(suite, "nasty Unicode", test_nasty) ||
        !CU_add_test(suite, "random bytes", test_random_bytes) ||
        !CU_add_test(suite, "long runs", test_long_runs) ||
        !CU_add_test(suite, "GPT-2 vocabulary", test_gpt2))
        return CU_get_error();
    files = CU_add_suite_with_setup_and_teardown(
        "tokenizer files", NULL, NULL, set_up, tear_down);
    if (!files || !CU_add_test(files, "vocab.json", test_files) ||
        !CU_add_test(files, "bad merges", test_bad_merges) ||
        !CU_add_test(files, "bad vocabulary", test_bad_vocab) ||
        !CU_add_test(files, "tokenizer.json", test_tokenizer_json) ||
        !CU_add_test(files, "special tokens", test_special_order) ||
        !CU_add_test(files, "not supported", test_refused) ||
        !CU_add_test(files, "bad settings", test_bad_settings))
        return CU_get_error();
    return CUE_SUCCESS;
}
