/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-text.c - texts of others, made harmless and printed. */
#include "tests.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *text, *harmless, *blank;
} cases[] = {
    {"", "", ""},
    {"plain \"text\" \\ caf\xc3\xa9", "plain \"text\" \\ caf\xc3\xa9",
     "plain \"text\" \\ caf\xc3\xa9"},
    {"\n\t\r", "\\n\\t\\x0d", "\n??"},
    {"\1\x1f\x7f\x1b[m", "\\x01\\x1f\\x7f\\x1b[m", "????[m"},
    /* C1, and the characters before and behind: ~ and the no-break space. */
    {"~\xc2\x80\xc2\x9f\xc2\xa0", "~\\xc2\\x80\\xc2\\x9f\xc2\xa0",
     "~????\xc2\xa0"},
    {"\xd8\x9b\xd8\x9c\xd8\x9d", "\xd8\x9b\\xd8\\x9c\xd8\x9d",
     "\xd8\x9b??\xd8\x9d"},
    /* U+200D stays, U+200E and U+200F do not, U+2010 does. */
    {"\xe2\x80\x8d\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\x90",
     "\xe2\x80\x8d\\xe2\\x80\\x8e\\xe2\\x80\\x8f\xe2\x80\x90",
     "\xe2\x80\x8d??????\xe2\x80\x90"},
    {"\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xae\xe2\x80\xaf",
     "\xe2\x80\xa7\\xe2\\x80\\xa8\\xe2\\x80\\xae\xe2\x80\xaf",
     "\xe2\x80\xa7??????\xe2\x80\xaf"},
    {"\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa",
     "\xe2\x81\xa5\\xe2\\x81\\xa6\\xe2\\x81\\xa9\xe2\x81\xaa",
     "\xe2\x81\xa5??????\xe2\x81\xaa"},
    /* No UTF-8: a lone byte, too long a form, a surrogate, a cut one. */
    {"\x9b\xc0\x9b\xed\xa0\x80\xe2\x80", "\\x9b\\xc0\\x9b\\xed\\xa0\\x80"
     "\\xe2\\x80", "????????"},
};

#define N_CASES (sizeof cases / sizeof cases[0])

static void test_harmless(void)
{
    for (size_t i = 0; i < N_CASES; i++) {
        size_t size = strlen(cases[i].text);
        char *harmless = text_harmless(cases[i].text, size);
        char blank[64];

        CU_ASSERT_STRING_EQUAL(harmless, cases[i].harmless);
        CU_ASSERT_EQUAL(text_is_harmless(cases[i].text),
                        strcmp(harmless, cases[i].text) == 0);
        CU_ASSERT_TRUE(text_is_harmless(harmless));
        memcpy(blank, cases[i].text, size + 1);
        text_blank(blank, size);
        CU_ASSERT_STRING_EQUAL(blank, cases[i].blank);
        free(harmless);
    }
}

/* What was printed into memory, against what snprintf makes. */
#define SAME(...)                                                             \
    do {                                                                      \
        char want[700], *got = NULL;                                          \
        size_t n = 0;                                                         \
        FILE *stream = open_memstream(&got, &n);                              \
        snprintf(want, sizeof want, __VA_ARGS__);                             \
        text_fprintf(stream, __VA_ARGS__);                                    \
        fclose(stream);                                                       \
        CU_ASSERT_STRING_EQUAL(got, want);                                    \
        free(got);                                                            \
    } while (0)

static void test_numbers(void)
{
    SAME("no more than this: 100 %%\n");
    SAME("%d|%5d|%-5d|%05d|%+d|% d|%.3d|%*d|%-*d", -1, 2, 3, -4, 5, 6, 7, 8,
         9, -10, 11);
    SAME("%u|%x|%X|%#x|%o", 4000000000u, 255u, 255u, 255u, 8u);
    SAME("%ld|%lu|%lld|%llu", -5000000000L, 5000000000UL, INT64_MIN + 0LL,
         UINT64_MAX + 0ULL);
    SAME("%zu|%jd|%" PRId32 "|%" PRIu64, SIZE_MAX, INTMAX_MIN, INT32_MIN,
         UINT64_MAX);
    SAME("%g|%.4g|%8.3f|%-8.1f|%+e|%.0f|%.*f", 0.1, 1e-9, 3.14159, 2.5, 1e300,
         0.5, 2, 1.005);
    SAME("%f|%g", 1e300, 1 / 3.0);
    SAME("%hd|%hhu", (short)-7, (unsigned char)200);
}

static void test_texts(void)
{
    SAME("%s|%5s|%-5s|%.2s|%*s|%-*.*s|%c|%3c|", "a", "b", "c", "def", 4, "g",
         6, 2, "hij", 'k', 'l');
    SAME("\033[1m%s\033[0m\n", "bold");
}

/* Harmless before the field is filled up. */
static void test_fields(void)
{
    char *got = NULL;
    size_t n = 0;
    FILE *stream = open_memstream(&got, &n);

    text_fprintf(stream, "%-6s|%6s|%.1s|%c\n", "\n", "\x1b", "\x9b\x9b",
                 '\r');
    fclose(stream);
    CU_ASSERT_STRING_EQUAL(got, "\\n    |  \\x1b|\\x9b|\\x0d\n");
    free(got);
}

/* Each comes before the next. */
static void test_natural(void)
{
    static const char *const texts[] = {
        "", "a", "h.0", "h.1.b", "h.1.w", "h.02", "h.2", "h.10", "h.10.0",
        "h.18446744073709551616", "h.18446744073709551617", "h.a", "i.1"};
    const int n = sizeof texts / sizeof *texts;

    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            int order = text_compare_natural(texts[i], texts[j]);

            CU_ASSERT_EQUAL((order > 0) - (order < 0), (i > j) - (i < j));
        }
}

CU_ErrorCode add_text_tests(void)
{
    CU_pSuite suite = CU_add_suite("text", NULL, NULL);

    if (!suite || !CU_add_test(suite, "made harmless", test_harmless) ||
        !CU_add_test(suite, "compared naturally", test_natural) ||
        !CU_add_test(suite, "numbers printed as printf does", test_numbers) ||
        !CU_add_test(suite, "texts likewise", test_texts) ||
        !CU_add_test(suite, "and harmless", test_fields))
        return CU_get_error();
    return CUE_SUCCESS;
}
