/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-mlp-trace.c - the tables of whole runs against the float64
 * reference. */
#include "experiment-fixture.h"
#include "base/mem.h"
#include "reference.h"
#include "unit/tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CLOSE(got, want) \
    CU_ASSERT_DOUBLE_EQUAL((got), (want), 1e-5 * fabs(want))

enum { MOST_SAMPLES = 8 };

/* A trial with the reference's run of each sample. */
struct bench {
    struct trial trial;
    struct reference *runs[MOST_SAMPLES];
};

static bool bench_make(struct bench *bench, const struct model_recipe *recipe,
                       int n_sample, int n_token)
{
    struct trial *trial = &bench->trial;

    *bench = (struct bench){0};
    if (!trial_make(trial, recipe, n_sample, n_token))
        return false;
    for (int s = 0; s < n_sample; s++)
        CU_ASSERT_EQUAL_FATAL(
            reference_run(trial->model, trial->tokens + s * n_token, n_token,
                          &bench->runs[s]), 0);
    return true;
}

static void bench_remove(struct bench *bench)
{
    for (int s = 0; s < bench->trial.n_sample; s++)
        reference_free(bench->runs[s]);
    trial_remove(&bench->trial);
}

/* (n_token, cols) */
static const double *at_point(const struct bench *bench, int sample,
                              int point, int layer, int *cols)
{
    int rows;

    return reference_get(bench->runs[sample], point, layer, 0, &rows, cols);
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct statistics {
    double max, median;
    int unit, pos, sample; /* of the largest */
};

static struct statistics statistics_of(const struct bench *bench, int point,
                                       int layer)
{
    struct statistics st = {.unit = -1};
    int n_sample = bench->trial.n_sample, cols;
    double best = 0;

    for (int s = 0; s < n_sample; s++) {
        const double *x = at_point(bench, s, point, layer, &cols);
        int n = bench->trial.n_token * cols;
        double *all = mem_new((size_t)n, sizeof *all);

        for (int i = 0; i < n; i++) {
            all[i] = fabs(x[i]);
            if (all[i] > best) {
                best = all[i];
                st.unit = i % cols;
                st.pos = i / cols;
                st.sample = s;
            }
        }
        qsort(all, (size_t)n, sizeof *all, rising);
        st.max += all[n - 1] / n_sample;
        st.median += all[(n - 1) / 2] / n_sample;
        free(all);
    }
    return st;
}

static void check_checkpoints(const struct bench *bench, const char *id,
                              int first_layer, int last_layer)
{
    static const int points[] = {TRANSECT_LN2, TRANSECT_MLP_PRE,
                                 TRANSECT_MLP_POST, TRANSECT_MLP_OUT};
    static const char *const names[] = {"ln2", "mlp_pre", "mlp_post",
                                        "mlp_out"};
    const struct transect_table *table =
        trial_table(&bench->trial, "baseline", id, "checkpoints");
    size_t row = 0;

    for (int l = first_layer; l <= last_layer; l++)
        for (int p = 0; p < 4; p++, row++) {
            struct statistics st = statistics_of(bench, points[p], l);

            CU_ASSERT_EQUAL(trial_number(table, row, "layer"), l);
            CU_ASSERT_STRING_EQUAL(trial_text(table, row, "point"),
                                   names[p]);
            CLOSE(trial_number(table, row, "max"), st.max);
            CLOSE(trial_number(table, row, "median"), st.median);
            CLOSE(trial_number(table, row, "ratio"), st.max / st.median);
            CU_ASSERT_EQUAL(trial_number(table, row, "max_unit"), st.unit);
            CU_ASSERT_EQUAL(trial_number(table, row, "max_pos"), st.pos);
        }
    CU_ASSERT_EQUAL(table_rows(table), row);
}

static double weight(const struct bench *bench, int layer, int unit, int dim)
{
    struct transect_view view;

    model_weight(bench->trial.plan->model, TRANSECT_W_OUT, layer, -1, &view);
    return (double)view.data[unit * view.row_stride + dim * view.col_stride];
}

/* How many units have a larger |weight| into the dim. */
static int rank_of(const struct bench *bench, int layer, int unit, int dim)
{
    double size = fabs(weight(bench, layer, unit, dim));
    int n = 0;

    for (int f = 0; f < bench->trial.plan->model->config.d_mlp; f++)
        n += fabs(weight(bench, layer, f, dim)) > size;
    return n;
}

static void check_unit(const struct bench *bench,
                       const struct transect_table *table, size_t row,
                       int layer, int dim)
{
    struct statistics peak = statistics_of(bench, TRANSECT_MLP_OUT, layer);
    /* What a unit that is hardly active is rounded by. */
    double scale = statistics_of(bench, TRANSECT_MLP_POST, layer).max * 1e-5;
    int unit = (int)trial_number(table, row, "unit"), f, d;
    int n_sample = bench->trial.n_sample, n_token = bench->trial.n_token;
    double w = weight(bench, layer, unit, dim), mean = 0, high = -INFINITY;
    double largest = 0, at_peak, out;

    for (int s = 0; s < n_sample; s++) {
        const double *post = at_point(bench, s, TRANSECT_MLP_POST, layer, &f);

        for (int t = 0; t < n_token; t++) {
            double x = post[t * f + unit];

            mean += x / n_sample / n_token;
            high = fmax(high, x);
            largest = fabs(x) > fabs(largest) ? x : largest;
        }
    }
    at_peak = at_point(bench, peak.sample, TRANSECT_MLP_POST, layer,
                       &f)[peak.pos * f + unit];
    out = at_point(bench, peak.sample, TRANSECT_MLP_OUT, layer,
                   &d)[peak.pos * d + dim];
    CU_ASSERT_EQUAL(trial_number(table, row, "layer"), layer);
    CU_ASSERT_EQUAL(trial_number(table, row, "dim"), dim);
    CU_ASSERT_EQUAL(trial_number(table, row, "weight"), w);
    CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "mean"), mean, scale);
    CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "max"), high, scale);
    CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "contribution"),
                           w * largest, scale * fabs(w));
    CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "peak"), w * at_peak,
                           scale * fabs(w));
    CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "share"),
                           w * at_peak / out, scale * fabs(w / out));
}

