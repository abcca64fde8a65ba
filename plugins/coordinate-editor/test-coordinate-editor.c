/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-coordinate-editor.c - what is found, and what becomes of the model
 * without it, against the float64 reference and plain definitions. */
#include "experiment-fixture.h"
#include "reference.h"
#include "unit/tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS = 4, WIDTH = 32, SAMPLES = 3, TOKENS = 20, TOP = 3 };

static const struct model_recipe recipe = {
    .layers = LAYERS, .heads = 2, .width = WIDTH, .seed = 64};

#define TOLERANCE 1e-5
#define V "[variant v]\n"
#define CE "coordinate-editor."

static bool start(struct trial *trial)
{
    return trial_make(trial, &recipe, SAMPLES, TOKENS);
}

/* resid_post of the unedited model, by the reference: means over samples. */
struct facts {
    double magnitude[LAYERS][TOKENS][WIDTH], value[LAYERS][TOKENS][WIDTH];
    double median[LAYERS];
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double lower_median(const double *x)
{
    double sorted[TOKENS * WIDTH];

    for (int i = 0; i < TOKENS * WIDTH; i++)
        sorted[i] = fabs(x[i]);
    qsort(sorted, TOKENS * WIDTH, sizeof *sorted, by_size);
    return sorted[(TOKENS * WIDTH - 1) / 2];
}

static void learn(const struct trial *trial, struct facts *facts)
{
    *facts = (struct facts){0};
    for (int s = 0; s < SAMPLES; s++) {
        struct reference *reference;
        int rows, cols;

        CU_ASSERT_EQUAL_FATAL(reference_run(trial->model,
                                            trial->tokens + s * TOKENS,
                                            TOKENS, &reference), 0);
        for (int l = 0; l < LAYERS; l++) {
            const double *x = reference_get(reference, TRANSECT_RESID_POST,
                                            l, 0, &rows, &cols);

            facts->median[l] += lower_median(x) / SAMPLES;
            for (int i = 0; i < TOKENS * WIDTH; i++) {
                facts->magnitude[l][i / WIDTH][i % WIDTH] +=
                    fabs(x[i]) / SAMPLES;
                facts->value[l][i / WIDTH][i % WIDTH] += x[i] / SAMPLES;
            }
        }
        reference_free(reference);
    }
}

static double ratio(const struct facts *facts, int l, int t, int j)
{
    return facts->magnitude[l][t][j] / facts->median[l];
}

/* By the rule of the manual; dim -1: of all dims. */
static int layer_of(const struct facts *facts, int dim)
{
    double most = 0;
    int t = 0, j = 0, l = 0;

    for (int i = 0; i < LAYERS * TOKENS * WIDTH; i++) {
        int at = i / (TOKENS * WIDTH), p = i / WIDTH % TOKENS;

        if (dim >= 0 && i % WIDTH != dim)
            continue;
        if (ratio(facts, at, p, i % WIDTH) > most) {
            most = ratio(facts, at, p, i % WIDTH);
            t = p;
            j = i % WIDTH;
        }
    }
    while (ratio(facts, l, t, j) < most / 2)
        l++;
    return l;
}

/* Place (t * WIDTH + j) of the largest magnitude of which there are only
 * `rank` larger ones. */
static int ranked(const struct facts *facts, int l, int rank)
{
    const double *x = facts->magnitude[l][0];

    for (int i = 0; i < TOKENS * WIDTH; i++) {
        int larger = 0;

        for (int j = 0; j < TOKENS * WIDTH; j++)
            larger += x[j] > x[i];
        if (larger == rank)
            return i;
    }
    return -1;
}

/* What a table says of the n coordinates at `places` in layer l. */
static void check_table(const struct trial *trial, const struct facts *facts,
                        int l, const int *places, int n)
{
    const struct transect_table *table =
        trial_table(trial, "v", "coordinate-editor", "coordinates");

    CU_ASSERT_EQUAL_FATAL(table_rows(table), (size_t)n);
    for (int i = 0; i < n; i++) {
        int t = places[i] / WIDTH, j = places[i] % WIDTH;
        double magnitude = facts->magnitude[l][t][j];
        size_t row = (size_t)i;

        CU_ASSERT_EQUAL(trial_number(table, row, "layer"), l);
        CU_ASSERT_EQUAL(trial_number(table, row, "position"), t);
        CU_ASSERT_EQUAL(trial_number(table, row, "dim"), j);
        CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "mean"),
                               facts->value[l][t][j], TOLERANCE * magnitude);
        CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "magnitude"),
                               magnitude, TOLERANCE * magnitude);
        CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "ratio"),
                               ratio(facts, l, t, j),
                               TOLERANCE * ratio(facts, l, t, j));
    }
}

