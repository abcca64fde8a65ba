/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-plan.c - what an experiment becomes: its variants in their order with
 * their instances, its samples, and its mistakes with status and place. */
#include "tests.h"

#include "base/mem.h"
#include "experiment-fixture.h"
#include "plan/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N = 3, N_TOKEN = 8 };
/* Sections of a trial begin in line 7 of its file. */
enum { FIRST_LINE = 7 };

static struct trial trial;

static void set_up(void)
{
    const struct model_recipe recipe = {.layers = 2, .heads = 2, .width = 8};

    if (!trial_make(&trial, &recipe, N, N_TOKEN))
        exit(1);
}

static void tear_down(void)
{
    trial_remove(&trial);
}

static const struct plan *plan_of(const char *sections)
{
    CU_ASSERT_EQUAL(trial_plan(&trial, sections), ST_OK);
    CU_ASSERT_STRING_EQUAL(trial.err.text, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(trial.plan);
    return trial.plan;
}

/* The status, and "FILE:LINE: part...", the lines counted from that of the
 * first section; line 0: the place is not one of them. */
static void refuse(const char *sections, int status, int line,
                   const char *part)
{
    char *prefix = mem_printf("%s/experiment.ini:%d: ", trial.dir,
                              FIRST_LINE + line - 1);
    const char *text = trial.err.text;
    bool placed;

    CU_ASSERT_EQUAL(trial_plan(&trial, sections), status);
    CU_ASSERT_PTR_NULL(trial.plan);
    CU_ASSERT_EQUAL(trial.err.status, status);
    placed = strncmp(text, prefix, strlen(prefix)) == 0;
    CU_ASSERT(placed || !line);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, part));
    if ((line && !placed) || !strstr(text, part))
        printf("# %s\n", text);
    free(prefix);
}

static void test_plugins(void)
{
    refuse("[plugin null]\n[plugin absent]\n", ST_PLUGIN, 2, "'absent'");
    refuse("[plugin null]\n[plugin abi-major]\n", ST_PLUGIN, 2, "ABI");
    refuse("[plugin null]\n[variant v]\nabsent.a = 1\n", ST_PLUGIN, 3,
           "'absent'");
    refuse("[plugin null]\n[sweep s]\nabsent.a = each 1 2\n", ST_PLUGIN, 3,
           "'absent'");
    refuse("[variant v]\nnull.points = z\n", ST_USAGE, 2,
           "plugin 'null' only observes and cannot be an edit");
    refuse("[sweep s]\nnull.points = each z q\n", ST_USAGE, 2,
           "plugin 'null' only observes");
    refuse("[plugin bump]\n[variant v]\npruner.mlps = 0\n", ST_USAGE, 1,
           "no variant uses the editor 'bump'");
    refuse("[plugin bump]\nisolation = process\n[variant v]\nbump.by = 1\n",
           ST_USAGE, 1, "'bump' edits, and only observers can be isolated");
    refuse("[plugin null]\nmemory = 5\n", ST_USAGE, 1,
           "memory of 'null' limits nothing");
}

static void test_options(void)
{
    refuse("[plugin null]\npoint = z\n", ST_USAGE, 2, "'point'");
    refuse("[plugin null]\npoints = y\n", ST_USAGE, 2, "'y'");
    refuse("[variant v]\npruner.mlps = 0-2\n", ST_USAGE, 2, "2");
    refuse("[plugin null]\n[variant v]\npruner.heads = L0H2\n", ST_USAGE, 3,
           "H2");
    refuse("[sweep s]\npruner.mlps = each 7\n", ST_USAGE, 2, "7");
    refuse("[sweep s]\npruner.mlps = 1\n", ST_USAGE, 1,
           "sweep 's' sweeps nothing");
    refuse("[plugin bump]\nlayers = 5\n[variant v]\nbump.by = 1\n", ST_USAGE,
           2, "5");
}

