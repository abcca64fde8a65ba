/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-sources.c - the variant of the pairs, and rows of other passes in the
 * place of a variant's own: what is put there is bit for bit what an observer
 * of that pass sees. */
#include "base/mem.h"
#include "hooks/hook-points.h"
#include "pairs-fixture.h"
#include "plan/cost-estimate.h"
#include "plan/sources.h"
#include "unit/tests.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    trial->samples = pairs_samples(pairs_equal, 1);
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
        pairs_plan(trial, sections);
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

    if (!pairs_trial(&trial, recipe))
        return;
    pairs_plan(&trial, "");
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
                                       .vocab = PAIRS_VOCAB};

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

    if (!pairs_trial(&trial, NULL))
        return;
    for (int threads = 1; threads <= 3; threads += 2) {
        openblas_set_num_threads(threads);
        for (size_t i = 0; i < sizeof points / sizeof *points; i++)
            for (size_t j = 0; j < 2; j++) {
                trial.batch_tokens = threads * PAIRS_TOKENS;
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

    if (!pairs_trial(&trial, NULL))
        return;
    pairs_plan(&trial, "[variant put]\nreplaces.layers = 0\n");
    watch_begin(&put, &trial, "put", TRANSECT_LOGITS);
    watch_begin(&pair, &trial, "pair", TRANSECT_LOGITS);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    CU_ASSERT(same(&put, &pair));
    CU_ASSERT(record_of(&trial, 0)->changed > 0);
    watch_end(&put);
    watch_end(&pair);
    pairs_plan(&trial, "[variant put]\nreplaces.layers = 1\n"
                       "replaces.points = mlp_out\nreplaces.from = prompt\n");
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    CU_ASSERT_EQUAL(record_of(&trial, 0)->fired, PAIRS_N);
    CU_ASSERT_EQUAL(record_of(&trial, 0)->changed, 0);
    trial_remove(&trial);
}

/* Each sample has the rows of one other, and each is the donor of one. */
static void test_resample(void)
{
    struct watch put, base;
    struct trial trial;
    bool used[PAIRS_N] = {false};

    if (!pairs_trial(&trial, NULL))
        return;
    pairs_plan(&trial, "[run]\nseed = 5\n[variant put]\n"
                       "replaces.layers = 1\nreplaces.from = resample\n");
    watch_begin(&put, &trial, "put", TRANSECT_RESID_PRE);
    watch_begin(&base, &trial, "baseline", TRANSECT_RESID_PRE);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    for (int i = 0; i < PAIRS_N; i++) {
        int donor = trial.plan->sources[TRANSECT_FROM_RESAMPLE].donors[i];

        CU_ASSERT(donor != i && donor >= 0 && donor < PAIRS_N && !used[donor]);
        used[donor] = true;
        pairs_near(watch_at(&put, i, 1, 0), watch_at(&base, donor, 1, 0),
                    PAIRS_TOKENS * 16);
    }
    watch_end(&put);
    watch_end(&base);
    trial_remove(&trial);
}

/* A head that is asked for at one position, and another one at all: both have
 * rows at all of them, and these are right. */
static void test_heads(void)
{
    struct watch put, pair;
    struct trial trial;

    if (!pairs_trial(&trial, NULL))
        return;
    pairs_plan(&trial, "[variant some]\nreplaces.points = z\n"
                       "replaces.heads = L1H0\nreplaces.keep = last\n"
                       "[variant put]\nreplaces.points = z\n"
                       "replaces.heads = L1H1\n"
                       "[variant more]\nreplaces.points = z\n"
                       "replaces.heads = L1H2\nreplaces.keep = 0-1 last\n");
    watch_begin(&put, &trial, "some", TRANSECT_Z);
    watch_begin(&pair, &trial, "pair", TRANSECT_Z);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    for (int i = 0; i < PAIRS_N; i++)
        for (int p = 0; p < PAIRS_TOKENS; p++)
            CU_ASSERT(pairs_same_row(&put, p, &pair, p, i, 0));
    watch_end(&put);
    watch_end(&pair);
    trial_remove(&trial);
}

/* Rows that nobody asked for are not kept; those that two ask for, once. */
static void test_kept(void)
{
    struct watch put, pair, base;
    struct trial trial;
    size_t last;

    if (!pairs_trial(&trial, NULL))
        return;
    pairs_plan(&trial, "[variant put]\nreplaces.layers = 1\n"
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
    for (int i = 0; i < PAIRS_N; i++)
        for (int p = 0; p < PAIRS_TOKENS; p++)
            CU_ASSERT(pairs_same_row(
                &put, p, p < PAIRS_TOKENS - 1 ? &base : &pair, p, i, 0));
    watch_end(&put);
    watch_end(&pair);
    watch_end(&base);
    pairs_plan(&trial, "[variant put]\nreplaces.points = pattern\n");
    CU_ASSERT_EQUAL(source_size(trial.plan, TRANSECT_FROM_PAIR),
                    2 * 4 * 2 * PAIRS_TOKENS * (PAIRS_TOKENS + 1) / 2);
    trial_remove(&trial);
}

static const char many[] = "[variant put]\nreplaces.points = logits "
                           "mlp_post resid_post z\n";

/* Plans with so many bytes. */
static const struct memory *plan_within(struct trial *trial, uint64_t limit)
{
    char *sections = mem_printf("[run]\nmemory = %llu\nworkers = 0\n%s",
                                (unsigned long long)limit, many);
    const struct memory *memory;

    pairs_plan(trial, sections);
    free(sections);
    memory = &trial->plan->memory;
    CU_ASSERT(memory_held(memory) <= limit);
    CU_ASSERT(!memory->captures_in_file ||
              memory_held(memory) + memory->captures > limit);
    return memory;
}

/* Where memory is short, rows lie in a file, and are the same. */
static void test_file(void)
{
    struct watch held, filed;
    struct trial trial;

    if (!pairs_trial(&trial, NULL))
        return;
    pairs_plan(&trial, many);
    CU_ASSERT_FALSE(trial.plan->memory.captures_in_file);
    CU_ASSERT(trial.plan->memory.captures > 0);
    watch_begin(&held, &trial, "put", TRANSECT_LOGITS);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    CU_ASSERT_TRUE(plan_within(&trial, memory_held(&trial.plan->memory) - 1)
                       ->captures_in_file);
    watch_begin(&filed, &trial, "put", TRANSECT_LOGITS);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    CU_ASSERT(same(&held, &filed));
    watch_end(&held);
    watch_end(&filed);
    trial_remove(&trial);
}

/* The file comes before conversion by panels, which costs time; but where that
 * leaves room, rows are in memory. */
static void test_order(void)
{
    const struct model_recipe recipe = {
        .layers = 2, .heads = 4, .width = PAIRS_WIDTH, .context = 16,
        .vocab = PAIRS_VOCAB, .dtype = "F16"};
    const struct memory *memory;
    struct trial trial;
    uint64_t all;

    if (!pairs_trial(&trial, &recipe))
        return;
    all = memory_held(plan_within(&trial, (uint64_t)1 << 30));
    memory = plan_within(&trial, all - 1);
    CU_ASSERT(memory->captures_in_file && memory->convert);
    memory = plan_within(&trial, all - memory->captures - 1);
    CU_ASSERT_FALSE(memory->convert);
    trial_remove(&trial);
}

/* NaN: it had none. */
static double sum_of(const struct trial *trial, const char *variant,
                     size_t sample, const char *column)
{
    return trial_number(trial_table(trial, variant, "contrasts", "sums"),
                        sample, column);
}

/* Observers find what they measured in the pairs; the baseline finds it, too,
 * and the pairs find that of the baseline. */
static void expect_sums(const struct trial *trial)
{
    for (size_t i = 0; i < PAIRS_N; i++) {
        double base = sum_of(trial, "baseline", i, "own"),
               pair = sum_of(trial, "pair", i, "own");

        CU_ASSERT(base != pair);
        CU_ASSERT(isnan(sum_of(trial, "baseline", i, "baseline")));
        CU_ASSERT_EQUAL(sum_of(trial, "baseline", i, "pair"), pair);
        CU_ASSERT_EQUAL(sum_of(trial, "pair", i, "baseline"), base);
        CU_ASSERT(isnan(sum_of(trial, "pair", i, "pair")));
        CU_ASSERT_EQUAL(sum_of(trial, "put", i, "baseline"), base);
        CU_ASSERT_EQUAL(sum_of(trial, "put", i, "pair"), pair);
    }
}

static void test_states(void)
{
    static const char put[] = "[variant put]\nreplaces.layers = 1\n"
                              "replaces.points = mlp_out\n";
    static const char *const ways[] = {"", "isolation = process\n"};
    struct trial trial;

    if (!pairs_trial(&trial, NULL))
        return;
    for (size_t i = 0; i < 2; i++) {
        char *sections = mem_printf("[plugin contrasts]\n%s%s", ways[i], put);

        pairs_plan(&trial, sections);
        CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
        expect_sums(&trial);
        free(sections);
    }
    trial_remove(&trial);
}

/* Samples first..end-1, in a plan of their own. */
static const struct plan *run_part(struct trial *trial, int first, int end)
{
    const struct plan *plan;
    struct run run;

    pairs_plan(trial, "[run]\nseed = 4\n[plugin contrasts]\n"
                      "[variant put]\nreplaces.layers = 1\n"
                      "[variant other]\nreplaces.from = resample\n"
                      "replaces.layers = 1\n");
    plan = trial->plan;
    trial->plan = NULL;
    run_begin(&run, plan, true);
    run.samples = (struct sample_range){first, end};
    CU_ASSERT_EQUAL(run_samples(&run, &trial->err), ST_OK);
    return plan;
}

/* A run that is cut within a batch and goes on has what one in one piece has,
 * but for rounding: a batch of fewer rows may have another kernel of BLAS. */
static void test_cut(void)
{
    const struct plan *whole, *first, *second;
    struct trial trial;

    if (!pairs_trial(&trial, NULL))
        return;
    whole = run_part(&trial, 0, PAIRS_N);
    first = run_part(&trial, 0, 3);
    second = run_part(&trial, 3, PAIRS_N);
    for (size_t i = 0; i < whole->n_variants; i++) {
        const struct plan *plans[3] = {whole, first, second};
        const double *sums[3];

        for (int j = 0; j < 3; j++) {
            const struct variant_run *variant = &plans[j]->variants[i];

            sums[j] = kept_arrays_find(
                          &variant->instances[variant->n_edits]->arrays,
                          "sums")->data;
        }
        for (int j = 0; j < PAIRS_N; j++)
            CU_ASSERT_DOUBLE_EQUAL(sums[0][j], sums[j < 3 ? 1 : 2][j], 1e-5);
    }
    plan_free(whole);
    plan_free(first);
    plan_free(second);
    trial_remove(&trial);
}

/* Pairs cost a pass, as does each other source that is asked for. */
static void test_cost(void)
{
    double alone, two, kept;
    struct trial trial;

    if (!pairs_trial(&trial, NULL))
        return;
    trial.samples = pairs_samples(pairs_equal, 0);
    CU_ASSERT_EQUAL_FATAL(trial_plan(&trial, "[plugin null]\n"), ST_OK);
    alone = cost_plan(trial.plan).flops;
    CU_ASSERT_EQUAL(trial.plan->n_variants, 1);
    pairs_plan(&trial, "[plugin null]\n[variant put]\nreplaces.layers = 1\n"
                       "replaces.from = prompt\n");
    CU_ASSERT_EQUAL(trial.plan->n_variants, 3);
    CU_ASSERT_STRING_EQUAL(trial.plan->variants[1].name, "pair");
    two = cost_plan(trial.plan).flops;
    CU_ASSERT_EQUAL(cost_source_flops(trial.plan, TRANSECT_FROM_PAIR), alone);
    kept = cost_source_flops(trial.plan, TRANSECT_FROM_PROMPT);
    CU_ASSERT(kept > 0 && kept <= alone);
    CU_ASSERT_DOUBLE_EQUAL(
        two - cost_fork_flops(trial.plan, &trial.plan->variants[2]),
        2 * alone + kept, 1e-6 * alone);
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
        !CU_add_test(suite, "what is kept", test_kept) ||
        !CU_add_test(suite, "heads of a layer", test_heads) ||
        !CU_add_test(suite, "rows in a file", test_file) ||
        !CU_add_test(suite, "what is given up for them", test_order) ||
        !CU_add_test(suite, "what observers measured", test_states) ||
        !CU_add_test(suite, "a run that is cut", test_cut) ||
        !CU_add_test(suite, "cost", test_cost))
        return CU_get_error();
    return CUE_SUCCESS;
}
