/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* checkpoint.h - how far a run has come, in a file beside its results, so
 * that it goes on from there if it is killed. */
#ifndef CORE_RUN_CHECKPOINT_H
#define CORE_RUN_CHECKPOINT_H

#include "plan/plan.h"

struct checkpoint; /* of a plan that asks for it: [run] checkpoint */

enum checkpoint_mode { CHECKPOINT_NEW, CHECKPOINT_FORCE, CHECKPOINT_RESUME };

struct checkpoint_settings {
    const char *dir; /* of the results: the file is DIR.checkpoint */
    enum checkpoint_mode mode;
    const char *identity; /* 64 hexadecimal digits: what is run */
};

/* If the file exists, FORCE ignores it, NEW is ST_USAGE, and RESUME reads it:
 * the run then begins behind the samples that it covers. What is no checkpoint
 * is the user's and is not replaced: ST_USAGE, as are a file of another
 * identity, one that is damaged, and an instance whose plugin cannot save its
 * state. */
int checkpoint_open(const struct plan *plan,
                    const struct checkpoint_settings *settings,
                    struct checkpoint **checkpoint, struct error *err);
/* How many samples, from the first, the file that was read covers; 0: none
 * was. */
int checkpoint_samples(const struct checkpoint *checkpoint);
/* Puts what was read into the instances, before the first sample and after
 * the survey. Nothing, if nothing was read. ST_USAGE for what they cannot
 * take. */
int checkpoint_restore(struct checkpoint *checkpoint, const struct plan *plan,
                       struct error *err);
/* All samples before `done` have been seen, and none is under way: writes, if
 * it is time to. ST_FAILED. */
int checkpoint_reach(struct checkpoint *checkpoint, const struct plan *plan,
                     int done, struct error *err);
/* Is there a file of this run, or of the one that it goes on with? */
bool checkpoint_is_there(const struct checkpoint *checkpoint);
/* The results are there: the file can go. */
void checkpoint_remove(struct checkpoint *checkpoint);
/* The identity that a file beside DIR has; the caller frees it. NULL: there is
 * no file, or another one. The rest of it may be damaged. */
char *checkpoint_identity(const char *dir);
/* A run that was killed just behind its results left its file, which can go.
 * What is no checkpoint stays. */
void checkpoint_discard(const char *dir);
void checkpoint_free(struct checkpoint *checkpoint);

#endif
