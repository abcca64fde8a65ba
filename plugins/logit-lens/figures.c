/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figures.c - layers over positions with the most probable token in each
 * cell, as the literature has it, the last layer on top; and means by layer.
 */
#include "lens.h"

#include <math.h>
#include <transect/kit/drawing.h>

#define MOST_POSITIONS 40 /* more would not be read; the last ones count */

/* What a token says, without quotes. */
static const char *text_of(const struct lens *self, int32_t id)
{
    size_t size = 0;
    const char *piece = self->text->piece(self->ctx, id, &size);
    char *text;

    if (!piece || !size || memchr(piece, 0, size))
        return self->text->label(self->ctx, id);
    text = self->host->alloc(self->ctx, size + 1, 1);
    memcpy(text, piece, size);
    return text;
}

/* "12", or "12 resid_pre" where there are several points. */
static const char *name_site(const struct lens *self, int32_t site)
{
    const struct site *of = &self->sites[site];
    bool several = false;

    for (int32_t i = 0; i < self->n_site; i++)
        several |= self->sites[i].point != of->point;
    return several
               ? transect_text_format(self->ctx, self->host, "%d %s",
                                      (int)of->layer,
                                      self->host->point_name(of->point))
               : transect_text_format(self->ctx, self->host, "%d",
                                      (int)of->layer);
}

static double colour_of(const struct lens *self, size_t row, int32_t colour)
{
    const double *scores = self->scores + row * N_SCORES;

    return colour == BY_KL        ? scores[KL]
           : colour == BY_ENTROPY ? scores[ENTROPY]
                                  : lens_top_prob(self, row);
}

/* The cells' values and texts, of the positions from `from` on. */
static void fill_cells(const struct lens *self, int32_t from, int32_t cols,
                       double *values, const char **texts)
{
    int32_t colour = self->host->get_enum(self->ctx, "colour");

    for (int32_t i = 0; i < self->n_site; i++)
        for (int32_t j = 0; j < cols; j++) {
            size_t row = lens_row(self, self->drawn, self->n_site - 1 - i,
                                  from + j);
            size_t cell = (size_t)i * (size_t)cols + (size_t)j;

            values[cell] = colour_of(self, row, colour);
            texts[cell] = text_of(self,
                                  self->top_ids[row * (size_t)self->top]);
        }
}

static int draw_tokens(const struct lens *self,
                       struct transect_drawing *drawing)
{
    static const char *const labels[] = {
        [BY_PROB] = "its probability",
        [BY_KL] = "divergence from the last layer (nats)",
        [BY_ENTROPY] = "entropy (nats)"};
    const struct transect_host *host = self->host;
    int32_t all = self->n_position[self->drawn], rows = self->n_site;
    int32_t cols = all < MOST_POSITIONS ? all : MOST_POSITIONS;
    int32_t colour = host->get_enum(self->ctx, "colour");
    size_t n = (size_t)rows * (size_t)cols;
    struct transect_panel *panel = transect_drawing_panel(
        drawing, TRANSECT_HEATMAP, NULL,
        cols < all ? "token of the sample, the last ones"
                   : "token of the sample",
        "layer");
    double *values = transect_drawing_values(drawing, n);
    const char **texts = host->alloc(self->ctx, n, sizeof *texts);
    const char **tokens = host->alloc(self->ctx, (size_t)cols, sizeof *tokens);
    const char **names = host->alloc(self->ctx, (size_t)rows, sizeof *names);

    fill_cells(self, all - cols, cols, values, texts);
    for (int32_t j = 0; j < cols; j++)
        tokens[j] = text_of(self, self->drawn_tokens[all - cols + j]);
    for (int32_t i = 0; i < rows; i++)
        names[i] = name_site(self, rows - 1 - i);
    transect_drawing_grid(panel, values, (size_t)rows, (size_t)cols,
                          labels[colour]);
    panel->texts = texts;
    panel->x_names = tokens;
    panel->y_names = names;
    panel->high = colour == BY_PROB ? 1 : 0;
    return transect_drawing_end(
        drawing, "tokens",
        transect_text_format(self->ctx, host,
                             "The most probable next token, read at each "
                             "layer: sample %d", (int)self->drawn),
        1);
}

/* A line over the sites, with standard errors; left out where all is NaN. */
static void add_line(const struct lens *self, struct transect_drawing *drawing,
                     struct transect_panel *panel, enum metric metric,
                     const char *name)
{
    size_t n = (size_t)self->n_site;
    double *values = transect_drawing_values(drawing, 2 * n);
    struct transect_series *series = transect_drawing_series(
        drawing, panel, name, values, n);

    for (size_t i = 0; i < n; i++) {
        struct lens_mean mean = lens_mean_of(self, (int32_t)i, metric);

        values[i] = mean.mean;
        values[n + i] = mean.se;
    }
    if (self->model.n_sample > 1)
        series->spread = values + n;
}

/* Panels by layer, each with a line for each of these variants. */
static int draw_means(const struct lens *const *all, const char *const *names,
                      size_t n, struct transect_drawing *drawing)
{
    static const struct {
        enum metric metric;
        const char *label;
        bool answers;
    } panels[] = {{MEAN_LOGPROB, "log-probability of the answer", true},
                  {MEAN_ENTROPY, "entropy (nats)", false},
                  {MEAN_KL, "divergence from the last layer (nats)", false}};
    const struct lens *first = all[0];
    const char **sites = first->host->alloc(
        first->ctx, (size_t)first->n_site, sizeof *sites);

    for (int32_t i = 0; i < first->n_site; i++)
        sites[i] = name_site(first, i);
    for (size_t p = 0; p < sizeof panels / sizeof *panels; p++) {
        struct transect_panel *panel;

        if (panels[p].answers && !lens_has_answers(first))
            continue;
        panel = transect_drawing_panel(drawing, TRANSECT_LINES, NULL, "layer",
                                       panels[p].label);
        panel->x_names = sites;
        for (size_t i = 0; i < n; i++)
            add_line(all[i], drawing, panel, panels[p].metric, names[i]);
    }
    return transect_drawing_end(
        drawing, "layers",
        first->model.n_sample > 1
            ? "What is read at each layer: mean \u00b1 standard error"
            : "What is read at each layer",
        3);
}

int lens_draw(const struct lens *self)
{
    struct transect_drawing drawing = transect_drawing_new(self->ctx,
                                                           self->host);
    const char *const none[] = {NULL};

    if (self->n_position[self->drawn] && draw_tokens(self, &drawing))
        return TRANSECT_FAILED;
    return draw_means(&self, none, 1, &drawing);
}

int lens_compare(void *const *states, const char *const *names, size_t n)
{
    const struct lens *first = states[0];
    struct transect_drawing drawing = transect_drawing_new(first->ctx,
                                                           first->host);
    const struct lens **all = first->host->alloc(first->ctx, n, sizeof *all);

    for (size_t i = 0; i < n; i++)
        all[i] = states[i];
    return draw_means(all, names, n, &drawing);
}
