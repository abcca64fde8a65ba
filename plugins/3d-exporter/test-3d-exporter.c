/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-3d-exporter.c - the tables of whole runs against what a hook point
 * shows and against the float64 reference; figures and meshes against the
 * tables. */
#include "surface.h"

#include "experiment-fixture.h"
#include "base/mem.h"
#include "reference.h"
#include "unit/tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct model_recipe recipe = {
    .layers = 3, .heads = 2, .width = 32, .seed = 61};
enum { WIDTH = 32 };

static const struct transect_table *surface_of(const struct trial *trial,
                                               const char *variant,
                                               const char *name)
{
    return trial_table(trial, variant, "3d-exporter", name);
}

/* Rows from position `first` on, with these dims in each, of the point in the
 * reference; tolerance relative to the norm of the token's vector. */
static void check_site(const struct trial *trial, const char *name,
                       const double *want, int first, int n_rows,
                       const int *dims, int n_dims)
{
    const struct transect_table *table = surface_of(trial, "baseline", name);
    size_t row = 0;

    CU_ASSERT_EQUAL_FATAL(table_rows(table), (size_t)(n_rows * n_dims));
    for (int t = first; t < first + n_rows; t++) {
        double norm = 0;

        for (int d = 0; d < WIDTH; d++)
            norm = hypot(norm, want[t * WIDTH + d]);
        for (int i = 0; i < n_dims; i++, row++) {
            CU_ASSERT_EQUAL(trial_number(table, row, "pos"), t);
            CU_ASSERT_EQUAL(trial_number(table, row, "dim"), dims[i]);
            CU_ASSERT_DOUBLE_EQUAL(trial_number(table, row, "magnitude"),
                                   fabs(want[t * WIDTH + dims[i]]),
                                   1e-5 * norm);
        }
    }
}

/* Every kind of point; of several samples one in the middle. */
static void test_points(void)
{
    static const struct {
        const char *name;
        int point, layer;
    } sites[] = {
        {"surface-embed", TRANSECT_EMBED, 0},
        {"surface-mlp_out-L0", TRANSECT_MLP_OUT, 0},
        {"surface-mlp_out-L2", TRANSECT_MLP_OUT, 2},
        {"surface-L0", TRANSECT_RESID_POST, 0},
        {"surface-L2", TRANSECT_RESID_POST, 2},
        {"surface-ln_final", TRANSECT_LN_FINAL, 0},
    };
    static const int dims[] = {3, 7, 8, 9};
    struct reference *reference;
    struct trial trial;
    int rows, cols;

    if (!trial_make(&trial, &recipe, 3, 12))
        return;
    if (trial_do(&trial, "[plugin 3d-exporter]\nlayers = 0 2\nsample = 1\n"
                         "point = resid_post mlp_out embed ln_final\n"
                         "dims = 7-9 3\nfirst = 2\ncount = 7\n") &&
        reference_run(trial.model, trial.tokens + 12, 12, &reference) == 0) {
        const struct transect_ctx *instance =
            trial_instance(&trial, "baseline", "3d-exporter");

        CU_ASSERT_EQUAL(instance->own.n_tables, 6);
        CU_ASSERT_EQUAL(instance->own.n_figures, 6);
        CU_ASSERT_EQUAL(instance->own.n_files, 6);
        for (size_t i = 0; i < sizeof sites / sizeof *sites; i++)
            check_site(&trial, sites[i].name,
                       reference_get(reference, sites[i].point,
                                     sites[i].layer, 0, &rows, &cols),
                       2, 7, dims, 4);
        reference_free(reference);
    }
    trial_remove(&trial);
}

/* The largest magnitude of dim d at the positions `first` and later. */
static float column_max(const float *state, int first, int n_token, int d)
{
    float largest = 0;

    for (int t = first; t < n_token; t++)
        largest = fmaxf(largest, fabsf(state[t * WIDTH + d]));
    return largest;
}

/* Is d among the `top` dims of the largest magnitudes? By counting those that
 * are before it. */
static bool among(const float *state, int first, int n_token, int d, int top)
{
    float own = column_max(state, first, n_token, d);
    int before = 0;

    for (int i = 0; i < WIDTH; i++) {
        float other = column_max(state, first, n_token, i);

        before += other > own || (other == own && i < d);
    }
    return before < top;
}

/* To the last bit what the hook point showed. */
static void check_auto(const struct trial *trial, const float *state,
                       int first, int n_token, int top)
{
    const struct transect_table *table = surface_of(trial, "baseline",
                                                    "surface-L1");
    size_t row = 0;

    for (int t = first; t < n_token; t++)
        for (int d = 0; d < WIDTH; d++) {
            if (!among(state, first, n_token, d, top))
                continue;
            CU_ASSERT_EQUAL(trial_number(table, row, "pos"), t);
            CU_ASSERT_EQUAL(trial_number(table, row, "dim"), d);
            CU_ASSERT_EQUAL((float)trial_number(table, row, "magnitude"),
                            fabsf(state[t * WIDTH + d]));
            row++;
        }
    CU_ASSERT_EQUAL(table_rows(table), row);
}

