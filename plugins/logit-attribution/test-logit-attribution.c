/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-logit-attribution.c - parts against the float64 reference. */
#include "attribution-trials.h"
#include "experiment-fixture.h"
#include "reference.h"
#include "unit/tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = ATTRIBUTION_N, D = 16, HEADS = 2, LAYERS = 2, F = 64 };

static const struct model_recipe recipe = {
    .layers = LAYERS, .heads = HEADS, .width = D, .context = 16,
    .vocab = ATTRIBUTION_VOCAB, .seed = 61};

static const int *const lengths = attribution_lengths;

/* Two passes or more. */
static bool set_up(struct trial *trial, const char *sections)
{
    if (!trial_make(trial, &recipe, N, ATTRIBUTION_LONGEST))
        return false;
    trial->batch_tokens = 10;
    trial->samples = attribution_samples();
    if (trial_do(trial, sections))
        return true;
    fprintf(stderr, "# %s\n", trial->err.text);
    trial_remove(trial);
    return false;
}

/* Part k of a sample: embed, pos_embed, then of each layer its heads,
 * attn_bias, mlp, mlp_bias; norm_bias. */
enum { EACH = HEADS + 3, PARTS = 2 + LAYERS * EACH + 1 };

static const double *row_of(const struct reference *reference, int point,
                            int layer, int head, int position)
{
    int rows, cols;
    const double *all = reference_get(reference, point, layer, head, &rows,
                                      &cols);

    return all + position * cols;
}

static double at(const struct transect_view *view, int i, int j)
{
    return (double)view->data[i * view->row_stride + j * view->col_stride];
}

/* The weighting of the last resid_post, with its scale as it is; returns the
 * part of the final norm's bias. */
static double weigh(const struct model *model, const double *resid,
                    const struct sample_facts *facts, double *weights)
{
    struct transect_view gain, bias, unembed;
    double mean = 0, squares = 0, center = 0, constant = 0;

    model_weight(model, TRANSECT_LNF_GAIN, -1, -1, &gain);
    model_weight(model, TRANSECT_LNF_BIAS, -1, -1, &bias);
    model_weight(model, TRANSECT_W_U, -1, -1, &unembed);
    for (int j = 0; j < D; j++)
        mean += resid[j] / D;
    for (int j = 0; j < D; j++)
        squares += (resid[j] - mean) * (resid[j] - mean) / D;
    for (int j = 0; j < D; j++) {
        double u = 0;

        for (int k = 0; k < facts->n_answer; k++)
            u += (at(&unembed, j, facts->answers[k]) -
                  at(&unembed, j, facts->foils[k])) / facts->n_answer;
        constant += u * at(&bias, 0, j);
        weights[j] = u * at(&gain, 0, j) /
                     sqrt(squares + model->config.norm_epsilon);
        center += weights[j] / D;
    }
    for (int j = 0; j < D; j++)
        weights[j] -= center;
    return constant;
}

static double dot(const double *weights, const double *row)
{
    double sum = 0;

    for (int j = 0; j < D; j++)
        sum += weights[j] * row[j];
    return sum;
}

static double dot_bias(const struct model *model, const double *weights,
                       enum transect_weight weight, int layer)
{
    struct transect_view view;
    double sum = 0;

    model_weight(model, weight, layer, -1, &view);
    for (int j = 0; j < D; j++)
        sum += weights[j] * at(&view, 0, j);
    return sum;
}

