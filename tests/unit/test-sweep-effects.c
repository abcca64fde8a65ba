/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-sweep-effects.c - the number that a sweep's variant gets for a metric:
 * the change that is largest in size, where it is, and which variants come
 * first; of tables made by hand. */
#include "tests.h"

#include "base/mem.h"
#include "figure/figure.h"
#include "run/sweep-effects.h"

#include <math.h>
#include <stdlib.h>

enum { SWEPT = 5, VARIANTS = 1 + SWEPT };

/* A baseline and a sweep over one option, each variant with an editor and an
 * observer, the baseline with the observer alone. */
struct fake {
    struct plan plan;
    struct experiment experiment;
    struct sweep sweep;
    struct sweep_axis axis;
    struct sweep_value values[SWEPT];
    struct variant sections[SWEPT];
    struct variant_run variants[VARIANTS];
    struct transect_ctx editors[VARIANTS], observers[VARIANTS];
    struct transect_ctx *instances[VARIANTS][2];
    struct transect_table *tables[VARIANTS];
    struct effect *effects;
    size_t n;
};

static const char *const names[VARIANTS] = {"baseline", "s-0", "s-1", "s-2",
                                            "s-3", "s-4"};

static void make_variant(struct fake *fake, size_t i)
{
    struct variant_run *variant = &fake->variants[i];
    size_t n_edits = i ? 1 : 0;

    fake->editors[i].owner.id = "editor";
    fake->observers[i].owner.id = "watcher:one";
    fake->observers[i].own.tables = &fake->tables[i];
    fake->observers[i].own.n_tables = 1;
    fake->instances[i][0] = &fake->editors[i];
    fake->instances[i][n_edits] = &fake->observers[i];
    *variant = (struct variant_run){
        .name = names[i],
        .section = i ? &fake->sections[i - 1] : NULL,
        .instances = fake->instances[i],
        .n_instances = n_edits + 1,
        .n_edits = n_edits,
    };
}

static void make(struct fake *fake)
{
    *fake = (struct fake){
        .sweep = {.section.name = (char *)"s", .n_axes = 1, .n = SWEPT},
        .axis = {.key = (char *)"editor.by", .n = SWEPT},
    };
    fake->sweep.axes = &fake->axis;
    fake->axis.values = fake->values;
    for (size_t i = 0; i < SWEPT; i++) {
        fake->values[i].name = fake->values[i].text = (char *)names[i + 1];
        fake->sections[i] = (struct variant){.sweep = &fake->sweep,
                                             .number = i};
    }
    fake->experiment = (struct experiment){
        .baseline = true, .sweeps = &fake->sweep, .n_sweeps = 1};
    fake->plan = (struct plan){.experiment = &fake->experiment,
                               .variants = fake->variants,
                               .n_variants = VARIANTS};
    for (size_t i = 0; i < VARIANTS; i++)
        make_variant(fake, i);
}

static void make_effects(struct fake *fake)
{
    effects_make(&fake->plan, &fake->effects, &fake->n);
}

static void end(struct fake *fake)
{
    effects_free(fake->effects, fake->n);
    for (size_t i = 0; i < VARIANTS; i++)
        table_free(fake->tables[i]);
}

enum { ROWS = 2 };

