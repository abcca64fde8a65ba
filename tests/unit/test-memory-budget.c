/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-memory-budget.c - what a plan holds, and what it gives up, in which
 * order, for [run] memory to be kept to. */
#include "tests.h"

#include "base/mem.h"
#include "base/read-file.h"
#include "experiment-fixture.h"
#include "plan/cost-estimate.h"
#include "plan/memory-budget.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

enum { N = 8, N_TOKEN = 16 };

/* memory = is in line 8 of the file. */
static const char sections[] =
    "[run]\nmemory = %llu\nworkers = %s\n[plugin null]\n"
    "[variant a]\nbump.by = 1\n[variant b]\nbump.by = 2\n";

static void test_held(void)
{
    struct memory memory = {
        .files = 1, .copies = 10, .stored = 100, .panel = 1000,
        .buffers = 10000, .convert = true};

    CU_ASSERT_EQUAL(memory_held(&memory), 10111);
    CU_ASSERT_STRING_EQUAL(memory_way(&memory), "converted once");
    memory.convert = false;
    CU_ASSERT_EQUAL(memory_held(&memory), 11011);
    CU_ASSERT_STRING_EQUAL(memory_way(&memory), "converted by panels");
    memory.stored = memory.panel = 0;
    CU_ASSERT_STRING_EQUAL(memory_way(&memory), "as stored");
}

static bool set_up(struct trial *trial, const char *dtype)
{
    const struct model_recipe recipe = {
        .layers = 2, .heads = 2, .width = 32, .dtype = dtype};

    return trial_make(trial, &recipe, N, N_TOKEN);
}

static int plan_with(struct trial *trial, unsigned long long limit,
                     const char *workers)
{
    char *text = mem_printf(sections, limit, workers);
    int status = trial_plan(trial, text);

    free(text);
    return status;
}

struct state {
    int workers;
    bool convert;
    int samples; /* of a pass, at most */
};

/* With this limit the plan is in that state, and within the limit. */
static void expect(struct trial *trial, uint64_t limit, const char *workers,
                   const struct state *want)
{
    const struct plan *plan;

    CU_ASSERT_EQUAL_FATAL(plan_with(trial, limit, workers), ST_OK);
    plan = trial->plan;
    CU_ASSERT_TRUE(plan->memory.given);
    CU_ASSERT_EQUAL(plan->memory.limit, limit);
    CU_ASSERT(memory_held(&plan->memory) <= limit);
    CU_ASSERT_EQUAL(plan->workers, want->workers);
    CU_ASSERT_EQUAL(plan->memory.convert, want->convert);
    CU_ASSERT_EQUAL(plan->batches.max_samples, want->samples);
    CU_ASSERT_EQUAL(plan->batches.max_tokens, want->samples * N_TOKEN);
    CU_ASSERT_EQUAL(plan->memory.panel,
                    4 * model_panel(plan->model) *
                        (want->workers ? 1 + (size_t)want->workers : 2));
    CU_ASSERT_EQUAL(plan->memory.buffers, cost_plan(plan).buffers);
}

/* The last state with a byte less than it holds. */
static void refuse(struct trial *trial, uint64_t held, const char *workers)
{
    char *want = mem_printf(
        "%s/experiment.ini:8: memory = %.6g MB is too little: weights "
        "converted by panels and buffers take %.6g MB; give that much, or "
        "make samples shorter", trial->dir, (double)(held - 1) / 1e6,
        (double)held / 1e6);

    CU_ASSERT_EQUAL(plan_with(trial, held - 1, workers), ST_USAGE);
    CU_ASSERT_STRING_EQUAL(trial->err.text, want);
    free(want);
}

/* Each state holds just what it needs; with a byte less, it is the next. */
static void retrench(const char *workers, const struct state *states,
                     size_t n)
{
    struct trial trial;
    uint64_t held = (uint64_t)1 << 30, least;
    int before = openblas_get_num_threads();

    if (!set_up(&trial, "F16"))
        return;
    openblas_set_num_threads(2);
    for (size_t i = 0; i < n; i++) {
        expect(&trial, i ? held - 1 : held, workers, &states[i]);
        least = memory_held(&trial.plan->memory);
        CU_ASSERT(least < held);
        held = least;
        expect(&trial, held, workers, &states[i]);
    }
    refuse(&trial, held, workers);
    openblas_set_num_threads(before);
    trial_remove(&trial);
}

static void test_retrench(void)
{
    static const struct state by_rule[] = {
        {2, true, 8}, {0, true, 8}, {0, false, 8},
        {0, false, 4}, {0, false, 2}, {0, false, 1},
    };
    static const struct state asked[] = {
        {2, true, 8}, {2, false, 8}, {2, false, 4}, {2, false, 2},
        {2, false, 1},
    };

    retrench("auto", by_rule, sizeof by_rule / sizeof *by_rule);
    retrench("2", asked, sizeof asked / sizeof *asked);
}

/* Without [run] memory; the panel is one for each pass. */
static void test_parts(void)
{
    static const char free_sections[] =
        "[plugin null]\n[variant a]\nbump.by = 1\n";
    const struct memory *memory;
    char *path, *bytes;
    struct error err = {0};
    struct trial trial;
    size_t size = 0;

    if (!set_up(&trial, "BF16"))
        return;
    CU_ASSERT_EQUAL_FATAL(trial_plan(&trial, free_sections), ST_OK);
    memory = &trial.plan->memory;
    path = mem_path(trial.model, "model.safetensors");
    CU_ASSERT_EQUAL_FATAL(read_file(path, &bytes, &size, &err), ST_OK);
    CU_ASSERT_EQUAL(memory->files, size);
    CU_ASSERT_FALSE(memory->given);
    CU_ASSERT_TRUE(memory->convert);
    /* Layer: 3 and 1 times 32 x 32, 2 times 32 x 128; and 100 x 32. */
    CU_ASSERT_EQUAL(memory->stored, 4 * (2 * (4 * 1024 + 2 * 4096) + 3200));
    CU_ASSERT_EQUAL(memory->panel, 2 * 4 * model_panel(trial.plan->model));
    CU_ASSERT(memory->panel > 0);
    free(bytes);
    free(path);
    trial_remove(&trial);
}

static void test_stored(void)
{
    struct trial trial;

    if (!set_up(&trial, "F32"))
        return;
    CU_ASSERT_EQUAL_FATAL(plan_with(&trial, 1 << 30, "0"), ST_OK);
    CU_ASSERT_EQUAL(trial.plan->memory.stored, 0);
    CU_ASSERT_EQUAL(trial.plan->memory.panel, 0);
    CU_ASSERT_STRING_EQUAL(memory_way(&trial.plan->memory), "as stored");
    trial_remove(&trial);
}

CU_ErrorCode add_memory_budget_tests(void)
{
    CU_pSuite suite = CU_add_suite("memory-budget", NULL, NULL);

    if (!suite || !CU_add_test(suite, "what is held", test_held) ||
        !CU_add_test(suite, "its parts", test_parts) ||
        !CU_add_test(suite, "weights that are float32", test_stored) ||
        !CU_add_test(suite, "what is given up first", test_retrench))
        return CU_get_error();
    return CUE_SUCCESS;
}
