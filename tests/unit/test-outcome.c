/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-outcome.c - why a run that saw all samples failed all the same: edits
 * that changed nothing, instances that were disabled, plugins that printed;
 * of plans made by hand, and the summary of a run. */
#include "tests.h"

#include "experiment-fixture.h"
#include "hooks/hook-points.h"
#include "report/inert-edits.h"
#include "report/outcome.h"
#include "results/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VARIANTS = 3, LAYERS = 30, HEADS = 2 };

/* A baseline and two variants, each with an editor and an observer, the
 * baseline with the observer alone. */
struct fake {
    struct config config;
    struct plan plan;
    struct experiment experiment;
    struct run run;
    struct variant_run variants[VARIANTS];
    struct transect_ctx editors[VARIANTS], observers[VARIANTS];
    struct plugin plugin; /* of the editors */
    struct transect_ctx *instances[VARIANTS][2], *all[2 * VARIANTS];
    struct outcome_failures failures;
};

static void make_variant(struct fake *fake, size_t i)
{
    static const char *const names[VARIANTS] = {"baseline", "v", "w"};
    size_t n_edits = i ? 1 : 0;

    fake->editors[i].owner = (struct hook_owner){
        .id = "editor", .variant = names[i],
        .error = &fake->editors[i].error};
    fake->editors[i].plugin = &fake->plugin;
    fake->observers[i].owner = (struct hook_owner){
        .id = "observer", .variant = names[i],
        .error = &fake->observers[i].error};
    fake->instances[i][0] = &fake->editors[i];
    fake->instances[i][n_edits] = &fake->observers[i];
    fake->variants[i] = (struct variant_run){
        .name = names[i],
        .hooks = hooks_new(&fake->config),
        .instances = fake->instances[i],
        .n_instances = n_edits + 1,
        .n_edits = n_edits,
    };
}

static void make(struct fake *fake)
{
    *fake = (struct fake){
        .config = {.n_layer = LAYERS, .n_head = HEADS, .n_kv_head = HEADS,
                   .d_head = 4, .d_model = 8, .d_mlp = 8, .n_vocab = 9,
                   .n_context = 16},
        .experiment = {.baseline = true},
    };
    for (size_t i = 0; i < VARIANTS; i++)
        make_variant(fake, i);
    fake->plan = (struct plan){.experiment = &fake->experiment,
                               .variants = fake->variants,
                               .n_variants = VARIANTS,
                               .instances = fake->all};
    for (size_t i = 0; i < VARIANTS; i++)
        for (size_t j = 0; j < fake->variants[i].n_instances; j++)
            fake->all[fake->plan.n_instances++] = fake->instances[i][j];
    fake->run.plan = &fake->plan;
}

static void end(struct fake *fake)
{
    for (size_t i = 0; i < VARIANTS; i++)
        hooks_free(fake->variants[i].hooks);
    outcome_failures_free(&fake->failures);
}

static int on_event(void *state, const struct transect_event *event)
{
    (void)state;
    (void)event;
    return TRANSECT_OK;
}

/* The variant's editor wants to edit the point, in some layers; at each place
 * it was called so often, and changed so much. */
static void edit(struct fake *fake, size_t variant, int point,
                 const int32_t *layers, size_t n_layers, unsigned fired,
                 unsigned changed)
{
    struct hooks *hooks = fake->variants[variant].hooks;
    struct transect_subscription sub = {
        .size = sizeof sub, .point = point, .flags = TRANSECT_EDIT,
        .layers = layers, .n_layers = n_layers, .on_event = on_event};
    struct edit_record *records;
    size_t n;

    hooks_add(hooks, &fake->editors[variant].owner, &sub);
    records = hooks_edit_records_to_fill(hooks, &n);
    for (size_t i = 0; i < n; i++)
        if (records[i].point == point) {
            records[i].fired = fired;
            records[i].changed = changed;
        }
}

