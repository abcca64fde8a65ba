/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-figure.c - figures: what is refused, what is copied, what is drawn. */
#include "figure/figure-internal.h"
#include "base/mem.h"
#include "tests.h"
#include "xml.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PANEL .size = sizeof(struct transect_panel)
#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct error err;

static const double ramp[] = {0, 1, 2, 3, 4, 5};
static const struct transect_series ramp_series = {"ramp", NULL, ramp, NULL,
                                                   6};
static const struct transect_panel lines = {
    PANEL, .kind = TRANSECT_LINES, .title = "Panel", .x_label = "layer",
    .y_label = "value", .series = &ramp_series, .n_series = 1};
static const struct transect_panel grid = {
    PANEL, .kind = TRANSECT_HEATMAP, .values = ramp, .rows = 2, .cols = 3,
    .value_label = "value"};

static struct figure *make(const struct transect_panel *panels, size_t n)
{
    struct figure *figure = NULL;

    CU_ASSERT_EQUAL(
        figure_new("test", "Title", panels, n, 2, &figure, &err), ST_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(figure);
    return figure;
}

static void test_same_bytes(void)
{
    const struct transect_panel panels[] = {lines, grid};
    struct figure *figure = make(panels, 2);
    unsigned char *a, *b;
    size_t n, m;

    CU_ASSERT_EQUAL(figure_png(figure, NULL, 0, &a, &n, &err), ST_OK);
    CU_ASSERT_EQUAL(figure_png(figure, NULL, 0, &b, &m, &err), ST_OK);
    CU_ASSERT_TRUE(n == m && memcmp(a, b, n) == 0);
    free(a);
    free(b);
    CU_ASSERT_EQUAL(figure_svg(figure, &a, &n, &err), ST_OK);
    CU_ASSERT_EQUAL(figure_svg(figure, &b, &m, &err), ST_OK);
    CU_ASSERT_TRUE(n == m && memcmp(a, b, n) == 0);
    free(a);
    free(b);
    CU_ASSERT_EQUAL(figure_pdf(figure, NULL, 0, &a, &n, &err), ST_OK);
    CU_ASSERT_EQUAL(figure_pdf(figure, NULL, 0, &b, &m, &err), ST_OK);
    CU_ASSERT_TRUE(n == m && memcmp(a, b, n) == 0);
    CU_ASSERT(n > 5 && memcmp(a, "%PDF-", 5) == 0);
    free(a);
    free(b);
    figure_free(figure);
}

static char *svg_of(const struct transect_panel *panel, const char *title)
{
    struct figure *figure = NULL;
    unsigned char *bytes;
    size_t size;

    CU_ASSERT_EQUAL_FATAL(
        figure_new("test", title, panel, 1, 1, &figure, &err), ST_OK);
    CU_ASSERT_EQUAL_FATAL(figure_svg(figure, &bytes, &size, &err), ST_OK);
    CU_ASSERT_EQUAL(strlen((char *)bytes), size);
    figure_free(figure);
    return (char *)bytes;
}

/* Its elements; freed, like any, by xml_free(). */
static struct xml xml_of(const struct transect_panel *panel,
                         const char *title)
{
    char *svg = svg_of(panel, title);
    struct xml xml;

    CU_ASSERT_FATAL(xml_parse(&xml, svg));
    CU_ASSERT_STRING_EQUAL(xml.elements[0].name, "svg");
    free(svg);
    return xml;
}

/* Texts are texts, to be found, read aloud and edited: each label is an
 * element, of no glyph's outline. */
static void test_svg_letters(void)
{
    struct transect_panel panel = lines;
    struct xml xml;
    size_t n = 0;
    char *svg;

    panel.x_label = "layer < \xc3\xa9";
    panel.y_label = "upwards";
    svg = svg_of(&panel, "Title");
    CU_ASSERT_PTR_NOT_NULL(strstr(svg, ">layer &lt; \xc3\xa9</text>"));
    CU_ASSERT_PTR_NOT_NULL(strstr(svg, ">upwards</text>"));
    CU_ASSERT_PTR_NOT_NULL(strstr(svg, "font-weight=\"bold\" "
                                       "text-anchor=\"middle\">Title</text>"));
    CU_ASSERT_PTR_NULL(strstr(svg, "glyph"));
    CU_ASSERT_FATAL(xml_parse(&xml, svg));
    for (size_t k = 0; k < xml.n; k++) {
        const char *turned = xml_get(&xml.elements[k], "transform");

        n += strcmp(xml.elements[k].name, "text") == 0 && turned &&
             strncmp(turned, "rotate(-90 ", 11) == 0;
    }
    CU_ASSERT_EQUAL(n, 1); /* the label of y */
    xml_free(&xml);
    free(svg);
}

static void test_svg_syntax(void)
{
    const struct transect_panel *const kinds[] = {&lines, &grid};

    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct xml xml = xml_of(kinds[i], "Two words \"&<>");

        xml_free(&xml);
    }
}

