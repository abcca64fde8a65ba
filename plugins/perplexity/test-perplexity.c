/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-perplexity.c - losses of whole runs against the float64 reference. */
#include "experiment-fixture.h"
#include "base/mem.h"
#include "reference.h"
#include "unit/tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Mean loss of sample s from prediction `skip` on, by plain definition;
 * -1 if the reference failed. */
static double expected(const struct trial *trial, int s, int skip)
{
    const int32_t *tokens = trial->tokens + s * trial->n_token;
    struct reference *reference;
    const double *logits;
    double loss = 0;
    int rows, cols;

    if (reference_run(trial->model, tokens, trial->n_token, &reference))
        return -1;
    logits = reference_get(reference, TRANSECT_LOGITS, 0, 0, &rows, &cols);
    for (int t = skip; t < rows - 1; t++) {
        double sum = 0;

        for (int v = 0; v < cols; v++)
            sum += exp(logits[t * cols + v]);
        loss -= log(exp(logits[t * cols + tokens[t + 1]]) / sum);
    }
    reference_free(reference);
    return loss / (rows - 1 - skip);
}

static void check_tables(const struct trial *trial, const char *variant,
                         int skip, double tolerance)
{
    const struct transect_table *samples =
        trial_table(trial, variant, "perplexity", "samples");
    const struct transect_table *summary =
        trial_table(trial, variant, "perplexity", "summary");
    double mean = 0;

    CU_ASSERT_EQUAL_FATAL(table_rows(samples), (size_t)trial->n_sample);
    for (int s = 0; s < trial->n_sample; s++) {
        double want = expected(trial, s, skip);
        size_t row = (size_t)s;

        mean += want / trial->n_sample;
        CU_ASSERT_EQUAL(trial_number(samples, row, "sample"), s);
        CU_ASSERT_EQUAL(trial_number(samples, row, "predictions"),
                        trial->n_token - 1 - skip);
        CU_ASSERT_DOUBLE_EQUAL(trial_number(samples, row, "loss"), want,
                               tolerance * want);
        CU_ASSERT_DOUBLE_EQUAL(trial_number(samples, row, "perplexity"),
                               exp(want), 5 * tolerance * exp(want));
    }
    CU_ASSERT_EQUAL(trial_number(summary, 0, "predictions"),
                    trial->n_sample * (trial->n_token - 1 - skip));
    CU_ASSERT_DOUBLE_EQUAL(trial_number(summary, 0, "loss"), mean,
                           tolerance * mean);
}

/* Short samples, which share a batch, and one that comes in blocks. */
static void test_losses(void)
{
    static const struct model_recipe small = {
        .layers = 2, .heads = 2, .width = 32, .seed = 41};
    static const struct model_recipe large = {
        .layers = 1, .heads = 2, .width = 32, .context = 1024,
        .vocab = 5000, .seed = 42};
    struct trial trial;

    if (!trial_make(&trial, &small, 5, 20))
        return;
    if (trial_do(&trial, "[plugin perplexity]\n"))
        check_tables(&trial, "baseline", 0, 1e-5);
    if (trial_do(&trial, "[plugin perplexity]\nskip = 7\n"))
        check_tables(&trial, "baseline", 7, 1e-5);
    trial_remove(&trial);
    if (!trial_make(&trial, &large, 2, 700))
        return;
    if (trial_do(&trial, "[plugin perplexity]\n"))
        check_tables(&trial, "baseline", 0, 1e-5);
    trial_remove(&trial);
}

static void test_variant(void)
{
    static const struct model_recipe recipe = {
        .layers = 2, .heads = 2, .width = 32, .seed = 43};
    const struct transect_ctx *instance;
    struct trial trial;

    if (!trial_make(&trial, &recipe, 2, 12))
        return;
    if (trial_do(&trial, "[plugin perplexity]\n[variant off]\n"
                         "pruner.mlps = *\n")) {
        instance = trial_instance(&trial, "off", "perplexity");
        CU_ASSERT_EQUAL_FATAL(instance->own.n_sayings, 2);
        CU_ASSERT_PTR_NOT_NULL(strstr(instance->own.sayings[1], "baseline"));
        CU_ASSERT_NOT_EQUAL(
            trial_number(trial_table(&trial, "off", "perplexity", "summary"),
                         0, "loss"),
            trial_number(trial_table(&trial, "baseline", "perplexity",
                                     "summary"), 0, "loss"));
    }
    trial_remove(&trial);
}

