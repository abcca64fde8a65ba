/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-table-choice.c - lists that a table decides. */
#include "results/table-choice.h"
#include "tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct choice_space heads = {
    "heads", {"layer", "head"}, {3, 2}, 'H', false};
static const struct choice_space layers = {
    "layers", {"layer", NULL}, {3, 0}, 0, false};
static const struct choice_space positions = {
    "positions", {"position", NULL}, {100, 0}, 0, true};

/* Layer, head, kind, a key of no whole number, score and rank of 3 layers of 2
 * heads; of L1H0 the score is no number, and a row of layer -1 is of none. */
static struct transect_table *scores(void)
{
    static const struct transect_column columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"head", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"kind", TRANSECT_COL_TEXT, TRANSECT_COL_KEY},
        {"scale", TRANSECT_COL_REAL, TRANSECT_COL_KEY},
        {"score", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"rank", TRANSECT_COL_INT, TRANSECT_COL_INFO}};
    static const double values[2][6] = {{0.5, 2, NAN, 0.5, 1, -3},
                                        {6, 5, 4, 3, 2, 1}};
    struct transect_table *table = table_new("heads", columns, 6);

    for (int kind = 0; kind < 2; kind++) {
        for (int i = 5; i >= 0; i--) {
            table_put_int(table, i / 2);
            table_put_int(table, i % 2);
            table_put_text(table, kind ? "copying" : "induction");
            table_put_real(table, 0.5);
            table_put_real(table, values[kind][i]);
            table_put_int(table, i);
        }
        table_put_int(table, -1);
        table_put_int(table, 0);
        table_put_text(table, kind ? "copying" : "induction");
        table_put_real(table, 0.5);
        table_put_real(table, 100);
        table_put_int(table, 6);
    }
    return table;
}

/* By the rank in the table; NULL: refused, with `part` in the message. */
static void expect_ranked(const struct choice_space *space, const char *text,
                          const char *column, const char *list,
                          const char *part)
{
    struct transect_table *table = scores();
    const struct transect_table *found;
    struct error err = {0};
    struct choice choice;
    char *got = NULL;
    size_t number;
    int status = choice_parse(text, &choice, &err);

    if (!status)
        status = choice_find(space, &table, 1, column, &found, &number, &err);
    if (!status)
        status = choice_rank(&choice, space, found, number, &got, &err);
    CU_ASSERT_EQUAL(status, list ? ST_OK : ST_USAGE);
    if (list && got)
        CU_ASSERT_STRING_EQUAL(got, list);
    if (part)
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, part));
    free(got);
    choice_clear(&choice);
    table_free(table);
}

/* Equal ones come in the order of keys. */
static void test_rank(void)
{
    expect_ranked(&heads, "top 3 by p.score where kind induction", "score",
                  "L0H1 L2H0 L0H0", NULL);
    expect_ranked(&heads, "top 4 by p.score where kind induction",
                  "heads.score", "L0H1 L2H0 L0H0 L1H1", NULL);
    expect_ranked(&heads, "bottom 2 by p.score where kind induction", "score",
                  "L2H1 L0H0", NULL);
    expect_ranked(&heads,
                  "top 2 by p.score where kind copying and layer 1-2",
                  "score", "L1H0 L1H1", NULL);
    expect_ranked(&heads,
                  "bottom 2 by p.rank where layer 0 2 and head 1 and "
                  "kind copying", "rank", "L0H1 L2H1", NULL);
    expect_ranked(&layers, "top 2 by p.score where kind copying and head 1",
                  "score", "0 1", NULL);
}

static void test_refused(void)
{
    expect_ranked(&heads, "top 6 by p.score where kind induction", "score",
                  NULL, "there are 5 heads to choose from, and 6");
    expect_ranked(&heads, "top 1 by p.score", "score", NULL,
                  "table heads has several rows of L0H0");
    expect_ranked(&layers, "top 1 by p.score where kind copying", "score",
                  NULL, "several rows of layer 0;");
    expect_ranked(&heads, "top 1 by p.score where laier 1", "score", NULL,
                  "has no key 'laier'");
    expect_ranked(&heads, "top 1 by p.score where layer x", "score", NULL,
                  "'x' is neither a number nor a range");
    expect_ranked(&heads, "top 1 by p.score where scale 1", "score", NULL,
                  "the key scale of the table heads is no whole number and no "
                  "word");
    expect_ranked(&heads, "top 1 by p.scores", "scores", NULL,
                  "no column 'scores' of numbers; it has heads.score, "
                  "heads.rank");
    expect_ranked(&heads, "top 1 by p.kind", "kind", NULL, "no column 'kind'");
    expect_ranked(&positions, "top 1 by p.score", "score", NULL,
                  "score of its table heads is not of positions");
}

