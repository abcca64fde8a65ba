/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-tokenizer-ggml.c - tokenizers as GGUF files describe them. */
#include "base/text.h"
#include "base/mem.h"
#include "tests.h"
#include "tokenizer/tokenizer-ggml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(a) (sizeof (a) / sizeof *(a))
#define MAX_TOKENS 300

static struct error err;

/* A description and what it consists of. */
struct fixture {
    struct ggml_tokenizer ggml;
    struct gguf_text tokens[MAX_TOKENS], merges[8];
    int32_t types[MAX_TOKENS];
    float scores[MAX_TOKENS];
    char names[256][8];
};

static void add(struct fixture *f, const char *token, int32_t type,
                float score)
{
    size_t n = f->ggml.n_tokens++;

    f->tokens[n] = (struct gguf_text){token, strlen(token)};
    f->types[n] = type;
    f->scores[n] = score;
}

static void add_merge(struct fixture *f, const char *merge)
{
    f->merges[f->ggml.n_merges++] = (struct gguf_text){merge, strlen(merge)};
}

static struct fixture *new_fixture(const char *model, const char *pre)
{
    struct fixture *f = mem_new(1, sizeof *f);

    f->ggml = (struct ggml_tokenizer){
        .path = "x.gguf", .model = model, .pre = pre, .tokens = f->tokens,
        .types = f->types, .scores = f->scores, .merges = f->merges,
        .bos = -1, .unk = -1, .add_space_prefix = true,
    };
    return f;
}

/* Ids 0-255 are bytes, 256 "12", 257 "ab", 258 "<s>". */
static struct fixture *new_gpt2(const char *pre)
{
    struct fixture *f = new_fixture("gpt2", pre);
    unsigned i;

    for (i = 0; i < 256; i++) {
        text_symbol(i, f->names[i]);
        add(f, f->names[i], GGML_TOKEN_NORMAL, 0);
    }
    add(f, "12", GGML_TOKEN_NORMAL, 0);
    add(f, "ab", GGML_TOKEN_NORMAL, 0);
    add(f, "<s>", GGML_TOKEN_CONTROL, 0);
    add_merge(f, "1 2");
    add_merge(f, "a b");
    f->ggml.bos = 258;
    return f;
}