static void check_choice(const char *sections, int sample, int first,
                         int top)
{
    struct watch watch;
    struct trial trial;

    if (!trial_make(&trial, &recipe, 2, 15))
        return;
    if (trial_watch(&trial, sections, "baseline", TRANSECT_RESID_POST,
                    &watch))
        check_auto(&trial, watch_at(&watch, sample, 1, 0), first, 15, top);
    watch_end(&watch);
    trial_remove(&trial);
}

static void test_auto(void)
{
    check_choice("[plugin 3d-exporter]\n", 0, 0, 10);
    check_choice("[plugin 3d-exporter]\nlayers = 1\ntop = 4\nsample = 1\n"
                 "first = 3\n", 1, 3, 4);
    check_choice("[plugin 3d-exporter]\ntop = 4000\n", 0, 0, WIDTH);
    check_choice("[plugin 3d-exporter]\ntop = 1\nfirst = 14\n", 0, 14, 1);
}

/* Of dims with equal largest magnitudes the lower ones are shown. */
static void test_ties(void)
{
    float magnitude[] = {1, 2, 0, 3, 2,
                         3, 0, 2, 1, 0};
    struct transect_ctx *ctx = mem_new(1, sizeof *ctx);
    struct surface self = {.ctx = ctx, .host = &host_table,
                           .auto_dims = true, .n_cols = 5, .n_rows = 2};
    struct site site = {.magnitude = magnitude};

    for (self.n_shown = 1; self.n_shown <= 5; self.n_shown++) {
        static const size_t want[5][5] = {
            {0}, {0, 3}, {0, 1, 3}, {0, 1, 2, 3}, {0, 1, 2, 3, 4}};

        site_choose(&self, &site, &site);
        for (size_t i = 0; i < self.n_shown; i++)
            CU_ASSERT_EQUAL(site.shown[i], want[self.n_shown - 1][i]);
        CU_ASSERT_EQUAL(site_shows(&self, &site, 4), self.n_shown == 5);
        CU_ASSERT_EQUAL(site_tallest(&self, &site), 3);
    }
    instance_free(ctx);
}

static const struct figure *figure_of(const struct transect_ctx *instance,
                                      const char *name)
{
    for (size_t i = 0; i < instance->own.n_figures; i++)
        if (strcmp(instance->own.figures[i]->name, name) == 0)
            return instance->own.figures[i];
    CU_FAIL("no such figure");
    return NULL;
}

/* Panels have dims as rows and tokens as columns, tables the reverse. */
static void check_figures(const struct trial *trial, int n_token, int n_dims)
{
    const struct transect_ctx *instance = trial_instance(trial, "off",
                                                         "3d-exporter");
    const struct figure *both = figure_of(instance, "surface-L1");
    const struct figure *change = figure_of(instance, "change-L1");
    const struct transect_table *before, *after;
    double largest = 0;

    before = surface_of(trial, "baseline", "surface-L1");
    after = surface_of(trial, "off", "surface-L1");
    CU_ASSERT_EQUAL_FATAL(both->n_panels, 2);
    CU_ASSERT_EQUAL_FATAL(change->n_panels, 2);
    for (int d = 0; d < n_dims; d++) {
        double total = 0;

        for (int t = 0; t < n_token; t++) {
            size_t row = (size_t)(t * n_dims + d);
            size_t at = (size_t)(d * n_token + t);
            double x = trial_number(before, row, "magnitude");
            double y = trial_number(after, row, "magnitude");

            CU_ASSERT_EQUAL(both->panels[0].values[at], x);
            CU_ASSERT_EQUAL(both->panels[1].values[at], y);
            CU_ASSERT_EQUAL(change->panels[0].values[at], y - x);
            total += fabs(y - x);
            largest = fmax(largest, fmax(x, y));
        }
        CU_ASSERT_EQUAL(change->panels[1].series->y[d], total);
    }
    for (int i = 0; i < 2; i++) { /* one axis */
        CU_ASSERT_EQUAL(both->panels[i].kind, TRANSECT_BARS3D);
        CU_ASSERT_EQUAL(both->panels[i].low, 0);
        CU_ASSERT_EQUAL(both->panels[i].high, largest);
    }
}

