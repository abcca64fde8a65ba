/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-logit-lens.c - what is read at each layer against a reference that gets
 * these rows as its last layer's. */
#include "experiment-fixture.h"
#include "base/mem.h"
#include "reference.h"
#include "unit/tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N = 3, LONGEST = 6, LAYERS = 3, WIDTH = 16, VOCAB = 61, TOP = 4 };

#define CLOSE 2e5 /* one in so many: float32 against float64 */

static const struct model_recipe recipe = {
    .layers = LAYERS, .heads = 2, .width = WIDTH, .context = 16,
    .vocab = VOCAB, .seed = 67};
static const int lengths[N] = {4, 6, 3};
static const int32_t answers[N][2] = {{7, 7}, {20, 41}, {3, 3}};
static const int n_answers[N] = {1, 2, 1};
static const int points[] = {TRANSECT_RESID_PRE, TRANSECT_ATTN_OUT,
                             TRANSECT_RESID_MID, TRANSECT_MLP_OUT,
                             TRANSECT_RESID_POST};
static const char *const names[] = {"resid_pre", "attn_out", "resid_mid",
                                    "mlp_out", "resid_post"};

static struct samples *input(bool answered)
{
    struct samples *samples = mem_new(1, sizeof *samples);

    samples->n_prompt = mem_new(N, sizeof *samples->n_prompt);
    samples->facts = mem_new(N, sizeof *samples->facts);
    for (int i = 0; i < N; i++) {
        struct sample_facts *facts = &samples->facts[i];
        int32_t tokens[LONGEST];

        for (int j = 0; j < lengths[i]; j++)
            tokens[j] = (i * 31 + j * 17 + 2) % VOCAB;
        samples_add(samples, tokens, lengths[i]);
        samples->n_prompt[i] = lengths[i];
        facts->n_answer = answered ? n_answers[i] : 0;
        facts->answers = mem_new(2, sizeof *facts->answers);
        memcpy(facts->answers, answers[i], sizeof answers[i]);
    }
    samples->names.n_prompt = samples->n_prompt;
    return samples;
}

static bool set_up(struct trial *trial, bool answered, const char *sections)
{
    if (!trial_make(trial, &recipe, N, LONGEST))
        return false;
    trial->batch_tokens = 10; /* two batches */
    trial->samples = input(answered);
    if (trial_do(trial, sections))
        return true;
    trial_remove(trial);
    return false;
}

/* What is read: rows (n, WIDTH) of a point, and in a variant the edit of each
 * resid_post. */
struct reading {
    const double *rows;
    int n;
    bool edited;
};

/* What the plugin bump does to the first dimension. */
static void bump(const struct reading *reading, double *resid_post)
{
    for (int i = 0; reading->edited && i < reading->n; i++)
        resid_post[i * WIDTH] += 2;
}

static void replace(void *user, int layer, double *resid_post)
{
    const struct reading *reading = user;

    bump(reading, resid_post);
    if (layer == LAYERS - 1 && reading->rows)
        memcpy(resid_post, reading->rows,
               (size_t)reading->n * WIDTH * sizeof *resid_post);
}

static struct reference *run(const struct trial *trial, int sample,
                             const double *rows, bool edited)
{
    struct reading reading = {rows, lengths[sample], edited};
    struct reference *reference;

    CU_ASSERT_EQUAL_FATAL(
        reference_run_edited(
            trial->model, samples_tokens(trial->plan->samples, sample),
            lengths[sample], replace, &reading, &reference), 0);
    return reference;
}

static const double *get(const struct reference *reference, int point,
                         int layer)
{
    int rows, cols;

    return reference_get(reference, point, layer, 0, &rows, &cols);
}

static double log_sum(const double *logits, const int32_t *ids, int n)
{
    double sum = 0;

    for (int i = 0; i < (ids ? n : VOCAB); i++)
        sum += exp(logits[ids ? ids[i] : i]);
    return log(sum);
}

static void near(const struct transect_table *table, size_t row,
                 const char *column, double want)
{
    double got = trial_number(table, row, column);

    CU_ASSERT(isnan(want) ? isnan(got)
                          : fabs(got - want) <= (1 + fabs(want)) / CLOSE);
}

/* Of equals none comes first here. */
static int rank_of(const double *logits, const int32_t *ids, int n)
{
    double best = -HUGE_VAL;
    int rank = 0;

    for (int i = 0; i < n; i++)
        best = fmax(best, logits[ids[i]]);
    for (int v = 0; v < VOCAB; v++)
        rank += logits[v] > best;
    return rank;
}

