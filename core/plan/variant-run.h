/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* variant-run.h - one variant as it runs: its plugin instances and what they
 * subscribed to. */
#ifndef CORE_PLAN_VARIANT_RUN_H
#define CORE_PLAN_VARIANT_RUN_H

#include "experiment/experiment.h"
#include "plugin/plugin-instance.h"

#include <transect/prompts.h>

struct variant_run {
    const char *name;
    const struct variant *section; /* NULL: the baseline, the pairs */
    enum transect_role role;       /* which prompts it runs */
    struct hooks *hooks;
    struct transect_ctx **instances; /* editors, then observers */
    size_t n_instances, n_edits;
};

typedef int variant_tell_fn(struct transect_ctx *instance,
                            const struct transect_sample *sample,
                            struct error *err);

/* begin or end, `tell`, of all its instances, sample by sample. */
int variant_tell(const struct variant_run *variant, const struct batch *batch,
                 variant_tell_fn *tell, struct error *err);
/* The sweep whose variant it is, or NULL. */
const struct sweep *variant_sweep(const struct variant_run *variant);
/* Has an event of one of its instances failed, and is not to be forgiven? */
bool variant_failed(const struct variant_run *variant);
/* May the survey tell an editor of it where to edit? */
bool variant_edits_by_survey(const struct variant_run *variant);

#endif