/* Returns the logit difference. */
static double expect(const struct trial *trial, const struct samples *samples,
                     int i, double *parts)
{
    const struct model *model = trial->plan->model;
    const struct sample_facts *facts = &trial->plan->samples->facts[i];
    struct reference *reference;
    int last = lengths[i] - 1;
    double weights[D], diff = 0, *p = parts;
    const double *logits;

    CU_ASSERT_EQUAL_FATAL(reference_run(trial->model,
                                        samples_tokens(samples, i),
                                        lengths[i], &reference), 0);
    parts[PARTS - 1] = weigh(model, row_of(reference, TRANSECT_RESID_POST,
                                           LAYERS - 1, 0, last),
                             facts, weights);
    *p++ = dot(weights, row_of(reference, TRANSECT_EMBED, 0, 0, last));
    *p++ = dot(weights, row_of(reference, TRANSECT_POS_EMBED, 0, 0, last));
    for (int l = 0; l < LAYERS; l++) {
        for (int h = 0; h < HEADS; h++)
            *p++ = dot(weights, row_of(reference, TRANSECT_HEAD_OUT, l, h,
                                       last));
        *p++ = dot_bias(model, weights, TRANSECT_B_O, l);
        p[1] = dot_bias(model, weights, TRANSECT_B_OUT, l);
        p[0] = dot(weights, row_of(reference, TRANSECT_MLP_OUT, l, 0, last)) -
               p[1];
        p += 2;
    }
    logits = row_of(reference, TRANSECT_LOGITS, 0, 0, last);
    for (int k = 0; k < facts->n_answer; k++)
        diff += (logits[facts->answers[k]] - logits[facts->foils[k]]) /
                facts->n_answer;
    reference_free(reference);
    return diff;
}

static double largest_of(const double *parts)
{
    double largest = 0;

    for (int p = 0; p < PARTS; p++)
        largest = fmax(largest, fabs(parts[p]));
    return largest;
}

/* Means over the samples, with standard errors; what sums.csv has of each. */
static void check_parts(const struct trial *trial, const char *variant,
                        const struct samples *samples)
{
    const struct transect_table *table =
        trial_table(trial, variant, "logit-attribution", "components");
    const struct transect_table *sums =
        trial_table(trial, variant, "logit-attribution", "sums");
    double parts[N][PARTS];

    for (int i = 0; i < N; i++) {
        size_t row = (size_t)i;
        double diff = expect(trial, samples, i, parts[i]);

        CU_ASSERT_EQUAL(trial_number(sums, row, "sample"), i);
        CU_ASSERT_EQUAL(trial_number(sums, row, "place"), 0);
        CU_ASSERT_EQUAL(trial_number(sums, row, "position"), lengths[i] - 1);
        CU_ASSERT_DOUBLE_EQUAL(trial_number(sums, row, "largest"),
                               largest_of(parts[i]), 1e-5);
        CU_ASSERT_DOUBLE_EQUAL(trial_number(sums, row, "logit_diff"), diff,
                               1e-5);
        CU_ASSERT_DOUBLE_EQUAL(trial_number(sums, row, "parts"), diff, 1e-5);
    }
    CU_ASSERT_EQUAL(table_rows(table), PARTS);
    for (size_t p = 0; p < PARTS; p++) {
        double mean = 0, squares = 0;

        for (int i = 0; i < N; i++)
            mean += parts[i][p] / N;
        for (int i = 0; i < N; i++)
            squares += (parts[i][p] - mean) * (parts[i][p] - mean);
        CU_ASSERT_DOUBLE_EQUAL(trial_number(table, p, "mean"), mean, 1e-5);
        CU_ASSERT_DOUBLE_EQUAL(trial_number(table, p, "se"),
                               sqrt(squares / (N - 1) / N), 1e-5);
    }
}

static void expect_name(const struct transect_table *table, size_t row,
                        const char *component, int layer, int head)
{
    CU_ASSERT_STRING_EQUAL(trial_text(table, row, "component"), component);
    CU_ASSERT_EQUAL(trial_number(table, row, "layer"), layer);
    CU_ASSERT_EQUAL(trial_number(table, row, "head"), head);
}

/* In the prompts, in the pairs, and in a process of its own. */
static void test_parts(void)
{
    static const char *const sections[] = {
        "[plugin logit-attribution]\n",
        "[plugin logit-attribution]\nisolation = process\n"};
    struct trial trial;

    for (int i = 0; i < 2; i++) {
        const struct transect_table *table;

        if (!set_up(&trial, sections[i]))
            return;
        check_parts(&trial, "baseline", trial.plan->samples);
        check_parts(&trial, "pair", trial.plan->samples->pair);
        table = trial_table(&trial, "baseline", "logit-attribution",
                            "components");
        expect_name(table, 0, "embed", -1, -1);
        expect_name(table, 1, "pos_embed", -1, -1);
        expect_name(table, 2 + EACH + 1, "head", 1, 1);
        expect_name(table, 2 + EACH + 2, "attn_bias", 1, -1);
        expect_name(table, 2 + EACH + 3, "mlp", 1, -1);
        expect_name(table, 2 + EACH + 4, "mlp_bias", 1, -1);
        expect_name(table, PARTS - 1, "norm_bias", -1, -1);
        trial_remove(&trial);
    }
}

