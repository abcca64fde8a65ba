/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sweep-section.h - [sweep LABEL] as data: a section, and what became of its
 * options once they were expanded to variants (plan/sweep.h). */
#ifndef CORE_EXPERIMENT_SWEEP_SECTION_H
#define CORE_EXPERIMENT_SWEEP_SECTION_H

#include "experiment/experiment.h"

/* What the option is in one of the variants. */
struct sweep_value {
    char *text; /* as it would be in a [variant] section */
    char *name; /* for the name of the variant */
    struct head_set *heads; /* the same, if it is heads or groups */
    int layer, head; /* where the axis has such */
    int number;
};

/* An option that is swept. Which numbers say where on the axis a value is? */
enum sweep_places {
    SWEEP_NAMES, /* none: the name */
    SWEEP_LAYERS, /* layer */
    SWEEP_HEADS, /* layer and head */
    SWEEP_NUMBERS /* number */
};

struct sweep_axis {
    char *key; /* as in the section, "pruner.heads" */
    enum sweep_places places;
    const char *label; /* of a figure's axis: "layer", ...; NULL: the key */
    bool positions; /* its values are lists of positions in samples */
    bool unordered; /* neighbours have nothing to do with each other */
    struct sweep_value *values;
    size_t n;
};

struct sweep {
    struct variant section; /* its name is the label */
    struct sweep_axis *axes; /* in the order of the section; once expanded */
    size_t n_axes;
    size_t n; /* variants; number i has values by the last axis first */
};

/* The value that variant `number` of the sweep has on an axis. */
const struct sweep_value *sweep_value(const struct sweep *sweep, size_t axis,
                                      size_t number);
/* Frees what sweep_expand() has made of it. */
void sweep_clear(struct sweep *sweep);

#endif
