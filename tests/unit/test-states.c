/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-states.c - a run that is cut, and shards of a run that are merged,
 * make what a run in one piece makes; of all plugins that come along. */
#include "experiment-fixture.h"
#include "base/serialize.h"
#include "unit/tests.h"

#include <math.h>
#include <string.h>

/* Two samples share a pass; cuts lie between passes. */
#define N_SAMPLE 7
#define N_TOKEN 342

/* The sample of those that look at one is in either shard. */
static const char sections[] =
    "[run]\nseed = 3\n"
    "[plugin null]\n"
    "[plugin layerwise-stats]\n"
    "[plugin head-scorer]\n"
    "[plugin perplexity]\n"
    "[plugin attention-map]\n"
    "[plugin attention-map:early]\nsample = 1\nheads = L0H1 L1H0\n"
    "[plugin attention-map:late]\nsample = 6\n"
    "[plugin mlp-trace]\n"
    "[plugin coordinate-ledger]\nlayers = 0-1\n"
    "[plugin svd-alignment]\nthreshold = 0.1\n"
    "[plugin svd-alignment:one]\ndim = 3\nthreshold = 0.1\n"
    "[plugin 3d-exporter]\nsample = 2\n"
    "[plugin 3d-exporter:late]\nsample = 5\npoint = mlp_out embed\n"
    "[variant cut]\npruner.heads = L0H1\npruner.method = random\n"
    "[variant set]\ncoordinate-editor.coordinates = *:2\n"
    "coordinate-editor.value = mean\n";

static struct trial trial;

static bool set_up(void)
{
    const struct model_recipe recipe = {.layers = 2, .heads = 2, .width = 12,
                                        .context = N_TOKEN, .vocab = 40};

    return trial_make(&trial, &recipe, N_SAMPLE, N_TOKEN);
}

/* The samples first..end-1 through a plan of its own; NULL: a failure. */
static const struct plan *shard(int first, int end)
{
    const struct plan *plan;
    struct run run;

    if (trial_plan(&trial, sections)) {
        CU_FAIL("the experiment cannot be planned");
        return NULL;
    }
    plan = trial.plan;
    trial.plan = NULL;
    run_begin(&run, plan, true);
    run.samples = (struct sample_range){first, end};
    if (run_survey(&run, &trial.err) == ST_OK &&
        run_samples(&run, &trial.err) == ST_OK)
        return plan;
    CU_FAIL("the experiment failed");
    plan_free(plan);
    return NULL;
}

typedef int state_fn(struct transect_ctx *instance,
                     const struct serializer *serial, struct error *err);

static void carry_states(const struct plan *from, const struct plan *to,
                         state_fn *absorb)
{
    for (size_t i = 0; i < from->n_variants; i++)
        for (size_t j = 0; j < from->variants[i].n_instances; j++) {
            struct serializer serial = {0};
            struct error err = {0};

            CU_ASSERT_FATAL(instance_saves(from->variants[i].instances[j]));
            CU_ASSERT_EQUAL(
                instance_save(from->variants[i].instances[j], &serial, &err),
                ST_OK);
            CU_ASSERT_EQUAL(
                absorb(to->variants[i].instances[j], &serial, &err), ST_OK);
            serialize_clear(&serial);
        }
}

static bool near(double a, double b, double tolerance)
{
    return (isnan(a) && isnan(b)) ||
           fabs(a - b) <= tolerance * fmax(fabs(a), fabs(b));
}

static bool same_cell(const union cell *a, const union cell *b, int32_t type,
                      double tolerance)
{
    if (type == TRANSECT_COL_INT)
        return a->integer == b->integer;
    if (type == TRANSECT_COL_TEXT)
        return strcmp(a->text, b->text) == 0;
    return near(a->real, b->real, tolerance);
}

/* The number of cells compared. */
static size_t compare_tables(const struct transect_table *a,
                             const struct transect_table *b, const char *id,
                             double tolerance)
{
    CU_ASSERT_EQUAL_FATAL(a->n_cells, b->n_cells);
    for (size_t i = 0; i < a->n_cells; i++) {
        const struct transect_column *column = &a->columns[i % a->n_columns];

        if (same_cell(&a->cells[i], &b->cells[i], column->type, tolerance))
            continue;
        fprintf(stderr, "# %s, %s.csv, row %zu, column %s\n", id, a->name,
                i / a->n_columns, column->name);
        CU_FAIL("a cell differs");
        break;
    }
    return a->n_cells;
}

static void compare(const struct plan *a, const struct plan *b,
                    double tolerance)
{
    size_t n_cells = 0;

    for (size_t i = 0; i < a->n_variants; i++)
        for (size_t j = 0; j < a->variants[i].n_instances; j++) {
            const struct transect_ctx *x = a->variants[i].instances[j];
            const struct transect_ctx *y = b->variants[i].instances[j];

            CU_ASSERT_EQUAL_FATAL(x->own.n_tables, y->own.n_tables);
            for (size_t k = 0; k < x->own.n_tables; k++)
                n_cells += compare_tables(x->own.tables[k],
                                          y->own.tables[k], x->owner.id,
                                          tolerance);
        }
    CU_ASSERT(n_cells > 10000);
}