/* What an instance says itself stands at its section. */
static void test_callbacks(void)
{
    refuse("[plugin null]\n[plugin fails]\nin = create\n", ST_USAGE, 2,
           "plugin fails, variant baseline: in create: asked to fail in "
           "create");
    refuse("[plugin fails:late]\nin = ready\n", ST_USAGE, 1,
           "plugin fails:late, variant baseline: in ready: asked to fail");
    refuse("[variant v]\npicky.way = 1\n", ST_USAGE, 2,
           "plugin picky, variant v: in ready: way has no side");
    refuse("[run]\nworkers = 1\n[plugin fails]\nin = nowhere\n"
           "[variant v]\nbump.by = 1\n", ST_USAGE, 2,
           "events of plugin fails come on the main thread only");
    refuse("[run]\nmemory = 10\n[plugin null]\n", ST_USAGE, 2,
           "memory = 1e-05 MB is too little");
}

/* Of two mistakes the one that is cheaper to find. */
static void test_order(void)
{
    char *weights = mem_path(trial.model, "model.safetensors");
    char *config = mem_path(trial.model, "config.json");

    test_write(weights, "none", 4);
    refuse("[plugin null]\npoints = y\n", ST_USAGE, 2, "'y'");
    refuse("[plugin fails]\nin = create\n", ST_DATA, 0, "model.safetensors");
    test_write(config, "{}", 2);
    refuse("[plugin null]\npoints = y\n", ST_DATA, 0, "config.json");
    refuse("[plugin absent]\n", ST_PLUGIN, 1, "'absent'");
    refuse("[plugin absent]\n[plug null]\n", ST_USAGE, 2, "[plug null]");
    free(config);
    free(weights);
}

/* The model's mistakes stand where its path does. */
static void test_model(void)
{
    char *config = mem_path(trial.model, "config.json");

    CU_ASSERT_EQUAL(unlink(config), 0);
    refuse("[plugin null]\n", ST_DATA, 2 - FIRST_LINE + 1, "config.json");
    free(config);
}

static void check_names(const struct plan *plan, const char *const *names,
                        size_t n)
{
    CU_ASSERT_EQUAL_FATAL(plan->n_variants, n);
    for (size_t i = 0; i < n; i++)
        CU_ASSERT_STRING_EQUAL(plan->variants[i].name, names[i]);
}

/* "id id", editors first. */
static void check_instances(const struct variant_run *variant,
                            const char *ids, size_t n_edits)
{
    char *found = mem_strdup("");

    for (size_t i = 0; i < variant->n_instances; i++) {
        const struct hook_owner *owner = &variant->instances[i]->owner;
        char *longer = mem_printf("%s%s%s", found, *found ? " " : "",
                                  owner->id);

        CU_ASSERT_STRING_EQUAL(owner->variant, variant->name);
        CU_ASSERT_EQUAL(owner->rank, (int)i + 1);
        CU_ASSERT_PTR_EQUAL(variant->instances[i]->hooks, variant->hooks);
        free(found);
        found = longer;
    }
    CU_ASSERT_STRING_EQUAL(found, ids);
    CU_ASSERT_EQUAL(variant->n_edits, n_edits);
    free(found);
}

/* Editors in the order of the variant, observers in that of the file, between
 * which an editor's section with defaults stands for nothing. */
static void test_variants(void)
{
    const struct plan *plan = plan_of(
        "[plugin null:b]\n[plugin bump]\nby = 3\non_error = disable\n"
        "[plugin null:a]\npoints = z\n"
        "[variant v]\npruner.mlps = 0\nbump.layers = 1\n"
        "[variant w]\nbump.by = 4\n");
    const struct transect_ctx *bump;

    check_names(plan, (const char *[]){"baseline", "v", "w"}, 3);
    CU_ASSERT_PTR_EQUAL(plan_baseline(plan), &plan->variants[0]);
    CU_ASSERT_PTR_NULL(plan->variants[0].section);
    check_instances(&plan->variants[0], "null:b null:a", 0);
    check_instances(&plan->variants[1], "pruner bump null:b null:a", 2);
    check_instances(&plan->variants[2], "bump null:b null:a", 1);
    CU_ASSERT_EQUAL(plan->n_plugins, 3);
    CU_ASSERT_FALSE(plan_has_survey(plan));
    bump = plan->variants[1].instances[1];
    CU_ASSERT_EQUAL(options_find(&bump->options, "by")->real, 3);
    CU_ASSERT_TRUE(bump->owner.disable_on_error);
    CU_ASSERT_FALSE(plan->variants[1].instances[0]->owner.disable_on_error);
    bump = plan->variants[2].instances[0];
    CU_ASSERT_EQUAL(options_find(&bump->options, "by")->real, 4);
}

