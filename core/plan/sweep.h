/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sweep.h - [sweep LABEL]: many variants from one section. A value of an
 * option that begins with a word like "each" is an axis; there is a variant
 * for each value of it, or with several axes for each of their product. */
#ifndef CORE_SWEEP_H
#define CORE_SWEEP_H

#include "experiment/experiment.h"
#include "plugin/plugin-options.h"

/* What the option is in one of the variants. */
struct sweep_value {
    char *text; /* as it would be in a [variant] section */
    char *name; /* for the name of the variant */
    int layer, head; /* where the axis has such */
    int number;
};

/* An option that is swept. Which numbers say where on the axis a value is? */
enum sweep_places {
    SWEEP_NAMES,  /* none: the name */
    SWEEP_LAYERS, /* layer */
    SWEEP_HEADS,  /* layer and head */
    SWEEP_NUMBERS /* number */
};

struct sweep_axis {
    char *key; /* as in the section, "pruner.heads" */
    enum sweep_places places;
    const char *label; /* of a figure's axis: "layer", ...; NULL: the key */
    bool unordered;    /* neighbours have nothing to do with each other */
    struct sweep_value *values;
    size_t n;
};

struct sweep {
    struct variant section; /* its name is the label */
    struct sweep_axis *axes; /* in the order of the section; once expanded */
    size_t n_axes;
    size_t n; /* variants; number i has values by the last axis first */
};

/* What a plugin that is loaded declares; NULL: none of that name is. */
typedef const struct transect_plugin *sweep_plugin_fn(const void *user,
                                                      const struct use *use);

/* Appends the variants of all sweeps to those of the experiment, once, and
 * matches [run] figures with all. Lists are checked against limits. With the
 * place, ST_USAGE: an axis that is none, names of two variants, too many;
 * ST_DATA: a table that cannot be read. */
int sweep_expand(struct experiment *experiment, sweep_plugin_fn *plugin,
                 const void *user, const struct option_limits *limits,
                 struct error *err);
/* The value that variant `number` of the sweep has on an axis. */
const struct sweep_value *sweep_value(const struct sweep *sweep, size_t axis,
                                      size_t number);
/* What sweep_expand has made of it. */
void sweep_clear(struct sweep *sweep);

/* Between the words of an axis. */
#define SWEEP_BLANKS " \t"

/* In sweep-axis.c. Is it an axis, for an option of this type? */
bool sweep_is_axis(const struct transect_option *option, const char *text);
/* Fills the values of one; key and place are those of `setting`. */
int sweep_axis_fill(struct sweep_axis *axis,
                    const struct transect_option *option,
                    const struct setting *setting, uint64_t random_key,
                    const struct option_limits *limits, struct error *err);

/* In sweep-list.c: a value for each element of a list of the option's type,
 * as the option would have it. Messages carry no place. */
int sweep_list(struct sweep_axis *axis, const struct transect_option *option,
               const char *list, const struct option_limits *limits,
               struct error *err);
/* In sweep-cumulative.c: sets of heads or layers, the first so many in the
 * order of a column of a table: "FILE by COLUMN [lowest] [upto N]". */
int sweep_cumulative(struct sweep_axis *axis,
                     const struct transect_option *option,
                     const struct setting *setting, const char *what,
                     const struct option_limits *limits, struct error *err);
/* Appends a value; text and name are taken over. */
struct sweep_value *sweep_add(struct sweep_axis *axis, char *text,
                              char *name);

#endif