static int finish(const struct plan *plan)
{
    struct run run;
    int status;

    run_begin(&run, plan, true);
    status = run_finish(&run, &trial.err);
    run_end(&run);
    return status;
}

/* Against a run in one piece. */
static void check(const struct plan *last, double tolerance)
{
    const struct plan *whole = shard(0, N_SAMPLE);

    if (whole && finish(whole) == ST_OK && finish(last) == ST_OK)
        compare(whole, last, tolerance);
    else
        CU_FAIL("finish failed");
    plan_free(whole);
}

/* Cut behind sample `at`; 0 and all of them are cuts as well. */
static void cut(int at)
{
    const struct plan *first = shard(0, at), *second = shard(at, at);
    struct run run;

    if (first && second) {
        carry_states(first, second, instance_restore);
        run_begin(&run, second, true);
        run.samples.first = at;
        CU_ASSERT_EQUAL(run_samples(&run, &trial.err), ST_OK);
        check(second, 0);
    }
    plan_free(first);
    plan_free(second);
}

static void restored(void)
{
    if (!set_up())
        return;
    cut(0);
    cut(2);
    cut(N_SAMPLE);
    trial_remove(&trial);
}

/* Three shards, the last one merged before the second. */
static void merged(void)
{
    const struct plan *shards[3] = {0};

    if (!set_up())
        return;
    shards[0] = shard(0, 2);
    shards[1] = shard(2, 6);
    shards[2] = shard(6, N_SAMPLE);
    if (shards[0] && shards[1] && shards[2]) {
        carry_states(shards[2], shards[0], instance_merge);
        carry_states(shards[1], shards[0], instance_merge);
        check(shards[0], 1e-11);
    }
    for (int i = 0; i < 3; i++)
        plan_free(shards[i]);
    trial_remove(&trial);
}

static void refuse(state_fn *absorb, struct transect_ctx *instance,
                   const struct serializer *serial)
{
    struct error err = {0};

    instance->error = err; /* of the call before */
    CU_ASSERT_EQUAL(absorb(instance, serial, &err), ST_FAILED);
}

/* With a byte more, or less where there are any. */
static void damage(struct transect_ctx *instance)
{
    struct serializer serial = {0};
    struct error err = {0};
    unsigned char byte = 1;

    CU_ASSERT_EQUAL(instance_save(instance, &serial, &err), ST_OK);
    serialize_bytes(&serial, &byte, 1);
    refuse(instance_restore, instance, &serial);
    for (size_t left = serial.size; left > 2; left /= 2) {
        serial.size = left - 2;
        refuse(instance_restore, instance, &serial);
        refuse(instance_merge, instance, &serial);
    }
    serialize_clear(&serial);
}

/* Bytes of another size are refused, not read beyond. */
static void damaged(void)
{
    const struct plan *plan;

    if (!set_up())
        return;
    plan = shard(0, 2);
    for (size_t j = 0; plan && j < plan->variants[0].n_instances; j++)
        damage(plan->variants[0].instances[j]);
    plan_free(plan);
    trial_remove(&trial);
}

/* All that the instances keep becomes this byte, or a new one each time. */
static void forge(const struct plan *plan, int byte)
{
    uint32_t random = 1;

    for (size_t i = 0; i < plan->n_instances; i++) {
        const struct kept_arrays *arrays = &plan->instances[i]->arrays;

        for (size_t j = 0; j < arrays->n; j++) {
            const struct kept_array *kept = &arrays->all[j];
            size_t n = kept->n * kept_arrays_element_size(kept->element);
            unsigned char *bytes = kept->data;

            for (size_t k = 0; k < n; k++) {
                random = random * 1664525 + 1013904223;
                bytes[k] = (unsigned char)(byte < 0 ? (int)(random >> 24)
                                                    : byte);
            }
        }
    }
}

/* A plugin may make numbers of such a state, or fail; it does not crash. */
static void go_on(int byte)
{
    const struct plan *first = shard(0, 2), *second = shard(2, 2);
    struct run run;

    if (first && second) {
        forge(first, byte);
        for (size_t i = 0; i < second->n_instances; i++)
            second->instances[i]->owner.disable_on_error = true;
        carry_states(first, second, instance_restore);
        run_begin(&run, second, true);
        run.samples.first = 2;
        CU_ASSERT_EQUAL(run_samples(&run, &trial.err), ST_OK);
        CU_ASSERT_EQUAL(finish(second), ST_OK);
    }
    plan_free(first);
    plan_free(second);
}

static void forged(void)
{
    if (!set_up())
        return;
    for (int byte = 0; byte < 256; byte += 0x11)
        go_on(byte);
    go_on(0x7f);
    go_on(0x80);
    go_on(-1);
    trial_remove(&trial);
}

CU_ErrorCode add_states_tests(void)
{
    CU_pSuite suite = CU_add_suite("states", NULL, NULL);

    if (!suite || !CU_add_test(suite, "a run that is cut", restored) ||
        !CU_add_test(suite, "shards of a run", merged) ||
        !CU_add_test(suite, "bytes that are no state", damaged) ||
        !CU_add_test(suite, "states of any numbers", forged))
        return CU_get_error();
    return CUE_SUCCESS;
}
