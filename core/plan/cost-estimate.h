/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cost-estimate.h - what a plan will compute, and in what,
 * before it runs. */
#ifndef CORE_PLAN_COST_ESTIMATE_H
#define CORE_PLAN_COST_ESTIMATE_H

#include "plan/plan.h"

struct cost {
    double flops;     /* floating-point operations, over all samples */
    uint64_t buffers; /* bytes of the executor, without a panel of weights */
};

/* Operations of one variant, or of the survey, over all samples: two for each
 * multiplication and addition of the matrix products that its listeners make
 * necessary, from a stage (see stages.h) to the end. */
double cost_pass_flops(const struct plan *plan, struct hooks *hooks,
                       int from_stage);
/* Of a variant alone, behind its first edit; 0 if it has none; a whole pass,
 * if the survey tells where that edit is. */
double cost_fork_flops(const struct plan *plan,
                       const struct variant_run *variant);
/* Where a pass of the variant alone begins: at its first edit, if it has
 * edits. */
int cost_first_stage(const struct plan *plan,
                     const struct variant_run *variant);
/* Operations of one forward pass over n tokens of one sample, to the last
 * resid_post. */
double cost_forward_flops(const struct config *config, int n_token);
/* Of the passes of a source that runs; see sources.h. */
double cost_source_flops(const struct plan *plan, int kind);
/* Is it worth while to keep keys and values of the shared pass: do they spare
 * forks more than an eighth of their rows? */
bool cost_prefixes(const struct plan *plan);
/* Of struct cost, that part alone, without counting operations. */
uint64_t cost_buffers(const struct plan *plan);
struct cost cost_plan(const struct plan *plan);

#endif
