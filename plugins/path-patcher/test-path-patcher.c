/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-path-patcher.c - what receivers read: one head's output, written out in
 * float64; in which order, at which positions; what is refused. */
#include "path-trials.h"

#include "base/mem.h"
#include "unit/tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { D = 4 };

static struct samples *make_samples(const int *lengths, int other)
{
    struct samples *samples = mem_new(1, sizeof *samples);

    for (int i = 0; i < PATH_SAMPLES; i++) {
        int32_t tokens[PATH_TOKENS];
        int n = lengths ? lengths[i] : PATH_TOKENS;

        for (int j = 0; j < n; j++)
            tokens[j] = (i * 31 + other * 23 + j * 17 + j / 3) % PATH_VOCAB;
        samples_add(samples, tokens, n);
    }
    return samples;
}

struct samples *path_trial_pairs(const int *lengths)
{
    struct samples *samples = make_samples(lengths, 0);

    samples->pair = make_samples(lengths, 1);
    return samples;
}

bool path_trial_make(struct trial *trial, int kv_heads)
{
    const struct model_recipe recipe = {
        .layers = 3, .heads = 4, .width = PATH_WIDTH, .kv_heads = kv_heads,
        .context = 16, .vocab = PATH_VOCAB};

    return trial_make(trial, &recipe, PATH_SAMPLES, PATH_TOKENS);
}

static void plan(struct trial *trial, const char *sections)
{
    trial->samples = path_trial_pairs(NULL);
    if (trial_plan(trial, sections) != ST_OK) {
        fprintf(stderr, "# %s\n", trial->err.text);
        CU_FAIL_FATAL("the experiment cannot be planned");
    }
}

double path_trial_worst(const struct watch *got, const struct watch *want,
                        int layer, int head)
{
    double worst = 0;

    for (int i = 0; i < got->n_sample; i++) {
        const float *right = watch_at(want, i, layer, head);
        int n = got->n_token * got->cols;
        double *wide = mem_new((size_t)n, sizeof *wide);

        for (int j = 0; j < n; j++)
            wide[j] = (double)right[j];
        worst = fmax(worst, row_error(watch_at(got, i, layer, head), wide,
                                      got->n_token, got->cols));
        free(wide);
    }
    return worst;
}

/* A run with a variant "put", and what two variants show of a point. */
static void watch_two(struct trial *trial, const char *sections, int point,
                      const char *other, struct watch *put,
                      struct watch *beside)
{
    plan(trial, sections);
    watch_begin(put, trial, "put", point);
    watch_begin(beside, trial, other, point);
    if (trial_run(trial) != ST_OK) {
        fprintf(stderr, "# %s\n", trial->err.text);
        CU_FAIL("the run failed");
    }
}

/* A tensor of a variant of its own run. */
static void see(struct trial *trial, const char *variant, int point,
                struct watch *watch)
{
    plan(trial, "");
    watch_begin(watch, trial, variant, point);
    CU_ASSERT_EQUAL(trial_run(trial), ST_OK);
}

/* out (d) = the norm of x times W, of head h. */
static void queries(const struct model *model, int layer, int head,
                    const double *x, double *out)
{
    struct transect_view w, b, gain, bias;
    double mean = 0, squares = 0, y[PATH_WIDTH];

    model_weight(model, TRANSECT_W_Q, layer, head, &w);
    model_weight(model, TRANSECT_B_Q, layer, head, &b);
    model_weight(model, TRANSECT_LN1_GAIN, layer, -1, &gain);
    model_weight(model, TRANSECT_LN1_BIAS, layer, -1, &bias);
    for (int i = 0; i < PATH_WIDTH; i++)
        mean += x[i] / PATH_WIDTH;
    for (int i = 0; i < PATH_WIDTH; i++)
        squares += (x[i] - mean) * (x[i] - mean) / PATH_WIDTH;
    for (int i = 0; i < PATH_WIDTH; i++)
        y[i] = (x[i] - mean) / sqrt(squares + model->config.norm_epsilon) *
                   (double)gain.data[i] +
               (double)bias.data[i];
    for (int j = 0; j < D; j++) {
        out[j] = (double)b.data[j];
        for (int i = 0; i < PATH_WIDTH; i++)
            out[j] += y[i] * (double)w.data[i * w.row_stride +
                                            j * w.col_stride];
    }
}

/* One head's output into one head's queries: GPT-2 in float64. All other
 * queries are the prompt's own. */
