/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-head-circuits.c - what head-detector says of weights, against products
 * of whole matrices in float64. */
#include "experiment-fixture.h"
#include "base/mem.h"
#include "golden-models.h"
#include "model/model.h"
#include "tensor/linalg.h"
#include "unit/tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Matrices in float64, in memory that the test frees. */
struct matrix {
    int rows, cols;
    double *x;
};

static struct matrix matrix_new(int rows, int cols)
{
    return (struct matrix){rows, cols,
                           mem_new((size_t)(rows * cols), sizeof(double))};
}

static struct matrix matrix_of(const struct model *model,
                               enum transect_weight weight, int layer,
                               int head)
{
    struct transect_view view;
    struct matrix m;

    if (!model_weight(model, weight, layer, head, &view))
        return (struct matrix){0};
    m = matrix_new((int)view.rows, (int)view.cols);
    for (int i = 0; i < m.rows; i++)
        for (int j = 0; j < m.cols; j++)
            m.x[i * m.cols + j] = (double)view.data[i * view.row_stride +
                                                    j * view.col_stride];
    return m;
}

/* a b, or a b^T; frees both. */
static struct matrix times(struct matrix a, struct matrix b, bool transposed)
{
    struct matrix c = matrix_new(a.rows, transposed ? b.rows : b.cols);

    for (int i = 0; i < c.rows; i++)
        for (int j = 0; j < c.cols; j++)
            for (int k = 0; k < a.cols; k++)
                c.x[i * c.cols + j] += a.x[i * a.cols + k] *
                                       (transposed ? b.x[j * b.cols + k]
                                                   : b.x[k * b.cols + j]);
    free(a.x);
    free(b.x);
    return c;
}

/* Scales rows by a gain (1, rows), which is freed; none: as they are. */
static struct matrix scaled(struct matrix m, struct matrix gain)
{
    for (int i = 0; i < m.rows * m.cols && gain.x; i++)
        m.x[i] *= gain.x[i / m.cols];
    free(gain.x);
    return m;
}

/* Less the mean of each row, or column. */
static struct matrix centered(struct matrix m, bool by_row)
{
    int n = by_row ? m.rows : m.cols, steps = by_row ? m.cols : m.rows;

    for (int i = 0; i < n; i++) {
        double mean = 0;

        for (int j = 0; j < steps; j++)
            mean += m.x[by_row ? i * m.cols + j : j * m.cols + i] / steps;
        for (int j = 0; j < steps; j++)
            m.x[by_row ? i * m.cols + j : j * m.cols + i] -= mean;
    }
    return m;
}

static struct matrix gain_of(const struct model *model,
                             enum transect_weight weight, int layer)
{
    return model->config.stream_norm ? (struct matrix){0}
                                     : matrix_of(model, weight, layer, -1);
}

/* Do norms take the mean away in front of all that reads the stream? */
static bool centers(const struct model *model)
{
    return model->config.norm == NORM_LAYER && !model->config.stream_norm;
}

/* As TransformerLens has weights by default. */
static struct matrix reads(const struct model *model,
                           enum transect_weight weight, int layer, int head)
{
    int group = model->config.n_head / model->config.n_kv_head;
    bool shared = weight != TRANSECT_W_Q;
    struct matrix w = scaled(matrix_of(model, weight, layer,
                                       shared ? head / group : head),
                             gain_of(model, TRANSECT_LN1_GAIN, layer));

    return centers(model) ? centered(w, false) : w;
}

static struct matrix writes(const struct model *model, int layer, int head)
{
    struct matrix w = matrix_of(model, TRANSECT_W_O, layer, head);
    struct matrix gain = gain_of(model, TRANSECT_ATTN_POST_GAIN, layer);

    for (int i = 0; i < w.rows * w.cols && gain.x; i++)
        w.x[i] *= gain.x[i % w.cols];
    free(gain.x);
    return centers(model) ? centered(w, true) : w;
}

static double size_of(struct matrix m)
{
    double squares = 0;

    for (int i = 0; i < m.rows * m.cols; i++)
        squares += m.x[i] * m.x[i];
    return sqrt(squares);
}

/* W_V W_O, W_Q W_K^T, W_K W_Q^T (D, D). */
static struct matrix value_out(const struct model *model, int layer, int head)
{
    return times(reads(model, TRANSECT_W_V, layer, head),
                 writes(model, layer, head), false);
}

static struct matrix read_by(const struct model *model, int path, int layer,
                             int head)
{
    if (path == 2)
        return value_out(model, layer, head);
    return times(reads(model, path ? TRANSECT_W_K : TRANSECT_W_Q, layer,
                       head),
                 reads(model, path ? TRANSECT_W_Q : TRANSECT_W_K, layer,
                       head), true);
}

static double composed(const struct model *model, int path, const int at[4])
{
    struct matrix a = value_out(model, at[0], at[1]);
    struct matrix b = read_by(model, path, at[2], at[3]), product;
    double sizes = size_of(a) * size_of(b), size;

    product = times(a, b, false);
    size = size_of(product) / sizes;
    free(product.x);
    return size;
}

