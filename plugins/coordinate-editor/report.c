/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* report.c - which coordinates were edited, and how large they had been. */
#include "editor.h"

#include <transect/kit/columns.h>
#include <transect/kit/drawing.h>

#define SHOWN 7 /* coordinates in findings and figure; the table has all */

/* What only a survey knows comes last. */
static void write_table(const struct editor *self)
{
    static const struct transect_described columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the layer, from 0"},
        {"position", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "the position, from 0"},
        {"dim", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the dim, from 0"},
        {"value", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "the number that was put there"},
        {"mean", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "its mean over samples in the unedited model"},
        {"magnitude", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "the mean over samples of its magnitude there"},
        {"ratio", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "that magnitude over the median of its layer"},
    };
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(
        self->ctx, host, "coordinates", columns, self->sums ? 7 : 4);

    for (size_t i = 0; i < self->n_edits; i++) {
        const struct edit *edit = &self->edits[i];

        host->put_int(table, edit->layer);
        host->put_int(table, edit->at.position);
        host->put_int(table, edit->at.dim);
        host->put_real(table, (double)edit->value);
        if (!self->sums)
            continue;
        host->put_real(table, editor_mean(self, edit->layer, edit->at));
        host->put_real(table, editor_magnitude(self, edit->layer, edit->at));
        host->put_real(table, editor_ratio(self, edit->layer, edit->at));
    }
}

/* "position 0, dim 447 of layer 2" */
static const char *name_place(const struct edit *edit, char *text,
                              size_t size)
{
    int n = snprintf(text, size, "position %d, dim %d",
                     (int)edit->at.position, (int)edit->at.dim);

    if (edit->layer >= 0)
        snprintf(text + n, size - (size_t)n, " of layer %d",
                 (int)edit->layer);
    return text;
}

static void say_edit(const struct editor *self, const struct edit *edit)
{
    char text[96];

    if (self->sums)
        self->host->say(self->ctx,
                        "%s: mean %.5g, magnitude %.5g = %.4g x median; set "
                        "to %.5g", name_place(edit, text, sizeof text),
                        editor_mean(self, edit->layer, edit->at),
                        editor_magnitude(self, edit->layer, edit->at),
                        editor_ratio(self, edit->layer, edit->at),
                        (double)edit->value);
    else
        self->host->say(self->ctx, "%s: set to %.5g",
                        name_place(edit, text, sizeof text),
                        (double)edit->value);
}

/* The rule of the paper: > 100 and > 1000 x median. */
static size_t n_massive(const struct editor *self)
{
    size_t n = 0;

    for (size_t i = 0; i < self->n_edits; i++) {
        const struct edit *edit = &self->edits[i];

        n += editor_magnitude(self, edit->layer, edit->at) > 100 &&
             editor_ratio(self, edit->layer, edit->at) > 1000;
    }
    return n;
}

static void say_findings(const struct editor *self)
{
    const struct transect_host *host = self->host;
    const struct peak *peak = &self->peak;

    if (self->auto_layer)
        host->say(self->ctx,
                  "layer %d is the first where position %d, dim %d has half "
                  "of its largest ratio, %.4g x median in layer %d",
                  (int)self->edits[0].layer, (int)peak->at.position,
                  (int)peak->at.dim, peak->ratio, (int)peak->layer);
    for (size_t i = 0; i < self->n_edits && i < SHOWN; i++)
        say_edit(self, &self->edits[i]);
    if (self->n_edits > SHOWN)
        host->say(self->ctx, "and %zu more, in coordinates.csv",
                  self->n_edits - SHOWN);
    if (self->sums)
        host->say(self->ctx, "massive (> 100 and > 1000 x median): %zu of "
                  "%zu coordinates", n_massive(self), self->n_edits);
}

/* One line: a coordinate's mean magnitude by layer; NULL: the median. */
static void fill_line(const struct editor *self, const struct edit *edit,
                      double *y)
{
    for (int32_t l = 0; l < self->model.n_layer; l++)
        y[l] = edit ? editor_magnitude(self, l, edit->at)
                    : editor_median(self, l);
}

/* By layer: only if the survey saw all layers. */
static int draw_figure(const struct editor *self)
{
    struct transect_drawing drawing = transect_drawing_new(self->ctx,
                                                           self->host);
    struct transect_panel *panel = transect_drawing_panel(
        &drawing, TRANSECT_LINES, NULL, "layer", "mean magnitude");
    size_t n = self->n_edits < SHOWN ? self->n_edits : SHOWN;
    size_t n_layer = (size_t)self->model.n_layer;
    char title[120];

    if (!self->auto_layer)
        return TRANSECT_OK;
    panel->flags = TRANSECT_LOG;
    for (size_t i = 0; i <= n; i++) {
        const struct edit *edit = i < n ? &self->edits[i] : NULL;
        double *y = transect_drawing_values(&drawing, n_layer);
        const char *name = "median of the layer";

        if (edit)
            name = transect_text_format(self->ctx, self->host,
                                        "position %d, dim %d",
                                        (int)edit->at.position,
                                        (int)edit->at.dim);
        fill_line(self, edit, y);
        transect_drawing_series(&drawing, panel, name, y, n_layer);
    }
    snprintf(title, sizeof title, "Coordinates edited in layer %d, as they "
             "are in the unedited model", (int)self->edits[0].layer);
    return transect_drawing_end(&drawing, "coordinates", title, 1);
}

int editor_report(const struct editor *self)
{
    write_table(self);
    say_findings(self);
    return draw_figure(self);
}
