/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-checkpoint.c - the file of a run that is under way: when it is
 * written, which files are taken, and that a run goes on from it as if it had
 * not been cut. */
#include "tests.h"

#include "base/mem.h"
#include "base/read-file.h"
#include "checkpoint-fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char sections[] =
    "[run]\ncheckpoint = 2\n[plugin perplexity]\n[plugin layerwise-stats]\n"
    "[variant v]\npruner.heads = L0H1\n[variant w]\npruner.mlps = 1\n";
static const char small_sections[] =
    "[run]\ncheckpoint = 2\n[plugin null]\n[variant v]\npruner.mlps = 1\n";

/* No checkpoint is made of two states of a model, and none is left. */
static void test_model_changes(void)
{
    char *config = mem_path(trial.dir, "model/config.json");
    struct checkpoint *checkpoint;

    checkpoint_plan(small_sections);
    checkpoint = checkpoint_open_as(CHECKPOINT_NEW);
    CU_ASSERT_PTR_NOT_NULL_FATAL(checkpoint);
    CU_ASSERT_EQUAL(chmod(config, 0600), 0);
    CU_ASSERT_EQUAL(
        checkpoint_reach(checkpoint, trial.plan, 4, &trial.err), ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, config));
    CU_ASSERT_FALSE(checkpoint_exists());
    checkpoint_free(checkpoint);
    free(config);
}

/* A file that came there during the run is somebody else's. */
static void test_taken(void)
{
    struct checkpoint *checkpoint;

    checkpoint_plan(small_sections);
    checkpoint = checkpoint_open_as(CHECKPOINT_NEW);
    CU_ASSERT_PTR_NOT_NULL_FATAL(checkpoint);
    test_write(checkpoint_path, "mine", 4);
    CU_ASSERT_EQUAL(
        checkpoint_reach(checkpoint, trial.plan, 4, &trial.err), ST_FAILED);
    checkpoint_remove(checkpoint);
    CU_ASSERT_TRUE(checkpoint_exists());
    checkpoint_free(checkpoint);
    checkpoint_refuse(CHECKPOINT_FORCE, CHECKPOINT_FOREIGN);
    unlink(checkpoint_path);
}

static void test_modes(void)
{
    struct checkpoint *checkpoint;

    checkpoint_plan(small_sections);
    checkpoint_accept(CHECKPOINT_NEW, 0);
    checkpoint_accept(CHECKPOINT_FORCE, 0);
    checkpoint_accept(CHECKPOINT_RESUME, 0);
    CU_ASSERT_FALSE(checkpoint_exists());
    checkpoint_write_covering(4);
    checkpoint_refuse(CHECKPOINT_NEW,
                      "a run was not finished; go on with --resume, or "
                      "start over with --force");
    checkpoint_accept(CHECKPOINT_FORCE, 0);
    checkpoint_accept(CHECKPOINT_RESUME, 4);
    CU_ASSERT_TRUE(checkpoint_exists());
    checkpoint = checkpoint_open_as(CHECKPOINT_FORCE);
    checkpoint_remove(checkpoint);
    checkpoint_free(checkpoint);
    CU_ASSERT_FALSE(checkpoint_exists());
}

/* Two samples lie between two writes, or more where passes have more. */
static void test_due(void)
{
    static const int reached[] = {1, 2, 3, 4, 7, 8, 10};
    static const bool due[] = {false, true, false, true, true, false, true};
    struct checkpoint *checkpoint;

    checkpoint_plan(small_sections);
    checkpoint = checkpoint_open_as(CHECKPOINT_NEW);
    CU_ASSERT_PTR_NOT_NULL_FATAL(checkpoint);
    for (size_t i = 0; i < sizeof due; i++) {
        unlink(checkpoint_path);
        CU_ASSERT_EQUAL(checkpoint_reach(checkpoint, trial.plan, reached[i],
                                         &trial.err), ST_OK);
        CU_ASSERT_EQUAL(checkpoint_exists(), due[i]);
    }
    checkpoint_free(checkpoint);
    /* One that goes on counts from where it began. */
    checkpoint_write_covering(3);
    checkpoint = checkpoint_open_as(CHECKPOINT_RESUME);
    CU_ASSERT_PTR_NOT_NULL_FATAL(checkpoint);
    unlink(checkpoint_path);
    checkpoint_reach(checkpoint, trial.plan, 4, &trial.err);
    CU_ASSERT_FALSE(checkpoint_exists());
    checkpoint_reach(checkpoint, trial.plan, 5, &trial.err);
    CU_ASSERT_TRUE(checkpoint_exists());
    checkpoint_free(checkpoint);
}

