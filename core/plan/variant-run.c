/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* variant-run.c - one variant as it runs. */
#include "plan/variant-run.h"

const struct sweep *variant_sweep(const struct variant_run *variant)
{
    return variant->section ? variant->section->sweep : NULL;
}

bool variant_failed(const struct variant_run *variant)
{
    for (size_t i = 0; i < variant->n_instances; i++)
        if (variant->instances[i]->error.status &&
            !variant->instances[i]->owner.disabled)
            return true;
    return false;
}

bool variant_edits_by_survey(const struct variant_run *variant)
{
    for (size_t i = 0; i < variant->n_edits; i++)
        if (variant->instances[i]->surveyed)
            return true;
    return false;
}

int variant_tell(const struct variant_run *variant, const struct batch *batch,
                 variant_tell_fn *tell, struct error *err)
{
    int status = ST_OK;

    for (int i = 0; i < batch->n_span; i++) {
        const struct span *span = &batch->spans[i];
        struct transect_sample sample = {
            .size = sizeof sample,
            .sample = span->sample,
            .slot = span->slot,
            .n_token = span->n_token,
            .tokens = batch->tokens + span->row,
        };

        for (size_t j = 0; j < variant->n_instances && !status; j++)
            status = tell(variant->instances[j], &sample, err);
    }
    return status;
}
