/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* memory-budget.h - what a run will hold, and how it holds the weights for
 * that to fit. What plugins and the tables of results take is not known
 * before. Nor is, after a survey, what instances subscribe to in `surveyed`:
 * scores, patterns, head_out or logits that nobody else listens to have
 * buffers beside those that are counted here. */
#ifndef CORE_PLAN_MEMORY_BUDGET_H
#define CORE_PLAN_MEMORY_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

/* All in bytes. */
struct memory {
    uint64_t files;   /* mapped */
    uint64_t copies;  /* float32, made already: vectors, what plugins read */
    uint64_t stored;  /* float32 copies of all stored matrices: ... */
    uint64_t panel;   /* ... or this, to convert them in, for all passes */
    bool split;       /* split-bfloat16: `stored` are packed matrices, and
                         panels are held beside them, for what is split */
    uint64_t buffers; /* of the executor */
    uint64_t captures; /* rows of other passes, see sources.h: ... */
    bool captures_in_file; /* ... not held: mapped, of a temporary file */
    uint64_t limit;   /* of all of it, or, with no [run] memory, of `stored` */
    bool given;       /* by [run] memory */
    bool convert;     /* once, which is faster; else by panels */
};

uint64_t memory_held(const struct memory *memory);
/* Panels are used: to convert in, or for what is split. */
bool memory_has_panel(const struct memory *memory);
/* "as stored", "converted once", "converted by panels" or "packed as
 * bfloat16". */
const char *memory_way(const struct memory *memory);

#endif
