/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-svd-alignment.c - the tables of whole runs against the float64
 * reference and plain definitions. */
#include "words.h"

#include "experiment-fixture.h"
#include "base/mem.h"
#include "reference.h"
#include "tokenizer/tokenizer.h"
#include "unit/tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 4096 }; /* tokens of a run, width of a layer */

/* The first singular vectors of a layer's W_out, by power iteration. */
struct leading {
    double value, left[MOST], right[MOST];
};

static double normalize(double *vector, int n)
{
    double squares = 0;

    for (int i = 0; i < n; i++)
        squares += vector[i] * vector[i];
    for (int i = 0; i < n; i++)
        vector[i] /= sqrt(squares);
    return sqrt(squares);
}

static void make_positive(struct leading *to, int f, int d)
{
    double largest = 0;

    for (int i = 0; i < f; i++)
        largest = fabs(to->left[i]) > fabs(largest) ? to->left[i] : largest;
    for (int i = 0; largest < 0 && i < f; i++)
        to->left[i] = -to->left[i];
    for (int j = 0; largest < 0 && j < d; j++)
        to->right[j] = -to->right[j];
}

static struct leading *leading_of(const struct trial *trial, int layer)
{
    struct leading *to = mem_new(1, sizeof *to);
    struct transect_view w;
    double before = 0;

    model_weight(trial->plan->model, TRANSECT_W_OUT, layer, -1, &w);
    for (int64_t j = 0; j < w.cols; j++)
        to->right[j] = 1 + (double)j / 7;
    normalize(to->right, (int)w.cols);
    for (int round = 0; round < 20000; round++) {
        for (int64_t i = 0; i < w.rows; i++) {
            to->left[i] = 0;
            for (int64_t j = 0; j < w.cols; j++)
                to->left[i] += (double)w.data[i * w.row_stride +
                                              j * w.col_stride] *
                               to->right[j];
        }
        normalize(to->left, (int)w.rows);
        for (int64_t j = 0; j < w.cols; j++) {
            to->right[j] = 0;
            for (int64_t i = 0; i < w.rows; i++)
                to->right[j] += (double)w.data[i * w.row_stride +
                                               j * w.col_stride] *
                                to->left[i];
        }
        to->value = normalize(to->right, (int)w.cols);
        if (to->value - before < 1e-15 * before && round > 3000)
            break;
        before = to->value;
    }
    make_positive(to, (int)w.rows, (int)w.cols);
    return to;
}

/* What the reference has of a layer: for each token that counts the
 * projection, the cosine, and the row of mlp_out. */
struct seen {
    int n, d;
    double x[MOST], cosine[MOST];
    const double *out[MOST]; /* (d) each */
    int32_t token[MOST], before[MOST]; /* before: -1 for none */
    struct reference *runs[16];
    int n_run;
};

static void see_token(struct seen *seen, const double *hidden,
                      const double *left, int f, const double *out)
{
    double dot = 0, squares = 0;

    for (int i = 0; i < f; i++) {
        dot += hidden[i] * left[i];
        squares += hidden[i] * hidden[i];
    }
    seen->x[seen->n] = dot;
    seen->cosine[seen->n] = dot / sqrt(squares);
    seen->out[seen->n++] = out;
}

static struct seen *see(const struct trial *trial, int layer,
                        const struct leading *leading, int first)
{
    struct seen *seen = mem_new(1, sizeof *seen);
    int rows, f;

    for (int s = 0; s < trial->n_sample; s++) {
        const int32_t *tokens = trial->tokens + s * trial->n_token;
        const double *post, *out;

        CU_ASSERT_EQUAL_FATAL(reference_run(trial->model, tokens,
                                            trial->n_token, &seen->runs[s]),
                              0);
        post = reference_get(seen->runs[s], TRANSECT_MLP_POST, layer, 0,
                             &rows, &f);
        out = reference_get(seen->runs[s], TRANSECT_MLP_OUT, layer, 0, &rows,
                            &seen->d);
        for (int t = first; t < trial->n_token; t++) {
            seen->token[seen->n] = tokens[t];
            seen->before[seen->n] = t ? tokens[t - 1] : -1;
            see_token(seen, post + t * f, leading->left, f,
                      out + t * seen->d);
        }
    }
    seen->n_run = trial->n_sample;
    return seen;
}

