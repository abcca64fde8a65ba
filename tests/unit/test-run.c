/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-run.c - an experiment run in this process, without a command line; and
 * samples of several lengths in one run, against a run of each. */
#include "tests.h"

#include "base/folder.h"
#include "base/mem.h"
#include "base/read-file.h"
#include "experiment-fixture.h"
#include "report/manifest.h"
#include "report/outcome.h"

#include <cblas.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char sections[] =
    "[experiment]\nname = run\n[run]\nworkers = %d\n"
    "[plugin layerwise-stats]\n[plugin head-scorer]\n[plugin perplexity]\n"
    "[variant heads]\npruner.heads = L0H1 L1H0\n"
    "[variant mlp]\npruner.mlps = 1\n"
    "[variant noise]\npruner.heads = L1H1\npruner.method = random\n";

enum { CONTEXT = 64, N = 7 };

static const int lengths[N] = {5, 64, 2, 17, 40, 3, 33};

static bool set_up(struct trial *trial)
{
    const struct model_recipe recipe = {
        .layers = 2, .heads = 2, .width = 16, .context = CONTEXT, .vocab = 40};

    return trial_make(trial, &recipe, N, CONTEXT);
}

/* Samples first..end-1, sample i with the first lengths[i] tokens of its
 * window. */
static struct samples *prompts(const struct trial *trial, int first, int end)
{
    struct samples *samples = mem_new(1, sizeof *samples);

    for (int i = first; i < end; i++)
        samples_add(samples, trial->tokens + i * CONTEXT, lengths[i]);
    return samples;
}

static bool run_prompts(struct trial *trial, int workers, int first, int end)
{
    char *text = mem_printf(sections, workers);
    bool good;

    trial->samples = prompts(trial, first, end);
    good = trial_do(trial, text);
    free(text);
    return good;
}

/* The loss of a sample, by variant. */
static double loss(const struct trial *trial, size_t variant, int sample)
{
    const struct transect_table *table = trial_table(
        trial, trial->plan->variants[variant].name, "perplexity", "samples");

    return trial_number(table, (size_t)sample, "loss");
}

enum { N_VARIANTS = 4 };

/* A product of other sizes adds in another order: rounding, but no more. The
 * loss is of the size of log(40), and each of some 20 sums before it, of 16
 * to 64 terms, has a relative error of a few 1e-7. */
#define BOUND 2e-6

static void mixed(int workers, int threads, int tokens)
{
    static double alone[N_VARIANTS][N];
    struct trial trial;
    int before = openblas_get_num_threads();

    if (!set_up(&trial))
        return;
    for (int i = 0; i < N && run_prompts(&trial, 0, i, i + 1); i++)
        for (size_t v = 0; v < N_VARIANTS; v++)
            alone[v][i] = loss(&trial, v, 0);
    openblas_set_num_threads(threads);
    trial.batch_tokens = tokens;
    if (run_prompts(&trial, workers, 0, N)) {
        CU_ASSERT_EQUAL(trial.plan->samples->longest, CONTEXT);
        for (size_t v = 0; v < 3; v++)
            for (int i = 0; i < N; i++)
                CU_ASSERT_DOUBLE_EQUAL(loss(&trial, v, i), alone[v][i],
                                       BOUND * alone[v][i]);
        /* Noise is by the number of the sample, which is 0 alone. */
        CU_ASSERT_DOUBLE_EQUAL(loss(&trial, 3, 0), alone[3][0],
                               BOUND * alone[3][0]);
        CU_ASSERT(fabs(loss(&trial, 3, 4) - alone[3][4]) > 1e-4);
    }
    openblas_set_num_threads(before);
    trial_remove(&trial);
}

static void test_mixed(void)
{
    mixed(0, 1, 0);
    mixed(2, 2, 0);
    mixed(0, 3, 48);
    mixed(3, 1, 70);
}

/* What an edit adds to head_out of both heads comes once for each to the
 * first column of attn_out, in every row of every sample of the batch, and
 * leaves all other columns as they were, bit for bit. */