static void expect(struct fake *fake, const char *const *texts, size_t n)
{
    outcome_failures_free(&fake->failures);
    outcome_judge(&fake->run, &fake->failures);
    CU_ASSERT_EQUAL(fake->failures.n, n);
    for (size_t i = 0; i < n && i < fake->failures.n; i++)
        CU_ASSERT_STRING_EQUAL(fake->failures.texts[i], texts[i]);
}

#define ALLOW(name) "inert = allow in [variant " name "] would let this pass"
#define N(array) (sizeof(array) / sizeof *(array))

static void edit_well(struct fake *fake)
{
    edit(fake, 1, TRANSECT_RESID_POST, (int32_t[]){3}, 1, 7, 5);
    edit(fake, 2, TRANSECT_RESID_POST, (int32_t[]){4}, 1, 7, 5);
}

static void test_inert(void)
{
    static const char *const texts[] = {
        "variant v: editor changed nothing at mlp_out of layer 2 (called 7 "
        "times); " ALLOW("v"),
        "variant v: editor changed nothing at ln_final (called 0 times); "
        ALLOW("v"),
        "variant w: editor changed nothing at head_out of L1H0 (called 7 "
        "times); " ALLOW("w"),
        "variant w: editor changed nothing at head_out of L1H1 (called 7 "
        "times); " ALLOW("w"),
    };
    struct fake fake;

    make(&fake);
    edit_well(&fake);
    expect(&fake, NULL, 0);
    edit(&fake, 1, TRANSECT_MLP_OUT, (int32_t[]){2}, 1, 7, 0);
    edit(&fake, 1, TRANSECT_LN_FINAL, NULL, 0, 0, 0);
    edit(&fake, 2, TRANSECT_HEAD_OUT, (int32_t[]){1}, 1, 7, 0);
    expect(&fake, texts, N(texts));
    fake.experiment.allow_inert = true;
    expect(&fake, NULL, 0);
    end(&fake);
}

/* Editors that say so are counted, unless all of their variants are inert. */
static void test_counted(void)
{
    static const char *const nothing[] = {
        "no edit of the variants changed anything; inert = allow in their "
        "[variant] sections would let this pass"};
    static const char *const texts[] = {
        "variant v: editor changed nothing at mlp_out of layer 2 (called 7 "
        "times); " ALLOW("v")};
    struct variant sections[2] = {0};
    struct inert_counts counted;
    struct transect_table *table;
    struct fake fake;
    char *csv;
    size_t size;

    make(&fake);
    fake.plugin.desc.abi_minor = 2;
    fake.plugin.desc.capabilities = TRANSECT_CAP_INERT;
    for (size_t i = 0; i < 2; i++)
        fake.variants[i + 1].section = &sections[i];
    edit(&fake, 1, TRANSECT_MLP_OUT, (int32_t[]){2}, 1, 7, 0);
    edit(&fake, 2, TRANSECT_HEAD_OUT, (int32_t[]){1}, 1, 7, 0);
    expect(&fake, nothing, N(nothing));
    edit(&fake, 2, TRANSECT_RESID_POST, (int32_t[]){4}, 1, 7, 5);
    expect(&fake, NULL, 0);
    counted = inert_counted(&fake.plan);
    CU_ASSERT_EQUAL(counted.edits, 3);
    CU_ASSERT_EQUAL(counted.variants, 2);
    table = inert_table(&fake.plan);
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    table_csv(table, NULL, &csv, &size);
    CU_ASSERT_STRING_EQUAL(csv, "variant,editor,point,layer,head,calls\n"
                                "v,editor,mlp_out,2,-1,7\n"
                                "w,editor,head_out,1,0,7\n"
                                "w,editor,head_out,1,1,7\n");
    free(csv);
    table_free(table);
    sections[0].inert = INERT_FAIL;
    expect(&fake, texts, N(texts));
    sections[0].inert = INERT_ALLOW;
    expect(&fake, NULL, 0);
    CU_ASSERT_EQUAL(inert_counted(&fake.plan).edits, 2);
    end(&fake);
}

