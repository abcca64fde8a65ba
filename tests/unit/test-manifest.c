/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-manifest.c - what the manifest says of runs that ended well or not,
 * what changes the identity of a plan, and which difference is named between
 * a plan and results that are there. */
#include "tests.h"

#include "base/folder.h"
#include "base/json.h"
#include "base/mem.h"
#include "experiment-fixture.h"
#include "report/manifest.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N = 3, N_TOKEN = 8 };

/* The sweep's values come from a table beside the file. */
static const char sections[] =
    "[run]\nseed = 5\n[plugin perplexity]\n[variant v]\npruner.mlps = 1\n"
    "[sweep s]\npruner.heads = cumulative heads.csv by score\n";
static const char table[] = "layer,head,score\n0,0,1\n0,1,2\n1,0,3\n";
static const char other_table[] = "layer,head,score\n0,0,1\n0,1,2\n1,0,0\n";

static struct trial trial;
static char *dir, *scores; /* the results, and the sweep's table */

static void make_trial(struct trial *made, uint64_t seed)
{
    const struct model_recipe recipe = {.layers = 2, .heads = 2, .width = 8,
                                        .vocab = 30, .seed = seed};

    if (!trial_make(made, &recipe, N, N_TOKEN))
        exit(1);
}

static void set_up(void)
{
    make_trial(&trial, 1);
    dir = mem_path(trial.dir, "results");
    scores = mem_path(trial.dir, "heads.csv");
    test_write(scores, table, strlen(table));
}

static void tear_down(void)
{
    folder_remove(AT_FDCWD, dir);
    unlink(scores);
    trial_remove(&trial);
    free(dir);
    free(scores);
}

static void plan(const char *text)
{
    CU_ASSERT_EQUAL_FATAL(trial_plan(&trial, text), ST_OK);
}

/* Runs the plan and leaves its results, as a command would. */
static void run_and_commit(void)
{
    struct run_settings settings = {.quiet = true};
    struct outcome_failures failures = {0};
    struct results *results;
    struct error err = {0};
    struct run run;
    bool done;

    CU_ASSERT_EQUAL(run_experiment(trial.plan, &settings, &run, &err), ST_OK);
    outcome_judge(&run, &failures);
    CU_ASSERT_EQUAL_FATAL(
        results_begin(dir, RESULTS_FORCE, &done, &results, &err), ST_OK);
    CU_ASSERT_EQUAL(outcome_commit(&run, &failures, results, &err), ST_OK);
    results_end(results);
    outcome_failures_free(&failures);
    run_end(&run);
}

static json_t *load(void)
{
    char *path = mem_path(dir, "manifest.json");
    struct error err = {0};
    json_t *all = NULL;

    CU_ASSERT_EQUAL_FATAL(json_load_object(path, &all, &err), ST_OK);
    free(path);
    return all;
}

/* The member at a path of keys, or of numbers in lists, and blanks between;
 * NULL, with a failure: there is none. */
static const json_t *get(const json_t *all, const char *path)
{
    char *copy = mem_strdup(path), *rest = NULL;

    for (char *key = strtok_r(copy, " ", &rest); key && all;
         key = strtok_r(NULL, " ", &rest))
        all = json_is_array(all)
                  ? json_array_get(all, strtoul(key, NULL, 10))
                  : json_object_get(all, key);
    if (!all)
        printf("# %s\n", path);
    CU_ASSERT_PTR_NOT_NULL(all);
    free(copy);
    return all;
}

static void expect_text(const json_t *all, const char *path, const char *want)
{
    const char *text = json_string_value(get(all, path));

    CU_ASSERT_STRING_EQUAL(text ? text : "none", want);
}

static void expect_number(const json_t *all, const char *path, double want)
{
    CU_ASSERT_EQUAL(json_number_value(get(all, path)), want);
}

