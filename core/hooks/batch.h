/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* batch.h - the samples that one forward pass works on, row under row. */
#ifndef CORE_HOOKS_BATCH_H
#define CORE_HOOKS_BATCH_H

#include <stdint.h>

struct kv_store; /* of the executor */
struct hooks;

/* One sample's rows in the batch's matrices. Pointers are borrowed. */
struct span {
    int sample, slot;
    int row;     /* first row */
    int n_token; /* rows */
    int first;   /* position of the first row in its sample */
    int length;  /* tokens of the sample; 0: those up to the last row */
    struct hooks *only; /* who alone hears of it; NULL: the whole set */
    const struct kv_store *before; /* keys and values of the positions before
                                      `first`, of another pass; NULL: first
                                      is 0 */
    struct kv_store *keep; /* where the pass puts its own; NULL: nowhere */
};

/* The position behind the span's last row. */
static inline int batch_span_end(const struct span *span)
{
    return span->first + span->n_token;
}

/* Tokens of the sample, from whose end positions below 0 count. */
static inline int batch_span_length(const struct span *span)
{
    return span->length ? span->length : batch_span_end(span);
}

/* No padding: the spans, of any lengths, follow one another. */
struct batch {
    const int32_t *tokens; /* (n_row) */
    int n_row;
    const struct span *spans;
    int n_span;
};

#endif