static void seen_free(struct seen *seen)
{
    for (int i = 0; i < seen->n_run; i++)
        reference_free(seen->runs[i]);
    free(seen);
}

static int largest_dim(const struct seen *seen)
{
    double largest = 0;
    int dim = 0;

    for (int i = 0; i < seen->n; i++)
        for (int d = 0; d < seen->d; d++)
            if (fabs(seen->out[i][d]) > largest) {
                largest = fabs(seen->out[i][d]);
                dim = d;
            }
    return dim;
}

/* By the definitions, in two passes. */
static void check_alignment(const struct seen *seen,
                            const struct leading *leading,
                            const struct transect_table *table, size_t row,
                            int dim)
{
    double mx = 0, my = 0, xx = 0, xy = 0, yy = 0, slope, size;

    for (int i = 0; i < seen->n; i++) {
        mx += seen->x[i] / seen->n;
        my += seen->out[i][dim] / seen->n;
    }
    for (int i = 0; i < seen->n; i++) {
        double x = seen->x[i] - mx, y = seen->out[i][dim] - my;

        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    slope = xy / xx;
    size = sqrt(yy / xx); /* the slope of a perfect correlation */
    CU_ASSERT_EQUAL(trial_number(table, row, "dim"), dim);
    CU_ASSERT_EQUAL(trial_number(table, row, "n"), seen->n);
    CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "slope"), slope,
                           1e-5 * size);
    CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "intercept"),
                           my - slope * mx,
                           1e-5 * (fabs(my) + size * fabs(mx)));
    CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "r2"),
                           xy * xy / xx / yy, 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "right_share"),
                           leading->right[dim] * leading->right[dim], 1e-8);
}

static void check_layer(const struct trial *trial, const char *id, int layer,
                        size_t row, int first, int dim)
{
    const struct transect_table *singular =
        trial_table(trial, "baseline", id, "singular");
    size_t n = table_rows(singular) / (size_t)trial->plan->model->config
                                          .n_layer;
    struct leading *leading = leading_of(trial, layer);
    struct seen *seen = see(trial, layer, leading, first);

    if (n > 3) /* of the instance that has all layers and values */
        CU_ASSERT_DOUBLE_EQUAL(
            trial_number(singular, (size_t)layer * n, "value"),
            leading->value, 1e-9 * leading->value);
    check_alignment(seen, leading,
                    trial_table(trial, "baseline", id, "alignment"), row,
                    dim < 0 ? largest_dim(seen) : dim);
    seen_free(seen);
    free(leading);
}

/* The squares of all singular values add up to that of all elements. */
static void check_singular(const struct trial *trial)
{
    const struct transect_table *table =
        trial_table(trial, "baseline", "svd-alignment", "singular");
    struct transect_view w;
    size_t row = 0;

    for (int l = 0; l < trial->plan->model->config.n_layer; l++) {
        double squares = 0, sum = 0;
        int64_t n;

        model_weight(trial->plan->model, TRANSECT_W_OUT, l, -1, &w);
        for (int64_t i = 0; i < w.rows; i++)
            for (int64_t j = 0; j < w.cols; j++) {
                double x = (double)w.data[i * w.row_stride +
                                          j * w.col_stride];

                squares += x * x;
            }
        n = w.rows < w.cols ? w.rows : w.cols;
        for (int64_t k = 1; k <= n; k++, row++) {
            double value = trial_number(table, row, "value");

            CU_ASSERT_EQUAL(trial_number(table, row, "layer"), l);
            CU_ASSERT_EQUAL(trial_number(table, row, "index"), k);
            sum += value * value;
        }
        CU_ASSERT_DOUBLE_EQUAL(sum, squares, 1e-9 * squares);
    }
    CU_ASSERT_EQUAL(table_rows(table), row);
}

static const char sections[] =
    "[plugin svd-alignment]\n"
    "[plugin svd-alignment:list]\n"
    "layers = 1\ndim = 3\nsingular = 2\nfirst_position = 5\n";

