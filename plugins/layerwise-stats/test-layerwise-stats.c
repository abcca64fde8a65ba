/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-layerwise-stats.c - the tables of whole runs against the float64
 * reference, and verdicts. */
#include "verdict.h"

#include "experiment-fixture.h"
#include "base/mem.h"
#include "reference.h"
#include "unit/tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The reference's hidden states, (layer, sample) by (token, dim). */
struct expected {
    int n_layer, n_sample, n_token, d;
    double *states;
};

static bool expected_make(struct expected *e, const struct trial *trial,
                          const struct model_recipe *recipe)
{
    size_t size = (size_t)trial->n_token * (size_t)recipe->width;

    *e = (struct expected){recipe->layers, trial->n_sample, trial->n_token,
                           recipe->width, NULL};
    e->states = mem_new((size_t)(e->n_layer * e->n_sample) * size,
                        sizeof *e->states);
    for (int s = 0; s < e->n_sample; s++) {
        struct reference *reference;
        int rows, cols;

        if (reference_run(trial->model, trial->tokens + s * e->n_token,
                          e->n_token, &reference)) {
            CU_FAIL("the reference failed");
            return false;
        }
        for (int l = 0; l < e->n_layer; l++)
            memcpy(e->states + (size_t)(l * e->n_sample + s) * size,
                   reference_get(reference, TRANSECT_RESID_POST, l, 0, &rows,
                                 &cols),
                   size * sizeof *e->states);
        reference_free(reference);
    }
    return true;
}

static const double *state_of(const struct expected *e, int layer,
                              int sample)
{
    return e->states + (size_t)(layer * e->n_sample + sample) *
                           (size_t)(e->n_token * e->d);
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct statistics {
    double top[5], median, top1_std;
    int dim, pos;
};

static struct statistics statistics_of(const struct expected *e, int layer)
{
    struct statistics st = {.dim = -1};
    int n = e->n_token * e->d;
    double *all = mem_new((size_t)n, sizeof *all), squares = 0, best = 0;

    for (int s = 0; s < e->n_sample; s++) {
        for (int i = 0; i < n; i++) {
            all[i] = fabs(state_of(e, layer, s)[i]);
            if (all[i] > best) {
                best = all[i];
                st.pos = i / e->d;
                st.dim = i % e->d;
            }
        }
        qsort(all, (size_t)n, sizeof *all, rising);
        for (int k = 0; k < 5; k++)
            st.top[k] += all[n - 1 - k] / e->n_sample;
        st.median += all[(n - 1) / 2] / e->n_sample;
        squares += all[n - 1] * all[n - 1] / e->n_sample;
    }
    st.top1_std = sqrt(fmax(0, squares - st.top[0] * st.top[0]));
    free(all);
    return st;
}

#define CLOSE(got, want) \
    CU_ASSERT_DOUBLE_EQUAL((got), (want), 1e-5 * fabs(want))

static void check_layers(const struct expected *e,
                         const struct transect_table *table, int n_top)
{
    CU_ASSERT_EQUAL(table_rows(table), (size_t)e->n_layer);
    CU_ASSERT_EQUAL(table->n_columns, (size_t)n_top + 6);
    for (int l = 0; l < e->n_layer; l++) {
        struct statistics st = statistics_of(e, l);
        size_t row = (size_t)l;

        CU_ASSERT_EQUAL(trial_number(table, row, "layer"), l);
        for (int k = 0; k < n_top; k++) {
            char name[16];

            snprintf(name, sizeof name, "top%d", k + 1);
            CLOSE(trial_number(table, row, name), st.top[k]);
        }
        CLOSE(trial_number(table, row, "median"), st.median);
        CLOSE(trial_number(table, row, "ratio"), st.top[0] / st.median);
        CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "top1_std"),
                               st.top1_std, 1e-5 * st.top[0]);
        CU_ASSERT_EQUAL(trial_number(table, row, "top1_dim"), st.dim);
        CU_ASSERT_EQUAL(trial_number(table, row, "top1_pos"), st.pos);
    }
}