static void test_no_edit(void)
{
    static const char *const texts[] = {
        "variant v: editor asked for no edit at all; " ALLOW("v"),
        "variant w: the editor editor was disabled: in event: no luck; "
        ALLOW("w"),
    };
    struct fake fake;

    make(&fake);
    /* What a disabled editor did not change is not told beside it. */
    edit(&fake, 2, TRANSECT_RESID_POST, (int32_t[]){4}, 1, 7, 0);
    fake.editors[2].owner.disabled = true;
    error_set(&fake.editors[2].error, ST_FAILED, "in event: no luck");
    expect(&fake, texts, N(texts));
    fake.experiment.allow_inert = true;
    expect(&fake, NULL, 0);
    end(&fake);
}

/* The first twenty, and how many more. */
static void test_many(void)
{
    int32_t layers[LAYERS];
    struct fake fake;

    for (int l = 0; l < LAYERS; l++)
        layers[l] = l;
    make(&fake);
    edit_well(&fake);
    edit(&fake, 1, TRANSECT_MLP_OUT, layers, 20, 7, 0);
    outcome_judge(&fake.run, &fake.failures);
    CU_ASSERT_EQUAL(fake.failures.n, 20);
    outcome_failures_free(&fake.failures);
    edit(&fake, 1, TRANSECT_ATTN_OUT, layers, 2, 7, 0);
    outcome_judge(&fake.run, &fake.failures);
    CU_ASSERT_EQUAL_FATAL(fake.failures.n, 21);
    CU_ASSERT_STRING_EQUAL(fake.failures.texts[20],
                           "and 2 more edits that changed nothing");
    end(&fake);
}

static void disable(struct transect_ctx *instance, const char *why,
                    bool counts)
{
    instance->owner.disabled = true;
    instance->failure_counts = counts;
    error_set(&instance->error, ST_FAILED, "%s", why);
}

/* One whose failure was asked to be forgiven is none. */
static void test_disabled(void)
{
    static const char *const texts[] = {
        "plugin observer, variant v: in end: lost; it was disabled"};
    struct fake fake;

    make(&fake);
    edit_well(&fake);
    disable(&fake.observers[0], "in end: forgiven", false);
    disable(&fake.observers[1], "in end: lost", true);
    expect(&fake, texts, N(texts));
    fake.experiment.allow_inert = true;
    expect(&fake, texts, N(texts));
    end(&fake);
}

/* A plugin is named once, with how many variants more. */
static void test_printed(void)
{
    static const char *const texts[] = {
        "plugin observer, variant baseline: in begin: printed \"a\"; and in "
        "2 more variants",
        "plugin editor, variant w: in event: printed \"e\""};
    struct fake fake;

    make(&fake);
    edit_well(&fake);
    fake.observers[0].owner.printed = (char *)"in begin: printed \"a\"";
    fake.observers[1].owner.printed = (char *)"in begin: printed \"b\"";
    fake.observers[2].owner.printed = (char *)"in begin: printed \"c\"";
    fake.editors[2].owner.printed = (char *)"in event: printed \"e\"";
    expect(&fake, texts, N(texts));
    fake.editors[2].owner.disable_on_error = true;
    expect(&fake, texts, 1);
    end(&fake);
}

/* A run that was cut short failed of that alone. */
static void test_incomplete(void)
{
    static const char *const texts[] = {"sample 3: no"};
    struct fake fake;

    make(&fake);
    disable(&fake.observers[1], "in end: lost", true);
    fake.observers[0].owner.printed = (char *)"in begin: printed \"a\"";
    error_set(&fake.run.error, ST_FAILED, "sample 3: no");
    expect(&fake, texts, 1);
    end(&fake);
}