static void test_svg_title(void)
{
    char *svg = svg_of(&lines, "a < b & \"c\" id=\"#d");

    CU_ASSERT_PTR_NOT_NULL(
        strstr(svg, "<title>a &lt; b &amp; \"c\" id=\"#d</title>"));
    free(svg);
    svg = svg_of(&lines, NULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(svg, "<title>test</title>"));
    free(svg);
}

static size_t count_ids(const struct xml *xml, const char *id, size_t length)
{
    size_t n = 0;

    for (size_t i = 0; i < xml->n; i++) {
        const char *other = xml_get(&xml->elements[i], "id");

        n += other && strlen(other) == length &&
             strncmp(other, id, length) == 0;
    }
    return n;
}

/* All that a value refers to, as "#ID" or as "url(#ID)", is there. */
static size_t check_references(const struct xml *xml, const char *value)
{
    size_t n = 0;

    if (value[0] == '#') {
        CU_ASSERT_EQUAL(count_ids(xml, value + 1, strlen(value + 1)), 1);
        n++;
    }
    for (; (value = strstr(value, "url(#")); n++) {
        value += 5;
        CU_ASSERT_EQUAL(count_ids(xml, value, strcspn(value, ")")), 1);
    }
    return n;
}

/* Ids are defined once, and those of two drawings differ. */
static void test_svg_ids(void)
{
    struct xml a = xml_of(&lines, "Title"), b = xml_of(&grid, "Title");
    size_t n = 0, references = 0;

    for (size_t i = 0; i < a.n; i++) {
        const struct xml_element *element = &a.elements[i];
        const char *id = xml_get(element, "id");

        for (size_t k = 0; k < element->n_attributes; k++)
            references += check_references(&a, element->attributes[k].value);
        if (!id)
            continue;
        n++;
        CU_ASSERT_EQUAL(count_ids(&a, id, strlen(id)), 1);
        CU_ASSERT_EQUAL(count_ids(&b, id, strlen(id)), 0);
        CU_ASSERT_EQUAL(id[0], 'f');
    }
    CU_ASSERT(n > 0);
    for (size_t i = 0; i < b.n; i++)
        for (size_t k = 0; k < b.elements[i].n_attributes; k++)
            references += check_references(
                &b, b.elements[i].attributes[k].value);
    CU_ASSERT(references > 0); /* the grid's image, at least */
    xml_free(&a);
    xml_free(&b);
}

/* Whatever the bytes, Cairo draws them. */
static void test_any_bytes(void)
{
    char bytes[256][8];
    const char *names[256];
    double values[256] = {0};
    struct transect_panel panel = grid;
    unsigned seed = 1;

    for (size_t i = 0; i < 256; i++) {
        for (size_t j = 0; j < 7; j++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i][j] = (char)(j == 0 ? i : seed >> 24);
        }
        bytes[i][7] = '\0';
        names[i] = bytes[i];
    }
    panel.values = values;
    panel.rows = 1;
    panel.cols = 256;
    panel.x_names = names;
    panel.title = "\xed\xa0\x80\xf4\x90\x80\x80\xef\xb7\x90";
    free(svg_of(&panel, "\xff\xfe"));
}

static void refused(const struct transect_panel *panel, const char *reason)
{
    struct figure *figure = NULL;

    memset(&err, 0, sizeof err);
    CU_ASSERT_EQUAL(figure_new("test", NULL, panel, 1, 1, &figure, &err),
                    ST_PLUGIN);
    CU_ASSERT_PTR_NULL(figure);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, reason));
    CU_ASSERT_EQUAL(strncmp(err.text, "figure 'test': ", 15), 0);
    if (!strstr(err.text, reason))
        printf("# %s\n", err.text);
}

static void test_refused_panels(void)
{
    const struct transect_series no_y = {"a", NULL, NULL, NULL, 3},
                                 empty = {"a", NULL, ramp, NULL, 0};
    struct transect_panel bad = lines;

    bad.kind = 4;
    refused(&bad, "panel 0: has the kind 4");
    bad = lines;
    bad.flags = 32;
    refused(&bad, "has flags 0x20");
    bad = lines;
    bad.n_series = 0;
    refused(&bad, "has 0 series");
    bad.n_series = 2;
    bad.series = NULL;
    refused(&bad, "at NULL");
    bad.n_series = 1;
    bad.series = &no_y;
    refused(&bad, "series 0 has 3 points but no y");
    bad.series = &empty;
    refused(&bad, "no points");
    bad = grid;
    bad.values = NULL;
    refused(&bad, "has no values");
    bad = grid;
    bad.cols = 0;
    refused(&bad, "2 rows and 0 columns");
    bad.cols = SIZE_MAX;
    refused(&bad, "each must be 1 to 4096");
    bad.kind = TRANSECT_BARS3D;
    bad.rows = 1000;
    bad.cols = 11;
    refused(&bad, "has 11000 bars");
    bad = grid;
    bad.size = 8;
    refused(&bad, "8 bytes");
}

