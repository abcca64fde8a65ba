/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/capture.h - the extension "transect.capture/1" [1.2]: rows of
 * another, unedited pass beside those of an event, to be put in their place.
 *
 *   const struct transect_capture_host *captures =
 *       host->extension(ctx, TRANSECT_CAPTURE);
 *
 *   ready: captures->keep(ctx, TRANSECT_FROM_PAIR, &subscription)
 *   event: row = captures->row(ctx, TRANSECT_FROM_PAIR, &place, &n)
 *
 * Before some samples go through the variants, each source that is asked for
 * goes through the model once for all variants, and the host keeps the rows
 * that any of them wants until these samples are done.
 */
#ifndef TRANSECT_CAPTURE_H
#define TRANSECT_CAPTURE_H

#include <transect/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRANSECT_CAPTURE "transect.capture/1"

enum transect_source {
    TRANSECT_FROM_PAIR,   /* the record's second prompt */
    TRANSECT_FROM_PROMPT, /* the sample itself, unedited */
    TRANSECT_FROM_RESAMPLE, /* another sample, by the experiment's seed */
    TRANSECT_N_SOURCES
};

/* A row of a tensor of the sample that is under way. */
struct transect_place {
    int32_t point, layer, head; /* -1 where there is none */
    int32_t sample, position;   /* in the sample, not in its partner */
};

struct transect_capture_host {
    uint32_t size;
    /* Rows of the places that the subscription names are to be kept; its
     * on_event is NULL, its flags are 0. Positions are those of the sample; it
     * is the rows of their partners that are kept. Fails, naming why, where
     * the input has no such source, in the variant that runs the pairs, and
     * in an isolated instance. ready, surveyed. [main] */
    int (*keep)(transect_ctx *, int32_t source,
                const struct transect_subscription *);
    /* The row of the partner's position, of *n elements (of a pattern or of
     * scores: the keys that the partner's position sees), until the callback
     * returns; NULL: the position has no partner, or the row was not asked
     * for. Events, on any thread. */
    const float *(*row)(transect_ctx *, int32_t source,
                        const struct transect_place *, int64_t *n);
    /* Where a position of a sample is in its partner; -1: nowhere, or there is
     * no such position or source. ready or later, on any thread. */
    int32_t (*partner)(transect_ctx *, int32_t source, int32_t sample,
                       int32_t position);
    /* Nonzero: the instance's variant is the unedited model over the samples
     * themselves. A row of TRANSECT_FROM_PROMPT is then that of the event, and
     * to keep it costs a pass for nothing. ready or later, on any thread. */
    int (*unedited)(transect_ctx *);
};

#ifdef __cplusplus
}
#endif

#endif
