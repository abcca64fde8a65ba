/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-png.c - figures as PNG, with text chunks. */
#include "base/mem.h"
#include "figure/figure-internal.h"

#include <math.h>
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PIXELS 20000 /* a side; cairo's own limit is 32767 */
#define LARGEST_AREA 120e6
#define PIXELS_PER_METRE ((png_uint_32)(FIGURE_DPI / 0.0254 + 0.5))

/* Destination of libpng's output. */
struct sink {
    unsigned char *bytes;
    size_t size, room;
    char message[200]; /* of libpng, when it gave up */
};

static void on_write(png_structp png, png_bytep bytes, size_t size)
{
    struct sink *sink = png_get_io_ptr(png);

    if (size > sink->room - sink->size) {
        sink->room = 2 * (sink->room + size);
        sink->bytes = mem_grow(sink->bytes, sink->room, 1);
    }
    memcpy(sink->bytes + sink->size, bytes, size);
    sink->size += size;
}

static void on_flush(png_structp png)
{
    (void)png;
}

static void on_error(png_structp png, png_const_charp message)
{
    struct sink *sink = png_get_error_ptr(png);

    strncpy(sink->message, message, sizeof sink->message - 1);
    png_longjmp(png, 1);
}

/* libpng's default prints warnings. */
static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

/* A text chunk that there is no memory for would only be a warning. */
static png_voidp on_alloc(png_structp png, png_alloc_size_t bytes)
{
    (void)png;
    return mem_alloc(bytes);
}

static void on_free(png_structp png, png_voidp memory)
{
    (void)png;
    free(memory);
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

/* tEXt chunks are Latin-1; what needs more is UTF-8 in iTXt. */
static png_textp make_texts(const struct figure_text *texts, size_t n)
{
    png_textp chunks = mem_new(n, sizeof *chunks);

    for (size_t i = 0; i < n; i++) {
        chunks[i].key = (char *)texts[i].key;
        chunks[i].text = (char *)texts[i].value;
        chunks[i].compression = is_ascii(texts[i].value)
                                    ? PNG_TEXT_COMPRESSION_NONE
                                    : PNG_ITXT_COMPRESSION_NONE;
        chunks[i].text_length = strlen(texts[i].value);
    }
    return chunks;
}

/* From Cairo's 32-bit words, in the order of the machine, to R, G, B. */
static void write_rows(png_structp png, cairo_surface_t *surface,
                       unsigned char *row)
{
    int width = cairo_image_surface_get_width(surface);
    int height = cairo_image_surface_get_height(surface);
    int stride = cairo_image_surface_get_stride(surface);
    const unsigned char *data = cairo_image_surface_get_data(surface);

    for (int y = 0; y < height; y++) {
        const uint32_t *pixels =
            (const void *)(data + (size_t)y * (size_t)stride);

        for (int x = 0; x < width; x++) {
            row[3 * x] = (unsigned char)(pixels[x] >> 16);
            row[3 * x + 1] = (unsigned char)(pixels[x] >> 8);
            row[3 * x + 2] = (unsigned char)pixels[x];
        }
        png_write_row(png, row);
    }
}

/* No local is changed after setjmp, so none is indeterminate after longjmp. */
static bool write_png(png_structp png, png_infop info,
                      cairo_surface_t *surface, png_textp chunks, int n,
                      unsigned char *row)
{
    if (setjmp(png_jmpbuf(png)))
        return false;
    png_set_IHDR(png, info,
                 (png_uint_32)cairo_image_surface_get_width(surface),
                 (png_uint_32)cairo_image_surface_get_height(surface), 8,
                 PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    /* Areas of one colour gain nothing from filters and little from thorough
     * compression, which would take most of the time. */
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
    png_set_compression_level(png, 3);
    png_set_pHYs(png, info, PIXELS_PER_METRE, PIXELS_PER_METRE,
                 PNG_RESOLUTION_METER);
    png_set_text(png, info, chunks, n);
    png_write_info(png, info);
    write_rows(png, surface, row);
    png_write_end(png, info);
    return true;
}

static bool encode(cairo_surface_t *surface, const struct figure_text *texts,
                   size_t n_texts, struct sink *sink)
{
    size_t width = (size_t)cairo_image_surface_get_width(surface);
    png_structp png =
        png_create_write_struct_2(PNG_LIBPNG_VER_STRING, sink, on_error,
                                  on_warning, NULL, on_alloc, on_free);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    png_textp chunks = make_texts(texts, n_texts);
    unsigned char *row = mem_new(width, 3);
    bool ok = false;

    if (info) {
        png_set_write_fn(png, sink, on_write, on_flush);
        ok = write_png(png, info, surface, chunks, (int)n_texts, row);
    }
    png_destroy_write_struct(&png, &info);
    free(chunks);
    free(row);
    return ok;
}

static int check_texts(const struct figure *figure,
                       const struct figure_text *texts, size_t n,
                       struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(texts[i].key);

        if (length < 1 || length > 79 || !is_ascii(texts[i].key))
            return error_set(err, ST_FAILED, "figure '%s': the key '%.99s' "
                             "does not suit a PNG text; 1 to 79 ASCII "
                             "characters do", figure->name, texts[i].key);
    }
    return ST_OK;
}

static int draw(const struct figure *figure, double scale,
                cairo_surface_t *surface, struct error *err)
{
    cairo_t *cr = cairo_create(surface);
    int status;

    cairo_scale(cr, scale, scale);
    figure_draw(cr, figure);
    cairo_surface_flush(surface);
    status = figure_status(figure, cr, surface, err);
    cairo_destroy(cr);
    return status;
}

int figure_png(const struct figure *figure, const struct figure_text *texts,
               size_t n_texts, unsigned char **bytes, size_t *size,
               struct error *err)
{
    const double scale = FIGURE_DPI / 72.0;
    struct sink sink = {0};
    cairo_surface_t *surface;
    double w, h;
    int status = check_texts(figure, texts, n_texts, err);

    if (status == ST_OK)
        status = figure_measure(figure, &w, &h, err);
    if (status != ST_OK)
        return status;
    w = ceil(w * scale);
    h = ceil(h * scale);
    if (w > MOST_PIXELS || h > MOST_PIXELS || w * h > LARGEST_AREA)
        return error_set(err, ST_FAILED, "figure '%s': would have %.0f x "
                         "%.0f pixels; fewer panels in more figures stay "
                         "readable", figure->name, w, h);
    surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)w, (int)h);
    status = draw(figure, scale, surface, err);
    if (status == ST_OK && !encode(surface, texts, n_texts, &sink))
        status = error_set(err, ST_FAILED, "figure '%s': libpng: %s",
                           figure->name, sink.message);
    cairo_surface_destroy(surface);
    if (status != ST_OK) {
        free(sink.bytes);
        return status;
    }
    *bytes = sink.bytes;
    *size = sink.size;
    return ST_OK;
}
