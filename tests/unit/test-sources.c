/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-sources.c - the variant of the pairs, and rows of other passes in the
 * place of a variant's own: what is put there is bit for bit what an observer
 * of that pass sees. */
#include "experiment-fixture.h"
#include "base/mem.h"
#include "hooks/hook-points.h"
#include "plan/cost-estimate.h"
#include "plan/sources.h"
#include "unit/tests.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

enum { N = 5, N_TOKEN = 9, VOCAB = 40 };

static int32_t token(int sample, int position)
{
    return (int32_t)((sample * 31 + position * 17 + position / 3) % VOCAB);
}

/* Samples of these lengths; `other`: of other tokens. */
static struct samples *make_samples(const int *lengths, int other)
{
    struct samples *samples = mem_new(1, sizeof *samples);

    for (int i = 0; i < N; i++) {
        int32_t tokens[N_TOKEN];

        for (int j = 0; j < lengths[i]; j++)
            tokens[j] = token(i + 7 * other, j);
        samples_add(samples, tokens, lengths[i]);
    }
    return samples;
}

static const int equal[N] = {N_TOKEN, N_TOKEN, N_TOKEN, N_TOKEN, N_TOKEN};

static struct samples *with_pairs(const int *lengths, const int *others)
{
    struct samples *samples = make_samples(lengths, 0);

    samples->pair = make_samples(others, 1);
    return samples;
}

static bool set_up(struct trial *trial, const struct model_recipe *given)
{
    struct model_recipe recipe = {.layers = 2, .heads = 4, .width = 16,
                                  .context = 16, .vocab = VOCAB};

    if (given)
        recipe = *given;
    if (!trial_make(trial, &recipe, N, N_TOKEN))
        return false;
    trial->batch_tokens = 2 * N_TOKEN;
    return true;
}

static void plan_pairs(struct trial *trial, const char *sections)
{
    trial->samples = with_pairs(equal, equal);
    if (trial_plan(trial, sections) != ST_OK) {
        fprintf(stderr, "# %s\n", trial->err.text);
        CU_FAIL_FATAL("the experiment cannot be planned");
    }
}

static size_t watch_size(const struct watch *watch)
{
    return (size_t)watch->n_layer * (size_t)watch->n_head *
           (size_t)watch->n_sample * (size_t)watch->n_token *
           (size_t)watch->cols * sizeof *watch->data;
}

static bool same(const struct watch *a, const struct watch *b)
{
    return memcmp(a->data, b->data, watch_size(a)) == 0;
}

/* What a point shows where the pairs are the input. */
static bool watch_alone(struct trial *trial, int point, struct watch *watch)
{
    trial->samples = make_samples(equal, 1);
    return trial_watch(trial, "", "baseline", point, watch);
}

/* The point of all layers has the pairs' rows in its place, and the variant
 * "pair" shows what the pairs alone do. */
static void replace_at(struct trial *trial, int point, const char *run)
{
    char *sections = mem_printf("%s[variant put]\nreplaces.points = %s\n", run,
                                point_name(point));
    struct watch alone, put, pair;

    if (watch_alone(trial, point, &alone)) {
        plan_pairs(trial, sections);
        watch_begin(&put, trial, "put", point);
        watch_begin(&pair, trial, "pair", point);
        CU_ASSERT_EQUAL(trial_run(trial), ST_OK);
        CU_ASSERT(same(&alone, &pair));
        CU_ASSERT(same(&alone, &put));
        watch_end(&put);
        watch_end(&pair);
    }
    watch_end(&alone);
    free(sections);
}

static void replace_everywhere(const struct model_recipe *recipe)
{
    struct trial trial;

    if (!set_up(&trial, recipe))
        return;
    plan_pairs(&trial, "");
    for (int point = 0; point < TRANSECT_N_POINTS; point++) {
        const char *why;

        if (model_has_point(&trial.plan->model->config,
                            trial.plan->model->arch, point, &why))
            replace_at(&trial, point, "[run]\nworkers = 0\n");
    }
    trial_remove(&trial);
}

