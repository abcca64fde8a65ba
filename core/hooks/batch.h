/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* batch.h - the samples that one forward pass works on, row under row. */
#ifndef CORE_HOOKS_BATCH_H
#define CORE_HOOKS_BATCH_H

#include <stdint.h>

struct kv_store; /* of the executor */

/* One sample's rows in the batch's matrices. */
struct span {
    int sample, slot;
    int row;     /* first row */
    int n_token; /* rows */
    int first;   /* position of the first row in its sample; above 0, earlier
                    passes had the tokens before it, and left their keys ... */
    struct kv_store *kv; /* ... here, where this pass adds its own; borrowed;
                            NULL: first is 0, and no pass goes on from here */
};

/* Tokens of the sample up to the span's last row. */
static inline int batch_span_end(const struct span *span)
{
    return span->first + span->n_token;
}

/* No padding: the spans, of any lengths, follow one another. */
struct batch {
    const int32_t *tokens; /* (n_row) */
    int n_row;
    const struct span *spans;
    int n_span;
};

#endif