static void test_one_path(void)
{
    struct watch put, base, own, pair, stream;
    struct trial trial;

    if (!path_trial_make(&trial, 0))
        return;
    see(&trial, "baseline", TRANSECT_HEAD_OUT, &own);
    see(&trial, "pair", TRANSECT_HEAD_OUT, &pair);
    see(&trial, "baseline", TRANSECT_RESID_PRE, &stream);
    watch_two(&trial, "[variant put]\npath-patcher.senders = L0H2\n"
                      "path-patcher.receivers = L2H1\n", TRANSECT_Q,
              "baseline", &put, &base);
    for (int i = 0; i < PATH_SAMPLES; i++)
        for (int p = 0; p < PATH_TOKENS; p++) {
            double x[PATH_WIDTH], want[D];

            for (int j = 0; j < PATH_WIDTH; j++) {
                int at = p * PATH_WIDTH + j;

                x[j] = (double)watch_at(&stream, i, 2, 0)[at] +
                       (double)watch_at(&pair, i, 0, 2)[at] -
                       (double)watch_at(&own, i, 0, 2)[at];
            }
            queries(trial.plan->model, 2, 1, x, want);
            CU_ASSERT(row_error(watch_at(&put, i, 2, 1) + p * D, want, 1,
                                D) <= 1e-5);
        }
    CU_ASSERT(path_trial_worst(&put, &base, 2, 1) > 1e-3);
    for (int l = 0; l < 3; l++)
        for (int h = 0; h < 4; h++)
            if (l != 2 || h != 1)
                CU_ASSERT_EQUAL(path_trial_worst(&put, &base, l, h), 0);
    watch_end(&put);
    watch_end(&base);
    watch_end(&own);
    watch_end(&pair);
    watch_end(&stream);
    trial_remove(&trial);
}

/* A receiver reads the senders alone, not what other receivers did; the
 * logits do. */
static void test_frozen(void)
{
    static const char both[] = "[variant put]\npath-patcher.senders = L0H2\n"
                               "path-patcher.receivers = L1H* L2H1\n"
                               "[variant one]\npath-patcher.senders = L0H2\n"
                               "path-patcher.receivers = L2H1\n";
    struct watch put, one;
    struct trial trial;

    if (!path_trial_make(&trial, 0))
        return;
    watch_two(&trial, both, TRANSECT_Q, "one", &put, &one);
    CU_ASSERT_EQUAL(path_trial_worst(&put, &one, 2, 1), 0);
    CU_ASSERT(path_trial_worst(&put, &one, 2, 0) > 1e-5);
    watch_end(&put);
    watch_end(&one);
    watch_two(&trial, both, TRANSECT_RESID_PRE, "one", &put, &one);
    CU_ASSERT(path_trial_worst(&put, &one, 2, 0) > 1e-4);
    watch_end(&put);
    watch_end(&one);
    trial_remove(&trial);
}

/* The MLP of a layer reads the heads of its own, attention does not. */
static void test_order(void)
{
    struct watch put, base;
    struct trial trial;

    if (!path_trial_make(&trial, 0))
        return;
    watch_two(&trial, "[variant put]\npath-patcher.senders = L1H*\n"
                      "path-patcher.receivers = L1H0\n"
                      "path-patcher.receiver_mlps = 0 1\n", TRANSECT_LN2,
              "baseline", &put, &base);
    CU_ASSERT_EQUAL(path_trial_worst(&put, &base, 0, 0), 0);
    CU_ASSERT(path_trial_worst(&put, &base, 1, 0) > 1e-4);
    watch_end(&put);
    watch_end(&base);
    watch_two(&trial, "[variant put]\npath-patcher.sender_mlps = 1\n"
                      "path-patcher.receivers = *\n"
                      "path-patcher.receiver_mlps = 1\n", TRANSECT_Q,
              "baseline", &put, &base);
    for (int l = 0; l < 3; l++)
        CU_ASSERT_EQUAL(path_trial_worst(&put, &base, l, 0) > 0, l == 2);
    watch_end(&put);
    watch_end(&base);
    trial_remove(&trial);
}

