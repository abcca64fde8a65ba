/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-svg.c - figures as SVG. Cairo numbers its elements through the life
 * of the process; here each gets an id that depends on the drawing alone, so
 * that drawings are reproducible and several fit into one HTML page. */
#include "base/mem.h"
#include "base/sha256.h"
#include "figure/figure-internal.h"

#include <cairo-svg.h>
#include <stdlib.h>
#include <string.h>

#define ID_CHARACTERS                                                       \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

struct text {
    char *bytes;
    size_t size, room;
};

/* Ids in the order in which they are first met. */
struct token_ids {
    char **id;
    size_t n;
};

static void append(struct text *text, const char *bytes, size_t size)
{
    if (size >= text->room - text->size) {
        text->room = 2 * (text->room + size + 1);
        text->bytes = mem_grow(text->bytes, text->room, 1);
    }
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = '\0';
}

static void append_text(struct text *text, const char *more)
{
    append(text, more, strlen(more));
}

static cairo_status_t on_write(void *to, const unsigned char *bytes,
                               unsigned size)
{
    append(to, (const char *)bytes, size);
    return CAIRO_STATUS_SUCCESS;
}

static size_t number_of(struct token_ids *ids, const char *id, size_t length)
{
    for (size_t i = 0; i < ids->n; i++)
        if (strncmp(ids->id[i], id, length) == 0 && !ids->id[i][length])
            return i;
    MEM_PUSH(ids->id, ids->n);
    ids->id[ids->n] = mem_strndup(id, length);
    return ids->n++;
}

/* Where the next id begins, behind ` id="`, `="#` or `url(#`; NULL: there is
 * none. Never within the first bytes, which are those of `<?xml`. */
static const char *next_id(const char *text)
{
    for (const char *s = text; (s = strpbrk(s, "#\"")); s++) {
        if (s - text < 4)
            continue;
        if (*s == '"' ? memcmp(s - 4, " id=", 4) == 0
                      : memcmp(s - 4, "url(", 4) == 0 ||
                            memcmp(s - 2, "=\"", 2) == 0)
            return s + 1;
    }
    return NULL;
}

/* Appends svg to `to`, its ids replaced by the prefix and a number. */
static void rename_ids(struct text *to, const char *svg, const char *prefix)
{
    struct token_ids ids = {0};
    const char *id;

    while ((id = next_id(svg))) {
        size_t length = strspn(id, ID_CHARACTERS);
        char *name = mem_printf("%s%zu", prefix, number_of(&ids, id, length));

        append(to, svg, (size_t)(id - svg));
        append_text(to, name);
        free(name);
        svg = id + length;
    }
    append_text(to, svg);
    for (size_t i = 0; i < ids.n; i++)
        free(ids.id[i]);
    free(ids.id);
}

static void append_escaped(struct text *to, const char *text)
{
    for (; *text; text++)
        if (*text == '&')
            append_text(to, "&amp;");
        else if (*text == '<')
            append_text(to, "&lt;");
        else if (*text == '>')
            append_text(to, "&gt;");
        else
            append(to, text, 1);
}

/* Letters are drawn as outlines; the title is there to be found and read
 * aloud. It is the first thing inside the root element. */
static void add_title(struct text *to, const char *svg, const char *title)
{
    const char *root = strstr(svg, "<svg");
    const char *end = root ? strchr(root, '>') : NULL;
    size_t head = end ? (size_t)(end - svg) + 1 : 0;

    append(to, svg, head);
    append_text(to, "\n<title>");
    append_escaped(to, title);
    append_text(to, "</title>");
    append_text(to, svg + head);
}

/* Images are grids of cells, which have edges however large they are shown. */
static void sharpen_images(struct text *to, const char *svg)
{
    static const char image[] = "<image ";
    const char *found;

    while ((found = strstr(svg, image))) {
        append(to, svg, (size_t)(found - svg));
        append_text(to, "<image style=\"image-rendering:pixelated\" ");
        svg = found + strlen(image);
    }
    append_text(to, svg);
}

static void finish(struct text *out, const char *drawn, const char *title)
{
    struct text sharp = {0}, numbered = {0}, unique = {0};
    char hex[65], prefix[11];

    sharpen_images(&sharp, drawn);
    rename_ids(&numbered, sharp.bytes, "n");
    sha256_bytes(numbered.bytes, numbered.size, hex);
    prefix[0] = 'f';
    memcpy(prefix + 1, hex, 8);
    memcpy(prefix + 9, "-", 2);
    rename_ids(&unique, numbered.bytes, prefix);
    add_title(out, unique.bytes, title);
    free(sharp.bytes);
    free(numbered.bytes);
    free(unique.bytes);
}

int figure_svg(const struct figure *figure, unsigned char **bytes,
               size_t *size, struct error *err)
{
    struct text drawn = {0}, out = {0};
    cairo_surface_t *surface;
    cairo_t *cr;
    double w, h;
    int status = figure_measure(figure, &w, &h, err);

    if (status)
        return status;
    surface = cairo_svg_surface_create_for_stream(on_write, &drawn, w, h);
    cr = cairo_create(surface);
    figure_draw(cr, figure);
    cairo_surface_finish(surface);
    status = figure_status(figure, cr, surface, err);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    if (status) {
        free(drawn.bytes);
        return status;
    }
    finish(&out, drawn.bytes, figure->title ? figure->title : figure->name);
    free(drawn.bytes);
    *bytes = (unsigned char *)out.bytes;
    *size = out.size;
    return ST_OK;
}
