/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* direction.h - what the parts of the plugin direction share. */
#ifndef DIRECTION_H
#define DIRECTION_H

#include "logistic.h"

#include <stdbool.h>
#include <stdint.h>
#include <transect/plugin.h>
#include <transect/prompts.h>

enum method { METHOD_MEAN, METHOD_PCA, METHOD_LOGISTIC, N_METHODS };

/* Which side of a plane a row x is on: class 1 where w x + b > 0. */
struct rule {
    double *w; /* (width) */
    double b;
};

/* How well held-out samples were told apart. */
struct score {
    double mean, se;
};

/* What one method makes of one site. */
struct result {
    struct rule rule; /* of all samples */
    double norm;      /* of w */
    double gap; /* between the means of the two classes, along w of norm 1 */
    double *held_out; /* (n_sample) w x + b of the rule of the other folds */
    struct score accuracy, control;
};

/* A place in the model with a row of each sample. */
struct site {
    int32_t point, layer, place, width;
    float *rows;   /* (n_sample, width) kept */
    int64_t *seen; /* (n_sample) kept: 1 */
    struct result results[N_METHODS];
};

struct direction {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_linalg_host *linalg;
    const struct transect_prompts_host *prompts;
    struct transect_model model;
    int32_t n_sample, folds, shuffles;
    double c;
    bool wanted[N_METHODS];
    bool list_scores;

    const char *labels[2];     /* of class 0 and 1 */
    int32_t n_of[2];           /* samples of each */
    unsigned char *classes;    /* (n_sample) */
    int32_t *fold;             /* (n_sample) 0..folds-1 */
    unsigned char *shuffled;   /* (shuffles, n_sample) classes */

    int32_t n_place;           /* chosen positions of a sample */
    const int32_t **chosen;    /* (n_sample) them, ascending */
    const char **places;       /* (n_place) how they are called */
    struct site *sites;
    int32_t n_sites;
    const struct direction *baseline; /* in finish; NULL: there is none */
    int32_t *first_site; /* (N_POINTS, 1 + n_layer) of place 0; layer -1
                            comes first */
};

/* In the order of enum method. */
extern const char *const direction_methods[N_METHODS];

/* labels.c: in ready. Classes of the samples, from their labels; then folds
 * and shuffled classes, by the seed. */
int direction_take_labels(struct direction *self);
void direction_deal(struct direction *self);
/* How many bytes of a label messages have: whole characters. */
int direction_shown(const char *label);

/* places.c: in ready. Places and sites, and what listens there. */
int direction_find_places(struct direction *self);
int direction_on_rows(void *state, const struct transect_event *event);

/* fit.c: in finish. The results of all sites. */
int direction_fit(struct direction *self);

/* vectors.c: name (without .safetensors) of a direction, and its file. */
const char *direction_name(const struct direction *self,
                           const struct site *site, enum method method);
int direction_write_vectors(const struct direction *self);

/* tables.c: tables and findings. figures.c */
void direction_write_tables(const struct direction *self);
int direction_draw(const struct direction *self);
/* The part of the samples that the larger class has. */
double direction_chance(const struct direction *self);

#endif
