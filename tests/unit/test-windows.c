/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-windows.c - which windows of a text are samples; random tokens twice;
 * texts in quotes. */
#include "base/folder.h"
#include "base/mem.h"
#include "experiment/experiment.h"
#include "plan/samples.h"
#include "tests.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char top[4096]; /* a fresh folder for each test */
static struct error err;
static struct model *model; /* the demo's */
static struct model_tokenizer *tokenizer;
static struct experiment *experiment; /* the last one */

static void set_up(void)
{
    const char *tmp = getenv("TMPDIR"), *srcdir = getenv("srcdir");
    char *path = mem_path(srcdir && *srcdir ? srcdir : ".", "models/demo");

    snprintf(top, sizeof top, "%s/transect-windows-XXXXXX",
             tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(top) || model_configure(path, &model, &err)) {
        fprintf(stderr, "%s: %s\n", top, err.text);
        exit(1);
    }
    free(path);
    tokenizer = model_tokenizer_new(model->files);
}

static void tear_down(void)
{
    experiment_free(experiment);
    experiment = NULL;
    model_tokenizer_free(tokenizer);
    model_close(model);
    CU_ASSERT_EQUAL(folder_remove(AT_FDCWD, top), 0);
}

/* With these keys in [input], from line 4 on; false: refused. */
static bool read_keys(const char *keys)
{
    char *path = mem_path(top, "x.ini");
    char *ini = mem_printf("[model]\npath = .\n[input]\n%s\n[plugin null]\n",
                           keys);
    int status;

    test_write(path, ini, strlen(ini));
    memset(&err, 0, sizeof err);
    experiment_free(experiment);
    status = experiment_load(path, NULL, 0, &experiment, &err);
    free(ini);
    free(path);
    return !status;
}

/* NULL: refused. */
static struct samples *load(const char *keys, uint64_t seed)
{
    struct samples *samples = NULL;

    if (!read_keys(keys))
        return NULL;
    experiment->input.seed = seed;
    if (samples_load(&experiment->input, model, tokenizer, &samples, &err))
        CU_ASSERT_PTR_NULL(samples);
    return samples;
}

static struct samples *accept(const char *keys, uint64_t seed)
{
    struct samples *samples = load(keys, seed);

