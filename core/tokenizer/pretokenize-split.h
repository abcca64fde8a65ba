/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* pretokenize-split.h - cuts text at the matches of a pattern. */
#ifndef CORE_TOKENIZER_PRETOKENIZE_SPLIT_H
#define CORE_TOKENIZER_PRETOKENIZE_SPLIT_H

#include "regex/regex.h"

/* What becomes of the matches; Hugging Face's SplitDelimiterBehavior. */
enum split_behavior {
    SPLIT_REMOVED,
    SPLIT_ISOLATED,
    SPLIT_CONTIGUOUS, /* neighbouring matches are one piece */
    SPLIT_MERGED_WITH_PREVIOUS,
    SPLIT_MERGED_WITH_NEXT
};

struct pretokenize_split {
    struct regex *pattern; /* owned by whoever made it */
    enum split_behavior behavior;
    bool invert; /* matches and what lies between change roles */
};

typedef int (*piece_fn)(void *context, const char *piece, size_t size);

/* Calls `take` with the pieces, none of them empty, in order, until it
 * fails. Errors of regex_scan(). */
int split_run(const struct pretokenize_split *split, const char *text,
              size_t size, piece_fn take, void *context, struct error *err);

#endif
