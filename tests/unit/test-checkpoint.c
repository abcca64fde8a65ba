/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-checkpoint.c - the file of a run that is under way: when it is
 * written, which files are taken, and that a run goes on from it as if it had
 * not been cut. */
#include "tests.h"

#include "base/cpu-dispatch.h"
#include "base/mem.h"
#include "base/read-file.h"
#include "base/sha256.h"
#include "experiment-fixture.h"
#include "run/checkpoint.h"
#include "tensor/arithmetic.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { N = 7, N_TOKEN = 8 };
/* In front of the digest of the rest. */
static const char magic[] = "transect checkpoint 2\n";
enum { HEAD = sizeof magic - 1 + 64 };

static const char identity[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static const char sections[] =
    "[run]\ncheckpoint = 2\n[plugin perplexity]\n[plugin layerwise-stats]\n"
    "[variant v]\npruner.heads = L0H1\n[variant w]\npruner.mlps = 1\n";
static const char small_sections[] =
    "[run]\ncheckpoint = 2\n[plugin null]\n[variant v]\npruner.mlps = 1\n";

static struct trial trial;
static char *dir, *path; /* of results, which are never written; the file */

static void set_up(void)
{
    const struct model_recipe recipe = {.layers = 2, .heads = 2, .width = 8,
                                        .vocab = 30};

    if (!trial_make(&trial, &recipe, N, N_TOKEN))
        exit(1);
    trial.batch_tokens = 2 * N_TOKEN;
    dir = mem_path(trial.dir, "results//");
    path = mem_path(trial.dir, "results.checkpoint");
}

static void tear_down(void)
{
    unlink(path);
    trial_remove(&trial);
    free(dir);
    free(path);
}

static bool exists(void)
{
    return access(path, F_OK) == 0;
}

static struct checkpoint_settings settings_of(enum checkpoint_mode mode)
{
    return (struct checkpoint_settings){dir, mode, identity};
}

/* NULL: refused with ST_USAGE, and trial.err says why. */
static struct checkpoint *open_as(enum checkpoint_mode mode)
{
    struct checkpoint_settings settings = settings_of(mode);
    struct checkpoint *checkpoint = NULL;
    int status;

    trial.err = (struct error){0};
    status = checkpoint_open(trial.plan, &settings, &checkpoint, &trial.err);
    CU_ASSERT_EQUAL(status, checkpoint ? ST_OK : ST_USAGE);
    CU_ASSERT_EQUAL(trial.err.status, status);
    return checkpoint;
}

static void accept(enum checkpoint_mode mode, int samples)
{
    struct checkpoint *checkpoint = open_as(mode);

    CU_ASSERT_PTR_NOT_NULL_FATAL(checkpoint);
    CU_ASSERT_EQUAL(checkpoint_samples(checkpoint), samples);
    checkpoint_free(checkpoint);
}

static void refuse(enum checkpoint_mode mode, const char *why)
{
    char *want = mem_printf("%s: %s", path, why);

    CU_ASSERT_PTR_NULL(open_as(mode));
    CU_ASSERT_STRING_EQUAL(trial.err.text, want);
    free(want);
}

static const char damaged[] = "is damaged; start over with --force";
static const char foreign[] =
    "is no checkpoint of transect, so it is never replaced; choose another "
    "place with --output";
/* What begins so is one, of whatever version. */
enum { KIND = sizeof "transect checkpoint " - 1 };

static void plan(const char *text)
{
    CU_ASSERT_EQUAL_FATAL(trial_plan(&trial, text), ST_OK);
}

/* Writes a file that covers so many samples, which nobody has seen. */
static void write_covering(int samples)
{
    struct checkpoint *checkpoint = open_as(CHECKPOINT_FORCE);

    CU_ASSERT_PTR_NOT_NULL_FATAL(checkpoint);
    CU_ASSERT_EQUAL(
        checkpoint_reach(checkpoint, trial.plan, samples, &trial.err), ST_OK);
    checkpoint_free(checkpoint);
    CU_ASSERT_TRUE(exists());
}

/* No checkpoint is made of two states of a model, and none is left. */
static void test_model_changes(void)
{
    char *config = mem_path(trial.dir, "model/config.json");
    struct checkpoint *checkpoint;

    plan(small_sections);
    checkpoint = open_as(CHECKPOINT_NEW);
    CU_ASSERT_PTR_NOT_NULL_FATAL(checkpoint);
    CU_ASSERT_EQUAL(chmod(config, 0600), 0);
    CU_ASSERT_EQUAL(
        checkpoint_reach(checkpoint, trial.plan, 4, &trial.err), ST_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, config));
    CU_ASSERT_FALSE(exists());
    checkpoint_free(checkpoint);
    free(config);
}