static void check_top(const struct transect_table *top, size_t row,
                      const double *logits)
{
    double all = log_sum(logits, NULL, 0);

    for (size_t rank = 0; rank < TOP; rank++) {
        int32_t id = (int32_t)trial_number(top, row * TOP + rank, "id");

        CU_ASSERT_FATAL(id >= 0 && id < VOCAB);
        CU_ASSERT_EQUAL(rank_of(logits, &id, 1), (int)rank);
        near(top, row * TOP + rank, "rank", (double)rank);
        near(top, row * TOP + rank, "logit", logits[id]);
        near(top, row * TOP + rank, "prob", exp(logits[id] - all));
    }
}

/* A row of lens.csv, and what top.csv has of it: logits of the reading, and
 * of the last layer. */
static void check_row(const struct trial *trial, const char *variant,
                      size_t row, int sample, const double *logits,
                      const double *last)
{
    const struct transect_table *lens =
        trial_table(trial, variant, "logit-lens", "lens");
    const struct sample_facts *facts = &trial->plan->samples->facts[sample];
    double all = log_sum(logits, NULL, 0), of_last = log_sum(last, NULL, 0);
    double entropy = 0, kl = 0;

    for (int v = 0; v < VOCAB; v++) {
        entropy -= exp(logits[v] - all) * (logits[v] - all);
        kl += exp(last[v] - of_last) *
              (last[v] - of_last - logits[v] + all);
    }
    near(lens, row, "entropy", entropy);
    near(lens, row, "kl", kl);
    near(lens, row, "answer_rank",
         facts->n_answer ? rank_of(logits, facts->answers, facts->n_answer)
                         : NAN);
    near(lens, row, "answer_logprob",
         facts->n_answer
             ? log_sum(logits, facts->answers, facts->n_answer) - all
             : NAN);
    check_top(trial_table(trial, variant, "logit-lens", "top"), row, logits);
}

/* All points of all layers of a sample at positions from `from` on; the rows
 * of its tables begin at `row`, behind which the next sample's do. */
static void check_sample(const struct trial *trial, const char *variant,
                         int sample, int from, bool edited, size_t *row)
{
    const struct transect_table *lens =
        trial_table(trial, variant, "logit-lens", "lens");
    struct reference *whole = run(trial, sample, NULL, edited);
    const double *last = get(whole, TRANSECT_LOGITS, 0);

    for (int layer = 0; layer < LAYERS; layer++)
        for (int p = 0; p < 5; p++) {
            struct reference *read = run(
                trial, sample, get(whole, points[p], layer), edited);
            const double *logits = get(read, TRANSECT_LOGITS, 0);

            for (int i = from; i < lengths[sample]; i++, (*row)++) {
                near(lens, *row, "sample", sample);
                near(lens, *row, "layer", layer);
                near(lens, *row, "position", i);
                CU_ASSERT_STRING_EQUAL(trial_text(lens, *row, "point"),
                                       names[p]);
                check_row(trial, variant, *row, sample, logits + i * VOCAB,
                          last + i * VOCAB);
            }
            reference_free(read);
        }
    reference_free(whole);
}

#define OPTIONS "[plugin logit-lens]\ntop = 4\n"
#define POINTS "points = resid_pre attn_out resid_mid mlp_out resid_post\n"

static void test_all_points(void)
{
    struct trial trial;
    size_t row = 0;

    if (!set_up(&trial, true, OPTIONS POINTS "positions = *\n"
                              "[variant off]\nbump.by = 2\n"))
        return;
    for (int i = 0; i < N; i++)
        check_sample(&trial, "baseline", i, 0, false, &row);
    CU_ASSERT_EQUAL(row, table_rows(trial_table(&trial, "baseline",
                                                "logit-lens", "lens")));
    row = 0;
    for (int i = 0; i < N; i++)
        check_sample(&trial, "off", i, 0, true, &row);
    CU_ASSERT_EQUAL(trial_instance(&trial, "baseline", "logit-lens")
                        ->comparison.n_figures, 1);
    trial_remove(&trial);
}

static void test_last(void)
{
    struct trial trial;
    size_t row = 0;

    if (!set_up(&trial, false, OPTIONS POINTS))
        return;
    for (int i = 0; i < N; i++)
        check_sample(&trial, "baseline", i, lengths[i] - 1, false, &row);
    trial_remove(&trial);
}

