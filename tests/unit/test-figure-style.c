/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-figure-style.c - figures of a given size and type, without titles or
 * labels. */
#include "figure/figure-internal.h"
#include "tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 2, COLS = 3, N_PANELS = 4 };

static const double values[ROWS * COLS] = {0, 1, 2, 3, 4, 5};
static const struct transect_series series = {"s", NULL, values, NULL,
                                              ROWS * COLS};
static struct error err;

static void set_panel(struct transect_panel *panel, int kind)
{
    *panel = (struct transect_panel){
        .size = sizeof *panel, .kind = kind, .title = "Panel",
        .x_label = "along", .y_label = "upwards", .values = values,
        .rows = ROWS, .cols = COLS, .value_label = "colour"};
    if (kind == TRANSECT_LINES || kind == TRANSECT_BARS) {
        panel->series = &series;
        panel->n_series = 1;
    }
}

/* One panel of each kind, `columns` to a row. */
static struct figure *make(int columns)
{
    struct transect_panel panels[N_PANELS];
    struct figure *figure = NULL;

    for (int kind = 0; kind < N_PANELS; kind++)
        set_panel(&panels[kind], kind);
    CU_ASSERT_EQUAL_FATAL(figure_new("style", "Heading", panels, N_PANELS,
                                     columns, &figure, &err), ST_OK);
    return figure;
}

static void measure(const struct figure *figure, double *w, double *h)
{
    CU_ASSERT_EQUAL_FATAL(figure_measure(figure, w, h, &err), ST_OK);
}

/* Larger and smaller than they would be. */
static void test_size(void)
{
    double w, h, natural_w, natural_h;

    for (int columns = 1; columns <= N_PANELS; columns++) {
        struct figure *figure = make(columns);

        measure(figure, &natural_w, &natural_h);
        figure->style.width = 1.5 * natural_w;
        measure(figure, &w, &h);
        CU_ASSERT_DOUBLE_EQUAL(w, 1.5 * natural_w, 1e-9);
        figure->style.height = 0.8 * natural_h;
        figure->style.width = 0.8 * natural_w;
        measure(figure, &w, &h);
        CU_ASSERT_DOUBLE_EQUAL(w, 0.8 * natural_w, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(h, 0.8 * natural_h, 1e-9);
        figure_free(figure);
    }
}

/* Panels that have no room beside one another go below. */
static void test_columns(void)
{
    struct figure *figure = make(N_PANELS);
    double w, h, low;

    measure(figure, &w, &low);
    figure->style.width = 250;
    measure(figure, &w, &h);
    CU_ASSERT_DOUBLE_EQUAL(w, 250, 1e-9);
    CU_ASSERT(h > 1.5 * low);
    figure_free(figure);
}

/* What texts need they have, however small it was to be. */
static void test_too_small(void)
{
    struct figure *figure = make(1);
    double w, h;

    figure->style.width = figure->style.height = 36;
    measure(figure, &w, &h);
    CU_ASSERT(w > 36 && w < 300 && h > 36);
    figure_free(figure);
}

static char *svg_of(const struct figure *figure)
{
    unsigned char *bytes;
    size_t size;

    CU_ASSERT_EQUAL_FATAL(figure_svg(figure, &bytes, &size, &err), ST_OK);
    return (char *)bytes;
}

/* All of it grows with the type; or, where its size is given, type alone. */
static void test_type(void)
{
    struct figure *figure = make(2);
    double w, h, wide, high;
    char *svg;

    measure(figure, &w, &h);
    figure->style.type = 2 * SIZE_LABEL;
    measure(figure, &wide, &high);
    CU_ASSERT(fabs(wide - 2 * w) <= 2 && fabs(high - 2 * h) <= 2);
    figure->style.width = 1.2 * wide;
    measure(figure, &wide, &high);
    CU_ASSERT_DOUBLE_EQUAL(wide, figure->style.width, 1e-9);
    svg = svg_of(figure);
    CU_ASSERT_PTR_NOT_NULL(strstr(svg, "font-size=\"17\""));
    free(svg);
    figure_free(figure);
}

static void test_left_out(void)
{
    struct figure *figure = make(2);
    double w, h, low;
    char *svg;

    measure(figure, &w, &h);
    figure->style.no_title = true;
    measure(figure, &w, &low);
    CU_ASSERT(low < h - SIZE_TITLE);
    svg = svg_of(figure);
    CU_ASSERT_PTR_NULL(strstr(svg, ">Heading</text>"));
    CU_ASSERT_PTR_NOT_NULL(strstr(svg, "<title>Heading</title>"));
    CU_ASSERT_PTR_NOT_NULL(strstr(svg, ">Panel</text>"));
    CU_ASSERT_PTR_NOT_NULL(strstr(svg, ">upwards</text>"));
    CU_ASSERT_PTR_NOT_NULL(strstr(svg, ">colour</text>"));
    free(svg);
    figure->style.no_labels = true;
    svg = svg_of(figure);
    CU_ASSERT_PTR_NULL(strstr(svg, "along"));
    CU_ASSERT_PTR_NULL(strstr(svg, "upwards"));
    CU_ASSERT_PTR_NULL(strstr(svg, "colour</text>"));
    free(svg);
    figure_free(figure);
}

/* A bar beside one row of cells is low, and still says three values. */
static void test_low_bar(void)
{
    static const double row[] = {0.01, 0.2, 0.84};
    const struct transect_panel panel = {
        .size = sizeof panel, .kind = TRANSECT_HEATMAP, .values = row,
        .rows = 1, .cols = 3, .value_label = "score"};
    struct figure *figure = NULL;
    char *svg;
    int n = 0;

    CU_ASSERT_EQUAL_FATAL(figure_new("bar", NULL, &panel, 1, 1, &figure, &err),
                          ST_OK);
    svg = svg_of(figure);
    for (const char *at = svg; (at = strstr(at, ">0.")); at++)
        n++;
    CU_ASSERT(n >= 2); /* beside a 0 or a 1 */
    free(svg);
    figure_free(figure);
}

CU_ErrorCode add_figure_style_tests(void)
{
    CU_pSuite suite = CU_add_suite("style of figures", NULL, NULL);

    CU_add_test(suite, "a size", test_size);
    CU_add_test(suite, "fewer columns", test_columns);
    CU_add_test(suite, "too small a size", test_too_small);
    CU_add_test(suite, "a size of type", test_type);
    CU_add_test(suite, "without title, without labels", test_left_out);
    CU_add_test(suite, "a low colour bar", test_low_bar);
    return CU_get_error();
}
