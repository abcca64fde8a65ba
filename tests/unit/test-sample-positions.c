/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-sample-positions.c - which rows of a sample a list of positions
 * means. */
#include "hooks/sample-positions.h"

#include "tests.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Two samples of 6 and 4 tokens; "place" is nowhere in the second, and of the
 * second's tokens one stands behind the prompt. */
static char *words[] = {"subject", "place", "to.last"};
static const struct position_span spans[] = {{1, 4}, {5, 6}, {0, 2},
                                             {0, 1}, {0, 0}, {2, 4}};
static const int n_prompt[] = {6, 3};
static const struct position_names names = {words, 3, spans, n_prompt};

/* The runs as text, "0+2 5+1", from `at` on. */
static const char *runs(const struct sample_positions *positions,
                        const struct position_names *of, int sample,
                        int n_token, int at)
{
    static char text[200];
    struct position_span run;

    for (text[0] = '\0';
         sample_positions_next(positions, of, sample, n_token, at, &run);
         at = run.end)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%d+%d",
                 *text ? " " : "", run.first, run.end - run.first);
    return text;
}

static const char *runs_of(const char *list, const struct position_names *of,
                           int sample, int n_token)
{
    struct sample_positions *positions = NULL;
    const char *text = "does not parse";
    struct error err;

    if (sample_positions_parse(list, &positions, &err) == ST_OK)
        text = runs(positions, of, sample, n_token, 0);
    sample_positions_free(positions);
    return text;
}