static void test_complete(void)
{
    json_t *all;
    const json_t *edit;

    plan(sections);
    run_and_commit();
    all = load();
    CU_ASSERT_TRUE(json_is_true(get(all, "complete")));
    expect_text(all, "status", "ok");
    CU_ASSERT_EQUAL(json_array_size(get(all, "failures")), 0);
    expect_number(all, "seed", 5);
    expect_text(all, "configuration run seed", "5");
    expect_text(all, "configuration input samples", "3");
    expect_text(all, "model type", "gpt2");
    expect_number(all, "model n_layer", 2);
    expect_text(all, "model files 1 path", "model.safetensors");
    expect_number(all, "input samples", N);
    expect_number(all, "input length", N_TOKEN);
    expect_text(all, "input sha256", trial.plan->samples->sha256);
    expect_text(all, "plugins 1 name", "pruner");
    expect_text(all, "plugins 1 sha256", trial.plan->plugins[1]->sha256);
    CU_ASSERT_TRUE(json_is_null(get(all, "survey")));
    CU_ASSERT_EQUAL(json_array_size(get(all, "variants")), 2);
    expect_text(all, "variants 0 name", "baseline");
    expect_text(all, "variants 1 instances 0 role", "editor");
    expect_text(all, "variants 1 instances 0 options mlps", "1");
    expect_text(all, "variants 1 instances 1 id", "perplexity");
    edit = get(all, "variants 1 edits 0");
    expect_text(edit, "point", "mlp_out");
    expect_number(edit, "fired", N);
    expect_number(edit, "changed", N * N_TOKEN * 8);
    expect_number(edit, "places 0 layer", 1);
    expect_text(all, "sweeps 0 variants 0 values pruner.heads", "L1H0");
    expect_text(all, "sweeps 0 settings pruner.heads",
                "cumulative heads.csv by score");
    CU_ASSERT_PTR_NULL(json_object_get(all, "resumed_at_sample"));
    CU_ASSERT(json_array_size(get(all, "files")) > 5);
    json_decref(all);
}

/* One that stopped says why, and has the page for files; one that saw all
 * samples may have failed as well. */
static void test_failed(void)
{
    json_t *all;

    plan("[plugin fails]\nin = event\n");
    run_and_commit();
    all = load();
    CU_ASSERT_TRUE(json_is_false(get(all, "complete")));
    expect_text(all, "status", "failed");
    CU_ASSERT_EQUAL(json_array_size(get(all, "failures")), 1);
    expect_text(all, "failures 0",
                "variant baseline: plugin fails: at mlp_out of layer 1, "
                "sample 1: asked to fail in event");
    CU_ASSERT_EQUAL(json_array_size(get(all, "files")), 1);
    expect_text(all, "files 0 path", "report.html");
    json_decref(all);
    plan("[plugin null]\n[variant v]\nbump.by = 0\nbump.layers = 1\n");
    run_and_commit();
    all = load();
    CU_ASSERT_TRUE(json_is_true(get(all, "complete")));
    expect_text(all, "status", "failed");
    expect_text(all, "failures 0",
                "variant v: bump changed nothing at resid_post of layer 1 "
                "(called 3 times); inert = allow in [variant v] would let "
                "this pass");
    json_decref(all);
}

/* What a run was that began behind some samples, and with fewer threads than
 * it asked for. */
static void test_as_run(void)
{
    struct outcome_failures failures = {0};
    struct results *results;
    struct error err = {0};
    struct run run;
    json_t *all;
    bool done;

    plan(sections);
    run_begin(&run, trial.plan, true);
    run.samples.first = 2;
    run.workers = 11;
    run.started = 86400 + 3600;
    CU_ASSERT_EQUAL_FATAL(
        results_begin(dir, RESULTS_NEW, &done, &results, &err), ST_OK);
    CU_ASSERT_EQUAL_FATAL(
        manifest_make(&run, &failures, results, &all, &err), ST_OK);
    expect_number(all, "resumed_at_sample", 2);
    expect_number(all, "workers", 11);
    expect_text(all, "started", "1970-01-02T01:00:00Z");
    CU_ASSERT_EQUAL(json_array_size(get(all, "files")), 0);
    json_decref(all);
    results_end(results);
    run_end(&run);
}

static void identify(const struct plan *made, char hex[65])
{
    struct error err = {0};

    CU_ASSERT_EQUAL(manifest_identity(made, hex, &err), ST_OK);
    CU_ASSERT_EQUAL(strlen(hex), 64);
}

/* Does it have another identity than `old`? */
static bool differs(const struct plan *made, const char *old)
{
    char hex[65];

    identify(made, hex);
    return strcmp(hex, old) != 0;
}

/* These sections, made of the usual ones by putting `to` for `from`. */
static char *changed(const char *from, const char *to)
{
    const char *at = strstr(sections, from);

    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    return mem_printf("%.*s%s%s", (int)(at - sections), sections, to,
                      at + strlen(from));
}

static void plan_changed(const char *from, const char *to)
{
    char *text = changed(from, to);

    plan(text);
    free(text);
}

/* The first sample, of these lengths. */
static struct samples *prompts(int n, const int *lengths)
{
    struct samples *samples = mem_new(1, sizeof *samples);

