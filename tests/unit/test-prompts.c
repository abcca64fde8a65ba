/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-prompts.c - what records say besides prompts: pairs and what is aligned
 * with what, answers and foils behind the prompt, named places, labels. */
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

/* Tokens are letters, but for these: U+0120 is a blank. <s> stands in front.
 * Of a blank, a and b, the blank and the letter are joined first. */
#define TOKENIZER                                                           \
    "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 1, \"c\": " \
    "2, \"d\": 3, \"e\": 4, \"x\": 5, \"y\": 6, \"z\": 7, \"\\u0120\": 8, "  \
    "\"<s>\": 9, \"\\u0120a\": 10, \"\\u0120b\": 11, \"ab\": 12}, "          \
    "\"merges\": [\"\\u0120 a\", \"\\u0120 b\", \"a b\"]}, "                 \
    "\"added_tokens\": [{\"id\": 9, \"content\": \"<s>\", \"special\": "     \
    "true}], \"pre_tokenizer\": {\"type\": \"ByteLevel\", "                  \
    "\"add_prefix_space\": %s}, \"post_processor\": {\"type\": "             \
    "\"TemplateProcessing\", \"single\": [{\"SpecialToken\": {\"id\": "      \
    "\"<s>\", \"type_id\": 0}}, {\"Sequence\": {\"id\": \"A\", \"type_id\":" \
    " 0}}], \"special_tokens\": {\"<s>\": {\"id\": \"<s>\", \"ids\": [9], "  \
    "\"tokens\": [\"<s>\"]}}}}"

static char top[4096]; /* a fresh folder for each test */
static struct error err;
static struct model *model; /* the demo's, with the tokenizer above */
static struct model_tokenizer *tokenizer;

static void put(const char *name, const char *text)
{
    char *path = mem_path(top, name);

    test_write(path, text, strlen(text));
    free(path);
}

static void use_tokenizer(const char *add_prefix_space)
{
    char *text = mem_printf(TOKENIZER, add_prefix_space);

    put("tokenizer.json", text);
    free(text);
    model_tokenizer_free(tokenizer);
    tokenizer = model_tokenizer_new(model->files);
}

static void set_up(void)
{
    const char *tmp = getenv("TMPDIR"), *srcdir = getenv("srcdir");
    char *path = mem_path(srcdir && *srcdir ? srcdir : ".", "models/demo");

    snprintf(top, sizeof top, "%s/transect-prompts-XXXXXX",
             tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(top) || model_configure(path, &model, &err)) {
        fprintf(stderr, "%s: %s\n", top, err.text);
        exit(1);
    }
    free(path);
    free(model->files->path);
    model->files->path = mem_strdup(top);
    model->config.n_context = 16;
    tokenizer = NULL;
    use_tokenizer("false");
}

static void tear_down(void)
{
    model_tokenizer_free(tokenizer);
    model_close(model);
    CU_ASSERT_EQUAL(folder_remove(AT_FDCWD, top), 0);
}

/* Of records with these keys of [input], from line 5 on; NULL: refused. */
static struct samples *load(const char *keys, const char *records)
{
    char *path = mem_path(top, "x.ini");
    char *ini = mem_printf("[model]\npath = .\n[input]\nrecords = r.jsonl\n"
                           "%s\n[plugin null]\n", keys);
    struct experiment *experiment = NULL;
    struct samples *samples = NULL;

    put("x.ini", ini);
    put("r.jsonl", records);
    memset(&err, 0, sizeof err);
    if (!experiment_load(path, NULL, 0, &experiment, &err) &&
        samples_load(&experiment->input, model, tokenizer, &samples, &err))
        CU_ASSERT_PTR_NULL(samples);
    experiment_free(experiment);
    free(ini);
    free(path);
    return samples;
}

static struct samples *accept(const char *keys, const char *records)
{
    struct samples *samples = load(keys, records);