/* Keys are those of a group, here of two heads; the table says so. */
static void test_groups(void)
{
    const struct transect_table *table;
    struct watch put, base;
    struct trial trial;

    if (!path_trial_make(&trial, 2))
        return;
    plan(&trial, "[variant put]\n" PATH_ALL
                 "path-patcher.receivers = L1H3 L2H0\n"
                 "path-patcher.inputs = q k\n");
    watch_begin(&put, &trial, "put", TRANSECT_K);
    watch_begin(&base, &trial, "baseline", TRANSECT_K);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    CU_ASSERT_EQUAL(path_trial_worst(&put, &base, 1, 0), 0);
    CU_ASSERT(path_trial_worst(&put, &base, 1, 1) > 1e-3);
    CU_ASSERT(path_trial_worst(&put, &base, 2, 0) > 1e-3);
    table = trial_table(&trial, "put", "path-patcher", "receivers");
    CU_ASSERT_EQUAL(trial_number(table, 0, "head"), 3);
    CU_ASSERT_EQUAL(trial_number(table, 1, "head"), 1);
    CU_ASSERT_STRING_EQUAL(trial_text(table, 1, "input"), "k");
    CU_ASSERT_EQUAL(trial_number(table, 1, "senders"), 4 + 1 + 1);
    CU_ASSERT_EQUAL(trial_number(table, 3, "senders"), 2 * 5 + 1);
    watch_end(&put);
    watch_end(&base);
    trial_remove(&trial);
}

/* Only the rows that are asked for, and of these only those with a partner. */
static void test_positions(void)
{
    static const int lengths[PATH_SAMPLES] = {9, 8, 9};
    struct watch put, base, pair;
    struct trial trial;

    if (!path_trial_make(&trial, 0))
        return;
    trial.samples = path_trial_pairs(lengths);
    trial.samples->partner = mem_new(trial.samples->n_token,
                                     sizeof *trial.samples->partner);
    for (size_t i = 0; i < trial.samples->n_token; i++)
        trial.samples->partner[i] = i == 8 ? -1 : (i < 9 ? (int)i : 3);
    CU_ASSERT_EQUAL_FATAL(
        trial_plan(&trial, "[variant put]\n" PATH_ALL
                           "path-patcher.receiver_logits = yes\n"
                           "path-patcher.positions = 4 6-7 last\n"), ST_OK);
    watch_begin(&put, &trial, "put", TRANSECT_LOGITS);
    watch_begin(&base, &trial, "baseline", TRANSECT_LOGITS);
    watch_begin(&pair, &trial, "pair", TRANSECT_LOGITS);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    for (int i = 0; i < PATH_SAMPLES; i++)
        for (int p = 0; p < lengths[i]; p++) {
            bool wanted = p == 4 || p >= 6, lost = i == 0 && p == 8;
            const float *row = watch_at(&put, i, 0, 0) + p * PATH_VOCAB;
            const float *own = watch_at(&base, i, 0, 0) + p * PATH_VOCAB;
            const float *other = watch_at(&pair, i, 0, 0) +
                                 (i ? 3 : p) * PATH_VOCAB;

            CU_ASSERT_EQUAL(memcmp(row, own, PATH_VOCAB * sizeof *row) != 0,
                            wanted && !lost);
            for (int j = 0; wanted && !lost && j < PATH_VOCAB; j++)
                CU_ASSERT_DOUBLE_EQUAL((double)row[j], (double)other[j],
                                       1e-5);
        }
    CU_ASSERT_PTR_NOT_NULL(strstr(
        trial_instance(&trial, "put", "path-patcher")->own.sayings[1],
        "1 of 11 rows stayed as they were: their position has no partner"));
    watch_end(&put);
    watch_end(&base);
    watch_end(&pair);
    trial_remove(&trial);
}

/* The last row of the first sample has no partner. It is the prompt's own all
 * the same, though keys before it make its stream another. */
static void test_lost(void)
{
    struct watch put, base;
    struct trial trial;

    if (!path_trial_make(&trial, 0))
        return;
    trial.samples = path_trial_pairs(NULL);
    trial.samples->partner = mem_new(trial.samples->n_token,
                                     sizeof *trial.samples->partner);
    for (size_t i = 0; i < trial.samples->n_token; i++)
        trial.samples->partner[i] = i == 8 ? -1 : (int)i % PATH_TOKENS;
    CU_ASSERT_EQUAL_FATAL(
        trial_plan(&trial, "[variant put]\n" PATH_ALL
                           "path-patcher.receivers = L1H* L2H1\n"
                           "path-patcher.inputs = q k v\n"), ST_OK);
    watch_begin(&put, &trial, "put", TRANSECT_Q);
    watch_begin(&base, &trial, "baseline", TRANSECT_Q);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    for (int h = 0; h < 4; h++) {
        const float *row = watch_at(&put, 0, 2, h) + 8 * D;
        const float *own = watch_at(&base, 0, 2, h) + 8 * D;

        CU_ASSERT_EQUAL(memcmp(row, own, D * sizeof *row) == 0, h == 1);
    }
    watch_end(&put);
    watch_end(&base);
    trial_remove(&trial);
}

