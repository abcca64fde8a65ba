/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-sweep-figure.c - how the figures of sweeps are laid out: which axis
 * lies where, what stands beside it, and which cells have a mark. */
#include "tests.h"

#include "base/mem.h"
#include "figure/figure.h"
#include "plan/sweep.h"
#include "run/sweep-effects.h"

#include <stdlib.h>
#include <string.h>

/* The figure of a sweep over two axes, of n and m values, with changes -1, 0,
 * 1, ...; frees what the axes have. */
static struct figure *draw_axes(const struct plan *plan,
                                struct sweep_axis axes[2])
{
    size_t n = axes[0].n * axes[1].n;
    struct sweep sweep = {.section = {.name = (char *)"s"}, .axes = axes,
                          .n_axes = 2, .n = n};
    struct effect effect = {
        .sweep = &sweep, .plugin = "p", .table = "t",
        .metric = (char *)"loss (nats) < 1/2",
        .stem = (char *)"comparison/p/s-t-loss__nats____1_2"};

    effect.changes = mem_new(n, sizeof *effect.changes);
    effect.rows = mem_new(n, sizeof *effect.rows);
    effect.order = mem_new(n, sizeof *effect.order);
    for (size_t i = 0; i < n; i++)
        effect.changes[i] = (double)i - 1;
    effect_draw(plan, &effect);
    free(effect.changes);
    free(effect.rows);
    free(effect.order);
    sweep_clear(&sweep);
    return effect.figure;
}

/* Of n values of a first axis and m names of a second. */
static struct figure *draw(size_t n, size_t m, enum sweep_places places)
{
    struct sweep_axis axes[2] = {{.key = mem_strdup("p.a"),
                                  .places = places},
                                 {.key = mem_strdup("p.b")}};

    for (size_t i = 0; i < n; i++) {
        struct sweep_value *value = sweep_add(&axes[0], mem_strdup("H"),
                                              mem_strdup("a"));

        value->layer = (int)i / 4;
        value->head = (int)i % 4;
        value->number = (int)i;
    }
    for (size_t i = 0; i < m; i++)
        sweep_add(&axes[1], mem_strdup("b"), mem_strdup("b"));
    return draw_axes(NULL, axes);
}

