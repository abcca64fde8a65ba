/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-text.c - lines of type: measured, placed, shortened, wrapped. */
#include "base/mem.h"
#include "base/text.h"
#include "figure/figure-internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TITLE_LINES 3
#define ELLIPSIS "\xe2\x80\xa6"

void figure_text_font(cairo_t *cr, double size, bool bold)
{
    cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD
                                : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, size);
}

double figure_text_width(cairo_t *cr, const char *text)
{
    cairo_text_extents_t extents;

    cairo_text_extents(cr, text, &extents);
    return extents.x_advance;
}

/* From the middle of a digit to its foot. */
static double half_height(cairo_t *cr)
{
    cairo_text_extents_t extents;

    cairo_text_extents(cr, "0", &extents);
    return -extents.y_bearing / 2;
}

static const cairo_user_data_key_t recorded;

void figure_text_record(cairo_t *cr, struct figure_bytes *texts)
{
    cairo_set_user_data(cr, &recorded, texts, NULL);
}

/* Numbers with a point whatever the locale, as the program never sets one. */
static void add_place(struct figure_bytes *to, cairo_t *cr, double x, double y)
{
    cairo_matrix_t matrix;
    char text[160];
    double turn;

    cairo_get_matrix(cr, &matrix);
    cairo_user_to_device(cr, &x, &y);
    turn = atan2(matrix.yx, matrix.xx) * 180 / M_PI;
    snprintf(text, sizeof text, "<text x=\"%.2f\" y=\"%.2f\"", x, y);
    figure_bytes_text(to, text);
    if (turn < 0 || turn > 0) {
        snprintf(text, sizeof text, " transform=\"rotate(%.4g %.2f %.2f)\"",
                 turn, x, y);
        figure_bytes_text(to, text);
    }
}

static void add_type(struct figure_bytes *to, cairo_t *cr, double align)
{
    cairo_font_face_t *face = cairo_get_font_face(cr);
    double size, across = 0, r = 0, g = 0, b = 0;
    cairo_matrix_t font;
    char text[160];

    cairo_get_font_matrix(cr, &font);
    size = font.xx;
    cairo_user_to_device_distance(cr, &size, &across);
    cairo_pattern_get_rgba(cairo_get_source(cr), &r, &g, &b, NULL);
    snprintf(text, sizeof text, " font-size=\"%.4g\" fill=\"rgb(%u,%u,%u)\"",
             hypot(size, across), (unsigned)lround(255 * r),
             (unsigned)lround(255 * g), (unsigned)lround(255 * b));
    figure_bytes_text(to, text);
    if (cairo_toy_font_face_get_weight(face) == CAIRO_FONT_WEIGHT_BOLD)
        figure_bytes_text(to, " font-weight=\"bold\"");
    if (align > 0)
        figure_bytes_text(to, align < 1 ? " text-anchor=\"middle\""
                                        : " text-anchor=\"end\"");
}

static void record(struct figure_bytes *to, cairo_t *cr, double x, double y,
                   const char *text, double align)
{
    add_place(to, cr, x, y);
    add_type(to, cr, align);
    figure_bytes_text(to, ">");
    figure_bytes_escaped(to, text);
    figure_bytes_text(to, "</text>\n");
}

void figure_text_draw(cairo_t *cr, double x, double y, const char *text,
                      double align)
{
    struct figure_bytes *texts = cairo_get_user_data(cr, &recorded);

    if (!*text)
        return;
    if (texts) {
        record(texts, cr, x, y + half_height(cr), text, align);
        return;
    }
    cairo_move_to(cr, x - align * figure_text_width(cr, text),
                  y + half_height(cr));
    cairo_show_text(cr, text);
    cairo_new_path(cr);
}

void figure_text_draw_up(cairo_t *cr, double x, double y, const char *text,
                         double align)
{
    cairo_save(cr);
    cairo_translate(cr, x, y);
    cairo_rotate(cr, -M_PI / 2);
    figure_text_draw(cr, 0, 0, text, align);
    cairo_restore(cr);
}

/* Never cuts within a character: bytes 10xxxxxx continue one. */
char *figure_text_shorten(cairo_t *cr, const char *text, double width)
{
    size_t length = strlen(text);
    char *copy;

    if (figure_text_width(cr, text) <= width)
        return mem_strdup(text);
    /* No plot is wider than a few hundred characters. */
    length = length < 1000 ? length : 1000;
    copy = mem_new(length + sizeof ELLIPSIS, 1);
    do {
        do
            length -= length > 0;
        while (length > 0 && (text[length] & 0xc0) == 0x80);
        memcpy(copy, text, length);
        memcpy(copy + length, ELLIPSIS, sizeof ELLIPSIS);
    } while (length > 0 && figure_text_width(cr, copy) > width);
    return copy;
}

/* How many bytes of text go on a line; always some, if there are any. */
static size_t line_length(cairo_t *cr, const char *text, double width)
{
    size_t best = 0, length = 0;

    while (text[length]) {
        size_t word = length + strspn(text + length, " ");
        char *line;
        bool fits;

        word += strcspn(text + word, " ");
        line = mem_strndup(text, word);
        fits = figure_text_width(cr, line) <= width;
        free(line);
        if (!fits && best > 0)
            break;
        best = length = word;
        if (!fits)
            break; /* one word that is too long: it will be shortened */
    }
    return best;
}

struct figure_text_lines figure_text_wrap(cairo_t *cr, const char *text,
                                          double width, size_t most)
{
    struct figure_text_lines lines = {mem_new(most, sizeof(char *)), 0};

    text += strspn(text, " ");
    while (*text && lines.n < most) {
        size_t length = line_length(cr, text, width);
        char *line = lines.n + 1 < most ? mem_strndup(text, length)
                                        : mem_strdup(text);

        lines.line[lines.n++] = figure_text_shorten(cr, line, width);
        free(line);
        text += length;
        text += strspn(text, " ");
    }
    return lines;
}

void figure_text_lines_free(struct figure_text_lines *lines)
{
    for (size_t i = 0; i < lines->n; i++)
        free(lines->line[i]);
    free(lines->line);
}

double figure_title_height(cairo_t *cr, const char *title, double size,
                           double width)
{
    struct figure_text_lines lines;
    double height;

    if (!title || !*title)
        return 0;
    figure_text_font(cr, size, true);
    lines = figure_text_wrap(cr, title, width, TITLE_LINES);
    height = (double)lines.n * size * LINE_HEIGHT;
    figure_text_lines_free(&lines);
    return height;
}

void figure_title_draw(cairo_t *cr, const char *title, double size, double x,
                       double y, double width)
{
    struct figure_text_lines lines;

    if (!title || !*title)
        return;
    figure_set_ink(cr);
    figure_text_font(cr, size, true);
    lines = figure_text_wrap(cr, title, width, TITLE_LINES);
    for (size_t i = 0; i < lines.n; i++)
        figure_text_draw(cr, x + width / 2,
                         y + ((double)i + 0.5) * size * LINE_HEIGHT,
                         lines.line[i], 0.5);
    figure_text_lines_free(&lines);
}
