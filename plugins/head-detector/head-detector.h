/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* head-detector.h - what head-detector knows of a variant. */
#ifndef HEAD_DETECTOR_H
#define HEAD_DETECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <transect/kit/statistics.h>
#include <transect/linalg.h>

/* Where a head of the kind attends to. */
enum kind { PREVIOUS, DUPLICATE, INDUCTION, FIRST, CURRENT, N_KINDS };

enum measure { MUL, ABS, N_MEASURES };

/* Of a pattern A and a detection pattern D of ones and zeros, without what is
 * excluded: what both measures are made of. */
struct attention {
    double sum, size; /* of A, and of its magnitudes */
    double on[N_KINDS];  /* sum of A where D is 1 */
    double off[N_KINDS]; /* sum of |1 - A| - |A| there */
    double ones[N_KINDS]; /* how many there are */
};

enum path { PATH_Q, PATH_K, PATH_V, N_PATHS };

struct detector {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_linalg_host *linalg;
    bool exclude_bos, exclude_current;
    struct transect_model model;
    const struct transect_head *heads; /* (n_heads), by layer and head */
    size_t n_heads;
    int32_t *place_of; /* (L, H) among them, -1: none of them */
    /* Of the samples under way: */
    struct attention *under_way; /* (n_slot, n_heads) */
    int32_t *before; /* (n_slot, T) where the token was last, -1: nowhere */
    int32_t *last;   /* (V) a position more than the token's last; or 0 */
    struct transect_moments *scores; /* kept: (n_heads, N_KINDS, N_MEASURES) */
    /* Made in finish, of weights; NULL: not wanted, or not to be had */
    double *copying;    /* (n_heads) */
    float *composition; /* (n_heads, n_heads, N_PATHS), from and to */
};

extern const char *const kind_names[N_KINDS];

/* The moments of a head's score. */
static inline struct transect_moments *
detector_scores(const struct detector *self, size_t place, int kind,
                int measure)
{
    return &self->scores[(place * N_KINDS + (size_t)kind) * N_MEASURES +
                         (size_t)measure];
}

/* Is what a kind attends to not excluded? */
static inline bool detector_counts(const struct detector *self, int kind)
{
    return !(kind == FIRST && self->exclude_bos) &&
           !(kind == CURRENT && self->exclude_current);
}

/* patterns.c: the callbacks begin() and end(), and the one of patterns. */
int patterns_begin(void *state, const struct transect_sample *sample);
int patterns_event(void *state, const struct transect_event *event);
int patterns_end(void *state, const struct transect_sample *sample);

/* circuits.c: weights as heads use them, with the gains of norms and without
 * what those take away. W_Q, W_K or W_V into out (D, d). */
int circuits_read(const struct detector *self, int32_t weight, int32_t layer,
                  int32_t head, float *out);
/* W_O into out (d, D). */
int circuits_write(const struct detector *self, int32_t layer, int32_t head,
                   float *out);
/* The key/value head of a head. */
int32_t circuits_group(const struct detector *self, int32_t head);
/* A matrix row by row. */
struct transect_view circuits_view(const float *data, size_t rows,
                                   size_t cols);

/* copying.c, composition.c: fill in what is of weights alone. */
int copying_measure(struct detector *self);
int composition_measure(struct detector *self);

/* tables.c: heads.csv, composition.csv and the findings. */
void tables_write(const struct detector *self);

/* figures.c */
int figures_draw(const struct detector *self);

#endif