static void check_comparison(const struct trial *trial, int n_token,
                             int n_dims)
{
    const struct transect_ctx *instance = trial_instance(trial, "baseline",
                                                         "3d-exporter");
    const struct transect_table *before, *after, *table;

    CU_ASSERT_EQUAL_FATAL(instance->comparison.n_tables, 1);
    table = instance->comparison.tables[0];
    before = surface_of(trial, "baseline", "surface-L1");
    after = surface_of(trial, "off", "surface-L1");
    CU_ASSERT_EQUAL_FATAL(table_rows(table), (size_t)(2 * n_dims));
    for (int d = 0; d < n_dims; d++) {
        size_t at = (size_t)(n_dims + d); /* behind those of layer 0 */
        double total = 0, largest = 0;

        for (int t = 0; t < n_token; t++) {
            size_t row = (size_t)(t * n_dims + d);
            double change = trial_number(after, row, "magnitude") -
                            trial_number(before, row, "magnitude");

            total += fabs(change);
            largest = fabs(change) > fabs(largest) ? change : largest;
        }
        CU_ASSERT_STRING_EQUAL(trial_text(table, at, "variant"), "off");
        CU_ASSERT_STRING_EQUAL(trial_text(table, at, "point"), "resid_post");
        CU_ASSERT_EQUAL(trial_number(table, at, "layer"), 1);
        CU_ASSERT_EQUAL(trial_number(table, at, "dim"),
                        trial_number(before, (size_t)d, "dim"));
        CU_ASSERT_EQUAL(trial_number(table, at, "total_change"), total);
        CU_ASSERT_EQUAL(trial_number(table, at, "largest_change"), largest);
        CU_ASSERT_EQUAL(trial_number(table, (size_t)d, "total_change"), 0);
    }
}

/* A variant shows the baseline's dims. Layer 0 is before the edit. */
static void test_variant(void)
{
    const struct transect_ctx *instance;
    struct trial trial;

    if (!trial_make(&trial, &recipe, 2, 9))
        return;
    if (trial_do(&trial, "[plugin 3d-exporter]\nlayers = 0 1\ntop = 5\n"
                         "[plugin 3d-exporter:early]\nlayers = 0\n"
                         "[variant off]\npruner.mlps = 1\n")) {
        check_figures(&trial, 9, 5);
        check_comparison(&trial, 9, 5);
        instance = trial_instance(&trial, "off", "3d-exporter");
        CU_ASSERT_EQUAL_FATAL(instance->own.n_sayings, 2);
        CU_ASSERT_PTR_NOT_NULL(strstr(instance->own.sayings[0],
                                      "largest magnitude"));
        CU_ASSERT_PTR_NOT_NULL(strstr(instance->own.sayings[1],
                                      "resid_post of layer 1, position"));
        instance = trial_instance(&trial, "off", "3d-exporter:early");
        CU_ASSERT_PTR_NOT_NULL(strstr(instance->own.sayings[1],
                                      "no magnitude is changed"));
    }
    trial_remove(&trial);
}

/* Variants have dims of their own then, and nothing to be compared with. */
static void test_no_baseline(void)
{
    const struct transect_ctx *instance;
    struct trial trial;

    if (!trial_make(&trial, &recipe, 2, 9))
        return;
    if (trial_do(&trial, "[run]\nbaseline = no\n[plugin 3d-exporter]\n"
                         "[variant off]\npruner.mlps = 1\n"
                         "[variant head]\npruner.heads = L1H0\n")) {
        instance = trial_instance(&trial, "off", "3d-exporter");
        CU_ASSERT_EQUAL(instance->comparison.n_tables, 0);
        CU_ASSERT_EQUAL(instance->own.n_sayings, 1);
    }
    trial_remove(&trial);
}

/* What is found is the largest of all dims, shown or not. */
static void test_findings(void)
{
    const struct transect_ctx *instance;
    const float *state;
    struct watch watch;
    struct trial trial;
    char want[128];
    int best = 0;

    if (!trial_make(&trial, &recipe, 1, 9))
        return;
    if (trial_watch(&trial, "[plugin 3d-exporter]\nlayers = 2\n",
                    "baseline", TRANSECT_RESID_POST, &watch)) {
        state = watch_at(&watch, 0, 2, 0);
        for (int i = 1; i < 9 * WIDTH; i++)
            if (fabsf(state[i]) > fabsf(state[best]))
                best = i;
        snprintf(want, sizeof want, "largest magnitude %.5g: resid_post of "
                                    "layer 2, position %d (#%d), dim %d",
                 (double)fabsf(state[best]), best / WIDTH,
                 (int)trial.tokens[best / WIDTH], best % WIDTH);
        instance = trial_instance(&trial, "baseline", "3d-exporter");
        CU_ASSERT_EQUAL_FATAL(instance->own.n_sayings, 1);
        CU_ASSERT_STRING_EQUAL(instance->own.sayings[0], want);
        snprintf(want, sizeof want, "#%d", (int)trial.tokens[0]);
        CU_ASSERT_STRING_EQUAL(
            trial_text(surface_of(&trial, "baseline", "surface-L2"), 0,
                       "token"), want);
    }
    watch_end(&watch);
    trial_remove(&trial);
}

