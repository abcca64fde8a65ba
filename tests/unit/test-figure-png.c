/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-figure-png.c - figures as PNG, decoded: what is where. */
#include "figure/figure-internal.h"
#include "base/mem.h"
#include "tests.h"

#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#define PANEL .size = sizeof(struct transect_panel)

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

/* A drawing, decoded. */
struct picture {
    unsigned width, height;
    unsigned per_metre;
    unsigned char *rgb; /* (height, width, 3) */
    png_text *texts;
    int n_texts;
    png_structp png;
    png_infop info;
};

struct source {
    const unsigned char *bytes;
    size_t left;
};

static void on_read(png_structp png, png_bytep to, size_t size)
{
    struct source *source = png_get_io_ptr(png);

    if (size > source->left)
        png_error(png, "the file ends early");
    memcpy(to, source->bytes, size);
    source->bytes += size;
    source->left -= size;
}

static void decode(struct picture *picture, const unsigned char *bytes,
                   size_t size)
{
    struct source source = {bytes, size};
    png_uint_32 x, y;
    int unit;

    memset(picture, 0, sizeof *picture);
    picture->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL,
                                          NULL);
    picture->info = png_create_info_struct(picture->png);
    if (setjmp(png_jmpbuf(picture->png))) {
        CU_FAIL_FATAL("libpng does not read it");
        return;
    }
    png_set_read_fn(picture->png, &source, on_read);
    png_read_png(picture->png, picture->info, PNG_TRANSFORM_IDENTITY, NULL);
    CU_ASSERT_EQUAL(source.left, 0);
    CU_ASSERT_EQUAL(png_get_color_type(picture->png, picture->info),
                    PNG_COLOR_TYPE_RGB);
    picture->width = png_get_image_width(picture->png, picture->info);
    picture->height = png_get_image_height(picture->png, picture->info);
    png_get_pHYs(picture->png, picture->info, &x, &y, &unit);
    CU_ASSERT_EQUAL(x, y);
    CU_ASSERT_EQUAL(unit, PNG_RESOLUTION_METER);
    picture->per_metre = x;
    picture->rgb = mem_new((size_t)picture->width * picture->height, 3);
    for (size_t i = 0; i < picture->height; i++)
        memcpy(picture->rgb + i * picture->width * 3,
               png_get_rows(picture->png, picture->info)[i],
               (size_t)picture->width * 3);
    png_get_text(picture->png, picture->info, &picture->texts,
                 &picture->n_texts);
}

static void picture_free(struct picture *picture)
{
    free(picture->rgb);
    png_destroy_read_struct(&picture->png, &picture->info, NULL);
}

static void draw_picture(struct picture *picture,
                         const struct transect_panel *panel)
{
    struct figure *figure = make(panel, 1);
    unsigned char *bytes;
    size_t size;

    CU_ASSERT_EQUAL_FATAL(
        figure_png(figure, NULL, 0, &bytes, &size, &err), ST_OK);
    decode(picture, bytes, size);
    free(bytes);
    figure_free(figure);
}

static bool is_near(const unsigned char *pixel, unsigned hex)
{
    return abs(pixel[0] - (int)(hex >> 16 & 255)) <= 1 &&
           abs(pixel[1] - (int)(hex >> 8 & 255)) <= 1 &&
           abs(pixel[2] - (int)(hex & 255)) <= 1;
}

/* Pixels of a colour, and the middle of the place where they are. */
struct patch {
    double n, x, y;
};

static struct patch find(const struct picture *picture, unsigned hex)
{
    struct patch patch = {0};

    for (size_t y = 0; y < picture->height; y++)
        for (size_t x = 0; x < picture->width; x++)
            if (is_near(picture->rgb + 3 * (y * picture->width + x), hex)) {
                patch.n++;
                patch.x += (double)x;
                patch.y += (double)y;
            }
    patch.x /= fmax(patch.n, 1);
    patch.y /= fmax(patch.n, 1);
    return patch;
}

