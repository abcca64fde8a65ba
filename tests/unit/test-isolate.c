/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-isolate.c - observers in a process of their own: they see and make
 * what they do in this one, and what becomes of them is told by name and
 * place, while all others go on. */
#include "tests.h"

#include "base/mem.h"
#include "base/serialize.h"
#include "experiment-fixture.h"
#include "report/outcome.h"
#include "run/progress.h"

#include <cblas.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { N = 3, N_TOKEN = 10 };

static struct trial trial;

static int threads_before;

/* Two variants fork, for which two threads are enough to be workers. */
static void set_up(void)
{
    const struct model_recipe recipe = {.layers = 2, .heads = 2, .width = 8,
                                        .vocab = 30};

    threads_before = openblas_get_num_threads();
    openblas_set_num_threads(2);
    if (!trial_make(&trial, &recipe, N, N_TOKEN))
        exit(1);
}

/* No process is left behind by a plan that was freed. */
static void tear_down(void)
{
    openblas_set_num_threads(threads_before);
    trial_remove(&trial);
    CU_ASSERT_EQUAL(waitpid(-1, NULL, WNOHANG), -1);
    CU_ASSERT_EQUAL(errno, ECHILD);
}

/* For what never returns alone: whoever does return does so within this, with
 * sanitizers on a machine with other work, too. */
#define LATE "timeout = 3\n"
#define IS_LATE "did not return within 3 s (timeout)"

/* Of sections that are freed in any case: what a test leaves behind where it
 * ends is found again as a leak of the next test's process, whose status it
 * changes. */
static void make_plan(char *sections)
{
    int status = trial_plan(&trial, sections);

    free(sections);
    if (status)
        fprintf(stderr, "# %s\n", trial.err.text);
    CU_ASSERT_EQUAL_FATAL(status, ST_OK);
}

static const struct plan *samples_seen(const char *isolation)
{
    static const char text[] =
        "[plugin layerwise-stats]\n%s[plugin head-scorer]\n%s"
        "[plugin perplexity]\n%s[plugin hash]\n%s"
        "[plugin hash:reduced]\nreduced = yes\n%s"
        "[plugin hash:survey]\nsurvey = yes\n%s"
        "[variant v]\npruner.heads = L0H1\n[variant w]\npruner.mlps = 1\n";
    const struct plan *plan;
    struct run run;

    make_plan(mem_printf(text, isolation, isolation, isolation, isolation,
                         isolation, isolation));
    plan = trial.plan;
    trial.plan = NULL;
    run_begin(&run, plan, true);
    CU_ASSERT_EQUAL(run_survey(&run, &trial.err), ST_OK);
    CU_ASSERT_EQUAL(run_samples(&run, &trial.err), ST_OK);
    run_end(&run);
    return plan;
}

/* Instances that can save their states give the same bytes: how many can. */
static size_t same_states(const struct variant_run *a,
                          const struct variant_run *b)
{
    size_t n = 0;

    for (size_t i = 0; i < a->n_instances; i++) {
        struct serializer x = {0}, y = {0};
        struct error err = {0};

        CU_ASSERT_EQUAL(instance_saves(a->instances[i]),
                        instance_saves(b->instances[i]));
        if (!instance_saves(a->instances[i]))
            continue;
        CU_ASSERT_EQUAL(instance_save(a->instances[i], &x, &err), ST_OK);
        CU_ASSERT_EQUAL(instance_save(b->instances[i], &y, &err), ST_OK);
        CU_ASSERT_EQUAL_FATAL(x.size, y.size);
        CU_ASSERT(!x.size || memcmp(x.bytes, y.bytes, x.size) == 0);
        n += x.size > 0;
        serialize_clear(&x);
        serialize_clear(&y);
    }
    return n;
}

static void finish(const struct plan *plan)
{
    struct run run;

    run_begin(&run, plan, true);
    CU_ASSERT_EQUAL(run_finish(&run, &trial.err), ST_OK);
    run_end(&run);
}

