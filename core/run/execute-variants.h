/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* execute-variants.h - one batch through all variants, in one pass. */
#ifndef CORE_RUN_EXECUTE_VARIANTS_H
#define CORE_RUN_EXECUTE_VARIANTS_H

#include "hooks/batch.h"
#include "plan/plan.h"
#include "run/progress.h"

struct variants_pass;

/* Once all instances have subscribed, those of the survey too. *workers: how
 * many threads the system gave for the plan's workers. ST_FAILED. */
int variants_begin(const struct plan *plan, int *workers,
                   struct variants_pass **pass, struct error *err);
/* begin, events and end in all variants. Events come as workers.h says. A
 * failure of the shared stream is told before those of variants that have
 * forked, of which the first one is. Returns early, with ST_OK,
 * if interrupt_signal is set. */
int variants_batch(struct variants_pass *pass, const struct batch *batch,
                   struct progress *progress, struct error *err);
void variants_end(struct variants_pass *pass);

#endif
