/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* verdict.h - what became of the largest activations, layer by layer. */
#ifndef LAYERWISE_VERDICT_H
#define LAYERWISE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <transect/kit/text.h>

/* What has no output in any layer of a variant; bits. */
enum missing { NOTHING_MISSING, NO_ATTENTION, NO_MLPS, NEITHER };

/* A variant beside the baseline. */
struct change {
    const double *before, *after; /* (n_layer) top1 of both, positive */
    int32_t n_layer;
    bool massive;        /* some layer of the baseline holds massive ones */
    enum missing missing;
    bool pair; /* the variant has other prompts, the pairs, and no edit */
    const bool *moved;   /* (n_layer) the largest of all samples is at another
                            position or dim; NULL: nobody looked */
};

/* The rules, for people: each verdict follows from its own, in which every
 * layer counts once. */
extern const char verdict_change_rule[], verdict_massive_rule[];

/* By verdict_change_rule: which layers persist, fall and grow, and what that
 * says of what is missing. Adds sentences to text. */
void verdict_change(const struct change *change, struct transect_text *text);

/* By the rule of arXiv 2402.17762: is a largest magnitude massive, beside the
 * median of its layer? */
bool verdict_is_massive(double top1, double median);
/* By verdict_massive_rule: which layers hold massive activations. top1,
 * median: (n_layer). */
void verdict_massive(const double *top1, const double *median,
                     int32_t n_layer, struct transect_text *text);

#endif