static void test_same(void)
{
    static const struct plan *here, *there; /* found if a test ends early */

    here = samples_seen("");
    there = samples_seen("isolation = process\n");
    CU_ASSERT_EQUAL(here->n_processes, 0);
    CU_ASSERT_EQUAL(there->n_processes, 6);
    /* All of these plugins take events on any thread; a process does not. */
    CU_ASSERT_EQUAL(here->workers, 2);
    CU_ASSERT_EQUAL(there->workers, 0);
    for (size_t i = 0; i < here->n_variants; i++)
        CU_ASSERT_EQUAL(same_states(&here->variants[i], &there->variants[i]),
                        3);
    finish(here);
    finish(there);
    CU_ASSERT(trial_same_tables(here, there) >= 3 * 6);
    /* compare() has the states of all variants. */
    CU_ASSERT_EQUAL(here->variants[0].instances[0]->comparison.n_sayings,
                    there->variants[0].instances[0]->comparison.n_sayings);
    plan_free(here);
    plan_free(there);
}

/* An instance was disabled, with the reason; does its failure count? */
static void expect(const char *section, const char *id, const char *why,
                   bool counts)
{
    const struct transect_ctx *instance = trial_instance(&trial, section, id);

    CU_ASSERT_TRUE(instance->owner.disabled);
    CU_ASSERT_STRING_EQUAL(instance->error.text, why);
    CU_ASSERT_EQUAL(instance->failure_counts, counts);
}

/* Runs with one in a process and another here, which finishes in any case. */
static void run_with(const char *plugin, const char *settings)
{
    make_plan(mem_printf("[plugin %s]\nisolation = process\n%s"
                         "[plugin perplexity]\n"
                         "[variant v]\npruner.mlps = 1\n", plugin,
                         settings));
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    CU_ASSERT_STRING_EQUAL(trial.err.text, "");
    for (size_t i = 0; i < trial.plan->n_variants; i++) {
        const char *name = trial.plan->variants[i].name;

        CU_ASSERT_FALSE(trial_instance(&trial, name, "perplexity")
                            ->owner.disabled);
        CU_ASSERT_PTR_NOT_NULL(trial_table(&trial, name, "perplexity",
                                           "samples"));
    }
}

/* The process is lost while the baseline's instance is at work at `place`:
 * so is that of the other variant, whose failure that is not. */
static void lose(const char *plugin, const char *settings, const char *place,
                 const char *cause)
{
    char *why, *other;
    struct outcome_failures failures = {0};
    struct run run;

    run_with(plugin, settings);
    why = mem_printf("%s: %s", place, cause);
    other = mem_printf("its process, which is that of variant baseline, %s",
                       cause);
    expect("baseline", plugin, why, true);
    expect("v", plugin, other, false);
    run_begin(&run, trial.plan, true);
    outcome_judge(&run, &failures);
    CU_ASSERT_EQUAL(failures.n, 1);
    CU_ASSERT(failures.n && strstr(failures.texts[0], why));
    outcome_failures_free(&failures);
    run_end(&run);
    free(why);
    free(other);
}

#define EVENT "at resid_mid of layer 1, sample 1"
#define FAULT "crashed with signal 11 (Segmentation fault)"

/* Sanitizers and valgrind have their own way with signals and memory; with
 * the latter $TRANSECT is a script of its name. */
static bool is_bare(void)
{
#ifdef TRANSECT_SANITIZED
    return false;
#else
    const char *program = getenv("TRANSECT");

    return !program || !strstr(program, "valgrind");
#endif
}

static void test_crash(void)
{
    static const char aborted[] = "crashed with signal 6 (Aborted)";

    if (!is_bare()) {
        test_skip("not the usual signals");
        return;
    }
    lose("crashes", "in = begin\n", "in begin", aborted);
    lose("crashes", "in = event\n", EVENT, FAULT);
    lose("crashes", "in = finish\n", "in finish", aborted);
    lose("crashes", "in = surveyed\n", "in surveyed", aborted);
    lose("misbehaves", "how = write\n", EVENT,
         FAULT ": it wrote through a const view");
}

static void test_lost(void)
{
    struct timespec began;

    lose("misbehaves", "how = exit\n", EVENT,
         "ended its process with status 0");
    lose("misbehaves", "how = killed\n", EVENT,
         "crashed with signal 9 (Killed)");
    clock_gettime(CLOCK_MONOTONIC, &began);
    lose("misbehaves", "how = sleep\n" LATE, EVENT, IS_LATE);
    CU_ASSERT(progress_seconds_since(&began) >= 3);
    lose("misbehaves", "how = linger\n" LATE, "in finish", IS_LATE);
}

