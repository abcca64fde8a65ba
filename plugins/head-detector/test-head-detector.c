/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-head-detector.c - scores of whole runs against detection patterns that
 * are written out. */
#include "experiment-fixture.h"
#include "base/mem.h"
#include "reference.h"
#include "unit/tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {"previous", "duplicate", "induction",
                                    "first", "current"};

#define N_KINDS 5

/* What a head of the kind attends to, as get_..._detection_pattern() of
 * TransformerLens has it: for induction that of duplicates, moved by one to
 * the right. */
static bool detects(int kind, const int32_t *tokens, int query, int key)
{
    switch (kind) {
    case 0:
        return key == query - 1;
    case 1:
        return key < query && tokens[key] == tokens[query];
    case 2:
        return key > 0 && detects(1, tokens, query, key - 1);
    case 3:
        return key == 0;
    default:
        return key == query;
    }
}

struct excluded {
    bool bos, current;
};

/* Both scores of one pattern (n, n); NaN of a kind of which exclusion leaves
 * nothing. */
static void score(const double *pattern, const int32_t *tokens, int n,
                  int kind, struct excluded excluded, double scores[2])
{
    double on = 0, all = 0, distance = 0;
    bool left = !excluded.bos && !excluded.current;

    for (int query = 0; query < n; query++)
        for (int key = 0; key < n; key++) {
            double a = pattern[query * n + key];
            double d = key <= query && detects(kind, tokens, query, key);

            if ((excluded.bos && key == 0) ||
                (excluded.current && key == query))
                continue;
            left |= d > 0;
            on += a * d;
            all += a;
            distance += fabs(a - d);
        }
    scores[0] = left ? on / all : NAN;
    scores[1] = left ? 1 - distance / n : NAN;
}

/* (n_sample, heads, N_KINDS, 2) of the float64 reference. */
static double *reference_scores(const struct trial *trial, int n_head,
                                int n_layer, struct excluded excluded)
{
    const int heads = n_layer * n_head;
    double *scores = mem_new((size_t)(trial->n_sample * heads * N_KINDS * 2),
                             sizeof *scores);

    for (int s = 0; s < trial->n_sample; s++) {
        const int32_t *tokens = trial->tokens + s * trial->n_token;
        struct reference *reference;
        int rows, cols;

        CU_ASSERT_EQUAL_FATAL(reference_run(trial->model, tokens,
                                            trial->n_token, &reference), 0);
        for (int i = 0; i < heads * N_KINDS; i++)
            score(reference_get(reference, TRANSECT_PATTERN,
                                i / N_KINDS / n_head, i / N_KINDS % n_head,
                                &rows, &cols),
                  tokens, trial->n_token, i % N_KINDS, excluded,
                  scores + (s * heads * N_KINDS + i) * 2);
        reference_free(reference);
    }
    return scores;
}

/* A row's mean and standard error, of `scores` that are `step` apart. */
static void check_row(const struct transect_table *table, size_t row,
                      const double *scores, int step, int n_sample)
{
    double sum = 0, squares = 0;
    int n = 0;

    for (int s = 0; s < n_sample; s++)
        if (!isnan(scores[s * step])) {
            sum += scores[s * step];
            n++;
        }
    for (int s = 0; s < n_sample; s++)
        if (!isnan(scores[s * step]))
            squares += pow(scores[s * step] - sum / n, 2);
    CU_ASSERT_EQUAL(trial_number(table, row, "n"), n);
    if (n == 0) {
        CU_ASSERT_TRUE(isnan(trial_number(table, row, "score")));
    } else {
        CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "score"), sum / n,
                               1e-5);
    }
    if (n < 2) {
        CU_ASSERT_TRUE(isnan(trial_number(table, row, "se")));
    } else {
        CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "se"),
                               sqrt(squares / (n - 1) / n), 1e-5);
    }
}

static void check_instance(const struct trial *trial, const char *id,
                           const struct model_recipe *recipe,
                           struct excluded excluded)
{
    const struct transect_table *table = trial_table(trial, "baseline", id,
                                                     "heads");
    const int heads = recipe->layers * recipe->heads;
    double *scores = reference_scores(trial, recipe->heads, recipe->layers,
                                      excluded);

    CU_ASSERT_EQUAL(table_rows(table), (size_t)(heads * N_KINDS * 2));
    for (int i = 0; i < heads * N_KINDS * 2; i++) {
        size_t row = (size_t)i;
        int head = i / 2 / N_KINDS;

        CU_ASSERT_EQUAL(trial_number(table, row, "layer"),
                        head / recipe->heads);
        CU_ASSERT_EQUAL(trial_number(table, row, "head"),
                        head % recipe->heads);
        CU_ASSERT_STRING_EQUAL(trial_text(table, row, "kind"),
                               kinds[i / 2 % N_KINDS]);
        CU_ASSERT_STRING_EQUAL(trial_text(table, row, "measure"),
                               i % 2 ? "abs" : "mul");
        check_row(table, row, scores + i, heads * N_KINDS * 2,
                  trial->n_sample);
    }
    free(scores);
}