static void check_run(const struct model_recipe *recipe, int n_sample,
                      int n_token)
{
    struct trial trial;

    if (!trial_make(&trial, recipe, n_sample, n_token))
        return;
    if (trial_do(&trial, sections)) {
        const struct transect_ctx *instance =
            trial_instance(&trial, "baseline", "svd-alignment");

        check_singular(&trial);
        for (int l = 0; l < recipe->layers; l++)
            check_layer(&trial, "svd-alignment", l, (size_t)l, 0, -1);
        check_layer(&trial, "svd-alignment:list", 1, 0, 5, 3);
        CU_ASSERT_EQUAL(table_rows(trial_table(&trial, "baseline",
                                               "svd-alignment:list",
                                               "singular")), 2);
        /* No tokenizer, no words. */
        CU_ASSERT_EQUAL(instance->own.n_tables, 2);
        CU_ASSERT_EQUAL(instance->own.n_figures, 2);
        CU_ASSERT_PTR_NOT_NULL(strstr(instance->own.sayings[1],
                                      "no tokenizer"));
    }
    trial_remove(&trial);
}

/* More hidden units than dims, and fewer; packed, and longer than a batch. */
static void test_tables(void)
{
    static const struct model_recipe odd = {
        .layers = 3, .heads = 3, .width = 33, .seed = 41};
    static const struct model_recipe narrow = {
        .layers = 2, .heads = 2, .width = 24, .inner = 10, .context = 1100,
        .seed = 42};

    check_run(&odd, 5, 17);
    check_run(&narrow, 2, 1100);
}

/* The tokenizer that ships, for a model of that many tokens. */
static bool link_tokenizer(const struct trial *trial, bool make)
{
    static const char *const names[] = {"vocab.json", "merges.txt"};
    char folder[4096];
    bool good = true;

    if (make && !realpath(getenv("srcdir"), folder))
        return false;
    for (int i = 0; i < 2; i++) {
        char *from = mem_printf("%s/models/demo/%s", make ? folder : "",
                                names[i]);
        char *to = mem_path(trial->model, names[i]);

        good = (make ? symlink(from, to) : unlink(to)) == 0 && good;
        free(from);
        free(to);
    }
    return good;
}

struct count {
    double n, sum, squares, above;
};

static struct piece piece_of(const struct tokenizer *tokenizer, int32_t token)
{
    struct piece piece = {NULL, 0};

    if (token >= 0)
        piece.text = tokenizer_piece(tokenizer, token, &piece.n);
    return piece;
}

static void count_words(const struct seen *seen,
                        const struct tokenizer *tokenizer,
                        struct count counts[N_GROUPS])
{
    struct transect_ctx *ctx = mem_new(1, sizeof *ctx);
    struct words words = words_make(ctx, &host_table, words_english);
    int dim = largest_dim(seen);

    for (int i = 0; i < seen->n; i++) {
        enum group group = words_classify(
            &words, piece_of(tokenizer, seen->token[i]),
            piece_of(tokenizer, seen->before[i]));

        if (group == NO_WORD)
            continue;
        counts[group].n++;
        counts[group].sum += seen->cosine[i];
        counts[group].squares += seen->cosine[i] * seen->cosine[i];
        counts[group].above += fabs(seen->out[i][dim]) > 0.5;
    }
    instance_free(ctx);
}

static void check_words(const struct trial *trial,
                        const struct tokenizer *tokenizer, int layer)
{
    const struct transect_table *table =
        trial_table(trial, "baseline", "svd-alignment", "words");
    struct leading *leading = leading_of(trial, layer);
    struct seen *seen = see(trial, layer, leading, 0);
    struct count counts[N_GROUPS] = {{0}};

    count_words(seen, tokenizer, counts);
    for (int g = 0; g < N_GROUPS; g++) {
        size_t row = (size_t)(2 * layer + g);
        double mean = counts[g].sum / counts[g].n;

        CU_ASSERT_TRUE(counts[g].n > 5 && counts[g].above > 0);
        CU_ASSERT_STRING_EQUAL(trial_text(table, row, "group"),
                               g ? "content" : "function");
        CU_ASSERT_EQUAL(trial_number(table, row, "n"), counts[g].n);
        CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "mean"), mean, 1e-6);
        CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "std"),
                               sqrt(counts[g].squares / counts[g].n -
                                    mean * mean), 1e-6);
        CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "trigger_rate"),
                               counts[g].above / counts[g].n, 1e-12);
    }
    seen_free(seen);
    free(leading);
}