static void test_no_baseline(void)
{
    const struct plan *plan = plan_of(
        "[run]\nbaseline = no\n[plugin null]\n"
        "[variant v]\nbump.by = 1\n[variant w]\nbump.by = 2\n");

    check_names(plan, (const char *[]){"v", "w"}, 2);
    CU_ASSERT_PTR_NULL(plan_baseline(plan));
    CU_ASSERT_STRING_EQUAL(plan->variants[0].section->name, "v");
    check_instances(&plan->variants[0], "bump null", 1);
}

/* Those of sections of their own first, then sweep by sweep; [run] figures
 * say which of a sweep's have outputs. */
static void test_sweeps(void)
{
    const struct plan *plan = plan_of(
        "[run]\nfigures = t-2 comparison/null\n[plugin null]\n"
        "[sweep s]\npruner.heads = each L0H* L1H0\n"
        "[variant v]\nbump.by = 9\n"
        "[sweep t]\nbump.by = each 1 2\n");
    static const char *const names[] = {
        "baseline", "v", "s-L0H0", "s-L0H1", "s-L1H0", "t-1", "t-2"};
    static const bool shows[] = {true, true, false, false, false, false,
                                 true};
    const struct sweep *sweeps = plan->experiment->sweeps;

    check_names(plan, names, 7);
    CU_ASSERT_PTR_EQUAL(plan_sweep_variants(plan, &sweeps[0]),
                        &plan->variants[2]);
    CU_ASSERT_PTR_EQUAL(plan_sweep_variants(plan, &sweeps[1]),
                        &plan->variants[5]);
    CU_ASSERT_EQUAL(sweeps[0].n, 3);
    CU_ASSERT_EQUAL(sweeps[1].n, 2);
    for (size_t i = 0; i < 7; i++) {
        const struct sweep *sweep = i < 2 ? NULL : &sweeps[i < 5 ? 0 : 1];

        CU_ASSERT_PTR_EQUAL(variant_sweep(&plan->variants[i]), sweep);
        CU_ASSERT_EQUAL(plan_shows(plan, &plan->variants[i]), shows[i]);
    }
}

static void test_survey(void)
{
    const struct plan *plan = plan_of(
        "[plugin null]\n[variant v]\nbump.by = 1\n"
        "[variant w]\nbump.survey = yes\n");

    CU_ASSERT_TRUE(plan_has_survey(plan));
    CU_ASSERT_FALSE(variant_edits_by_survey(&plan->variants[1]));
    CU_ASSERT_TRUE(variant_edits_by_survey(&plan->variants[2]));
}

/* Those of the caller, which are the plan's from then on. */
static void test_samples(void)
{
    static const int lengths[] = {5, 8, 2, 7};
    struct samples *samples = mem_new(1, sizeof *samples);
    const struct plan *plan = plan_of("[plugin null]\n");
    char sha256[65];

    CU_ASSERT_EQUAL(plan->samples->n_sample, N);
    CU_ASSERT_EQUAL(plan->batches.n, 1);
    CU_ASSERT_EQUAL(plan->variants[0].instances[0]->n_token, N_TOKEN);
    memcpy(sha256, plan->samples->sha256, sizeof sha256);
    for (int i = 0; i < 4; i++)
        samples_add(samples, trial.tokens, lengths[i]);
    trial.samples = samples;
    trial.batch_tokens = 13;
    plan = plan_of("[plugin null]\n");
    trial.batch_tokens = 0;
    CU_ASSERT_PTR_EQUAL(plan->samples, samples);
    CU_ASSERT_EQUAL(strlen(samples->sha256), 64);
    CU_ASSERT_STRING_NOT_EQUAL(samples->sha256, sha256);
    CU_ASSERT_EQUAL(plan->batches.n, 2);
    CU_ASSERT_EQUAL(plan->batches.max_tokens, 13);
    /* Freed with a plan that cannot be made, too. */
    trial.samples = mem_new(1, sizeof *samples);
    samples_add(trial.samples, trial.tokens, 3);
    refuse("[plugin absent]\n", ST_PLUGIN, 1, "'absent'");
}

