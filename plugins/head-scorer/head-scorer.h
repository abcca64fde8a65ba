/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* head-scorer.h - what head-scorer knows of a variant. */
#ifndef HEAD_SCORER_H
#define HEAD_SCORER_H

#include <transect/plugin.h>

struct head_scorer {
    transect_ctx *ctx;
    const struct transect_host *host;
    int64_t position, top;
    int32_t n_layer, n_head, n_sample;
    /* (L, H) sum over samples of the mean over query rows, and of its
     * square */
    double *sums, *squares;
    double *under_way; /* (n_slot, L, H): of samples that have not ended */
};

/* Of head number i, l * H + h: the standard error of the mean over samples,
 * NaN of one sample. */
double head_scorer_error(const struct head_scorer *self, size_t i);

/* The figures of finish(). */
int figures_draw(const struct head_scorer *self);

#endif