static double part_of(const struct trial *trial, const char *variant,
                      const char *id, const char *component, int layer,
                      int head)
{
    const struct transect_table *table = trial_table(trial, variant, id,
                                                     "components");

    for (size_t i = 0; i < table_rows(table); i++)
        if (strcmp(trial_text(table, i, "component"), component) == 0 &&
            trial_number(table, i, "layer") == layer &&
            trial_number(table, i, "head") == head)
            return trial_number(table, i, "mean");
    return 0;
}

/* All units of all layers are listed: their sums are the MLPs'; the order is
 * that of magnitudes. */
static void test_units(void)
{
    const struct transect_table *table;
    double sums[LAYERS] = {0}, before = HUGE_VAL;
    struct trial trial;

    if (!set_up(&trial, "[plugin logit-attribution]\nunits = 1000\n"))
        return;
    table = trial_table(&trial, "baseline", "logit-attribution", "units");
    CU_ASSERT_EQUAL(table_rows(table), LAYERS * F);
    for (size_t i = 0; i < table_rows(table); i++) {
        double mean = trial_number(table, i, "mean");

        CU_ASSERT_EQUAL(trial_number(table, i, "rank"), (double)i + 1);
        CU_ASSERT(fabs(mean) <= before);
        CU_ASSERT(trial_number(table, i, "se") > 0);
        before = fabs(mean);
        sums[(int)trial_number(table, i, "layer")] += mean;
    }
    for (int l = 0; l < LAYERS; l++)
        CU_ASSERT_DOUBLE_EQUAL(sums[l],
                               part_of(&trial, "baseline",
                                       "logit-attribution", "mlp", l, -1),
                               1e-9);
    trial_remove(&trial);
}

static double largest_of_all(const struct trial *trial, const char *variant,
                             const char *column)
{
    const struct transect_table *sums =
        trial_table(trial, variant, "logit-attribution", "sums");
    double largest = 0;

    for (size_t i = 0; i < N; i++)
        largest = fmax(largest, fabs(trial_number(sums, i, column)));
    return largest;
}

static double largest_miss(const struct trial *trial, const char *variant)
{
    return largest_of_all(trial, variant, "miss");
}

static double part_in(const struct trial *trial, const char *variant,
                      const char *component, int layer, int head)
{
    return part_of(trial, variant, "logit-attribution", component, layer,
                   head);
}

/* What is switched off, behind z and mlp_post, too, has no part, and the rest
 * adds up. */
static void test_switched_off(void)
{
    static const char *const variants[] = {"pruned", "mlp", "attention"};
    struct trial trial;

    if (!set_up(&trial, "[plugin logit-attribution]\n"
                        "[variant pruned]\npruner.heads = L0H1\n"
                        "[variant mlp]\npruner.mlps = 1\n"
                        "[variant attention]\npruner.attention = 0\n"))
        return;
    CU_ASSERT_EQUAL(part_in(&trial, "pruned", "head", 0, 1), 0);
    CU_ASSERT_EQUAL(part_in(&trial, "mlp", "mlp", 1, -1), 0);
    CU_ASSERT_EQUAL(part_in(&trial, "mlp", "mlp_bias", 1, -1), 0);
    CU_ASSERT(part_in(&trial, "mlp", "mlp", 0, -1) != 0);
    for (int h = 0; h < HEADS; h++) {
        CU_ASSERT_EQUAL(part_in(&trial, "attention", "head", 0, h), 0);
        CU_ASSERT(part_in(&trial, "attention", "head", 1, h) != 0);
        CU_ASSERT(part_in(&trial, "baseline", "head", 0, h) != 0);
    }
    CU_ASSERT_EQUAL(part_in(&trial, "attention", "attn_bias", 0, -1), 0);
    CU_ASSERT(part_in(&trial, "baseline", "mlp", 1, -1) != 0);
    for (int i = 0; i < 3; i++) {
        const struct transect_table *table =
            trial_table(&trial, variants[i], "logit-attribution",
                        "components");

        CU_ASSERT_EQUAL(table_rows(table), PARTS); /* none is an edit */
        CU_ASSERT(largest_miss(&trial, variants[i]) < 1e-5);
        CU_ASSERT(attribution_says(&trial, variants[i],
                                   "the parts add up to"));
    }
    trial_remove(&trial);
}