/* The rows of a layer and a dim begin there; returns the next. */
static size_t check_units(const struct bench *bench,
                          const struct transect_table *table, size_t row,
                          int layer, int dim, int n)
{
    for (int i = 0; i < n; i++, row++) {
        int unit = (int)trial_number(table, row, "unit");

        CU_ASSERT_EQUAL(trial_number(table, row, "rank"), i + 1);
        CU_ASSERT_EQUAL(rank_of(bench, layer, unit, dim), i);
        check_unit(bench, table, row, layer, dim);
    }
    return row;
}

static const char sections[] =
    "[plugin mlp-trace]\n"
    "[plugin mlp-trace:list]\n"
    "layers = 1-2\ndims = 3 17\nunits = 7\n";

static void check_run(const struct model_recipe *recipe, int n_sample,
                      int n_token)
{
    const struct transect_table *table;
    struct bench bench;
    size_t row = 0;

    if (!bench_make(&bench, recipe, n_sample, n_token))
        return;
    if (trial_do(&bench.trial, sections)) {
        check_checkpoints(&bench, "mlp-trace", 0, recipe->layers - 1);
        table = trial_table(&bench.trial, "baseline", "mlp-trace", "units");
        for (int l = 0; l < recipe->layers; l++)
            row = check_units(&bench, table, row, l,
                              statistics_of(&bench, TRANSECT_MLP_OUT, l).unit,
                              5);
        CU_ASSERT_EQUAL(table_rows(table), row);
        check_checkpoints(&bench, "mlp-trace:list", 1, 2);
        table = trial_table(&bench.trial, "baseline", "mlp-trace:list",
                            "units");
        row = 0;
        for (int l = 1; l <= 2; l++) {
            row = check_units(&bench, table, row, l, 3, 7);
            row = check_units(&bench, table, row, l, 17, 7);
        }
        CU_ASSERT_EQUAL(table_rows(table), row);
    }
    bench_remove(&bench);
}