static void test_points(void)
{
    const struct model_recipe llama = {.layers = 2, .heads = 4, .kv_heads = 2,
                                       .width = 16, .context = 16,
                                       .vocab = VOCAB};

    replace_everywhere(NULL);
    replace_everywhere(&llama);
}

/* Whatever the threads, and however many samples share a pass. */
static void test_threads(void)
{
    static const int points[] = {TRANSECT_RESID_MID, TRANSECT_PATTERN,
                                 TRANSECT_Z};
    static const char *const runs[] = {"[run]\nworkers = 0\n",
                                       "[run]\nworkers = 2\n"
                                       "[variant other]\nreplaces.layers = 1\n"
                                       "replaces.points = z\n"};
    int before = openblas_get_num_threads();
    struct trial trial;

    if (!set_up(&trial, NULL))
        return;
    for (int threads = 1; threads <= 3; threads += 2) {
        openblas_set_num_threads(threads);
        for (size_t i = 0; i < sizeof points / sizeof *points; i++)
            for (size_t j = 0; j < 2; j++) {
                trial.batch_tokens = threads * N_TOKEN;
                replace_at(&trial, points[i], runs[j]);
            }
    }
    openblas_set_num_threads(before);
    trial_remove(&trial);
}

/* Editor i of the variant "put". */
static const struct edit_record *record_of(const struct trial *trial, size_t i)
{
    size_t n;
    const struct edit_record *records = hooks_edit_records(
        trial_variant(trial, "put")->hooks, &n);

    CU_ASSERT_FATAL(i < n);
    return &records[i];
}

/* The stream of the first layer is all that later ones know of the tokens. */
static void test_identity(void)
{
    struct watch put, pair;
    struct trial trial;

    if (!set_up(&trial, NULL))
        return;
    plan_pairs(&trial, "[variant put]\nreplaces.layers = 0\n");
    watch_begin(&put, &trial, "put", TRANSECT_LOGITS);
    watch_begin(&pair, &trial, "pair", TRANSECT_LOGITS);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    CU_ASSERT(same(&put, &pair));
    CU_ASSERT(record_of(&trial, 0)->changed > 0);
    watch_end(&put);
    watch_end(&pair);
    plan_pairs(&trial, "[variant put]\nreplaces.layers = 1\n"
                       "replaces.points = mlp_out\nreplaces.from = prompt\n");
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    CU_ASSERT_EQUAL(record_of(&trial, 0)->fired, N);
    CU_ASSERT_EQUAL(record_of(&trial, 0)->changed, 0);
    trial_remove(&trial);
}

/* Each sample has the rows of one other, and each is the donor of one. */
static void test_resample(void)
{
    struct watch put, base;
    struct trial trial;
    bool used[N] = {false};
    size_t row = N_TOKEN * 16;

    if (!set_up(&trial, NULL))
        return;
    plan_pairs(&trial, "[run]\nseed = 5\n[variant put]\n"
                       "replaces.layers = 1\nreplaces.from = resample\n");
    watch_begin(&put, &trial, "put", TRANSECT_RESID_PRE);
    watch_begin(&base, &trial, "baseline", TRANSECT_RESID_PRE);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    for (int i = 0; i < N; i++) {
        int donor = trial.plan->sources[TRANSECT_FROM_RESAMPLE].donors[i];

        CU_ASSERT(donor != i && donor >= 0 && donor < N && !used[donor]);
        used[donor] = true;
        CU_ASSERT_EQUAL(memcmp(watch_at(&put, i, 1, 0),
                               watch_at(&base, donor, 1, 0),
                               row * sizeof(float)), 0);
    }
    watch_end(&put);
    watch_end(&base);
    trial_remove(&trial);
}

static const int lengths[N] = {5, 7, 9, 3, 6}, others[N] = {9, 4, 9, 5, 6};

/* Last with last; what has no partner stays the prompt's. */
static struct samples *aligned_at_end(void)
{
    struct samples *samples = with_pairs(lengths, others);

    samples->partner = mem_new(samples->n_token, sizeof *samples->partner);
    for (int i = 0; i < N; i++)
        for (int p = 0; p < lengths[i]; p++) {
            int q = p + others[i] - lengths[i];

            samples->partner[samples->list[i].first + (size_t)p] = q < 0 ? -1
                                                                         : q;
        }
    return samples;
}