static void test_numbers(void)
{
    static const struct {
        int first, n, n_token;
        const char *runs;
    } cases[] = {
        {0, 0, 5, "0+5"},          {3, 0, 5, "3+2"},  {3, 1, 5, "3+1"},
        {3, 9, 5, "3+2"},          {-1, 0, 5, "4+1"}, {-1, 1, 5, "4+1"},
        {3, INT32_MAX, 5, "3+2"},  {-3, 2, 5, "2+2"}, {-3, 2, 2, "0+1"},
        {-9, 0, 5, "0+5"},         {-5, 5, 5, "0+5"}, {-2, 9, 5, "3+2"},
        {INT32_MIN, INT32_MAX, 5, "0+4"},
        /* samples that are too short */
        {3, 2, 3, ""},             {-5, 2, 3, ""},    {5, 0, 5, ""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sample_positions *positions =
            sample_positions_of(cases[i].first, cases[i].n);

        CU_ASSERT_STRING_EQUAL(runs(positions, NULL, 0, cases[i].n_token, 0),
                               cases[i].runs);
        sample_positions_free(positions);
    }
}

static void test_lists(void)
{
    static const struct {
        const char *list;
        int sample, n_token;
        const char *runs;
    } cases[] = {
        {"*", 0, 6, "0+6"},        {"2", 0, 6, "2+1"},
        {"0 3-5", 0, 6, "0+1 3+3"}, {"5,0, 3", 0, 6, "0+1 3+1 5+1"},
        {"4 3 1 2", 0, 6, "1+4"},  {"0-2 1-4", 0, 6, "0+5"},
        {"-1", 0, 6, "5+1"},       {"-3--2", 0, 6, "3+2"},
        {"3--1", 0, 6, "3+3"},     {"3--1", 1, 3, ""},
        {"-2-4", 0, 6, "4+1"},     {"7 1-9 -20", 1, 4, "1+3"},
        {"0 0 0-0", 0, 6, "0+1"},  {"last", 0, 6, "5+1"},
        {"last -1", 1, 4, "2+2"},  {"last", -1, 4, "3+1"},
        {"subject", 0, 6, "1+3"},  {"subject.first", 0, 6, "1+1"},
        {"subject.last", 0, 6, "3+1"}, {"subject.last", 1, 4, "0+1"},
        {"place", 0, 6, "5+1"},    {"place 2", 1, 4, "2+1"},
        {"to.last", 0, 6, "0+2"},  {"to.last.last", 0, 6, "1+1"},
        {"subject", -1, 6, ""},    {"place to.last subject", 0, 6, "0+4 5+1"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_STRING_EQUAL(runs_of(cases[i].list, &names, cases[i].sample,
                                       cases[i].n_token), cases[i].runs);
    CU_ASSERT_STRING_EQUAL(runs_of("last 0", NULL, 1, 4), "0+1 3+1");
}

/* From within a run it is that run, whole. */
static void test_next(void)
{
    struct sample_positions *positions = NULL;
    struct position_span run;
    struct error err;

    CU_ASSERT_EQUAL(sample_positions_parse("1-3 5", &positions, &err), ST_OK);
    CU_ASSERT_TRUE(sample_positions_next(positions, NULL, 0, 6, 3, &run));
    CU_ASSERT_EQUAL(run.first, 1);
    CU_ASSERT_EQUAL(run.end, 4);
    CU_ASSERT_TRUE(sample_positions_next(positions, NULL, 0, 6, 4, &run));
    CU_ASSERT_EQUAL(run.first, 5);
    CU_ASSERT_FALSE(sample_positions_next(positions, NULL, 0, 6, 6, &run));
    sample_positions_free(positions);
}

/* The places of a sample's positions as text. */
static const char *places_of(const char *list, int sample, int n_token)
{
    static const int n_tokens[] = {6, 4};
    static char text[200];
    struct sample_positions *positions = NULL;
    struct position_span run;
    struct error err;
    int widths[8] = {0};

    sample_positions_parse(list, &positions, &err);
    CU_ASSERT_FATAL(sample_positions_n_item(positions) <= 8);
    for (int i = 0; i < 2; i++)
        sample_positions_widen(positions, &names, i, n_tokens[i], widths);
    text[0] = '\0';
    for (int at = 0; sample_positions_next(positions, &names, sample, n_token,
                                           at, &run); at = run.end)
        for (int i = run.first; i < run.end; i++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%d",
                     *text ? " " : "",
                     sample_positions_place(positions, &names, sample,
                                            n_token, widths, i));
    sample_positions_free(positions);
    return text;
}

static void test_places(void)
{
    static const struct {
        const char *list;
        int sample, n_token;
        const char *places;
    } cases[] = {
        {"0 5 -1", 0, 6, "0 1"},    {"0 5 -1", 1, 4, "0 2"},
        {"-1 0", 0, 6, "1 0"},      {"last -1", 1, 4, "0 1"},
        {"-5--3 0", 0, 6, "3 0 1 2"}, {"-5--3 0", 1, 4, "1 2"},
        {"3--1 0", 0, 6, "3 0 1 2"}, {"3--1 0", 1, 4, "3 0"},
        {"subject -1", 0, 6, "0 1 2 3"}, {"subject -1", 1, 4, "0 3"},
        {"place.first subject", 1, 4, "1"}, {"* 0", 1, 4, "0 1 2 3"},
        {"* 0", 0, 6, "0 1 2 3 4 5"}, {"2 1-3", 0, 6, "1 0 3"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_STRING_EQUAL(places_of(cases[i].list, cases[i].sample,
                                         cases[i].n_token), cases[i].places);
}

static void test_vary(void)
{
    static const struct {
        const char *list;
        const struct position_names *names;
        bool vary;
    } cases[] = {
        {"0 -1 2-5", &names, false}, {"last", NULL, false},
        {"last", &names, true},      {"0 subject", &names, true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sample_positions *positions = NULL;
        struct error err;

        sample_positions_parse(cases[i].list, &positions, &err);
        CU_ASSERT_EQUAL(sample_positions_vary(positions, cases[i].names),
                        cases[i].vary);
        sample_positions_free(positions);
    }
}

/* The message of a list that is wrong, whatever the samples, or for the two
 * samples above; "": it is right. */
static const char *mistake(const char *list, const struct position_names *of)
{
    static struct error err;
    struct sample_positions *positions = NULL;

    err = (struct error){0};
    if (sample_positions_parse(list, &positions, &err) == ST_OK)
        sample_positions_check(positions, of, 2, 6, &err);
    sample_positions_free(positions);
    CU_ASSERT(!err.status || err.status == ST_USAGE);
    return err.text;
}

static void test_mistakes(void)
{
    static const struct {
        const char *list, *says;
    } cases[] = {
        {"", "is empty"},          {" , ", "is empty"},
        {"3x", "'3x' is no position"}, {"3-", "'3-' is no position"},
        {"-", "'-' is no position"}, {"--1", "'--1' is no position"},
        {"-0", "'-0' is no position"}, {"1-2-3", "'1-2-3' is no position"},
        {"**", "'**' is no position"},
        {"99999999999", "'99999999999' is no position"},
        {"5-3", "5-3 runs backwards; write 3-5"},
        {"-1--3", "runs backwards; write -3--1"},
        {"6", "to have position 6; the longest has 6 tokens"},
        {"0-6", "position 6"},     {"-7", "position -7"},
        {"0 nobody", "named 'nobody'; there are 'last', 'subject', 'place'"},
        {"subject.middle", "named 'subject.middle'"},
        {"last.first", "named 'last.first'"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_PTR_NOT_NULL(strstr(mistake(cases[i].list, &names),
                                      cases[i].says));
    CU_ASSERT_STRING_EQUAL(mistake("0-5 -6 place.first last", &names), "");
    CU_ASSERT_PTR_NOT_NULL(strstr(mistake("subject", NULL),
                                  "named 'subject'; there is 'last'"));
}

/* A name that the input has, but no sample. */
static void test_nowhere(void)
{
    static const struct position_span none[2] = {{0, 0}, {0, 0}};
    static const struct position_names empty = {words, 1, none, NULL};

    CU_ASSERT_STRING_EQUAL(mistake("0 subject.last", &empty),
                           "no sample has the positions 'subject.last'");
}

CU_ErrorCode add_sample_positions_tests(void)
{
    CU_pSuite suite = CU_add_suite("sample-positions", NULL, NULL);

    CU_add_test(suite, "numbers", test_numbers);
    CU_add_test(suite, "lists and names", test_lists);
    CU_add_test(suite, "the next run", test_next);
    CU_add_test(suite, "places", test_places);
    CU_add_test(suite, "what depends on more than the length", test_vary);
    CU_add_test(suite, "mistakes", test_mistakes);
    CU_add_test(suite, "a name that no sample has", test_nowhere);
    return CU_get_error();
}
