/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sample-positions.h - which rows of a sample a subscription means: numbers
 * from its start or its end, or a name. */
#ifndef CORE_HOOKS_SAMPLE_POSITIONS_H
#define CORE_HOOKS_SAMPLE_POSITIONS_H

#include "hooks/batch.h"

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

/* n rows from `first` on, which counts from the end where it is negative; with
 * n 0 all from there on. Or those of a name. */
struct sample_positions {
    int first, n;
    const char *name; /* of the list in sample-positions.c; NULL: none */
};

/* The name as this module keeps it for good, or NULL if no sample can have
 * such a position. */
const char *sample_positions_name(const char *name);
/* Those of one sample: from..to-1, with from >= to if it has none of them. */
void sample_positions_find(const struct sample_positions *positions,
                           int n_token, int *from, int *to);

#endif
