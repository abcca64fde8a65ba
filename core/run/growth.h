/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* growth.h - the place of the files that instances write while a run goes on.
 */
#ifndef CORE_RUN_GROWTH_H
#define CORE_RUN_GROWTH_H

#include "run/run.h"

/* Gives them all their place among run->results, once it is known which there
 * are, and before what a checkpoint has of them is restored. ST_FAILED, also
 * where the disk has no room for what they are known to become. */
int growth_begin(struct run *run, struct error *err);

#endif
