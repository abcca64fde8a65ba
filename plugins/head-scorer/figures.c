/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figures.c - the figures of head-scorer. */
#include "head-scorer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <transect/figure.h>

/* What the figures show, in double precision. */
struct scores {
    double *of;     /* (L, H) */
    double *mean;   /* (H) over layers */
    double *spread; /* (H) population standard deviation over layers */
    char (*names)[32];              /* (L) "layer 3" */
    struct transect_series *series; /* (L) a line for each layer */
};

static void scores_free(struct scores *scores)
{
    free(scores->of);
    free(scores->mean);
    free(scores->spread);
    free(scores->names);
    free(scores->series);
}

static void sum_up(const struct head_scorer *self, struct scores *scores)
{
    int32_t n_layer = self->n_layer, n_head = self->n_head;

    for (int32_t h = 0; h < n_head; h++) {
        double sum = 0, squares = 0;

        for (int32_t l = 0; l < n_layer; l++)
            sum += scores->of[l * n_head + h];
        scores->mean[h] = sum / n_layer;
        for (int32_t l = 0; l < n_layer; l++) {
            double x = scores->of[l * n_head + h] - scores->mean[h];

            squares += x * x;
        }
        scores->spread[h] = sqrt(squares / n_layer);
    }
}

static int scores_make(const struct head_scorer *self, struct scores *scores)
{
    size_t n_layer = (size_t)self->n_layer, n_head = (size_t)self->n_head;

    *scores = (struct scores){
        .of = calloc(n_layer * n_head, sizeof *scores->of),
        .mean = calloc(n_head, sizeof *scores->mean),
        .spread = calloc(n_head, sizeof *scores->spread),
        .names = calloc(n_layer, sizeof *scores->names),
        .series = calloc(n_layer, sizeof *scores->series),
    };
    if (!scores->of || !scores->mean || !scores->spread || !scores->names ||
        !scores->series)
        return self->host->fail(self->ctx, "no memory");
    for (size_t i = 0; i < n_layer * n_head; i++)
        scores->of[i] = self->sums[i] / self->n_sample;
    sum_up(self, scores);
    for (size_t l = 0; l < n_layer; l++) {
        snprintf(scores->names[l], sizeof *scores->names, "layer %zu", l);
        scores->series[l] = (struct transect_series){
            .name = scores->names[l], .y = scores->of + l * n_head,
            .n = n_head};
    }
    return TRANSECT_OK;
}

/* All heads at once: where in the model the attention goes there. */
static int draw_map(const struct head_scorer *self,
                    const struct scores *scores, const char *title)
{
    const struct transect_figure_host *figures =
        self->host->extension(self->ctx, TRANSECT_FIGURE);
    struct transect_panel panel = {
        .size = sizeof panel,
        .kind = TRANSECT_HEATMAP,
        .flags = TRANSECT_ANNOTATE,
        .x_label = "head",
        .y_label = "layer",
        .values = scores->of,
        .rows = (size_t)self->n_layer,
        .cols = (size_t)self->n_head,
        .value_label = "mean attention",
    };

    return figures->figure(self->ctx, "heads", title, &panel, 1, 1);
}

/* By head index: a line for each layer, and mean and spread over layers. */
static int draw_ranking(const struct head_scorer *self,
                        const struct scores *scores, const char *title)
{
    const struct transect_figure_host *figures =
        self->host->extension(self->ctx, TRANSECT_FIGURE);
    struct transect_series mean = {
        .name = "mean \u00b1 std over layers", .y = scores->mean,
        .spread = scores->spread, .n = (size_t)self->n_head};
    struct transect_panel panels[2];

    for (int i = 0; i < 2; i++)
        panels[i] = (struct transect_panel){
            .size = sizeof panels[i],
            .kind = TRANSECT_LINES,
            .title = i ? "mean \u00b1 std over layers" : "by layer",
            .x_label = "head",
            .y_label = "mean attention",
            .series = i ? &mean : scores->series,
            .n_series = i ? 1 : (size_t)self->n_layer,
        };
    return figures->figure(self->ctx, "ranking", title, panels, 2, 2);
}

int figures_draw(const struct head_scorer *self)
{
    struct scores scores;
    char title[64];
    int status;

    if (!self->host->extension(self->ctx, TRANSECT_FIGURE))
        return TRANSECT_OK;
    snprintf(title, sizeof title, "Attention to position %" PRId64,
             self->position);
    status = scores_make(self, &scores);
    if (!status)
        status = draw_map(self, &scores, title);
    if (!status)
        status = draw_ranking(self, &scores, title);
    scores_free(&scores);
    return status;
}
