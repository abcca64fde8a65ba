/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* attribution-trials.h - what the tests of logit-attribution share. */
#ifndef PLUGINS_ATTRIBUTION_TRIALS_H
#define PLUGINS_ATTRIBUTION_TRIALS_H

#include "experiment-fixture.h"

enum { ATTRIBUTION_N = 4, ATTRIBUTION_LONGEST = 6, ATTRIBUTION_VOCAB = 40 };

/* Tokens of each sample. */
extern const int attribution_lengths[ATTRIBUTION_N];

/* Samples and their pairs, with an answer and a foil for each, two of both for
 * sample 2. */
struct samples *attribution_samples(void);
/* Has the variant a finding with these words? */
bool attribution_says(const struct trial *trial, const char *variant,
                      const char *words);

#endif