static void check_both(struct fixture *f, const char *text, const char *ids,
                       const char *decoded)
{
    struct tokenizer *t = NULL;
    struct token_ids list = {NULL, 0};
    struct buffer bytes = {0};

    if (tokenizer_from_ggml(&f->ggml, &t, &err))
        printf("# %s\n", err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(t);
    check_ids(t, text, ids);
    CU_ASSERT_EQUAL(tokenizer_bos(t), f->ggml.bos);
    CU_ASSERT_EQUAL(tokenizer_encode(t, text, strlen(text), &list, &err),
                    ST_OK);
    CU_ASSERT_EQUAL(tokenizer_decode(t, list.ids, list.n, &bytes), -1);
    CU_ASSERT(bytes.n == strlen(decoded) &&
              memcmp(bytes.bytes, decoded, bytes.n) == 0);
    free(bytes.bytes);
    free(list.ids);
    tokenizer_close(t);
}

static void check(struct fixture *f, const char *text, const char *ids)
{
    check_both(f, text, ids, text);
}

static void test_gpt2(void)
{
    struct fixture *f = new_gpt2("smollm");

    check(f, "ab12 ab<s>a\xff", "257 49 50 32 257 258 97 255");
    f->ggml.pre = "gpt-2";
    check(f, "ab12 ab<s>a", "257 256 32 257 258 97");
    f->ggml.pre = "llama-bpe"; /* whose whole pieces need no merges */
    f->ggml.n_merges = 1;
    check(f, "12 ab", "256 32 97 98");
    check(f, "ab", "257");
    f->tokens['x'] = (struct gguf_text){"zz", 2}; /* no token is left */
    check_both(f, "axb", "97 98", "ab");
    free(f);
}

/* Every name has steps that can be made. */
static void test_names(void)
{
    static const char *const names[] = {
        "gpt-2", "olmo", "smollm", "starcoder", "command-r", "llama-bpe",
        "dbrx", "glm4", "qwen2", "stablelm2", "tekken", "falcon", "bloom",
        "deepseek-llm", "deepseek-coder", "gpt-4o",
    };
    struct fixture *f;
    size_t i;

    for (i = 0; i < COUNT(names); i++) {
        f = new_gpt2(names[i]);
        check(f, "ab", "257");
        free(f);
    }
}

/* The last merge joins what only some names leave in one piece: id 259. */
static void check_piece(const char *pre, const char *token,
                        const char *merge, const char *text,
                        const char *ids)
{
    struct fixture *f = new_gpt2(pre);

    add(f, token, GGML_TOKEN_NORMAL, 0);
    add_merge(f, merge);
    check(f, text, ids);
    free(f);
}

/* U+05D0 is 0xD7 (a times sign as a symbol), 0x90. */
static void test_pieces(void)
{
    const char word[] = "a\u05d0";

    check_piece("deepseek-coder", "a\u00d7", "a \u00d7", word, "259 144");
    check_piece("deepseek-llm", "a\u00d7", "a \u00d7", word, "97 215 144");
    check_piece("deepseek-llm", "+a", "+ a", "+a", "43 97");
    check_piece("deepseek-llm", "a<", "a <", "a<", "97 60");
    check_piece("deepseek-llm", "<+", "< +", "<+", "259");
    check_piece("deepseek-coder", "<+", "< +", "<+", "259");
    check_piece("gpt-4o", "ab'", "ab '", "ab's 12", "259 115 32 256");
    check_piece("tekken", "ab'", "ab '", "ab's 12", "257 39 115 32 49 50");
}

/* 0 <unk>, 1 <s>, 2-257 bytes, then marks and letters; "bc" is best, "ab" and
 * "ca" are equal. */
static struct fixture *new_llama(void)
{
    struct fixture *f = new_fixture("llama", NULL);
    unsigned i;

    add(f, "<unk>", GGML_TOKEN_UNKNOWN, 0);
    add(f, "<s>", GGML_TOKEN_CONTROL, 0);
    for (i = 0; i < 256; i++) {
        snprintf(f->names[i], sizeof f->names[i], "<0x%02X>", i);
        add(f, f->names[i], GGML_TOKEN_BYTE, 0);
    }
    add(f, "\u2581", GGML_TOKEN_NORMAL, -9);  /* 258 */
    add(f, "a", GGML_TOKEN_NORMAL, -9);       /* 259 */
    add(f, "b", GGML_TOKEN_NORMAL, -9);       /* 260 */
    add(f, "c", GGML_TOKEN_NORMAL, -9);       /* 261 */
    add(f, "ca", GGML_TOKEN_NORMAL, -2);      /* 262 */
    add(f, "ab", GGML_TOKEN_NORMAL, -2);      /* 263 */
    add(f, "bc", GGML_TOKEN_NORMAL, -1);      /* 264 */
    add(f, "\u2581\u2581", GGML_TOKEN_NORMAL, -3); /* 265 */
    add(f, "abab", GGML_TOKEN_NORMAL, -3.5f);      /* 266 */
    f->ggml.unk = 0;
    f->ggml.bos = 1;
    return f;
}

static void test_llama(void)
{
    struct fixture *f = new_llama();

    check(f, "abc", "258 259 264");
    check(f, "cab", "258 262 260");   /* the leftmost of equals */
    check(f, "abab b", "258 266 258 260");
    check(f, "  a", "265 258 259");
    check_both(f, "a<s>a", "258 259 1 258 259", "a<s> a");
    check(f, "\u00e9\n", "258 197 171 12"); /* bytes */
    check(f, "\xff", "258 257");
    f->ggml.add_space_prefix = false;
    check(f, "abc", "259 264");
    check(f, " a", "258 259");
    free(f);
}

/* What stands in front of every text: bos, or -1 for nothing. */
static void check_front(struct fixture *f, enum gguf_choice add_bos,
                        int32_t bos)
{
    struct tokenizer *t = NULL;

    f->ggml.add_bos = add_bos;
    CU_ASSERT_EQUAL_FATAL(tokenizer_from_ggml(&f->ggml, &t, &err), ST_OK);
    CU_ASSERT_EQUAL(tokenizer_begins_with(t), bos);
    tokenizer_close(t);
}

/* By the metadata, or where they do not tell as llama.cpp. */
static void test_front(void)
{
    static const struct {
        const char *pre;
        int32_t bos;
    } defaults[] = {{"gpt-2", -1}, {"smollm", -1}, {"qwen2", -1},
                    {"llama-bpe", 258}, {"llama3", 258}, {"tekken", 258}};
    struct fixture *f = new_llama();
    size_t i;

    check_front(f, GGUF_UNTOLD, 1);
    check_front(f, GGUF_YES, 1);
    check_front(f, GGUF_NO, -1);
    f->ggml.bos = -1;
    check_front(f, GGUF_UNTOLD, 1);
    free(f);
    for (i = 0; i < sizeof defaults / sizeof *defaults; i++) {
        f = new_gpt2(defaults[i].pre);
        check_front(f, GGUF_UNTOLD, defaults[i].bos);
        check_front(f, GGUF_YES, 258);
        check_front(f, GGUF_NO, -1);
        f->ggml.bos = -1;
        check_front(f, GGUF_UNTOLD, -1);
        free(f);
    }
}

/* All places to cut it, each part looked up, would take a minute. */
static void test_long_token(void)
{
    const size_t size = 200000;
    struct fixture *f = new_llama();
    char *text = mem_new(size + 1, 1);
    clock_t start = clock();

    memset(text, 'a', size);
    add(f, text, GGML_TOKEN_NORMAL, -1);
    check(f, "abc", "258 259 264");
    CU_ASSERT(clock() - start < 10 * CLOCKS_PER_SEC);
    free(f);
    free(text);
}

static void check_refused(struct fixture *f, const char *part)
{
    struct tokenizer *t = NULL;

    err.text[0] = '\0';
    CU_ASSERT_EQUAL(tokenizer_from_ggml(&f->ggml, &t, &err), ST_DATA);
    CU_ASSERT_PTR_NULL(t);
    if (!strstr(err.text, "x.gguf: ") || !strstr(err.text, part))
        printf("# '%s' lacks '%s'\n", err.text, part);
    CU_ASSERT(strstr(err.text, "x.gguf: ") && strstr(err.text, part));
    free(f);
}

static void test_refused(void)
{
    struct fixture *f;

    check_refused(new_fixture("t5", NULL), "\"t5\"");
    check_refused(new_gpt2(NULL), "tokenizer.ggml.pre is \"missing\"");
    check_refused(new_gpt2("gpt"), "only gpt-2, olmo");
    f = new_gpt2("gpt-2");
    f->ggml.n_merges = 0;
    check_refused(f, "tokenizer.ggml.merges is missing or empty");
    f = new_gpt2("gpt-2");
    add_merge(f, "ab");
    check_refused(f, "merge 2: is not a pair");
    f = new_gpt2("gpt-2");
    add_merge(f, "a c");
    check_refused(f, "merge 2: the result \"ac\"");
    f = new_gpt2("gpt-2");
    f->tokens[70].bytes = "a";
    check_refused(f, "token \"a\": has two ids");
    f = new_gpt2("gpt-2");
    f->tokens[70].size = 0;
    check_refused(f, "token 70 is \"empty\"");
    f = new_gpt2("gpt-2");
    f->tokens[70] = (struct gguf_text){"a\0b", 3};
    check_refused(f, "token 70 is \"one with a NUL\"");
    f = new_gpt2("gpt-2");
    f->ggml.bos = 259;
    check_refused(f, "bos_token_id is 259; there are 259 tokens");
    f = new_gpt2("gpt-2");
    f->ggml.bos = -1;
    f->ggml.add_bos = GGUF_YES;
    check_refused(f, "there is no tokenizer.ggml.bos_token_id");
    f = new_llama();
    f->ggml.scores = NULL;
    check_refused(f, "scores is missing");
}

CU_ErrorCode add_tokenizer_ggml_tests(void)
{
    CU_pSuite suite = CU_add_suite("tokenizer-ggml", NULL, NULL);

    if (!suite || !CU_add_test(suite, "gpt2", test_gpt2) ||
        !CU_add_test(suite, "names of patterns", test_names) ||
        !CU_add_test(suite, "pieces", test_pieces) ||
        !CU_add_test(suite, "llama", test_llama) ||
        !CU_add_test(suite, "in front of texts", test_front) ||
        !CU_add_test(suite, "a long token", test_long_token) ||
        !CU_add_test(suite, "not supported", test_refused))
        return CU_get_error();
    return CUE_SUCCESS;
}