static bool same_row(const struct watch *a, int p, const struct watch *b,
                     int q, int sample, int head)
{
    size_t n = (size_t)(a->point == TRANSECT_PATTERN ? (p < q ? p : q) + 1
                                                     : a->cols);

    return memcmp(watch_at(a, sample, 1, head) + p * a->cols,
                  watch_at(b, sample, 1, head) + q * b->cols,
                  n * sizeof(float)) == 0;
}

static void expect_rows(const struct watch *put, const struct watch *pair,
                        const struct watch *base)
{
    for (int i = 0; i < N; i++)
        for (int p = 0; p < lengths[i]; p++)
            for (int h = 0; h < put->n_head; h++) {
                int q = p + others[i] - lengths[i];

                CU_ASSERT(q < 0 ? same_row(put, p, base, p, i, h)
                                : same_row(put, p, pair, q, i, h));
            }
}

static void test_unequal(void)
{
    static const char *const names[] = {"resid_mid", "q", "mlp_post"};
    static const int points[] = {TRANSECT_RESID_MID, TRANSECT_Q,
                                 TRANSECT_MLP_POST};
    struct trial trial;

    if (!set_up(&trial, NULL))
        return;
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        char *sections = mem_printf("[variant put]\nreplaces.layers = 1\n"
                                    "replaces.points = %s\n", names[i]);
        struct watch put, pair, base;

        trial.samples = aligned_at_end();
        CU_ASSERT_EQUAL_FATAL(trial_plan(&trial, sections), ST_OK);
        watch_begin(&put, &trial, "put", points[i]);
        watch_begin(&pair, &trial, "pair", points[i]);
        watch_begin(&base, &trial, "baseline", points[i]);
        CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
        expect_rows(&put, &pair, &base);
        watch_end(&put);
        watch_end(&pair);
        watch_end(&base);
        free(sections);
    }
    trial_remove(&trial);
}

/* Rows that nobody asked for are not kept; those that two ask for, once. */
static void test_kept(void)
{
    struct watch put, pair, base;
    struct trial trial;
    size_t last;

    if (!set_up(&trial, NULL))
        return;
    plan_pairs(&trial, "[variant put]\nreplaces.layers = 1\n"
                       "replaces.keep = last\n"
                       "[variant again]\nreplaces.layers = 1\n"
                       "replaces.keep = last\n");
    last = source_size(trial.plan, TRANSECT_FROM_PAIR);
    CU_ASSERT_EQUAL(last, 2 * 16);
    CU_ASSERT_EQUAL(trial.plan->memory.captures, last * sizeof(float));
    watch_begin(&put, &trial, "put", TRANSECT_RESID_PRE);
    watch_begin(&pair, &trial, "pair", TRANSECT_RESID_PRE);
    watch_begin(&base, &trial, "baseline", TRANSECT_RESID_PRE);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    for (int i = 0; i < N; i++)
        for (int p = 0; p < N_TOKEN; p++)
            CU_ASSERT(same_row(&put, p, p < N_TOKEN - 1 ? &base : &pair, p, i,
                               0));
    watch_end(&put);
    watch_end(&pair);
    watch_end(&base);
    plan_pairs(&trial, "[variant put]\nreplaces.points = pattern\n");
    CU_ASSERT_EQUAL(source_size(trial.plan, TRANSECT_FROM_PAIR),
                    2 * 4 * 2 * N_TOKEN * (N_TOKEN + 1) / 2);
    trial_remove(&trial);
}

