/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-trains.c - variants that travel together are, bit for bit, what each
 * is in a run of its own: families, points, places, lengths, trains of any
 * size, workers and teams. */
#include "tests.h"

#include "base/interrupt.h"
#include "base/mem.h"
#include "capture.h"
#include "experiment-fixture.h"
#include "golden-models.h"
#include "hooks/hook-points.h"
#include "results/table.h"

#include <cblas.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 5, CONTEXT = 24, VOCAB = 28 };

static const int lengths[N] = {7, 24, 3, 15, 9};

/* Where a variant edits; its name says so. */
struct edit {
    int point, layer;
    const char *positions;
};

enum { MOST_EDITS = 2 * TRANSECT_N_POINTS };

/* A model, what is heard of it, and its variants. */
struct journey {
    struct trial trial;
    char *observer;
    bool survey; /* which tells where to edit */
    struct edit edits[MOST_EDITS];
    int n;
    char *alone[MOST_EDITS]; /* what each has heard in a run of its own */
};

/* Samples may lack position 4, and have 0 nearly all of them last. */
static const char *const places[] = {"0", "-1", "2", "4", "-2", "1 -1", "*"};

static void set_samples(struct trial *trial)
{
    trial->samples = mem_new(1, sizeof *trial->samples);
    for (int i = 0; i < N; i++)
        samples_add(trial->samples, trial->tokens + i * CONTEXT, lengths[i]);
}

static char *variant_text(const struct journey *journey,
                          const struct edit *edit)
{
    char layers[32] = "";

    if (point_info(edit->point)->layered)
        snprintf(layers, sizeof layers, "bump.layers = %d\n", edit->layer);
    return mem_printf("[variant %s-%d]\nbump.points = %s\n%s"
                      "bump.positions = %s\n%s",
                      point_name(edit->point), edit->layer,
                      point_name(edit->point), layers, edit->positions,
                      journey->survey ? "bump.survey = yes\n" : "");
}

/* All that an edit's variant has heard and done, of the trial's last run. */
static char *heard(const struct trial *trial, const struct edit *edit)
{
    char name[64], *csv, *text;
    const struct edit_record *records;
    const struct variant_run *variant;
    size_t size, n;

    snprintf(name, sizeof name, "%s-%d", point_name(edit->point),
             edit->layer);
    table_csv(trial_table(trial, name, "hash", "hash"), NULL, &csv, &size);
    variant = trial_variant(trial, name);
    records = hooks_edit_records(variant->hooks, &n);
    text = mem_printf("%.*s", (int)size, csv);
    for (size_t i = 0; i < n; i++) {
        char *more = mem_printf("%s%lld %lld %a\n", text,
                                (long long)records[i].fired,
                                (long long)records[i].changed,
                                records[i].sum_squares);

        free(text);
        text = more;
    }
    free(csv);
    return text;
}

static void run_alone(struct journey *journey, int i)
{
    char *variant = variant_text(journey, &journey->edits[i]);
    char *text = mem_printf("[run]\nbaseline = no\nworkers = 0\n%s%s",
                            journey->observer, variant);

    set_samples(&journey->trial);
    if (trial_do(&journey->trial, text))
        journey->alone[i] = heard(&journey->trial, &journey->edits[i]);
    free(variant);
    free(text);
}

/* All variants in one run, in trains of so many rows. */
static void check(struct journey *journey, int rows, int workers, int threads)
{
    struct trial *trial = &journey->trial;
    int before = openblas_get_num_threads();
    char *text = mem_printf("[run]\nworkers = %d\n%s", workers,
                            journey->observer);

    for (int i = 0; i < journey->n; i++) {
        char *variant = variant_text(journey, &journey->edits[i]);
        char *more = mem_printf("%s%s", text, variant);

        free(variant);
        free(text);
        text = more;
    }
    openblas_set_num_threads(threads);
    trial->train_rows = rows;
    set_samples(trial);
    if (trial_do(trial, text))
        for (int i = 0; i < journey->n; i++) {
            char *got = heard(trial, &journey->edits[i]);

            if (strcmp(got, journey->alone[i]) != 0) {
                fprintf(stderr, "# %s: %s of layer %d at %s, %d rows\n",
                        trial->plan->model->files->path,
                        point_name(journey->edits[i].point),
                        journey->edits[i].layer, journey->edits[i].positions,
                        rows);
                CU_FAIL("a variant depends on those that travel with it");
            }
            free(got);
        }
    openblas_set_num_threads(before);
    free(text);
}