static void test_auto(void)
{
    struct facts facts;
    struct trial trial;
    int places[TOP], l;

    if (!start(&trial))
        return;
    learn(&trial, &facts);
    l = layer_of(&facts, -1);
    CU_ASSERT(l > 0); /* or the rule would not be tested */
    for (int i = 0; i < TOP; i++)
        places[i] = ranked(&facts, l, i);
    if (trial_do(&trial, V CE "top = 3\n"))
        check_table(&trial, &facts, l, places, TOP);
    for (int i = 0; i < TOP; i++)
        places[i] = ranked(&facts, 0, i);
    if (trial_do(&trial, V CE "top = 3\n" CE "layers = 0\n"))
        check_table(&trial, &facts, 0, places, TOP);
    trial_remove(&trial);
}

/* The layer of a list is that of its own coordinates. */
static void test_layer_of_list(void)
{
    struct facts facts;
    struct trial trial;
    int other = 0;

    if (!start(&trial))
        return;
    learn(&trial, &facts);
    while (other < WIDTH && layer_of(&facts, other) == layer_of(&facts, -1))
        other++;
    CU_ASSERT_FATAL(other < WIDTH);
    for (int dim = 0; dim <= other; dim += other ? other : 1) {
        char text[80];

        snprintf(text, sizeof text, V CE "coordinates = *:%d\n", dim);
        if (trial_do(&trial, text))
            CU_ASSERT_EQUAL(
                trial_number(trial_table(&trial, "v", "coordinate-editor",
                                         "coordinates"), 0, "layer"),
                layer_of(&facts, dim));
    }
    trial_remove(&trial);
}

/* At the positions of those that auto finds, each nearest to the median. */
static void test_control(void)
{
    struct facts facts;
    struct trial trial;
    bool taken[TOKENS * WIDTH] = {false};
    int places[TOP], l;

    if (!start(&trial))
        return;
    learn(&trial, &facts);
    l = layer_of(&facts, -1);
    for (int i = 0; i < TOP; i++)
        taken[places[i] = ranked(&facts, l, i)] = true;
    for (int i = 0; i < TOP; i++) {
        int t = places[i] / WIDTH, best = -1;

        for (int j = 0; j < WIDTH; j++) {
            const double *row = facts.magnitude[l][t];

            if (!taken[t * WIDTH + j] &&
                (best < 0 || fabs(row[j] - facts.median[l]) <
                                 fabs(row[best] - facts.median[l])))
                best = j;
        }
        places[i] = t * WIDTH + best;
        taken[places[i]] = true;
    }
    if (trial_do(&trial, V CE "coordinates = control\n" CE "top = 3\n"))
        check_table(&trial, &facts, l, places, TOP);
    trial_remove(&trial);
}

/* The edit of the reference: these coordinates of this layer. */
struct plan_b {
    int layer, n;
    int places[8];
    double values[8];
};

static void edit_reference(void *user, int layer, double *resid)
{
    const struct plan_b *plan = user;

    for (int i = 0; i < plan->n && layer == plan->layer; i++)
        resid[plan->places[i]] = plan->values[i];
}

/* Hidden states of all layers, and the logits, as the reference has them with
 * the same edit; and not without. */
static void check_run(struct trial *trial, const char *sections, int point,
                      struct plan_b *plan)
{
    struct watch watch;
    bool changed = false;

    if (trial_watch(trial, sections, "v", point, &watch))
        for (int s = 0; s < SAMPLES; s++)
            for (int l = 0; l < watch.n_layer; l++) {
                const float *got = watch_at(&watch, s, l, 0);
                const int32_t *tokens = trial->tokens + s * TOKENS;
                struct reference *edited, *plain;
                int n, cols;

                reference_run_edited(trial->model, tokens, TOKENS,
                                     edit_reference, plan, &edited);
                reference_run(trial->model, tokens, TOKENS, &plain);
                CU_ASSERT(row_error(got, reference_get(edited, point, l, 0,
                                                       &n, &cols),
                                    TOKENS, watch.cols) <= TOLERANCE);
                changed |= row_error(got, reference_get(plain, point, l, 0,
                                                        &n, &cols),
                                     TOKENS, watch.cols) > 1e-3;
                reference_free(edited);
                reference_free(plain);
            }
    CU_ASSERT(changed);
    watch_end(&watch);
}

