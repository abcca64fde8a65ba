/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* stage-rows.h - what a pass has of its rows before a stage, from which other
 * passes can go on: where it lies, its size, and copies of it. */
#ifndef CORE_EXECUTOR_STAGE_ROWS_H
#define CORE_EXECUTOR_STAGE_ROWS_H

#include "executor/forward.h"

/* Buffers of struct forward that may be among it; QKV is one of them. */
enum { STAGE_ROWS_QKV = 2, STAGE_ROWS_BUFFERS = 7 };

/* Rows of the buffers that a pass needs to go on from the stage, each dense,
 * in the buffers of a pass or elsewhere; borrowed. */
struct stage_rows {
    int stage;
    float *buffers[STAGE_ROWS_BUFFERS];
    int64_t widths[STAGE_ROWS_BUFFERS]; /* 0: it needs no such rows */
};

/* Those of a pass. */
struct stage_rows stage_rows_of(const struct forward *forward, int stage);
/* Floats of a row, in all buffers together. */
int64_t stage_rows_width(const struct config *config, int stage);
/* Laid out in n_row times stage_rows_width() floats. */
struct stage_rows stage_rows_in(const struct config *config, int stage,
                                float *floats, int n_row);
/* Copies n rows; both are of one stage. */
void stage_rows_copy(const struct stage_rows *to, int to_row,
                     const struct stage_rows *from, int from_row, int n);

#endif