static void test_refused_limits(void)
{
    static const double limits[][2] = {
        {1, 1}, {2, 1}, {NAN, 1}, {0, HUGE_VAL}, {0, 1e-320}, {-1e308, 1e308}};
    struct transect_panel bad = grid;

    for (size_t i = 0; i < COUNT(limits); i++) {
        bad.low = limits[i][0];
        bad.high = limits[i][1];
        refused(&bad, "its limits are");
    }
}

static void test_refused_figures(void)
{
    static const char *const names[] = {"", NULL, "../x", "a b", ".hidden",
                                        "-option", "a/b", "\xc3\xa9"};
    struct figure *figure = NULL;

    for (size_t i = 0; i < COUNT(names); i++) {
        CU_ASSERT_EQUAL(
            figure_new(names[i], NULL, &grid, 1, 1, &figure, &err),
            ST_PLUGIN);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "cannot name a file"));
    }
    CU_ASSERT_EQUAL(figure_new("x", NULL, NULL, 0, 1, &figure, &err),
                    ST_PLUGIN);
    CU_ASSERT_EQUAL(figure_new("x", NULL, NULL, 2, 1, &figure, &err),
                    ST_PLUGIN);
    CU_ASSERT_EQUAL(figure_new("x", NULL, &grid, 65, 1, &figure, &err),
                    ST_PLUGIN);
    CU_ASSERT_EQUAL(figure_new("x", NULL, &grid, 1, 0, &figure, &err),
                    ST_PLUGIN);
    CU_ASSERT_PTR_NULL(figure);
    figure_free(NULL);
}

/* What a plugin does with its memory afterwards does not matter. */
static void test_deep_copy(void)
{
    double *y = mem_new(3, sizeof *y), *values = mem_new(6, sizeof *values);
    unsigned char *marks = mem_new(6, 1);
    char *title = mem_strdup("Panel"), *name = mem_strdup("ramp");
    const char *names[] = {title, name, title};
    struct transect_series series = {name, y, y, y, 3};
    struct transect_panel panels[] = {lines, grid};
    struct figure *figure;
    unsigned char *before, *after;
    size_t n, m;

    panels[0].series = &series;
    panels[0].title = title;
    panels[0].x_names = names;
    panels[1].values = values;
    panels[1].marks = memset(marks, 1, 6);
    panels[1].mark_label = name;
    panels[1].x_names = names;
    panels[1].y_names = names;
    figure = make(panels, 2);
    CU_ASSERT_EQUAL(figure_svg(figure, &before, &n, &err), ST_OK);
    memset(y, 0x41, 3 * sizeof *y);
    memset(values, 0x41, 6 * sizeof *values);
    memset(title, 'x', 5);
    memset(name, 'x', 4);
    memset(&series, 0, sizeof series);
    memset(panels, 0, sizeof panels);
    memset(names, 0, sizeof names);
    memset(marks, 0, 6);
    free(y);
    free(values);
    free(marks);
    free(title);
    free(name);
    CU_ASSERT_EQUAL(figure_svg(figure, &after, &m, &err), ST_OK);
    CU_ASSERT_TRUE(n == m && memcmp(before, after, n) == 0);
    CU_ASSERT_STRING_EQUAL(figure->panels[1].y_names[1], "ramp");
    free(before);
    free(after);
    figure_free(figure);
}

/* A plugin of a later minor version has panels with more members. */
static void test_larger_panels(void)
{
    struct {
        struct transect_panel panel;
        double later[3];
    } panels[2] = {{.panel = lines, .later = {1, 2, 3}}, {.panel = grid}};
    struct figure *figure;

    panels[0].panel.size = panels[1].panel.size = sizeof panels[0];
    figure = make(&panels[0].panel, 2);
    CU_ASSERT_EQUAL(figure->panels[0].n_series, 1);
    CU_ASSERT_EQUAL(figure->panels[1].cols, 3);
    figure_free(figure);
    panels[1].panel.size = sizeof panels[1].panel;
    CU_ASSERT_EQUAL(figure_new("test", NULL, &panels[0].panel, 2, 1, &figure,
                               &err), ST_PLUGIN);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "panel 1: says that it has"));
}