    if (!samples)
        printf("# '%s': %s\n", keys, err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(samples);
    return samples;
}

static void refuse(const char *keys, const char *message)
{
    struct samples *samples = load(keys, 0);

    if (samples || !strstr(err.text, message))
        printf("# '%s' is not '%s'\n", samples ? "accepted" : err.text,
               message);
    CU_ASSERT(!samples && err.status == ST_USAGE &&
              strstr(err.text, message));
    samples_free(samples);
}

/* The first tokens of the samples. */
static void begin_with(const struct samples *samples, int position,
                       const int32_t *want, int n)
{
    CU_ASSERT_EQUAL_FATAL(samples->n_sample, n);
    for (int i = 0; i < n; i++)
        CU_ASSERT_EQUAL(samples_tokens(samples, i)[position], want[i]);
}

#define IDS "ids = 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19\n"

static void test_spread(void)
{
    static const int32_t starts[] = {0, 6, 13}, alone[] = {0},
                         all[] = {0, 5, 10, 15};
    struct samples *samples =
        accept(IDS "length = 3\nsamples = 3\nwindows = spread", 0);

    begin_with(samples, 0, starts, 3);
    CU_ASSERT_EQUAL(samples_tokens(samples, 2)[2], 15);
    CU_ASSERT_EQUAL(samples->n_dropped, 11);
    samples_free(samples);
    samples = accept(IDS "length = 3\nsamples = 1\nwindows = spread", 0);
    begin_with(samples, 0, alone, 1);
    samples_free(samples);
    samples = accept(IDS "length = 6\nwindows = spread\nbos = yes", 0);
    begin_with(samples, 1, all, 4);
    samples_free(samples);
}

/* Two windows of two in five tokens can stand in three ways; in 3000 tries
 * each comes 1000 times, with a standard deviation of 26. */
static void test_random(void)
{
    static const char keys[] = "ids = 0 1 2 3 4\nlength = 2\nsamples = 2\n"
                               "windows = random";
    int n[5][5] = {{0}};

    CU_ASSERT_FATAL(read_keys(keys));
    for (uint64_t seed = 0; seed < 3000; seed++) {
        struct samples *samples = NULL;

        experiment->input.seed = seed;
        CU_ASSERT_FATAL(!samples_load(&experiment->input, model, tokenizer,
                                      &samples, &err));
        n[samples->tokens[0]][samples->tokens[2]]++;
        CU_ASSERT_EQUAL(samples->tokens[1], samples->tokens[0] + 1);
        CU_ASSERT_EQUAL(samples->tokens[3], samples->tokens[2] + 1);
        samples_free(samples);
    }
    CU_ASSERT_EQUAL(n[0][2] + n[0][3] + n[1][3], 3000);
    CU_ASSERT(abs(n[0][2] - 1000) < 130);
    CU_ASSERT(abs(n[0][3] - 1000) < 130);
}

static bool same_tokens(const struct samples *a, const struct samples *b)
{
    return a->n_token == b->n_token &&
           !memcmp(a->tokens, b->tokens, a->n_token * sizeof *a->tokens);
}

static void test_seeds(void)
{
    static const char *const keys[] = {
        IDS "length = 2\nsamples = 4\nwindows = random",
        "repeat = 20\nsamples = 2"};

    for (size_t i = 0; i < 2; i++) {
        struct samples *a = accept(keys[i], 1), *b = accept(keys[i], 1);
        struct samples *c = accept(keys[i], 2);

        CU_ASSERT(same_tokens(a, b));
        CU_ASSERT(!same_tokens(a, c));
        samples_free(a);
        samples_free(b);
        samples_free(c);
    }
}

/* Of 2048 tokens the last is <|endoftext|>: among 10000 ordinary ones it would
 * be with a probability of 0.99. */
static void test_repeat(void)
{
    struct samples *samples = accept("repeat = 50\nsamples = 200", 3);

    CU_ASSERT_EQUAL(samples->n_sample, 200);
    CU_ASSERT_EQUAL(samples->longest, 100);
    CU_ASSERT_STRING_EQUAL(samples->bos,
                           "no (auto: the tokenizer puts no token first)");
    for (int i = 0; i < samples->n_sample; i++) {
        const int32_t *tokens = samples_tokens(samples, i);

        CU_ASSERT(!memcmp(tokens, tokens + 50, 50 * sizeof *tokens));
        CU_ASSERT(memcmp(tokens, samples->tokens, 4 * sizeof *tokens) != 0 ||
                  i == 0);
        for (int k = 0; k < 100; k++)
            CU_ASSERT(tokens[k] >= 0 && tokens[k] < 2047);
    }
    samples_free(samples);
    samples = accept("repeat = 3\nbos = yes", 3);
    CU_ASSERT_EQUAL(samples->n_sample, 1);
    CU_ASSERT_EQUAL(samples->longest, 7);
    CU_ASSERT_EQUAL(samples->tokens[0], 2047);
    CU_ASSERT_EQUAL(samples->tokens[1], samples->tokens[4]);
    samples_free(samples);
}

static void test_refused(void)
{
    refuse("repeat = 0", "x.ini:4: repeat = '0' is not a whole number");
    refuse("repeat = 3\nlength = 4", "x.ini:5: length is 4, but a sample has");
    refuse("repeat = 3\ntext = a", "x.ini:5: 'text' is a second input");
    refuse("repeat = 3\nprompt = a", "x.ini:5: prompt says nothing without");
    refuse("repeat = 3\nwindows = first",
           "x.ini:5: windows are of a text, which repeat does not give");
    refuse("records = a.jsonl\nwindows = random",
           "x.ini:5: windows are of a text, which records does not give");
    refuse("text = a\nwindows = some",
           "x.ini:5: windows = 'some' is none of first, spread and random");
    refuse("repeat = 65", "x.ini:4: repeat is 65; twice as many tokens must "
                           "fit into the model's context, 128");
    refuse("repeat = 64\nbos = yes",
           "x.ini:4: repeat is 64; twice as many tokens and what stands");
}

static void is_text(const char *value, const char *want)
{
    char *keys = mem_printf("text = %s", value);
    bool accepted = read_keys(keys);

    if (!accepted)
        printf("# %s: %s\n", keys, err.text);
    CU_ASSERT(accepted);
    if (accepted)
        CU_ASSERT_STRING_EQUAL(experiment->input.text, want);
    free(keys);
}

static void test_quotes(void)
{
    is_text("\" a\\n\\tb\\\"c\\\\n \"", " a\n\tb\"c\\n ");
    is_text("\"Yes,\" she said", "\"Yes,\" she said");
    is_text("a\\nb {c}", "a\\nb {c}");
    is_text("\"\\\"a\"", "\"a");
    refuse("text = \"a b", "x.ini:4: text begins with a quote that is not");
    refuse("text = \"", "x.ini:4: text begins with a quote that is not");
    refuse("text = \"Yes,\" she said. \"No.\"",
           "x.ini:4: text stands in quotes, where a quote is written \\\"");
    refuse("text = \"a\\x\"", "x.ini:4: text stands in quotes");
}

CU_ErrorCode add_windows_tests(void)
{
    static CU_TestInfo tests[] = {{"spread", test_spread},
                                  {"random", test_random},
                                  {"by the seed", test_seeds},
                                  {"random tokens twice", test_repeat},
                                  {"refused", test_refused},
                                  {"texts in quotes", test_quotes},
                                  CU_TEST_INFO_NULL};
    CU_SuiteInfo suites[] = {{"windows", NULL, NULL, set_up, tear_down, tests},
                             CU_SUITE_INFO_NULL};

    return CU_register_suites(suites);
}
