/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-pdf.c - figures as PDF, with texts that can be found and copied. */
#include "base/mem.h"
#include "figure/figure-internal.h"

#include <cairo-pdf.h>
#include <stdlib.h>
#include <string.h>

/* Cairo writes the time of day where none is given, and equal runs are to have
 * equal bytes. */
#define NO_TIME "1970-01-01T00:00:00Z"

/* What has a field of its own in a PDF goes there; the others are keywords. */
static void set_metadata(cairo_surface_t *surface,
                         const struct figure_text *texts, size_t n)
{
    struct figure_bytes keywords = {0};

    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                   NO_TIME);
    for (size_t i = 0; i < n; i++)
        if (strcmp(texts[i].key, "Title") == 0) {
            cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE,
                                           texts[i].value);
        } else if (strcmp(texts[i].key, "Software") == 0) {
            cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR,
                                           texts[i].value);
        } else {
            figure_bytes_text(&keywords, keywords.size ? "; " : "");
            figure_bytes_text(&keywords, texts[i].key);
            figure_bytes_text(&keywords, ": ");
            figure_bytes_text(&keywords, texts[i].value);
        }
    if (keywords.size)
        cairo_pdf_surface_set_metadata(
            surface, CAIRO_PDF_METADATA_KEYWORDS, keywords.text);
    free(keywords.text);
}

int figure_pdf(const struct figure *figure, const struct figure_text *texts,
               size_t n_texts, unsigned char **bytes, size_t *size,
               struct error *err)
{
    struct figure_bytes drawn = {0};
    cairo_surface_t *surface;
    double w, h;
    int status = figure_measure(figure, &w, &h, err);

    if (status)
        return status;
    surface = cairo_pdf_surface_create_for_stream(figure_bytes_write, &drawn,
                                                  w, h);
    set_metadata(surface, texts, n_texts);
    status = figure_draw_on(figure, surface, NULL, err);
    if (status) {
        free(drawn.text);
        return status;
    }
    *bytes = (unsigned char *)drawn.text;
    *size = drawn.size;
    return ST_OK;
}