static void test_words(void)
{
    static const struct model_recipe recipe = {
        .layers = 2, .heads = 2, .width = 32, .vocab = 2048, .context = 256,
        .seed = 43};
    struct tokenizer *tokenizer = NULL;
    const struct transect_table *after;
    struct trial trial;

    if (!trial_make(&trial, &recipe, 2, 256))
        return;
    CU_ASSERT_TRUE(link_tokenizer(&trial, true));
    CU_ASSERT_EQUAL_FATAL(tokenizer_open(trial.model, &tokenizer, &trial.err),
                          ST_OK);
    if (trial_do(&trial, "[plugin svd-alignment]\nthreshold = 0.5\n"
                         "[variant off]\npruner.mlps = 1\n")) {
        check_words(&trial, tokenizer, 0);
        check_words(&trial, tokenizer, 1);
        CU_ASSERT_EQUAL(trial_instance(&trial, "baseline", "svd-alignment")
                            ->own.n_figures, 3);
        after = trial_table(&trial, "off", "svd-alignment", "words");
        CU_ASSERT_TRUE(trial_number(after, 0, "trigger_rate") > 0);
        CU_ASSERT_EQUAL(trial_number(after, 2, "trigger_rate"), 0);
        CU_ASSERT_EQUAL(trial_instance(&trial, "off", "svd-alignment")
                            ->own.n_figures, 2);
        after = trial_table(&trial, "off", "svd-alignment", "alignment");
        CU_ASSERT_EQUAL(
            trial_number(after, 1, "dim"),
            trial_number(trial_table(&trial, "baseline", "svd-alignment",
                                     "alignment"), 1, "dim"));
        CU_ASSERT_EQUAL(trial_number(after, 1, "slope"), 0);
        CU_ASSERT_TRUE(isnan(trial_number(after, 1, "r2")));
    }
    tokenizer_close(tokenizer);
    CU_ASSERT_TRUE(link_tokenizer(&trial, false));
    trial_remove(&trial);
}

/* All tokens, if there are few; their x and y; and a line through them. */
static void test_figures(void)
{
    static const struct model_recipe recipe = {
        .layers = 8, .heads = 2, .width = 16, .seed = 44};
    const struct transect_panel *panel;
    const struct figure *figure;
    struct leading *leading;
    struct seen *seen;
    struct trial trial;

    if (!trial_make(&trial, &recipe, 2, 20))
        return;
    if (trial_do(&trial, "[plugin svd-alignment]\n")) {
        figure = trial_instance(&trial, "baseline", "svd-alignment")
                     ->own.figures[1];
        CU_ASSERT_EQUAL_FATAL(figure->n_panels, 6);
        panel = figure->panels;
        leading = leading_of(&trial, panel->title[6] - '0');
        seen = see(&trial, panel->title[6] - '0', leading, 0);
        CU_ASSERT_EQUAL_FATAL(panel->series[0].n, (size_t)seen->n);
        for (int i = 0; i < seen->n; i++) {
            CU_ASSERT_DOUBLE_EQUAL(panel->series[0].x[i], seen->x[i], 1e-5);
            CU_ASSERT_DOUBLE_EQUAL(panel->series[0].y[i],
                                   seen->out[i][largest_dim(seen)], 1e-5);
        }
        CU_ASSERT_EQUAL(panel->series[1].n, 2);
        seen_free(seen);
        free(leading);
    }
    trial_remove(&trial);
}

CU_ErrorCode add_svd_alignment_tests(void)
{
    CU_pSuite suite = CU_add_suite("svd-alignment", NULL, NULL);

    CU_add_test(suite, "tables against the reference", test_tables);
    CU_add_test(suite, "words, and a variant", test_words);
    CU_add_test(suite, "figures show the tokens", test_figures);
    return CU_get_error();
}
