/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* probe-suite.h - the tries of check-plugin, and the verdict. */
#ifndef CORE_CONFORMANCE_PROBE_SUITE_H
#define CORE_CONFORMANCE_PROBE_SUITE_H

#include "conformance/option-search.h"

/* Makes models in the probe's folder, tries the plugin on them with the
 * probe's settings and with others, and prints what it did and the verdict.
 * n_mistakes were found before. ST_FAILED: the verdict is bad. */
int probe_suite(struct probe *probe, int n_mistakes, struct error *err);

/* For probe-options.c. The first two shapes: SHAPE_PLAIN has samples of more
 * than one block of rows of T x T matrices and, of made-up models, two
 * batches; SHAPE_SMALL is for tries of options. */
enum { SHAPE_PLAIN, SHAPE_SMALL };

struct values {
    char **texts;
    size_t n;
};

struct probe_suite {
    struct option_search search;
    struct option_set given; /* by --set, in all tries */
    struct option_set base; /* and others, with which the plugin runs */
    struct values *good; /* (n_options), values that were not refused */
    int n[PROBE_ABSENT + 1]; /* of each result */
    bool any_thread; /* declares TRANSECT_ANY_THREAD: tried on workers too */
    const struct probe_shape *shapes;
    size_t n_shapes;
};

/* All events with these options, in each thread model that the plugin has.
 * why: (PROBE_WHY) */
enum probe_result probe_suite_events(struct probe_suite *tries,
                               const struct option_set *choice, char *why);
/* Counts and prints a try. */
void probe_suite_report(struct probe_suite *tries, enum probe_result result,
                        const char *what, const char *why);
/* Each option's values around the base; then many options at once. */
void probe_suite_options(struct probe_suite *tries);
void probe_suite_mixes(struct probe_suite *tries);

#endif