static void check_dim(const struct expected *e,
                      const struct transect_table *table, size_t row,
                      int layer, int dim)
{
    double mean = 0, largest = 0;

    for (int s = 0; s < e->n_sample; s++) {
        double in_sample = 0;

        for (int t = 0; t < e->n_token; t++)
            in_sample = fmax(in_sample, fabs(state_of(e, layer, s)
                                                 [t * e->d + dim]));
        mean += in_sample / e->n_sample;
        largest = fmax(largest, in_sample);
    }
    CU_ASSERT_EQUAL(trial_number(table, row, "layer"), layer);
    CU_ASSERT_EQUAL(trial_number(table, row, "dim"), dim);
    CLOSE(trial_number(table, row, "mean"), mean);
    CLOSE(trial_number(table, row, "max"), largest);
}

/* Rows for every layer and marked dim, in this order. */
static void check_dims(const struct expected *e,
                       const struct transect_table *table,
                       const bool *marked)
{
    size_t row = 0;

    for (int l = 0; l < e->n_layer; l++)
        for (int d = 0; d < e->d; d++)
            if (marked[d])
                check_dim(e, table, row++, l, d);
    CU_ASSERT_EQUAL(table_rows(table), row);
}

static void mark_auto(const struct expected *e, bool *marked)
{
    for (int l = 0; l < e->n_layer; l++)
        marked[statistics_of(e, l).dim] = true;
}

static const char sections[] =
    "[plugin layerwise-stats]\n"
    "[plugin layerwise-stats:list]\ntop = 5\ndims = 3 7-9, 20\n";

static void check_run(const struct model_recipe *recipe, int n_sample,
                      int n_token)
{
    struct trial trial;
    struct expected e;

    if (!trial_make(&trial, recipe, n_sample, n_token))
        return;
    if (expected_make(&e, &trial, recipe) && trial_do(&trial, sections)) {
        bool marked[200] = {false};
        bool listed[200] = {[3] = true, [7] = true, [8] = true, [9] = true,
                            [20] = true};

        mark_auto(&e, marked);
        check_layers(&e, trial_table(&trial, "baseline", "layerwise-stats",
                                     "layers"), 3);
        check_dims(&e, trial_table(&trial, "baseline", "layerwise-stats",
                                   "dims"), marked);
        check_layers(&e, trial_table(&trial, "baseline",
                                     "layerwise-stats:list", "layers"), 5);
        check_dims(&e, trial_table(&trial, "baseline",
                                   "layerwise-stats:list", "dims"), listed);
    }
    free(e.states);
    trial_remove(&trial);
}

/* Packed short samples with an odd number of elements; samples of their own
 * batch each; a single one. */
static void test_tables(void)
{
    static const struct model_recipe odd = {
        .layers = 3, .heads = 3, .width = 33, .seed = 21};
    static const struct model_recipe wide = {
        .layers = 2, .heads = 4, .width = 64, .context = 600, .seed = 22};

    check_run(&odd, 5, 17);
    check_run(&wide, 2, 600);
    check_run(&wide, 1, 8);
}