/* Two keys, and two metrics around what is neither. */
static const struct transect_column by_head[] = {
    {"loss/token", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
    {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY},
    {"part", TRANSECT_COL_TEXT, TRANSECT_COL_KEY},
    {"note", TRANSECT_COL_REAL, TRANSECT_COL_INFO},
    {"count", TRANSECT_COL_INT, TRANSECT_COL_METRIC},
};

/* Rows of layer 3, part a and layer 4, part b. */
static void fill_heads(struct fake *fake,
                       const double losses[VARIANTS][ROWS],
                       const int counts[VARIANTS][ROWS])
{
    static const char *const parts[ROWS] = {"a", "b"};

    for (size_t i = 0; i < VARIANTS; i++) {
        fake->tables[i] = table_new("heads", by_head, 5);
        for (int row = 0; row < ROWS; row++) {
            table_put_real(fake->tables[i], losses[i][row]);
            table_put_int(fake->tables[i], 3 + row);
            table_put_text(fake->tables[i], parts[row]);
            table_put_real(fake->tables[i], 100.0 * (double)i);
            table_put_int(fake->tables[i], counts[i][row]);
        }
    }
}

/* NaN is equal to NaN; a row of NULL is none. */
static void check(const struct effect *effect, size_t variant, double change,
                  const char *row)
{
    const char *found = effect->rows[variant];

    CU_ASSERT(effect->changes[variant] == change ||
              (isnan(change) && isnan(effect->changes[variant])));
    CU_ASSERT_STRING_EQUAL(found ? found : "none", row ? row : "none");
}

static void check_order(const struct effect *effect,
                        const size_t order[SWEPT])
{
    for (size_t i = 0; i < SWEPT; i++)
        CU_ASSERT_EQUAL(effect->order[i], order[i]);
}

static void test_largest(void)
{
    /* Against 1 and 2: the baseline's. */
    static const double losses[VARIANTS][ROWS] = {
        {1, 2}, {1.5, 1}, {1, 2}, {NAN, NAN}, {2, 2.5}, {1.25, -1}};
    static const int counts[VARIANTS][ROWS] = {
        {7, 7}, {7, 7}, {7, 7}, {7, 7}, {7, 7}, {7, 7}};
    struct fake fake;
    const struct effect *loss;

    make(&fake);
    fill_heads(&fake, losses, counts);
    make_effects(&fake);
    CU_ASSERT_EQUAL_FATAL(fake.n, 2);
    loss = &fake.effects[0];
    CU_ASSERT_STRING_EQUAL(loss->metric, "loss/token");
    CU_ASSERT_STRING_EQUAL(loss->table, "heads");
    CU_ASSERT_STRING_EQUAL(loss->plugin, "watcher:one");
    CU_ASSERT_PTR_EQUAL(loss->variants, &fake.variants[1]);
    CU_ASSERT_PTR_EQUAL(loss->sweep, &fake.sweep);
    check(loss, 0, -1, "layer 4, b");
    check(loss, 1, 0, "layer 3, a");
    check(loss, 2, NAN, NULL);
    check(loss, 3, 1, "layer 3, a");
    check(loss, 4, -3, "layer 4, b");
    /* Of one size: the one that comes first. */
    check_order(loss, (size_t[]){4, 0, 3, 1, 2});
    CU_ASSERT_TRUE(effect_any(loss));
    CU_ASSERT_STRING_EQUAL(fake.effects[1].metric, "count");
    check_order(&fake.effects[1], (size_t[]){0, 1, 2, 3, 4});
    CU_ASSERT_FALSE(effect_any(&fake.effects[1]));
    end(&fake);
}

enum { SAMPLES = 6 };

static const struct transect_column by_sample[] = {
    {"sample", TRANSECT_COL_INT, TRANSECT_COL_KEY},
    {"loss", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
};

static void check_floor(const struct effect *effect, double least,
                        const char *says)
{
    char *text = effect_floor_text(&effect->floor);

    CU_ASSERT_TRUE(effect->floor.hides);
    CU_ASSERT_DOUBLE_EQUAL(effect->floor.least_q, least, 1e-15);
    CU_ASSERT_STRING_EQUAL(text, says);
    free(text);
}

/* Means over samples instead: six changes of one sign have p = 2/64, those
 * that cancel 1; q is over the four variants that have any. */
static void test_means(void)
{
    static const double changes[VARIANTS][SAMPLES] = {
        {0}, {1, 2, 3, 4, 5, 9}, {0}, {1, -1, 2, -2, 0, 0},
        {-8, -8, -8, -8, -8, -8}};
    struct fake fake;
    const struct effect *loss;

    make(&fake);
    for (size_t i = 0; i < VARIANTS; i++) {
        fake.tables[i] = table_new("t", by_sample, 2);
        for (int j = 0; j < SAMPLES; j++) {
            table_put_int(fake.tables[i], j);
            table_put_real(fake.tables[i], 3 + changes[i][j]);
        }
    }
    fake.observers[5].owner.disabled = true;
    make_effects(&fake);
    CU_ASSERT_EQUAL_FATAL(fake.n, 1);
    loss = fake.effects;
    CU_ASSERT_TRUE_FATAL(loss->paired);
    check(loss, 0, 4, NULL);
    check(loss, 1, 0, NULL);
    check(loss, 2, 0, NULL);
    check(loss, 3, -8, NULL);
    check(loss, 4, NAN, NULL);
    check_order(loss, (size_t[]){3, 0, 1, 2, 4});
    CU_ASSERT_DOUBLE_EQUAL(loss->means[0].se, sqrt(8 / 6.0), 1e-12);
    CU_ASSERT_EQUAL(loss->means[3].se, 0);
    CU_ASSERT_EQUAL(loss->means[0].p, 2 / 64.0);
    CU_ASSERT_EQUAL(loss->means[2].p, 1);
    CU_ASSERT_EQUAL(loss->means[0].q, 4 / 64.0);
    CU_ASSERT_EQUAL(loss->means[1].q, 1);
    CU_ASSERT_EQUAL(loss->means[0].n, SAMPLES);
    CU_ASSERT_EQUAL(loss->means[4].n, 0);
    CU_ASSERT(isnan(loss->means[4].se) && isnan(loss->means[4].p) &&
              isnan(loss->means[4].q));
    CU_ASSERT_TRUE(effect_is_tested(loss));
    check_floor(loss, 4 * 2 / 64.0,
                "with 6 samples and 4 variants q of a single effect cannot be "
                "below 0.12; 8 samples would do");
    /* Nothing is marked, as nothing could be told apart. */
    CU_ASSERT_FALSE(effect_unclear(loss, 0));
    end(&fake);
}

/* Changes of one sign have p = 2 / 2^9, which of five tests is clear. */
static void test_clear(void)
{
    enum { MORE = 9 };
    struct fake fake;
    const struct effect *loss;

    make(&fake);
    for (size_t i = 0; i < VARIANTS; i++) {
        fake.tables[i] = table_new("t", by_sample, 2);
        for (int j = 0; j < MORE; j++) {
            table_put_int(fake.tables[i], j);
            table_put_real(fake.tables[i],
                           3 + (i == 2 ? 1 : i == 3 && j % 2 ? -1 : i == 3));
        }
    }
    make_effects(&fake);
    loss = fake.effects;
    CU_ASSERT_FALSE(loss->floor.hides);
    CU_ASSERT_EQUAL(loss->floor.n, MORE);
    CU_ASSERT_EQUAL(loss->floor.n_tests, SWEPT);
    CU_ASSERT_EQUAL(loss->floor.least_q, SWEPT * 2 / 512.0);
    CU_ASSERT_EQUAL(loss->means[1].q, loss->floor.least_q);
    CU_ASSERT_FALSE(effect_unclear(loss, 1));
    CU_ASSERT_TRUE(effect_unclear(loss, 2));
    end(&fake);
}

/* As by_sample, before 0 and after at least that: no test, and no marks. What
 * is once below is tested; of one change among n p is 1. */
static void check_divergence(int n_samples, bool below)
{
    struct fake fake;
    const struct effect *loss;

    make(&fake);
    for (size_t i = 0; i < VARIANTS; i++) {
        fake.tables[i] = table_new("t", by_sample, 2);
        for (int j = 0; j < n_samples; j++) {
            double change = j == 0 ? (double)i : 0;

            if (below && i == 3 && j == 2)
                change = -1;
            table_put_int(fake.tables[i], j);
            table_put_real(fake.tables[i], change);
        }
    }
    make_effects(&fake);
    loss = fake.effects;
    check(loss, 1, 2.0 / n_samples, NULL);
    CU_ASSERT(loss->means[1].se > 0);
    CU_ASSERT_EQUAL(loss->diverges, !below);
    CU_ASSERT_EQUAL(isnan(loss->means[1].p) != 0, !below);
    CU_ASSERT_EQUAL(isnan(loss->means[1].q) != 0, !below);
    CU_ASSERT_EQUAL(loss->floor.hides, below && n_samples == SAMPLES);
    CU_ASSERT_EQUAL(effect_unclear(loss, 1), below && n_samples > SAMPLES);
    end(&fake);
}

static void test_divergence(void)
{
    check_divergence(SAMPLES, false);
    check_divergence(SAMPLES, true);
    check_divergence(20, false);
    check_divergence(20, true);
}

/* Against a [variant] instead of the baseline, which there need not be. */
static void test_reference(void)
{
    for (int baseline = 0; baseline <= 1; baseline++) {
        struct fake fake;

        make(&fake);
        for (size_t i = 0; i < VARIANTS; i++) {
            fake.tables[i] = table_new("t", by_sample, 2);
            for (int j = 0; j < SAMPLES; j++) {
                table_put_int(fake.tables[i], j);
                table_put_real(fake.tables[i], (double)i * j);
            }
        }
        fake.sweep.section.reference = (char *)"s-4";
        fake.experiment.baseline = baseline;
        make_effects(&fake);
        CU_ASSERT_EQUAL_FATAL(fake.n, 1);
        /* Means of i j are 2.5 i, s-4 being number 5. */
        check(fake.effects, 0, 2.5 * (1 - 5), NULL);
        check(fake.effects, 4, 0, NULL);
        CU_ASSERT_STRING_EQUAL(fake.effects->plugin, "watcher:one");
        CU_ASSERT_FALSE(fake.effects->diverges);
        CU_ASSERT_STRING_EQUAL(fake.effects->figure->title,
                               "Sweep s: change of loss against s-4 "
                               "(watcher:one, t)");
        end(&fake);
    }
}

/* One sample has a change, and nothing that says how sure it is. */
static void test_one_sample(void)
{
    struct fake fake;
    const struct effect *loss;
    const struct transect_panel *panel;

    make(&fake);
    for (size_t i = 0; i < VARIANTS; i++) {
        fake.tables[i] = table_new("t", by_sample, 2);
        table_put_int(fake.tables[i], 0);
        table_put_real(fake.tables[i], (double)i);
    }
    make_effects(&fake);
    CU_ASSERT_EQUAL_FATAL(fake.n, 1);
    loss = fake.effects;
    check(loss, 2, 3, NULL);
    CU_ASSERT_TRUE(loss->paired);
    CU_ASSERT_FALSE(effect_is_tested(loss));
    CU_ASSERT_FALSE(effect_unclear(loss, 2));
    CU_ASSERT(isnan(loss->means[2].p) && isnan(loss->means[2].q));
    panel = &loss->figure->panels[0];
    CU_ASSERT_PTR_NULL(panel->title);
    CU_ASSERT_PTR_NULL(panel->series[0].spread);
    CU_ASSERT_STRING_EQUAL(panel->y_label, "change of loss");
    end(&fake);
}

/* What is drawn, under which name, and for which [run] figures. */
static void test_figure(void)
{
    static const double losses[VARIANTS][ROWS] = {
        {1, 2}, {1, 3}, {1, 2}, {1, 2}, {1, 2}, {1, 2}};
    static const int counts[VARIANTS][ROWS] = {{0}};
    char *one = (char *)"comparison/watcher:one", *other = (char *)"s-1";
    struct fake fake;

    make(&fake);
    fill_heads(&fake, losses, counts);
    make_effects(&fake);
    CU_ASSERT_EQUAL_FATAL(fake.n, 2);
    CU_ASSERT_STRING_EQUAL(fake.effects[0].stem,
                           "comparison/watcher:one/s-heads-loss_token");
    CU_ASSERT_PTR_NOT_NULL(fake.effects[0].figure);
    CU_ASSERT_PTR_NULL(fake.effects[1].figure);
    CU_ASSERT_TRUE(effect_shows(&fake.plan, &fake.effects[0]));
    CU_ASSERT_FALSE(effect_shows(&fake.plan, &fake.effects[1]));
    fake.experiment.n_figures = 1;
    fake.experiment.figures = &other;
    CU_ASSERT_FALSE(effect_shows(&fake.plan, &fake.effects[0]));
    fake.experiment.figures = &one;
    CU_ASSERT_TRUE(effect_shows(&fake.plan, &fake.effects[0]));
    end(&fake);
}

/* Metrics whose names are one when they are a file's get two files. */
static void test_stems(void)
{
    static const struct transect_column columns[] = {
        {"a b", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"a_b", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"a/b", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"a:b", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
    };
    struct fake fake;

    make(&fake);
    for (size_t i = 0; i < VARIANTS; i++) {
        fake.tables[i] = table_new("t", columns, 4);
        table_put_real(fake.tables[i], (double)i);
        table_put_real(fake.tables[i], 5); /* no change, and no figure */
        table_put_real(fake.tables[i], (double)i);
        table_put_real(fake.tables[i], (double)i);
    }
    make_effects(&fake);
    CU_ASSERT_EQUAL_FATAL(fake.n, 4);
    CU_ASSERT_STRING_EQUAL(fake.effects[0].stem,
                           "comparison/watcher:one/s-t-a_b");
    CU_ASSERT_PTR_NULL(fake.effects[1].figure);
    CU_ASSERT_STRING_EQUAL(fake.effects[2].stem,
                           "comparison/watcher:one/s-t-a_b-2");
    CU_ASSERT_STRING_EQUAL(fake.effects[2].figure->name, "s-t-a_b-2");
    CU_ASSERT_STRING_EQUAL(fake.effects[3].stem,
                           "comparison/watcher:one/s-t-a_b-3");
    end(&fake);
}

/* A table without keys has one row, which is not named. */
static void fill_whole(struct fake *fake)
{
    static const struct transect_column column = {
        "loss", TRANSECT_COL_REAL, TRANSECT_COL_METRIC};

    for (size_t i = 0; i < VARIANTS; i++) {
        fake->tables[i] = table_new("whole", &column, 1);
        table_put_real(fake->tables[i], (double)(i * i));
    }
}

static void test_absent(void)
{
    static const struct transect_column another = {
        "gain", TRANSECT_COL_REAL, TRANSECT_COL_METRIC};
    struct fake fake;

    make(&fake);
    fill_whole(&fake);
    fake.observers[5].owner.disabled = true;
    table_free(fake.tables[4]);
    fake.tables[4] = table_new("whole", &another, 1);
    table_put_real(fake.tables[4], 50);
    fake.observers[3].own.n_tables = 0;
    make_effects(&fake);
    CU_ASSERT_EQUAL_FATAL(fake.n, 1);
    check(fake.effects, 0, 1, NULL);
    check(fake.effects, 1, 4, NULL);
    for (size_t i = 2; i < SWEPT; i++)
        check(fake.effects, i, NAN, NULL);
    check_order(fake.effects, (size_t[]){1, 0, 2, 3, 4});
    end(&fake);
}

static void test_none(void)
{
    struct fake fake;

    make(&fake);
    fill_whole(&fake);
    fake.experiment.baseline = false;
    make_effects(&fake);
    CU_ASSERT_EQUAL(fake.n, 0);
    fake.experiment.baseline = true;
    fake.observers[0].owner.disabled = true;
    make_effects(&fake);
    CU_ASSERT_EQUAL(fake.n, 0);
    end(&fake);
}

CU_ErrorCode add_sweep_effects_tests(void)
{
    CU_pSuite suite = CU_add_suite("sweep-effects", NULL, NULL);

    if (!suite || !CU_add_test(suite, "the largest change", test_largest) ||
        !CU_add_test(suite, "means over samples", test_means) ||
        !CU_add_test(suite, "means told from none", test_clear) ||
        !CU_add_test(suite, "divergences", test_divergence) ||
        !CU_add_test(suite, "another reference", test_reference) ||
        !CU_add_test(suite, "one sample", test_one_sample) ||
        !CU_add_test(suite, "its figure", test_figure) ||
        !CU_add_test(suite, "names of figures", test_stems) ||
        !CU_add_test(suite, "variants without a number", test_absent) ||
        !CU_add_test(suite, "nothing to compare with", test_none))
        return CU_get_error();
    return CUE_SUCCESS;
}
