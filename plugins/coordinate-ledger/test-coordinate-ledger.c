/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-coordinate-ledger.c - the parts add up in models of every family; what
 * each of them is, against the float64 reference; what is chosen, what an edit
 * makes of it, positions that are not the same in all samples. */
#include "experiment-fixture.h"
#include "base/mem.h"
#include "golden-models.h"
#include "reference.h"
#include "unit/tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS = 3, HEADS = 4, WIDTH = 24, INNER = 40, SAMPLES = 3 };
enum { TOKENS = 9 };

static const struct model_recipe recipe = {
    .layers = LAYERS, .heads = HEADS, .width = WIDTH, .inner = INNER,
    .context = 32, .vocab = 60, .seed = 64};

#define CL "coordinate-ledger"
/* A product of float32 is rounded by 2^-24, and so is each sum of products; of
 * a few hundred of both signs, as these models have in a row, about the root
 * of their number counts. */
#define ROUNDING (8 * 0x1p-24)

static const struct transect_table *table_of(const struct trial *trial,
                                             const char *variant,
                                             const char *name)
{
    return trial_table(trial, variant, CL, name);
}

static bool is(const struct transect_table *table, size_t row,
               const char *column, double value)
{
    return !(fabs(trial_number(table, row, column) - value) > 0);
}

/* A golden model in the place of the trial's. */
static bool plan_golden(struct trial *trial, const char *dir,
                        const char *sections)
{
    char *path = mem_path(trial->dir, "experiment.ini");
    char *set = mem_printf("model.path=%s", dir);

    trial_plan(trial, sections); /* writes the file */
    plan_free(trial->plan);
    trial->plan = NULL;
    plan_make(&(struct plan_settings){.file = path, .sets = &set,
                                      .n_sets = 1},
              &trial->plan, &trial->err);
    free(path);
    free(set);
    return trial->plan != NULL;
}

/* Every sample's sums, against what the pass shows. */
static void check_sums(const struct transect_table *sums,
                       const struct watch *watch, const char *what)
{
    double worst = 0;

    for (size_t i = 0; i < table_rows(sums); i++) {
        int sample = (int)trial_number(sums, i, "sample");
        int layer = (int)trial_number(sums, i, "layer");
        int position = (int)trial_number(sums, i, "position");
        int dim = (int)trial_number(sums, i, "dim");
        double value = (double)watch_at(watch, sample, layer,
                                        0)[position * watch->cols + dim];
        double parts = trial_number(sums, i, "parts");

        CU_ASSERT(is(sums, i, "value", value));
        CU_ASSERT(is(sums, i, "miss", parts - value));
        worst = fmax(worst, fabs(parts - value) /
                                trial_number(sums, i, "magnitude"));
    }
    if (!(worst <= ROUNDING)) {
        fprintf(stderr, "# %s: parts miss by %g of the magnitudes\n", what,
                worst);
        CU_FAIL("the parts do not add up");
    }
}

/* Means of the ledger's rows, but for those of hidden units, add up to the
 * mean of the values. */
static void check_means(const struct transect_table *ledger,
                        const struct transect_table *sums, int layer,
                        int position, int dim)
{
    double parts = 0, want = 0, n = 0, magnitude = 0;

    for (size_t i = 0; i < table_rows(ledger); i++)
        if (is(ledger, i, "layer", layer) && is(ledger, i, "dim", dim) &&
            is(ledger, i, "position", position) && is(ledger, i, "unit", -1))
            parts += trial_number(ledger, i, "mean");
    for (size_t i = 0; i < table_rows(sums); i++)
        if (is(sums, i, "layer", layer) && is(sums, i, "dim", dim) &&
            is(sums, i, "position", position)) {
            want += trial_number(sums, i, "value");
            magnitude += trial_number(sums, i, "magnitude");
            n++;
        }
    CU_ASSERT_EQUAL(n, SAMPLES);
    CU_ASSERT_DOUBLE_EQUAL(parts * n, want, ROUNDING * magnitude);
}