/* Packed short samples; one longer than a batch. */
static void test_tables(void)
{
    static const struct model_recipe odd = {
        .layers = 3, .heads = 3, .width = 33, .seed = 31};
    static const struct model_recipe gelu = {
        .layers = 3, .heads = 2, .width = 24, .inner = 50, .context = 1100,
        .act = "gelu", .seed = 32};

    check_run(&odd, 5, 17);
    check_run(&gelu, 2, 1100);
    check_run(&gelu, 1, 1);
}

/* The shares of all units and that of the bias make the whole. */
static void test_shares(void)
{
    static const struct model_recipe recipe = {
        .layers = 2, .heads = 2, .width = 16, .seed = 33};
    const struct transect_table *table;
    struct transect_view bias;
    struct bench bench;

    if (!bench_make(&bench, &recipe, 3, 9))
        return;
    if (trial_do(&bench.trial, "[plugin mlp-trace]\nunits = 100\n"
                               "dims = 5\n")) {
        table = trial_table(&bench.trial, "baseline", "mlp-trace", "units");
        CU_ASSERT_EQUAL_FATAL(table_rows(table), 2 * 64);
        for (int l = 0; l < 2; l++) {
            struct statistics peak = statistics_of(&bench, TRANSECT_MLP_OUT,
                                                   l);
            int d;
            double out = at_point(&bench, peak.sample, TRANSECT_MLP_OUT, l,
                                  &d)[peak.pos * 16 + 5];
            double sum = 0;

            model_weight(bench.trial.plan->model, TRANSECT_B_OUT, l, -1,
                         &bias);
            for (size_t i = 0; i < 64; i++)
                sum += trial_number(table, (size_t)l * 64 + i, "share");
            CU_ASSERT_DOUBLE_EQUAL(sum + (double)bias.data[5] / out, 1, 1e-5);
        }
    }
    bench_remove(&bench);
}

/* The baseline's dims in each variant; nothing is made of an MLP that is
 * off. */
static void test_variant(void)
{
    static const struct model_recipe recipe = {
        .layers = 3, .heads = 2, .width = 32, .seed = 34};
    const struct transect_table *before, *after;
    const struct transect_ctx *off;
    struct trial trial;

    if (!trial_make(&trial, &recipe, 3, 20))
        return;
    if (trial_do(&trial, "[plugin mlp-trace]\n[variant off]\n"
                         "pruner.mlps = 0 2\n[variant all-off]\n"
                         "pruner.mlps = *\n")) {
        before = trial_table(&trial, "baseline", "mlp-trace", "units");
        after = trial_table(&trial, "off", "mlp-trace", "units");
        CU_ASSERT_EQUAL_FATAL(table_rows(before), table_rows(after));
        for (size_t i = 0; i < table_rows(before); i++) {
            CU_ASSERT_EQUAL(trial_number(before, i, "dim"),
                            trial_number(after, i, "dim"));
            CU_ASSERT_EQUAL(trial_number(before, i, "unit"),
                            trial_number(after, i, "unit"));
            CU_ASSERT_EQUAL(!isnan(trial_number(after, i, "share")),
                            trial_number(after, i, "layer") == 1);
        }
        off = trial_instance(&trial, "off", "mlp-trace");
        CU_ASSERT_EQUAL_FATAL(off->own.n_sayings, 3);
        CU_ASSERT_PTR_NOT_NULL(strstr(off->own.sayings[0], "layer 1,"));
        CU_ASSERT_PTR_NOT_NULL(strstr(off->own.sayings[2], "baseline"));
        CU_ASSERT_EQUAL(off->own.n_figures, 4);
        off = trial_instance(&trial, "all-off", "mlp-trace");
        CU_ASSERT_PTR_NOT_NULL(strstr(off->own.sayings[0], "zero"));
        CU_ASSERT_EQUAL(
            trial_instance(&trial, "baseline", "mlp-trace")->own.n_figures,
            2);
    }
    trial_remove(&trial);
}

