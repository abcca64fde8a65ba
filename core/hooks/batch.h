/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* batch.h - the samples that one forward pass works on, row under row. */
#ifndef CORE_HOOKS_BATCH_H
#define CORE_HOOKS_BATCH_H

#include <stdint.h>

/* One sample's rows in the batch's matrices. */
struct span {
    int sample, slot;
    int row;     /* first row */
    int n_token; /* rows; row i is position i of the sample */
};

/* No padding: the spans follow one another. */
struct batch {
    const int32_t *tokens; /* (n_row) */
    int n_row;
    const struct span *spans;
    int n_span;
};

#endif
