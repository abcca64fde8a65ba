/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plan.h - an experiment with everything that it needs, ready to run. */
#ifndef CORE_PLAN_PLAN_H
#define CORE_PLAN_PLAN_H

#include "experiment/experiment.h"
#include "plan/memory-budget.h"
#include "plan/samples.h"
#include "plugin/isolate.h"
#include "plugin/plugin-instance.h"

/* One variant: its plugin instances and what they subscribed to. */
struct variant_run {
    const char *name;
    const struct variant *section; /* NULL: the baseline */
    struct hooks *hooks;
    struct transect_ctx **instances; /* editors, then observers */
    size_t n_instances, n_edits;
};

struct plan {
    struct experiment *experiment;
    struct plugin_path path;
    struct plugin **plugins; /* one for each name */
    size_t n_plugins;
    struct isolated_process *
        *processes; /* one for each isolated [plugin] section */
    size_t n_processes;
    struct model *model;
    struct hooks *survey; /* of the pass before the variants */
    struct samples *samples;
    struct token_labels *labels; /* of the model */
    struct variant_run *variants; /* the baseline first, if there is one */
    size_t n_variants;
    struct effect *effects; /* of sweeps, after finish; see effects.h */
    size_t n_effects;
    struct memory memory;
    int batch_samples; /* samples of one forward pass */
    int workers;       /* threads for variants that have forked; 0: none */
    struct checkpoint *checkpoint; /* borrowed; NULL: none */
    int first, end; /* the samples to run are first..end-1: all, at first */
};

/* Loads all and calls create and ready of every instance. plugin_dir may be
 * NULL. Statuses as of the parts. */
int plan_make(const char *file, char *const *sets, size_t n_sets,
              const char *plugin_dir, struct plan **plan, struct error *err);
void plan_free(struct plan *plan);
/* The variant of the baseline, or NULL. */
const struct variant_run *plan_baseline(const struct plan *plan);
/* The sweep whose variant it is, or NULL. */
const struct sweep *variant_sweep(const struct variant_run *variant);
/* The first variant of a sweep, whose others follow. */
const struct variant_run *plan_sweep_variants(const struct plan *plan,
                                              const struct sweep *sweep);
/* Has it outputs of its own? Of a sweep's variants, those that [run] figures
 * names; the others are in the tables of their sweep. */
bool plan_shows(const struct plan *plan, const struct variant_run *variant);
/* Has an event of one of its instances failed, and is not to be forgiven? */
bool variant_failed(const struct variant_run *variant);
/* May the survey tell an editor of it where to edit? */
bool variant_edits_by_survey(const struct variant_run *variant);
/* Did any instance ask for the survey? */
bool plan_has_survey(const struct plan *plan);

#endif