static size_t count(const struct transect_table *ledger, const char *component)
{
    size_t n = 0;

    for (size_t i = 0; i < table_rows(ledger); i++)
        n += strcmp(trial_text(ledger, i, "component"), component) == 0;
    return n;
}

static void check_family(const char *dir, void *user)
{
    struct trial *trial = user;
    const struct transect_table *ledger, *sums;
    struct watch watch;
    int n_layer;

    if (!plan_golden(trial, dir, "[plugin " CL "]\nlayers = *\n"
                                 "positions = 0 3 8\ndims = 0 5 11\n")) {
        fprintf(stderr, "# %s: %s\n", dir, trial->err.text);
        CU_FAIL_FATAL("the experiment cannot be planned");
    }
    n_layer = trial->plan->model->config.n_layer;
    watch_begin(&watch, trial, "baseline", TRANSECT_RESID_POST);
    CU_ASSERT_EQUAL_FATAL(trial_run(trial), ST_OK);
    ledger = table_of(trial, "baseline", "ledger");
    sums = table_of(trial, "baseline", "sums");
    CU_ASSERT_EQUAL(table_rows(sums), SAMPLES * (size_t)n_layer * 9);
    check_sums(sums, &watch, dir);
    check_means(ledger, sums, n_layer - 1, 3, 11);
    check_means(ledger, sums, 0, 0, 0);
    CU_ASSERT_EQUAL(count(ledger, "edit"), 0);
    watch_end(&watch);
}

static void test_families(void)
{
    struct trial trial;

    if (!trial_make(&trial, &recipe, SAMPLES, TOKENS))
        return;
    golden_each(check_family, &trial);
    trial_remove(&trial);
}

/* The float64 reference's passes over all samples. */
struct bench {
    struct trial trial;
    struct reference *runs[SAMPLES];
};

static bool bench_make(struct bench *bench, const char *sections)
{
    if (!trial_make(&bench->trial, &recipe, SAMPLES, TOKENS))
        return false;
    for (int s = 0; s < SAMPLES; s++)
        CU_ASSERT_EQUAL_FATAL(
            reference_run(bench->trial.model,
                          bench->trial.tokens + s * TOKENS, TOKENS,
                          &bench->runs[s]), 0);
    return trial_do(&bench->trial, sections);
}

static void bench_remove(struct bench *bench)
{
    for (int s = 0; s < SAMPLES; s++)
        reference_free(bench->runs[s]);
    trial_remove(&bench->trial);
}

/* Element `column` of a row of a point. */
static double at(const struct bench *bench, int s, int point, int layer,
                 int head, int position, int column)
{
    int rows, cols;
    const double *x = reference_get(bench->runs[s], point, layer, head, &rows,
                                    &cols);

    return x[position * cols + column];
}

static double weight(const struct bench *bench, int which, int layer, int head,
                     int row, int col)
{
    struct transect_view view;

    model_weight(bench->trial.plan->model, which, layer, head, &view);
    return (double)view.data[row * view.row_stride + col * view.col_stride];
}

/* What a row of the ledger says, by its definition. */
static double wrote(const struct bench *bench,
                    const struct transect_table *table, size_t i, int s)
{
    const char *component = trial_text(table, i, "component");
    int position = (int)trial_number(table, i, "position");
    int dim = (int)trial_number(table, i, "dim");
    int layer = (int)trial_number(table, i, "from_layer");
    int head = (int)trial_number(table, i, "head");
    int unit = (int)trial_number(table, i, "unit");
    double sum = 0;

    if (strcmp(component, "embed") == 0)
        return at(bench, s, TRANSECT_EMBED, 0, 0, position, dim);
    if (strcmp(component, "pos_embed") == 0)
        return at(bench, s, TRANSECT_POS_EMBED, 0, 0, position, dim);
    if (strcmp(component, "attn_bias") == 0)
        return weight(bench, TRANSECT_B_O, layer, -1, 0, dim);
    if (strcmp(component, "mlp_bias") == 0)
        return weight(bench, TRANSECT_B_OUT, layer, -1, 0, dim);
    if (strcmp(component, "head") == 0)
        for (int j = 0; j < WIDTH / HEADS; j++)
            sum += at(bench, s, TRANSECT_Z, layer, head, position, j) *
                   weight(bench, TRANSECT_W_O, layer, head, j, dim);
    else if (strcmp(component, "mlp") == 0)
        for (int f = unit < 0 ? 0 : unit; f < (unit < 0 ? INNER : unit + 1);
             f++)
            sum += at(bench, s, TRANSECT_MLP_POST, layer, 0, position, f) *
                   weight(bench, TRANSECT_W_OUT, layer, -1, f, dim);
    else
        CU_FAIL("a component that GPT-2 does not have");
    return sum;
}