static void test_values(void)
{
    struct facts facts;
    struct trial trial;
    struct plan_b zero = {.layer = 1, .n = 2, .places = {3, 7 * WIDTH + 31}};
    struct plan_b number = zero, mean = {.n = TOP};

    if (!start(&trial))
        return;
    learn(&trial, &facts);
    check_run(&trial, V CE "layers = 1\n" CE "coordinates = 0:3, 7:31 0:3\n",
              TRANSECT_RESID_POST, &zero);
    number.values[0] = number.values[1] = -12.5;
    check_run(&trial, V CE "layers = 1\n" CE "coordinates = 0:3 7:31\n"
              CE "value = -1.25e1\n", TRANSECT_LOGITS, &number);
    mean.layer = layer_of(&facts, -1);
    for (int i = 0; i < TOP; i++) {
        int place = ranked(&facts, mean.layer, i);

        mean.places[i] = place;
        mean.values[i] =
            facts.value[mean.layer][place / WIDTH][place % WIDTH];
    }
    check_run(&trial, V CE "top = 3\n" CE "value = mean\n",
              TRANSECT_RESID_POST, &mean);
    trial_remove(&trial);
}

/* Nothing but the coordinates changes where the edit is made. */
static void check_only(struct trial *trial, const char *sections, int point,
                       int layer, int dim)
{
    struct watch after, before = {0};

    if (trial_watch(trial, sections, "v", point, &after) &&
        trial_watch(trial, "", "baseline", point, &before))
        for (int i = 0; i < SAMPLES * TOKENS * WIDTH; i++)
            CU_ASSERT_EQUAL(watch_at(&after, 0, layer, 0)[i],
                            i % WIDTH == dim
                                ? 4
                                : watch_at(&before, 0, layer, 0)[i]);
    watch_end(&before);
    watch_end(&after);
}

static void test_points(void)
{
    struct trial trial;

    if (!start(&trial))
        return;
    check_only(&trial, V CE "coordinates = *:9\n" CE "layers = 2\n"
               CE "point = mlp_out\n" CE "value = 4\n", TRANSECT_MLP_OUT, 2,
               9);
    check_only(&trial, V CE "coordinates = *:0\n" CE "point = embed\n"
               CE "value = 4\n", TRANSECT_EMBED, 0, 0);
    check_only(&trial, V CE "coordinates = *:31\n" CE "point = ln_final\n"
               CE "value = 4\n", TRANSECT_LN_FINAL, 0, 31);
    if (trial_do(&trial, V CE "point = pos_embed\n"))
        CU_ASSERT_EQUAL(
            trial_number(trial_table(&trial, "v", "coordinate-editor",
                                     "coordinates"), 0, "layer"), -1);
    trial_remove(&trial);
}

/* The last editor of the file decides, also if it is the one that subscribed
 * first. */
static void test_order(void)
{
    static const char one[] =
        V CE "coordinates = 2:5\n" CE "layers = 1\n" CE "value = mean\n"
        "coordinate-editor:b.coordinates = 2:5\n"
        "coordinate-editor:b.layers = 1\ncoordinate-editor:b.value = 4\n";
    static const char other[] =
        V "coordinate-editor:b.coordinates = 2:5\n"
        "coordinate-editor:b.layers = 1\ncoordinate-editor:b.value = 4\n"
        CE "coordinates = 2:5\n" CE "layers = 1\n" CE "value = mean\n";
    struct watch watch;
    struct facts facts;
    struct trial trial;

    if (!start(&trial))
        return;
    learn(&trial, &facts);
    if (trial_watch(&trial, one, "v", TRANSECT_RESID_POST, &watch))
        CU_ASSERT_EQUAL(watch_at(&watch, 1, 1, 0)[2 * WIDTH + 5], 4);
    watch_end(&watch);
    if (trial_watch(&trial, other, "v", TRANSECT_RESID_POST, &watch))
        CU_ASSERT_DOUBLE_EQUAL(watch_at(&watch, 1, 1, 0)[2 * WIDTH + 5],
                               facts.value[1][2][5], 1e-5);
    watch_end(&watch);
    trial_remove(&trial);
}