/* The figures show the numbers of the tables. */
static void check_figures(const struct trial *trial)
{
    const struct transect_ctx *baseline =
        trial_instance(trial, "baseline", "layerwise-stats");
    const struct transect_ctx *off = trial_instance(trial, "off",
                                                    "layerwise-stats");
    const struct transect_table *before =
        trial_table(trial, "baseline", "layerwise-stats", "layers");
    const struct transect_table *after =
        trial_table(trial, "off", "layerwise-stats", "layers");
    const struct transect_panel *panel;

    CU_ASSERT_EQUAL_FATAL(baseline->own.n_figures, 1);
    panel = baseline->own.figures[0]->panels;
    CU_ASSERT_EQUAL_FATAL(panel->n_series, 4);
    CU_ASSERT_STRING_EQUAL(panel->series[3].name, "median");
    for (size_t l = 0; l < table_rows(before); l++) {
        CU_ASSERT_EQUAL(panel->series[0].y[l],
                        trial_number(before, l, "top1"));
        CU_ASSERT_EQUAL(panel->series[0].spread[l],
                        trial_number(before, l, "top1_std"));
        CU_ASSERT_EQUAL(panel->series[3].y[l],
                        trial_number(before, l, "median"));
    }
    CU_ASSERT_EQUAL_FATAL(off->own.n_figures, 4);
    CU_ASSERT_STRING_EQUAL(off->own.figures[3]->name, "change");
    panel = off->own.figures[3]->panels;
    CU_ASSERT_EQUAL_FATAL(panel->cols, table_rows(before));
    for (size_t l = 0; l < panel->cols; l++) {
        double old = trial_number(before, l, "top1");
        double new = trial_number(after, l, "top1");

        CU_ASSERT_DOUBLE_EQUAL(panel->values[l], 100 * (new - old) / old,
                               1e-9);
    }
    CU_ASSERT_EQUAL_FATAL(baseline->comparison.n_figures, 1);
    CU_ASSERT_EQUAL(off->comparison.n_figures, 0);
    panel = baseline->comparison.figures[0]->panels;
    CU_ASSERT_EQUAL_FATAL(panel->n_series, 2);
    CU_ASSERT_STRING_EQUAL(panel->series[1].name, "off");
    CU_ASSERT_EQUAL(panel->series[1].y[2], trial_number(after, 2, "top1"));
}

/* The verdict says it if the largest is another one in some layer. */
static void check_moved(const struct trial *trial, const char *verdict)
{
    const struct transect_table *before =
        trial_table(trial, "baseline", "layerwise-stats", "layers");
    const struct transect_table *after =
        trial_table(trial, "off", "layerwise-stats", "layers");
    bool moved = false;

    for (size_t l = 0; l < table_rows(before); l++)
        moved = moved ||
                trial_number(before, l, "top1_dim") !=
                    trial_number(after, l, "top1_dim") ||
                trial_number(before, l, "top1_pos") !=
                    trial_number(after, l, "top1_pos");
    CU_ASSERT_TRUE(moved); /* or this shows nothing */
    CU_ASSERT_PTR_NOT_NULL(strstr(verdict, "is another one than in the "
                                           "baseline, by its position or "
                                           "dim, in"));
}

/* The baseline's dims are tracked in each variant, so that their tables have
 * the same rows. */
static void test_variant(void)
{
    static const struct model_recipe recipe = {
        .layers = 4, .heads = 2, .width = 32, .seed = 23};
    const struct transect_table *before, *after;
    const struct transect_ctx *instance;
    struct trial trial;

    if (!trial_make(&trial, &recipe, 3, 20))
        return;
    if (trial_do(&trial, "[plugin layerwise-stats]\n[variant off]\n"
                         "pruner.mlps = *\n")) {
        before = trial_table(&trial, "baseline", "layerwise-stats", "dims");
        after = trial_table(&trial, "off", "layerwise-stats", "dims");
        CU_ASSERT_EQUAL(table_rows(before), table_rows(after));
        for (size_t i = 0; i < table_rows(before); i++)
            CU_ASSERT_EQUAL(trial_number(before, i, "dim"),
                            trial_number(after, i, "dim"));
        CU_ASSERT_NOT_EQUAL(trial_number(before, 0, "mean"),
                            trial_number(after, 0, "mean"));
        instance = trial_instance(&trial, "baseline", "layerwise-stats");
        CU_ASSERT_EQUAL(instance->own.n_sayings, 1);
        instance = trial_instance(&trial, "off", "layerwise-stats");
        CU_ASSERT_EQUAL_FATAL(instance->own.n_sayings, 2);
        CU_ASSERT_PTR_NOT_NULL(strstr(instance->own.sayings[1], "baseline"));
        CU_ASSERT_EQUAL_FATAL(instance->own.n_verdicts, 1);
        CU_ASSERT_PTR_NOT_NULL(strstr(instance->own.verdicts[0].text,
                                      "without the MLPs"));
        CU_ASSERT_STRING_EQUAL(instance->own.verdicts[0].rule,
                               verdict_change_rule);
        check_moved(&trial, instance->own.verdicts[0].text);
        check_figures(&trial);
    }
    trial_remove(&trial);
}

