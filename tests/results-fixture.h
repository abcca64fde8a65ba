/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* results-fixture.h - a fresh folder with results in it, for each test. All
 * but the folder itself, as "r", is named relative to it. */
#ifndef TESTS_RESULTS_FIXTURE_H
#define TESTS_RESULTS_FIXTURE_H

#include "results/results-folder.h"

extern char top[4096];   /* the folder */
extern struct error err; /* of the last call */

void set_up(void);
void tear_down(void);

/* TOP/NAME, until the next call but three. */
const char *at(const char *name);
bool exists(const char *name);
int count_entries(const char *name); /* -1: no folder */
void put(const char *name, const char *text);
void expect_file(const char *name, const char *text);

struct results *begin(const char *name, enum results_mode mode);
/* results_begin() is ST_USAGE, with this part in its message. */
void refused(const char *name, enum results_mode mode, const char *part);
/* The status of results_commit(). */
int commit(struct results *results, bool complete);
/* A folder of results that holds the file a.csv. */
void make(const char *name, enum results_mode mode, bool complete,
          const char *text);

#endif
