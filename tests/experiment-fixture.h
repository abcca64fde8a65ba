/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* experiment-fixture.h - an experiment on a random model, for tests that run
 * the real thing. Plugins are found in $TRANSECT_TEST_PLUGINS and through
 * $TRANSECT_PLUGIN_PATH. */
#ifndef TESTS_EXPERIMENT_FIXTURE_H
#define TESTS_EXPERIMENT_FIXTURE_H

#include "run/run.h"
#include "conformance/make-model.h"

struct trial {
    char dir[64];    /* its own, with model/, ids.txt, experiment.ini */
    char *model;     /* the model's folder */
    const char *other; /* that of another to plan with; NULL: its own */
    int32_t *tokens; /* (n_sample, n_token), random */
    int n_sample, n_token;
    int batch_tokens; /* most that share a pass; 0: the default */
    int train_rows;   /* most that forks travel in; 0: the default */
    struct samples *samples; /* for the next trial_plan, which takes them */
    const struct plan *plan;
    struct error err; /* of the last trial_plan or trial_run */
};

/* Makes the folder with a model. False, with a CUnit failure and nothing
 * left, if that cannot be done. */
bool trial_make(struct trial *trial, const struct model_recipe *recipe,
                int n_sample, int n_token);
void trial_remove(struct trial *trial);

/* Plans the experiment with these sections, beside [model] and [input]; a
 * plan made before is dropped. The status of plan_make. */
int trial_plan(struct trial *trial, const char *sections);
/* Executes the plan; its status. */
int trial_run(struct trial *trial);
/* Plans and runs; false with a CUnit failure if either fails. */
bool trial_do(struct trial *trial, const char *sections);

/* NULL, with a CUnit failure, if there is no such variant, instance, table. */
struct variant_run *trial_variant(const struct trial *trial,
                                  const char *section);
const struct transect_ctx *trial_instance(const struct trial *trial,
                                          const char *section, const char *id);
const struct transect_table *trial_table(const struct trial *trial,
                                         const char *section, const char *id,
                                         const char *table);
/* A number of any type; NaN, with a CUnit failure, if it is not there. */
double trial_number(const struct transect_table *table, size_t row,
                    const char *column);
const char *trial_text(const struct transect_table *table, size_t row,
                       const char *column);
/* All tables of all instances of two plans of the same variants and plugins
 * must be the same, byte for byte as CSV. Returns how many there were. */
size_t trial_same_tables(const struct plan *a, const struct plan *b);

/* All that a hook point showed in a variant, in every layer and sample. */
struct watch {
    int point, n_layer, n_head; /* n_head 1: not a per-head point */
    int n_sample, n_token, cols;
    float *data; /* (n_layer, n_head, n_sample, n_token, cols) */
    struct hook_owner owner;
    struct error error;
};

/* Plans and runs, and keeps what a point showed in `variant`. False, with a
 * CUnit failure, if that fails; to be freed with watch_end in any case. */
bool trial_watch(struct trial *trial, const char *sections,
                 const char *section, int point, struct watch *watch);
/* Its first half: listens from now on, after trial_plan. */
void watch_begin(struct watch *watch, const struct trial *trial,
                 const char *section, int point);
void watch_end(struct watch *watch);
/* (n_token, cols); head 0 for a point that is not per head. */
float *watch_at(const struct watch *watch, int sample, int layer, int head);

/* Largest difference of an element, relative to the norm of its row in
 * `want`: a row's rounding is that of its largest elements. */
double row_error(const float *got, const double *want, int rows, int cols);
/* The same over all that two watches of a point saw. */
double watch_error(const struct watch *got, const struct watch *want);

#endif
