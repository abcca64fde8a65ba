/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-regex.c - patterns and what is cut by them. What is right is what
 * Hugging Face's tokenizers 0.23 (Oniguruma) give, but for what is refused
 * and for invalid UTF-8. */
#include "regex/regex.h"
#include "tokenizer/pretokenize-split.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof (a) / sizeof *(a))

static struct error err;

static void check_translation(const char *regex, const char *right)
{
    char *pcre = NULL;

    err.text[0] = '\0';
    CU_ASSERT_EQUAL(regex_translate(regex, &pcre, &err), ST_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pcre);
    CU_ASSERT_STRING_EQUAL(pcre, right);
    free(pcre);
}

static void test_translation(void)
{
    check_translation("a+?|[^\\s\\p{L}]{1,3}(?!\\S)$",
                      "a+?|[^\\s\\p{L}]{1,3}(?!\\S)$");
    check_translation("[^(\\s|[.,!])]+", "[^(\\s|.,!)]+");
    check_translation("[]a]|[^]a]", "[\\]a]|[^\\]a]");
    check_translation("[[:alpha:]-]", "[[:alpha:]-]");
    check_translation("\\h[\\h_]\\H", "[0-9A-Fa-f][0-9A-Fa-f_][^0-9A-Fa-f]");
    check_translation("\\u4e00-", "\\x{4e00}-");
    check_translation("(?m:.)(?i-m:b)(?<=x)(?>y)",
                      "(?s:.)(?i-s:b)(?<=x)(?>y)");
    check_translation("(?i)a|b", "(?i)a|b");
    check_translation("\\p{^Lu}\\{\\[", "\\p{^Lu}\\{\\[");
}

static void test_refused(void)
{
    static const char *const bad[][2] = {
        {"[a-z&&b]", "&&"}, {"[a[^b]]", "a negated class"}, {"[ab", "lacks"},
        {"a\\b", "\\b"}, {"(a)\\1", "\\1"}, {"\\v", "\\v"}, {"a\\", "\\"},
        {"[\\W]", "\\W"}, {"\\u12", "\\u"}, {"a{,2}", "{,n}"},
        {"a{1,3}+", "{n,m}+"}, {"a{2}?", "{n}?"}, {"(?~a)", "special group"},
        {"(?P<a>b)", "special group"}, {"(*FAIL)", "(*"},
        {"a(?i)b|c", "(?i)"}, {"(?:(?m)a)", "(?i)"}, {"\\pL", "\\p"},
        {"(a", "not a regular expression"}, {"\\p{Xyz}", "not a regular"},
    };
    struct regex *pattern = NULL;
    size_t i;

    for (i = 0; i < COUNT(bad); i++) {
        err.text[0] = '\0';
        CU_ASSERT_EQUAL(regex_new(bad[i][0], PATTERN_REGEX, &pattern, &err),
                        ST_DATA);
        if (!strstr(err.text, bad[i][1]))
            printf("# %s: %s\n", bad[i][0], err.text);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, bad[i][1]));
    }
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

static void check_split(const char *text, struct pretokenize_split split,
                        const char *pattern, enum pattern_kind kind,
                        const char *right)
{
    struct joined joined = {""};

    CU_ASSERT_EQUAL_FATAL(regex_new(pattern, kind, &split.pattern, &err),
                          ST_OK);
    CU_ASSERT_EQUAL(split_run(&split, text, strlen(text), join, &joined,
                              &err), ST_OK);
    CU_ASSERT_STRING_EQUAL(joined.text, right);
    regex_free(split.pattern);
}

static void test_behaviors(void)
{
    static const struct {
        enum split_behavior behavior;
        const char *right, *inverted;
    } cases[] = {
        {SPLIT_REMOVED, "a|b|c", "-|-|-|-|-|-"},
        {SPLIT_ISOLATED, "-|-|a|-|b|-|-|c|-", "-|-|a|-|b|-|-|c|-"},
        {SPLIT_CONTIGUOUS, "--|a|-|b|--|c|-", "--|a|-|b|--|c|-"},
        {SPLIT_MERGED_WITH_PREVIOUS, "-|-|a-|b-|-|c-", "-|-a|-b|-|-c|-"},
        {SPLIT_MERGED_WITH_NEXT, "-|-a|-b|-|-c|-", "-|-|a-|b-|-|c-"},
    };
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        check_split("--a-b--c-",
                    (struct pretokenize_split){NULL, cases[i].behavior, false},
                    "-", PATTERN_LITERAL, cases[i].right);
        check_split("--a-b--c-",
                    (struct pretokenize_split){NULL, cases[i].behavior, true},
                    "-", PATTERN_LITERAL, cases[i].inverted);
    }
}

static void check_isolated(const char *text, const char *regex,
                           const char *right)
{
    check_split(text, (struct pretokenize_split){NULL, SPLIT_ISOLATED, false},
                regex, PATTERN_REGEX, right);
}

static void test_matches(void)
{
    check_isolated("abxxc", "x*", "a|b|xx|c"); /* empty matches cut */
    check_split(
        "abxxc",
        (struct pretokenize_split){NULL, SPLIT_MERGED_WITH_PREVIOUS, false},
        "x*", PATTERN_REGEX, "a|bxx|c");
    check_isolated("1a\nb\nab", "^a", "1a\nb\n|a|b");
    check_isolated("x'\u017f y'\ufb06 'K", "(?i:'s|'t|'k)",
                   "x|'\u017f| y'\ufb06 |'K");
    check_isolated("a\u180e b", "\\s", "a\u180e| |b");
    /* A letter of Unicode 16, a digit and a mark of 15. */
    check_isolated("1\ua7cb1", "\\p{Lu}", "1|\ua7cb|1");
    check_isolated("x\U00011f50x", "\\p{N}", "x|\U00011f50|x");
    check_isolated("x\U00011f00x", "\\p{Mn}", "x|\U00011f00|x");
    check_isolated("\U00031350", "\\p{Han}", "\U00031350");
    check_isolated("a\xff\xfe b\x80", "[a-z]", "a|\xff\xfe| |b|\x80");
    check_split("a.b.c",
                (struct pretokenize_split){NULL, SPLIT_REMOVED, false}, ".",
                PATTERN_LITERAL, "a|b|c");
}

CU_ErrorCode add_regex_tests(void)
{
    CU_pSuite suite = CU_add_suite("pattern", NULL, NULL);

    if (!suite || !CU_add_test(suite, "translation", test_translation) ||
        !CU_add_test(suite, "not supported", test_refused) ||
        !CU_add_test(suite, "behaviors", test_behaviors) ||
        !CU_add_test(suite, "matches", test_matches))
        return CU_get_error();
    return CUE_SUCCESS;
}
