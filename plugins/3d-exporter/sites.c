/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sites.c - the places that are shown: their names, and which dims of them. */
#include "surface.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The points of shape T x D, as the experiment file calls them. */
static const char *const titles[TRANSECT_N_POINTS] = {
    [TRANSECT_EMBED] = "embed",
    [TRANSECT_POS_EMBED] = "pos_embed",
    [TRANSECT_RESID_PRE] = "resid_pre",
    [TRANSECT_LN1] = "ln1",
    [TRANSECT_ATTN_OUT] = "attn_out",
    [TRANSECT_RESID_MID] = "resid_mid",
    [TRANSECT_LN2] = "ln2",
    [TRANSECT_MLP_OUT] = "mlp_out",
    [TRANSECT_RESID_POST] = "resid_post",
    [TRANSECT_LN_FINAL] = "ln_final",
};

bool point_is_wide(int32_t point)
{
    return point >= 0 && point < TRANSECT_N_POINTS && titles[point];
}

bool point_has_layers(int32_t point)
{
    return point != TRANSECT_EMBED && point != TRANSECT_POS_EMBED &&
           point != TRANSECT_LN_FINAL;
}

const char *point_title(int32_t point)
{
    return titles[point];
}

void site_name(const struct site *site, const char *word, char *to,
               size_t size)
{
    if (site->layer < 0)
        snprintf(to, size, "%s-%s", word, titles[site->point]);
    else if (site->point == TRANSECT_RESID_POST)
        snprintf(to, size, "%s-L%d", word, (int)site->layer);
    else
        snprintf(to, size, "%s-%s-L%d", word, titles[site->point],
                 (int)site->layer);
}

void site_title(const struct site *site, char *to, size_t size)
{
    if (site->layer < 0)
        snprintf(to, size, "%s", titles[site->point]);
    else
        snprintf(to, size, "%s of layer %d", titles[site->point],
                 (int)site->layer);
}

struct ranked {
    size_t column;
    float largest; /* at any position */
};

static int by_largest(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->largest != y->largest)
        return x->largest < y->largest ? 1 : -1;
    return x->column < y->column ? -1 : 1;
}

static int by_column(const void *a, const void *b)
{
    const size_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void rank_columns(const struct surface *self, const struct site *site,
                         struct ranked *ranking)
{
    for (size_t c = 0; c < self->n_cols; c++)
        ranking[c] = (struct ranked){c, 0};
    for (size_t t = 0; t < self->n_rows; t++) {
        const float *row = site->magnitude + t * self->n_cols;

        for (size_t c = 0; c < self->n_cols; c++)
            if (row[c] > ranking[c].largest)
                ranking[c].largest = row[c];
    }
    qsort(ranking, self->n_cols, sizeof *ranking, by_largest);
}

void site_choose(const struct surface *self, const struct site *chooser,
                 struct site *site)
{
    struct ranked *ranking = self->host->alloc(self->ctx, self->n_cols,
                                               sizeof *ranking);

    site->shown = self->host->alloc(self->ctx, self->n_shown,
                                    sizeof *site->shown);
    rank_columns(self, chooser, ranking);
    for (size_t i = 0; i < self->n_shown; i++)
        site->shown[i] = ranking[i].column;
    qsort(site->shown, self->n_shown, sizeof *site->shown, by_column);
}

bool site_shows(const struct surface *self, const struct site *site,
                size_t column)
{
    return bsearch(&column, site->shown, self->n_shown, sizeof *site->shown,
                   by_column) != NULL;
}

double site_tallest(const struct surface *self, const struct site *site)
{
    double tallest = 0;

    for (size_t t = 0; t < self->n_rows; t++)
        for (size_t i = 0; i < self->n_shown; i++) {
            double x = surface_at(self, site, site, t, i);

            tallest = x > tallest ? x : tallest;
        }
    return tallest;
}
