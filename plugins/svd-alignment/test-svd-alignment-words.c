/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-svd-alignment-words.c - which tokens are words, and the statistics of
 * groups against SciPy's. */
#include "words.h"

#include "base/mem.h"
#include "plugin/plugin-instance.h"
#include "unit/tests.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <transect/kit/statistics.h>

#define CLOSE(got, want) \
    CU_ASSERT_DOUBLE_EQUAL((got), (want), 1e-9 * fabs(want))

static struct piece piece(const char *text)
{
    return (struct piece){text, text ? strlen(text) : 0};
}

static void test_words(void)
{
    static const struct {
        const char *before, *text;
        enum group group;
    } cases[] = {
        {"x", " the", FUNCTION_WORD},     {"x", " The", FUNCTION_WORD},
        {"x", " THE", FUNCTION_WORD},     {"x", " house", CONTENT_WORD},
        {NULL, "The", FUNCTION_WORD},     {"", "of", FUNCTION_WORD},
        {"(", "the", FUNCTION_WORD},      {"\n", "House", CONTENT_WORD},
        {"'", "and", FUNCTION_WORD},      {"x", "the", NO_WORD},
        {"3", "rd", NO_WORD},             {" don", "'t", NO_WORD},
        {"x", " '", NO_WORD},             {"x", " o'clock", CONTENT_WORD},
        {"x", " dogs'", CONTENT_WORD},    {"x", ",", NO_WORD},
        {"x", " ,", NO_WORD},             {"x", " 1984", NO_WORD},
        {"x", " mp3", NO_WORD},           {"x", " ", NO_WORD},
        {"x", "", NO_WORD},               {"x", NULL, NO_WORD},
        {"x", "  the", NO_WORD},          {"x", "\nthe", NO_WORD},
        {"<|endoftext|>", "A", FUNCTION_WORD},
        {"x", "<|endoftext|>", NO_WORD},
        {"x", " \xc3\xbc" "ber", FUNCTION_WORD}, /* in the list below */
        {"x", " \xc3\x9c" "ber", CONTENT_WORD},  /* only A-Z is folded */
        {"\xc3\xa9", "the", NO_WORD},     {"x", " caf\xc3\xa9", CONTENT_WORD},
        {"x", " 2\xc3\x97", NO_WORD},     {"x", " a\xc3\x97", NO_WORD},
        {"x", " a\xc3\xb7", NO_WORD},     {"x", " \xc3", NO_WORD},
        {"x", " a\xc2\xa0", NO_WORD},     {"x", " \xe2\x80\x94", NO_WORD},
        {"\xe2\x80\x9c", "the", FUNCTION_WORD},
        {"x", " \xc9\x8f", CONTENT_WORD}, {"x", " \xc9\x90", NO_WORD},
        {"x", " \xd7\x90", NO_WORD},
    };
    struct transect_ctx *ctx = mem_new(1, sizeof *ctx);
    struct words words = words_make(ctx, &host_table,
                                    " the,OF  and\ta\n\xc3\xbc" "ber, ");

    CU_ASSERT_EQUAL(words.n, 5);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum group group = words_classify(&words, piece(cases[i].text),
                                          piece(cases[i].before));

        CU_ASSERT_EQUAL(group, cases[i].group);
        if (group != cases[i].group)
            printf("# '%s' after '%s' is %d\n",
                   cases[i].text ? cases[i].text : "(none)",
                   cases[i].before ? cases[i].before : "(none)", (int)group);
    }
    instance_free(ctx);
}

static void test_lists(void)
{
    struct transect_ctx *ctx = mem_new(1, sizeof *ctx);
    struct words words = words_make(ctx, &host_table, "");
    char longest[200];

    memset(longest, 'a', sizeof longest);
    CU_ASSERT_EQUAL(words.n, 0);
    CU_ASSERT_EQUAL(words_classify(&words, piece(" the"), piece(NULL)),
                    CONTENT_WORD);
    CU_ASSERT_EQUAL(words_classify(&words,
                                   (struct piece){longest, sizeof longest},
                                   piece(NULL)), CONTENT_WORD);
    words = words_make(ctx, &host_table, words_english);
    CU_ASSERT_EQUAL(words.n, 202);
    for (size_t i = 1; i < words.n; i++)
        CU_ASSERT_TRUE(strcmp(words.list[i - 1], words.list[i]) < 0);
    instance_free(ctx);
}

