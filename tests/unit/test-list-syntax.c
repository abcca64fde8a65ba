/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-list-syntax.c - lists of numbers, heads and hook points. */
#include "plugin/list-syntax.h"
#include "tests.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* The numbers below `limit` that text chooses are these n. */
static void expect(const char *text, int limit, int n, ...)
{
    struct error err = {0};
    int32_t *list = NULL;
    size_t got = 0;
    va_list numbers;

    CU_ASSERT_EQUAL_FATAL(
        list_numbers(text, "layer", limit, &list, &got, &err), ST_OK);
    CU_ASSERT_PTR_NOT_NULL(list);
    CU_ASSERT_EQUAL_FATAL(got, (size_t)n);
    va_start(numbers, n);
    for (int i = 0; i < n; i++)
        CU_ASSERT_EQUAL(list[i], va_arg(numbers, int));
    va_end(numbers);
    free(list);
}

static void refuse(const char *text, int limit, const char *message)
{
    struct error err = {0};
    int32_t *list = NULL;
    size_t n = 77;

    CU_ASSERT_EQUAL(list_numbers(text, "layer", limit, &list, &n, &err),
                    ST_USAGE);
    CU_ASSERT_EQUAL(err.status, ST_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, message);
    CU_ASSERT_PTR_NULL(list);
    CU_ASSERT_EQUAL(n, 77);
}

static void numbers(void)
{
    expect("0-3 7", 12, 5, 0, 1, 2, 3, 7);
    expect("7,3 , 5\t3", 12, 3, 3, 5, 7);
    expect("*", 3, 3, 0, 1, 2);
    expect("2-2", 3, 1, 2);
    expect("1 *", 2, 2, 0, 1);
    expect("", 3, 0);
    expect(" ,, ", 3, 0);
    expect("*", 0, 0);
    expect("007", 12, 1, 7);
}

static void wrong_numbers(void)
{
    refuse("12", 12, "there is no layer 12; the model has layers 0 to 11");
    refuse("0 3-12", 12,
           "there is no layer 12; the model has layers 0 to 11");
    refuse("99999999999999999999999", 12,
           "there is no layer 99999999999999999999999; the model has layers "
           "0 to 11");
    refuse("4294967296", 12,
           "there is no layer 4294967296; the model has layers 0 to 11");
    refuse("0", 0, "there is no layer 0; the model has no layers");
    refuse("5-2", 12, "the range 5-2 runs backwards; write 2-5");
    refuse("two", 12, "'two' is not a layer; write a number such as 3, a "
                      "range such as 0-3, or *");
    refuse("-1", 12, "'-1' is not a layer; write a number such as 3, a "
                     "range such as 0-3, or *");
    refuse("1-", 12, "'' is not a layer; write a number such as 3, a "
                     "range such as 0-3, or *");
    refuse("0x1", 12, "'0x1' is not a layer; write a number such as 3, a "
                      "range such as 0-3, or *");
}

static void expect_heads(const char *text, int n_layer, int n_head, int n,
                         ...)
{
    struct error err = {0};
    struct transect_head *list;
    struct head_set *set = NULL;
    size_t got = 0;
    va_list args;

    CU_ASSERT_EQUAL_FATAL(list_heads(text, n_layer, n_head, &set, &err),
                          ST_OK);
    list = list_of_heads(set, &got);
    head_set_free(set);
    CU_ASSERT_EQUAL_FATAL(got, (size_t)n);
    va_start(args, n);
    for (int i = 0; i < n; i++) {
        CU_ASSERT_EQUAL(list[i].layer, va_arg(args, int));
        CU_ASSERT_EQUAL(list[i].head, va_arg(args, int));
    }
    va_end(args);
    free(list);
}

static void heads(void)
{
    expect_heads("L2H7", 12, 12, 1, 2, 7);
    expect_heads("L2H1, L0H3 L2H1", 3, 4, 2, 0, 3, 2, 1);
    expect_heads("L1H*", 2, 3, 3, 1, 0, 1, 1, 1, 2);
    expect_heads("L*H0", 3, 2, 3, 0, 0, 1, 0, 2, 0);
    expect_heads("L0-1H1", 3, 2, 2, 0, 1, 1, 1);
    expect_heads("L1H0-1", 3, 2, 2, 1, 0, 1, 1);
    expect_heads("*", 1, 2, 2, 0, 0, 0, 1);
    expect_heads("", 1, 2, 0);
}