static void test_others(void)
{
    char other[65];
    struct checkpoint_settings settings =
        checkpoint_settings_as(CHECKPOINT_RESUME);
    struct checkpoint *checkpoint = NULL;

    checkpoint_plan(small_sections);
    checkpoint_write_covering(2);
    memcpy(other, settings.identity, sizeof other);
    other[63] = '0';
    settings.identity = other;
    CU_ASSERT_EQUAL(checkpoint_open(trial.plan, &settings, &checkpoint,
                                    &trial.err), ST_USAGE);
    CU_ASSERT_PTR_NULL(checkpoint);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, "is of another experiment, "
                                  "model, input or plugin; start over"));
    /* Of one with more samples, it is of another experiment all the same. */
    checkpoint_write_covering(CHECKPOINT_N);
    CU_ASSERT_EQUAL(checkpoint_open(trial.plan, &settings, &checkpoint,
                                    &trial.err), ST_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, "is of another"));
    /* All samples, or more, leave nothing to go on with. */
    checkpoint_write_covering(CHECKPOINT_N - 1);
    checkpoint_accept(CHECKPOINT_RESUME, CHECKPOINT_N - 1);
    checkpoint_write_covering(CHECKPOINT_N);
    checkpoint_refuse(CHECKPOINT_RESUME, CHECKPOINT_DAMAGED);
    checkpoint_write_covering(CHECKPOINT_N + 1);
    checkpoint_refuse(CHECKPOINT_RESUME, CHECKPOINT_DAMAGED);
}

static void test_stateless(void)
{
    char *want;
    struct transect_ctx *hash;

    checkpoint_plan("[run]\ncheckpoint = 2\n[plugin null]\n[plugin hash]\n");
    want = mem_printf("%s/experiment.ini:10: [run] checkpoint: plugin 'hash' "
                      "cannot save its state; remove one of the two",
                      trial.dir);
    CU_ASSERT_PTR_NULL(checkpoint_open_as(CHECKPOINT_NEW));
    CU_ASSERT_STRING_EQUAL(trial.err.text, want);
    free(want);
    /* One that was disabled has nothing to save. */
    hash = trial.plan->variants[0].instances[1];
    hash->owner.disabled = true;
    checkpoint_accept(CHECKPOINT_NEW, 0);
}

/* The samples up to `end`, with checkpoints. */
static void run_up_to(int end)
{
    struct checkpoint_settings settings = checkpoint_settings_as(
        CHECKPOINT_NEW);
    struct run run;

    checkpoint_plan(sections);
    run_begin(&run, trial.plan, true);
    run.samples.end = end;
    CU_ASSERT_EQUAL(checkpoint_open(trial.plan, &settings, &run.checkpoint,
                                    &trial.err), ST_OK);
    CU_ASSERT_EQUAL(run_samples(&run, &trial.err), ST_OK);
    run_end(&run);
}

static void compare_edits(const struct variant_run *a,
                          const struct variant_run *b)
{
    size_t n, n_b;
    const struct edit_record *x = hooks_edit_records(a->hooks, &n);
    const struct edit_record *y = hooks_edit_records(b->hooks, &n_b);

    CU_ASSERT_EQUAL_FATAL(n, n_b);
    for (size_t i = 0; i < n; i++) {
        CU_ASSERT_EQUAL(x[i].fired, y[i].fired);
        CU_ASSERT_EQUAL(x[i].changed, y[i].changed);
        CU_ASSERT_EQUAL(x[i].max_change, y[i].max_change);
        CU_ASSERT_EQUAL(x[i].sum_squares, y[i].sum_squares);
    }
}

/* Cut within the third batch, the run goes on behind the second. */
static void test_resumed(void)
{
    struct run_settings settings = {.quiet = true};
    const struct plan *in_one;
    struct run run;

    checkpoint_plan(sections);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    in_one = trial.plan;
    trial.plan = NULL;
    run_up_to(5);
    checkpoint_plan(sections);
    settings.checkpoint = checkpoint_settings_as(CHECKPOINT_RESUME);
    CU_ASSERT_EQUAL(run_experiment(trial.plan, &settings, &run, &trial.err),
                    ST_OK);
    CU_ASSERT_EQUAL(run.error.status, ST_OK);
    CU_ASSERT_EQUAL(run.samples.first, 4);
    CU_ASSERT_EQUAL(run.samples.end, CHECKPOINT_N);
    CU_ASSERT(trial_same_tables(in_one, trial.plan) >= 3 * 2);
    for (size_t i = 0; i < trial.plan->n_variants; i++)
        compare_edits(&in_one->variants[i], &trial.plan->variants[i]);
    /* The one between the batches that were left. */
    checkpoint_accept(CHECKPOINT_RESUME, 6);
    run_done(&run);
    CU_ASSERT_FALSE(checkpoint_exists());
    run_end(&run);
    plan_free(in_one);
}

