/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* progress.h - how far a run is, on a terminal. */
#ifndef CORE_RUN_PROGRESS_H
#define CORE_RUN_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct progress {
    bool shown; /* standard error is a terminal, and not --quiet */
    size_t done, total;
    struct timespec began;
};

void progress_begin(struct progress *progress, size_t total, bool quiet);
/* One step done; what comes next is sample `sample` of variant `variant`, or
 * of the survey (NULL). */
void progress_step(struct progress *progress, int sample, int n_sample,
                   const char *variant);
void progress_end(struct progress *progress); /* clears the line */
double progress_seconds_since(const struct timespec *began);

#endif
