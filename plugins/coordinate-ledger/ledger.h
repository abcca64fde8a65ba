/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* ledger.h - what the parts of the coordinate ledger share. */
#ifndef COORDINATE_LEDGER_H
#define COORDINATE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>
#include <transect/kit/arrays.h>
#include <transect/kit/statistics.h>
#include <transect/plugin.h>
#include <transect/prompts.h>
#include <transect/readout.h>

#define MOST_AUTO 3  /* dims that auto takes */
#define MOST_UNITS 64

/* Rows of a sample that are kept until it ends, in this order. */
enum kind {
    KEPT_EMBED,
    KEPT_POS_EMBED,
    KEPT_RESID_PRE,
    KEPT_Z, /* all heads side by side */
    KEPT_ATTN_OUT,
    KEPT_RESID_MID,
    KEPT_MLP_POST,
    KEPT_MLP_OUT,
    KEPT_RESID_POST,
    N_KEPT
};

/* A coordinate of the stream. A place is one of the list that `positions` is,
 * the same in all samples, or one that the survey chose. */
struct spot {
    int32_t place, dim;
};

/* A number that is taken apart: a coordinate of resid_post of a layer. */
struct target {
    int32_t layer, spot;
    int32_t functional;
};

/* What is followed back to who wrote it. Where the stream is a sum, what a
 * layer wrote into a coordinate stays what it is in all layers behind it, and
 * one from the highest layer serves them all; else each target has its own.
 */
struct functional {
    int32_t layer, spot;
};

/* The parts of a functional: first those that no layer wrote, then those of
 * each layer, which begin with its heads. */
enum { PART_EMBED, PART_POS_EMBED, PART_FIRST_NORM, PART_FIRST_EDIT,
       N_FIRST };
enum { PART_ATTN_BIAS, PART_MLP, PART_MLP_BIAS, PART_NORM_BIAS, PART_EDIT,
       N_BEHIND_HEADS };

/* Of a sample and a target. */
enum { SUM_PARTS, SUM_VALUE, SUM_MAGNITUDE, N_SUMS };
/* Of a layer, into a coordinate. */
enum { RUN_ATTENTION, RUN_MLP, RUN_STREAM, N_RUNS };

struct ledger {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_readout_host *readout;
    const struct transect_prompts_host *prompts;
    struct transect_model model;
    bool stream_norms, pos_embed;

    /* Options; counts are 0 of what is chosen by the survey. */
    const int32_t *layers, *dims;
    size_t n_layers, n_dims;
    bool auto_places;
    int32_t n_unit;

    /* Of the survey, the largest magnitude (L, D) and its position. */
    float *peaks;
    int32_t *peak_positions;

    /* Chosen; there is room for most_... */
    int32_t *positions; /* (n_place) auto: the same in all samples */
    int32_t *ascending; /* (n_place) auto: 0, 1, ..., their places */
    struct spot *spots;
    struct target *targets;
    struct functional *functionals;
    size_t n_place, n_spot, n_target, n_functional;
    size_t most_spots, most_targets, most_functionals;
    size_t n_used; /* layers that parts may be of */

    /* Rows of the samples under way: (n_slot, layers, n_place, width). */
    float *kept[N_KEPT];
    struct scratch *scratch; /* follow.c */

    /* State. */
    struct transect_moments *parts; /* (functionals, n_part) */
    struct transect_moments *units; /* (functionals, n_used, F), or none */
    struct transect_moments *runs;  /* (spots, 1 + L, N_RUNS) */
    double *sums;                   /* (n_sample, targets, N_SUMS) */
    int64_t *seen;                  /* (n_sample, targets) it has the place */
};

/* How many parts there are; where those of a layer begin. */
size_t ledger_n_part(const struct ledger *self);
size_t ledger_part(const struct ledger *self, int32_t layer);

/* choose.c: asks for a survey where that is to choose something, and calls
 * `surveyed` afterwards; then fills spots, targets and functionals. */
bool choose_needs_survey(const struct ledger *self);
int choose_survey(struct ledger *self, int (*surveyed)(void *state));
void choose_targets(struct ledger *self);

/* kept.c: where a place is in a sample; -1: it has none. */
int32_t kept_position(const struct ledger *self, int32_t sample,
                      int32_t n_token, int32_t place);
/* Subscribes, and makes room. */
int kept_subscribe(struct ledger *self);
float *kept_row(const struct ledger *self, enum kind kind, int32_t slot,
                int32_t layer, int32_t place);
size_t kept_width(const struct ledger *self, enum kind kind);

/* follow.c: takes all targets of a sample apart. */
void follow_prepare(struct ledger *self);
int follow_sample(struct ledger *self, const struct transect_sample *sample);

/* tables.c */
void tables_write(const struct ledger *self, const struct ledger *baseline);
/* The position of a place; -1: not the same in all samples. */
int32_t tables_position(const struct ledger *self, int32_t place);
/* Has a sample the place? That of a pair alone has none of the prompts. */
bool tables_has(const struct ledger *self, size_t spot);
/* Of a target, over the samples that have its place. */
double tables_value(const struct ledger *self, size_t target);
/* The standard error of the mean; NaN of one value. */

/* writers.c: who wrote a target. */
struct writer {
    const char *component;
    int32_t layer, head, unit; /* -1: none */
    const struct transect_moments *wrote;
};
/* All but hidden units, in the order of the pass, without biases and edits
 * that wrote nothing. In memory of the host's. */
struct writer *writers_all(const struct ledger *self,
                           const struct target *target, size_t *n);
/* Puts those with the largest means in front, in their order; returns how many
 * these are: `most`, or all. */
size_t writers_sort(struct writer *writers, size_t n, size_t most);
/* The hidden units that wrote most, of a layer, or (-1) of all that the target
 * has; returns how many. */
size_t writers_units(const struct ledger *self, const struct target *target,
                     int32_t layer, struct writer *units, size_t most);
/* The same unit of another instance of these targets. */
void writers_take(const struct ledger *self, const struct target *target,
                  struct writer *unit);
/* "layer 3's mlp", or brief, "L3 mlp"; in memory of the host's. */
const char *writers_name(const struct ledger *self,
                         const struct writer *writer, bool brief);

/* findings.c */
void findings_say(const struct ledger *self);

/* figures.c; the second is the descriptor's compare(). */
int figures_draw(const struct ledger *self);
int figures_compare(void *const *states, const char *const *names, size_t n);

#endif