static void test_awkward_values(void)
{
    static const double sets[][4] = {
        {NAN, NAN, NAN, NAN},     {1, 1, 1, 1},
        {0, 0, 0, 0},             {HUGE_VAL, -HUGE_VAL, NAN, 1},
        {1e299, -1e299, 0, 1},    {1e-300, 1e-299, 1e-310, 5e-324},
        {1e15, 1e15 + 1, 0, NAN}, {1e308, 1, 10, 100},
        {1, 10, 100, 1000},       {-1, -2, -3, -4},
    };

    for (size_t i = 0; i < COUNT(sets); i++)
        for (uint32_t flags = 0; flags < 32; flags++)
            for (int kind = 0; kind < FIGURE_N_KINDS; kind++) {
                struct transect_series series[] = {
                    {"", sets[i], sets[i], sets[i], 4},
                    {NULL, NULL, sets[i], sets[i], 1}};
                struct transect_panel panel = {
                    PANEL, .kind = kind, .flags = flags, .title = "",
                    .series = series, .n_series = 2, .values = sets[i],
                    .rows = 2, .cols = 2, .high = i % 2 ? 1 : 0};

                free(svg_of(&panel, ""));
            }
}

/* One legend is above all panels, or each has its own. */
static void test_shared_legend(void)
{
    const struct transect_series one[] = {{"a", NULL, ramp, NULL, 6},
                                          {"b", NULL, ramp, NULL, 6}},
                                 other[] = {{"a", NULL, ramp, NULL, 6},
                                            {"c", NULL, ramp, NULL, 6}};
    struct transect_panel panels[] = {lines, lines};
    struct figure *figure;
    double w, shared, apart;

    panels[0].series = panels[1].series = one;
    panels[0].n_series = panels[1].n_series = 2;
    figure = make(panels, 2);
    CU_ASSERT(figure_measure(figure, &w, &shared, &err) == ST_OK);
    figure_free(figure);
    panels[1].series = other;
    figure = make(panels, 2);
    CU_ASSERT(figure_measure(figure, &w, &apart, &err) == ST_OK);
    figure_free(figure);
    CU_ASSERT_TRUE(shared != apart);
}

/* The closed outlines of all its paths. */
static size_t outlines(const struct xml *xml)
{
    size_t n = 0;

    for (size_t i = 0; i < xml->n; i++) {
        const char *path = xml_get(&xml->elements[i], "d");

        for (; path && (path = strpbrk(path, "Zz")); path++)
            n++;
    }
    return n;
}

/* A triangle for each mark, and two outlines more that explain it. */
static void test_marks(void)
{
    static const unsigned char marks[] = {0, 1, 0, 0, 2, 1}, none[6];
    struct transect_panel panel = grid;
    struct xml plain = xml_of(&panel, NULL), unmarked, marked;

    panel.marks = none;
    panel.mark_label = "not told apart";
    unmarked = xml_of(&panel, NULL);
    CU_ASSERT_EQUAL(outlines(&unmarked), outlines(&plain));
    panel.marks = marks;
    panel.mark_label = NULL;
    marked = xml_of(&panel, NULL);
    CU_ASSERT_EQUAL(outlines(&marked), outlines(&plain) + 3 + 2);
    xml_free(&plain);
    xml_free(&unmarked);
    xml_free(&marked);
}

/* Cairo keeps fonts for the life of the process; not for leak checkers. */
static int clean_up(void)
{
    cairo_debug_reset_static_data();
    return 0;
}

CU_ErrorCode add_figure_tests(void)
{
    static CU_TestInfo tests[] = {
        {"the same figure gives the same bytes", test_same_bytes},
        {"an SVG holds its letters", test_svg_letters},
        {"an SVG is well-formed", test_svg_syntax},
        {"an SVG's title is escaped", test_svg_title},
        {"an SVG's ids are its own", test_svg_ids},
        {"names of any bytes are drawn", test_any_bytes},
        {"panels that make no sense are refused", test_refused_panels},
        {"limits that make no sense are refused", test_refused_limits},
        {"figures that make no sense are refused", test_refused_figures},
        {"a figure is independent of the plugin", test_deep_copy},
        {"panels of a later version", test_larger_panels},
        {"values that are hard to draw", test_awkward_values},
        {"panels alike share a legend", test_shared_legend},
        {"marks of cells", test_marks},
        CU_TEST_INFO_NULL,
    };
    CU_pSuite suite = CU_add_suite("figure", NULL, clean_up);

    for (CU_TestInfo *test = tests; suite && test->pName; test++)
        CU_add_test(suite, test->pName, test->pTestFunc);
    return CU_get_error();
}