/* A file that came there during the run is somebody else's. */
static void test_taken(void)
{
    struct checkpoint *checkpoint;

    plan(small_sections);
    checkpoint = open_as(CHECKPOINT_NEW);
    CU_ASSERT_PTR_NOT_NULL_FATAL(checkpoint);
    test_write(path, "mine", 4);
    CU_ASSERT_EQUAL(
        checkpoint_reach(checkpoint, trial.plan, 4, &trial.err), ST_FAILED);
    checkpoint_remove(checkpoint);
    CU_ASSERT_TRUE(exists());
    checkpoint_free(checkpoint);
    refuse(CHECKPOINT_FORCE, foreign);
    unlink(path);
}

static void test_modes(void)
{
    struct checkpoint *checkpoint;

    plan(small_sections);
    accept(CHECKPOINT_NEW, 0);
    accept(CHECKPOINT_FORCE, 0);
    accept(CHECKPOINT_RESUME, 0);
    CU_ASSERT_FALSE(exists());
    write_covering(4);
    refuse(CHECKPOINT_NEW, "a run was not finished; go on with --resume, or "
           "start over with --force");
    accept(CHECKPOINT_FORCE, 0);
    accept(CHECKPOINT_RESUME, 4);
    CU_ASSERT_TRUE(exists());
    checkpoint = open_as(CHECKPOINT_FORCE);
    checkpoint_remove(checkpoint);
    checkpoint_free(checkpoint);
    CU_ASSERT_FALSE(exists());
}

/* Two samples lie between two writes, or more where passes have more. */
static void test_due(void)
{
    static const int reached[] = {1, 2, 3, 4, 7, 8, 10};
    static const bool due[] = {false, true, false, true, true, false, true};
    struct checkpoint *checkpoint;

    plan(small_sections);
    checkpoint = open_as(CHECKPOINT_NEW);
    CU_ASSERT_PTR_NOT_NULL_FATAL(checkpoint);
    for (size_t i = 0; i < sizeof due; i++) {
        unlink(path);
        CU_ASSERT_EQUAL(checkpoint_reach(checkpoint, trial.plan, reached[i],
                                         &trial.err), ST_OK);
        CU_ASSERT_EQUAL(exists(), due[i]);
    }
    checkpoint_free(checkpoint);
    /* One that goes on counts from where it began. */
    write_covering(3);
    checkpoint = open_as(CHECKPOINT_RESUME);
    CU_ASSERT_PTR_NOT_NULL_FATAL(checkpoint);
    unlink(path);
    checkpoint_reach(checkpoint, trial.plan, 4, &trial.err);
    CU_ASSERT_FALSE(exists());
    checkpoint_reach(checkpoint, trial.plan, 5, &trial.err);
    CU_ASSERT_TRUE(exists());
    checkpoint_free(checkpoint);
}

static void test_others(void)
{
    char other[sizeof identity];
    struct checkpoint_settings settings = settings_of(CHECKPOINT_RESUME);
    struct checkpoint *checkpoint = NULL;

    plan(small_sections);
    write_covering(2);
    memcpy(other, identity, sizeof other);
    other[63] = '0';
    settings.identity = other;
    CU_ASSERT_EQUAL(checkpoint_open(trial.plan, &settings, &checkpoint,
                                    &trial.err), ST_USAGE);
    CU_ASSERT_PTR_NULL(checkpoint);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, "is of another experiment, "
                                  "model, input or plugin; start over"));
    /* Of one with more samples, it is of another experiment all the same. */
    write_covering(N);
    CU_ASSERT_EQUAL(checkpoint_open(trial.plan, &settings, &checkpoint,
                                    &trial.err), ST_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, "is of another"));
    /* All samples, or more, leave nothing to go on with. */
    write_covering(N - 1);
    accept(CHECKPOINT_RESUME, N - 1);
    write_covering(N);
    refuse(CHECKPOINT_RESUME, damaged);
    write_covering(N + 1);
    refuse(CHECKPOINT_RESUME, damaged);
}

