/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-attention-map.c - maps of whole runs against the float64 reference. */
#include "experiment-fixture.h"
#include "base/mem.h"
#include "reference.h"
#include "unit/tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Mean patterns by plain definition, of every head of every layer. */
struct expected {
    int n_layer, n_head, n_token;
    double *patterns; /* (L, H, T, T) */
};

/* The mean over samples first ... last. */
static bool expect(const struct trial *trial, int n_layer, int n_head,
                   int first, int last, struct expected *expected)
{
    size_t n = (size_t)trial->n_token * (size_t)trial->n_token;
    int rows, cols;

    *expected = (struct expected){n_layer, n_head, trial->n_token, NULL};
    expected->patterns = mem_new((size_t)(n_layer * n_head) * n,
                                 sizeof *expected->patterns);
    for (int s = first; s <= last; s++) {
        struct reference *reference;

        if (reference_run(trial->model, trial->tokens + s * trial->n_token,
                          trial->n_token, &reference)) {
            CU_FAIL("the reference failed");
            return false;
        }
        for (int i = 0; i < n_layer * n_head; i++) {
            const double *pattern =
                reference_get(reference, TRANSECT_PATTERN, i / n_head,
                              i % n_head, &rows, &cols);

            for (size_t j = 0; j < n; j++)
                expected->patterns[(size_t)i * n + j] +=
                    pattern[j] / (last - first + 1);
        }
        reference_free(reference);
    }
    return true;
}

/* head -1: the mean over all. */
static double cell(const struct expected *expected, int layer, int head,
                   int query, int key)
{
    int n = expected->n_token;
    double sum = 0;

    for (int h = 0; h < expected->n_head; h++)
        if (head < 0 || head == h)
            sum += expected->patterns[(((size_t)layer *
                                            (size_t)expected->n_head +
                                        (size_t)h) * (size_t)n +
                                       (size_t)query) * (size_t)n +
                                      (size_t)key];
    return head < 0 ? sum / expected->n_head : sum;
}

static int head_of(const struct transect_table *table, size_t row)
{
    const char *head = trial_text(table, row, "head");

    return strcmp(head, "mean") == 0 ? -1 : atoi(head);
}

/* n_maps maps of the first `window` positions; each row has the sum 1, which
 * bounds what may be off. */
static void check_map(const struct transect_table *table,
                      const struct expected *expected, int n_maps,
                      int window)
{
    size_t row = 0;

    CU_ASSERT_EQUAL_FATAL(table_rows(table),
                          (size_t)(n_maps * window * (window + 1) / 2));
    for (int i = 0; i < n_maps; i++)
        for (int query = 0; query < window; query++) {
            double sum = 0;

            for (int key = 0; key <= query; key++, row++) {
                double got = trial_number(table, row, "attention");
                int layer = (int)trial_number(table, row, "layer");

                sum += got;
                CU_ASSERT_EQUAL(trial_number(table, row, "query"), query);
                CU_ASSERT_EQUAL(trial_number(table, row, "key"), key);
                CU_ASSERT_DOUBLE_EQUAL(got,
                                       cell(expected, layer,
                                            head_of(table, row), query, key),
                                       1e-6);
            }
            CU_ASSERT_DOUBLE_EQUAL(sum, 1, 1e-6);
        }
}

static void check_keys(const struct transect_table *table,
                       const struct expected *expected, int n_maps)
{
    int n = expected->n_token;
    size_t row = 0;

    CU_ASSERT_EQUAL_FATAL(table_rows(table), (size_t)(n_maps * n));
    for (int i = 0; i < n_maps; i++) {
        double all = 0;

        for (int key = 0; key < n; key++, row++) {
            int layer = (int)trial_number(table, row, "layer");
            double got = trial_number(table, row, "attention"), sum = 0;

            for (int query = key; query < n; query++)
                sum += cell(expected, layer, head_of(table, row), query,
                            key);
            all += got;
            CU_ASSERT_EQUAL(trial_number(table, row, "key"), key);
            CU_ASSERT_DOUBLE_EQUAL(got, sum / n, 1e-6);
            CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "seen"),
                                   sum / (n - key), 1e-6);
        }
        CU_ASSERT_DOUBLE_EQUAL(all, 1, 1e-6);
    }
}