static void test_two_tables(void)
{
    struct transect_table *tables[2] = {scores(), scores()};
    const struct transect_table *found;
    struct error err = {0};
    size_t number;

    CU_ASSERT_EQUAL(choice_find(&heads, tables, 2, "score", &found, &number,
                                &err), ST_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, "'score' is in its tables heads and "
                                     "heads; write heads.score");
    table_free(tables[0]);
    table_free(tables[1]);
}

static void test_syntax(void)
{
    static const char *const wrong[] = {
        "top", "top 0 by p.score", "top x by p.score", "top 3", "top 3 by",
        "top 3 p.score", "top 3 by p.score layer 1", "top 3 by p.score where",
        "top 3 by p.score where layer", "top 3 by p.score where layer 1 and",
        "random 3 by p.score", "random", "random 2 of 3 in *"};
    struct choice choice;
    struct error err;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CU_ASSERT(choice_is(wrong[i]));
        CU_ASSERT_EQUAL(choice_parse(wrong[i], &choice, &err), ST_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "is not top N by"));
    }
    CU_ASSERT_FALSE(choice_is("L2H7"));
    CU_ASSERT_FALSE(choice_is("topmost 3"));
    CU_ASSERT_FALSE(choice_is(""));
}

/* What is drawn, or stands in; NULL: refused. */
static char *choose(const char *text, const struct choice_space *space,
                    uint64_t key, bool draw)
{
    struct choice choice;
    struct error err;
    char *list = NULL;

    CU_ASSERT_EQUAL_FATAL(choice_parse(text, &choice, &err), ST_OK);
    if (draw)
        choice_draw(&choice, space, key, &list, &err);
    else
        choice_stand_in(&choice, space, &list, &err);
    choice_clear(&choice);
    return list;
}

static void expect_chosen(const char *text, const struct choice_space *space,
                          bool draw, const char *list)
{
    char *got = choose(text, space, 7, draw);

    if (list && got)
        CU_ASSERT_STRING_EQUAL(got, list);
    CU_ASSERT_EQUAL(!list, !got);
    free(got);
}

static void test_random(void)
{
    char *one = choose("random 3", &heads, 1, true);
    char *same = choose("random 3", &heads, 1, true);
    bool differs = false;

    CU_ASSERT_STRING_EQUAL(one, same);
    for (uint64_t key = 2; key < 20; key++) {
        char *other = choose("random 3", &heads, key, true);

        differs |= strcmp(one, other) != 0;
        free(other);
    }
    CU_ASSERT(differs);
    expect_chosen("random 4 where layer 1-2", &heads, true,
                  "L1H0 L1H1 L2H0 L2H1");
    expect_chosen("random 2 where layer 0 2", &layers, true, "0 2");
    expect_chosen("random 5 where layer 1-2", &heads, true, NULL);
    expect_chosen("random 1 where kind copying", &heads, true, NULL);
    expect_chosen("random 1", &positions, true, NULL);
    expect_chosen("random 2 where position 3 7", &positions, true, "3 7");
    free(one);
    free(same);
}

static void test_stand_in(void)
{
    expect_chosen("top 3 by p.score where layer 1-2", &heads, false,
                  "L1H0 L1H1 L2H0");
    expect_chosen("top 2 by p.score where kind copying", &layers, false,
                  "0 1");
    expect_chosen("top 4 by p.score", &layers, false, NULL);
    expect_chosen("bottom 2 by p.score", &positions, false, "0 1");
}

CU_ErrorCode add_table_choice_tests(void)
{
    CU_pSuite suite = CU_add_suite("table choice", NULL, NULL);

    if (!suite)
        return CU_get_error();
    CU_add_test(suite, "by rank", test_rank);
    CU_add_test(suite, "what is refused", test_refused);
    CU_add_test(suite, "a column of two tables", test_two_tables);
    CU_add_test(suite, "as text", test_syntax);
    CU_add_test(suite, "random ones", test_random);
    CU_add_test(suite, "what stands in", test_stand_in);
    return CU_get_error();
}