/* Where memory is short, rows lie in a file, and are the same. */
static void test_file(void)
{
    static const char variant[] = "[variant put]\nreplaces.points = logits "
                                  "mlp_post resid_post z\n";
    char *sections;
    struct watch held, filed;
    struct trial trial;

    if (!set_up(&trial, NULL))
        return;
    plan_pairs(&trial, variant);
    CU_ASSERT_FALSE(trial.plan->memory.captures_in_file);
    CU_ASSERT(trial.plan->memory.captures > 0);
    watch_begin(&held, &trial, "put", TRANSECT_LOGITS);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    sections = mem_printf("[run]\nmemory = %llu\n%s",
                          (unsigned long long)memory_held(
                              &trial.plan->memory) - 1, variant);
    plan_pairs(&trial, sections);
    CU_ASSERT_TRUE(trial.plan->memory.captures_in_file);
    CU_ASSERT(memory_held(&trial.plan->memory) <= trial.plan->memory.limit);
    watch_begin(&filed, &trial, "put", TRANSECT_LOGITS);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    CU_ASSERT(same(&held, &filed));
    watch_end(&held);
    watch_end(&filed);
    free(sections);
    trial_remove(&trial);
}

static void refuse(struct trial *trial, const char *sections, int status,
                   const char *message)
{
    CU_ASSERT_EQUAL(trial_plan(trial, sections), status);
    if (!strstr(trial->err.text, message)) {
        fprintf(stderr, "# %s\n", trial->err.text);
        CU_FAIL("another message");
    }
}

static void test_refused(void)
{
    struct trial trial;

    if (!set_up(&trial, NULL))
        return;
    refuse(&trial, "[variant put]\nreplaces.layers = 0\n", ST_USAGE,
           "cannot keep rows of other passes: the input has no pairs");
    trial.samples = make_samples(lengths, 0);
    refuse(&trial, "[variant put]\nreplaces.from = resample\n", ST_USAGE,
           "the samples have unequal lengths");
    trial.samples = mem_new(1, sizeof *trial.samples);
    samples_add(trial.samples, &(int32_t){1}, 1);
    refuse(&trial, "[variant put]\nreplaces.from = resample\n", ST_USAGE,
           "the input has one sample");
    trial.samples = with_pairs(equal, equal);
    refuse(&trial, "[variant pair]\nreplaces.layers = 0\n", ST_USAGE,
           "experiment.ini:7: a variant is called pair");
    trial.samples = with_pairs(equal, equal);
    refuse(&trial, "[sweep pair]\nreplaces.layers = each *\n", ST_USAGE,
           "experiment.ini:7: a sweep is called pair");
    trial_remove(&trial);
}

/* Pairs cost a pass, as does each other source that is asked for. */
static void test_cost(void)
{
    double alone, two;
    struct trial trial;

    if (!set_up(&trial, NULL))
        return;
    trial.samples = make_samples(equal, 0);
    CU_ASSERT_EQUAL_FATAL(trial_plan(&trial, ""), ST_OK);
    alone = cost_plan(trial.plan).flops;
    CU_ASSERT_EQUAL(trial.plan->n_variants, 1);
    plan_pairs(&trial, "[variant put]\nreplaces.layers = 1\n"
                       "replaces.from = prompt\n");
    CU_ASSERT_EQUAL(trial.plan->n_variants, 3);
    CU_ASSERT_STRING_EQUAL(trial.plan->variants[1].name, "pair");
    two = cost_plan(trial.plan).flops;
    CU_ASSERT_DOUBLE_EQUAL(
        two - cost_fork_flops(trial.plan, &trial.plan->variants[2]), 3 * alone,
        1e-6 * alone);
    CU_ASSERT_EQUAL(trial.plan->memory.buffers,
                    cost_plan(trial.plan).buffers);
    trial_remove(&trial);
}

CU_ErrorCode add_sources_tests(void)
{
    CU_pSuite suite = CU_add_suite("sources", NULL, NULL);

    if (!suite || !CU_add_test(suite, "each point", test_points) ||
        !CU_add_test(suite, "threads and batches", test_threads) ||
        !CU_add_test(suite, "identities", test_identity) ||
        !CU_add_test(suite, "resample", test_resample) ||
        !CU_add_test(suite, "unequal lengths", test_unequal) ||
        !CU_add_test(suite, "what is kept", test_kept) ||
        !CU_add_test(suite, "rows in a file", test_file) ||
        !CU_add_test(suite, "what is refused", test_refused) ||
        !CU_add_test(suite, "cost", test_cost))
        return CU_get_error();
    return CUE_SUCCESS;
}