/* What the two say, in texts of an instance's. */
static void change_text(const struct change *change, char text[2000])
{
    struct transect_ctx *ctx = mem_new(1, sizeof *ctx);
    struct transect_text made = transect_text_new(ctx, &host_table);

    verdict_change(change, &made);
    snprintf(text, 2000, "%s", made.bytes);
    instance_free(ctx);
}

static void massive_text(const double *top1, const double *median, int n,
                         char text[2000])
{
    struct transect_ctx *ctx = mem_new(1, sizeof *ctx);
    struct transect_text made = transect_text_new(ctx, &host_table);

    verdict_massive(top1, median, n, &made);
    snprintf(text, 2000, "%s", made.bytes);
    instance_free(ctx);
}

/* What a public study measured on GPT-2 with all heads off, and with all
 * MLPs off; of no layer is nothing said. */
static void test_verdict(void)
{
    static const double baseline[] = {
        101.62, 610.67, 2475.27, 2648.40, 2794.80, 2891.73,
        2949.40, 2984.60, 3006.67, 3018.53, 3021.33, 452.34};
    static const double no_heads[] = {
        189.79, 561.32, 2519.40, 2683.33, 2826.40, 2922.27,
        2978.13, 3011.53, 3030.67, 3040.07, 3040.47, 2937.53};
    static const double no_mlps[] = {
        19.56, 59.11, 55.03, 50.20, 46.68, 54.98,
        75.85, 81.94, 91.03, 107.31, 130.79, 1164.08};
    struct change change = {.before = baseline, .after = no_heads,
                            .n_layer = 12, .massive = true,
                            .missing = NO_ATTENTION};
    char text[2000];

    change_text(&change, text);
    CU_ASSERT_STRING_EQUAL(
        text, "Massive activations persist without attention through layer "
              "10, at 91.9-187 % of the baseline. In layer 11 the baseline "
              "falls from 3021 to 452.3, the variant does not (3040 to "
              "2938): attention is what removes them there. No layer needs "
              "attention for them.");

    change.after = no_mlps;
    change.missing = NO_MLPS;
    change_text(&change, text);
    CU_ASSERT_STRING_EQUAL(
        text, "Massive activations fall without the MLPs in layers 0-10, to "
              "1.67-19.2 % of the baseline; they grow in layer 11, to 257 % "
              "of the baseline. The evidence is mixed: the MLPs are needed "
              "for them where they fall, not elsewhere.");
}

/* Persisting, falling and growing begin beyond a factor of 2; every layer is
 * named, whatever its fate. */