/* Every `step`th point that can be edited, from `from` on, in the first and
 * in the last layer. */
static void choose(struct journey *journey, const struct config *config,
                   int from, int step)
{
    const int n_places = sizeof places / sizeof *places;

    for (int point = from; point < TRANSECT_N_POINTS; point += step)
        for (int layer = 0; layer < config->n_layer;
             layer += config->n_layer - 1) {
            int i = journey->n;

            if (!capture_has(config, point) ||
                (layer && !point_info(point)->layered))
                break;
            journey->edits[journey->n++] = (struct edit){
                point, layer, places[(i + from) % n_places]};
        }
}

/* observed: positions of the observer. Were rows of the shared pass used in
 * the place of a fork's own? */
static bool travel(const char *dir, const char *observed, const char *points,
                   int from, int step, bool survey)
{
    const struct model_recipe recipe = {
        .layers = 3, .heads = 2, .width = 16, .context = CONTEXT,
        .vocab = VOCAB};
    struct journey journey = {.survey = survey};
    bool prefixes;

    if (!trial_make(&journey.trial, &recipe, N, CONTEXT))
        return false;
    journey.trial.other = dir;
    journey.trial.batch_tokens = 50;
    journey.observer = mem_printf("[plugin hash]\npoints = %s\n"
                                  "positions = %s\n", points, observed);
    CU_ASSERT_EQUAL_FATAL(trial_plan(&journey.trial, "[plugin null]\n"),
                          ST_OK);
    choose(&journey, &journey.trial.plan->model->config, from, step);
    for (int i = 0; i < journey.n; i++)
        run_alone(&journey, i);
    check(&journey, 0, 0, 1);
    check(&journey, 1, 0, 1);
    check(&journey, 130, 0, 3);
    check(&journey, 130, 1, 1);
    check(&journey, 90, 3, 1);
    prefixes = journey.trial.plan->prefixes;
    for (int i = 0; i < journey.n; i++)
        free(journey.alone[i]);
    free(journey.observer);
    trial_remove(&journey.trial);
    return prefixes;
}

/* Some rows of the stream and of what comes of it. */
static void travel_golden(const char *dir, void *user)
{
    static const char *const observed[] = {"-1", "3 -1", "5", "2 -2"};
    int *turn = user;

    travel(dir, observed[*turn % 4],
           *turn % 3 ? "resid_post attn_out q pattern logits" : "logits",
           *turn % 5, 5, false);
    ++*turn;
}

static void test_families(void)
{
    int turn = 0;

    golden_each(travel_golden, &turn);
}

static void test_points(void)
{
    static const char points[] = "resid_pre q v attn_scores pattern z "
                                 "head_out mlp_post resid_post logits";

    CU_ASSERT_FALSE(travel(NULL, "*", points, 0, 1, false));
    CU_ASSERT(travel(NULL, "-1", points, 0, 1, false));
    CU_ASSERT_FALSE(travel(NULL, "-1", "logits", 0, 1, true));
    CU_ASSERT(travel(NULL, "6 -1",
                     "resid_post pattern mlp_post\nreduced = yes", 0, 3,
                     false));
}

/* One of a train whose edit fails, or makes what is not finite, is named. */
static void expect_failure(const char *variants, const char *message)
{
    const struct model_recipe recipe = {
        .layers = 3, .heads = 2, .width = 16, .context = CONTEXT,
        .vocab = VOCAB};
    struct trial trial;

    for (int workers = 0; workers < 3; workers++) {
        char *text = mem_printf("[run]\nworkers = %d\n[plugin hash]\n"
                                "positions = -1\n%s", workers, variants);

        if (trial_make(&trial, &recipe, N, CONTEXT)) {
            CU_ASSERT_EQUAL_FATAL(trial_plan(&trial, text), ST_OK);
            CU_ASSERT_EQUAL(trial_run(&trial), ST_FAILED);
            if (!strstr(trial.err.text, message)) {
                fprintf(stderr, "# %s\n", trial.err.text);
                CU_FAIL("another failure");
            }
            trial_remove(&trial);
        }
        free(text);
    }
}