/* W_O W_U W_E W_V, from left to right, and its eigenvalues. */
static double copies(const struct model *model, int layer, int head)
{
    struct matrix unembed = scaled(matrix_of(model, TRANSECT_W_U, -1, -1),
                                   matrix_of(model, TRANSECT_LNF_GAIN, -1,
                                             -1));
    struct matrix m = times(
        times(times(writes(model, layer, head), centered(unembed, true),
                    false),
              matrix_of(model, TRANSECT_W_E, -1, -1), false),
        reads(model, TRANSECT_W_V, layer, head), false);
    int n = m.rows;
    float *x = mem_new((size_t)(n * n), sizeof *x);
    double *re = mem_new((size_t)n, sizeof *re), sum = 0, size = 0;
    double *im = mem_new((size_t)n, sizeof *im);
    struct error err;

    for (int i = 0; i < n * n; i++)
        x[i] = (float)m.x[i];
    CU_ASSERT_EQUAL(linalg_eigenvalues(
        &(struct transect_view){x, n, n, n, 1}, re, im, &err), ST_OK);
    for (int i = 0; i < n; i++) {
        sum += re[i];
        size += hypot(re[i], im[i]);
    }
    free(m.x);
    free(x);
    free(re);
    free(im);
    return sum / size;
}

/* Of every so many heads. */
static void check_copying(const struct trial *trial,
                          const struct model *model, int step)
{
    const struct transect_table *table =
        trial_table(trial, "baseline", "head-detector", "heads");
    int n = 0;

    for (size_t row = 0; row < table_rows(table); row++) {
        int layer = (int)trial_number(table, row, "layer");
        int head = (int)trial_number(table, row, "head");

        if (strcmp(trial_text(table, row, "kind"), "copying") != 0)
            continue;
        if (n++ % step)
            continue;
        CU_ASSERT_STRING_EQUAL(trial_text(table, row, "measure"), "mul");
        CU_ASSERT_EQUAL(trial_number(table, row, "n"), 0);
        CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "score"),
                               copies(model, layer, head), 1e-5);
    }
    CU_ASSERT_EQUAL(n, model->config.n_layer * model->config.n_head);
}

static void check_composition(const struct trial *trial,
                              const struct model *model, int step)
{
    static const char *const paths[] = {"q", "k", "v"};
    const struct transect_table *table =
        trial_table(trial, "baseline", "head-detector", "composition");
    const int n_layer = model->config.n_layer, n_head = model->config.n_head;

    CU_ASSERT_EQUAL(table_rows(table),
                    (size_t)(3 * n_head * n_head * n_layer * (n_layer - 1) /
                             2));
    for (size_t row = 0; row < table_rows(table); row += (size_t)step) {
        const int at[4] = {(int)trial_number(table, row, "from_layer"),
                           (int)trial_number(table, row, "from_head"),
                           (int)trial_number(table, row, "to_layer"),
                           (int)trial_number(table, row, "to_head")};
        int path = (int)(row % 3);

        CU_ASSERT_TRUE(at[0] < at[2]);
        CU_ASSERT_STRING_EQUAL(trial_text(table, row, "kind"), paths[path]);
        CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "score"),
                               composed(model, path, at), 1e-6);
    }
}

static void check_weights(const struct model_recipe *recipe)
{
    struct trial trial;

    if (!trial_make(&trial, recipe, 1, 4))
        return;
    if (trial_do(&trial, "[plugin head-detector]\ncomposition = yes\n"
                         "[variant off]\npruner.heads = L0H0\n")) {
        check_copying(&trial, trial.plan->model, 1);
        check_composition(&trial, trial.plan->model, 1);
        /* Edits change no weights. */
        CU_ASSERT_EQUAL(trial_instance(&trial, "off", "head-detector")
                            ->own.n_tables, 1);
        CU_ASSERT_EQUAL(
            table_rows(trial_table(&trial, "off", "head-detector", "heads")),
            (size_t)(recipe->layers * recipe->heads * 5 * 2));
    }
    trial_remove(&trial);
}

/* Norms that take the mean away; heads that share keys and values, and an
 * unembedding of its own; heads wider than the stream's share of each. */
static void test_weights(void)
{
    static const struct model_recipe gpt2 = {
        .layers = 3, .heads = 2, .width = 24, .vocab = 1500, .seed = 65};
    static const struct model_recipe llama = {
        .layers = 3, .heads = 4, .kv_heads = 2, .width = 32, .untied = true,
        .seed = 66};

    check_weights(&gpt2);
    check_weights(&llama);
}

/* A golden model in the place of the trial's. */
static void check_family(const char *dir, void *user)
{
    struct trial *trial = user;
    char *path = mem_path(trial->dir, "experiment.ini");
    char *set = mem_printf("model.path=%s", dir);
    const struct model *model;

    trial_plan(trial, "[plugin head-detector]\ncomposition = yes\n");
    plan_free(trial->plan); /* its file is there now */
    trial->plan = NULL;
    CU_ASSERT_EQUAL_FATAL(
        plan_make(&(struct plan_settings){.file = path, .sets = &set,
                                          .n_sets = 1},
                  &trial->plan, &trial->err), ST_OK);
    CU_ASSERT_EQUAL_FATAL(trial_run(trial), ST_OK);
    model = trial->plan->model;
    if (model->config.d_word)
        CU_ASSERT_PTR_NOT_NULL(strstr(
            trial_instance(trial, "baseline", "head-detector")
                ->own.sayings[0], "no copying scores"));
    if (!model->config.d_word)
        check_copying(trial, model, 5);
    check_composition(trial, model, 17);
    free(path);
    free(set);
}

static void test_families(void)
{
    static const struct model_recipe recipe = {.vocab = 20};
    struct trial trial;

    if (!trial_make(&trial, &recipe, 1, 6))
        return;
    golden_each(check_family, &trial);
    trial_remove(&trial);
}

CU_ErrorCode add_head_circuits_tests(void)
{
    CU_pSuite suite = CU_add_suite("head-circuits", NULL, NULL);

    CU_add_test(suite, "copying and composition", test_weights);
    CU_add_test(suite, "in every family", test_families);
    return CU_get_error();
}
