/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plan.h - an experiment with everything that it needs, ready to run. What
 * comes of running it is in struct run (run/run.h). */
#ifndef CORE_PLAN_PLAN_H
#define CORE_PLAN_PLAN_H

#include "experiment/experiment.h"
#include "plan/batches.h"
#include "plan/memory-budget.h"
#include "plan/samples.h"
#include "plan/sources.h"
#include "plan/variant-run.h"
#include "plugin/isolate.h"

struct plan_plugin_name {
    const char *name; /* as the experiment has it: NAME, or a path */
    size_t plugin;    /* its place in the plan's plugins */
};

/* A file that an option of the type path names. */
struct option_file {
    const char *path; /* as the plugin gets it; the option's */
    char sha256[65];  /* "": the plugin's default, which is not there */
};

/* A list that the unedited model decided, or chance: computed-lists.c. */
struct computed_list {
    char *section, *key; /* "variant top", "pruner.heads" */
    char *asked;         /* "top 3 by head-scorer.score" */
    char *chosen;        /* "L2H7 L0H1 L3H2" */
    int type;            /* enum transect_option_type */
    bool stand_in;       /* nothing was run: the first that there are */
};

/* Constant once it is made. What it points to is not: hooks count edits and
 * plugin instances measure while it runs, so that a plan is run once. */
struct plan {
    struct experiment *experiment;
    struct plugin_path path;
    struct plugin **plugins; /* one for each file */
    size_t n_plugins;
    struct plan_plugin_name *plugin_names;
    size_t n_plugin_names;
    struct option_file *option_files; /* (n_option_files), each once */
    size_t n_option_files;
    struct computed_list *lists; /* (n_lists), in the order of the file */
    size_t n_lists;
    /* One for each isolated [plugin] section. */
    struct isolated_process **processes;
    size_t n_processes;
    struct model *model;
    struct hooks *survey; /* of the pass before the variants */
    struct samples *samples;
    struct prompt_table *prompts, *pairs; /* of the samples; NULL: no pairs */
    struct model_tokenizer *tokenizer;
    struct token_labels *labels; /* of the model */
    struct source sources[TRANSECT_N_SOURCES];
    struct captures *captures[TRANSECT_N_SOURCES]; /* theirs */
    struct variant_run *variants; /* the baseline first, if there is one; then
                                     that of the pairs, if there are any */
    size_t n_variants;
    struct transect_ctx **instances; /* (n_instances) of all variants, in the
                                        order of those */
    size_t n_instances;
    struct batches batches; /* samples that share a pass */
    struct memory memory;
    int train_rows; /* that forks travel in together, at most; a fork with
                       more travels alone */
    bool prefixes; /* the shared pass keeps its keys and values, for forks that
                      leave out the rows before their first edit */
    int workers; /* threads for variants that have forked; 0: none */
};

struct plan_settings {
    const char *file; /* the experiment */
    char *const *sets; /* (n_sets) SECTION.KEY=VALUE */
    size_t n_sets;
    const char *plugin_dir; /* or NULL */
    int batch_tokens; /* most tokens that share a pass; 0: the default */
    int train_rows; /* see struct plan; 0: the default */
    struct samples *samples; /* instead of those of [input]; taken over */
    /* Runs a plan, for lists that depend on what an observer measures; NULL:
     * others stand in for what they would choose. */
    int (*compute)(const struct plan *plan, struct error *err);
    const char *only; /* the baseline with this [plugin] section alone */
    const struct plan_settings *outer; /* of the plan that needs this one */
};

/* Loads all and calls create and ready of every instance. Statuses as of the
 * parts. */
int plan_make(const struct plan_settings *settings, const struct plan **plan,
              struct error *err);
void plan_free(const struct plan *plan);
/* The variant of the baseline, or NULL. */
const struct variant_run *plan_baseline(const struct plan *plan);
/* That which runs the samples' pairs, or NULL. */
const struct variant_run *plan_pair(const struct plan *plan);
/* The first variant of a sweep, whose others follow. */
const struct variant_run *plan_sweep_variants(const struct plan *plan,
                                              const struct sweep *sweep);
/* What the variants of a sweep are compared with, or NULL: its reference, or
 * the baseline. */
const struct variant_run *plan_reference(const struct plan *plan,
                                         const struct sweep *sweep);
/* Has it outputs of its own? Of a sweep's variants, those that [run] figures
 * names; the others are in the tables of their sweep. */
bool plan_shows(const struct plan *plan, const struct variant_run *variant);
/* Did any instance ask for the survey? */
bool plan_has_survey(const struct plan *plan);

#endif
