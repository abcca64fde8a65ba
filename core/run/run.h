/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* run.h - a plan as it is run: every sample through every variant, and what
 * came of it. */
#ifndef CORE_RUN_RUN_H
#define CORE_RUN_RUN_H

#include "plan/plan.h"
#include "results/results-folder.h"
#include "run/checkpoint.h"
#include <time.h>

struct run_settings {
    bool quiet; /* no progress on the terminal */
    /* Of plans that ask for checkpoints; dir NULL: none are written. */
    struct checkpoint_settings checkpoint;
    struct results *results; /* for files that grow; NULL: what is written to
                                them is thrown away */
};

struct run {
    const struct plan *plan; /* borrowed */
    bool quiet;
    struct sample_range samples; /* to be seen: all, at first */
    int workers; /* threads that forked variants had */
    struct checkpoint *checkpoint; /* NULL: none is written */
    struct results *results; /* borrowed until run_done(); or NULL */
    struct growing_place growing; /* in it */
    struct effect *effects; /* (n_effects) of sweeps; see sweep-effects.h */
    size_t n_effects;
    time_t started;
    double seconds;
    struct error error; /* why it did not see all samples; status 0: it did */
};

/* Runs the experiment: the survey if anybody asked for it, the samples, from
 * a checkpoint on if there is one, and finish and compare of every instance.
 * ST_OK also if the experiment failed, which run->error tells. Else nothing
 * is to be made of it: a checkpoint that cannot be opened, or what it has not
 * be taken up; a disk without room; ST_FAILED if interrupt_signal was set. The
 * checkpoint is kept until run_done(). The caller ends *run in any case. */
int run_experiment(const struct plan *plan,
                   const struct run_settings *settings, struct run *run,
                   struct error *err);
/* Its results are written: the checkpoint can go, with the files of which it
 * knows how long they are. */
void run_done(struct run *run);
/* Frees what it holds, but not the plan. */
void run_end(struct run *run);

/* The steps of run_experiment(), for callers that cut a run into parts.
 * States can be restored behind the survey. ST_FAILED also if
 * interrupt_signal was set. */
void run_begin(struct run *run, const struct plan *plan, bool quiet);
int run_survey(struct run *run, struct error *err);
int run_samples(struct run *run, struct error *err);
/* finish of every instance, the baseline's first; compare; effects. */
int run_finish(struct run *run, struct error *err);
/* The three; run_plan() for callers whom only the plan's instances
 * interest. */
int run_all(struct run *run, struct error *err);
int run_plan(const struct plan *plan, struct error *err);

#endif
