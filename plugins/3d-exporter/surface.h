/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* surface.h - what 3d-exporter knows of a variant. */
#ifndef SURFACE_H
#define SURFACE_H

#include <stdbool.h>
#include <transect/kit/drawing.h>
#include <transect/kit/text.h>
#include <transect/text.h>

/* A hook point in a layer, and what it held. T positions are kept, and C
 * columns: all dims of the model where the largest are to be found at the
 * end, else those that were asked for. */
struct site {
    int32_t point, layer; /* layer -1: the point belongs to none */
    float *magnitude;     /* (T, C) */
    size_t *shown;        /* (n_shown) columns, ascending; from finish on */
};

struct surface {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_text_host *text;
    bool auto_dims;
    const int32_t *dims;  /* (n_cols) as given, unless auto */
    size_t n_cols;        /* C */
    size_t n_shown;
    int32_t sample, first; /* first position */
    size_t n_rows;        /* T */
    int32_t *tokens;      /* (T) ids */
    struct transect_text mesh; /* of one site after the other */
    struct site *sites;
    size_t n_sites;
};

static inline int32_t surface_dim(const struct surface *self, size_t column)
{
    return self->auto_dims ? (int32_t)column : self->dims[column];
}

/* The magnitude at a position, counted from the first, and in the i-th of the
 * dims that `chooser` shows. */
static inline double surface_at(const struct surface *self,
                                const struct site *site,
                                const struct site *chooser, size_t row,
                                size_t i)
{
    return (double)site->magnitude[row * self->n_cols + chooser->shown[i]];
}

/* sites.c */
/* Has the point the shape T x D? */
bool point_is_wide(int32_t point);
bool point_has_layers(int32_t point);
const char *point_title(int32_t point);
/* What a site's files are called, behind a word: "surface-L2",
 * "surface-mlp_out-L2", "surface-embed". */
void site_name(const struct site *site, const char *word, char *to,
               size_t size);
/* In words: "resid_post of layer 2". */
void site_title(const struct site *site, char *to, size_t size);
/* Chooses the dims to show in site: those given, or those of the largest
 * magnitudes at any position of the chooser, of equals the lower.
 * O(T C + C log C). */
void site_choose(const struct surface *self, const struct site *chooser,
                 struct site *site);
bool site_shows(const struct surface *self, const struct site *site,
                size_t column);
/* The largest of the shown magnitudes. */
double site_tallest(const struct surface *self, const struct site *site);

/* 3d-exporter.c */
/* A token as text, by its position counted from the first. */
const char *surface_label(const struct surface *self, size_t row);

/* tables.c; baseline may be NULL */
void tables_write_site(const struct surface *self, const struct site *site);
void tables_say(const struct surface *self, const struct surface *baseline);
int tables_compare(void *const *states, const char *const *names, size_t n);

/* figures.c; old is the baseline's site, or NULL. */
int figures_of_site(const struct surface *self, const struct site *site,
                    const struct surface *baseline, const struct site *old);

#endif