/* A plugin of the search path, and another file of the same name: each is the
 * one that was asked for. Two names of one file are one plugin. */
static void test_names(void)
{
    char *from = mem_printf("%s/bump.so", getenv("TRANSECT_TEST_PLUGINS"));
    char *real = realpath(from, NULL), *copy = mem_path(trial.dir, "bump.so");
    char *command = mem_printf("cp '%s' '%s'", real, copy);
    char *same = mem_printf("[variant v]\n%s:new.by = 1\nbump.by = 1\n"
                            "%s:same.by = 1\n", copy, real);
    const struct plan *plan;
    struct transect_ctx *const *edits;

    CU_ASSERT_EQUAL_FATAL(system(command), 0);
    plan = plan_of(same);
    CU_ASSERT_EQUAL(plan->n_plugins, 2);
    CU_ASSERT_EQUAL(plan->n_plugin_names, 3);
    edits = plan->variants[1].instances;
    CU_ASSERT_STRING_EQUAL(edits[0]->plugin->path, copy);
    CU_ASSERT_STRING_NOT_EQUAL(edits[1]->plugin->path, copy);
    CU_ASSERT_PTR_EQUAL(edits[2]->plugin, edits[1]->plugin);
    /* A section's path is that of edits without one. */
    plan = plan_of("[plugin ./bump.so]\n[variant v]\nbump.by = 1\n");
    CU_ASSERT_EQUAL(plan->n_plugins, 1);
    CU_ASSERT_EQUAL(unlink(copy), 0);
    free(from);
    free(real);
    free(copy);
    free(command);
    free(same);
}

/* One process for all instances of a section. */
static void test_processes(void)
{
    const struct plan *plan = plan_of(
        "[plugin null]\nisolation = process\n[plugin null:other]\n"
        "isolation = process\n[plugin null:here]\n"
        "[variant v]\nbump.by = 1\n");
    struct transect_ctx *const *before = plan->variants[0].instances;
    struct transect_ctx *const *after = plan->variants[1].instances;

    CU_ASSERT_EQUAL_FATAL(plan->n_processes, 2);
    CU_ASSERT_STRING_EQUAL(isolate_id(plan->processes[0]), "null");
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_PTR_EQUAL(before[i]->process, plan->processes[i]);
        CU_ASSERT_PTR_EQUAL(after[i + 1]->process, plan->processes[i]);
    }
    CU_ASSERT_PTR_NULL(before[2]->process);
    CU_ASSERT_PTR_NULL(after[0]->process);
}

CU_ErrorCode add_plan_tests(void)
{
    CU_pSuite suite = CU_add_suite_with_setup_and_teardown(
        "plan", NULL, NULL, set_up, tear_down);

    if (!suite || !CU_add_test(suite, "mistakes: plugins", test_plugins) ||
        !CU_add_test(suite, "mistakes: options", test_options) ||
        !CU_add_test(suite, "mistakes: callbacks", test_callbacks) ||
        !CU_add_test(suite, "mistakes: the model", test_model) ||
        !CU_add_test(suite, "the cheapest mistake first", test_order) ||
        !CU_add_test(suite, "variants and instances", test_variants) ||
        !CU_add_test(suite, "without a baseline", test_no_baseline) ||
        !CU_add_test(suite, "variants of sweeps", test_sweeps) ||
        !CU_add_test(suite, "who asks for the survey", test_survey) ||
        !CU_add_test(suite, "samples of the caller", test_samples) ||
        !CU_add_test(suite, "names of plugins", test_names) ||
        !CU_add_test(suite, "processes", test_processes))
        return CU_get_error();
    return CUE_SUCCESS;
}