/* The figures show the numbers of the tables. */
static void test_figures(void)
{
    static const struct model_recipe recipe = {
        .layers = 9, .heads = 2, .width = 16, .seed = 35};
    const struct transect_table *points, *units;
    const struct figure *figure;
    const struct transect_ctx *instance;
    struct trial trial;

    if (!trial_make(&trial, &recipe, 2, 12))
        return;
    if (trial_do(&trial, "[plugin mlp-trace]\npoints = mlp_out ln2\n")) {
        instance = trial_instance(&trial, "baseline", "mlp-trace");
        points = trial_table(&trial, "baseline", "mlp-trace", "checkpoints");
        units = trial_table(&trial, "baseline", "mlp-trace", "units");
        CU_ASSERT_EQUAL_FATAL(table_rows(points), 2 * 9);
        figure = instance->own.figures[0];
        CU_ASSERT_EQUAL_FATAL(figure->panels[1].n_series, 9);
        for (size_t l = 0; l < 9; l++)
            for (size_t p = 0; p < 2; p++) {
                CU_ASSERT_EQUAL(figure->panels[0].series[l].y[p],
                                trial_number(points, 2 * l + p, "max"));
                CU_ASSERT_EQUAL(figure->panels[1].series[l].y[p],
                                trial_number(points, 2 * l + p, "ratio"));
            }
        figure = instance->own.figures[1];
        CU_ASSERT_EQUAL_FATAL(figure->n_panels, 12); /* 6 of 9 layers */
        for (size_t i = 0, row = 0; i < 6; i++, row += 5) {
            const double *weights = figure->panels[2 * i].series[0].y;

            while (row < table_rows(units) &&
                   trial_number(units, row, "weight") != weights[0])
                row += 5;
            for (size_t u = 0; u < 5; u++) {
                CU_ASSERT_EQUAL(weights[u],
                                trial_number(units, row + u, "weight"));
                CU_ASSERT_EQUAL(figure->panels[2 * i + 1].series[0].y[u],
                                trial_number(units, row + u, "peak"));
            }
        }
    }
    trial_remove(&trial);
}

static void refuse(struct trial *trial, const char *option,
                   const char *message)
{
    char *text = mem_printf("[plugin mlp-trace]\n%s\n", option);

    CU_ASSERT_EQUAL(trial_plan(trial, text), ST_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial->err.text, message));
    free(text);
}

static void test_refusals(void)
{
    static const struct model_recipe recipe = {.seed = 36};
    struct trial trial;

    if (!trial_make(&trial, &recipe, 1, 4))
        return;
    refuse(&trial, "points = ln2 resid_post", "an MLP has the points");
    refuse(&trial, "points = mlp_gate", "has no gate");
    refuse(&trial, "units = 0", "from 1 to 100");
    refuse(&trial, "dims = 32", "dim");
    refuse(&trial, "layers = 2", "layer");
    trial_remove(&trial);
}

CU_ErrorCode add_mlp_trace_tests(void)
{
    CU_pSuite suite = CU_add_suite("mlp-trace", NULL, NULL);

    CU_add_test(suite, "tables against the reference", test_tables);
    CU_add_test(suite, "all shares make the whole", test_shares);
    CU_add_test(suite, "variants, with MLPs off", test_variant);
    CU_add_test(suite, "figures show the tables", test_figures);
    CU_add_test(suite, "options that make no sense", test_refusals);
    return CU_get_error();
}
