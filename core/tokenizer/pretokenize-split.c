/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* pretokenize-split.c - cuts text at the matches of a pattern. */
#include "tokenizer/pretokenize-split.h"

/* The last piece is kept until the next part is known not to join it. */
struct run {
    const struct pretokenize_split *split;
    piece_fn take;
    void *context;
    const char *held;
    size_t n_held;
    bool any;         /* is a piece kept? */
    bool after_match; /* was the part before a match? */
};

static int release(struct run *run)
{
    if (!run->any || run->n_held == 0)
        return ST_OK;
    return run->take(run->context, run->held, run->n_held);
}

/* Does the part belong to the piece that is kept? */
static bool joins(const struct run *run, bool match)
{
    switch (run->split->behavior) {
    case SPLIT_CONTIGUOUS:
        return match == run->after_match;
    case SPLIT_MERGED_WITH_PREVIOUS:
        return match && !run->after_match;
    case SPLIT_MERGED_WITH_NEXT:
        return !match && run->after_match;
    default:
        return false;
    }
}

static int take_part(void *context, const char *part, size_t size,
                     bool match)
{
    struct run *run = context;
    int status = ST_OK;

    if (run->split->invert)
        match = !match;
    if (match && run->split->behavior == SPLIT_REMOVED)
        return ST_OK;
    if (run->any && joins(run, match)) {
        run->n_held += size;
    } else {
        status = release(run);
        run->held = part;
        run->n_held = size;
        run->any = true;
    }
    run->after_match = match;
    return status;
}

int split_run(const struct pretokenize_split *split, const char *text,
              size_t size, piece_fn take, void *context, struct error *err)
{
    struct run run = {.split = split, .take = take, .context = context};
    int status;

    status = regex_scan(split->pattern, text, size, take_part, &run, err);
    return status ? status : release(&run);
}
