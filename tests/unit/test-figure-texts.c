/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-figure-texts.c - texts in the cells of heat maps. */
#include "base/mem.h"
#include "figure/figure-internal.h"
#include "tests.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 2, COLS = 3, CELLS = ROWS * COLS };

static const double values[CELLS] = {0, 1, 1, 1, 1, 0};
static const struct transect_panel grid = {
    .size = sizeof(struct transect_panel), .kind = TRANSECT_HEATMAP,
    .values = values, .rows = ROWS, .cols = COLS};
static struct error err;

static struct figure *make(const struct transect_panel *panel)
{
    struct figure *figure = NULL;

    CU_ASSERT_EQUAL_FATAL(
        figure_new("texts", NULL, panel, 1, 1, &figure, &err), ST_OK);
    return figure;
}

static char *svg_of(const struct figure *figure)
{
    unsigned char *bytes;
    size_t size;

    CU_ASSERT_EQUAL_FATAL(figure_svg(figure, &bytes, &size, &err), ST_OK);
    return (char *)bytes;
}

/* Letters of the texts of a drawing, between ">" and "</text>"; fill: of those
 * of that colour, or NULL. */
static int letters_of(const char *svg, const char *fill)
{
    int n = 0;

    while ((svg = strstr(svg, "<text "))) {
        const char *begin = strchr(svg, '>') + 1;
        const char *end = strstr(begin, "</text>"), *colour;

        colour = strstr(svg, "fill=\"");
        if (!fill || strncmp(colour + 6, fill, strlen(fill)) == 0)
            for (const char *c = begin; c < end; c++)
                n += (*c & 0xc0) != 0x80;
        svg = end;
    }
    return n;
}

/* Letters that a panel has more than the grid without texts; *light: those in
 * white. */
static int letters(const char *const *texts, int *light)
{
    struct transect_panel panel = grid;
    struct figure *plain = make(&panel), *figure;
    char *before = svg_of(plain), *after;
    int n;

    panel.texts = texts;
    figure = make(&panel);
    after = svg_of(figure);
    n = letters_of(after, NULL) - letters_of(before, NULL);
    *light = letters_of(after, "rgb(255,255,255)");
    figure_free(plain);
    figure_free(figure);
    free(before);
    free(after);
    return n;
}

/* White on dark cells and black on light ones. */
static void test_letters(void)
{
    const char *const texts[CELLS] = {"a", "bcd", "", NULL, "e", " f"};
    int light, n = letters(texts, &light);

    CU_ASSERT_EQUAL(n, 1 + 3 + 1 + 2);
    CU_ASSERT_EQUAL(light, 1 + 2); /* of value 0 */
}

/* No cell becomes wider than for some ten letters. */
static void test_long_texts(void)
{
    char text[301] = "";
    const char *const texts[CELLS] = {[1] = text};
    int light, n;

    memset(text, 'n', 300);
    n = letters(texts, &light);
    CU_ASSERT(n > 5 && n < 30);
}

/* What does not use them does not keep them. */
static void test_kept(void)
{
    enum { MANY = 101 };
    static double many[MANY * MANY];
    static const char *cells[MANY * MANY];
    struct transect_panel panel = grid;
    struct figure *figure;
    char *name = mem_strdup(" x");

    for (int i = 0; i < MANY * MANY; i++)
        cells[i] = name;
    panel.texts = cells;
    figure = make(&panel);
    memset(name, 'y', 2);
    CU_ASSERT_STRING_EQUAL(figure->panels[0].texts[CELLS - 1],
                           "\xc2\xb7" "x");
    figure_free(figure);
    panel.values = many;
    panel.rows = panel.cols = MANY;
    figure = make(&panel);
    CU_ASSERT_PTR_NULL(figure->panels[0].texts);
    figure_free(figure);
    free(name);
}

CU_ErrorCode add_figure_texts_tests(void)
{
    CU_pSuite suite = CU_add_suite("texts of figures", NULL, NULL);

    CU_add_test(suite, "letters in cells", test_letters);
    CU_add_test(suite, "long ones", test_long_texts);
    CU_add_test(suite, "their copies", test_kept);
    return CU_get_error();
}