/* The mean of the maps of all heads of layer 1 is the layer's map. */
static void check_mean(const struct transect_table *means,
                       const struct transect_table *heads, int n_head)
{
    size_t n = table_rows(heads) / (size_t)n_head;

    CU_ASSERT_EQUAL_FATAL(table_rows(means) % n, 0);
    for (size_t i = 0; i < n; i++) {
        double sum = 0;

        for (int h = 0; h < n_head; h++)
            sum += trial_number(heads, (size_t)h * n + i, "attention");
        CU_ASSERT_DOUBLE_EQUAL(trial_number(means, n + i, "attention"),
                               sum / n_head, 1e-12);
    }
}

static void check_instances(const struct trial *trial,
                            const struct expected *all,
                            const struct expected *second)
{
    const struct transect_table *means =
        trial_table(trial, "baseline", "attention-map", "map");
    const struct transect_table *heads =
        trial_table(trial, "baseline", "attention-map:heads", "map");
    int n = all->n_token;

    check_map(means, all, all->n_layer, n);
    check_keys(trial_table(trial, "baseline", "attention-map", "keys"), all,
               all->n_layer);
    check_map(heads, all, all->n_head, n);
    CU_ASSERT_EQUAL(trial_number(heads, 0, "layer"), 1);
    check_mean(means, heads, all->n_head);
    check_map(trial_table(trial, "baseline", "attention-map:one", "map"),
              second, 2, n < 5 ? n : 5);
    check_keys(trial_table(trial, "baseline", "attention-map:one", "keys"),
               second, 2);
}

static void check_run(const struct model_recipe *recipe, int n_sample,
                      int n_token)
{
    static const char sections[] =
        "[plugin attention-map]\npositions = 0\n"
        "[plugin attention-map:heads]\npositions = 500\nheads = L1H*\n"
        "[plugin attention-map:one]\npositions = 5\nsample = 1\n"
        "heads = L0H1 L1H0\n";
    struct expected all, second;
    struct trial trial;

    if (!trial_make(&trial, recipe, n_sample, n_token))
        return;
    if (trial_do(&trial, sections)) {
        if (expect(&trial, recipe->layers, recipe->heads, 0, n_sample - 1,
                   &all)) {
            if (expect(&trial, recipe->layers, recipe->heads, 1, 1, &second))
                check_instances(&trial, &all, &second);
            free(second.patterns);
        }
        free(all.patterns);
    }
    trial_remove(&trial);
}

/* Packed short samples; more than one row block, not a multiple of it. */
static void test_maps(void)
{
    static const struct model_recipe small = {
        .layers = 3, .heads = 4, .width = 64, .seed = 51};
    static const struct model_recipe large = {
        .layers = 2, .heads = 3, .width = 48, .context = 300, .seed = 52};

    check_run(&small, 7, 20);
    check_run(&large, 2, 150);
    check_run(&small, 2, 1);
}

static void test_variant(void)
{
    static const struct model_recipe recipe = {
        .layers = 2, .heads = 2, .width = 32, .seed = 53};
    const struct transect_ctx *instance;
    struct trial trial;

    if (!trial_make(&trial, &recipe, 2, 12))
        return;
    if (trial_do(&trial, "[plugin attention-map]\n[variant off]\n"
                         "pruner.attention = 0\n")) {
        instance = trial_instance(&trial, "off", "attention-map");
        CU_ASSERT_EQUAL_FATAL(instance->own.n_sayings, 2);
        CU_ASSERT_PTR_NOT_NULL(strstr(instance->own.sayings[0],
                                      "goes to position"));
        /* Even attention favours position 0 in both. */
        CU_ASSERT_NSTRING_EQUAL(instance->own.sayings[1],
                                "position 0, which gets most in the baseline",
                                43);
        CU_ASSERT_NOT_EQUAL(
            trial_number(trial_table(&trial, "off", "attention-map", "keys"),
                         12, "attention"),
            trial_number(trial_table(&trial, "baseline", "attention-map",
                                     "keys"), 12, "attention"));
    }
    trial_remove(&trial);
}

static void test_refusals(void)
{
    static const struct model_recipe recipe = {.seed = 54};
    struct trial trial;

    if (!trial_make(&trial, &recipe, 2, 8))
        return;
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin attention-map]\n"
                                       "sample = 2\n"), ST_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, "no sample 2"));
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin attention-map]\n"
                                       "layers = 0\nheads = L1H0\n"),
                    ST_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, "either"));
    trial_remove(&trial);
}

CU_ErrorCode add_attention_map_tests(void)
{
    CU_pSuite suite = CU_add_suite("attention-map", NULL, NULL);

    CU_add_test(suite, "maps against the reference", test_maps);
    CU_add_test(suite, "a variant against the baseline", test_variant);
    CU_add_test(suite, "options out of range", test_refusals);
    return CU_get_error();
}