static void test_png(void)
{
    const struct figure_text texts[] = {
        {"Software", "transect"},
        {"Model", "models/d\xc3\xa9mo"},
        {"Description", "two\nlines"},
    };
    struct figure *figure = make(&lines, 1);
    struct picture picture;
    unsigned char *bytes;
    double w, h;
    size_t size;

    CU_ASSERT_EQUAL_FATAL(
        figure_png(figure, texts, 3, &bytes, &size, &err), ST_OK);
    CU_ASSERT(figure_measure(figure, &w, &h, &err) == ST_OK);
    decode(&picture, bytes, size);
    CU_ASSERT_EQUAL(picture.per_metre, 7874); /* 200 dpi */
    CU_ASSERT_EQUAL(picture.width, (unsigned)ceil(w * 200 / 72));
    CU_ASSERT_EQUAL(picture.height, (unsigned)ceil(h * 200 / 72));
    CU_ASSERT_EQUAL_FATAL(picture.n_texts, 3);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_STRING_EQUAL(picture.texts[i].key, texts[i].key);
        CU_ASSERT_STRING_EQUAL(picture.texts[i].text, texts[i].value);
    }
    CU_ASSERT_EQUAL(picture.texts[0].compression, PNG_TEXT_COMPRESSION_NONE);
    CU_ASSERT_EQUAL(picture.texts[1].compression, PNG_ITXT_COMPRESSION_NONE);
    picture_free(&picture);
    free(bytes);
    figure_free(figure);
}

static void test_png_refusals(void)
{
    const struct figure_text unnamed = {"", "x"},
                             foreign = {"Mod\xc3\xa8le", "x"};
    struct figure *figure = make(&lines, 1);
    unsigned char *bytes;
    size_t size;

    CU_ASSERT_EQUAL(figure_png(figure, &unnamed, 1, &bytes, &size, &err),
                    ST_FAILED);
    CU_ASSERT_EQUAL(figure_png(figure, &foreign, 1, &bytes, &size, &err),
                    ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "figure 'test': the key"));
    figure_free(figure);
}

/* More panels than any page holds. */
static void test_too_large(void)
{
    double values[100] = {0};
    struct transect_panel panels[64];
    struct figure *figure = NULL;
    unsigned char *bytes;
    size_t size;

    for (size_t i = 0; i < 64; i++) {
        panels[i] = grid;
        panels[i].values = values;
        panels[i].rows = 100;
        panels[i].cols = 1;
        panels[i].flags = TRANSECT_ANNOTATE;
    }
    CU_ASSERT_EQUAL_FATAL(figure_new("test", NULL, panels, 64, 1, &figure,
                                     &err), ST_OK);
    CU_ASSERT_EQUAL(figure_png(figure, NULL, 0, &bytes, &size, &err),
                    ST_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "fewer panels"));
    figure_free(figure);
}

static void test_cells(void)
{
    const double values[] = {-3, 0, 3, NAN};
    struct transect_panel panel = grid;
    struct picture picture;

    draw_picture(&picture, &grid);
    CU_ASSERT_TRUE(find(&picture, 0x440154).n > 2000);
    CU_ASSERT_TRUE(find(&picture, 0xfde725).n > 2000);
    /* Row 0 is on top, column 0 on the left. */
    CU_ASSERT_TRUE(find(&picture, 0x440154).y < find(&picture, 0xfde725).y);
    CU_ASSERT_TRUE(find(&picture, 0x440154).x < find(&picture, 0xfde725).x);
    picture_free(&picture);

    panel.values = values;
    panel.rows = 1;
    panel.cols = 4;
    panel.flags = TRANSECT_DIVERGING;
    draw_picture(&picture, &panel);
    CU_ASSERT_TRUE(find(&picture, 0x175192).n > 2000);
    CU_ASSERT_TRUE(find(&picture, 0xf7f7f7).n > 2000);
    CU_ASSERT_TRUE(find(&picture, 0x853b00).n > 2000);
    CU_ASSERT_TRUE(find(&picture, 0xd0d0d0).n > 2000);
    picture_free(&picture);
}