static void check_row(const struct bench *bench,
                      const struct transect_table *ledger, size_t i,
                      double value)
{
    double mean = 0, squares = 0, x[SAMPLES];

    for (int s = 0; s < SAMPLES; s++) {
        x[s] = wrote(bench, ledger, i, s);
        mean += x[s] / SAMPLES;
    }
    for (int s = 0; s < SAMPLES; s++)
        squares += (x[s] - mean) * (x[s] - mean);
    CU_ASSERT_DOUBLE_EQUAL(trial_number(ledger, i, "mean"), mean, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(trial_number(ledger, i, "se"),
                           sqrt(squares / (SAMPLES - 1) / SAMPLES), 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(trial_number(ledger, i, "share"), mean / value,
                           1e-5 * (1 + fabs(mean / value)) / fabs(value));
    CU_ASSERT(is(ledger, i, "n", SAMPLES));
}

static double mean_at(const struct bench *bench, int point, int layer,
                      int position, int dim)
{
    double mean = 0;

    for (int s = 0; s < SAMPLES; s++)
        mean += at(bench, s, point, layer, 0, position, dim) / SAMPLES;
    return mean;
}

/* Of the hidden units that the reference has in layers 0..last, how many wrote
 * more than this. */
static int stronger(const struct bench *bench, int last, int position, int dim,
                    double least)
{
    int n = 0;

    for (int l = 0; l <= last; l++)
        for (int f = 0; f < INNER; f++)
            n += fabs(mean_at(bench, TRANSECT_MLP_POST, l, position, f) *
                      weight(bench, TRANSECT_W_OUT, l, -1, f, dim)) > least;
    return n;
}

/* Every row; embed, pos_embed, and of each layer heads, MLP, two biases; and
 * the strongest units, which are these. */
static void test_parts(void)
{
    const struct transect_table *ledger;
    struct bench bench;
    size_t units = 0;

    if (bench_make(&bench, "[plugin " CL "]\nlayers = 1-2\ndims = 7\n"
                           "positions = 4\nunits = 6\n")) {
        ledger = table_of(&bench.trial, "baseline", "ledger");
        CU_ASSERT_EQUAL(table_rows(ledger),
                        4 + (2 + 3) * (HEADS + 3) + 2 * 6);
        for (size_t i = 0; i < table_rows(ledger); i++) {
            int layer = (int)trial_number(ledger, i, "layer");

            check_row(&bench, ledger, i,
                      mean_at(&bench, TRANSECT_RESID_POST, layer, 4, 7));
            if (is(ledger, i, "unit", -1))
                continue;
            CU_ASSERT(stronger(&bench, layer, 4, 7,
                               fabs(trial_number(ledger, i, "mean")) -
                                   1e-6) <= 6);
            units++;
        }
        CU_ASSERT_EQUAL(units, 12);
    }
    bench_remove(&bench);
}

static void test_running(void)
{
    static const struct {
        const char *column;
        int point;
    } points[] = {{"attention", TRANSECT_ATTN_OUT},
                  {"mlp", TRANSECT_MLP_OUT},
                  {"stream", TRANSECT_RESID_POST}};
    const struct transect_table *running;
    struct bench bench;

    if (bench_make(&bench, "[plugin " CL "]\nlayers = 1\ndims = 7\n"
                           "positions = 4\n")) {
        running = table_of(&bench.trial, "baseline", "running");
        CU_ASSERT_EQUAL_FATAL(table_rows(running), 1 + LAYERS);
        CU_ASSERT_DOUBLE_EQUAL(
            trial_number(running, 0, "stream"),
            mean_at(&bench, TRANSECT_RESID_PRE, 0, 4, 7), 1e-6);
        CU_ASSERT(isnan(trial_number(running, 0, "mlp")));
        for (int l = 0; l < LAYERS; l++)
            for (int p = 0; p < 3; p++)
                CU_ASSERT_DOUBLE_EQUAL(
                    trial_number(running, (size_t)l + 1, points[p].column),
                    mean_at(&bench, points[p].point, l, 4, 7), 1e-5);
    }
    bench_remove(&bench);
}

/* The largest of all magnitudes comes first, where it is largest. */
static void test_auto(void)
{
    int layer = 0, position = 0, dim = 0;
    const struct transect_table *sums;
    struct bench bench;
    double largest = 0;

    if (bench_make(&bench, "[plugin " CL "]\n")) {
        for (int s = 0; s < SAMPLES; s++)
            for (int i = 0; i < LAYERS * TOKENS * WIDTH; i++) {
                int l = i / (TOKENS * WIDTH), p = i / WIDTH % TOKENS;
                double x = fabs(at(&bench, s, TRANSECT_RESID_POST, l, 0, p,
                                   i % WIDTH));

                if (x > largest) {
                    largest = x;
                    layer = l;
                    position = p;
                    dim = i % WIDTH;
                }
            }
        sums = table_of(&bench.trial, "baseline", "sums");
        CU_ASSERT_FATAL(table_rows(sums) >= SAMPLES);
        CU_ASSERT(table_rows(sums) <= 3 * SAMPLES);
        CU_ASSERT(is(sums, 0, "layer", layer));
        CU_ASSERT(is(sums, 0, "position", position));
        CU_ASSERT(is(sums, 0, "dim", dim));
    }
    bench_remove(&bench);
}

/* Sum of the means of layer 1's MLP and its bias. */
static double of_mlp(const struct transect_table *ledger)
{
    double sum = 0;

    for (size_t i = 0; i < table_rows(ledger); i++)
        if (strncmp(trial_text(ledger, i, "component"), "mlp", 3) == 0 &&
            is(ledger, i, "from_layer", 1) && is(ledger, i, "unit", -1))
            sum += trial_number(ledger, i, "mean");
    return sum;
}

/* An MLP that is off wrote nothing; where one column of its output was set to
 * 0 behind its units, an edit took away what they wrote. */
static void test_edits(void)
{
    const struct transect_table *before, *off, *column;
    struct watch watch;
    struct bench bench;

    if (!bench_make(&bench, "[plugin " CL "]\nlayers = 2\ndims = 7\n"
                            "positions = 4\n[variant off]\n"
                            "pruner.mlps = 1\n[variant column]\n"
                            "patcher.point = mlp_out\npatcher.layers = 1\n"
                            "patcher.dims = 7\npatcher.from = zero\n")) {
        bench_remove(&bench);
        return;
    }
    before = table_of(&bench.trial, "baseline", "ledger");
    off = table_of(&bench.trial, "off", "ledger");
    column = table_of(&bench.trial, "column", "ledger");
    CU_ASSERT(fabs(of_mlp(before)) > 1e-4);
    CU_ASSERT_EQUAL(of_mlp(off), 0);
    CU_ASSERT_EQUAL(of_mlp(column), of_mlp(before));
    CU_ASSERT_EQUAL(count(before, "edit"), 0);
    CU_ASSERT_EQUAL(count(off, "edit"), 0);
    CU_ASSERT_EQUAL(count(column, "edit"), 1);
    for (size_t i = 0; i < table_rows(column); i++)
        if (strcmp(trial_text(column, i, "component"), "edit") == 0) {
            CU_ASSERT(is(column, i, "from_layer", 1));
            CU_ASSERT_DOUBLE_EQUAL(trial_number(column, i, "mean"),
                                   -of_mlp(before), 1e-6);
        }
    if (trial_watch(&bench.trial, "[plugin " CL "]\nlayers = 2\n"
                    "positions = *\ndims = 0-3\n[variant off]\n"
                    "patcher.point = resid_mid\npatcher.from = zero\n"
                    "patcher.layers = 1\npatcher.positions = 2-5\n", "off",
                    TRANSECT_RESID_POST, &watch))
        check_sums(table_of(&bench.trial, "off", "sums"), &watch,
                   "with an edit");
    watch_end(&watch);
    bench_remove(&bench);
}

/* Samples of 9, 6 and 3 tokens. */
static struct samples *uneven(void)
{
    struct samples *samples = mem_new(1, sizeof *samples);

    for (int i = 0; i < SAMPLES; i++) {
        int32_t tokens[TOKENS];

        for (int j = 0; j < TOKENS - 3 * i; j++)
            tokens[j] = (i * 31 + j * 17 + j / 3) % 60;
        samples_add(samples, tokens, TOKENS - 3 * i);
    }
    return samples;
}

static void test_places(void)
{
    const struct transect_table *ledger, *sums, *running;
    struct trial trial;

    if (!trial_make(&trial, &recipe, SAMPLES, TOKENS))
        return;
    trial.samples = uneven();
    if (trial_do(&trial, "[plugin " CL "]\npositions = 1 4 last\n"
                         "dims = 3\nlayers = 1\n")) {
        ledger = table_of(&trial, "baseline", "ledger");
        sums = table_of(&trial, "baseline", "sums");
        running = table_of(&trial, "baseline", "running");
        /* 1 4 8; 1 4 5; 1 - 2 */
        CU_ASSERT_EQUAL_FATAL(table_rows(sums), 8);
        CU_ASSERT(is(sums, 5, "position", 5) && is(sums, 7, "position", 2));
        CU_ASSERT(is(sums, 5, "place", 2) && is(sums, 7, "place", 2));
        CU_ASSERT_EQUAL_FATAL(table_rows(running), 3 * (1 + LAYERS));
        CU_ASSERT(is(running, 0, "position", 1) && is(running, 0, "n", 3));
        CU_ASSERT(is(running, 4, "position", 4) && is(running, 4, "n", 2));
        CU_ASSERT(is(running, 8, "position", -1) && is(running, 8, "n", 3));
        CU_ASSERT(is(ledger, 0, "n", 3));
        CU_ASSERT(is(ledger, table_rows(ledger) - 1, "n", 3));
    }
    trial_remove(&trial);
}

static void test_refused(void)
{
    struct trial trial;

    if (!trial_make(&trial, &recipe, SAMPLES, TOKENS))
        return;
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin " CL "]\ndims = 24\n"),
                    ST_USAGE);
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin " CL "]\npositions = 9\n"),
                    ST_USAGE);
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin " CL "]\nlayers = 3\n"),
                    ST_USAGE);
    trial_remove(&trial);
}

CU_ErrorCode add_coordinate_ledger_tests(void)
{
    CU_pSuite suite = CU_add_suite("coordinate-ledger", NULL, NULL);

    CU_add_test(suite, "parts add up in all families", test_families);
    CU_add_test(suite, "parts against the reference", test_parts);
    CU_add_test(suite, "the running sum", test_running);
    CU_add_test(suite, "the largest coordinates", test_auto);
    CU_add_test(suite, "what an edit writes", test_edits);
    CU_add_test(suite, "positions that differ", test_places);
    CU_add_test(suite, "what is refused", test_refused);
    return CU_get_error();
}