/* Nothing before it sends: the rows stay, bit for bit, and it is said. */
static void test_unreached(void)
{
    const struct edit_record *records;
    struct trial trial;
    size_t n, asked = 0;

    if (!path_trial_make(&trial, 0))
        return;
    plan(&trial, "[variant put]\npath-patcher.senders = L2H0\n"
                 "path-patcher.receivers = L1H2 L2H3\n"
                 "path-patcher.inputs = q k v\n");
    trial_run(&trial);
    records = hooks_edit_records(trial_variant(&trial, "put")->hooks, &n);
    for (size_t i = 0; i < n; i++) {
        CU_ASSERT_EQUAL(records[i].fired, records[i].asked ? PATH_SAMPLES : 0);
        CU_ASSERT_EQUAL(records[i].changed, 0);
        asked += records[i].asked;
    }
    CU_ASSERT_EQUAL(asked, 6);
    CU_ASSERT_STRING_EQUAL(
        trial_instance(&trial, "put", "path-patcher")->own.sayings[1],
        "6 of 6 receivers are reached by no sender: none is before them");
    trial_remove(&trial);
}

/* All of another sample's. */
static void test_resample(void)
{
    struct watch put, base;
    struct trial trial;

    if (!path_trial_make(&trial, 0))
        return;
    watch_two(&trial, "[variant put]\n" PATH_ALL
                      "path-patcher.from = resample\n"
                      "path-patcher.receiver_logits = yes\n",
              TRANSECT_LOGITS, "baseline", &put, &base);
    for (int i = 0; i < PATH_SAMPLES; i++) {
        int donor = trial.plan->sources[TRANSECT_FROM_RESAMPLE].donors[i];

        for (int j = 0; j < PATH_TOKENS * PATH_VOCAB; j++)
            CU_ASSERT_DOUBLE_EQUAL((double)watch_at(&put, i, 0, 0)[j],
                                   (double)watch_at(&base, donor, 0, 0)[j],
                                   1e-5);
    }
    watch_end(&put);
    watch_end(&base);
    trial_remove(&trial);
}

static void test_refusals(void)
{
    static const struct {
        const char *options, *message;
    } cases[] = {
        {"path-patcher.senders =\npath-patcher.receivers = L1H0\n",
         "nothing is sent; give senders, sender_mlps or sender_embed"},
        {"path-patcher.senders = L0H0\n",
         "nothing receives; give receivers, receiver_mlps or "
         "receiver_logits"},
        {"path-patcher.sender_embed = yes\npath-patcher.receivers = L1H0\n"
         "path-patcher.inputs = q z\n",
         "inputs: z is none of a head; write q, k, v or some of them"},
        {"path-patcher.senders = L0H4\n", "L0H4"},
        {"path-patcher.senders = L0H0\npath-patcher.receivers = L1H0\n"
         "path-patcher.from = zero\n", "'zero' is not one of its words"},
        {"path-patcher.senders = L0H0\npath-patcher.receivers = L1H0\n"
         "path-patcher.positions = subject\n", "subject"},
        {"path-patcher.senders = L0H0\npath-patcher.receivers = L1H0\n",
         "the input has no pairs"},
    };
    struct trial trial;

    if (!path_trial_make(&trial, 0))
        return;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *sections = mem_printf("[variant put]\n%s", cases[i].options);

        if (i < sizeof cases / sizeof *cases - 1)
            trial.samples = path_trial_pairs(NULL);
        CU_ASSERT_EQUAL(trial_plan(&trial, sections), ST_USAGE);
        if (!strstr(trial.err.text, cases[i].message)) {
            fprintf(stderr, "# %s\n", trial.err.text);
            CU_FAIL("another message");
        }
        free(sections);
    }
    trial_remove(&trial);
}

CU_ErrorCode add_path_patcher_tests(void)
{
    CU_pSuite suite = CU_add_suite("path-patcher", NULL, NULL);

    CU_add_test(suite, "one head into one", test_one_path);
    CU_add_test(suite, "receivers are not senders", test_frozen);
    CU_add_test(suite, "who is before whom", test_order);
    CU_add_test(suite, "keys of a group", test_groups);
    CU_add_test(suite, "positions and partners", test_positions);
    CU_add_test(suite, "a row without partner", test_lost);
    CU_add_test(suite, "no sender before it", test_unreached);
    CU_add_test(suite, "another sample", test_resample);
    CU_add_test(suite, "what is refused", test_refusals);
    return CU_get_error();
}
