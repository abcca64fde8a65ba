/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-tokenizer.c - text to ids and back. */
#include "tokenizer/bpe.h"
#include "base/text.h"
#include "base/read-file.h"
#include "base/mem.h"
#include "tokenizer/pretokenize-split.h"
#include "tests.h"
#include "tokenizer/tokenizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static struct token_ids encode(struct tokenizer *tokenizer, const char *text,
                               size_t size)
{
    struct token_ids list = {NULL, 0};

    CU_ASSERT_EQUAL(tokenizer_encode(tokenizer, text, size, &list, &err),
                    ST_OK);
    return list;
}

bool has_ids(const json_t *right, const struct token_ids *list)
{
    json_t *id;
    size_t i;

    json_array_foreach(right, i, id) {
        if (i >= list->n || list->ids[i] != json_integer_value(id))
            return false;
    }
    return list->n == json_array_size(right);
}

void check_ids(struct tokenizer *tokenizer, const char *text,
               const char *expected)
{
    struct token_ids list = encode(tokenizer, text, strlen(text));
    struct token_ids right = {NULL, 0};
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
    struct token_ids list = encode(tokenizer, text, size);
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
    size_t size, n;

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
    CU_ASSERT_PTR_NOT_NULL(strstr(tokenizer_files(demo, &n)[1].path,
                                  "vocab.json"));
    CU_ASSERT_EQUAL(n, 3);
    tokenizer_close(demo);
}

/* FNV-1a, an id a step */
static uint64_t fingerprint(const struct token_ids *list)
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
    struct token_ids list;
    size_t size;

    CU_ASSERT_EQUAL_FATAL(read_file(path, &text, &size, &err), ST_OK);
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

static int join(void *context, const char *piece, size_t size)
{
    struct joined *joined = context;
    size_t n = strlen(joined->text);

    snprintf(joined->text + n, sizeof joined->text - n, "%s%.*s",
             n ? "|" : "", (int)size, piece);
    return ST_OK;
}

/* All but the last two are what Hugging Face's ByteLevel splits. */
static void test_gpt2_pattern(void)
{
    static const char pattern[] =
        "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+"
        "|\\s+(?!\\S)|\\s+";
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
    struct pretokenize_split split = {NULL, SPLIT_ISOLATED, false};
    struct joined joined;
    char text[400];
    const char *s;
    size_t i, n;

    CU_ASSERT_EQUAL_FATAL(
        regex_new(pattern, PATTERN_REGEX, &split.pattern, &err), ST_OK);
    for (i = 0; i < COUNT(right); i++) {
        for (s = right[i], n = 0; *s; s++)
            if (*s != '|')
                text[n++] = *s;
        joined.text[0] = '\0';
        CU_ASSERT_EQUAL(split_run(&split, text, n, join, &joined, &err),
                        ST_OK);
        CU_ASSERT_STRING_EQUAL(joined.text, right[i]);
    }
    regex_free(split.pattern);
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

/* The bytes of ASCII are their own ids. */
static struct bpe *new_bpe(struct token_map **vocab)
{
    const struct bpe_options options = {.unk = -1};
    char byte;
    int i;

    *vocab = token_map_new();
    for (i = 0; i < 128; i++) {
        byte = (char)i;
        token_map_add(*vocab, &byte, 1, i);
    }
    return bpe_new(*vocab, &options);
}

/* Rules among few symbols, in any order, on texts of few letters. */
static void check_random_rules(uint32_t *state)
{
    struct token_map *vocab;
    struct bpe *bpe = new_bpe(&vocab);
    struct rule rules[40];
    struct token_ids list = {NULL, 0};
    int32_t ids[64];
    char text[64];
    size_t n_rules = 0, n = next_random(state) % 64, i;

    for (i = 0; i < COUNT(rules); i++) {
        struct rule *rule = &rules[n_rules];

        rule->left = (int32_t)(97 + next_random(state) % (2 + i));
        rule->right = (int32_t)(97 + next_random(state) % (2 + i));
        rule->result = (int32_t)(99 + i);
        n_rules += bpe_add(bpe, rule->left, rule->right, rule->result,
                           (int32_t)n_rules);
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
    token_map_free(vocab);
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
    struct token_map *vocab;
    struct bpe *bpe = new_bpe(&vocab);
    struct tokenizer *demo = open_demo();
    struct token_ids list = {NULL, 0};
    char *text = mem_new(n, 1);
    const char *c;
    int32_t id;

    CU_ASSERT(bpe_add(bpe, 'a', 'a', 256, 0));
    CU_ASSERT_FALSE(bpe_add(bpe, 'a', 'a', 256, 0));
    for (id = 256; id < 265; id++)
        CU_ASSERT(bpe_add(bpe, id, id, id + 1, id - 255));
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
    token_map_free(vocab);
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

static void test_quote(void)
{
    static const char bytes[] = "a\"\\\n\t\r\0\x7f\xff\u00e9"
                                "\xc2\x85\u2028\xe2";
    char *text = text_quote(bytes, sizeof bytes - 1);

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
        text_symbol(i, symbol);
        CU_ASSERT(text_from_symbols(symbol, &byte, &n));
        CU_ASSERT_EQUAL(n, 1);
        CU_ASSERT_EQUAL((unsigned char)byte, i);
    }
    text_symbol(' ', symbol);
    CU_ASSERT_STRING_EQUAL(symbol, "\u0120");
    text_symbol(0xad, symbol);
    CU_ASSERT_STRING_EQUAL(symbol, "\u0143");
    CU_ASSERT_FALSE(text_from_symbols(" ", &byte, &n));
    CU_ASSERT_FALSE(text_from_symbols("\u0144", &byte, &n));
}

CU_ErrorCode add_tokenizer_tests(void)
{
    CU_pSuite suite = CU_add_suite("tokenizer", NULL, NULL);

    if (!suite || !CU_add_test(suite, "symbols", test_symbols) ||
        !CU_add_test(suite, "quote", test_quote) ||
        !CU_add_test(suite, "GPT-2's pattern", test_gpt2_pattern) ||
        !CU_add_test(suite, "merge order", test_merge_order) ||
        !CU_add_test(suite, "demo vocabulary", test_demo) ||
        !CU_add_test(suite, "nasty Unicode", test_nasty) ||
        !CU_add_test(suite, "random bytes", test_random_bytes) ||
        !CU_add_test(suite, "long runs", test_long_runs) ||
        !CU_add_test(suite, "GPT-2 vocabulary", test_gpt2))
        return CU_get_error();
    return CUE_SUCCESS;
}
