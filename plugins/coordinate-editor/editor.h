/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* editor.h - what the parts of the coordinate editor share. */
#ifndef COORDINATE_EDITOR_H
#define COORDINATE_EDITOR_H

#include <stdbool.h>
#include <stdint.h>
#include <transect/plugin.h>

enum value { VALUE_ZERO, VALUE_MEAN, VALUE_NUMBER };
enum choice { CHOICE_AUTO, CHOICE_CONTROL, CHOICE_GIVEN };

#define ALL_POSITIONS (-1)

struct coordinate {
    int32_t position, dim;
};

/* What the survey saw in one layer, summed over samples. */
struct sums {
    double *magnitude; /* (T, D) of |x|; NULL: not surveyed */
    double *value;     /* (T, D) of x */
    int32_t *n;        /* (T) samples that have this position */
    double median;     /* of a sample's magnitudes */
    int32_t n_median;
};

struct edit {
    int32_t layer; /* -1: a point that is not in a layer */
    struct coordinate at;
    float value; /* what it is set to */
};

/* The coordinate that chose the layer. */
struct peak {
    int32_t layer;
    struct coordinate at;
    double ratio; /* of its mean magnitude to the mean median, there */
};

struct editor {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_reduce_host *reduces; /* of the survey */
    struct transect_model model;
    int32_t point;
    bool layered;
    enum value value;
    float number;
    enum choice choice;
    int32_t n_top;
    struct coordinate *given;
    size_t n_given;
    const int32_t *layers; /* to edit, unless auto_layer */
    size_t n_layers;
    bool auto_layer;
    struct sums *sums; /* (L, or 1); NULL: no survey */
    struct peak peak;  /* auto_layer, after the survey */
    struct edit *edits;
    size_t n_edits, room;
    bool *taken; /* (T, D) in the layer that is being decided */
};

/* list.c: option texts. Each fails with a message. */
int editor_parse_value(struct editor *self, const char *text);
int editor_parse_coordinates(struct editor *self, const char *text);

/* survey.c: asks for it, calling `surveyed` afterwards; then what it saw, in
 * a layer that it looked at (-1: the point is in none). */
int editor_survey(struct editor *self, int (*surveyed)(void *state));
bool editor_surveyed(const struct editor *self, int32_t layer);
double editor_magnitude(const struct editor *self, int32_t layer,
                        struct coordinate at);
double editor_mean(const struct editor *self, int32_t layer,
                   struct coordinate at);
double editor_median(const struct editor *self, int32_t layer);
double editor_ratio(const struct editor *self, int32_t layer,
                    struct coordinate at);

/* choose.c: fills edits, with coordinates and values of every layer to edit.
 */
int editor_choose(struct editor *self);

/* report.c: table, findings and figure. */
int editor_report(const struct editor *self);

#endif