    for (int i = 0; i < n; i++)
        samples_add(samples, trial.tokens, lengths[i]);
    return samples;
}

static void test_identity(void)
{
    static const char *const changes[][2] = {
        {"seed = 5", "seed = 6"}, {"mlps = 1", "mlps = 0"},
        {"[variant v]", "[variant w]"}, {"[plugin perplexity]\n", ""},
    };
    struct trial other;
    char hex[65];

    plan(sections);
    identify(trial.plan, hex);
    plan(sections);
    CU_ASSERT_FALSE(differs(trial.plan, hex));
    /* What is not read is none of it. */
    plan_changed("seed = 5", "; a word\n\nseed=5");
    CU_ASSERT_FALSE(differs(trial.plan, hex));
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        plan_changed(changes[i][0], changes[i][1]);
        CU_ASSERT_TRUE(differs(trial.plan, hex));
    }
    trial.samples = prompts(1, (int[]){N_TOKEN});
    plan(sections);
    CU_ASSERT_TRUE(differs(trial.plan, hex));
    test_write(scores, other_table, strlen(other_table));
    plan(sections);
    CU_ASSERT_TRUE(differs(trial.plan, hex));
    test_write(scores, table, strlen(table));
    plan(sections);
    trial.plan->plugins[1]->sha256[5] ^= 1;
    CU_ASSERT_TRUE(differs(trial.plan, hex));
    /* The same settings, sizes and text, and other weights. */
    make_trial(&other, 2);
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin null]\n"), ST_OK);
    CU_ASSERT_EQUAL(trial_plan(&other, "[plugin null]\n"), ST_OK);
    identify(trial.plan, hex);
    CU_ASSERT_STRING_EQUAL(trial.plan->samples->sha256,
                           other.plan->samples->sha256);
    CU_ASSERT_TRUE(differs(other.plan, hex));
    trial_remove(&other);
}

/* The plan is not that of the results: `what` differs first. */
static void refuse(const char *what)
{
    char *want = mem_printf("%s: is complete, but of another experiment: %s "
                            "differs; replace it with --force, or choose "
                            "another folder with --output", dir, what);
    struct error err = {0};

    CU_ASSERT_EQUAL(manifest_matches(trial.plan, dir, &err), ST_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, want);
    free(want);
}

static void refuse_changed(const char *from, const char *to, const char *what)
{
    plan_changed(from, to);
    refuse(what);
}

static void test_matches(void)
{
    struct error err = {0};

    plan(sections);
    CU_ASSERT_EQUAL(manifest_matches(trial.plan, dir, &err), ST_DATA);
    run_and_commit();
    err = (struct error){0};
    CU_ASSERT_EQUAL(manifest_matches(trial.plan, dir, &err), ST_OK);
    CU_ASSERT_STRING_EQUAL(err.text, "");
    plan_changed("seed = 5", "# none\nseed   = 5");
    CU_ASSERT_EQUAL(manifest_matches(trial.plan, dir, &err), ST_OK);
    refuse_changed("seed = 5", "seed = 50", "run.seed");
    refuse_changed("[run]\nseed = 5\n", "", "run");
    refuse_changed("seed = 5", "seed = 5\nworkers = 0", "run.workers");
    refuse_changed("[variant v]", "[plugin null]\n[variant v]",
                   "plugin null");
    refuse_changed("seed = 5\n", "", "run.seed");
    /* Of several the first of this plan's. */
    refuse_changed("seed = 5\n[plugin perplexity]\n",
                   "seed = 6\n[plugin null]\n", "run.seed");
}

/* The settings are the same, but what they name is not. */
static void test_matches_data(void)
{
    plan(sections);
    run_and_commit();
    trial.samples = prompts(N, (int[]){8, 8, 7});
    plan(sections);
    refuse("the text");
    test_write(scores, other_table, strlen(other_table));
    plan(sections);
    refuse("the table of sweep s");
}

CU_ErrorCode add_manifest_tests(void)
{
    CU_pSuite suite = CU_add_suite_with_setup_and_teardown(
        "manifest", NULL, NULL, set_up, tear_down);

    if (!suite || !CU_add_test(suite, "a run that ended", test_complete) ||
        !CU_add_test(suite, "runs that failed", test_failed) ||
        !CU_add_test(suite, "a run that went on", test_as_run) ||
        !CU_add_test(suite, "what a plan is known by", test_identity) ||
        !CU_add_test(suite, "other settings", test_matches) ||
        !CU_add_test(suite, "other data", test_matches_data))
        return CU_get_error();
    return CUE_SUCCESS;
}