/* The last layer's own row is read once: no divergence at all. */
static void test_tokens(void)
{
    const struct transect_table *lens, *tokens;
    struct trial trial;

    if (!set_up(&trial, true, OPTIONS "tokens = 20 7\nlayers = 2\n"))
        return;
    lens = trial_table(&trial, "baseline", "logit-lens", "lens");
    tokens = trial_table(&trial, "baseline", "logit-lens", "tokens");
    CU_ASSERT_EQUAL_FATAL(table_rows(tokens), 2 * N);
    CU_ASSERT_EQUAL(trial_number(tokens, 0, "id"), 20);
    CU_ASSERT_EQUAL(trial_number(tokens, 1, "id"), 7);
    CU_ASSERT_EQUAL(trial_number(tokens, 1, "rank"),
                    trial_number(lens, 0, "answer_rank"));
    CU_ASSERT_EQUAL(trial_number(tokens, 1, "logprob"),
                    trial_number(lens, 0, "answer_logprob"));
    for (size_t i = 0; i < N; i++)
        CU_ASSERT_EQUAL(trial_number(lens, i, "kl"), 0);
    trial_remove(&trial);
}

/* summary.csv has means over samples of what lens.csv has, of the answer at
 * the prompt's last token. */
static void test_summary(void)
{
    static const char *const metrics[] = {"entropy", "kl", "answer_rank",
                                          "answer_logprob"};
    const struct transect_table *lens, *summary;
    struct trial trial;

    if (!set_up(&trial, true, OPTIONS "layers = 1\npositions = 0 last\n"))
        return;
    lens = trial_table(&trial, "baseline", "logit-lens", "lens");
    summary = trial_table(&trial, "baseline", "logit-lens", "summary");
    CU_ASSERT_EQUAL_FATAL(table_rows(summary), 6);
    for (size_t m = 0; m < 4; m++) {
        double sum = 0, squares = 0;

        for (size_t i = 0; i < N; i++) {
            double x = trial_number(lens, 2 * i + 1, metrics[m]);

            if (m < 2)
                x = (x + trial_number(lens, 2 * i, metrics[m])) / 2;
            sum += x;
            squares += x * x;
        }
        CU_ASSERT_STRING_EQUAL(trial_text(summary, m, "metric"), metrics[m]);
        near(summary, m, "mean", sum / N);
        near(summary, m, "se", sqrt((squares - sum * sum / N) / (N - 1) / N));
        near(summary, m, "n", N);
    }
    trial_remove(&trial);
}

/* Of translator i: element k of its matrix and bias. */
static float number(int i, int k)
{
    return (float)((i * 7919 + k * 104729) % 1009 - 504) / 2000;
}

enum { ROOM = 2 * (WIDTH + 1) * WIDTH };

/* Translators 1 and 2: names with prefix; *n: numbers in the file. */
static void write_translators(const struct trial *trial, const char *prefix,
                              const char *type, size_t n)
{
    size_t matrix = WIDTH * WIDTH * 4, bias = WIDTH * 4;
    char *header = mem_printf(
        "{\"__metadata__\":{\"a\":\"}\"},\"%s1.bias\":{\"dtype\":\"%s\","
        "\"shape\":[%d],\"data_offsets\":[0,%zu]},\"%s1.weight\":{\"dtype\":"
        "\"F32\",\"shape\":[%d,%d],\"data_offsets\":[%zu,%zu]},\"%s2.weight\":"
        "{\"dtype\":\"F32\",\"shape\":[%d,%d],\"data_offsets\":[%zu,%zu]}}",
        prefix, type, WIDTH, bias, prefix, WIDTH, WIDTH, bias, bias + matrix,
        prefix, WIDTH, WIDTH, bias + matrix, bias + 2 * matrix);
    unsigned char size[8] = {(unsigned char)(strlen(header) & 255),
                             (unsigned char)(strlen(header) >> 8)};
    float numbers[ROOM];
    char *bytes = mem_new(8 + strlen(header) + sizeof numbers, 1);
    char *path = mem_path(trial->dir, "lens.safetensors");

    for (int k = 0; k < WIDTH; k++)
        numbers[k] = number(3, k);
    for (int k = 0; k < 2 * WIDTH * WIDTH; k++)
        numbers[WIDTH + k] = number(1 + k / (WIDTH * WIDTH),
                                    k % (WIDTH * WIDTH));
    memcpy(bytes, size, 8);
    memcpy(bytes + 8, header, strlen(header));
    memcpy(bytes + 8 + strlen(header), numbers, sizeof numbers);
    test_write(path, bytes, 8 + strlen(header) + n * sizeof *numbers);
    free(path);
    free(bytes);
    free(header);
}