/* What the axes are decides about panels, lines and rows. */
static void figures(void)
{
    struct figure *figure = draw(8, 2, SWEEP_HEADS);

    CU_ASSERT_PTR_NOT_NULL_FATAL(figure);
    CU_ASSERT_STRING_EQUAL(figure->name, "s-t-loss__nats____1_2");
    CU_ASSERT_EQUAL(figure->n_panels, 2);
    CU_ASSERT_EQUAL(figure->panels[1].rows, 2);
    CU_ASSERT_EQUAL(figure->panels[1].cols, 4);
    /* number 2 i + j has value i of the first axis: layer 1, head 3 is 7 */
    CU_ASSERT_EQUAL(figure->panels[1].values[7], 2 * 7 + 1 - 1);
    CU_ASSERT_EQUAL(figure->panels[0].high, 14);
    figure_free(figure);
    figure = draw(8, 2, SWEEP_NUMBERS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(figure);
    CU_ASSERT_EQUAL(figure->panels[0].kind, TRANSECT_LINES);
    CU_ASSERT_EQUAL(figure->panels[0].n_series, 2);
    CU_ASSERT_EQUAL(figure->panels[0].series[1].y[3], 2 * 3 + 1 - 1);
    figure_free(figure);
    figure = draw(8, 3, SWEEP_NAMES);
    CU_ASSERT_PTR_NOT_NULL_FATAL(figure);
    CU_ASSERT_EQUAL(figure->panels[0].rows, 8);
    CU_ASSERT_EQUAL(figure->panels[0].cols, 3);
    CU_ASSERT_EQUAL(figure->panels[0].values[3 * 5 + 1], 3 * 5 + 1 - 1);
    figure_free(figure);
    /* more than a figure holds is none, and no failure */
    CU_ASSERT_PTR_NULL(draw(5000, 2, SWEEP_NAMES));
}

/* An axis as `each LIST` makes it, of a model of 3 layers with 2 heads, and
 * samples of at most 99 tokens. */
static struct sweep_axis axis_of(int type, const char *list)
{
    const struct option_limits limits = {.n_layer = 3, .n_head = 2,
                                         .n_kv_head = 2, .d_model = 8,
                                         .longest = 99};
    const struct transect_option option = {
        .name = type == TRANSECT_POSITIONS ? "positions" : "o", .type = type};
    struct sweep_axis axis = {.key = mem_strdup("p.o")};
    struct error err;

    CU_ASSERT_EQUAL_FATAL(sweep_list(&axis, &option, list, &limits, &err), 0);
    return axis;
}

static struct figure *draw_lists(const struct plan *plan, int first,
                                 const char *list, int second,
                                 const char *other)
{
    struct sweep_axis axes[2] = {axis_of(first, list),
                                 axis_of(second, other)};
    struct figure *figure = draw_axes(plan, axes);

    CU_ASSERT_PTR_NOT_NULL_FATAL(figure);
    CU_ASSERT_EQUAL_FATAL(figure->n_panels, 1);
    CU_ASSERT_EQUAL(figure->panels[0].kind, TRANSECT_HEATMAP);
    return figure;
}

/* As many rows and columns, with such names beside them. */
static void expect_grid(struct figure *figure, size_t rows, size_t cols,
                        const char *y_label, const char *x_label)
{
    const struct transect_panel *panel = &figure->panels[0];

    CU_ASSERT_EQUAL(panel->rows, rows);
    CU_ASSERT_EQUAL(panel->cols, cols);
    CU_ASSERT_STRING_EQUAL(panel->y_label, y_label);
    CU_ASSERT_STRING_EQUAL(panel->x_label, x_label);
}

/* Layers or heads lie down and positions across, in whichever order they
 * stand in the section; positions show the tokens of the first sample, which
 * is said where there are others. */
static void grids(void)
{
    struct samples samples = {0};
    struct plan plan = {.samples = &samples};
    struct sweep_axis axes[2];
    struct model_files *files;
    struct figure *figure;
    struct error err;

    CU_ASSERT_EQUAL_FATAL(model_files_open("/", &files, &err), ST_OK);
    plan.tokenizer = model_tokenizer_new(files); /* there is none */
    plan.labels = token_labels_new(plan.tokenizer, 50);
    samples_add(&samples, (const int32_t[]){7, 8, 9}, 3);
    figure = draw_lists(&plan, TRANSECT_LAYERS, "*", TRANSECT_POSITIONS,
                        "0-3 -1");
    expect_grid(figure, 3, 5, "layer", "position");
    CU_ASSERT_PTR_NULL(figure->panels[0].y_names);
    CU_ASSERT_STRING_EQUAL(figure->panels[0].x_names[1], "1 #8");
    CU_ASSERT_STRING_EQUAL(figure->panels[0].x_names[3], "3");
    CU_ASSERT_STRING_EQUAL(figure->panels[0].x_names[4], "-1 #9");
    CU_ASSERT_EQUAL(figure->panels[0].values[1 * 5 + 2], 1 * 5 + 2 - 1);
    figure_free(figure);
    samples_add(&samples, (const int32_t[]){1, 2, 3, 4}, 4);
    figure = draw_lists(&plan, TRANSECT_POSITIONS, "0 1", TRANSECT_LAYERS,
                        "2 1");
    expect_grid(figure, 2, 2, "layer", "position (tokens of sample 0)");
    CU_ASSERT_STRING_EQUAL(figure->panels[0].y_names[0], "1");
    /* number 2 position + layer */
    CU_ASSERT_EQUAL(figure->panels[0].values[1], 2 * 1 + 0 - 1);
    figure_free(figure);
    axes[0] = axis_of(TRANSECT_LAYERS, "*");
    axes[1] = axis_of(TRANSECT_POSITIONS, "0 1");
    axes[1].label = "keys";
    figure = draw_axes(&plan, axes);
    expect_grid(figure, 3, 2, "layer", "keys (tokens of sample 0)");
    figure_free(figure);
    figure = draw_lists(&plan, TRANSECT_LAYERS, "*", TRANSECT_POSITIONS,
                        "last giver.last");
    expect_grid(figure, 3, 2, "layer", "position");
    CU_ASSERT_STRING_EQUAL(figure->panels[0].x_names[1], "giver.last");
    figure_free(figure);
    figure = draw_lists(&plan, TRANSECT_HEADS, "*", TRANSECT_POSITIONS,
                        "0-60");
    expect_grid(figure, 6, 61, "head", "position"); /* too many for tokens */
    CU_ASSERT_PTR_NULL(figure->panels[0].x_names);
    CU_ASSERT_STRING_EQUAL(figure->panels[0].y_names[3], "L1H1");
    figure_free(figure);
    token_labels_free(plan.labels);
    model_tokenizer_free(plan.tokenizer);
    model_files_close(files);
    free(samples.tokens);
    free(samples.list);
    free(samples.n_of_length);
}

CU_ErrorCode add_sweep_figure_tests(void)
{
    CU_pSuite suite = CU_add_suite("sweep-figure", NULL, NULL);

    if (!suite || !CU_add_test(suite, "panels, lines and rows", figures) ||
        !CU_add_test(suite, "heat maps of two axes", grids))
        return CU_get_error();
    return CUE_SUCCESS;
}