static void test_fates(void)
{
    static const double before[] = {10, 10, 10, 10, 10, 3};
    static const double edge[] = {5, 20, 10, 10, 10, 3};
    static const double beyond[] = {4.9, 20.1, 10, 4, 10, 3};
    static const double low[] = {4, 4, 4, 4, 4, 1};
    static const double kept[] = {4, 10, 10, 10, 4, 9};
    static const double far[] = {10, 9997, 200, 10, 10, 3};
    static const double near[] = {10.001, 10, 10.002, 10, 10, 3.0003};
    static const double nearly[] = {10.001, 10, 10, 10, 9.999, 3};
    static const bool moved[] = {false, true, false, true, true, false};
    struct change change = {.before = before, .after = edge, .n_layer = 6};
    char text[2000];

    change_text(&change, text);
    CU_ASSERT_STRING_EQUAL(
        text, "The largest activations persist with this edit in every "
              "layer, at 50-200 % of the baseline. No layer needs what the "
              "edit changes for them.");
    change.after = nearly;
    change.moved = moved;
    change_text(&change, text);
    CU_ASSERT_STRING_EQUAL(
        text, "The largest activations persist with this edit in every "
              "layer, at 100 % of the baseline. The largest is another one "
              "than in the baseline, by its position or dim, in layers 1, "
              "3-4. No layer needs what the edit changes for values as "
              "large.");
    change.moved = NULL;
    change.after = beyond;
    change.pair = true; /* other prompts: nothing is said of an edit */
    change_text(&change, text);
    CU_ASSERT_STRING_EQUAL(
        text, "The largest activations fall in the pairs in layers 0, 3, to "
              "40-49 % of the baseline; they persist in layers 2, 4-5, at "
              "100 % of the baseline; they grow in layer 1, to 201 % of the "
              "baseline.");
    change.pair = false;
    change_text(&change, text);
    CU_ASSERT_STRING_EQUAL(
        text, "The largest activations fall with this edit in layers 0, 3, "
              "to 40-49 % of the baseline; they persist in layers 2, 4-5, at "
              "100 % of the baseline; they grow in layer 1, to 201 % of the "
              "baseline. The evidence is mixed: what the edit changes is "
              "needed for them where they fall, not elsewhere.");
    change.after = low;
    change.missing = NEITHER;
    change_text(&change, text);
    CU_ASSERT_STRING_EQUAL(
        text, "The largest activations fall without attention and the MLPs "
              "in every layer, to 33.3-40 % of the baseline. So attention or "
              "the MLPs are needed for them in every layer.");
    change.after = near;
    change_text(&change, text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "in every layer, at 100 % of the "
                                        "baseline. No layer needs"));
    change.after = far;
    change_text(&change, text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "to 2000-99970 % of the baseline."));
    /* They had fallen before: they grow, and were not kept. */
    change.after = kept;
    change_text(&change, text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "they grow in layer 5, to 300 %"));
    CU_ASSERT_PTR_NULL(strstr(text, "removes"));
}

/* The same study's baseline: by the rule of thumb layers 0, 1 and 10 miss
 * 1000 medians. */
static void test_massive(void)
{
    static const double top1[] = {
        101.62, 610.67, 2475.27, 2648.40, 2794.80, 2891.73,
        2949.40, 2984.60, 3006.67, 3018.53, 3021.33, 452.34};
    static const double median[] = {
        0.586, 0.705, 0.822, 0.976, 1.117, 1.286,
        1.482, 1.764, 2.105, 2.609, 3.234, 3.823};
    char text[2000];

    massive_text(top1, median, 12, text);
    CU_ASSERT_STRING_EQUAL(
        text, "Massive activations in layers 2-9; none in layers 0-1, 10-11. "
              "Highest ratio of largest to median: 3011 in layer 2, where the "
              "largest is 2475 and the median 0.822.");
    massive_text(top1, median, 2, text);
    CU_ASSERT_STRING_EQUAL(
        text, "No massive activations in any layer. Highest ratio of largest "
              "to median: 866.2 in layer 1, where the largest is 610.7 and "
              "the median 0.705.");
    massive_text(top1 + 2, median + 2, 3, text);
    CU_ASSERT_NSTRING_EQUAL(text, "Massive activations in every layer. ",
                            36);
}

static void test_refusals(void)
{
    static const struct model_recipe recipe = {.seed = 24};
    struct trial trial;

    if (!trial_make(&trial, &recipe, 1, 4))
        return;
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin layerwise-stats]\n"
                                       "top = 0\n"), ST_USAGE);
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin layerwise-stats]\n"
                                       "top = 101\n"), ST_USAGE);
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin layerwise-stats]\n"
                                       "dims = 32\n"), ST_USAGE);
    CU_ASSERT_EQUAL(trial_plan(&trial, "[variant v]\n"
                                       "layerwise-stats.top = 1\n"),
                    ST_USAGE);
    trial_remove(&trial);
}

CU_ErrorCode add_layerwise_stats_tests(void)
{
    CU_pSuite suite = CU_add_suite("layerwise-stats", NULL, NULL);

    CU_add_test(suite, "tables against the reference", test_tables);
    CU_add_test(suite, "a variant tracks the baseline's dims", test_variant);
    CU_add_test(suite, "verdict on published numbers", test_verdict);
    CU_add_test(suite, "verdict by layers", test_fates);
    CU_add_test(suite, "verdict on a baseline", test_massive);
    CU_add_test(suite, "options out of range", test_refusals);
    return CU_get_error();
}