/* What is put into the stream is the layer's edit, what is put behind it no
 * part's, and that is said, also where it is little. */
static void test_edits(void)
{
    struct trial trial;

    if (!set_up(&trial,
                "[plugin logit-attribution]\n"
                "[variant stream]\nbump.by = 2\n"
                "[variant before]\nbump.points = resid_pre\n"
                "bump.layers = 0\n"
                "[variant off]\nbump.points = ln_final\n"
                "[variant little]\nbump.points = ln_final\nbump.by = 2e-4\n"))
        return;
    CU_ASSERT(fabs(part_in(&trial, "stream", "edit", 0, -1)) > 1e-2);
    CU_ASSERT_DOUBLE_EQUAL(part_in(&trial, "stream", "edit", 0, -1),
                           part_in(&trial, "stream", "edit", 1, -1), 1e-6);
    CU_ASSERT_EQUAL(part_in(&trial, "stream", "edit", -1, -1), 0);
    CU_ASSERT(fabs(part_in(&trial, "before", "edit", -1, -1)) > 1e-2);
    CU_ASSERT_EQUAL(part_in(&trial, "before", "edit", 0, -1), 0);
    CU_ASSERT(largest_miss(&trial, "stream") < 1e-5);
    CU_ASSERT(largest_miss(&trial, "before") < 1e-5);
    CU_ASSERT(largest_miss(&trial, "off") > 1e-2);
    CU_ASSERT(largest_miss(&trial, "little") <
              1e-3 * largest_of_all(&trial, "little", "largest"));
    CU_ASSERT(attribution_says(&trial, "baseline", "the parts add up to"));
    CU_ASSERT(attribution_says(&trial, "stream", "the parts add up to"));
    CU_ASSERT(attribution_says(&trial, "off", "the parts do not add up"));
    CU_ASSERT(attribution_says(&trial, "little", "the parts do not add up"));
    trial_remove(&trial);
}

/* At every position, of which a sample's parts are the means. */
static void test_positions(void)
{
    const struct transect_table *sums;
    struct trial trial;
    double mean = 0, parts = 0;
    size_t row = 0;

    if (!set_up(&trial, "[plugin logit-attribution]\npositions = *\n"))
        return;
    sums = trial_table(&trial, "baseline", "logit-attribution", "sums");
    for (int i = 0; i < N; i++)
        for (int p = 0; p < lengths[i]; p++, row++) {
            CU_ASSERT_EQUAL(trial_number(sums, row, "sample"), i);
            CU_ASSERT_EQUAL(trial_number(sums, row, "place"), p);
            CU_ASSERT_EQUAL(trial_number(sums, row, "position"), p);
            CU_ASSERT_DOUBLE_EQUAL(trial_number(sums, row, "miss"), 0, 1e-5);
            mean += trial_number(sums, row, "parts") / lengths[i] / N;
        }
    CU_ASSERT_EQUAL(table_rows(sums), row);
    sums = trial_table(&trial, "baseline", "logit-attribution", "components");
    for (size_t i = 0; i < table_rows(sums); i++)
        parts += trial_number(sums, i, "mean");
    CU_ASSERT_DOUBLE_EQUAL(parts, mean, 1e-9);
    trial_remove(&trial);
}

/* Samples that lack an item of the list leave its place out; those that lack
 * all are in no mean, which is said. */
