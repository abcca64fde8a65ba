/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* checkpoint-fixture.h - an experiment with a checkpoint, for suites of tests
 * of its file. */
#ifndef TESTS_CHECKPOINT_FIXTURE_H
#define TESTS_CHECKPOINT_FIXTURE_H

#include "experiment-fixture.h"
#include "run/checkpoint.h"

enum { CHECKPOINT_N = 7, CHECKPOINT_N_TOKEN = 8 }; /* samples of tokens */

extern struct trial trial;
/* Of results, which are never written; the file. */
extern char *checkpoint_dir, *checkpoint_path;

void checkpoint_set_up(void);
void checkpoint_tear_down(void);
void checkpoint_plan(const char *text);
bool checkpoint_exists(void);
struct checkpoint_settings checkpoint_settings_as(enum checkpoint_mode mode);
/* NULL: refused with ST_USAGE, and trial.err says why. */
struct checkpoint *checkpoint_open_as(enum checkpoint_mode mode);
/* It is taken, and covers so many samples; or refused, and PATH: why. */
void checkpoint_accept(enum checkpoint_mode mode, int samples);
void checkpoint_refuse(enum checkpoint_mode mode, const char *why);
/* Writes a file that covers so many samples, which nobody has seen. */
void checkpoint_write_covering(int samples);

/* Why a file is refused. */
#define CHECKPOINT_DAMAGED "is damaged; start over with --force"
#define CHECKPOINT_FOREIGN                                              \
    "is no checkpoint of transect, so it is never replaced; choose "    \
    "another place with --output"

#endif
