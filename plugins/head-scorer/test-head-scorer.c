/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-head-scorer.c - scores of whole runs against the float64 reference,
 * and the variants that are made of them. */
#include "experiment-fixture.h"
#include "base/mem.h"
#include "reference.h"
#include "unit/tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Mean over samples and all query rows of pattern[:, position], by head. */
static bool score(const struct trial *trial, int position, int n_layer,
                  int n_head, double *scores)
{
    memset(scores, 0, (size_t)(n_layer * n_head) * sizeof *scores);
    for (int s = 0; s < trial->n_sample; s++) {
        struct reference *reference;
        int rows, cols;

        if (reference_run(trial->model, trial->tokens + s * trial->n_token,
                          trial->n_token, &reference)) {
            CU_FAIL("the reference failed");
            return false;
        }
        for (int i = 0; i < n_layer * n_head; i++) {
            const double *pattern =
                reference_get(reference, TRANSECT_PATTERN, i / n_head,
                              i % n_head, &rows, &cols);

            for (int t = 0; t < rows; t++)
                scores[i] += pattern[t * cols + position] /
                             (rows * trial->n_sample);
        }
        reference_free(reference);
    }
    return true;
}

static void check_table(const struct transect_table *table,
                        const double *scores, int n_layer, int n_head)
{
    const int n = n_layer * n_head;

    CU_ASSERT_EQUAL(table_rows(table), (size_t)n);
    for (int i = 0; i < n; i++) {
        size_t row = (size_t)i;
        int rank = 1;

        for (int j = 0; j < n; j++)
            rank += scores[j] > scores[i];
        CU_ASSERT_EQUAL(trial_number(table, row, "layer"), i / n_head);
        CU_ASSERT_EQUAL(trial_number(table, row, "head"), i % n_head);
        CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "score"), scores[i],
                               1e-5 * scores[i]);
        CU_ASSERT_EQUAL(trial_number(table, row, "rank"), rank);
    }
}

/* Instances for three positions: the first, one inside, and the last, which
 * a single query sees. */
static void check_run(const struct model_recipe *recipe, int n_sample,
                      int n_token)
{
    const int positions[] = {0, n_token / 2, n_token - 1};
    static const char *const ids[] = {"head-scorer", "head-scorer:middle",
                                      "head-scorer:last"};
    double *scores = mem_new((size_t)(recipe->layers * recipe->heads),
                             sizeof *scores);
    char *sections = mem_printf("[plugin head-scorer]\n"
                                "[plugin head-scorer:middle]\n"
                                "position = %d\n"
                                "[plugin head-scorer:last]\nposition = %d\n",
                                positions[1], positions[2]);
    struct trial trial;

    if (trial_make(&trial, recipe, n_sample, n_token)) {
        if (trial_do(&trial, sections))
            for (int i = 0; i < 3; i++)
                if (score(&trial, positions[i], recipe->layers,
                          recipe->heads, scores))
                    check_table(trial_table(&trial, "baseline", ids[i],
                                            "heads"),
                                scores, recipe->layers, recipe->heads);
        trial_remove(&trial);
    }
    free(sections);
    free(scores);
}

/* Packed short samples; samples of more than one row block, not a multiple
 * of it; a single token. */
static void test_scores(void)
{
    static const struct model_recipe small = {
        .layers = 3, .heads = 4, .width = 64, .seed = 31};
    static const struct model_recipe large = {
        .layers = 2, .heads = 5, .width = 80, .context = 300, .seed = 32};

    check_run(&small, 7, 20);
    check_run(&large, 2, 300);
    check_run(&large, 1, 129);
}

/* All attention is that of a token to itself, so all heads are equal: the
 * order is then that of the file. */
static void test_ties(void)
{
    static const struct model_recipe recipe = {
        .layers = 2, .heads = 2, .width = 32, .seed = 33};
    const struct transect_table *table;
    struct trial trial;

    if (!trial_make(&trial, &recipe, 2, 1))
        return;
    if (trial_do(&trial, "[plugin head-scorer]\n")) {
        table = trial_table(&trial, "baseline", "head-scorer", "heads");
        for (size_t i = 0; i < 4; i++) {
            CU_ASSERT_EQUAL(trial_number(table, i, "score"), 1);
            CU_ASSERT_EQUAL(trial_number(table, i, "rank"), i + 1);
        }
    }
    trial_remove(&trial);
}

/* Is the head among the n highest (sign 1) or lowest (-1) of its layer? */
static bool belongs(const double *layer, int n_head, int head, int n,
                    int sign)
{
    int n_before = 0;

    for (int h = 0; h < n_head; h++)
        n_before += sign * layer[h] > sign * layer[head];
    return n_before < n;
}

static void check_variant(const struct trial *trial, const char *variant,
                          const double *scores, int n_layer, int n_head,
                          int n, int sign)
{
    const struct transect_ctx *pruner = trial_instance(trial, variant,
                                                       "pruner");
    const struct option_value *heads;

    if (!pruner)
        return;
    heads = options_find(&pruner->options, "heads");
    CU_ASSERT_EQUAL_FATAL(heads->n, (size_t)(n_layer * n));
    for (size_t i = 0; i < heads->n; i++)
        CU_ASSERT(belongs(scores + heads->heads[i].layer * n_head, n_head,
                          heads->heads[i].head, n, sign));
}

