/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* source-pass.h - what runs before a batch goes through the variants: a pass
 * over the partners of its samples for each source of rows that is asked for,
 * and so the variant of the pairs. */
#ifndef CORE_RUN_SOURCE_PASS_H
#define CORE_RUN_SOURCE_PASS_H

#include "executor/forward.h"
#include "plan/plan.h"
#include "run/progress.h"

struct source_pass;

/* Once all instances have said what they want, behind the survey too. The
 * forward, with room for the plan's sources, is borrowed. ST_FAILED. */
int source_pass_new(const struct plan *plan, struct forward *forward,
                    struct source_pass **pass, struct error *err);
/* Returns early, with ST_OK, if interrupt_signal is set. */
int source_pass_run(struct source_pass *pass, const struct batch *batch,
                    struct progress *progress, struct error *err);
/* How many passes go before each batch. */
int source_pass_count(const struct plan *plan);
void source_pass_free(struct source_pass *pass);

#endif
