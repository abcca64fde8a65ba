/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-svg.c - figures as SVG. Cairo would draw letters as outlines; here
 * texts are elements, to be found, read aloud and edited. It numbers its
 * elements through the life of the process; here each gets an id that depends
 * on the drawing alone, so that drawings are reproducible and several fit into
 * one HTML page. */
#include "base/mem.h"
#include "base/sha256.h"
#include "figure/figure-internal.h"

#include <cairo-svg.h>
#include <stdlib.h>
#include <string.h>

#define ID_CHARACTERS                                                       \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

/* Ids in the order in which they are first met. */
struct token_ids {
    char **id;
    size_t n;
};

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
static void rename_ids(struct figure_bytes *to, const char *svg,
                       const char *prefix)
{
    struct token_ids ids = {0};
    const char *id;

    while ((id = next_id(svg))) {
        size_t length = strspn(id, ID_CHARACTERS);
        char *name = mem_printf("%s%zu", prefix, number_of(&ids, id, length));

        figure_bytes_add(to, svg, (size_t)(id - svg));
        figure_bytes_text(to, name);
        free(name);
        svg = id + length;
    }
    figure_bytes_text(to, svg);
    for (size_t i = 0; i < ids.n; i++)
        free(ids.id[i]);
    free(ids.id);
}

/* The first thing inside the root element, to be read aloud. */
static void add_title(struct figure_bytes *to, const char *svg,
                      const char *title)
{
    const char *root = strstr(svg, "<svg");
    const char *end = root ? strchr(root, '>') : NULL;
    size_t head = end ? (size_t)(end - svg) + 1 : 0;

    figure_bytes_add(to, svg, head);
    figure_bytes_text(to, "\n<title>");
    figure_bytes_escaped(to, title);
    figure_bytes_text(to, "</title>");
    figure_bytes_text(to, svg + head);
}

/* Images are grids of cells, which have edges however large they are shown. */
static void sharpen_images(struct figure_bytes *to, const char *svg)
{
    static const char image[] = "<image ";
    const char *found;

    while ((found = strstr(svg, image))) {
        figure_bytes_add(to, svg, (size_t)(found - svg));
        figure_bytes_text(to, "<image style=\"image-rendering:pixelated\" ");
        svg = found + strlen(image);
    }
    figure_bytes_text(to, svg);
}

/* Texts stand in front of all that was drawn, as the last things inside the
 * root element. */
static void add_texts(struct figure_bytes *to, const char *svg,
                      const struct figure_bytes *texts)
{
    static const char root[] = "</svg>";
    const char *end = svg, *next;

    while ((next = strstr(end + 1, root)))
        end = next;
    figure_bytes_add(to, svg, (size_t)(end - svg));
    figure_bytes_text(to, "<g font-family=\"sans-serif\" "
                          "xml:space=\"preserve\">\n");
    if (texts->size)
        figure_bytes_add(to, texts->text, texts->size);
    figure_bytes_text(to, "</g>\n");
    figure_bytes_text(to, end);
}

static void finish(struct figure_bytes *out, const char *drawn,
                   const struct figure_bytes *texts, const char *title)
{
    struct figure_bytes sharp = {0}, numbered = {0}, unique = {0}, whole = {0};
    char hex[65], prefix[11];

    sharpen_images(&sharp, drawn);
    rename_ids(&numbered, sharp.text, "n");
    sha256_bytes(numbered.text, numbered.size, hex);
    prefix[0] = 'f';
    memcpy(prefix + 1, hex, 8);
    memcpy(prefix + 9, "-", 2);
    rename_ids(&unique, numbered.text, prefix);
    add_texts(&whole, unique.text, texts);
    add_title(out, whole.text, title);
    free(sharp.text);
    free(numbered.text);
    free(unique.text);
    free(whole.text);
}

int figure_svg(const struct figure *figure, unsigned char **bytes,
               size_t *size, struct error *err)
{
    struct figure_bytes drawn = {0}, texts = {0}, out = {0};
    cairo_surface_t *surface;
    double w, h;
    int status = figure_measure(figure, &w, &h, err);

    if (status)
        return status;
    surface = cairo_svg_surface_create_for_stream(figure_bytes_write, &drawn,
                                                  w, h);
    status = figure_draw_on(figure, surface, &texts, err);
    if (status == ST_OK) {
        finish(&out, drawn.text, &texts,
               figure->title ? figure->title : figure->name);
        *bytes = (unsigned char *)out.text;
        *size = out.size;
    }
    free(drawn.text);
    free(texts.text);
    return status;
}
