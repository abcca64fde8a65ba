/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-answer-scorer.c - scores of prompts, pairs and edited variants against
 * the float64 reference. */
#include "answer-scorer.h"
#include "experiment-fixture.h"
#include "base/mem.h"
#include "plan/sources.h"
#include "reference.h"
#include "unit/tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <transect/kit/logits.h>

enum { N = 4, LONGEST = 9, VOCAB = 40, CLOSE = 100000 };

static const struct model_recipe recipe = {
    .layers = 2, .heads = 2, .width = 16, .context = 16, .vocab = VOCAB,
    .seed = 61};

/* Tokens of each prompt, and of the answer behind it. */
static const int prompts[N] = {4, 6, 3, 6}, answers[N] = {1, 3, 2, 3};

static int32_t token(int sample, int position, int other)
{
    return (int32_t)((sample * 31 + position * 17 + other * 7) % VOCAB);
}

static struct samples *make_samples(int other, bool whole)
{
    struct samples *samples = mem_new(1, sizeof *samples);

    samples->n_prompt = mem_new(N, sizeof *samples->n_prompt);
    for (int i = 0; i < N; i++) {
        int n = prompts[i] + (whole ? answers[i] : 0);
        int32_t tokens[LONGEST];

        for (int j = 0; j < n; j++)
            tokens[j] = token(i, j, j < prompts[i] ? other : 0);
        samples_add(samples, tokens, n);
        samples->n_prompt[i] = prompts[i];
    }
    samples->names.n_prompt = samples->n_prompt;
    return samples;
}

/* The first token behind the prompt, and a second right one for sample 2; a
 * foil for all but sample 0, two for sample 3. */
static void add_facts(struct samples *samples)
{
    samples->facts = mem_new(N, sizeof *samples->facts);
    for (int i = 0; i < N; i++) {
        struct sample_facts *facts = &samples->facts[i];

        facts->answers = mem_new(2, sizeof *facts->answers);
        facts->foils = mem_new(2, sizeof *facts->foils);
        facts->answers[0] = token(i, prompts[i], 0);
        facts->answers[1] = (facts->answers[0] + 5) % VOCAB;
        facts->foils[0] = (facts->answers[0] + 3) % VOCAB;
        facts->foils[1] = (facts->answers[0] + 11) % VOCAB;
        facts->n_answer = i == 2 ? 2 : 1;
        facts->n_foil = i == 0 ? 0 : i == 3 ? 2 : 1;
    }
}

enum kind { PLAIN, WHOLE_ANSWERS, PAIRS };

static struct samples *input(enum kind kind)
{
    struct samples *samples = make_samples(0, kind == WHOLE_ANSWERS);

    add_facts(samples);
    if (kind != PAIRS)
        return samples;
    samples->pair = make_samples(1, false);
    samples->partner = mem_new(samples->n_token, sizeof *samples->partner);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < prompts[i]; j++)
            samples->partner[samples->list[i].first + (size_t)j] = j;
    return samples;
}

/* What an edit of the variant "off" does to the reference. */
static void bump(void *user, int layer, double *resid_post)
{
    const struct sample *sample = user;

    (void)layer;
    for (int i = 0; i < sample->n_token; i++)
        resid_post[i * recipe.width] += 2;
}

/* Of a sample's tokens: logits of all rows, which the caller frees. */
static double *logits_of(const struct trial *trial,
                         const struct samples *samples, int i, bool edited)
{
    struct reference *reference;
    double *copy;
    int rows, cols;

    CU_ASSERT_EQUAL_FATAL(
        reference_run_edited(trial->model, samples_tokens(samples, i),
                             samples->list[i].n_token, edited ? bump : NULL,
                             &samples->list[i], &reference), 0);
    copy = mem_new((size_t)samples->list[i].n_token * VOCAB, sizeof *copy);
    memcpy(copy, reference_get(reference, TRANSECT_LOGITS, 0, 0, &rows, &cols),
           (size_t)samples->list[i].n_token * VOCAB * sizeof *copy);
    reference_free(reference);
    return copy;
}

/* log of the sum over ids, or over all if there are none. */
static double log_sum(const double *row, const int32_t *ids, int n)
{
    double sum = 0;

    for (int i = 0; i < (ids ? n : VOCAB); i++)
        sum += exp(row[ids ? ids[i] : i]);
    return log(sum);
}

struct expected {
    double answer, foil, logprob, rank, loss;
    int top;
};