static void test_head_out(void)
{
    static const char text[] =
        "[variant v]\nbump.points = head_out\nbump.layers = 1\n"
        "bump.by = 2\n";
    struct watch before = {0}, after = {0};
    struct trial trial;

    if (!set_up(&trial))
        return;
    trial.batch_tokens = 3 * CONTEXT;
    if (trial_watch(&trial, text, "baseline", TRANSECT_ATTN_OUT, &before) &&
        trial_watch(&trial, text, "v", TRANSECT_ATTN_OUT, &after))
        for (int i = 0; i < N; i++)
            for (int t = 0; t < CONTEXT; t++) {
                const float *x = watch_at(&before, i, 1, 0) + t * 16;
                const float *y = watch_at(&after, i, 1, 0) + t * 16;

                CU_ASSERT_DOUBLE_EQUAL(y[0] - x[0], 4, 1e-5);
                CU_ASSERT_EQUAL(memcmp(x + 1, y + 1, 15 * sizeof *x), 0);
            }
    watch_end(&before);
    watch_end(&after);
    trial_remove(&trial);
}

/* The folder's files are those that a command would have left. */
static void check_results(const char *dir)
{
    static const char *const names[] = {
        "manifest.json", "report.html", "baseline/perplexity/samples.csv",
        "comparison/layerwise-stats/layers.csv", "mlp/head-scorer/heads.csv"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = mem_path(dir, names[i]);

        CU_ASSERT_EQUAL(access(path, R_OK), 0);
        free(path);
    }
}

static void write_results(const struct trial *trial, const struct run *run,
                          const char *dir)
{
    struct outcome_failures failures = {0};
    struct results *results = NULL;
    struct error err = {0};
    bool done = true;

    outcome_judge(run, &failures);
    CU_ASSERT_EQUAL(failures.n, 0);
    CU_ASSERT_EQUAL_FATAL(
        results_begin(dir, RESULTS_NEW, &done, &results, &err), ST_OK);
    CU_ASSERT_FALSE(done);
    CU_ASSERT_EQUAL(outcome_commit(run, &failures, results, &err), ST_OK);
    results_end(results);
    CU_ASSERT_EQUAL(manifest_matches(trial->plan, dir, &err), ST_OK);
    outcome_failures_free(&failures);
}

static void test_in_process(void)
{
    struct run_settings settings = {.quiet = true};
    struct trial trial;
    struct error err = {0};
    struct run run;
    char *dir, *text = mem_printf(sections, 0);

    if (!set_up(&trial))
        return;
    dir = mem_path(trial.dir, "results");
    CU_ASSERT_EQUAL_FATAL(trial_plan(&trial, text), ST_OK);
    CU_ASSERT_EQUAL(run_experiment(trial.plan, &settings, &run, &err), ST_OK);
    CU_ASSERT_EQUAL(run.error.status, ST_OK);
    CU_ASSERT(run.samples.first == 0 && run.samples.end == N);
    CU_ASSERT(run.seconds > 0);
    write_results(&trial, &run, dir);
    check_results(dir);
    run_end(&run);
    CU_ASSERT_EQUAL(folder_remove(AT_FDCWD, dir), 0);
    free(dir);
    free(text);
    trial_remove(&trial);
}

/* Without workers: once a variant has failed behind its fork, those that had
 * still to fork do not edit the stream of the baseline instead. */
static void test_failed_fork(void)
{
    static const char failing[] =
        "[run]\nworkers = 0\n[plugin null]\n"
        "[variant a]\nbump.points = mlp_out\nbump.fail = yes\n"
        "[variant b]\nbump.points = mlp_out\nbump.fail = yes\n"
        "[variant c]\nbump.points = mlp_out\nbump.nan = yes\n";
    struct trial trial;

    if (!set_up(&trial))
        return;
    CU_ASSERT_EQUAL_FATAL(trial_plan(&trial, failing), ST_OK);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_FAILED);
    CU_ASSERT_EQUAL(strncmp(trial.err.text, "variant a: ", 11), 0);
    trial_remove(&trial);
}

CU_ErrorCode add_run_tests(void)
{
    CU_pSuite suite = CU_add_suite("run", NULL, NULL);

    if (!suite ||
        !CU_add_test(suite, "an experiment in the process", test_in_process) ||
        !CU_add_test(suite, "a variant that fails", test_failed_fork) ||
        !CU_add_test(suite, "an edit of head_out", test_head_out) ||
        !CU_add_test(suite, "samples of several lengths", test_mixed))
        return CU_get_error();
    return CUE_SUCCESS;
}
