/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* pairs-fixture.h - samples with pairs, for experiments of
 * experiment-fixture.h. */
#ifndef TESTS_PAIRS_FIXTURE_H
#define TESTS_PAIRS_FIXTURE_H

#include "experiment-fixture.h"

enum { PAIRS_N = 5, PAIRS_TOKENS = 9, PAIRS_VOCAB = 40, PAIRS_WIDTH = 16 };

/* Tokens of samples: of all the same, all at most PAIRS_TOKENS. */
extern const int pairs_equal[PAIRS_N], pairs_short[PAIRS_N],
    pairs_long[PAIRS_N];

/* Samples of these lengths; `other`: of other tokens. */
struct samples *pairs_samples(const int *lengths, int other);
struct samples *pairs_with(const int *lengths, const int *others);

/* A trial for them, two to a pass; given NULL: a GPT-2. */
bool pairs_trial(struct trial *trial, const struct model_recipe *given);
/* Plans with pairs of equal lengths. */
void pairs_plan(struct trial *trial, const char *sections);
/* Plans the demo model and a file of records with the fields text, of
 * pairs_short tokens, and other, of pairs_long, with these keys of [input]. A
 * status. */
int pairs_records(struct trial *trial, const char *keys,
                  const char *sections);

/* Rows of two passes: with other samples beside them a product may have
 * another kernel of BLAS. */
void pairs_near(const float *row, const float *want, int n);
/* Row p of one watch in layer 1 is row q of another, bit for bit. */
bool pairs_same_row(const struct watch *a, int p, const struct watch *b, int q,
                    int sample, int head);

#endif