/* The file as it was written; the caller frees. */
static char *whole(size_t *size)
{
    char *bytes;

    plan(small_sections);
    write_covering(4);
    CU_ASSERT_EQUAL_FATAL(read_file(path, &bytes, size, &trial.err), ST_OK);
    CU_ASSERT(*size > HEAD + 64);
    CU_ASSERT_EQUAL(memcmp(bytes, magic, sizeof magic - 1), 0);
    return bytes;
}

static void test_damaged(void)
{
    size_t size;
    char *bytes = whole(&size);

    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= 1;
        test_write(path, bytes, size);
        refuse(CHECKPOINT_RESUME, i < KIND ? foreign : damaged);
        bytes[i] ^= 1;
        test_write(path, bytes, i);
        refuse(CHECKPOINT_RESUME, i < KIND ? foreign : damaged);
    }
    test_write(path, bytes, size);
    accept(CHECKPOINT_RESUME, 4);
    free(bytes);
}

/* Bytes whose digest is right all the same, cut at any place: what is there
 * is read, what is missing is noticed, by whoever comes to it first. */
static void test_cut(void)
{
    size_t size, n_restored = 0;
    char *bytes = whole(&size), hex[65];

    for (size_t n = HEAD; n < size; n++) {
        struct checkpoint_settings settings = settings_of(CHECKPOINT_RESUME);
        struct checkpoint *checkpoint = NULL;
        struct error err = {0};
        int status;

        sha256_bytes(bytes + HEAD, n - HEAD, hex);
        memcpy(bytes + HEAD - 64, hex, 64);
        test_write(path, bytes, n);
        status = checkpoint_open(trial.plan, &settings, &checkpoint, &err);
        if (!status) {
            status = checkpoint_restore(checkpoint, trial.plan, &err);
            n_restored++;
        }
        checkpoint_free(checkpoint);
        CU_ASSERT_NOT_EQUAL(status, ST_OK);
    }
    CU_ASSERT(n_restored > 0);
    free(bytes);
}

/* The text, which the file has once, with another last letter. */
static void replace_text(char *bytes, size_t size, const char *text)
{
    size_t n = strlen(text), found = 0;
    char hex[65];

    for (size_t i = HEAD; i + n <= size; i++)
        if (memcmp(bytes + i, text, n) == 0) {
            bytes[i + n - 1] ^= 1;
            found++;
            break;
        }
    CU_ASSERT_EQUAL(found, 1);
    sha256_bytes(bytes + HEAD, size - HEAD, hex);
    memcpy(bytes + HEAD - 64, hex, 64);
    test_write(path, bytes, size);
}

/* Of a run with other kernels, or other libraries. */
static void test_arithmetic(void)
{
    struct arithmetic parts[ARITHMETIC_N];
    size_t size;
    char *bytes = whole(&size);

    arithmetic_in_use(parts);
    CU_ASSERT_STRING_EQUAL(parts[0].which, openblas_get_corename());
    CU_ASSERT_STRING_EQUAL(parts[1].which, openblas_get_config());
    CU_ASSERT_STRING_EQUAL(parts[2].which, cpu_dispatch_chosen());
    for (int i = 0; i < ARITHMETIC_N; i++) {
        char *other = mem_strdup(parts[i].which), *why;

        replace_text(bytes, size, parts[i].which);
        other[strlen(other) - 1] ^= 1;
        why = mem_printf("was written with the %s '%s', not '%s' as here; "
                         "go on where it was written, or start over with "
                         "--force", parts[i].what, other, parts[i].which);
        refuse(CHECKPOINT_RESUME, why);
        replace_text(bytes, size, other);
        accept(CHECKPOINT_RESUME, 4);
        free(other);
        free(why);
    }
    free(bytes);
}

static void test_stateless(void)
{
    char *want;
    struct transect_ctx *hash;

    plan("[run]\ncheckpoint = 2\n[plugin null]\n[plugin hash]\n");
    want = mem_printf("%s/experiment.ini:10: [run] checkpoint: plugin 'hash' "
                      "cannot save its state; remove one of the two",
                      trial.dir);
    CU_ASSERT_PTR_NULL(open_as(CHECKPOINT_NEW));
    CU_ASSERT_STRING_EQUAL(trial.err.text, want);
    free(want);
    /* One that was disabled has nothing to save. */
    hash = trial.plan->variants[0].instances[1];
    hash->owner.disabled = true;
    accept(CHECKPOINT_NEW, 0);
}