/* scipy.special.betainc of SciPy 1.17. */
static void test_beta(void)
{
    static const struct {
        double a, b, x, value;
    } cases[] = {
        {0.5, 0.5, 0.3, 0.36901011956554536},
        {2, 3, 0.25, 0.26171875},
        {5, 0.5, 0.9, 0.31664291502001218},
        {500, 0.5, 0.999, 0.31731044730971725},
        {1e4, 0.5, 0.9995, 0.0015634901922566109},
        {308.5, 0.5, 0.49, 1.1957918895845517e-97},
        {0.7, 12, 0.01, 0.23646200471340817},
        {50, 50, 0.5, 0.5},
        {1e5, 0.5, 0.99999, 0.15729868816242573},
        {3, 4, 0, 0},
        {3, 4, 1, 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CLOSE(transect_beta(cases[i].a, cases[i].b, cases[i].x,
                               1 - cases[i].x), cases[i].value);
}

static struct transect_moments moments_of(const double *x, int n, double shift)
{
    struct transect_moments moments = {0};

    for (int i = 0; i < n; i++)
        transect_moments_add(&moments, x[i] + shift);
    return moments;
}

/* Of one and of two degrees of freedom there are closed forms (Abramowitz and
 * Stegun, 26.7.3 and 26.7.4). */
static void test_student(void)
{
    double pi = acos(-1);

    CLOSE(transect_student_p(2, 1),
          1 - 2 / pi * atan(2)); /* two samples: 0.295 */
    CLOSE(transect_student_p(-2, 1), 1 - 2 / pi * atan(2));
    CLOSE(transect_student_p(3, 2), 1 - 3 / sqrt(11));
    CLOSE(transect_student_p(0, 7), 1.0);
    CU_ASSERT_EQUAL(transect_student_p(INFINITY, 3), 0);
    CU_ASSERT_TRUE(isnan(transect_student_p(NAN, 3)));
    /* Here rounding puts both x and 1 - x above the bound of convergence;
     * scipy.stats.t.sf of SciPy 1.17, twice. */
    CLOSE(transect_student_p(1.7029386365926402, 58), 0.09393337340990354);
    CLOSE(transect_student_p(1.7254018355887055, 259), 0.08564786014802733);
}

/* Two groups of the same value each differ beyond any doubt, or not at all. */
static void test_no_variance(void)
{
    static const double a[] = {2, 2, 2}, b[] = {3, 3};
    struct transect_moments in_a = moments_of(a, 3, 0),
                            in_b = moments_of(b, 2, 0);
    struct transect_welch welch = transect_welch_of(&in_a, &in_b);

    CU_ASSERT_EQUAL(welch.difference, -1);
    CU_ASSERT_EQUAL(welch.t, -INFINITY);
    CU_ASSERT_EQUAL(welch.d, -INFINITY);
    CU_ASSERT_EQUAL(welch.p, 0);
    CU_ASSERT_TRUE(isnan(welch.df));
    CU_ASSERT_EQUAL(transect_welch_of(&in_b, &in_a).t, INFINITY);
    welch = transect_welch_of(&in_a, &in_a);
    CU_ASSERT_TRUE(isnan(welch.t) && isnan(welch.p) && isnan(welch.d));
    CU_ASSERT_EQUAL(welch.difference, 0);
    in_b = moments_of(b, 1, 0);
    CU_ASSERT_TRUE(isnan(transect_welch_of(&in_a, &in_b).p));
}

/* scipy.stats.ttest_ind(a, b, equal_var=False) of SciPy 1.17. */
static void test_welch(void)
{
    static const double a[] = {0.61, 0.58, 0.7, 0.66, 0.49, 0.9},
                        b[] = {0.31, 0.44, 0.52, 0.29};
    struct transect_moments in_a = moments_of(a, 6, 0),
                            in_b = moments_of(b, 4, 0);
    struct transect_welch welch = transect_welch_of(&in_a, &in_b), back;

    CLOSE(welch.t, 3.3827318874467953);
    CLOSE(welch.df, 7.6401658395222816);
    CLOSE(welch.p, 0.010278512199834316);
    CLOSE(welch.d, 2.0702544426287735);
    CLOSE(transect_moments_std(&in_a), 0.12710450643291746);
    back = transect_welch_of(&in_b, &in_a);
    CU_ASSERT_EQUAL(back.t, -welch.t);
    CU_ASSERT_EQUAL(back.p, welch.p);
    in_a = moments_of(a, 6, 1e6); /* a large mean spoils nothing */
    CU_ASSERT_DOUBLE_EQUAL(transect_moments_std(&in_a), 0.12710450643291746,
                           1e-9);
    in_b = moments_of(b, 1, 0);
    welch = transect_welch_of(&in_a, &in_b);
    CU_ASSERT_TRUE(isnan(welch.t) && isnan(welch.p) && isnan(welch.d));
    CU_ASSERT_FALSE(isnan(welch.difference));
    in_b = moments_of(b, 0, 0);
    CU_ASSERT_TRUE(isnan(transect_welch_of(&in_a, &in_b).difference));
    CU_ASSERT_TRUE(isnan(transect_moments_std(&in_b)));
}

CU_ErrorCode add_svd_alignment_words_tests(void)
{
    CU_pSuite suite = CU_add_suite("svd-alignment-words", NULL, NULL);

    CU_add_test(suite, "which tokens are words", test_words);
    CU_add_test(suite, "lists of words", test_lists);
    CU_add_test(suite, "incomplete beta function", test_beta);
    CU_add_test(suite, "groups without variance", test_no_variance);
    CU_add_test(suite, "Student's t", test_student);
    CU_add_test(suite, "Welch's test", test_welch);
    return CU_get_error();
}
