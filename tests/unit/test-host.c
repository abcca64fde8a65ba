/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-host.c - what the host's table takes from a plugin and refuses: names
 * of outputs, arrays of another instance, a comparison that failed. */
#include "tests.h"

#include "base/mem.h"
#include "plugin/host-internal.h"

#include <stdlib.h>
#include <string.h>

static const struct transect_column column = {"x", TRANSECT_COL_REAL,
                                              TRANSECT_COL_METRIC};

static struct transect_ctx *make(enum phase phase)
{
    struct transect_ctx *ctx = mem_new(1, sizeof *ctx);

    ctx->phase = phase;
    ctx->owner.error = &ctx->error;
    return ctx;
}

static void table(struct transect_ctx *ctx, const char *name)
{
    host_table_new(ctx, name, &column, 1);
}

static void file(struct transect_ctx *ctx, const char *name)
{
    host_file(ctx, name, "x", 1);
}

static void figure(struct transect_ctx *ctx, const char *name)
{
    static const double y[] = {1, 2};
    static const struct transect_series series = {.y = y, .n = 2};
    static const struct transect_panel panel = {
        .size = sizeof panel, .series = &series, .n_series = 1};

    host_figure(ctx, name, NULL, &panel, 1, 1);
}

typedef void make_fn(struct transect_ctx *ctx, const char *name);

/* One output, then another one; in which phase; is that refused? */
static void test_names(void)
{
    static const struct {
        make_fn *first;
        const char *one;
        enum phase phase;
        make_fn *second;
        const char *other;
        bool refused;
    } cases[] = {
        {file, "map.svg", PHASE_FINISH, figure, "map", true},
        {file, "map.png", PHASE_FINISH, figure, "map", true},
        {file, "map.pdf", PHASE_FINISH, figure, "map", false},
        {figure, "map", PHASE_FINISH, file, "map.svg", true},
        {figure, "map", PHASE_FINISH, file, "map.png", true},
        {figure, "map", PHASE_FINISH, file, "map", false},
        {figure, "a.b", PHASE_FINISH, file, "a.b.svg", true},
        {table, "norms", PHASE_FINISH, file, "norms.csv", true},
        {file, "norms.csv", PHASE_FINISH, table, "norms", true},
        {table, "norms", PHASE_FINISH, table, "norms", true},
        {table, "norms", PHASE_FINISH, figure, "norms", false},
        {table, "norms", PHASE_COMPARE, file, "norms.csv", true},
        {table, "norms", PHASE_COMPARE, table, "norms", true},
        {file, "norms.csv", PHASE_COMPARE, table, "norms", false},
        {file, "norms.csv", PHASE_COMPARE, file, "norms.csv", false},
        {figure, "map", PHASE_COMPARE, file, "map.svg", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct transect_ctx *ctx = make(PHASE_FINISH);

        cases[i].first(ctx, cases[i].one);
        CU_ASSERT_EQUAL(ctx->error.status, ST_OK);
        ctx->phase = cases[i].phase;
        cases[i].second(ctx, cases[i].other);
        CU_ASSERT_EQUAL(ctx->error.status != ST_OK, cases[i].refused);
        if ((ctx->error.status != ST_OK) != cases[i].refused)
            printf("# %s, then %s: %s\n", cases[i].one, cases[i].other,
                   ctx->error.text);
        instance_free(ctx);
    }
}

static void keep(struct kept_arrays *arrays, int element)
{
    const struct transect_array array = {.name = "a", .element = element,
                                         .n = 3};

    kept_arrays_add(arrays, &array, mem_new(3, 8));
}

/* The other instance's array is one of as many elements of the same type. */
static void test_other(void)
{
    struct transect_ctx *ctx = make(PHASE_FINISH);
    struct kept_arrays same = {0}, another = {0};

    keep(&ctx->arrays, TRANSECT_INT64);
    keep(&same, TRANSECT_INT64);
    keep(&another, TRANSECT_FLOAT64);
    CU_ASSERT_PTR_NULL(host_other(ctx, "a"));
    ctx->other = &same;
    CU_ASSERT_PTR_EQUAL(host_other(ctx, "a"), same.all[0].data);
    ctx->other = &another;
    CU_ASSERT_PTR_NULL(host_other(ctx, "a"));
    kept_arrays_clear(&same);
    kept_arrays_clear(&another);
    instance_free(ctx);
}

static int compare(void *const *states, const char *const *names, size_t n)
{
    (void)names;
    (void)n;
    table(states[0], "compared");
    return host_fail(states[0], "asked to");
}

/* What finish made before is whole, and stays. */
static void test_compare(void)
{
    static const struct plugin plugin = {.desc.compare = compare};
    static const char *const names[] = {"baseline", "v"};
    struct transect_ctx *ctx = make(PHASE_FINISH);
    void *states[] = {ctx, ctx};
    struct error err = {0};

    ctx->plugin = &plugin;
    ctx->owner.disable_on_error = true;
    table(ctx, "norms");
    CU_ASSERT_EQUAL(instance_compare(ctx, states, names, 2, &err), ST_OK);
    CU_ASSERT_PTR_NOT_NULL(instance_table(ctx, "norms"));
    CU_ASSERT_FALSE(ctx->owner.disabled);
    CU_ASSERT_TRUE(ctx->comparison_failed);
    CU_ASSERT_EQUAL(ctx->comparison.n_tables, 0);
    CU_ASSERT_STRING_EQUAL(ctx->error.text, "in compare: asked to");
    instance_free(ctx);
}

CU_ErrorCode add_host_tests(void)
{
    CU_pSuite suite = CU_add_suite("host", NULL, NULL);

    if (!suite || !CU_add_test(suite, "names of outputs", test_names) ||
        !CU_add_test(suite, "arrays of another instance", test_other) ||
        !CU_add_test(suite, "a comparison that failed", test_compare))
        return CU_get_error();
    return CUE_SUCCESS;
}