/* The samples up to `end`, with checkpoints. */
static void run_up_to(int end)
{
    struct checkpoint_settings settings = settings_of(CHECKPOINT_NEW);
    struct run run;

    plan(sections);
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

    plan(sections);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    in_one = trial.plan;
    trial.plan = NULL;
    run_up_to(5);
    plan(sections);
    settings.checkpoint = settings_of(CHECKPOINT_RESUME);
    CU_ASSERT_EQUAL(run_experiment(trial.plan, &settings, &run, &trial.err),
                    ST_OK);
    CU_ASSERT_EQUAL(run.error.status, ST_OK);
    CU_ASSERT_EQUAL(run.samples.first, 4);
    CU_ASSERT_EQUAL(run.samples.end, N);
    CU_ASSERT(trial_same_tables(in_one, trial.plan) >= 3 * 2);
    for (size_t i = 0; i < trial.plan->n_variants; i++)
        compare_edits(&in_one->variants[i], &trial.plan->variants[i]);
    /* The one between the batches that were left. */
    accept(CHECKPOINT_RESUME, 6);
    run_done(&run);
    CU_ASSERT_FALSE(exists());
    run_end(&run);
    plan_free(in_one);
}

/* One that was disabled stays so, with its reason, and says no more. */
static void test_disabled(void)
{
    struct transect_ctx *instance;
    struct checkpoint *checkpoint;

    plan(small_sections);
    instance = trial.plan->variants[1].instances[1];
    instance->owner.disabled = instance->failure_counts = true;
    error_set(&instance->error, ST_FAILED, "it was tired");
    write_covering(2);
    plan(small_sections);
    checkpoint = open_as(CHECKPOINT_RESUME);
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

    plan(small_sections);
    instance = trial.plan->variants[1].instances[1];
    instance->owner.disable_on_error = true;
    instance->state.save = half_a_state;
    write_covering(2);
    CU_ASSERT_TRUE(instance->owner.disabled);
    plan(small_sections);
    checkpoint = open_as(CHECKPOINT_RESUME);
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
    char *part = mem_path(path, "within");

    plan(small_sections);
    checkpoint = open_as(CHECKPOINT_NEW);
    CU_ASSERT_PTR_NOT_NULL_FATAL(checkpoint);
    CU_ASSERT_EQUAL(mkdir(path, 0755), 0);
    test_write(part, "", 0);
    CU_ASSERT_EQUAL(checkpoint_reach(checkpoint, trial.plan, 2, &trial.err),
                    ST_FAILED);
    CU_ASSERT_EQUAL(strncmp(trial.err.text, path, strlen(path)), 0);
    unlink(part);
    rmdir(path);
    checkpoint_free(checkpoint);
    free(part);
    part = mem_path(trial.dir, ".results.checkpoint.part");
    unlink(part);
    free(part);
}

CU_ErrorCode add_checkpoint_tests(void)
{
    CU_pSuite suite = CU_add_suite_with_setup_and_teardown(
        "checkpoint", NULL, NULL, set_up, tear_down);

    if (!suite || !CU_add_test(suite, "a file that is there", test_modes) ||
        !CU_add_test(suite, "when it is time", test_due) ||
        !CU_add_test(suite, "of something else", test_others) ||
        !CU_add_test(suite, "damaged at any place", test_damaged) ||
        !CU_add_test(suite, "a model that changes", test_model_changes) ||
        !CU_add_test(suite, "a place that is taken", test_taken) ||
        !CU_add_test(suite, "cut at any place", test_cut) ||
        !CU_add_test(suite, "of other arithmetic", test_arithmetic) ||
        !CU_add_test(suite, "without a state", test_stateless) ||
        !CU_add_test(suite, "a run that goes on", test_resumed) ||
        !CU_add_test(suite, "an instance that was disabled", test_disabled) ||
        !CU_add_test(suite, "a save that fails", test_failing_save) ||
        !CU_add_test(suite, "no room for it", test_unwritable))
        return CU_get_error();
    return CUE_SUCCESS;
}