#define GOOD(name) "[variant " name "]\nbump.points = resid_pre\n" \
                   "bump.layers = 1\nbump.positions = 2\n"

static void test_failures(void)
{
    expect_failure(GOOD("a") "[variant b]\nbump.points = mlp_out\n"
                   "bump.layers = 1\nbump.fail = yes\n" GOOD("c"),
                   "variant b: plugin bump: ");
    expect_failure(GOOD("a") GOOD("b") "[variant c]\nbump.points = mlp_out\n"
                   "bump.layers = 1\nbump.nan = yes\nbump.positions = 5\n",
                   "variant c: hidden state of layer 1 is not finite: "
                   "sample 0, position 5, ");
}

/* One that fails and is switched off leaves the others what they are. */
static void test_disabled(void)
{
    static const struct edit edits[] = {
        {TRANSECT_RESID_PRE, 1, "2"}, {TRANSECT_MLP_OUT, 0, "*"}};
    const struct model_recipe recipe = {
        .layers = 3, .heads = 2, .width = 16, .context = CONTEXT,
        .vocab = VOCAB};
    struct journey journey = {
        .observer = "[plugin hash]\npositions = -1\n", .n = 2};
    char *text, *one, *other;

    if (!trial_make(&journey.trial, &recipe, N, CONTEXT))
        return;
    for (int i = 0; i < journey.n; i++) {
        journey.edits[i] = edits[i];
        run_alone(&journey, i);
    }
    one = variant_text(&journey, &edits[0]);
    other = variant_text(&journey, &edits[1]);
    text = mem_printf("[run]\nworkers = 0\n%s%s[variant fails]\n"
                      "bump.layers = 1\nbump.fail = yes\n"
                      "bump.on_error = disable\n%s", journey.observer, one,
                      other);
    set_samples(&journey.trial);
    if (trial_do(&journey.trial, text))
        for (int i = 0; i < journey.n; i++) {
            char *got = heard(&journey.trial, &edits[i]);

            CU_ASSERT_STRING_EQUAL(got, journey.alone[i]);
            free(got);
        }
    for (int i = 0; i < journey.n; i++)
        free(journey.alone[i]);
    free(one);
    free(other);
    free(text);
    trial_remove(&journey.trial);
}

/* A signal in an event ends a train, and is no failure. */
static int interrupt(void *state, const struct transect_event *event)
{
    int *events = state;

    (void)event;
    ++*events;
    interrupt_signal = SIGTERM;
    return TRANSECT_OK;
}

static void test_interrupted(void)
{
    const struct model_recipe recipe = {
        .layers = 3, .heads = 2, .width = 16, .context = CONTEXT,
        .vocab = VOCAB};
    static const int32_t layers[] = {1, 2};
    int events = 0;
    struct trial trial;
    struct error error = {0};
    struct hook_owner owner = {.id = "signal", .state = &events,
                               .error = &error};
    const struct transect_subscription sub = {
        .size = sizeof sub, .point = TRANSECT_RESID_POST, .layers = layers,
        .n_layers = 2, .on_event = interrupt};

    if (!trial_make(&trial, &recipe, N, CONTEXT))
        return;
    trial.train_rows = 1;
    CU_ASSERT_EQUAL_FATAL(trial_plan(&trial,
                                     "[run]\nworkers = 0\n[plugin hash]\n"
                                     GOOD("a") GOOD("b") GOOD("c")), ST_OK);
    for (const char *name = "abc"; *name; name++)
        hooks_add(trial_variant(&trial, (char[]){*name, 0})->hooks, &owner,
                  &sub);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, "interrupted"));
    CU_ASSERT_EQUAL(events, N);
    interrupt_signal = 0;
    trial_remove(&trial);
}

CU_ErrorCode add_trains_tests(void)
{
    CU_pSuite suite = CU_add_suite("trains", NULL, NULL);

    CU_add_test(suite, "families", test_families);
    CU_add_test(suite, "every point", test_points);
    CU_add_test(suite, "failures", test_failures);
    CU_add_test(suite, "one that is switched off", test_disabled);
    CU_add_test(suite, "interrupted", test_interrupted);
    return CU_get_error();
}
