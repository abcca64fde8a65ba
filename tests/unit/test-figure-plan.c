/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-figure-plan.c - what is decided before a figure is drawn: scales,
 * ticks, numbers, colours, texts, sizes. */
#include "figure/figure-internal.h"
#include "tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PANEL .size = sizeof(struct transect_panel)
#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_linear_ticks(void)
{
    struct figure_scale scale = {-0.2, 10.3, false};
    struct figure_ticks ticks;

    figure_scale_ticks(&scale, 6, false, &ticks);
    CU_ASSERT_EQUAL_FATAL(ticks.n, 6);
    CU_ASSERT_STRING_EQUAL(ticks.text[0], "0");
    CU_ASSERT_STRING_EQUAL(ticks.text[5], "10");
    CU_ASSERT_EQUAL(ticks.at[1], 2);
    figure_scale_ticks(&scale, 3, false, &ticks);
    CU_ASSERT_EQUAL(ticks.n, 3); /* 0, 5, 10 */
    scale = (struct figure_scale){-0.15, 0.15, false};
    figure_scale_ticks(&scale, 4, false, &ticks);
    CU_ASSERT_EQUAL_FATAL(ticks.n, 3);
    CU_ASSERT_STRING_EQUAL(ticks.text[0], "\xe2\x88\x92" "0.1");
    CU_ASSERT_STRING_EQUAL(ticks.text[1], "0");
    scale = (struct figure_scale){0, 2, false};
    figure_scale_ticks(&scale, 20, true, &ticks);
    CU_ASSERT_EQUAL(ticks.n, 3); /* no halves */
}

static void test_log_ticks(void)
{
    struct figure_scale scale = {0.5, 4000, true};
    struct figure_ticks ticks;

    figure_scale_ticks(&scale, 7, false, &ticks);
    CU_ASSERT_EQUAL_FATAL(ticks.n, 4);
    CU_ASSERT_STRING_EQUAL(ticks.text[0], "1");
    CU_ASSERT_STRING_EQUAL(ticks.text[3], "1000");
    CU_ASSERT_EQUAL(ticks.n_minor, 5 + 3 * 8 + 3); /* 0.5 to 4000 */
    CU_ASSERT_DOUBLE_EQUAL(figure_scale_at(&scale, sqrt(0.5 * 4000)), 0.5,
                           1e-12);
    scale = (struct figure_scale){2, 30, true};
    figure_scale_ticks(&scale, 7, false, &ticks);
    CU_ASSERT_EQUAL_FATAL(ticks.n, 4); /* 2, 5, 10, 20 */
    CU_ASSERT_EQUAL(ticks.at[3], 20);
    scale = (struct figure_scale){1e-12, 1e12, true};
    figure_scale_ticks(&scale, 5, false, &ticks);
    CU_ASSERT_EQUAL_FATAL(ticks.n, 5);
    CU_ASSERT_STRING_EQUAL(ticks.text[0], "1e\xe2\x88\x92" "10");
    CU_ASSERT_STRING_EQUAL(ticks.text[4], "1e10");
}

static void fit(struct figure_scale *scale, uint32_t flags, double low,
                double high)
{
    struct transect_panel panel = {PANEL, .flags = flags};
    struct figure_range range;

    figure_range_init(&range);
    figure_range_add(&range, low);
    figure_range_add(&range, high);
    figure_scale_fit(scale, &panel, &range, FROM_VALUES, 0.1);
}