static struct expected expect(const double *logits,
                              const struct samples *samples, int i,
                              const struct sample_facts *facts)
{
    const double *row = logits + (prompts[i] - 1) * VOCAB;
    struct expected want = {.foil = NAN};
    double best = -HUGE_VAL;
    int last = samples->list[i].n_token;

    want.answer = log_sum(row, facts->answers, facts->n_answer);
    if (facts->n_foil)
        want.foil = log_sum(row, facts->foils, facts->n_foil);
    want.logprob = want.answer - log_sum(row, NULL, 0);
    for (int a = 0; a < facts->n_answer; a++)
        best = fmax(best, row[facts->answers[a]]);
    for (int v = 0; v < VOCAB; v++) {
        want.rank += row[v] > best;
        want.top = row[v] > row[want.top] ? v : want.top;
    }
    want.loss = -want.logprob;
    for (int j = prompts[i]; j + 1 < last; j++)
        want.loss += log_sum(logits + j * VOCAB, NULL, 0) -
                     logits[j * VOCAB + samples_tokens(samples, i)[j + 1]];
    if (last > prompts[i])
        want.loss /= last - prompts[i];
    return want;
}

static void near(const struct transect_table *table, int row,
                 const char *column, double want)
{
    double got = trial_number(table, (size_t)row, column);

    CU_ASSERT(isnan(want) ? isnan(got)
                          : fabs(got - want) <= (1 + fabs(want)) / CLOSE);
}

/* answers.csv of a variant of these samples. */
static void check_answers(const struct trial *trial, const char *variant,
                          const struct samples *samples, bool edited)
{
    const struct sample_facts *all = trial->plan->samples->facts;
    const struct transect_table *table =
        trial_table(trial, variant, "answer-scorer", "answers");

    CU_ASSERT_EQUAL_FATAL(table_rows(table), N);
    for (int i = 0; i < N; i++) {
        double *logits = logits_of(trial, samples, i, edited);
        struct expected want = expect(logits, samples, i, &all[i]);

        near(table, i, "sample", i);
        near(table, i, "answer_id", all[i].answers[0]);
        near(table, i, "foil_id", all[i].n_foil ? all[i].foils[0] : -1);
        near(table, i, "answer_logit", want.answer);
        near(table, i, "foil_logit", want.foil);
        near(table, i, "logit_diff", want.answer - want.foil);
        near(table, i, "answer_logprob", want.logprob);
        near(table, i, "answer_rank", want.rank);
        near(table, i, "top_id", want.top);
        near(table, i, "loss", want.loss);
        free(logits);
    }
}

static double divergence(const double *p, const double *q)
{
    double of_p = log_sum(p, NULL, 0), of_q = log_sum(q, NULL, 0), sum = 0;

    for (int v = 0; v < VOCAB; v++)
        sum += exp(p[v] - of_p) * (p[v] - of_p - q[v] + of_q);
    return sum;
}

#define OFF "[variant off]\nbump.by = 2\n"

static bool set_up(struct trial *trial, enum kind kind, const char *sections)
{
    if (!trial_make(trial, &recipe, N, LONGEST))
        return false;
    trial->batch_tokens = 10; /* two batches or more */
    trial->samples = input(kind);
    if (trial_do(trial, sections))
        return true;
    trial_remove(trial);
    return false;
}

static void test_scores(void)
{
    struct trial trial;

    if (!set_up(&trial, PLAIN, "[plugin answer-scorer]\nkl = no\n" OFF))
        return;
    check_answers(&trial, "baseline", trial.plan->samples, false);
    check_answers(&trial, "off", trial.plan->samples, true);
    near(trial_table(&trial, "off", "answer-scorer", "answers"), 1, "kl", NAN);
    trial_remove(&trial);
}

static void test_whole_answers(void)
{
    struct trial trial;

    if (!set_up(&trial, WHOLE_ANSWERS, "[plugin answer-scorer]\n" OFF))
        return;
    check_answers(&trial, "baseline", trial.plan->samples, false);
    check_answers(&trial, "off", trial.plan->samples, true);
    trial_remove(&trial);
}

