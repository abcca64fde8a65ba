/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* needs.c - which rows of a sample a pass has to have. */
#include "executor/needs.h"

#include "executor/stages.h"

/* Widens the hull to have a run; an empty one becomes the run. */
static void widen(struct position_span *hull, const struct position_span *run)
{
    if (hull->first == hull->end) {
        *hull = *run;
        return;
    }
    if (run->first < hull->first)
        hull->first = run->first;
    if (run->end > hull->end)
        hull->end = run->end;
}

struct position_span needs_heard(const struct config *config,
                                 const struct hook_set *set, int from, int to,
                                 const struct span *span)
{
    struct position_span hull = {0, 0}, rows;

    for (int stage = from; stage < to; stage++) {
        int layer;
        uint32_t points = stages_at(config, stage, &layer)->points;

        for (int point = 0; point < TRANSECT_N_POINTS; point++)
            if (points >> point & 1 &&
                hook_set_hull(set, point, layer, span, &rows))
                widen(&hull, &rows);
    }
    return hull;
}