/* The probability beyond -t and t of Student's distribution with five degrees
 * of freedom, which has a closed form (Abramowitz and Stegun, 26.7.3). */
static double p_of_six(double t)
{
    double angle = atan(fabs(t) / sqrt(5)), c = cos(angle);

    return 1 - 2 / acos(-1) *
                   (angle + sin(angle) * (c + 2.0 / 3 * c * c * c));
}

/* The paired changes of six samples, from the table of their losses. */
static void check_changes(const struct trial *trial, const char *variant,
                          const struct transect_table *changes, size_t row)
{
    const struct transect_table *after =
        trial_table(trial, variant, "perplexity", "samples");
    const struct transect_table *before =
        trial_table(trial, "baseline", "perplexity", "samples");
    double sum = 0, squares = 0, n = trial->n_sample, variance;

    for (size_t i = 0; i < (size_t)trial->n_sample; i++) {
        double x = trial_number(after, i, "loss") -
                   trial_number(before, i, "loss");

        sum += x;
        squares += x * x;
    }
    variance = (squares - sum * sum / n) / (n - 1);
    CU_ASSERT_STRING_EQUAL(trial_text(changes, row, "variant"), variant);
    CU_ASSERT_DOUBLE_EQUAL(trial_number(changes, row, "loss_change"),
                           sum / n, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(trial_number(changes, row, "standard_error"),
                           sqrt(variance / n), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(trial_number(changes, row, "p"),
                           p_of_six(sum / n / sqrt(variance / n)), 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(trial_number(changes, row, "perplexity_factor"),
                           exp(sum / n), 1e-12);
}

/* Without its MLPs and unchanged but for one small head: one verdict each,
 * which agrees with its numbers. */
static void test_verdicts(void)
{
    static const struct model_recipe recipe = {
        .layers = 2, .heads = 2, .width = 32, .seed = 45};
    const struct transect_ctx *instance;
    const struct transect_table *changes;
    struct trial trial;

    if (!trial_make(&trial, &recipe, 6, 12))
        return;
    if (trial_do(&trial, "[plugin perplexity]\n[variant off]\n"
                         "pruner.mlps = *\n[variant head]\n"
                         "pruner.heads = L1H0\n")) {
        instance = trial_instance(&trial, "baseline", "perplexity");
        CU_ASSERT_EQUAL_FATAL(instance->comparison.n_tables, 1);
        CU_ASSERT_EQUAL_FATAL(instance->comparison.n_verdicts, 2);
        CU_ASSERT_EQUAL(instance->comparison.n_figures, 1);
        changes = instance->comparison.tables[0];
        CU_ASSERT_STRING_EQUAL(changes->name, "changes");
        CU_ASSERT_EQUAL_FATAL(table_rows(changes), 2);
        check_changes(&trial, "off", changes, 0);
        check_changes(&trial, "head", changes, 1);
        for (size_t i = 0; i < 2; i++) {
            double change = trial_number(changes, i, "loss_change");
            const char *want = trial_number(changes, i, "p") >= 0.05
                                   ? "as well as before"
                               : change > 0 ? "worse"
                                            : "better";

            CU_ASSERT_PTR_NOT_NULL(
                strstr(instance->comparison.verdicts[i].text, want));
        }
    }
    trial_remove(&trial);
}

static void test_nothing_to_predict(void)
{
    static const struct model_recipe recipe = {.seed = 44};
    struct trial trial;

    if (!trial_make(&trial, &recipe, 1, 4))
        return;
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin perplexity]\nskip = 3\n"),
                    ST_USAGE);
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin perplexity]\nskip = 2\n"),
                    ST_OK);
    trial_remove(&trial);
}

CU_ErrorCode add_perplexity_tests(void)
{
    CU_pSuite suite = CU_add_suite("perplexity", NULL, NULL);

    CU_add_test(suite, "losses against the reference", test_losses);
    CU_add_test(suite, "a variant against the baseline", test_variant);
    CU_add_test(suite, "verdicts on variants", test_verdicts);
    CU_add_test(suite, "nothing to predict", test_nothing_to_predict);
    return CU_get_error();
}
