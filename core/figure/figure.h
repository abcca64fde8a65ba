/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure.h - figures: declarations kept until they are drawn, by Cairo. */
#ifndef CORE_FIGURE_FIGURE_H
#define CORE_FIGURE_FIGURE_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <transect/figure.h>

/* How it is drawn; zeros are the defaults. Lengths: points, 1/72 inch. */
struct figure_style {
    double width, height; /* of the whole figure; 0: what its content needs */
    double type; /* size of axis labels, with which all grows; 0: 8.5 */
    bool no_title;  /* above the panels */
    bool no_labels; /* of axes and colour bars */
};

/* A deep copy of what a plugin declared. */
struct figure {
    struct figure_style style;
    char *name, *title;
    struct transect_panel *panels; /* all they point to is owned */
    size_t n_panels;
    int columns;
};

/* Checks and copies. Texts become drawable: invalid UTF-8 becomes U+FFFD,
 * control characters become escapes, leading blanks of names become dots.
 * ST_PLUGIN with the reason: no panels, an unknown kind, missing values, an
 * unusable name. */
int figure_new(const char *name, const char *title,
               const struct transect_panel *panels, size_t n, int columns,
               struct figure **figure, struct error *err);
void figure_free(struct figure *figure);
/* Packs or unpacks one; see serialize.h. *figure is NULL if the bytes are bad.
 */
struct serializer;
void figure_carry(struct serializer *serial, struct figure **figure);

/* A key and a value of a PNG's text chunks, of a PDF's metadata. */
struct figure_text {
    const char *key, *value;
};

/* Draws at 200 dpi through libpng (so that provenance goes into text
 * chunks); as SVG, whose ids are unique to the drawing, so that several fit
 * into one HTML page; as PDF, whose fonts are embedded. Of both, texts are
 * texts. The caller frees *bytes. The same figure gives the same bytes.
 * ST_FAILED: too large, or the fault of Cairo or libpng. */
int figure_png(const struct figure *figure, const struct figure_text *texts,
               size_t n_texts, unsigned char **bytes, size_t *size,
               struct error *err);
int figure_svg(const struct figure *figure, unsigned char **bytes,
               size_t *size, struct error *err);
int figure_pdf(const struct figure *figure, const struct figure_text *texts,
               size_t n_texts, unsigned char **bytes, size_t *size,
               struct error *err);

#endif