static void groups(void)
{
    struct head_set *set = NULL;
    struct error err;

    CU_ASSERT_EQUAL_FATAL(list_groups("L1G*", 2, 2, &set, &err), ST_OK);
    CU_ASSERT_EQUAL(head_set_count(set), 2);
    CU_ASSERT_FALSE(head_set_any(set, 0));
    CU_ASSERT_TRUE(head_set_any(set, 1));
    CU_ASSERT_TRUE(head_set_layer(set, 1)[1]);
    head_set_free(set);
    set = NULL;
    CU_ASSERT_EQUAL(list_groups("L1G2", 2, 2, &set, &err), ST_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, "in 'L1G2': there is no group 2; the "
                                     "model has groups 0 to 1");
    CU_ASSERT_EQUAL(list_groups("L1H0", 2, 2, &set, &err), ST_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, "'L1H0' is not a group; write L2G7, "
                                     "L2G*, L*G0, L0-3G1 or *");
}

static void wrong_heads(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"L12H0", "in 'L12H0': there is no layer 12; the model has layers 0 "
                  "to 11"},
        {"L0H4", "in 'L0H4': there is no head 4; the model has heads 0 to 3"},
        {"2.7", "'2.7' is not a head; write L2H7, L2H*, L*H0, L0-3H1 or *"},
        {"LH1", "'LH1' is not a head; write L2H7, L2H*, L*H0, L0-3H1 or *"},
        {"L1H", "'L1H' is not a head; write L2H7, L2H*, L*H0, L0-3H1 or *"},
        {"L1", "'L1' is not a head; write L2H7, L2H*, L*H0, L0-3H1 or *"},
        {"L1HH2", "in 'L1HH2': 'H2' is not a head; write a number such as "
                  "3, a range such as 0-3, or *"},
    };
    struct head_set *set = NULL;
    struct error err;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CU_ASSERT_EQUAL(list_heads(cases[i].text, 12, 4, &set, &err),
                        ST_USAGE);
        CU_ASSERT_STRING_EQUAL(err.text, cases[i].message);
        CU_ASSERT_PTR_NULL(set);
    }
}

static void points(void)
{
    struct error err = {0};
    int32_t *list = NULL;
    size_t n = 0;

    CU_ASSERT_EQUAL_FATAL(
        list_points("resid_post, mlp_out resid_post", &list, &n, &err), ST_OK);
    CU_ASSERT_EQUAL_FATAL(n, 2);
    CU_ASSERT_EQUAL(list[0], TRANSECT_MLP_OUT);
    CU_ASSERT_EQUAL(list[1], TRANSECT_RESID_POST);
    free(list);
    CU_ASSERT_EQUAL_FATAL(list_points("*", &list, &n, &err), ST_OK);
    CU_ASSERT_EQUAL_FATAL(n, TRANSECT_N_POINTS);
    CU_ASSERT_EQUAL(list[n - 1], TRANSECT_N_POINTS - 1);
    free(list);
    CU_ASSERT_EQUAL(list_points("resid_pots", &list, &n, &err), ST_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, "'resid_pots' is not a hook point; did "
                                     "you mean 'resid_post'?");
}

CU_ErrorCode add_list_syntax_tests(void)
{
    CU_pSuite suite = CU_add_suite("select", NULL, NULL);

    if (!suite || !CU_add_test(suite, "numbers", numbers) ||
        !CU_add_test(suite, "wrong numbers", wrong_numbers) ||
        !CU_add_test(suite, "heads", heads) ||
        !CU_add_test(suite, "groups", groups) ||
        !CU_add_test(suite, "wrong heads", wrong_heads) ||
        !CU_add_test(suite, "points", points))
        return CU_get_error();
    return CUE_SUCCESS;
}