static int count_event(void *state, const struct transect_event *event)
{
    (void)event;
    ++*(int *)state;
    return TRANSECT_OK;
}

/* Three variants ask, and a fourth does not. */
static void test_one_pass(void)
{
    static const char sections[] =
        "[variant a]\n" CE "value = mean\n"
        "[variant b]\n" CE "top = 2\n" CE "value = 1\n"
        "[variant c]\n" CE "layers = *\n"
        "[variant d]\n" CE "coordinates = 0:0\n" CE "layers = 1\n";
    int n = 0;
    struct error error = {0};
    struct hook_owner owner = {.id = "count", .state = &n, .error = &error};
    struct transect_subscription sub = {.size = sizeof sub,
                                        .point = TRANSECT_LN_FINAL,
                                        .on_event = count_event};
    struct trial trial;

    if (!start(&trial))
        return;
    CU_ASSERT_EQUAL_FATAL(trial_plan(&trial, sections), ST_OK);
    CU_ASSERT_TRUE(plan_has_survey(trial.plan));
    hooks_add(trial.plan->survey, &owner, &sub);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    CU_ASSERT_EQUAL(n, SAMPLES);
    CU_ASSERT_EQUAL(table_rows(trial_table(&trial, "c", "coordinate-editor",
                                           "coordinates")), LAYERS);
    n = 0;
    CU_ASSERT_EQUAL_FATAL(trial_plan(&trial, V CE "coordinates = 0:0\n"
                                     CE "layers = 1\n"), ST_OK);
    CU_ASSERT_FALSE(plan_has_survey(trial.plan));
    hooks_add(trial.plan->survey, &owner, &sub);
    CU_ASSERT_EQUAL(trial_run(&trial), ST_OK);
    CU_ASSERT_EQUAL(n, 0);
    trial_remove(&trial);
}

static void test_mistakes(void)
{
    static const char *const cases[][2] = {
        {CE "coordinates = 0-4:3\n", "'0-4:3' is not POSITION:DIM"},
        {CE "coordinates = 0:3:1\n", "'0:3:1' is not POSITION:DIM"},
        {CE "coordinates = 0:1 all\n", "'all' is not POSITION:DIM"},
        {CE "coordinates = 3:\n", "'3:' is not POSITION:DIM"},
        {CE "coordinates = -1:3\n", "'-1:3' is not POSITION:DIM"},
        {CE "coordinates = ,\n", "nothing is listed"},
        {CE "coordinates = 1:1 20:3\n", "'20:3' is beyond the samples, which "
                                        "have the positions 0-19"},
        {CE "coordinates = *:32\n", "'*:32' is beyond the model, which has "
                                    "the dims 0-31"},
        {CE "coordinates = 0:99999999999999999999\n", "is beyond the model"},
        {CE "value = nil\n", "'nil' is neither zero nor mean nor a number"},
        {CE "value = 1e99\n", "'1e99' is neither"},
        {CE "value = inf\n", "'inf' is neither"},
        {CE "value = 0x10\n", "'0x10' is neither"},
        {CE "point = embed\n" CE "layers = 0\n", "embed is in no layer"},
        {CE "top = 33\n", "the model has only 32 dims"},
    };
    struct trial trial;

    if (!start(&trial))
        return;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];

        snprintf(text, sizeof text, V "%s", cases[i][0]);
        CU_ASSERT_EQUAL(trial_plan(&trial, text), ST_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, cases[i][1]));
        CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, "experiment.ini:"));
    }
    trial_remove(&trial);
}

CU_ErrorCode add_coordinate_editor_tests(void)
{
    CU_pSuite suite = CU_add_suite("coordinate-editor", NULL, NULL);

    CU_add_test(suite, "auto, by its definition", test_auto);
    CU_add_test(suite, "the layer of a list", test_layer_of_list);
    CU_add_test(suite, "control, by its definition", test_control);
    CU_add_test(suite, "values, against the reference", test_values);
    CU_add_test(suite, "points", test_points);
    CU_add_test(suite, "the order of editors", test_order);
    CU_add_test(suite, "one pass for all surveys", test_one_pass);
    CU_add_test(suite, "mistakes", test_mistakes);
    return CU_get_error();
}
