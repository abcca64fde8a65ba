/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* stages.c - which stage of a forward pass has the events of a point. */
#include "hooks/stages.h"

#include <transect/plugin.h>

int stage_of_point(const struct config *config, int point, int layer)
{
    static const enum step steps[TRANSECT_N_POINTS] = {
        [TRANSECT_RESID_PRE] = STEP_RESID_PRE,
        [TRANSECT_LN1] = STEP_LN1,
        [TRANSECT_Q] = STEP_QKV,
        [TRANSECT_K] = STEP_QKV,
        [TRANSECT_V] = STEP_QKV,
        [TRANSECT_ATTN_SCORES] = STEP_MIX,
        [TRANSECT_PATTERN] = STEP_MIX,
        [TRANSECT_Z] = STEP_Z,
        [TRANSECT_HEAD_OUT] = STEP_HEAD_OUT,
        [TRANSECT_ATTN_OUT] = STEP_ATTN_OUT,
        [TRANSECT_RESID_MID] = STEP_RESID_MID,
        [TRANSECT_LN2] = STEP_LN2,
        [TRANSECT_MLP_PRE] = STEP_MLP_PRE,
        [TRANSECT_MLP_GATE] = STEP_MLP_GATE,
        [TRANSECT_MLP_POST] = STEP_MLP_POST,
        [TRANSECT_MLP_OUT] = STEP_MLP_OUT,
        [TRANSECT_RESID_POST] = STEP_RESID_POST,
    };

    switch (point) {
    case TRANSECT_EMBED:
        return STAGE_EMBED;
    case TRANSECT_POS_EMBED:
        return STAGE_POS_EMBED;
    case TRANSECT_LN_FINAL:
    case TRANSECT_LOGITS:
        return stage_head(config);
    default:
        return stage_of_step(layer, steps[point]);
    }
}
