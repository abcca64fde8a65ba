/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sample-positions.h - lists of positions, "0 3-7 -1 last subject.first", and
 * the rows of each sample that one means. */
#ifndef CORE_HOOKS_SAMPLE_POSITIONS_H
#define CORE_HOOKS_SAMPLE_POSITIONS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Positions first..end-1 of a sample. */
struct position_span {
    int first, end;
};

/* Places of samples that have a name, such as "subject". Borrowed. */
struct position_names {
    char **names; /* (n) */
    size_t n;
    const struct position_span *spans; /* (samples, n) */
    const int *n_prompt; /* (samples) tokens up to the one that "last" means;
                            NULL: all of a sample */
};

/* A list as it was written. Separated by blanks or commas: 3, 3-7, -1 (from
 * the end), -3--1, 3--1; last, of the prompt; NAME, and the first or last of
 * its tokens, NAME.first, NAME.last; * for all. */
struct sample_positions;

/* ST_USAGE without a place; an empty list is none. */
int sample_positions_parse(const char *text,
                           struct sample_positions **positions,
                           struct error *err);
/* n from `first` on, which counts from the end where it is below 0; with n 0
 * all from there on. */
struct sample_positions *sample_positions_of(int first, int n);
void sample_positions_free(struct sample_positions *positions);

/* The first run of adjacent positions of the list that ends behind `at`,
 * whole, of a sample with so many tokens; false: there is none. names may be
 * NULL. Positions that the sample does not have are left out. */
bool sample_positions_next(const struct sample_positions *positions,
                           const struct position_names *names, int sample,
                           int n_token, int at, struct position_span *run);
/* Each position of a list has a place, which is the same in all samples: items
 * are numbered through in the order of the list, each by as many as the most
 * that a sample has of it. widths: (items); grows with each sample. */
size_t sample_positions_n_item(const struct sample_positions *positions);
void sample_positions_widen(const struct sample_positions *positions,
                            const struct position_names *names, int sample,
                            int n_token, int *widths);
/* The place of one that the sample has; of items that share it the first's. */
int sample_positions_place(const struct sample_positions *positions,
                           const struct position_names *names, int sample,
                           int n_token, const int *widths, int position);
/* May samples of one length have different ones? */
bool sample_positions_vary(const struct sample_positions *positions,
                           const struct position_names *names);
/* ST_USAGE for a name that is not among the names, which it lists, and for a
 * position that none of n_sample samples, of `longest` tokens at most, has. */
int sample_positions_check(const struct sample_positions *positions,
                           const struct position_names *names, int n_sample,
                           int longest, struct error *err);

#endif