/* Sums over layers and heads; a change that is not a number is the largest. */
static void test_totals(void)
{
    struct edit_record *records;
    struct edit_total *totals;
    struct fake fake;
    size_t n;

    make(&fake);
    edit(&fake, 1, TRANSECT_MLP_OUT, (int32_t[]){2, 5, 6}, 3, 7, 5);
    edit(&fake, 1, TRANSECT_Z, (int32_t[]){1}, 1, 7, 5);
    records = hooks_edit_records_to_fill(fake.variants[1].hooks, &n);
    for (size_t i = 0; i < n; i++) {
        records[i].sum_squares = 0.5;
        records[i].max_change = records[i].layer == 5 ? NAN : 2;
    }
    totals = outcome_edit_totals(&fake.variants[1], &n);
    CU_ASSERT_EQUAL_FATAL(n, 2);
    for (size_t i = 0; i < n; i++) {
        size_t places = totals[i].point == TRANSECT_Z ? HEADS : 3;

        CU_ASSERT_EQUAL(totals[i].places, places);
        CU_ASSERT_EQUAL(totals[i].fired, 7 * places);
        CU_ASSERT_EQUAL(totals[i].changed, 5 * places);
        CU_ASSERT_EQUAL(totals[i].sum_squares, 0.5 * (double)places);
        CU_ASSERT(places == 3 ? isnan(totals[i].max_change)
                              : totals[i].max_change == 2);
    }
    free(totals);
    end(&fake);
}

/* Of a run: the variants that have outputs, failures, and where to look. */
static void test_summary(void)
{
    static const char *const parts[] = {
        "run: A title\n3 samples of 8 tokens, seed 5\n", "\nbaseline\n",
        "\nv\n  edit: bump at resid_post, 2 places: 6 calls changed 48 "
        "elements, by at most 1 (L2 6.928)\n  fails was disabled: at "
        "mlp_out of layer 1, sample 1: asked to fail in event\n",
        "\nfailed: of this\n",
        "\nresults: there\nreport: there/report.html\n"};
    const struct model_recipe recipe = {.layers = 2, .heads = 2, .width = 8};
    char *text = NULL, *failure = (char *)"of this";
    struct outcome_failures failures = {&failure, 1};
    struct trial trial;
    struct run run;
    FILE *stream;
    size_t size;

    if (!trial_make(&trial, &recipe, 3, 8))
        return;
    CU_ASSERT_EQUAL_FATAL(
        trial_plan(&trial, "[experiment]\nname = run\ntitle = A title\n"
                           "[run]\nseed = 5\n[plugin fails]\nin = event\n"
                           "on_error = disable\n[variant v]\nbump.by = 1\n"),
        ST_OK);
    run_begin(&run, trial.plan, true);
    CU_ASSERT_EQUAL(run_all(&run, &trial.err), ST_OK);
    stream = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    outcome_summary(&run, &failures, "there", stream);
    fclose(stream);
    for (size_t i = 0; i < N(parts); i++)
        if (!strstr(text, parts[i])) {
            CU_FAIL("a part is missing");
            printf("# %s", text);
        }
    free(text);
    run_end(&run);
    trial_remove(&trial);
}

CU_ErrorCode add_outcome_tests(void)
{
    CU_pSuite suite = CU_add_suite("outcome", NULL, NULL);

    if (!suite ||
        !CU_add_test(suite, "edits that changed nothing", test_inert) ||
        !CU_add_test(suite, "edits that are counted", test_counted) ||
        !CU_add_test(suite, "editors that did not edit", test_no_edit) ||
        !CU_add_test(suite, "many of them", test_many) ||
        !CU_add_test(suite, "disabled instances", test_disabled) ||
        !CU_add_test(suite, "plugins that printed", test_printed) ||
        !CU_add_test(suite, "a run that was cut short", test_incomplete) ||
        !CU_add_test(suite, "edits in sum", test_totals) ||
        !CU_add_test(suite, "the summary", test_summary))
        return CU_get_error();
    return CUE_SUCCESS;
}