/* prune.ini, appended to the experiment, gives a top and a bottom variant;
 * it is the second file of a run, so its text is copied first. */
static void check_appended(struct trial *trial, const double *scores,
                           int n_layer, int n_head, int n)
{
    const struct transect_ctx *scorer = trial_instance(trial, "baseline",
                                                       "head-scorer");
    char *sections;

    CU_ASSERT_EQUAL_FATAL(scorer->own.n_files, 1);
    CU_ASSERT_STRING_EQUAL(scorer->own.files[0].name, "prune.ini");
    sections = mem_printf("[plugin layerwise-stats]\n%.*s",
                          (int)scorer->own.files[0].size,
                          (const char *)scorer->own.files[0].bytes);
    if (trial_do(trial, sections)) {
        CU_ASSERT_EQUAL(trial->plan->n_variants, 3);
        check_variant(trial, "top", scores, n_layer, n_head, n, 1);
        check_variant(trial, "bottom", scores, n_layer, n_head, n, -1);
    }
    free(sections);
}

static void test_variants(void)
{
    static const struct model_recipe recipe = {
        .layers = 12, .heads = 6, .width = 96, .seed = 34};
    static const char *const sections[] = {
        "[plugin head-scorer]\n", "[plugin head-scorer]\ntop = 1\n"};
    const int n_top[] = {3, 1};
    double scores[12 * 6];
    struct trial trial;

    if (!trial_make(&trial, &recipe, 2, 16))
        return;
    for (int i = 0; i < 2; i++)
        if (score(&trial, 0, 12, 6, scores) &&
            trial_do(&trial, sections[i]))
            check_appended(&trial, scores, 12, 6, n_top[i]);
    trial_remove(&trial);
}

static void test_saying(void)
{
    static const struct model_recipe recipe = {
        .layers = 1, .heads = 2, .seed = 35};
    static const char none[] = "0 of 2 heads give position 3 more than half "
                               "of their attention; most, 0.";
    const struct transect_ctx *scorer;
    struct trial trial;

    if (!trial_make(&trial, &recipe, 1, 8))
        return;
    if (trial_do(&trial, "[plugin head-scorer]\nposition = 3\n")) {
        scorer = trial_instance(&trial, "baseline", "head-scorer");
        CU_ASSERT_EQUAL_FATAL(scorer->own.n_sayings, 1);
        CU_ASSERT_PTR_NOT_NULL(strstr(scorer->own.sayings[0], "position 3"));
        CU_ASSERT_PTR_NOT_NULL(strstr(scorer->own.sayings[0], "L0H"));
        CU_ASSERT_EQUAL_FATAL(scorer->own.n_verdicts, 1);
        CU_ASSERT_NSTRING_EQUAL(scorer->own.verdicts[0].text, none,
                                sizeof none - 1);
    }
    trial_remove(&trial);
}

/* Of a single token all attention goes to it. */
static void test_verdict(void)
{
    static const struct model_recipe recipe = {
        .layers = 3, .heads = 2, .seed = 37};
    const struct transect_ctx *scorer;
    struct trial trial;

    if (!trial_make(&trial, &recipe, 2, 1))
        return;
    if (trial_do(&trial, "[plugin head-scorer]\n")) {
        scorer = trial_instance(&trial, "baseline", "head-scorer");
        CU_ASSERT_EQUAL_FATAL(scorer->own.n_verdicts, 1);
        CU_ASSERT_STRING_EQUAL(scorer->own.verdicts[0].text,
                               "6 of 6 heads give position 0 more than half "
                               "of their attention: 2 in layer 0, 2 in layer "
                               "1, 2 in layer 2.");
    }
    trial_remove(&trial);
}

static void test_refusals(void)
{
    static const struct model_recipe recipe = {.seed = 36};
    struct trial trial;

    if (!trial_make(&trial, &recipe, 2, 8))
        return;
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin head-scorer]\n"
                                       "position = 8\n"), ST_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, "position = 8"));
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin head-scorer]\n"
                                       "position = -1\n"), ST_USAGE);
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin head-scorer]\n"
                                       "top = 0\n"), ST_USAGE);
    trial_remove(&trial);
}

CU_ErrorCode add_head_scorer_tests(void)
{
    CU_pSuite suite = CU_add_suite("head-scorer", NULL, NULL);

    CU_add_test(suite, "scores against the reference", test_scores);
    CU_add_test(suite, "ranks of equal scores", test_ties);
    CU_add_test(suite, "prune.ini makes variants", test_variants);
    CU_add_test(suite, "the finding in words", test_saying);
    CU_add_test(suite, "the verdict", test_verdict);
    CU_add_test(suite, "options out of range", test_refusals);
    return CU_get_error();
}
