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

static void test_refused(void)
{
    static const char *const bad[][2] = {
        {"[ab", "lacks a ]"}, {"[]", "lacks a ]"}, {"(a", "lacks a )"},
        {"a)", "too many"}, {"(a)\\1", "\\1"}, {"\\X", "\\X"},
        {"\\G", "\\G"}, {"\\K", "\\K"}, {"a\\", "\\"}, {"\\u12", "\\u"},
        {"\\ud800", "\\u"}, {"\\x{110000}", "\\x"}, {"\\xe4", "\\x"},
        {"[\\b]", "\\b in"}, {"a{,2}", "{,n}"}, {"a{2,1}", "{m,n}"},
        {"a{1,3}+", "{n,m}+"}, {"a{2}?", "{n}?"}, {"(?~a)", "special group"},
        {"(?P<a>b)", "special group"}, {"(?(a)b)", "special group"},
        {"(*FAIL)", "(*"}, {"\\pL", "\\p"}, {"*a", "a quantifier behind no"},
        {"^*", "a quantifier behind no"}, {"a+*", "a quantifier behind an"},
        {"\\p{Xyz}", "the class xyz"}, {"\\p{Script=Han}", "script=han"},
        {"\\p{In_Thai}", "the class inthai"}, {"\\p{:alpha}", "a class of"},
        {"[[:xyz:]]", "the class :xyz"}, {"[[:]]", "[: without"},
        {"[\\w-.]", "a hyphen behind a class"},
        {"[a-c-e]", "a hyphen behind a range"},
        {"[a-\\d]", "a range that does not"}, {"[b-a]", "a range that ends"},
        {"(?i)\u00df", "the other case is several"},
        {"(?i)[\\p{L}]", "the other case is several"},
        {"(?i)ss", "the other case is a single"},
        {"(?i:f{2})", "the other case is a single"},
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

/* Without parentheses of their own, options nest as groups do. */
static void test_deep_options(void)
{
    char deep[4 * 101 + 2] = "";
    struct regex *pattern = NULL;

    for (int i = 0; i < 101; i++)
        memcpy(deep + (size_t)i * 4, "(?i)", 5);
    CU_ASSERT_EQUAL(regex_new(deep, PATTERN_REGEX, &pattern, &err), ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "so deep nesting"));
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

static void test_syntax(void)
{
    check_isolated("a(b|c", "[^(\\s|[.,!])]", "a|(|b|||c");
    check_isolated("a]^b", "[]a]|[^]a]", "a|]|^|b");
    check_isolated("fgFG_", "[\\h_]+|\\H", "f|g|F|G|_");
    check_isolated("a\nb", "(?m:a.)b", "a\nb");
    check_isolated("a\nb", "a.b", "a\nb");
    check_isolated("xaBc", "a(?i)b|c", "x|aB|c");
    check_isolated("xaBac", "(a(?i)B|C)", "x|aB|ac");
    check_isolated("x a b", "(?x) a \\ b # a and b\n", "x |a b");
    check_isolated("abc", "b(?#not c)", "a|b|c");
    check_isolated("abab", "(?<two>ab){2}", "abab");
    check_isolated("a{1x", "a{", "a{|1x");
    check_isolated("b-d", "[a-c&&[^b]]|[b-d&&b-c]|-", "b|-|d");
    check_isolated("a-]", "[a-]|[\\]]", "a|-|]");
    check_isolated("ab-c d", "\\b", "ab|-|c| |d");
    check_isolated("ab", "\\Bb", "a|b");
    check_isolated("a\r\nb\u2028c", "\\R", "a|\r\n|b|\u2028|c");
    check_isolated("aKk\u212a", "(?i:k)", "a|K|k|\u212a");
    check_isolated("aKk\u212ab", "(?i:[^k])", "a|Kk\u212a|b");
    check_isolated("aAb", "(?i)\\p{Lu}", "a|A|b");
    check_isolated("aAb", "(?i)[\\p{Nd}a]", "a|A|b");
}

/* A group that has matched one way tries no other, wherever a match begins. */
static void test_atomic(void)
{
    check_isolated("abx", "(?>.*|.)[x]", "abx");
    check_isolated("abx", "(?>.*+|.){1,2}?[x]", "abx");
    check_isolated("xaab", "(?:(?>a*|a)|c)b", "x|aab");
    check_isolated("cabxcax", "(?>b{1,2}|a?+b*|[^a]++){1,2}?a?(?<![ab])",
                   "cabx|cax");
}

/* What PCRE2 has otherwise. */
static void test_classes(void)
{
    check_isolated("\u597d\u3002", "\\p{Han}+", "\u597d|\u3002");
    check_isolated("a\u20ac", "[[:punct:]]", "a|\u20ac");
    check_isolated("$a", "[[:punct:]]", "$|a");
    check_isolated("x\u00b2", "\\w+", "x\u00b2");
    check_isolated("\u24d0", "\\w", "\u24d0");
    check_isolated("aB1", "[[:^lower:]]", "a|B|1");
    check_isolated("aB1", "\\p{^Ll}|\\P{^Nd}", "a|B|1");
    check_isolated("aB", "\\p{Uppercase_Letter}", "a|B");
    check_isolated("aB", "\\p{ lowercase-LETTER}", "a|B");
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

    if (!suite || !CU_add_test(suite, "not supported", test_refused) ||
        !CU_add_test(suite, "deep options", test_deep_options) ||
        !CU_add_test(suite, "behaviors", test_behaviors) ||
        !CU_add_test(suite, "syntax", test_syntax) ||
        !CU_add_test(suite, "atomic groups", test_atomic) ||
        !CU_add_test(suite, "classes", test_classes) ||
        !CU_add_test(suite, "matches", test_matches))
        return CU_get_error();
    return CUE_SUCCESS;
}