    if (!samples)
        printf("# '%s': %s\n", keys, err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(samples);
    return samples;
}

static void refuse(int status, const char *keys, const char *records,
                   const char *place, const char *message)
{
    struct samples *samples = load(keys, records);
    char *want = mem_printf("%s%s", place, message);
    bool right = !samples && err.status == status && strstr(err.text, want);

    if (!right)
        printf("# '%s' is not '%s'\n", samples ? "accepted" : err.text, want);
    CU_ASSERT(right);
    free(want);
    samples_free(samples);
}

/* A mistake in the file of records, in its first line. */
static void bad_record(const char *keys, const char *records,
                       const char *message)
{
    refuse(ST_DATA, keys, records, "r.jsonl:1: ", message);
}

/* A mistake in [input], in a line of the file. */
static void bad_key(const char *keys, int line, const char *message)
{
    char place[40];

    snprintf(place, sizeof place, "x.ini:%d: ", line);
    refuse(ST_USAGE, keys, "{\"text\": \"c\"}", place, message);
}

static void is_ids(const int32_t *ids, const char *want, size_t n)
{
    char text[200] = "";

    for (size_t i = 0; i < n; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%d",
                 i ? " " : "", (int)ids[i]);
    if (strcmp(text, want) != 0)
        printf("# '%s' is not '%s'\n", text, want);
    CU_ASSERT_STRING_EQUAL(text, want);
}

static void is_sample(const struct samples *samples, int i, const char *want)
{
    is_ids(samples_tokens(samples, i), want,
           (size_t)samples->list[i].n_token);
}

/* Of one record. */
static void is_aligned(const char *keys, const char *record,
                       const char *partner)
{
    struct samples *samples = accept(keys, record);

    is_ids(samples->partner, partner, samples->n_token);
    samples_free(samples);
}

#define PAIR(a, b) "{\"a\": \"" a "\", \"b\": \"" b "\", \"s\": \"c\"}"
#define KEYS "prompt = a\npair = b\n"

static void test_pairs(void)
{
    struct samples *samples =
        accept(KEYS, PAIR("cd", "xy") "\n"
                     "{\"a\": [2, 3, 4], \"b\": [9, 5, 6, 7]}\n");

    CU_ASSERT_EQUAL(samples->n_sample, 2);
    CU_ASSERT_EQUAL(samples->pair->n_sample, 2);
    is_sample(samples, 0, "9 2 3");
    is_sample(samples->pair, 0, "9 5 6");
    is_sample(samples, 1, "2 3 4");
    is_sample(samples->pair, 1, "9 5 6 7");
    /* Those behind the BOS token are as many. */
    is_ids(samples->partner, "0 1 2 1 2 3", samples->n_token);
    CU_ASSERT_EQUAL(samples->pair->longest, 4);
    samples_free(samples);
    bad_record(KEYS, PAIR("cd", "xyz"), "the prompt has 2 tokens and its "
               "pair 3, without what stands in front; align = end, start");
    bad_record(KEYS, PAIR("cd", "xyzxyzxyzxyzxyzxyz"),
               "the pair has 19 tokens; the model's context is 16");
    bad_record(KEYS, "{\"a\": \"c\"}", "has no field 'b'");
}

static void test_ends(void)
{
    static const char end[] = KEYS "align = end\n";
    static const char start[] = KEYS "align = start\n";

    is_aligned(end, PAIR("cde", "xycde"), "0 3 4 5");
    is_aligned(end, PAIR("xycde", "cde"), "0 -1 -1 1 2 3");
    is_aligned(start, PAIR("cde", "xycde"), "0 1 2 3");
    is_aligned(start, PAIR("xycde", "cde"), "0 1 2 3 -1 -1");
    is_aligned(KEYS "align = end\nbos = no\n", PAIR("cde", "de"), "-1 0 1");
    /* What one alone has in front belongs to nothing. */
    is_aligned(end, "{\"a\": \"cd\", \"b\": [5, 6]}", "-1 0 1");
}

static void test_spans_align(void)
{
    static const char keys[] = KEYS "align = spans\nspan.s = \"cd\"\n"
                                    "pair_span.s = s\n";
    static const char two[] = KEYS "align = spans\nspan.c = \"c\"\n"
                                   "span.d = \"d\"\n";

    is_aligned(keys, PAIR("xcdey", "zzcey"), "0 -1 -1 3 4 5");
    is_aligned(keys, PAIR("xycde", "zzcxy"), "0 1 2 -1 3 -1");
    is_aligned(two, PAIR("xcyydz", "xcyydz"), "0 1 2 3 4 5 6");
    /* What lies between them lies between others. */
    is_aligned(two, PAIR("cxd", "dxc"), "0 3 -1 1");
    bad_record(KEYS "align = spans\nspan.s = \"cd\"\nspan.t = \"de\"\n",
               PAIR("cde", "xcde"),
               "the spans 's' and 't' share a token of the prompt");
    bad_record(two, PAIR("cxd", "cx"), "span d: \"d\" is not in the pair");
}

static void test_answers(void)
{
    static const char keys[] = "answer = a\nfoil = f\n";
    struct samples *samples = accept(
        keys, "{\"text\": \"c\", \"a\": \" a\", \"f\": [\"b\", \"ab\"]}\n"
              "{\"text\": \"c\", \"a\": [\"a\", \"ad\", \" a\", [5, 6]], "
              "\"f\": [7, 8]}\n"
              "{\"text\": [9, 2], \"a\": [[5], [6, 7]], \"f\": \" b\"}\n");
    const struct sample_facts *facts = samples->facts;

    is_sample(samples, 0, "9 2");
    CU_ASSERT_EQUAL(facts[1].line, 2);
    is_ids(facts[0].answers, "10", (size_t)facts[0].n_answer);
    is_ids(facts[0].foils, "1 12", (size_t)facts[0].n_foil);
    CU_ASSERT_STRING_EQUAL(facts[0].answer, " a");
    CU_ASSERT_STRING_EQUAL(facts[0].foil, "[\"b\",\"ab\"]");
    is_ids(facts[1].answers, "0 10 5", (size_t)facts[1].n_answer);
    is_ids(facts[1].foils, "7", (size_t)facts[1].n_foil);
    is_ids(facts[2].answers, "5 6", (size_t)facts[2].n_answer);
    is_ids(facts[2].foils, "11", (size_t)facts[2].n_foil);
    CU_ASSERT_PTR_NULL(samples->n_prompt);
    CU_ASSERT_PTR_NULL(facts[0].label);
    samples_free(samples);
    samples = accept("answer = \" {a}\"\n", "{\"text\": \"c\", \"a\": \"b\"}");
    is_ids(samples->facts[0].answers, "11", 1);
    CU_ASSERT_STRING_EQUAL(samples->facts[0].answer, " b");
    samples_free(samples);
}

#define ANSWER(text, a, f) \
    "{\"text\": " text ", \"a\": " a ", \"f\": " f "}"

static void test_bad_answers(void)
{
    static const char keys[] = "answer = a\nfoil = f\n";
    static const char one[] = "answer = a\n";

    bad_record(one, ANSWER("\"ca\"", "\"b\"", "1"), "answer \"b\" changes "
               "the prompt's own last token: \"a\" becomes \"ab\"");
    bad_record("answer = f\nfoil = a\n", ANSWER("\"ca\"", "\"b\"", "\"d\""),
               "foil \"b\" changes the prompt's own last token: \"a\"");
    bad_record(keys, ANSWER("\"c\"", "\"d\"", "\"de\""), "answer and foil "
               "begin with the same token, \"d\"");
    bad_record(one, ANSWER("\"c\"", "\"\"", "1"),
               "answer \"\" adds no token to the prompt");
    bad_record(one, ANSWER("\"c\"", "0.5", "1"),
               "field 'a', of answer, is neither text");
    bad_record(one, ANSWER("\"c\"", "[]", "1"),
               "field 'a', of answer, is neither text");
    bad_record(one, ANSWER("\"c\"", "[5, \"c\"]", "1"),
               "field 'a', of answer, is neither text");
    bad_record(one, ANSWER("\"c\"", "[99999]", "1"),
               "token id 99999 is not one");
    bad_record(one, ANSWER("[0, 1]", "\"c\"", "1"), "answer is a text, but "
               "the prompt's ids are not how the tokenizer writes theirs");
    bad_record(one, ANSWER("[2, 2000]", "\"c\"", "1"),
               "the prompt's token 2000 stands for no text");
    bad_record("answer = b\n", ANSWER("\"c\"", "1", "1"),
               "has no field 'b'");
}

static void test_whole_answers(void)
{
    static const char keys[] = "prompt = text\npair = f\nalign = start\n"
                               "answer = a\nanswer_tokens = all\n";
    struct samples *samples =
        accept(keys, ANSWER("\"cd\"", "\" ade\"", "\"x\""));

    is_sample(samples, 0, "9 2 3 10 3 4");
    is_sample(samples->pair, 0, "9 5 10 3 4");
    CU_ASSERT_EQUAL(samples->n_prompt[0], 3);
    CU_ASSERT_EQUAL(samples->pair->n_prompt[0], 2);
    CU_ASSERT_PTR_EQUAL(samples->names.n_prompt, samples->n_prompt);
    is_ids(samples->partner, "0 1 -1 2 3 4", samples->n_token);
    samples_free(samples);
    bad_record(keys, ANSWER("\"cd\"", "[\"d\", \"e\"]", "\"x\""),
               "has 2 answers, but answer_tokens = all is for one");
    bad_record(keys, ANSWER("\"c\"", "\"xyzxyzxyzxyzxyz\"", "\"x\""),
               "the prompt has 17 tokens with its answer; the model's");
    use_tokenizer("true");
    bad_record(keys, ANSWER("\"\"", "\"a\"", "\"c\""), "answer \"a\" is other "
               "tokens behind the pair than behind the prompt, from its");
    bad_record(keys, ANSWER("\"c\"", "\"b\"", "\"ca\""), "answer \"b\" "
               "changes the pair's own last token: \"a\" becomes \"ab\"");
}

static void test_labels(void)
{
    struct samples *samples =
        accept("label = a\n", ANSWER("\"c\"", "\"x y\"", "1") "\n"
               ANSWER("\"c\"", "-3", "1") "\n" ANSWER("\"c\"", "0.1", "1"));

    CU_ASSERT_STRING_EQUAL(samples->facts[0].label, "x y");
    CU_ASSERT_STRING_EQUAL(samples->facts[1].label, "-3");
    CU_ASSERT_STRING_EQUAL(samples->facts[2].label, "0.1");
    samples_free(samples);
    bad_record("label = a\n", ANSWER("\"c\"", "[1]", "1"),
               "field 'a', of label, is neither text nor a number");
    bad_record("label = a\n", ANSWER("\"c\"", "true", "1"),
               "field 'a', of label, is neither text nor a number");
}

/* The place of span `name` in sample i. */
static void is_span(const struct samples *samples, int i, size_t name,
                    int first, int end)
{
    const struct position_names *names = &samples->names;
    struct position_span span = names->spans[(size_t)i * names->n + name];

    CU_ASSERT_EQUAL(span.first, first);
    CU_ASSERT_EQUAL(span.end, end);
}

static void test_spans(void)
{
    struct samples *samples = accept(
        KEYS "span.one = s#1\nspan.two = \"{s}\"#2\nspan.ab = \"b\"\n",
        "{\"a\": \"d c cb\", \"b\": \"e c xb\", \"s\": \"c\"}\n"
        "{\"a\": [3, 1, 2, 2], \"b\": \"eeee\", \"s\": \"c\"}\n");

    CU_ASSERT_EQUAL(samples->names.n, 3);
    CU_ASSERT_STRING_EQUAL(samples->names.names[1], "two");
    CU_ASSERT_STRING_EQUAL(samples->pair->names.names[2], "ab");
    is_sample(samples, 0, "9 3 8 2 8 2 1");
    is_span(samples, 0, 0, 3, 4);
    is_span(samples, 0, 1, 5, 6);
    is_span(samples, 0, 2, 6, 7);
    is_span(samples, 1, 0, 2, 3);
    is_span(samples, 1, 1, 3, 4);
    is_span(samples, 1, 2, 1, 2);
    is_span(samples->pair, 0, 0, 3, 4);
    is_span(samples->pair, 0, 1, 0, 0);
    is_span(samples->pair, 0, 2, 6, 7);
    is_span(samples->pair, 1, 0, 0, 0);
    samples_free(samples);
    bad_record("span.s = s\n", "{\"text\": \"dcc\", \"s\": \"c\"}", "span s: "
               "\"c\" is found 2 times in the prompt; write #1 to #2");
    bad_record("span.s = s#3\n", "{\"text\": \"dcc\", \"s\": \"c\"}",
               "span s: \"c\"#3 is not in the prompt, which has it 2 times");
    bad_record("span.s = s\n", "{\"text\": \"dcc\", \"s\": \"e\"}",
               "span s: \"e\" is not in the prompt");
    bad_record("span.s = s\n", "{\"text\": \"dcc\", \"s\": \"\"}",
               "span s: the text is empty");
    bad_record("span.s = s\n", "{\"text\": \"dcc\", \"s\": [2]}",
               "span s: field 's' is a list of ids; a text is needed");
    bad_record(KEYS "span.s = s\n", PAIR("dc", "cc"), "span s: \"c\" is "
               "found 2 times in the pair");
    bad_record(KEYS "span.s = s\npair_span.s = \"y\"\n", PAIR("dc", "cc"),
               "span s: \"y\" is not in the pair");
}

/* A text that begins or ends within a token has it; blanks that no token has
 * do not move the others. */
static void test_parts_of_tokens(void)
{
    struct samples *samples = accept(
        "span.s = s\n", "{\"text\": \"c ab\", \"s\": \"a\"}\n"
                        "{\"text\": \"c ab\", \"s\": \"c \"}\n"
                        "{\"text\": \"c<s> ab\", \"s\": \"b\"}\n");

    is_sample(samples, 0, "9 2 10 1");
    is_span(samples, 0, 0, 2, 3);
    is_span(samples, 1, 0, 1, 3);
    is_span(samples, 2, 0, 4, 5);
    samples_free(samples);
    use_tokenizer("true");
    samples = accept("span.s = s\n", "{\"text\": \"ac\", \"s\": \"c\"}");
    is_sample(samples, 0, "9 10 2");
    is_span(samples, 0, 0, 2, 3);
    samples_free(samples);
    /* It has no token for q, and leaves it out. */
    bad_record("span.s = s\n", "{\"text\": \"cqad\", \"s\": \"d\"}", "the "
               "tokenizer changes the prompt's text, so that no place of it "
               "can be told from \"qad\" on");
}

static void test_keys(void)
{
    static const char *const names[] = {"last", "3", "-1", "*", "a.first", "",
                                        "generated", "3-7", "top"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *key = mem_printf("span.%s = text", names[i]);
        char *message = mem_printf("'%s' cannot name a span", names[i]);

        bad_key(key, 5, message);
        free(key);
        free(message);
    }
    bad_key("answer = text\npair = {b", 6, "'{' is not closed");
    bad_key("span.a = text\npair_span.a = text", 6,
            "pair_span says nothing without pair");
    bad_key("pair_span.a = text", 5, "pair_span says nothing without a span");
    bad_key("foil = text", 5, "foil says nothing without answer");
    bad_key("answer_tokens = all", 5, "answer_tokens says nothing without");
    bad_key("span.a = text\nalign = spans", 6,
            "align = spans says nothing without pair");
    bad_key("pair = text\nalign = spans", 6,
            "align = spans says nothing without span.NAME");
    bad_key("pair = text\nalign = left", 6,
            "align = 'left' is none of end, start and spans");
    bad_key("answer = text\nanswer_tokens = 2", 6,
            "answer_tokens = '2' is none of first and all");
    bad_key("answer = \"a\" b\"", 5, "answer stands in quotes, where a quote "
            "is written \\\"");
    bad_key("answer = \"a\\q\"", 5, "answer stands in quotes");
    bad_key("answer = \"a\\\"", 5, "answer stands in quotes");
    bad_key("answer = \"\"", 5, "answer is empty");
    bad_key("answer =", 5, "answer is empty");
    bad_key("span.a = \"c\"#0", 5, "span.a = \"c\"#0: behind '#' stands");
}

/* What a record says besides its prompt is part of the digest. */
static void test_digests(void)
{
    static const char *const keys[] = {
        "prompt = text", "prompt = text\nanswer = a",
        "prompt = text\nanswer = f", "prompt = text\nanswer = a\nfoil = f",
        "prompt = text\nanswer = a\nlabel = f", "prompt = text\nlabel = a",
        "prompt = text\npair = a", "prompt = text\npair = f\nalign = end",
        "prompt = text\npair = f\nalign = start",
        "prompt = text\nspan.a = \"c\"", "prompt = text\nspan.a = \"d\"",
        "prompt = text\nspan.b = \"c\"",
        "prompt = text\npair = a\nspan.a = \"c\"#1"};
    char seen[sizeof keys / sizeof *keys][65];

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct samples *samples =
            accept(keys[i], ANSWER("\"cd\"", "\"xx\"", "\"dcy\""));

        memcpy(seen[i], samples->sha256, sizeof seen[i]);
        for (size_t k = 0; k < i; k++)
            CU_ASSERT_STRING_NOT_EQUAL(seen[k], seen[i]);
        samples_free(samples);
    }
}

CU_ErrorCode add_prompts_tests(void)
{
    static CU_TestInfo tests[] = {
        {"pairs", test_pairs},
        {"aligned by an end", test_ends},
        {"aligned by spans", test_spans_align},
        {"answers and foils", test_answers},
        {"what cannot be one", test_bad_answers},
        {"whole answers", test_whole_answers},
        {"labels", test_labels},
        {"spans", test_spans},
        {"spans within tokens", test_parts_of_tokens},
        {"keys that say nothing", test_keys},
        {"all of it is digested", test_digests},
        CU_TEST_INFO_NULL};
    CU_SuiteInfo suites[] = {{"prompts", NULL, NULL, set_up, tear_down, tests},
                             CU_SUITE_INFO_NULL};

    return CU_register_suites(suites);
}