static void test_scales(void)
{
    struct figure_scale scale;

    fit(&scale, 0, 0, 10);
    CU_ASSERT_DOUBLE_EQUAL(scale.low, -1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(scale.high, 11, 1e-12);
    fit(&scale, TRANSECT_LOG, 1, 10);
    CU_ASSERT_TRUE(scale.log);
    fit(&scale, TRANSECT_LOG, 1, 9.9); /* no decade */
    CU_ASSERT_FALSE(scale.log);
    fit(&scale, TRANSECT_LOG, 0, 1000); /* not positive */
    CU_ASSERT_FALSE(scale.log);
    fit(&scale, 0, 1, 1000);
    CU_ASSERT_FALSE(scale.log);
    fit(&scale, 0, 7, 7);
    CU_ASSERT_TRUE(scale.low < 7 && scale.high > 7);
    fit(&scale, 0, 0, 0);
    CU_ASSERT_TRUE(scale.low < 0 && scale.high > 0);
    fit(&scale, 0, NAN, HUGE_VAL);
    CU_ASSERT_TRUE(scale.low < scale.high);
    CU_ASSERT_EQUAL(figure_scale_at(&scale, 1e300), 11);
    CU_ASSERT_EQUAL(figure_nice_step(3), 5);
    CU_ASSERT_EQUAL(figure_nice_step(0.1), 1);
    CU_ASSERT_EQUAL(figure_nice_step(10), 10);
}

static void test_numbers(void)
{
    static const struct {
        double value, step, largest;
        const char *text;
    } ticks[] = {
        {3000, 500, 3000, "3000"},   {0.25, 0.05, 0.4, "0.25"},
        {0.2, 0.05, 0.4, "0.20"},    {2e6, 5e5, 2e6, "2.0e6"},
        {5e-4, 1e-4, 9e-4, "5e\xe2\x88\x92" "4"},
        {0.002, 0.001, 0.004, "0.002"},
        {-1e-17, 0.1, 1, "0"},       {100000, 100000, 100000, "100000"},
    }, cells[] = {
        {0.825, 0, 0.9, "0.82"},     {0, 0, 0.9, "0"},
        {549.3, 1, 549.3, "+549"},   {-2.64, 1, 549.3, "\xe2\x88\x92" "2.6"},
        {-0.02, 1, 549.3, "0.0"},    {NAN, 1, 1, "\xe2\x80\x93"},
        {3.14159, 0, 20, "3.14"},    {123456, 0, 2e5, "1.2e5"},
        {-HUGE_VAL, 0, 1, "\xe2\x88\x92\xe2\x88\x9e"},
    };
    char text[24];

    for (size_t i = 0; i < COUNT(ticks); i++) {
        figure_format_tick(text, ticks[i].value, ticks[i].step,
                           ticks[i].largest);
        CU_ASSERT_STRING_EQUAL(text, ticks[i].text);
    }
    for (size_t i = 0; i < COUNT(cells); i++) {
        figure_format_cell(text, cells[i].value, cells[i].largest,
                           cells[i].step > 0);
        CU_ASSERT_STRING_EQUAL(text, cells[i].text);
    }
}

static void check_colour(struct figure_colour c, unsigned hex)
{
    CU_ASSERT_EQUAL(lround(255 * c.r), hex >> 16);
    CU_ASSERT_EQUAL(lround(255 * c.g), hex >> 8 & 255);
    CU_ASSERT_EQUAL(lround(255 * c.b), hex & 255);
}

static double lightness(struct figure_colour c)
{
    return 0.2126 * pow(c.r, 2.2) + 0.7152 * pow(c.g, 2.2) +
           0.0722 * pow(c.b, 2.2);
}

static void test_colours(void)
{
    check_colour(figure_colour_sequential(0), 0x440154);
    check_colour(figure_colour_sequential(1), 0xfde725);
    check_colour(figure_colour_sequential(7), 0xfde725);
    check_colour(figure_colour_diverging(0), 0x175192);
    check_colour(figure_colour_diverging(0.5), 0xf7f7f7);
    check_colour(figure_colour_diverging(1), 0x853b00);
    check_colour(figure_colour_diverging(NAN), 0xd0d0d0);
    check_colour(figure_colour_series(0, 2), 0x0072b2);
    check_colour(figure_colour_series(1, 8), 0xd55e00);
    check_colour(figure_colour_series(0, 25), 0x440154);
    for (int i = 0; i < 50; i++) { /* ever lighter; alike on both sides */
        double t = i / 50.0;

        CU_ASSERT_TRUE(lightness(figure_colour_sequential(t)) <
                       lightness(figure_colour_sequential(t + 0.02)));
        CU_ASSERT_DOUBLE_EQUAL(lightness(figure_colour_diverging(t / 2)),
                               lightness(figure_colour_diverging(1 - t / 2)),
                               0.03);
    }
    CU_ASSERT_TRUE(figure_colour_is_light(figure_colour_sequential(1)));
    CU_ASSERT_FALSE(figure_colour_is_light(figure_colour_sequential(0)));
}

static void test_labels(void)
{
    static const struct {
        const char *text, *plain, *name;
    } cases[] = {
        {" is", " is", "\xc2\xb7is"},
        {"  ", "  ", "\xc2\xb7\xc2\xb7"},
        {"\n", "\\n", "\\n"},
        {"a\tb\x01", "a\\tb\\x01", "a\\tb\\x01"},
        {"\xff" "b", "\xef\xbf\xbd" "b", "\xef\xbf\xbd" "b"},
        {"\xef\xbf\xbe", "\xef\xbf\xbd", "\xef\xbf\xbd"}, /* U+FFFE */
        {"\xe2\x80\x8b", "\\u200b", "\\u200b"},
        {"\xc3\xa9", "\xc3\xa9", "\xc3\xa9"},
        {"", "", ""},
    };
    char huge[5000], *text;

    for (size_t i = 0; i < COUNT(cases); i++) {
        text = figure_label(cases[i].text, false);
        CU_ASSERT_STRING_EQUAL(text, cases[i].plain);
        free(text);
        text = figure_label(cases[i].text, true);
        CU_ASSERT_STRING_EQUAL(text, cases[i].name);
        free(text);
    }
    memset(huge, ' ', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    text = figure_label(huge, true);
    CU_ASSERT_TRUE(strlen(text) < 450);
    free(text);
    CU_ASSERT_PTR_NULL(figure_label(NULL, true));
}

static cairo_t *scratch(void)
{
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
    cairo_t *cr = cairo_create(surface);

    cairo_surface_destroy(surface);
    return cr;
}

/* Names that are shown have room, for any number of layers or heads. */
static void test_names_apart(void)
{
    const char *texts[100];
    cairo_t *cr = scratch();

    for (size_t i = 0; i < 100; i++)
        texts[i] = i % 2 ? "a" : "\xc2\xb7token";
    for (size_t n = 1; n <= 100; n++)
        for (double width = 40; width < 1500; width *= 2) {
            struct figure_names numbers = {NULL, n}, names = {texts, n};
            double spacing = width / (double)n;
            struct figure_name_plan plan = figure_plan_x_names(cr, &numbers,
                                                               spacing);

            figure_text_font(cr, SIZE_TICK, false);
            CU_ASSERT_TRUE(plan.step >= n || (double)plan.step * spacing >
                                                 2 * plan.tail + 1);
            plan = figure_plan_x_names(cr, &names, spacing);
            CU_ASSERT_TRUE(plan.step >= n || (double)plan.step * spacing >=
                                                 2 * plan.tail - 1e-9);
            plan = figure_plan_y_names(cr, &names, spacing);
            CU_ASSERT_TRUE(plan.step >= n || (double)plan.step * spacing >=
                                                 SIZE_TICK);
        }
    cairo_destroy(cr);
}

static void test_ticks_apart(void)
{
    cairo_t *cr = scratch();

    for (double high = 1e-7; high < 1e9; high *= 7)
        for (double width = 60; width < 1000; width *= 1.5) {
            struct figure_scale scale = {-high / 3, high, false};
            struct figure_ticks ticks;
            double pitch;

            figure_x_ticks(cr, &scale, width, false, &ticks);
            if (ticks.n < 2)
                continue;
            pitch = width * (figure_scale_at(&scale, ticks.at[1]) -
                             figure_scale_at(&scale, ticks.at[0]));
            CU_ASSERT_TRUE(pitch > figure_ticks_width(cr, &ticks));
        }
    cairo_destroy(cr);
}

/* Any number of layers and heads, from 1 to 100, gives a page of a size that
 * can be read. */
static void test_sizes(void)
{
    static double values[100 * 100];
    static const size_t sizes[] = {1, 2, 7, 25, 48, 100};

    for (size_t i = 0; i < 36; i++) {
        struct transect_series series = {"a", NULL, values, NULL,
                                         sizes[i / 6]};
        struct transect_panel panel = {
            PANEL, .flags = TRANSECT_ANNOTATE, .values = values,
            .series = &series, .n_series = 1, .rows = sizes[i / 6],
            .cols = sizes[i % 6], .x_label = "head", .y_label = "layer"};

        for (int kind = 0; kind < FIGURE_N_KINDS; kind++) {
            struct figure *figure = NULL;
            struct error err;
            double w, h;

            panel.kind = kind;
            CU_ASSERT_EQUAL_FATAL(figure_new("test", NULL, &panel, 1, 1,
                                             &figure, &err), ST_OK);
            CU_ASSERT(figure_measure(figure, &w, &h, &err) == ST_OK);
            CU_ASSERT_TRUE(w >= 120 && w < 1700);
            CU_ASSERT_TRUE(h >= 100 && h < 1500);
            figure_free(figure);
        }
    }
}

static double height_in_space(const char *first, const char *last)
{
    static const double values[3 * 14];
    const char *names[14];
    struct transect_panel panel = {
        PANEL, .kind = TRANSECT_BARS3D, .values = values, .rows = 3,
        .cols = 14, .x_label = "token", .x_names = names};
    struct figure *figure = NULL;
    struct error err;
    double w, h;

    for (size_t i = 0; i < COUNT(names); i++)
        names[i] = i == 0 ? first : i == 13 ? last : "\" is\"";
    CU_ASSERT_EQUAL_FATAL(figure_new("test", NULL, &panel, 1, 1, &figure,
                                     &err), ST_OK);
    CU_ASSERT(figure_measure(figure, &w, &h, &err) == ST_OK);
    figure_free(figure);
    return h;
}

/* A long name where the edge is far up, as that of a BOS token, does not push
 * the label and the margin away; at the lowest corner it needs the room. */
static void test_long_name_in_space(void)
{
    const char *is = "\" is\"", *bos = "\"<|endoftext|>\"";

    CU_ASSERT_EQUAL(height_in_space(bos, is), height_in_space(is, is));
    CU_ASSERT_TRUE(height_in_space(is, bos) > height_in_space(is, is) + 20);
}

/* Cairo keeps fonts for the life of the process; not for leak checkers. */
static int clean_up(void)
{
    cairo_debug_reset_static_data();
    return 0;
}

CU_ErrorCode add_figure_plan_tests(void)
{
    static CU_TestInfo tests[] = {
        {"linear ticks", test_linear_ticks},
        {"logarithmic ticks", test_log_ticks},
        {"scales fit the values", test_scales},
        {"numbers are short and right", test_numbers},
        {"colour maps", test_colours},
        {"labels show what cannot be seen", test_labels},
        {"names never touch", test_names_apart},
        {"ticks never touch", test_ticks_apart},
        {"1 to 100 layers and heads fit a page", test_sizes},
        {"a long name takes room only where it ends",
         test_long_name_in_space},
        CU_TEST_INFO_NULL,
    };
    CU_pSuite suite = CU_add_suite("figure-plan", NULL, clean_up);

    for (CU_TestInfo *test = tests; suite && test->pName; test++)
        CU_add_test(suite, test->pName, test->pTestFunc);
    return CU_get_error();
}