/* One that was disabled stays so, with its reason, and says no more. */
static void test_disabled(void)
{
    struct transect_ctx *instance;
    struct checkpoint *checkpoint;

    checkpoint_plan(small_sections);
    instance = trial.plan->variants[1].instances[1];
    instance->owner.disabled = instance->failure_counts = true;
    error_set(&instance->error, ST_FAILED, "it was tired");
    checkpoint_write_covering(2);
    checkpoint_plan(small_sections);
    checkpoint = checkpoint_open_as(CHECKPOINT_RESUME);
    CU_ASSERT_PTR_NOT_NULL_FATAL(checkpoint);
    CU_ASSERT_EQUAL(checkpoint_restore(checkpoint, trial.plan, &trial.err),
                    ST_OK);
    checkpoint_free(checkpoint);
    instance = trial.plan->variants[1].instances[1];
    CU_ASSERT_TRUE(instance->owner.disabled);
    CU_ASSERT_TRUE(instance->failure_counts);
    CU_ASSERT_STRING_EQUAL(instance->error.text, "it was tired");
    instance = trial.plan->variants[1].instances[0];
    CU_ASSERT_FALSE(instance->owner.disabled);
    CU_ASSERT_FALSE(instance->failure_counts);
}

static int half_a_state(void *state)
{
    (void)state;
    return TRANSECT_FAILED;
}

/* One that a failing save disables is written as disabled. */
static void test_failing_save(void)
{
    struct transect_ctx *instance;
    struct checkpoint *checkpoint;

    checkpoint_plan(small_sections);
    instance = trial.plan->variants[1].instances[1];
    instance->owner.disable_on_error = true;
    instance->state.save = half_a_state;
    checkpoint_write_covering(2);
    CU_ASSERT_TRUE(instance->owner.disabled);
    checkpoint_plan(small_sections);
    checkpoint = checkpoint_open_as(CHECKPOINT_RESUME);
    CU_ASSERT_PTR_NOT_NULL_FATAL(checkpoint);
    CU_ASSERT_EQUAL(checkpoint_restore(checkpoint, trial.plan, &trial.err),
                    ST_OK);
    checkpoint_free(checkpoint);
    instance = trial.plan->variants[1].instances[1];
    CU_ASSERT_TRUE(instance->owner.disabled);
    CU_ASSERT_STRING_EQUAL(instance->error.text,
                           "in save: failed without saying why");
}

/* A file that cannot be written makes the run fail, and is named. */
static void test_unwritable(void)
{
    struct checkpoint *checkpoint;
    char *part = mem_path(checkpoint_path, "within");

    checkpoint_plan(small_sections);
    checkpoint = checkpoint_open_as(CHECKPOINT_NEW);
    CU_ASSERT_PTR_NOT_NULL_FATAL(checkpoint);
    CU_ASSERT_EQUAL(mkdir(checkpoint_path, 0755), 0);
    test_write(part, "", 0);
    CU_ASSERT_EQUAL(checkpoint_reach(checkpoint, trial.plan, 2, &trial.err),
                    ST_FAILED);
    CU_ASSERT_EQUAL(
        strncmp(trial.err.text, checkpoint_path, strlen(checkpoint_path)), 0);
    unlink(part);
    rmdir(checkpoint_path);
    checkpoint_free(checkpoint);
    free(part);
    part = mem_path(trial.dir, ".results.checkpoint.part");
    unlink(part);
    free(part);
}

CU_ErrorCode add_checkpoint_tests(void)
{
    CU_pSuite suite = CU_add_suite_with_setup_and_teardown(
        "checkpoint", NULL, NULL, checkpoint_set_up, checkpoint_tear_down);

    if (!suite || !CU_add_test(suite, "a file that is there", test_modes) ||
        !CU_add_test(suite, "when it is time", test_due) ||
        !CU_add_test(suite, "of something else", test_others) ||
        !CU_add_test(suite, "a model that changes", test_model_changes) ||
        !CU_add_test(suite, "a place that is taken", test_taken) ||
        !CU_add_test(suite, "without a state", test_stateless) ||
        !CU_add_test(suite, "a run that goes on", test_resumed) ||
        !CU_add_test(suite, "an instance that was disabled", test_disabled) ||
        !CU_add_test(suite, "a save that fails", test_failing_save) ||
        !CU_add_test(suite, "no room for it", test_unwritable))
        return CU_get_error();
    return CUE_SUCCESS;
}