/* More bars than can be told apart are drawn as a map. */
static void test_many(void)
{
    static const struct model_recipe wide = {
        .layers = 1, .heads = 2, .width = 64, .context = 64, .seed = 62};
    const struct figure *figure;
    struct trial trial;

    if (!trial_make(&trial, &wide, 1, 60))
        return;
    if (trial_do(&trial, "[plugin 3d-exporter]\ndims = 0-63\n")) {
        figure = figure_of(trial_instance(&trial, "baseline",
                                          "3d-exporter"), "surface-L0");
        CU_ASSERT_EQUAL(figure->panels[0].kind, TRANSECT_HEATMAP);
        CU_ASSERT_EQUAL(figure->panels[0].rows, 64);
        CU_ASSERT_EQUAL(figure->panels[0].cols, 60);
    }
    trial_remove(&trial);
}

static void test_mistakes(void)
{
    static const struct {
        const char *settings, *error;
    } cases[] = {
        {"point = q", "point = q names a hook point"},
        {"point = resid_post mlp_pre", "shape T x D"},
        {"sample = 2", "samples 0 to 1"},
        {"first = 9", "positions 0 to 8"},
        {"first = 2\ncount = 8", "positions 2 to 9 are not all there"},
    };
    struct trial trial;

    if (!trial_make(&trial, &recipe, 2, 9))
        return;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *sections = mem_printf("[plugin 3d-exporter]\n%s\n",
                                    cases[i].settings);

        CU_ASSERT_EQUAL(trial_plan(&trial, sections), ST_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, cases[i].error));
        free(sections);
    }
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin 3d-exporter]\nfirst = 2\n"
                                       "count = 7\n"), ST_OK);
    trial_remove(&trial);
}

/* 3200 positions by 32 dims. */
static void test_too_many(void)
{
    static const struct model_recipe long_context = {
        .layers = 1, .heads = 2, .width = 32, .context = 3200, .seed = 63};
    struct trial trial;

    if (!trial_make(&trial, &long_context, 1, 3200))
        return;
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin 3d-exporter]\n"
                                       "dims = 0-31\n"), ST_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(trial.err.text, "3200 positions by 32 "
                                                  "dims are too many"));
    CU_ASSERT_EQUAL(trial_plan(&trial, "[plugin 3d-exporter]\n"
                                       "dims = 0-30\n"), ST_OK);
    trial_remove(&trial);
}

/* A variant's mesh has the baseline's unit. */
static void test_mesh_of_run(void)
{
    const struct transect_ctx *instance[2];
    const char *line[2];
    struct trial trial;

    if (!trial_make(&trial, &recipe, 1, 7))
        return;
    if (trial_do(&trial, "[plugin 3d-exporter]\nlayers = 2\ntop = 3\n"
                         "[variant off]\npruner.mlps = *\n")) {
        for (int i = 0; i < 2; i++) {
            const struct plugin_output_file *file;

            instance[i] = trial_instance(&trial, i ? "off" : "baseline",
                                         "3d-exporter");
            CU_ASSERT_EQUAL_FATAL(instance[i]->own.n_files, 1);
            file = &instance[i]->own.files[0];
            CU_ASSERT_STRING_EQUAL(file->name, "surface-L2.ply");
            line[i] = memmem(file->bytes, file->size, "comment x: ", 11);
            CU_ASSERT_PTR_NOT_NULL_FATAL(line[i]);
            CU_ASSERT_PTR_NOT_NULL(memmem(file->bytes, file->size,
                                          "element vertex 168\n", 19));
        }
        CU_ASSERT_EQUAL(strcspn(line[0], "\n"), strcspn(line[1], "\n"));
        CU_ASSERT_EQUAL(strncmp(line[0], line[1], strcspn(line[0], "\n")),
                        0);
    }
    trial_remove(&trial);
}

CU_ErrorCode add_surface_tests(void)
{
    static CU_TestInfo tests[] = {
        {"points against the reference", test_points},
        {"dims of the largest magnitudes", test_auto},
        {"of equal dims the lower", test_ties},
        {"a variant against the baseline", test_variant},
        {"variants without a baseline", test_no_baseline},
        {"the largest is found", test_findings},
        {"many bars become a map", test_many},
        {"mistakes", test_mistakes},
        {"too many bars", test_too_many},
        {"meshes of variants have one unit", test_mesh_of_run},
        CU_TEST_INFO_NULL,
    };
    CU_pSuite suite = CU_add_suite("3d-exporter", NULL, NULL);

    for (CU_TestInfo *test = tests; suite && test->pName; test++)
        CU_add_test(suite, test->pName, test->pTestFunc);
    return CU_get_error();
}