static void test_bars(void)
{
    const double up[] = {5, NAN}, down[] = {NAN, -10};
    const struct transect_series series[] = {{"up", NULL, up, NULL, 2},
                                             {"down", NULL, down, NULL, 2}};
    const struct transect_panel panel = {
        PANEL, .kind = TRANSECT_BARS, .series = series, .n_series = 2};
    struct picture picture;
    struct patch blue, red;

    draw_picture(&picture, &panel);
    blue = find(&picture, 0x0072b2);
    red = find(&picture, 0xd55e00);
    CU_ASSERT_TRUE(blue.n > 2000);
    CU_ASSERT_DOUBLE_EQUAL(red.n / blue.n, 2, 0.2); /* as 10 to 5 */
    CU_ASSERT_TRUE(blue.y < red.y);
    CU_ASSERT_TRUE(blue.x < red.x);
    picture_free(&picture);
}

/* The area of a single bar's front, drawn in a shade of that colour. */
static double front_of(double value, double low, double high, double colour)
{
    const struct transect_panel panel = {
        PANEL, .kind = TRANSECT_BARS3D, .values = &value, .rows = 1,
        .cols = 1, .low = low, .high = high};
    struct figure_colour c = figure_colour_shade(
        figure_colour_diverging(colour), 0.88);
    struct picture picture;
    double area;

    draw_picture(&picture, &panel);
    area = find(&picture, (unsigned)lround(255 * c.r) << 16 |
                              (unsigned)lround(255 * c.g) << 8 |
                              (unsigned)lround(255 * c.b)).n;
    picture_free(&picture);
    return area;
}

static void test_bars3d(void)
{
    double whole = front_of(10, 0, 10, 0);

    CU_ASSERT_TRUE(whole > 10000);
    CU_ASSERT_DOUBLE_EQUAL(front_of(5, 0, 10, 0.22) / whole, 0.5, 0.02);
    /* From zero in the middle, up and down. */
    CU_ASSERT_DOUBLE_EQUAL(front_of(5, -10, 10, 0.75) / whole, 0.25, 0.02);
    CU_ASSERT_DOUBLE_EQUAL(front_of(-10, -10, 10, 0) / whole, 0.5, 0.02);
    /* Beyond the limit it ends there. */
    CU_ASSERT_DOUBLE_EQUAL(front_of(50, 0, 10, 0) / whole, 1, 0.02);
}

static void test_colour_by_name(void)
{
    const struct transect_series one = {"a", NULL, ramp, NULL, 6},
                                 other = {"b", NULL, ramp, NULL, 6};
    struct transect_panel panels[] = {lines, lines};
    struct figure *figure;
    struct picture picture;
    unsigned char *bytes;
    size_t size;

    panels[0].kind = panels[1].kind = TRANSECT_BARS;
    panels[0].series = &one;
    panels[1].series = &other;
    figure = make(panels, 2);
    CU_ASSERT_EQUAL_FATAL(figure_png(figure, NULL, 0, &bytes, &size, &err),
                          ST_OK);
    decode(&picture, bytes, size);
    CU_ASSERT_TRUE(find(&picture, 0x0072b2).x < picture.width / 2);
    CU_ASSERT_TRUE(find(&picture, 0xd55e00).x > picture.width / 2);
    picture_free(&picture);
    free(bytes);
    figure_free(figure);
}

/* Connected pieces of a colour. Markers are pieces of a few points; what
 * reaches further is a line, or a part of one between markers. */
struct pieces {
    size_t markers, lines;
};

struct flood {
    const struct picture *picture;
    unsigned hex;
    size_t *todo, n; /* pixels whose neighbours are still to be looked at */
    bool *seen;      /* (height, width) */
};

static void flood_to(struct flood *flood, size_t x, size_t y)
{
    size_t at = y * flood->picture->width + x;

    if (x >= flood->picture->width || y >= flood->picture->height ||
        flood->seen[at] || !is_near(flood->picture->rgb + 3 * at, flood->hex))
        return;
    flood->seen[at] = true;
    flood->todo[flood->n++] = at;
}

