/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/reduce.h - the extension "transect.reduce/1": events with what a
 * plugin would make of a tensor, instead of the tensor.
 *
 *   const struct transect_reduce_host *reduces =
 *       host->extension(ctx, TRANSECT_REDUCE);
 *
 * The host makes a reduction once for all variants whose streams are the same
 * so far, and of scores and patterns no more than is asked for: if all that a
 * head's listeners want is a column, no row of the pattern is written.
 */
#ifndef TRANSECT_REDUCE_H
#define TRANSECT_REDUCE_H

#include <transect/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRANSECT_REDUCE "transect.reduce/1"

/* Of an event's view of R rows and C columns, cut down to the positions
 * wanted. A magnitude is an absolute value. Columns are for every point, sums
 * and means for all but attn_scores, where they would be minus infinity; the
 * others are for points that come whole, not in blocks of rows. [1.2] Of a
 * list of positions each run of adjacent ones has an event and a reduction of
 * its own. */
enum transect_reduction_kind {
    TRANSECT_REDUCE_COLUMN = 1, /* R x 1: column n; of a row block that ends
                       before it what the block would have had there: 0, or
                       minus infinity of attn_scores */
    TRANSECT_REDUCE_ROW_SUMS,   /* R x 1: the sum of each row */
    TRANSECT_REDUCE_MEAN,       /* 1 x C: the mean over the rows wanted of a
                       sample; one event, also where there are blocks of rows,
                       and C is then that of the last */
    TRANSECT_REDUCE_COLUMN_MAX, /* 1 x C: the largest magnitude of a column */
    TRANSECT_REDUCE_TOP,        /* n x 3: the largest magnitudes, largest
                       first, of equals the first by rows, with position and
                       column; fewer than n elements leave rows of 0 */
    TRANSECT_REDUCE_MEDIAN      /* 1 x 1: the lower median of magnitudes, of
                       rank (R C - 1) / 2 */
};

#define TRANSECT_REDUCE_TOP_MAX 1000

struct transect_reduction {
    uint32_t size; /* sizeof(struct transect_reduction) */
    int32_t kind;  /* enum transect_reduction_kind */
    int32_t n;     /* COLUMN: 0..C-1; TOP: 1..TRANSECT_REDUCE_TOP_MAX */
};

struct transect_reduce_host {
    uint32_t size;
    /* As subscribe() of plugin.h, without flags. Events are those of the
     * tensor, with the reduction as their view; sums are made in float64.
     * ready, surveyed. [main] */
    int (*subscribe)(transect_ctx *, const struct transect_subscription *,
                     const struct transect_reduction *);
    /* [1.1] TOP and MEDIAN of any view, an event's or a weight's, with places
     * counted in the view. top (n, 3). Any callback. */
    void (*top)(transect_ctx *, const struct transect_view *, int32_t n,
                float *top);
    float (*median)(transect_ctx *, const struct transect_view *);
};

#ifdef __cplusplus
}
#endif

#endif