/* In save or restore of the baseline's instance, with `settings`. */
static void lose_state(const char *callback, const char *settings,
                       const char *cause)
{
    char *why;
    struct transect_ctx *instance;
    struct serializer state = {0};

    make_plan(mem_printf("[plugin crashes]\nisolation = process\nin = %s\n"
                         "%s\n[variant v]\npruner.mlps = 1\n",
                         callback, settings));
    instance = trial.plan->variants[0].instances[0];
    CU_ASSERT_EQUAL(instance_save(instance, &state, &trial.err), ST_OK);
    if (!instance->owner.disabled)
        CU_ASSERT_EQUAL(instance_restore(instance, &state, &trial.err), ST_OK);
    why = mem_printf("in %s: %s", callback, cause);
    expect("baseline", "crashes", why, true);
    serialize_clear(&state);
    free(why);
}

static void test_state(void)
{
    lose_state("save", "by = exit", "ended its process with status 0");
    lose_state("restore", "by = exit", "ended its process with status 0");
    lose_state("save", "by = sleep\n" LATE, IS_LATE);
    lose_state("restore", "by = sleep\n" LATE, IS_LATE);
    if (is_bare())
        lose_state("restore", "by = abort", "crashed with signal 6 (Aborted)");
}

/* What one variant's instance did counts, though another one's then takes the
 * process with it. */
static void test_two(void)
{
    struct transect_ctx *other;

    make_plan(mem_strdup("[plugin crashes]\nisolation = process\n"
                         "in = begin\nby = exit\n[variant v]\n"
                         "pruner.mlps = 1\n"));
    other = trial.plan->variants[1].instances[1];
    other->owner.disabled = true;
    error_set(&other->error, ST_FAILED, "its own failure");
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    expect("v", "crashes", "its own failure", true);
    expect("baseline", "crashes", "in begin: ended its process with status 0",
           true);
}

/* Emulators let a process have what its limit forbids. */
static bool memory_is_limited(void)
{
    const struct rlimit limit = {1 << 20, 1 << 20};
    int status = 1;
    pid_t child = fork();

    if (child == 0) {
        setrlimit(RLIMIT_AS, &limit);
        _exit(mmap(NULL, 2 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                   0) != MAP_FAILED);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* 64 MiB beyond what the program has: a plugin that does without ends well,
 * and one that takes all it gets is told that there is no more. */
static void test_memory(void)
{
    if (!is_bare() || !memory_is_limited()) {
        test_skip("not the usual memory");
        return;
    }
    run_with("misbehaves", "how = well\nmemory = 64\n");
    CU_ASSERT_FALSE(trial_instance(&trial, "v", "misbehaves")
                        ->owner.disabled);
    run_with("misbehaves", "how = hoard\nmemory = 64\n");
    expect("baseline", "misbehaves", EVENT ": no memory", true);
    expect("v", "misbehaves", EVENT ": no memory", true);
}

/* A failure is the instance's own: its process lives on. */
static void test_fails(void)
{
    static const char *const callbacks[] = {"begin", "end", "finish"};

    for (size_t i = 0; i < sizeof callbacks / sizeof *callbacks; i++) {
        char settings[40], why[60];

        snprintf(settings, sizeof settings, "in = %s\n", callbacks[i]);
        snprintf(why, sizeof why, "in %s: asked to fail in %s", callbacks[i],
                 callbacks[i]);
        run_with("fails", settings);
        expect("baseline", "fails", why, true);
        expect("v", "fails", why, true);
    }
    run_with("fails", "in = event\non_error = disable\n");
    expect("baseline", "fails", "at mlp_out of layer 1, sample 1: asked to "
           "fail in event", false);
}

CU_ErrorCode add_isolate_tests(void)
{
    CU_pSuite suite = CU_add_suite_with_setup_and_teardown(
        "isolate", NULL, NULL, set_up, tear_down);

    if (!suite || !CU_add_test(suite, "the same tables", test_same) ||
        !CU_add_test(suite, "a crash", test_crash) ||
        !CU_add_test(suite, "other ends of a process", test_lost) ||
        !CU_add_test(suite, "a state", test_state) ||
        !CU_add_test(suite, "two failures", test_two) ||
        !CU_add_test(suite, "memory", test_memory) ||
        !CU_add_test(suite, "callbacks that fail", test_fails))
        return CU_get_error();
    return CUE_SUCCESS;
}