static void test_places(void)
{
    static const double rows[][3] = {{0, 0, 3}, {1, 0, 3}, {1, 1, 5},
                                     {3, 0, 3}, {3, 1, 5}};
    static const char *const names[] = {"components", "layers", "units"};
    const struct transect_table *table;
    struct trial trial;

    if (!set_up(&trial, "[plugin logit-attribution]\npositions = 3 5\n"
                        "units = 2\n"))
        return;
    table = trial_table(&trial, "baseline", "logit-attribution", "sums");
    CU_ASSERT_EQUAL_FATAL(table_rows(table), 5);
    for (size_t i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(trial_number(table, i, "sample"), rows[i][0]);
        CU_ASSERT_EQUAL(trial_number(table, i, "place"), rows[i][1]);
        CU_ASSERT_EQUAL(trial_number(table, i, "position"), rows[i][2]);
    }
    for (size_t t = 0; t < 3; t++)
        CU_ASSERT_EQUAL(
            trial_number(trial_table(&trial, "baseline", "logit-attribution",
                                     names[t]), 0, "n"), 3);
    CU_ASSERT(attribution_says(&trial, "baseline",
                               "1 of 4 samples have none of the positions"));
    trial_remove(&trial);
    if (!set_up(&trial, "[plugin logit-attribution]\npositions = 5 -1\n"))
        return;
    table = trial_table(&trial, "baseline", "logit-attribution", "sums");
    CU_ASSERT_EQUAL_FATAL(table_rows(table), 4);
    for (size_t i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(trial_number(table, i, "place"), i % 2 ? 0 : 1);
    trial_remove(&trial);
}

/* Of a list of tokens, and of others against it, for all samples. */
static void test_tokens(void)
{
    static const int32_t right[] = {7, 31}, wrong[] = {4};
    const struct transect_table *sums;
    struct trial trial;

    if (!set_up(&trial, "[plugin logit-attribution]\ntokens = 7 31\n"
                        "against = 4\n"))
        return;
    sums = trial_table(&trial, "baseline", "logit-attribution", "sums");
    for (int i = 0; i < N; i++) {
        struct reference *reference;
        double want = 0;
        const double *logits;

        CU_ASSERT_EQUAL_FATAL(
            reference_run(trial.model, samples_tokens(trial.plan->samples, i),
                          lengths[i], &reference), 0);
        logits = row_of(reference, TRANSECT_LOGITS, 0, 0, lengths[i] - 1);
        for (int k = 0; k < 2; k++)
            want += logits[right[k]] / 2;
        want -= logits[wrong[0]];
        CU_ASSERT_DOUBLE_EQUAL(trial_number(sums, (size_t)i, "logit_diff"),
                               want, 1e-5);
        CU_ASSERT_DOUBLE_EQUAL(trial_number(sums, (size_t)i, "parts"), want,
                               1e-5);
        reference_free(reference);
    }
    trial_remove(&trial);
}

static void refuse(struct trial *trial, const char *section,
                   const char *message)
{
    CU_ASSERT_EQUAL(trial_plan(trial, section), ST_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial->err.text, message));
}

static void test_refusals(void)
{
    struct trial trial;

    if (!trial_make(&trial, &recipe, N, ATTRIBUTION_LONGEST))
        return;
    refuse(&trial, "[plugin logit-attribution]\n",
           "sample 0 has no answer; [input] answer");
    refuse(&trial, "[plugin logit-attribution]\nagainst = 3\n",
           "against: there are no tokens to take these from");
    refuse(&trial, "[plugin logit-attribution]\ntokens = 1 2\nagainst = 2\n",
           "token 2 is in tokens and in against");
    trial_remove(&trial);
}

CU_ErrorCode add_logit_attribution_tests(void)
{
    CU_pSuite suite = CU_add_suite("logit-attribution", NULL, NULL);

    CU_add_test(suite, "parts against the reference", test_parts);
    CU_add_test(suite, "units", test_units);
    CU_add_test(suite, "switched off", test_switched_off);
    CU_add_test(suite, "edited variants", test_edits);
    CU_add_test(suite, "several positions", test_positions);
    CU_add_test(suite, "places", test_places);
    CU_add_test(suite, "lists of tokens", test_tokens);
    CU_add_test(suite, "refusals", test_refusals);
    return CU_get_error();
}
