/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* execute.h - the run of a plan: every sample through every variant. */
#ifndef CORE_RUN_EXECUTE_H
#define CORE_RUN_EXECUTE_H

#include "plan/plan.h"

/* Runs the survey, if anybody asked for it. ST_FAILED also if interrupt_signal
 * was set. */
int execute_survey(struct plan *plan, bool quiet, struct error *err);
/* Then the plan's samples; likewise. States can be restored before it. */
int execute_samples(struct plan *plan, bool quiet, struct error *err);
/* Then finish of every instance, the baseline's first, and compare. */
int execute_finish(struct plan *plan, struct error *err);
/* All three, and what a checkpoint has in between. */
int execute_plan(struct plan *plan, bool quiet, struct error *err);

#endif
