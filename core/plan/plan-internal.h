/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plan-internal.h - the making of a plan, which is written here alone. */
#ifndef CORE_PLAN_PLAN_INTERNAL_H
#define CORE_PLAN_PLAN_INTERNAL_H

#include "plan/plan.h"

/* plan-plugins.c: loads what the experiment names; then computes lists,
 * expands sweeps and makes the instances of every variant, not yet created. */
int plan_load_plugins(struct plan *plan, struct error *err);
int plan_make_variants(struct plan *plan,
                       const struct plan_settings *settings,
                       struct error *err);

/* Does a sweep have a variant for each position of the longest sample? */
bool plan_sweeps_positions(const struct plan *plan);
/* Once there are samples: the variant of their pairs, if they have any. */
int plan_add_pair(struct plan *plan, struct error *err);

/* What a section's plugin declares. */
const struct transect_plugin *plan_descriptor(const struct plan *plan,
                                              const struct plugin_spec *spec);

/* computed-lists.c: puts explicit lists in the place of computed ones, in the
 * experiment's settings, and notes them in plan->lists. With the place;
 * ST_USAGE, or as of the plan and the run that they need. */
int plan_compute_lists(struct plan *plan,
                       const struct plan_settings *settings,
                       const struct option_limits *limits, struct error *err);
void plan_free_lists(struct plan *plan);

/* option-files.c: fills plan->option_files. ST_DATA, with the option and its
 * place: what an option gives is no regular file that can be read. */
int plan_digest_files(struct plan *plan, struct error *err);

/* thread-policy.c: sets plan->workers by the first two parts of its rule.
 * ST_USAGE: workers were asked for, and a plugin does not allow them. */
int thread_policy_plan(struct plan *plan, struct error *err);

/* memory-budget.c: fills plan->memory, once every instance is ready. What
 * [run] memory gives is kept to: without workers, if [run] workers did not
 * ask for them, by panels, with fewer samples in a pass. ST_USAGE: that does
 * not do. */
int memory_plan(struct plan *plan, struct error *err);

#endif
