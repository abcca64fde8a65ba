/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* train-stop.h - the shared pass as it was before some stages, for forks that
 * go on from there once that pass has gone on itself. */
#ifndef CORE_RUN_TRAIN_STOP_H
#define CORE_RUN_TRAIN_STOP_H

#include "executor/stage-rows.h"

struct train_stop {
    struct stage_rows rows;
    struct batch batch; /* whose rows they are; without tokens */
    float *floats;      /* where the rows are; owned, as the spans are */
    struct span *spans;
    size_t n_floats, n_spans; /* room */
    int n_waiting; /* who are to go on from there; 0: it can be made anew */
};

/* All of a run. */
struct train_stops {
    struct train_stop **list;
    size_t n;
};

void stops_free(struct train_stops *stops);
/* Nobody waits any more. */
void stops_clear(struct train_stops *stops);
/* That of the stage, at which somebody waits; NULL: nobody does. */
struct train_stop *stops_find(const struct train_stops *stops, int stage);
/* The same, or what the pass is before the stage now. NULL: memory is out. */
struct train_stop *stops_keep(struct train_stops *stops,
                              const struct forward *forward,
                              const struct config *config, int stage,
                              struct error *err);

#endif
