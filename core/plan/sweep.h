/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* sweep.h - [sweep LABEL]: many variants from one section. A value of an
 * option that begins with a word like "each" is an axis; there is a variant
 * for each value of it, or with several axes for each of their product. */
#ifndef CORE_PLAN_SWEEP_H
#define CORE_PLAN_SWEEP_H

#include "experiment/sweep-section.h"
#include "plugin/plugin-options.h"

/* What a plugin that is loaded declares; NULL: none of that name is. */
typedef const struct transect_plugin *sweep_plugin_fn(
    const void *user, const struct plugin_spec *spec);

/* Appends the variants of all sweeps to those of the experiment, once, and
 * matches [run] figures with all. Lists are checked against limits. With the
 * place, ST_USAGE: an axis that is none, names of two variants, too many;
 * ST_DATA: a table that cannot be read. */
int sweep_expand(struct experiment *experiment, sweep_plugin_fn *plugin,
                 const void *user, const struct option_limits *limits,
                 struct error *err);

/* Must samples be known, for a sweep over all positions of the longest? */
bool sweep_wants_samples(const struct experiment *experiment,
                         sweep_plugin_fn *plugin, const void *user);

/* Between the words of an axis. */
#define SWEEP_BLANKS " \t"

/* In sweep-axis.c. Is it an axis, for an option of this type? */
bool sweep_is_axis(const struct transect_option *option, const char *text);
/* Where in such a text its list begins; NULL: it has none. */
const char *sweep_axis_list(const char *text);
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
/* Has it a "*"? */
bool sweep_list_is_whole(const char *list);
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
