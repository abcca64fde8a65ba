/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-pruner-table.c - what the pruner says of its edits, what the host
 * records of them, and what is refused. */
#include "base/mem.h"
#include "experiment-fixture.h"
#include "unit/tests.h"

#include <stdlib.h>
#include <string.h>

enum { LAYERS = 3, HEADS = 4, WIDTH = 128, D = WIDTH / HEADS };
enum { SAMPLES = 3, TOKENS = 50 };

static const struct model_recipe recipe = {
    .layers = LAYERS, .heads = HEADS, .width = WIDTH, .seed = 51};

#define V "[variant v]\n"
#define SLICE "pruner.semantics = post-projection-slice\n"

static bool start(struct trial *trial)
{
    return trial_make(trial, &recipe, SAMPLES, TOKENS);
}

static void check_row(const struct transect_table *table, size_t row,
                      int layer, int head, const char *semantics,
                      const char *what)
{
    CU_ASSERT_EQUAL(trial_number(table, row, "layer"), layer);
    CU_ASSERT_EQUAL(trial_number(table, row, "head"), head);
    CU_ASSERT_STRING_EQUAL(trial_text(table, row, "method"), "zero");
    CU_ASSERT_STRING_EQUAL(trial_text(table, row, "semantics"), semantics);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial_text(table, row, "what"), what));
}

static void test_table(void)
{
    const struct transect_table *table;
    const struct transect_ctx *pruner;
    struct trial trial;

    if (!start(&trial))
        return;
    if (trial_do(&trial, "[variant v]\npruner.heads = L1H2 L0H3\n"
                         "pruner.attention = 2\npruner.mlps = 0-1\n"
                         "[variant slice]\npruner.heads = L1H2\n" SLICE)) {
        table = trial_table(&trial, "v", "pruner", "pruned");
        CU_ASSERT_EQUAL(table_rows(table), 5);
        check_row(table, 0, 0, 3, "z", "slice of z");
        check_row(table, 1, 1, 2, "z", "slice of z");
        check_row(table, 2, 2, -1, "attn_out", "with its bias");
        check_row(table, 3, 0, -1, "mlp_out", "with its bias");
        check_row(table, 4, 1, -1, "mlp_out", "with its bias");
        CU_ASSERT_PTR_NULL(strstr(trial_text(table, 0, "what"), "not a"));
        table = trial_table(&trial, "slice", "pruner", "pruned");
        CU_ASSERT_EQUAL(table_rows(table), 1);
        check_row(table, 0, 1, 2, "post-projection-slice", "not a head");
        pruner = trial_instance(&trial, "v", "pruner");
        CU_ASSERT_EQUAL(pruner->own.n_sayings, 3);
        pruner = trial_instance(&trial, "slice", "pruner");
        CU_ASSERT_EQUAL_FATAL(pruner->own.n_sayings, 1);
        CU_ASSERT_PTR_NOT_NULL(strstr(pruner->own.sayings[0], "not a head"));
    }
    trial_remove(&trial);
}

/* The host saw one head of one layer change, in each sample. */
static void test_records(void)
{
    struct trial trial;

    if (!start(&trial))
        return;
    if (trial_do(&trial, V "pruner.heads = L1H2\n")) {
        size_t n;
        const struct edit_record *records = hooks_edit_records(
            trial_variant(&trial, "v")->hooks, &n);

        CU_ASSERT_EQUAL(n, HEADS);
        for (size_t i = 0; i < n; i++) {
            bool asked = records[i].head == 2;

            CU_ASSERT_EQUAL(records[i].layer, 1);
            CU_ASSERT_EQUAL(records[i].point, TRANSECT_Z);
            CU_ASSERT_EQUAL(records[i].asked, asked);
            CU_ASSERT_EQUAL(records[i].fired, asked ? SAMPLES : 0);
            CU_ASSERT_EQUAL(records[i].changed,
                            asked ? SAMPLES * TOKENS * D : 0);
        }
    }
    trial_remove(&trial);
}

/* A [plugin pruner] section gives defaults, and edits nothing by itself. */
static void test_defaults(void)
{
    const struct transect_table *table;
    struct trial trial;

    if (!start(&trial))
        return;
    if (trial_do(&trial, "[plugin pruner]\nsemantics = z-input\n"
                         V "pruner.heads = L1H2\n")) {
        CU_ASSERT_EQUAL(trial_variant(&trial, "baseline")->n_instances, 0);
        table = trial_table(&trial, "v", "pruner", "pruned");
        check_row(table, 0, 1, 2, "z-input", "except its value bias");
    }
    trial_remove(&trial);
}

static void test_refusals(void)
{
    static const struct {
        const char *settings, *says;
    } cases[] = {
        {"pruner.method = random", "nothing to prune"},
        {"pruner.heads = L1H0 L0H*\npruner.method = mean", "layer 0 surv"},
        {"pruner.attention = 1\npruner.method = mean",
         "random or dataset-mean"},
        {"pruner.mlps = 1\npruner.method = mean",
         "random or dataset-mean"},
        {"pruner.heads = L1H2\npruner.attention = 0-1", "L1H2"},
        {"pruner.heads = L3H0", "L3H0"},
        {"pruner.heads = L0H4", "L0H4"},
        {"pruner.mlps = 3", "3"},
        {"pruner.heads = L0H0\npruner.method = nought", "zero"},
        {"pruner.heads = L0H0\npruner.semantics = Z", "z"},
        {"pruner.haeds = L0H0", "heads"},
    };
    struct trial trial;

    if (!start(&trial))
        return;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *sections = mem_printf(V "%s\n", cases[i].settings);

        CU_ASSERT_EQUAL(trial_plan(&trial, sections), ST_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, cases[i].says));
        free(sections);
    }
    trial_remove(&trial);
}

CU_ErrorCode add_pruner_table_tests(void)
{
    CU_pSuite suite = CU_add_suite("pruner-table", NULL, NULL);

    CU_add_test(suite, "the table and the findings", test_table);
    CU_add_test(suite, "the host records the edit", test_records);
    CU_add_test(suite, "defaults from a plugin section", test_defaults);
    CU_add_test(suite, "what cannot be pruned", test_refusals);
    return CU_get_error();
}