/* The larger side of the piece that (x, y) is in; 0: in none, or in one that
 * was measured before. */
static size_t flood_from(struct flood *flood, size_t x, size_t y)
{
    size_t width = flood->picture->width;
    size_t left = x, right = x, top = y, bottom = y;

    flood_to(flood, x, y);
    if (flood->n == 0)
        return 0;
    while (flood->n > 0) {
        size_t at = flood->todo[--flood->n];

        x = at % width;
        y = at / width;
        left = x < left ? x : left;
        right = x > right ? x : right;
        top = y < top ? y : top;
        bottom = y > bottom ? y : bottom;
        for (size_t i = 0; i < 9; i++) /* beyond 0 is beyond the picture */
            flood_to(flood, x + i % 3 - 1, y + i / 3 - 1);
    }
    return (right - left > bottom - top ? right - left : bottom - top) + 1;
}

static struct pieces find_pieces(const struct picture *picture, unsigned hex)
{
    const size_t least = 1.5 * 200 / 72, most = 8.0 * 200 / 72;
    size_t area = (size_t)picture->width * picture->height;
    struct flood flood = {picture, hex, mem_new(area, sizeof(size_t)), 0,
                          mem_new(area, sizeof(bool))};
    struct pieces pieces = {0};

    for (size_t at = 0; at < area; at++) {
        size_t side = flood_from(&flood, at % picture->width,
                                 at / picture->width);

        pieces.markers += side >= least && side <= most;
        pieces.lines += side > most;
    }
    free(flood.todo);
    free(flood.seen);
    return pieces;
}

/* All points of a scatter are there, and no line joins them; where a line
 * does, markers that would touch are left out. */
static void test_scatter(void)
{
    enum { N = 200 };
    double y[N];
    const struct transect_series series[] = {{NULL, NULL, y, NULL, N},
                                             {NULL, NULL, y, NULL, 2}};
    struct transect_panel panel = lines;
    struct picture picture;
    struct pieces pieces;

    for (int i = 0; i < N; i++)
        y[i] = i % 7;
    panel.series = series;
    draw_picture(&picture, &panel);
    pieces = find_pieces(&picture, 0x0072b2);
    CU_ASSERT(pieces.markers > 0 && pieces.markers < N / 2);
    CU_ASSERT(pieces.lines > 0 && pieces.lines <= pieces.markers + 1);
    picture_free(&picture);
    panel.flags = TRANSECT_SCATTER;
    draw_picture(&picture, &panel);
    pieces = find_pieces(&picture, 0x0072b2);
    CU_ASSERT_EQUAL(pieces.lines, 0);
    CU_ASSERT_EQUAL(pieces.markers, N);
    picture_free(&picture);
    panel.n_series = 2;
    draw_picture(&picture, &panel);
    CU_ASSERT_EQUAL(find_pieces(&picture, 0x0072b2).lines, 0);
    CU_ASSERT_EQUAL(find_pieces(&picture, 0xd55e00).lines, 1);
    picture_free(&picture);
}

/* Cairo keeps fonts for the life of the process; not for leak checkers. */
static int clean_up(void)
{
    cairo_debug_reset_static_data();
    return 0;
}

CU_ErrorCode add_figure_png_tests(void)
{
    static CU_TestInfo tests[] = {
        {"a PNG has its size, resolution and texts", test_png},
        {"a PNG's texts have usable keys", test_png_refusals},
        {"a figure too large for a page is refused", test_too_large},
        {"cells have the colours of their values", test_cells},
        {"bars are as long as their values", test_bars},
        {"3D bars are as high as their values", test_bars3d},
        {"a name keeps its colour", test_colour_by_name},
        {"a scatter has all its points and no line", test_scatter},
        CU_TEST_INFO_NULL,
    };
    CU_pSuite suite = CU_add_suite("figure-png", NULL, clean_up);

    for (CU_TestInfo *test = tests; suite && test->pName; test++)
        CU_add_test(suite, test->pName, test->pTestFunc);
    return CU_get_error();
}