/* Of the baseline against an edit; of the baseline itself exactly none. */
static void test_divergence(void)
{
    const struct transect_table *table;
    struct trial trial;

    if (!set_up(&trial, PLAIN, "[plugin answer-scorer]\n" OFF))
        return;
    for (int i = 0; i < N; i++) {
        double *before = logits_of(&trial, trial.plan->samples, i, false);
        double *after = logits_of(&trial, trial.plan->samples, i, true);
        int row = (prompts[i] - 1) * VOCAB;

        table = trial_table(&trial, "baseline", "answer-scorer", "answers");
        CU_ASSERT_EQUAL(trial_number(table, (size_t)i, "kl"), 0);
        table = trial_table(&trial, "off", "answer-scorer", "answers");
        near(table, i, "kl", divergence(before + row, after + row));
        free(before);
        free(after);
    }
    trial_remove(&trial);
}

/* A row of summary.csv: the mean and standard error of a column. */
static void check_mean(const struct trial *trial, const char *variant,
                       int row, const char *column)
{
    const struct transect_table *table =
        trial_table(trial, variant, "answer-scorer", "answers");
    const struct transect_table *summary =
        trial_table(trial, variant, "answer-scorer", "summary");
    double sum = 0, squares = 0, n = 0;

    for (size_t i = 0; i < N; i++) {
        double x = trial_number(table, i, column);

        if (isnan(x))
            continue;
        sum += x;
        squares += x * x;
        n++;
    }
    CU_ASSERT_STRING_EQUAL(trial_text(summary, (size_t)row, "metric"), column);
    near(summary, row, "mean", sum / n);
    near(summary, row, "se", sqrt((squares - sum * sum / n) / (n - 1) / n));
    near(summary, row, "n", n);
}

static void test_summary(void)
{
    static const char *const columns[] = {
        "answer_logit", "foil_logit", "logit_diff", "answer_logprob",
        "answer_rank", "loss", "kl"};
    const struct transect_table *summary;
    struct trial trial;

    if (!set_up(&trial, PLAIN, "[plugin answer-scorer]\n" OFF))
        return;
    summary = trial_table(&trial, "off", "answer-scorer", "summary");
    CU_ASSERT_EQUAL(table_rows(summary), 7);
    for (int i = 0; i < 7; i++)
        check_mean(&trial, "off", i, columns[i]);
    CU_ASSERT_EQUAL(trial_instance(&trial, "baseline", "answer-scorer")
                        ->comparison.n_figures, 1);
    trial_remove(&trial);
}

/* The ratio of means with sample `out` left out; -1: with all. */
static double part_without(const struct transect_table *off,
                           const struct transect_table *prompt,
                           const struct transect_table *pair, size_t out)
{
    double gone = 0, whole = 0;

    for (size_t i = 1; i < N; i++) { /* the first has no foil */
        double base = trial_number(prompt, i, "logit_diff");

        if (i == out)
            continue;
        gone += trial_number(off, i, "logit_diff") - base;
        whole += trial_number(pair, i, "logit_diff") - base;
    }
    return gone / whole;
}

static void check_recovered(const struct trial *trial)
{
    const struct transect_table *tables[3], *summary =
        trial_table(trial, "off", "answer-scorer", "summary");
    static const char *const names[] = {"off", "baseline", "pair"};
    double part, mean = 0, squares = 0, parts = 0;

    for (int i = 0; i < 3; i++)
        tables[i] = trial_table(trial, names[i], "answer-scorer", "answers");
    near(tables[0], 0, "recovered", NAN);
    for (size_t i = 1; i < N; i++) {
        double base = trial_number(tables[1], i, "logit_diff");

        near(tables[0], (int)i, "recovered",
             (trial_number(tables[0], i, "logit_diff") - base) /
                 (trial_number(tables[2], i, "logit_diff") - base));
        CU_ASSERT_EQUAL(trial_number(tables[1], i, "recovered"), 0);
        CU_ASSERT_EQUAL(trial_number(tables[2], i, "recovered"), 1);
        CU_ASSERT_EQUAL(trial_number(tables[1], i, "recovered_part"), 0);
        parts += trial_number(tables[0], i, "recovered_part") / (N - 1);
        mean += part_without(tables[0], tables[1], tables[2], i) / (N - 1);
    }
    for (size_t i = 1; i < N; i++) {
        part = part_without(tables[0], tables[1], tables[2], i) - mean;
        squares += part * part;
    }
    CU_ASSERT_STRING_EQUAL(trial_text(summary, 7, "metric"), "recovered");
    near(summary, 7, "mean",
         part_without(tables[0], tables[1], tables[2], N));
    near(summary, 7, "mean", parts);
    near(summary, 7, "se", sqrt(squares * (N - 2) / (N - 1)));
    near(summary, 7, "n", N - 1);
}