static void remove_translators(const struct trial *trial)
{
    char *path = mem_path(trial->dir, "lens.safetensors");

    CU_ASSERT_EQUAL(unlink(path), 0);
    free(path);
}

/* x + W x + b; translator 2 has no bias. */
static void translate(int i, const double *x, int n, double *out)
{
    for (int row = 0; row < n * WIDTH; row++) {
        const double *from = x + row / WIDTH * WIDTH;
        int k = row % WIDTH;

        out[row] = x[row] + (i == 1 ? (double)number(3, k) : 0);
        for (int j = 0; j < WIDTH; j++)
            out[row] += (double)number(i, k * WIDTH + j) * from[j];
    }
}

#define WHOLE (2 * WIDTH * WIDTH + WIDTH)

/* resid_post of layer 0 enters layer 1; the last one is read as it is. */
static void test_translators(void)
{
    struct trial trial;
    double rows[LONGEST * WIDTH];

    if (!trial_make(&trial, &recipe, N, LONGEST))
        return;
    write_translators(&trial, "layer.", "F32", WHOLE);
    trial.samples = input(true);
    if (trial_do(&trial, OPTIONS "positions = *\n"
                                 "translators = lens.safetensors\n")) {
        struct reference *whole = run(&trial, 0, NULL, false);
        const double *last = get(whole, TRANSECT_LOGITS, 0);

        for (int layer = 0; layer < LAYERS; layer++) {
            const double *x = get(whole, TRANSECT_RESID_POST, layer);
            struct reference *read;

            memcpy(rows, x, (size_t)lengths[0] * WIDTH * sizeof *rows);
            if (layer < 2)
                translate(layer + 1, x, lengths[0], rows);
            read = run(&trial, 0, rows, false);
            for (int i = 0; i < lengths[0]; i++)
                check_row(&trial, "baseline",
                          (size_t)(layer * lengths[0] + i), 0,
                          get(read, TRANSECT_LOGITS, 0) + i * VOCAB,
                          last + i * VOCAB);
            reference_free(read);
        }
        reference_free(whole);
    }
    remove_translators(&trial);
    trial_remove(&trial);
}

static void refuse(struct trial *trial, const char *options, int status,
                   const char *message)
{
    char *sections = mem_printf("[plugin logit-lens]\n%s", options);

    trial->samples = input(true);
    CU_ASSERT_EQUAL(trial_plan(trial, sections), status);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial->err.text, message));
    free(sections);
}

#define LENS "translators = lens.safetensors\n"

static void test_refusals(void)
{
    struct trial trial;

    if (!trial_make(&trial, &recipe, N, LONGEST))
        return;
    refuse(&trial, "points = resid_post z\n", ST_USAGE,
           "z has no rows of the stream");
    refuse(&trial, "sample = 3\n", ST_USAGE, "there is no sample 3");
    refuse(&trial, "layers =\n", ST_USAGE, "layers names no layer");
    refuse(&trial, "tokens = 61\n", ST_USAGE, "there is no token 61");
    write_translators(&trial, "", "F32", WHOLE);
    refuse(&trial, LENS "points = resid_mid\n", ST_USAGE,
           "resid_pre and resid_post, not resid_mid");
    refuse(&trial, LENS "points = resid_pre\n", ST_USAGE,
           "has no layer.0.weight");
    write_translators(&trial, "", "F16", WHOLE);
    refuse(&trial, LENS, ST_USAGE, "layer.1.bias is not of float32");
    write_translators(&trial, "", "F32", WHOLE - 1);
    refuse(&trial, LENS, ST_USAGE, "layer.2.weight is not where its header");
    remove_translators(&trial);
    trial_remove(&trial);
}

CU_ErrorCode add_logit_lens_tests(void)
{
    CU_pSuite suite = CU_add_suite("logit-lens", NULL, NULL);

    CU_add_test(suite, "all points, with an edit", test_all_points);
    CU_add_test(suite, "the last token", test_last);
    CU_add_test(suite, "further tokens", test_tokens);
    CU_add_test(suite, "means", test_summary);
    CU_add_test(suite, "a tuned lens", test_translators);
    CU_add_test(suite, "refusals", test_refusals);
    return CU_get_error();
}