static void check_run(const struct model_recipe *recipe, int n_sample,
                      int n_token)
{
    static const struct {
        const char *id;
        struct excluded excluded;
    } instances[] = {{"head-detector", {false, false}},
                     {"head-detector:bos", {true, false}},
                     {"head-detector:current", {false, true}},
                     {"head-detector:both", {true, true}}};
    struct trial trial;

    if (!trial_make(&trial, recipe, n_sample, n_token))
        return;
    if (trial_do(&trial,
                 "[plugin head-detector]\ncopying = no\n"
                 "[plugin head-detector:bos]\ncopying = no\n"
                 "exclude_bos = yes\n"
                 "[plugin head-detector:current]\ncopying = no\n"
                 "exclude_current_token = yes\n"
                 "[plugin head-detector:both]\ncopying = no\n"
                 "exclude_bos = yes\nexclude_current_token = yes\n"))
        for (size_t i = 0; i < sizeof instances / sizeof *instances; i++)
            check_instance(&trial, instances[i].id, recipe,
                           instances[i].excluded);
    trial_remove(&trial);
}

/* Packed samples; more than one block of rows; one token again and again. */
static void test_patterns(void)
{
    static const struct model_recipe small = {
        .layers = 2, .heads = 3, .width = 48, .vocab = 5, .seed = 61};
    static const struct model_recipe large = {
        .layers = 1, .heads = 2, .width = 32, .context = 300, .seed = 62};
    static const struct model_recipe same = {
        .layers = 1, .heads = 2, .width = 32, .vocab = 2, .seed = 63};

    check_run(&small, 7, 20);
    check_run(&large, 1, 300);
    check_run(&same, 2, 12);
}

/* Where all attention is excluded, none is of any kind, by either measure. */
static void test_nothing_left(void)
{
    static const struct model_recipe recipe = {.seed = 64};
    const struct transect_table *table;
    struct trial trial;

    if (!trial_make(&trial, &recipe, 2, 2))
        return;
    if (trial_do(&trial, "[plugin head-detector]\nexclude_bos = yes\n"
                         "exclude_current_token = yes\ncopying = no\n")) {
        table = trial_table(&trial, "baseline", "head-detector", "heads");
        for (size_t row = 0; row < table_rows(table); row++) {
            CU_ASSERT_TRUE(isnan(trial_number(table, row, "score")));
            CU_ASSERT_EQUAL(trial_number(table, row, "n"), 0);
        }
    }
    trial_remove(&trial);
}

/* Chosen heads have the scores that they have among all. */
static void test_chosen(void)
{
    static const struct model_recipe recipe = {
        .layers = 3, .heads = 2, .width = 24, .seed = 67};
    static const char *const tables[] = {"heads", "composition"};
    struct trial trial;

    if (!trial_make(&trial, &recipe, 2, 9))
        return;
    if (trial_do(&trial, "[plugin head-detector]\ncomposition = yes\n"
                         "[plugin head-detector:some]\ncomposition = yes\n"
                         "heads = L2H1 L0H1\n"))
        for (int t = 0; t < 2; t++) {
            const struct transect_table
                *all = trial_table(&trial, "baseline", "head-detector",
                                   tables[t]),
                *some = trial_table(&trial, "baseline", "head-detector:some",
                                    tables[t]);
            const char *last = t ? "to_layer" : "layer";
            size_t n = 0;

            CU_ASSERT_EQUAL(table_rows(some), (size_t)(t ? 3 : 2 * 11));
            for (size_t row = 0; row < table_rows(all); row++) {
                bool first = trial_number(all, row, t ? "from_head" : "head")
                             == 1;
                int layer = (int)trial_number(all, row, last);

                if (!first || layer == 1 ||
                    (t && (trial_number(all, row, "from_layer") != 0 ||
                           trial_number(all, row, "to_head") != 1)))
                    continue;
                CU_ASSERT_DOUBLE_EQUAL(trial_number(some, n, "score"),
                                       trial_number(all, row, "score"), 1e-6);
                CU_ASSERT_STRING_EQUAL(trial_text(some, n, "kind"),
                                       trial_text(all, row, "kind"));
                n++;
            }
            CU_ASSERT_EQUAL(n, table_rows(some));
        }
    trial_remove(&trial);
}

static void test_sayings(void)
{
    static const struct model_recipe recipe = {.seed = 68};
    const struct transect_ctx *instance;
    struct trial trial;

    if (!trial_make(&trial, &recipe, 1, 9))
        return;
    if (trial_do(&trial, "[plugin head-detector]\ncomposition = yes\n"
                         "[plugin head-detector:some]\nexclude_bos = yes\n"
                         "copying = no\n")) {
        instance = trial_instance(&trial, "baseline", "head-detector");
        CU_ASSERT_EQUAL_FATAL(instance->own.n_sayings, 2);
        CU_ASSERT_PTR_NOT_NULL(strstr(instance->own.sayings[0],
                                      "strongest head of each kind: "
                                      "previous L"));
        CU_ASSERT_PTR_NOT_NULL(strstr(instance->own.sayings[0],
                                      ", copying L"));
        CU_ASSERT_PTR_NOT_NULL(strstr(instance->own.sayings[1], "q of L1H"));
        CU_ASSERT_EQUAL_FATAL(instance->own.n_figures, 1);
        CU_ASSERT_EQUAL(instance->own.figures[0]->n_panels, 6);
        instance = trial_instance(&trial, "baseline", "head-detector:some");
        CU_ASSERT_PTR_NULL(strstr(instance->own.sayings[0], "first"));
        CU_ASSERT_EQUAL(instance->own.figures[0]->n_panels, 4);
    }
    trial_remove(&trial);
}

CU_ErrorCode add_head_detector_tests(void)
{
    CU_pSuite suite = CU_add_suite("head-detector", NULL, NULL);

    CU_add_test(suite, "patterns against the definition", test_patterns);
    CU_add_test(suite, "no attention that counts", test_nothing_left);
    CU_add_test(suite, "chosen heads", test_chosen);
    CU_add_test(suite, "findings and figure", test_sayings);
    return CU_get_error();
}