static void test_pairs(void)
{
    const struct transect_table *table;
    struct trial trial;

    if (!set_up(&trial, PAIRS, "[plugin answer-scorer]\n" OFF))
        return;
    check_answers(&trial, "baseline", trial.plan->samples, false);
    check_answers(&trial, "off", trial.plan->samples, true);
    check_answers(&trial, "pair", trial.plan->samples->pair, false);
    table = trial_table(&trial, "pair", "answer-scorer", "answers");
    near(table, 1, "kl", NAN);
    check_recovered(&trial);
    trial_remove(&trial);
}

/* Where nothing is edited, nothing runs once more. */
static void test_unedited(void)
{
    struct trial trial;

    if (!set_up(&trial, PLAIN, "[plugin answer-scorer]\n"))
        return;
    CU_ASSERT_FALSE(source_runs(trial.plan, TRANSECT_FROM_PROMPT));
    near(trial_table(&trial, "baseline", "answer-scorer", "answers"), 1, "kl",
         0);
    trial_remove(&trial);
    if (!set_up(&trial, PLAIN, "[plugin answer-scorer]\n" OFF))
        return;
    CU_ASSERT(source_runs(trial.plan, TRANSECT_FROM_PROMPT));
    trial_remove(&trial);
}

static double divergence_of(const float *p, const float *q)
{
    return row_divergence(p, q, transect_logits_log_sum(q, 5), 5);
}

/* Of equal logits the smaller id comes first; of several answers the best has
 * the rank; what is not finite has none. */
static void test_rows(void)
{
    static const int32_t right[] = {3, 1}, wrong[] = {0};
    const struct transect_prompt prompt = {
        .size = sizeof prompt, .n_prompt = 1, .answers = right, .n_answer = 2,
        .foils = wrong, .n_foil = 1};
    float row[] = {2, 1, 2, 0, 1}, far[] = {900, -900, 0, 0, 0};
    double scores[N_SCORES];

    row_score(row, 5, &prompt, scores);
    CU_ASSERT_EQUAL(scores[ANSWER_RANK], 2);
    CU_ASSERT_EQUAL(scores[TOP_ID], 0);
    CU_ASSERT_DOUBLE_EQUAL(scores[ANSWER_LOGIT], log(exp(1) + 1), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(scores[LOGIT_DIFF], log(exp(1) + 1) - 2, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(
        scores[ANSWER_LOGPROB],
        log((exp(1) + 1) / (2 * exp(2) + 2 * exp(1) + 1)), 1e-12);
    CU_ASSERT_EQUAL(scores[LOSS], -scores[ANSWER_LOGPROB]);
    CU_ASSERT_EQUAL(divergence_of(row, row), 0);
    CU_ASSERT_DOUBLE_EQUAL(divergence_of(far, row),
                           transect_logits_log_sum(row, 5) - 2, 1e-12);
    row[4] = NAN;
    row_score(row, 5, &prompt, scores);
    CU_ASSERT(isnan(scores[ANSWER_LOGPROB]) && isnan(scores[ANSWER_RANK]));
    CU_ASSERT_EQUAL(scores[TOP_ID], -1);
    CU_ASSERT(isnan(divergence_of(row, far)));
    CU_ASSERT(isnan(divergence_of(far, row)));
}

static void test_no_answers(void)
{
    struct trial trial;

    if (!trial_make(&trial, &recipe, N, LONGEST))
        return;
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin answer-scorer]\n"), ST_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text,
                                  "sample 0 has no answer; [input] answer"));
    trial_remove(&trial);
}

CU_ErrorCode add_answer_scorer_tests(void)
{
    CU_pSuite suite = CU_add_suite("answer-scorer", NULL, NULL);

    CU_add_test(suite, "scores against the reference", test_scores);
    CU_add_test(suite, "losses of whole answers", test_whole_answers);
    CU_add_test(suite, "divergence", test_divergence);
    CU_add_test(suite, "divergence where nothing is edited", test_unedited);
    CU_add_test(suite, "means", test_summary);
    CU_add_test(suite, "the recovered part", test_pairs);
    CU_add_test(suite, "rows of ties and of what is no number", test_rows);
    CU_add_test(suite, "an input without answers", test_no_answers);
    return CU_get_error();
}
